"""The public API of Kratos as far as browsers and Portico use it; each self-service flow has a module of its own."""

import base64
import hashlib
from urllib.parse import urlencode
from uuid import uuid4

from flask import Blueprint, Response, g, request

from kratos.sandbox.addresses import addresses
from kratos.sandbox.bodies import Refusal, check_uuid, fill
from kratos.sandbox.clock import now
from kratos.sandbox.config import FLOWS
from kratos.sandbox.csrf import Csrf
from kratos.sandbox.login import login
from kratos.sandbox.people import iso
from kratos.sandbox.registration import registration
from kratos.sandbox.selfservice import SESSION_COOKIE, second_factor, selfservice
from kratos.sandbox.settings import settings
from kratos.sandbox.social import social
from kratos.sandbox.store import store
from kratos.sandbox.tokenizer import tokenized
from kratos.sandbox.web import allowed, json_answer, json_error, to, wants_json

ALWAYS_JSON = (
    *("/sessions", "/schemas", "/self-service/errors", *(f"/self-service/{flow}/flows" for flow in FLOWS)),
    "/self-service/verification/browser",
)
WITHOUT_CSRF_COOKIE = ("/sessions", "/health/")
CORS_HEADERS = {"", "authorization", "content-type", "max-age", "x-session-token", "x-xsrf-token", "x-csrf-token"}
YEAR = 365 * 24 * 3600

public = Blueprint("public", __name__)
for part in (selfservice, login, registration, addresses, settings, social):
    public.register_blueprint(part)


@public.before_app_request
def answer_preflight() -> Response | None:
    """Answer what a browser asks before a script's request to another origin (Fetch 4.8)."""
    method = request.headers.get("Access-Control-Request-Method")
    if request.method != "OPTIONS" or not method:
        return None
    wanted = request.headers.get("Access-Control-Request-Headers", "")
    answer = Response(status=204)
    if is_allowed_origin() and CORS_HEADERS.issuperset(wanted.split(",")):
        answer.headers |= {"Access-Control-Allow-Methods": method, "Access-Control-Allow-Headers": wanted}
    return answer


@public.before_app_request
def begin() -> None:
    g.csrf_cookie = "csrf_token_" + hashlib.sha256(f"{store.config.public_url}/".encode()).hexdigest()
    g.csrf = Csrf(request.headers.get("Cookie", ""), request.cookies.get(g.csrf_cookie))
    g.session = store.live_session(request.cookies.get(SESSION_COOKIE, ""))


def is_allowed_origin() -> bool:
    return request.headers.get("Origin") in store.config.cors_origins


@public.after_app_request
def finish(answer: Response) -> Response:
    """Send the CSRF cookie along where the browser lacks it, as Kratos does on every page, unknown ones included."""
    answer.headers["Vary"] = "Origin, Cookie"
    if is_allowed_origin():
        answer.headers["Access-Control-Allow-Origin"] = request.headers["Origin"]
        answer.headers["Access-Control-Allow-Credentials"] = "true"
    if "csrf" in g and g.csrf.is_new and not request.path.startswith(WITHOUT_CSRF_COOKIE):
        answer.set_cookie(
            g.csrf_cookie, base64.b64encode(g.csrf.token).decode(), max_age=YEAR, httponly=True, samesite="Lax"
        )
    return answer


def refuse(refusal: Refusal) -> Response:
    """Answer an error as JSON, or send the browser to the error page with an id to ask about."""
    if wants_json() or request.path.startswith(ALWAYS_JSON):
        return json_error(refusal)
    error_id, times = str(uuid4()), dict.fromkeys(("created_at", "updated_at"), iso(now()))
    store.errors[error_id] = {"id": error_id, "error": refusal.body["error"]} | times
    return to(f"{store.config.error_ui}?id={error_id}")


@public.route("/sessions/whoami", methods=["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def whoami() -> Response:
    if g.session is None:
        raise Refusal("no_session")
    demand_strength()
    body, template = store.session_body(g.session), request.args.get("tokenize_as")
    answer = json_answer(body | {"tokenized": tokenized(g.session, template)} if template else body)
    answer.headers["X-Kratos-Authenticated-Identity-Id"] = g.session.identity_id
    return answer


def demand_strength() -> None:
    if not store.is_enough(g.session):
        raise Refusal("session_aal2_required", redirect_browser_to=second_factor(""))


@public.get("/sessions")
def list_sessions() -> Response:
    """List the person's sessions elsewhere; their identity has no addresses there."""
    if g.session is None:
        raise Refusal("no_session_cookie")
    demand_strength()
    bodies = [store.session_body(other) for other in store.others(g.session) if store.is_live(other)]
    for body in bodies:
        body["identity"] = {key: value for key, value in body["identity"].items() if not key.endswith("_addresses")}
        body["identity"]["schema_url"] = ""
    return json_answer(bodies)


@public.delete("/sessions")
def disable_other_sessions() -> Response:
    if g.session is None:
        raise Refusal("no_session_cookie")
    others = store.others(g.session)
    for session in others:
        session.active = False
    return json_answer({"count": len(others)})


@public.delete("/sessions/<session_id>")
def disable_session(session_id: str) -> Response:
    """End one of the person's own sessions; Kratos says 204 to any other id too."""
    if g.session is None:
        raise Refusal("no_session_cookie")
    check_uuid(session_id)
    if session_id == g.session.id:
        raise Refusal("session_is_current")
    for session in store.others(g.session):
        session.active = session.active and session.id != session_id
    return Response(status=204)


@public.get("/self-service/logout/browser")
def create_logout() -> Response:
    return_to = request.args.get("return_to", "")
    allowed(return_to, store.config.logout_return)
    if g.session is None:
        raise Refusal("session_inactive")
    query = urlencode(({"return_to": return_to} if return_to else {}) | {"token": g.session.logout_token})
    url = f"{store.config.public_url}/self-service/logout?{query}"
    return json_answer({"logout_url": url, "logout_token": g.session.logout_token})


@public.get("/self-service/logout")
def update_logout() -> Response:
    if not request.args.get("token"):
        raise Refusal("logout_token_missing")
    if g.session is None:
        raise Refusal("session_inactive")
    if request.args["token"] != g.session.logout_token:
        raise Refusal("logout_token_mismatch")
    return_to = allowed(request.args.get("return_to", ""), store.config.logout_return)
    g.session.active = False
    g.csrf.renew()
    answer = Response(status=204) if wants_json() else to(return_to)
    answer.delete_cookie(SESSION_COOKIE, httponly=True, samesite="Lax")
    return answer


# Identity schemas, errors and health


@public.get("/schemas")
def list_schemas() -> Response:
    return json_answer([{"id": store.config.schema_id, "schema": store.config.schema}])


@public.get("/schemas/<schema_id>")
def get_schema(schema_id: str) -> Response:
    if schema_id != store.config.schema_id:
        raise Refusal("not_found")
    return json_answer(store.config.schema)


@public.get("/self-service/errors")
def get_error() -> Response:
    error_id = request.args.get("id", "")
    if error_id == "stub:500":
        return json_answer(fill("errors/stub_500"))
    if error_id not in store.errors:
        raise Refusal("not_found")
    return json_answer(store.errors[error_id])
