"""The demo application's pages: an ordinary client of Hydra, the mailbox, and a social provider for Kratos."""

import json
from datetime import UTC, datetime
from functools import partial
from typing import Any

import requests
from authlib.integrations.flask_client import OAuth, OAuthError
from flask import Blueprint, Flask, Response, abort, current_app, jsonify, redirect, render_template, request, session
from jinja2 import StrictUndefined
from joserfc.errors import JoseError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from hydra.relying_party.client import Client, remember_error
from hydra.relying_party.device import GRANT, Device, devices
from hydra.relying_party.mailbox import mailbox
from hydra.relying_party.provider import Provider, demo_id
from hydra.relying_party.sessions import LocalSession, LocalSessions

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

pages = Blueprint("pages", __name__)


def create_app(
    registrations: list[dict[str, Any]], issuer: str, persons: list[dict[str, Any]], provider: Provider
) -> Flask:
    """The application for the `registrations` (clients.json) at `issuer`; `persons` are named as a hint."""
    app = Flask(__name__)
    app.config.update(TRUSTED_HOSTS=["localhost", "127.0.0.1"], MAX_CONTENT_LENGTH=256 * 1024)
    app.session_interface = LocalSessions()
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.filters["moment"] = lambda seconds: datetime.fromtimestamp(seconds, UTC).strftime("%H:%M:%S UTC")
    app.jinja_env.filters["as_json"] = partial(json.dumps, ensure_ascii=False)  # `tojson` shows ' and ü as escapes
    oauth = OAuth(app)
    app.extensions["clients"] = {
        entry["client_id"]: Client(oauth, entry, issuer) for entry in registrations if "redirect_uris" in entry
    }
    app.extensions["devices"] = {
        entry["client_id"]: Device(oauth, entry, issuer) for entry in registrations if GRANT in entry["grant_types"]
    }
    app.extensions["issuer"] = issuer
    app.extensions["persons"] = persons
    app.extensions["demo_id"] = provider
    for part in (pages, devices, mailbox, demo_id):
        app.register_blueprint(part)
    return app


@pages.get("/")
def home() -> str:
    known = {part: current_app.extensions[part] for part in ("clients", "devices", "persons")}
    return render_template("home.html", **known)


@pages.get("/<name>/login")
def login(name: str) -> BaseResponse:
    """Begin a sign-in. An earlier one stays until this one succeeds; its error or notice goes."""
    url = client_named(name).authorization_url()
    for key in ("error", "notice"):
        session.get(name, {}).pop(key, None)
    return redirect(url, 303)


@pages.get("/<name>/callback")
def callback(name: str) -> BaseResponse:
    """The redirect_uri: turn the code into a signed-in session, or an error into words."""
    client = client_named(name)
    try:
        session[name] = client.finish_login()
    except (OAuthError, JoseError) as error:
        remember_error(name, error)
    else:
        if isinstance(session, LocalSession):
            session.renew()
    return redirect(f"/{name}", 303)


@pages.get("/<name>")
def show(name: str) -> str:
    client = client_named(name)
    return render_template("client.html", client=client, known=session.get(name, {}))


@pages.get("/<name>.json", defaults={"kind": "clients"})
@pages.get("/devices/<name>.json", defaults={"kind": "devices"})
def show_json(name: str, kind: str) -> Response:
    """The same as JSON: claims, userinfo, granted scope and raw tokens, or the error; what a device shows meanwhile."""
    if name not in current_app.extensions[kind]:
        abort(404)
    state = session.get(name, {})
    tokens = state.get("tokens", {})
    return jsonify(
        client=name,
        signed_in="id_token" in state,
        id_token=state.get("id_token"),
        userinfo=state.get("userinfo"),
        scope=tokens.get("scope"),
        refresh_token="refresh_token" in tokens,
        raw={key: tokens.get(key) for key in ("id_token", "access_token")},
        error=state.get("error"),
        notice=state.get("notice"),
        device=state.get("device"),
    )


@pages.post("/<name>/refresh")
def refresh(name: str) -> BaseResponse:
    """Exchange the refresh token. The cookie is SameSite=Lax, so no other site can make the browser do this."""
    client = client_named(name)
    state = session.get(name, {})
    if "refresh_token" in state.get("tokens", {}):
        try:
            session[name] = client.refresh(state) | {"notice": "The tokens were refreshed."}
        except (OAuthError, JoseError) as error:
            remember_error(name, error)
    return redirect(f"/{name}", 303)


@pages.get("/<name>/logout")
def logout(name: str) -> BaseResponse:
    """End the session here, then ask Hydra to end its own (RP-initiated logout)."""
    client = client_named(name)
    id_token = session.get(name, {}).get("tokens", {}).get("id_token")
    if not id_token:
        session.get(name, {}).pop("tokens", None)
        return redirect(f"/{name}", 303)
    url = client.logout_url(id_token)
    del session[name]
    return redirect(url, 303)


@pages.get("/<name>/signed-out")
def signed_out(name: str) -> BaseResponse:
    """The post_logout_redirect_uri: believed only with the state of a logout begun here."""
    client = client_named(name)
    try:
        client.oauth.validate_logout_response()
    except OAuthError:
        return redirect(f"/{name}", 303)
    session.setdefault(name, {})["notice"] = f"You're signed out of {client.title} and at Hydra."
    return redirect(f"/{name}", 303)


@pages.post("/<name>/backchannel-logout")
def backchannel_logout(name: str) -> tuple[dict[str, str], int] | tuple[str, int]:
    """End the local sessions of a login session that ended at Hydra (Back-Channel Logout 1.0, 2.5 to 2.8)."""
    client = client_named(name)
    try:
        claims = client.verify_logout_token(request.form.get("logout_token", ""))
    except (JoseError, ValueError) as error:
        return {"error": "invalid_request", "error_description": str(error)}, 400
    sessions = current_app.session_interface
    if isinstance(sessions, LocalSessions):
        notice = "Hydra ended this sign-in (back-channel logout)."
        sessions.end(name, claims.get("sid"), claims.get("sub"), notice)
    return "", 200


def client_named(name: str) -> Client:
    clients: dict[str, Client] = current_app.extensions["clients"]
    return clients.get(name) or abort(404)


@pages.app_errorhandler(HTTPException)
def show_http_error(error: HTTPException) -> tuple[str, int]:
    return render_template("message.html", title=error.name, text=error.description), error.code or 500


@pages.app_errorhandler(requests.RequestException)
def show_unreachable(error: requests.RequestException) -> tuple[str, int]:
    """Hydra does not answer, or not as it should: say so; the next request tries again."""
    current_app.logger.warning("Hydra: %s", error)
    text = f"Hydra at {current_app.extensions['issuer']} does not answer as it should. Is it running? Then try again."
    return render_template("message.html", title="Hydra does not answer", text=text), 502


@pages.after_app_request
def add_headers(response: Response) -> Response:
    """Nothing here is cached but the style sheet, and no page runs a script or is framed."""
    for key, value in HEADERS.items():
        response.headers.setdefault(key, value)
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
    return response
