"""Login flows: what the table says is shown again, what a judge believes becomes a session."""

import hmac

from flask import Blueprint, Response, g, request

from kratos.sandbox import provider, selfservice, totp
from kratos.sandbox.bodies import Refusal
from kratos.sandbox.clock import now
from kratos.sandbox.people import Identity, verify
from kratos.sandbox.store import Flow, store
from kratos.sandbox.web import forward, to, wants_json

TRUE = ("1", "t", "T", "true", "TRUE", "True")  # Go's strconv.ParseBool
TOTP_LENGTH = 6

login = Blueprint("login", __name__)


@login.get("/self-service/login/browser")
def create_login() -> Response:
    return_to = selfservice.wanted_return()
    refresh, aal = request.args.get("refresh") in TRUE, request.args.get("aal") or "aal1"
    if aal not in ("aal1", "aal2"):
        raise Refusal("aal_unknown", aal=aal)
    if g.session is None and aal == "aal2":
        raise Refusal("session_aal1_required")
    if g.session and not refresh and aal <= g.session.aal:
        return forward(return_to, "session_already_available")
    identity_id = g.session.identity_id if g.session else ""
    flow = selfservice.begin("login", kind_of(refresh, aal, identity_id), identity_id=identity_id)
    flow.organization_id = request.args.get("organization")
    return selfservice.show(flow)


def kind_of(refresh: bool, aal: str, identity_id: str) -> str:
    """Name the folder of recorded bodies; who has no second factor is sent a page of its own with nothing on it."""
    if not identity_id:
        return "login"
    kind = "_".join(["refresh"] * refresh + ["aal2"] * (aal == "aal2"))
    return kind if aal == "aal1" or store.credentials[identity_id].aal == "aal2" else f"bare_{kind}"


@login.post("/self-service/login")
def update_login() -> Response:
    flow = selfservice.posted("login")
    if g.session is None and flow.kind.endswith("aal2"):
        raise Refusal("session_aal1_required")
    if g.session and flow.kind == "login":
        return selfservice.stay(flow, "session") if wants_json() else to(store.config.default_return)
    if flow.expires_at <= now():
        return expired(flow)
    fields = selfservice.form(flow)
    if "provider" in fields:
        return provider.leave(flow, fields["provider"])
    result = judge(flow, fields)
    if result == "code:expired":
        return expired(flow)
    if isinstance(result, str):
        return selfservice.stay(flow, result)
    aal = "aal2" if flow.kind.endswith("aal2") else "aal1"
    selfservice.open_session(result, {"method": fields["method"], "aal": aal})
    return selfservice.go_on(flow)


def expired(flow: Flow) -> Response:
    """Replace the flow; with a session Kratos fails at that and shows the old one."""
    return selfservice.stay(flow, "session") if g.session else selfservice.replace(flow)


def judge(flow: Flow, fields: dict[str, str]) -> Identity | str:
    """Judge a post: the identity it proves, or the outcome to look up in the table. Raises Refusal for CSRF."""
    second = flow.kind.endswith("aal2")
    judge_method = (SECOND_FACTORS if second else FIRST_FACTORS).get(fields.get("method", ""))
    return judge_method(flow, fields) if judge_method else "no_method"


def judge_password(flow: Flow, fields: dict[str, str]) -> Identity | str:
    missing = [name for name in ("identifier", "password") if not fields.get(name)]
    if not missing:
        g.csrf.check_form(fields)
    flow.identifier = fields.get("identifier", "")
    if missing:  # Kratos looks at the fields before it looks at the CSRF token
        return "password:nothing" if len(missing) == 2 else f"password:no_{missing[0]}"
    identity: Identity | None = store.find(fields["identifier"])
    right = store.credentials[identity["id"]].password if identity else ""
    if identity and right and hmac.compare_digest(right.encode(), fields["password"].encode()):
        return identity
    return "password:wrong"


def judge_code(flow: Flow, fields: dict[str, str]) -> Identity | str:
    g.csrf.check_form(fields)
    if flow.used:
        return "code:used"
    identifier = fields.get("identifier", "").lower()
    asks_for_one = not selfservice.asks_for_code(flow) or fields.get("resend") == "code"
    if not asks_for_one and not fields.get("code"):
        return "code:no_code"
    flow.identifier = fields.get("identifier", "")
    if not identifier:
        return "code:no_identifier"
    identity: Identity | None = store.find(identifier)
    if identity is None:
        return "code:unknown"
    flow.identifier = identifier  # blanks around it and all: so it stands in the form
    if asks_for_one:
        store.send_code(flow, identity["id"], identifier.strip())
        return "code:sent"
    outcome = selfservice.use_code(flow, identity["id"], fields["code"])
    if outcome != "code:right":
        return outcome
    verify(identity, {identifier.strip()})
    return identity


def judge_totp(flow: Flow, fields: dict[str, str]) -> Identity | str:
    if not fields.get("totp_code"):
        return "totp:missing"
    flow.length = len(fields["totp_code"])
    if flow.length < TOTP_LENGTH:
        return "totp:short"
    g.csrf.check_form(fields)
    has = selfservice.credentials()
    if not has.totp:
        return "totp:none"
    return store.identities[g.session.identity_id] if totp.is_valid(has.totp, fields["totp_code"]) else "totp:wrong"


def judge_lookup_secret(_: Flow, fields: dict[str, str]) -> Identity | str:
    if not fields.get("lookup_secret"):
        return "lookup_secret:missing"
    g.csrf.check_form(fields)
    has = selfservice.credentials()
    code = fields["lookup_secret"]
    if not has.lookup_secret:
        return "lookup_secret:none"
    if code not in has.lookup_secret:
        return "lookup_secret:wrong"
    if has.lookup_secret[code]:
        return "lookup_secret:used"
    has.lookup_secret[code] = now()
    return store.identities[g.session.identity_id]


FIRST_FACTORS = {"password": judge_password, "code": judge_code}
SECOND_FACTORS = {"totp": judge_totp, "lookup_secret": judge_lookup_secret}
