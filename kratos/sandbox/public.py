"""The public API of Kratos as far as browsers and Portico use it: login, logout, whoami, error bodies."""

import hashlib
import json
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import Blueprint, Flask, Response, g, redirect, request

from kratos.sandbox.csrf import Csrf, mask
from kratos.sandbox.flows import advance, judge
from kratos.sandbox.store import Flow, Refusal, Session, Store, expiry, iso, now

SESSION_COOKIE = "ory_kratos_session"
ALWAYS_JSON = ("/sessions/", "/self-service/login/flows", "/self-service/errors")
NO_STORE = "private, no-cache, no-store, must-revalidate"
TRUE = ("1", "t", "T", "true", "TRUE", "True")  # Go's strconv.ParseBool

public = Blueprint("public", __name__)


def create_public(store: Store) -> Flask:
    app = Flask(__name__, static_folder=None)
    app.extensions["store"] = store
    app.register_blueprint(public)
    app.register_error_handler(404, lambda _: Response("404 page not found\n", 404, mimetype="text/plain"))
    return app


# Around every request


@public.before_app_request
def begin() -> None:
    g.store = request.app.extensions["store"] if hasattr(request, "app") else _store()
    g.cookie_name = "csrf_token_" + hashlib.sha256(f"{g.store.config.public_url}/".encode()).hexdigest()
    g.csrf = Csrf(request.headers.get("Cookie", ""), request.cookies.get(g.cookie_name))
    g.session = g.store.live_session(request.cookies.get(SESSION_COOKIE, ""))
