"""Login flows: begun, read, posted; what the table says is shown again, what a judge believes becomes a session."""

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from flask import Blueprint, Response, g, request

from kratos.sandbox.csrf import mask
from kratos.sandbox.flows import Identity, advance, judge
from kratos.sandbox.store import Flow, Refusal, Session, expiry, now
from kratos.sandbox.web import allowed, json_answer, to, wants_json

SESSION_COOKIE = "ory_kratos_session"
TRUE = ("1", "t", "T", "true", "TRUE", "True")  # Go's strconv.ParseBool
KINDS = {
    # (refresh, aal): the flow's folder of recorded bodies
    (False, "aal1"): "login",
    (True, "aal1"): "refresh",
    (False, "aal2"): "aal2",
    (True, "aal2"): "refresh_aal2",
}

login = Blueprint("login", __name__)


@login.get("/self-service/login/browser")
def create_login() -> Response:
    if "login_challenge" in request.args:  # oauth2_provider.url is unset: Portico owns the challenge (design D1)
        raise Refusal("invalid_configuration")
    return_to = allowed(request.args.get("return_to", ""), g.store.config.default_return)
    refresh, aal = request.args.get("refresh") in TRUE, request.args.get("aal") or "aal1"
    if aal not in ("aal1", "aal2"):
        raise Refusal("aal_unknown", aal=aal)
    if g.session is None and aal == "aal2":
        raise Refusal("session_aal1_required")
    if g.session and not refresh and aal == "aal1":
        if wants_json():
            raise Refusal("session_already_available")
        return to(return_to)
    request_url = request.host_url.rstrip("/") + request.environ["REQUEST_URI"]  # as sent: Kratos keeps its escapes
    flow = new_flow(KINDS[refresh and g.session is not None, aal], request_url)
    flow.organization_id = request.args.get("organization")
    return json_answer(flow_body(flow)) if wants_json() else to(ui(flow))


def new_flow(kind: str, request_url: str) -> Flow:
    """Begin a flow; what it shall return to stands in the query of `request_url`, there Kratos reads it too."""
    return_to = parse_qs(urlsplit(request_url).query).get("return_to", [""])[0]
    begun = now()
    flow = Flow(kind, g.csrf.token, request_url, return_to, begun, begun + g.store.config.login_lifespan)
    g.store.flows[flow.id] = flow
    return flow


def flow_body(flow: Flow) -> Any:
    return g.store.flow_body(flow, mask(g.csrf.token))


def ui(flow: Flow) -> str:
    return f"{g.store.config.login_ui}?flow={flow.id}"


@login.get("/self-service/login/flows")
def get_login() -> Response:
    flow = g.store.flows.get(request.args.get("id", ""))
    if flow is None:
        raise Refusal("not_found")
    g.csrf.check_flow(flow.csrf)
    if flow.expires_at <= now():
        query = "?" + urlencode({"return_to": flow.return_to}) if flow.return_to else ""
        restart = f"{g.store.config.public_url}/self-service/login/browser{query}"
        raise Refusal("flow_expired", redirect_to=restart, return_to=flow.return_to)
    return json_answer(flow_body(flow))


@login.post("/self-service/login")
def update_login() -> Response:
    if not request.args.get("flow"):
        raise Refusal("flow_missing")
    flow = g.store.flows.get(request.args["flow"])
    if flow is None:
        raise Refusal("not_found")
    if g.session is None and flow.kind.endswith("aal2"):
        raise Refusal("session_aal1_required")
    if g.session and flow.kind == "login":
        return stay(flow, "session") if wants_json() else to(g.store.config.default_return)
    if flow.expires_at <= now():
        return replace(flow)
    result = judge(g.store, flow, form(), g.csrf)
    if result == "code:expired":
        return replace(flow)
    return stay(flow, result) if isinstance(result, str) else sign_in(flow, result)


def form() -> dict[str, str]:
    if request.mimetype == "application/json":
        return dict(request.get_json(silent=True) or {})
    return request.form.to_dict()


def stay(flow: Flow, outcome: str) -> Response:
    """Show the flow again, in the state the table has for `outcome`."""
    advance(flow, outcome)
    return json_answer(flow_body(flow), 400) if wants_json() else to(ui(flow))


def replace(flow: Flow) -> Response:
    """Put a new flow in the place of an expired one; with a session Kratos fails at that and shows the old one."""
    if g.session:
        return stay(flow, "session")
    new = new_flow("login", flow.request_url)
    new.state, new.predecessor_expired_at = "expired", flow.expires_at
    if wants_json():
        raise Refusal("flow_replaced", use_flow_id=new.id, **expiry(flow.expires_at))
    return to(ui(new))


def sign_in(flow: Flow, identity: Identity) -> Response:
    """Give the identity its session: the one it has grows by a method, anybody else's is left alone for a new one."""
    if identity["state"] != "active":
        raise Refusal("identity_disabled", identity_id=identity["id"])
    session: Session | None = g.session
    if session is None or session.identity_id != identity["id"]:
        session = g.store.add_session(identity, request.headers.get("User-Agent", ""), request.remote_addr)
        g.csrf.renew()
    g.store.authenticate(session, form()["method"])
    return_to = allowed(flow.return_to, g.store.config.default_return)
    if wants_json():
        going_on = [{"action": "redirect_browser_to", "redirect_browser_to": return_to}]
        answer = json_answer({"session": g.store.session_body(session), "continue_with": going_on})
    else:
        answer = to(return_to)
    lifespan = int((session.expires_at - now()).total_seconds())
    answer.set_cookie(SESSION_COOKIE, session.cookie, lifespan, session.expires_at, httponly=True, samesite="Lax")
    return answer
