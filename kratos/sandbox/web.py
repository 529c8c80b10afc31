"""What the public and the admin API share: how requests are let in, and how Kratos words its answers."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from flask import Blueprint, Flask, Response, request

from kratos.sandbox.bodies import NotRecorded, Refusal
from kratos.sandbox.serving import create_app
from kratos.sandbox.store import Store, store


def create_api(store: Store, routes: Blueprint, answer_refusal: Callable[[Refusal], Response]) -> Flask:
    app = create_app(store, routes)
    app.register_error_handler(404, lambda _: Response("404 page not found\n", 404, mimetype="text/plain"))
    app.register_error_handler(Refusal, answer_refusal)
    app.register_error_handler(NotRecorded, lambda gap: Response(f"{gap}\n", 501, mimetype="text/plain"))
    app.after_request(_no_store)
    return app


def _no_store(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "private, no-cache, no-store, must-revalidate"
    return answer


def json_answer(body: Any, status: int = 200) -> Response:
    return Response(json.dumps(body), status, content_type="application/json; charset=utf-8")


def json_error(refusal: Refusal) -> Response:
    answer = Response(json.dumps(refusal.body), refusal.status, mimetype="application/json")
    answer.headers["Ory-Error-Id"] = refusal.body["error"].get("id", "")
    return answer


def to(url: str, status: int = 303) -> Response:
    return Response(status=status, headers={"Location": url})


def forward(url: str, refusal: str, status: int = 303, **values: Any) -> Response:
    """Send a browser on to `url`; a script is refused with the error of that name."""
    if wants_json():
        raise Refusal(refusal, **values)
    return to(url, status)


def wants_json() -> bool:
    """Tell scripts from browsers as Kratos does: `*/*` is a browser; a JSON body counts, a charset beside it not."""
    accepted = request.accept_mimetypes.best_match(["text/html", "application/json"], "text/html")
    return accepted == "application/json" or request.headers.get("Content-Type") == "application/json"


def allowed(return_to: str, default: str) -> str:
    """Complete and check a return_to; Refusal unless its origin is an allowed URL's and its path begins with that's."""
    if not return_to:
        return default
    wanted, home = urlsplit(return_to), urlsplit(default)
    wanted = wanted._replace(scheme=wanted.scheme or home.scheme, netloc=wanted.netloc or home.netloc)
    config = store.config
    for url in map(urlsplit, (*config.allowed_return_urls, f"{config.public_url}/self-service")):
        same_origin = (url.scheme, url.netloc.lower()) == (wanted.scheme, wanted.netloc.lower())
        if same_origin and (wanted.path or "/").startswith(url.path or "/"):
            return urlunsplit(wanted)
    raise Refusal("return_to_forbidden", return_to=urlunsplit(wanted))
