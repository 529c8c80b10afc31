"""What the self-service flows share: they are begun, read, shown again, replaced, and end in a session."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import yaml
from flask import Blueprint, Response, g, request

from kratos.sandbox.bodies import NotRecorded, Refusal, is_uuid
from kratos.sandbox.clock import now
from kratos.sandbox.flow_bodies import flow_body
from kratos.sandbox.people import Credentials, Identity
from kratos.sandbox.store import Flow, Session, expiry, store
from kratos.sandbox.web import allowed, forward, json_answer, to, wants_json

SESSION_COOKIE = "ory_kratos_session"
MAX_CODE_TRIES = 5  # selfservice.methods.code.config.max_submissions
TABLE: dict[str, dict[str, dict[str, str | None]]] = {
    kind: {state: row["to"] for row in rows for state in (*row["in"], *row.get("and", ()))}
    for kind, rows in yaml.safe_load(Path(__file__).with_name("table.yml").read_text()).items()
}
STEPS = ("profile:done", "screen:previous", "screen:credential-selection", "code:sent")

selfservice = Blueprint("selfservice", __name__)


# Begin and read


def begin(name: str, kind: str = "", request_url: str = "", **more: Any) -> Flow:
    """Begin a flow; what it shall return to stands in the query of `request_url`, there Kratos reads it too."""
    request_url = request_url or asked_url()
    return_to = parse_qs(urlsplit(request_url).query).get("return_to", [""])[0]
    begun = now()
    end = begun + store.config.lifespan[name]
    flow = Flow(name, kind or name, g.csrf.token, request_url, return_to, begun, end, **more)
    store.flows[flow.id] = flow
    return flow


def asked_url() -> str:
    """Give the address that was asked for as it was sent: Kratos keeps its escapes."""
    return request.host_url.rstrip("/") + str(request.environ["REQUEST_URI"])


def wanted_return() -> str:
    """Check the parameters every flow is begun with, and give where it shall lead to."""
    if "login_challenge" in request.args:  # oauth2_provider.url is unset: Portico owns the challenge (design D1)
        raise Refusal("invalid_configuration")
    return allowed(request.args.get("return_to", ""), store.config.default_return)


def ui(flow: Flow) -> str:
    return f"{store.config.ui[flow.name]}?flow={flow.id}"


def show(flow: Flow, json_status: int = 200, status: int = 303) -> Response:
    return json_answer(flow_body(flow), json_status) if wants_json() else to(ui(flow), status)


@selfservice.get("/self-service/<any(login, registration, recovery, verification, settings):name>/flows")
def get_flow(name: str) -> Response:
    if name == "settings" and g.session is None:
        raise Refusal("session_missing")
    flow = store.flows.get(request.args.get("id", ""))
    if flow is None or flow.name != name:
        raise Refusal("not_found")
    if name == "settings":
        admit(flow, ui(flow))
    else:
        g.csrf.check_flow(flow.csrf)
    if flow.expires_at <= now():
        query = "?" + urlencode({"return_to": flow.return_to}) if flow.return_to else ""
        restart = f"{store.config.public_url}/self-service/{name}/browser{query}"
        raise Refusal(named("flow_expired", name), redirect_to=restart, return_to=flow.return_to)
    return json_answer(flow_body(flow))


def named(error: str, flow: str) -> str:
    """Name the recorded error of a flow; login's has the plain name."""
    return error if flow == "login" else f"{error}_{flow}"


def admit(flow: Flow, return_to: str) -> None:
    """Let nobody but its person, as strong as they can be, at a flow of settings."""
    if flow.identity_id != g.session.identity_id:
        raise Refusal("identity_mismatch")
    if not store.is_strong(g.session):
        raise Refusal("session_aal2_required", redirect_browser_to=second_factor(return_to))


def second_factor(return_to: str) -> str:
    query = {"aal": "aal2"} | ({"return_to": return_to} if return_to else {})
    return f"{store.config.public_url}/self-service/login/browser?{urlencode(query)}"


# Post


def posted(name: str) -> Flow:
    if not is_uuid(request.args.get("flow", "")):
        raise Refusal("flow_missing")
    flow: Flow | None = store.flows.get(request.args["flow"])
    if flow is None or flow.name != name:
        raise Refusal("flow_unknown" if name in ("recovery", "verification") else "not_found", flow=name)
    return flow


class Unreadable(Exception):
    """A JSON body that is no object: the flow says so, in Kratos' words."""


def form(flow: Flow) -> dict[str, str]:
    if request.mimetype != "application/json":
        return request.form.to_dict()
    fields = request.get_json(silent=True)
    if not isinstance(fields, dict):
        raise Unreadable(flow)
    return fields


@selfservice.app_errorhandler(Unreadable)
def show_unreadable(problem: Unreadable) -> Response:
    body, text = flow_body(problem.args[0]), "Expected JSON sent in request body to be an object but got: JSON"
    body["ui"]["messages"] = [{"id": 4000001, "text": text, "type": "error", "context": {"reason": text}}]
    return json_answer(body, 400)


def outcomes(flow: Flow) -> dict[str, str | None]:
    return TABLE[flow.kind].get(flow.state, {})


def asks_for_code(flow: Flow) -> bool:
    return "code:wrong" in outcomes(flow)


def advance(flow: Flow, outcome: str) -> None:
    """Move the flow to the state its table has for `outcome`; NotRecorded when the table has no such row."""
    if outcome not in outcomes(flow):
        row = f"({flow.kind}, {flow.state}, {outcome})"
        raise NotRecorded(f"the sandbox has no row {row}: see kratos/sandbox/table.yml")
    flow.state = outcomes(flow)[outcome] or outcome.replace(":", "_")


def stay(flow: Flow, outcome: str) -> Response:
    """Show the flow again, in the state the table has for `outcome`; a mistake at signing up is a 302 in Kratos."""
    advance(flow, outcome)
    is_mistake = flow.name == "registration" and outcome not in STEPS
    return show(flow, 200 if outcome in ("email:sent", "code:passed") else 400, 302 if is_mistake else 303)


def replace(flow: Flow, state: str = "expired") -> Response:
    """Put a new flow in the place of one that cannot go on; only an expired one's successor knows the way back."""
    new = begin(flow.name, request_url=flow.request_url if state == "expired" else "", identity_id=flow.identity_id)
    new.state, new.predecessor_expired_at = state, flow.expires_at
    return forward(ui(new), named("flow_replaced", flow.name), use_flow_id=new.id, **expiry(flow.expires_at))


def use_code(flow: Flow, proves: str, code: str) -> str:
    """Spend a code, and give what came of it: five wrong ones end the flow's codes for good."""
    flow.tries += 1
    if flow.tries > MAX_CODE_TRIES:
        return "code:too_often"
    proven, end = flow.codes.get(code, ("", now()))
    if not proven or proven != proves:
        return "code:wrong"
    flow.codes, flow.used = {}, True
    if end <= now():
        flow.expires_at = end  # Kratos treats an outlived code like an outlived flow
        return "code:expired"
    return "code:right"


# Session


def credentials() -> Credentials:
    return store.credentials[g.session.identity_id]


def open_session(identity: Identity, method: dict[str, str]) -> None:
    """Give the identity its session: the one it has grows by a method, anybody else's is left alone for a new one.

    A social provider's word makes a new one always, and the one before lives on.
    """
    if identity["state"] != "active":
        raise Refusal("identity_disabled", identity_id=identity["id"])
    is_theirs = g.session is not None and g.session.identity_id == identity["id"]
    if not is_theirs:
        g.csrf.renew()
    if not is_theirs or method["method"] == "oidc":
        g.session = Session(identity["id"], now(), request.headers.get("User-Agent", ""), request.remote_addr or "")
        store.sessions[g.session.id] = g.session
    store.authenticate(g.session, method)


def go_on(flow: Flow, url: str = "") -> Response:
    """Send who has a session now to `url`, or where the flow shall lead to: by a second factor if they have one."""
    return_to = allowed(flow.return_to, store.config.default_return)
    url = url or (return_to if store.is_enough(g.session) else second_factor(flow.return_to))
    if wants_json():
        if flow.name != "login" or url != return_to:
            raise NotRecorded("here the sandbox answers browsers, not scripts")
        going_on = [{"action": "redirect_browser_to", "redirect_browser_to": url}]
        answer = json_answer({"session": store.session_body(g.session), "continue_with": going_on})
    else:
        answer = to(url)
    lifespan, end = int((g.session.expires_at - now()).total_seconds()), g.session.expires_at
    answer.set_cookie(SESSION_COOKIE, g.session.cookie, lifespan, end, httponly=True, samesite="Lax")
    return answer
