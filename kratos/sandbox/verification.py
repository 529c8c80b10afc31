"""Verification flows by mailed code."""

from flask import Blueprint, Response, g, request

from kratos.sandbox.people import now, verify
from kratos.sandbox.selfservice import begin, form, posted, replace, show, stay, ui, use_code, wanted_return
from kratos.sandbox.store import Flow
from kratos.sandbox.traits import traits_problem
from kratos.sandbox.web import to

verification = Blueprint("verification", __name__)


@verification.get("/self-service/verification/browser")
def create_verification() -> Response:
    wanted_return()
    return show(begin("verification"))


@verification.post("/self-service/verification")
def update_verification() -> Response:
    flow = posted("verification")
    if flow.used:
        return replace(flow, "used")
    if flow.expires_at <= now():
        return replace(flow)
    outcome = judge(flow, form())
    if outcome == "code:too_often":
        return replace(flow, "too_often")
    if outcome == "code:expired":
        return replace(flow)
    if outcome != "code:right":
        return stay(flow, outcome)
    verify(g.store.find(flow.identifier), {flow.identifier})
    return stay(flow, "code:passed")


@verification.get("/self-service/verification")
def follow_link() -> Response:
    """Show the code of the link in the mail, filled in; a GET confirms nothing."""
    flow = posted("verification")
    if flow.used:
        return replace(flow, "used")
    if flow.expires_at <= now():
        return replace(flow)
    flow.link_code = request.args.get("code", "")
    return to(ui(flow)) if flow.link_code else stay(flow, "no_method")


def judge(flow: Flow, fields: dict[str, str]) -> str:
    """Judge a post: an e-mail address asks for a code, unknown ones seemingly too."""
    flow.identifier = fields.get("email", flow.identifier)
    if fields.get("method") != "code":
        return "no_method"
    if "email" not in fields and flow.codes:  # no CSRF token: links in mails carry the code too
        return use_code(flow, flow.identifier, fields["code"]) if fields.get("code") else "code:missing"
    problem = traits_problem(fields)
    if problem == "missing":
        return "email:missing"
    g.csrf.check_form(fields)
    if problem:
        return "email:invalid"
    send(flow)
    return "email:sent"


def send(flow: Flow) -> None:
    """Send the flow's address a code if somebody has it."""
    flow.codes = {"": ("", now())}  # one that fits nothing: the page asks for it all the same
    identity = g.store.find(flow.identifier)
    if identity is None:
        return
    g.store.send_code(flow, flow.identifier, flow.identifier)
    for address in identity["verifiable_addresses"]:
        if not address["verified"] and flow.name == "verification":
            address["status"] = "sent"


def begin_sent(email: str, request_url: str) -> Flow:
    """Begin the flow of somebody whose address is new: the code is on its way already."""
    flow = begin("verification", request_url=request_url, state="sent_email", identifier=email)
    send(flow)
    return flow
