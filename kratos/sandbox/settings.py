"""Settings flows: profile, password, authenticator app, lookup secrets, social accounts."""

import hmac
import secrets
import string
from urllib.parse import urlencode

from flask import Blueprint, Response, g, request

from kratos.sandbox import addresses, provider, selfservice, totp
from kratos.sandbox.bodies import NotRecorded, Refusal
from kratos.sandbox.clock import now
from kratos.sandbox.flow_bodies import flow_body, posted_traits
from kratos.sandbox.people import password_problem, traits_problem
from kratos.sandbox.store import Flow, store
from kratos.sandbox.web import forward, json_answer, to, wants_json

CONTINUITY_COOKIE = "ory_kratos_continuity"
NEEDS_FRESH_SESSION = ("totp", "lookup_secret", "oidc")  # whatever is posted
ALPHABET = string.ascii_lowercase + string.digits

Fields = dict[str, str]

settings = Blueprint("settings", __name__)


@settings.get("/self-service/settings/browser")
def create_settings() -> Response:
    selfservice.wanted_return()
    return_to = request.args.get("return_to", "")
    if g.session is None:
        query = "?" + urlencode({"return_to": return_to}) if return_to else ""
        return forward(f"{store.config.public_url}/self-service/login/browser{query}", "session_inactive_settings")
    if not store.is_strong(g.session):
        back, alone = (selfservice.second_factor(url) for url in (selfservice.asked_url(), ""))
        return forward(back, "session_aal2_required", redirect_browser_to=alone)
    return selfservice.show(selfservice.begin("settings", identity_id=g.session.identity_id, state="show_form"))


@settings.post("/self-service/settings")
def update_settings() -> Response:
    if g.session is None:
        return forward(store.config.ui["login"], "session_missing", 302)
    flow = selfservice.posted("settings")
    try:
        selfservice.admit(flow, action(flow))
    except Refusal as refusal:
        if wants_json() or "redirect_browser_to" not in refusal.body:
            raise
        return to(refusal.body["redirect_browser_to"])
    return selfservice.replace(flow) if flow.expires_at <= now() else submit(flow, selfservice.form(flow))


@settings.get("/self-service/settings")
def continue_settings() -> Response:
    """Take up the form that had to wait for its person to sign in again; without one there is only the page."""
    flow = selfservice.posted("settings")
    held, flow.held = flow.held, None
    if held is None or request.cookies.get(CONTINUITY_COOKIE) != flow.id or g.session is None:
        return to(selfservice.ui(flow))
    selfservice.admit(flow, action(flow))
    return submit(flow, held)


def action(flow: Flow) -> str:
    return f"{store.config.public_url}/self-service/settings?flow={flow.id}"


def submit(flow: Flow, fields: Fields) -> Response:
    group = group_of(fields)
    if group not in JUDGES:
        outcome = "no_method"
    elif group in NEEDS_FRESH_SESSION and is_stale(fields):
        outcome = "stale"
    else:
        outcome = JUDGES[group](flow, fields)
    if outcome == "oidc:link":
        return provider.leave(flow, fields["link"])
    if outcome == "stale":
        return hold(flow, fields)
    return saved(flow) if outcome == "saved" else selfservice.stay(flow, outcome)


def group_of(fields: Fields) -> str:
    """Name the group a form belongs to: some of their buttons say so, others only `method`."""
    for name in fields:
        if name in ("link", "unlink"):
            return "oidc"
        if name.startswith(("totp_unlink", "lookup_secret_")):
            return "totp" if name == "totp_unlink" else "lookup_secret"
    return fields.get("method", "")


def is_stale(fields: Fields) -> bool:
    """Check the form, and tell whether its session must be refreshed first (`privileged_session_max_age`)."""
    g.csrf.check_form(fields)
    return bool(g.session.authenticated_at + store.config.privileged_age < now())


def hold(flow: Flow, fields: Fields) -> Response:
    query = urlencode({"refresh": "true", "return_to": action(flow)})
    url = f"{store.config.public_url}/self-service/login/browser?{query}"
    answer = forward(url, "session_refresh_required", redirect_browser_to=url)
    flow.held = fields
    answer.set_cookie(CONTINUITY_COOKIE, flow.id, httponly=True, samesite="Lax")
    return answer


def saved(flow: Flow) -> Response:
    """Go where the flow shall lead to, or show it again: its form is then posted to another, as in Kratos."""
    new = selfservice.begin("settings", request_url=action(flow), identity_id=flow.identity_id, state="show_form")
    flow.next_id, flow.state, flow.totp_secret = new.id, "success", new.totp_secret
    if wants_json():
        return json_answer(flow_body(flow))
    return selfservice.go_on(flow, "" if flow.return_to else selfservice.ui(flow))


def judge_profile(flow: Flow, fields: Fields) -> str:
    flow.traits = posted_traits(fields)
    flow.identifier = flow.traits.get("email", "")
    problem = traits_problem(flow.traits)
    if problem:
        return f"profile:{problem}"
    is_new = flow.identifier != store.identities[flow.identity_id]["traits"]["email"]
    if is_stale(fields) and is_new:
        return "stale"
    if store.taken(flow.identifier, flow.identity_id):
        return "profile:taken"
    store.put_identity(store.identities[flow.identity_id] | {"traits": flow.traits}, flow.identity_id)
    if is_new:
        addresses.begin_sent(flow.identifier, flow.request_url)
    return "saved"


def judge_password(flow: Flow, fields: Fields) -> str:
    password = fields.get("password", "")
    if not password:
        return "password:missing"
    if is_stale(fields):
        return "stale"
    flow.length = len(password)
    problem = password_problem(password, store.identities[flow.identity_id]["traits"]["email"])
    if problem:
        return f"password:{problem}"
    if hmac.compare_digest(selfservice.credentials().password.encode(), password.encode()):
        return "password:same"
    selfservice.credentials().password = password
    return "saved"


def judge_totp(flow: Flow, fields: Fields) -> str:
    if fields.get("totp_unlink"):
        selfservice.credentials().totp = ""
        return "saved"
    if not fields.get("totp_code"):
        return "totp:missing"
    if not totp.is_valid(flow.totp_secret, fields["totp_code"]):
        return "totp:wrong"
    selfservice.credentials().totp = flow.totp_secret
    store.note(g.session, {"method": "totp", "aal": "aal2"})
    return "saved"


def judge_lookup_secret(flow: Flow, fields: Fields) -> str:
    if fields.get("lookup_secret_reveal"):
        flow.lookup_codes = []
        return "lookup_secret:revealed"
    if fields.get("lookup_secret_regenerate"):
        flow.lookup_codes = ["".join(secrets.choice(ALPHABET) for _ in range(8)) for _ in range(12)]
        return "lookup_secret:codes"
    if fields.get("lookup_secret_confirm"):
        store.note(g.session, {"method": "lookup_secret", "aal": "aal2"})
    selfservice.credentials().lookup_secret = (
        dict.fromkeys(flow.lookup_codes) if fields.get("lookup_secret_confirm") else {}
    )
    return "saved"


def judge_oidc(_flow: Flow, fields: Fields) -> str:
    if "link" in fields:
        return "oidc:link"
    if not selfservice.credentials().oidc.pop(fields["unlink"], None):
        raise NotRecorded("the sandbox does not unlink what is not linked")
    return "saved"


JUDGES = {
    "profile": judge_profile,
    "password": judge_password,
    "totp": judge_totp,
    "lookup_secret": judge_lookup_secret,
    "oidc": judge_oidc,
}
