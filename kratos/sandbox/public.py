"""The public API of Kratos as far as browsers and Portico use it; the login flow is in login.py."""

import hashlib
from urllib.parse import urlencode

from flask import Blueprint, Flask, Response, g, request

from kratos.sandbox.bodies import fill
from kratos.sandbox.csrf import Csrf
from kratos.sandbox.login import SESSION_COOKIE, login
from kratos.sandbox.store import Refusal, Store
from kratos.sandbox.web import allowed, create_app, json_answer, json_error, to, wants_json

ALWAYS_JSON = ("/sessions/", "/self-service/login/flows", "/self-service/errors")
WITHOUT_CSRF_COOKIE = ("/sessions/", "/health/")
YEAR = 365 * 24 * 3600

public = Blueprint("public", __name__)
public.register_blueprint(login)


def create_public(store: Store) -> Flask:
    """Build the public API (port 4433) over `store`."""
    app = create_app(store, public, refuse)
    app.before_request(begin)
    app.after_request(finish)
    return app


def begin() -> None:
    """Find out who asks, before any view."""
    g.csrf_cookie = "csrf_token_" + hashlib.sha256(f"{g.store.config.public_url}/".encode()).hexdigest()
    g.csrf = Csrf(request.headers.get("Cookie", ""), request.cookies.get(g.csrf_cookie))
    g.session = g.store.live_session(request.cookies.get(SESSION_COOKIE, ""))


def finish(answer: Response) -> Response:
    """Send the CSRF cookie along where the browser lacks it, as Kratos does on every page, unknown ones included."""
    answer.headers["Vary"] = "Cookie"
    if g.csrf.is_new and not request.path.startswith(WITHOUT_CSRF_COOKIE):
        answer.set_cookie(g.csrf_cookie, g.csrf.cookie_value, max_age=YEAR, httponly=True, samesite="Lax")
    return answer


def refuse(refusal: Refusal) -> Response:
    """Answer an error as JSON, or send the browser to the error page with an id to ask about."""
    if wants_json() or request.path.startswith(ALWAYS_JSON):
        return json_error(refusal)
    return to(f"{g.store.config.error_ui}?id={g.store.add_error(refusal.body['error'])}")


@public.get("/sessions/whoami")
def whoami() -> Response:
    if g.session is None:
        raise Refusal("no_session")
    answer = json_answer(g.store.session_body(g.session))
    answer.headers["X-Kratos-Authenticated-Identity-Id"] = g.session.identity_id
    return answer


@public.get("/self-service/logout/browser")
def create_logout() -> Response:
    return_to = request.args.get("return_to", "")
    allowed(return_to, g.store.config.logout_return)
    if g.session is None:
        raise Refusal("session_inactive")
    query = urlencode(({"return_to": return_to} if return_to else {}) | {"token": g.session.logout_token})
    url = f"{g.store.config.public_url}/self-service/logout?{query}"
    return json_answer({"logout_url": url, "logout_token": g.session.logout_token})


@public.get("/self-service/logout")
def update_logout() -> Response:
    if not request.args.get("token"):
        raise Refusal("logout_token_missing")
    if g.session is None:
        raise Refusal("session_inactive")
    if request.args["token"] != g.session.logout_token:
        raise Refusal("logout_token_mismatch")
    return_to = allowed(request.args.get("return_to", ""), g.store.config.logout_return)
    g.session.active = False
    g.csrf.renew()
    answer = Response(status=204) if wants_json() else to(return_to)
    answer.delete_cookie(SESSION_COOKIE, httponly=True, samesite="Lax")
    return answer


# Errors and health


@public.get("/self-service/errors")
def get_error() -> Response:
    error_id = request.args.get("id", "")
    if error_id == "stub:500":
        return json_answer(fill("errors/stub_500"))
    if error_id not in g.store.errors:
        raise Refusal("not_found")
    return json_answer(g.store.errors[error_id])
