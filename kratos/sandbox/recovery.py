"""Recovery flows by mailed code: they end in a session and a flow of settings."""

from flask import Blueprint, Response, g

from kratos.sandbox.people import now, verify
from kratos.sandbox.refusal import Refusal
from kratos.sandbox.selfservice import (
    begin,
    form,
    go_on,
    open_session,
    posted,
    replace,
    show,
    stay,
    ui,
    use_code,
    wanted_return,
)
from kratos.sandbox.store import Flow
from kratos.sandbox.traits import traits_problem
from kratos.sandbox.verification import send
from kratos.sandbox.web import to, wants_json

recovery = Blueprint("recovery", __name__)


@recovery.get("/self-service/recovery/browser")
def create_recovery() -> Response:
    wanted_return()
    if g.session:
        if wants_json():
            raise Refusal("session_already_available_recovery")
        return to(g.store.config.default_return, 302)
    return show(begin("recovery"))


@recovery.post("/self-service/recovery")
def update_recovery() -> Response:
    flow = posted("recovery")
    fields = form()
    g.csrf.check_form(fields)
    if flow.expires_at <= now():
        return replace(flow)
    outcome = judge(flow, fields)
    if outcome == "code:too_often":
        return replace(flow, "too_often")
    if outcome == "code:expired":
        return replace(flow)
    return recovered(flow) if outcome == "code:right" else stay(flow, outcome)


def judge(flow: Flow, fields: dict[str, str]) -> str:
    if fields.get("method") != "code":
        return "no_method"
    if "email" not in fields and flow.codes:
        return use_code(flow, flow.identifier, fields.get("code", ""))
    problem = traits_problem(fields)
    flow.identifier = fields.get("email", "")
    if problem:
        return f"email:{problem}"
    send(flow)
    return "email:sent"


def recovered(flow: Flow) -> Response:
    """Sign in whose address it is, and let them set another password."""
    identity = g.store.find(flow.identifier)
    verify(identity, {flow.identifier})
    open_session(identity, {"method": "code_recovery"})
    after = begin("settings", request_url=flow.request_url, identity_id=identity["id"], state="recovered")
    return go_on(flow, ui(after))
