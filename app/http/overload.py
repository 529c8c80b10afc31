"""Refuses what has waited for too long, at a fraction of a page's cost: the answer is made once, before the fork."""

from functools import cache, partial
from typing import Any

from flask import Flask, Response, g, make_response, request

from app.errors import Overloaded
from app.http import errors, i18n, logs, security

TOO_LATE = "portico.too_late"  # in the environ of a request that had waited for too long when it was read
SERVED = ("/health/", "/static/")  # what costs no more than to refuse it
NONCE, ID = "the-nonce-of-this-answer", "the-id-of-this-request"


def init_app(app: Flask) -> None:
    """Do so before anything else is done for a request."""
    page = app.extensions["overloaded"] = cache(partial(_page, app))

    @app.before_request
    def refuse() -> Response | None:
        if not request.environ.get(TOO_LATE) or request.path.startswith(SERVED):
            return None
        logs.event("overloaded")
        made = page(i18n.language().tag, request.method == "GET")
        text = made.get_data(as_text=True).replace(NONCE, security.csp_nonce()).replace(ID, logs.request_id())
        return make_response(text, made.status_code, {"Retry-After": made.headers["Retry-After"]})


def read_ahead(app: Flask) -> None:
    """Make it in every language."""
    for tag in app.extensions["languages"].files:
        for is_get in (True, False):
            app.extensions["overloaded"](tag, is_get)


def _page(app: Flask, tag: str, is_get: bool) -> Response:
    """The page, with nothing of any request in it; only a GET's has a button that asks again."""
    method: Any = "GET" if is_get else "POST"
    with app.app_context(), app.test_request_context("/?error", method=method):
        g.language, g.csp_nonce, g.request_id = app.extensions["languages"].get(tag), NONCE, ID
        return make_response(errors.show(Overloaded()))
