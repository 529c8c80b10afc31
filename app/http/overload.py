"""Refuses requests that waited for too long, with a page made before the fork, at a tenth of a page's cost."""

import secrets
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from time import monotonic
from typing import Any

from flask import Flask, g
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Response

from app.brand.brands import FOLDER, Brands
from app.errors import Overloaded
from app.http import here, i18n, logs, metrics
from app.http.mount import HEALTH

EVERY = 10  # seconds between two events; each refused request has its own log line
_ID, _NONCE = "the-id-of-this-request", "the-nonce-of-this-answer"
_OVERLOADED = "portico.overloaded"


class Refusals:
    """A WSGI application that answers 503 with Retry-After and a page in the person's language."""

    def __init__(self, app: Flask, count: logs.Count, files: Iterable[str] = ()) -> None:
        self._answer, self._count = app.wsgi_app, count
        self._served = frozenset(path.encode().decode("latin-1") for path in (*HEALTH, *files))  # in WSGI's encoding
        self._extensions = app.extensions
        self._page = cache(self._make)
        self._refused, self._next_event = 0, 0.0

    def is_exempt(self, environ: dict[str, Any]) -> bool:
        """Whether the request is never refused: health, which has to tell the truth, and files, which cost no more."""
        return environ["PATH_INFO"] in self._served and environ["REQUEST_METHOD"] in ("GET", "HEAD")

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        """Answer; reads only the language and the id of the request."""
        method, number, nonce = environ["REQUEST_METHOD"], logs.request_id_of(environ), secrets.token_urlsafe(16)
        languages: i18n.Languages = self._extensions["languages"]
        made = self._page(languages.tag_for(environ), method == "GET")
        body = made.get_data(as_text=True).replace(_NONCE, nonce).replace(_ID, number).encode()
        headers = [(name, value.replace(_NONCE, nonce)) for name, value in made.headers if name != "Content-Length"]
        self._log()
        logs.answered(self._count, environ, number, "unknown", made.status_code, 0)
        start_response(made.status, [*headers, ("Content-Length", str(len(body))), ("X-Request-Id", number)])
        return [] if method == "HEAD" else [body]

    def read_ahead(self, languages: i18n.Languages) -> None:
        """Render the page in every language."""
        for tag in languages.files:
            for is_get in (True, False):
                self._page(tag, is_get)

    def _make(self, tag: str, is_get: bool) -> Response:
        """Render the page with Flask, for no particular request; only that for a GET has a button to try again."""
        headers = [("Accept-Language", tag), ("X-Request-Id", _ID)]
        path, method = ("/?error", "GET") if is_get else ("/-", "POST")  # a form's page is unknown
        environ = EnvironBuilder(path, method=method, headers=headers).get_environ()
        return Response.from_app(self._answer, environ | {_OVERLOADED: True}, buffered=True)

    def _log(self) -> None:
        metrics.REFUSED.inc()
        self._refused += 1
        if (now := monotonic()) >= self._next_event:
            logs.event("overloaded", refused=self._refused)
            self._refused, self._next_event = 0, now + EVERY


def init_app(app: Flask, count: logs.Count, brands: Brands, path: str) -> None:
    """Set up refusals: after security, so that they have its headers, before logs, so that rendering is not logged."""

    def refuse() -> None:
        if _OVERLOADED in here.sent().environ:
            g.csp_nonce = _NONCE
            raise Overloaded

    app.before_request_funcs.setdefault(None, []).insert(0, refuse)
    ours = (path.name for path in Path(str(app.static_folder)).iterdir())
    files = (f"{path}{app.static_url_path}/{name}" for name in (*ours, *(FOLDER + name for name in brands.files)))
    app.extensions["refusals"] = Refusals(app, count, (*(path + health for health in HEALTH), *files))
