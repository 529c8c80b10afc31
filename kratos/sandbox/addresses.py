"""Recovery and verification flows by mailed code: a code proves whose address it is."""

from flask import Blueprint, Response, g, request

from kratos.sandbox import selfservice
from kratos.sandbox.clock import now
from kratos.sandbox.people import traits_problem, verify
from kratos.sandbox.store import Flow, store
from kratos.sandbox.web import forward, to

addresses = Blueprint("addresses", __name__)


@addresses.get("/self-service/<any(recovery, verification):name>/browser")
def create_flow(name: str) -> Response:
    selfservice.wanted_return()
    if g.session and name == "recovery":
        return forward(store.config.default_return, "session_already_available_recovery", 302)
    return selfservice.show(selfservice.begin(name))


@addresses.post("/self-service/<any(recovery, verification):name>")
def update_flow(name: str) -> Response:
    flow = selfservice.posted(name)
    fields = selfservice.form(flow)
    if name == "recovery":
        g.csrf.check_form(fields)
    if over(flow):
        return selfservice.replace(flow, over(flow))
    outcome = judge(flow, fields)
    if outcome in ("code:too_often", "code:expired"):
        return selfservice.replace(flow, outcome.removeprefix("code:"))
    return proven(flow) if outcome == "code:right" else selfservice.stay(flow, outcome)


@addresses.get("/self-service/verification")
def follow_link() -> Response:
    """Show the code of the link in the mail, filled in; a GET confirms nothing."""
    flow = selfservice.posted("verification")
    if over(flow):
        return selfservice.replace(flow, over(flow))
    flow.link_code = request.args.get("code", "")
    return to(selfservice.ui(flow)) if flow.link_code else selfservice.stay(flow, "no_method")


def over(flow: Flow) -> str:
    if flow.used and flow.name == "verification":
        return "used"
    return "expired" if flow.expires_at <= now() else ""


def judge(flow: Flow, fields: dict[str, str]) -> str:
    """Judge a post: an e-mail address asks for a code, unknown ones seemingly too."""
    if flow.name == "verification":
        flow.identifier = fields.get("email", flow.identifier)
    if fields.get("method") != "code":
        return "no_method"
    if "email" not in fields and flow.codes:  # for a verification no CSRF token: links in mails carry the code too
        if flow.name == "verification" and not fields.get("code"):
            return "code:missing"
        return selfservice.use_code(flow, flow.identifier, fields.get("code", ""))
    problem = traits_problem(fields)
    if problem != "missing":
        g.csrf.check_form(fields)
    flow.identifier = fields.get("email", "")
    if problem:
        return f"email:{problem}"
    send(flow)
    return "email:sent"


def send(flow: Flow) -> None:
    flow.codes = {"": ("", now())}  # one that fits nothing: the page asks for it all the same
    identity = store.find(flow.identifier)
    if identity is None:
        return
    store.send_code(flow, flow.identifier, flow.identifier.strip().lower())
    for address in identity["verifiable_addresses"]:
        if not address["verified"] and flow.name == "verification":
            address["status"] = "sent"


def proven(flow: Flow) -> Response:
    """Note whose address it is; a recovery signs them in, to set another password."""
    identity = store.find(flow.identifier)
    assert identity, "a code was sent, so there is somebody"
    verify(identity, {flow.identifier.strip().lower()})
    if flow.name == "verification":
        return selfservice.stay(flow, "code:passed")
    selfservice.open_session(identity, {"method": "code_recovery"})
    after = selfservice.begin("settings", request_url=flow.request_url, identity_id=identity["id"], state="recovered")
    return selfservice.go_on(flow, selfservice.ui(after))


def begin_sent(email: str, request_url: str) -> Flow:
    """Begin the verification of somebody whose address is new: the code is on its way already."""
    flow = selfservice.begin("verification", request_url=request_url, state="sent_email", identifier=email)
    send(flow)
    return flow
