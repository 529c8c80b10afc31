"""Serves the preview as a web site: an index, the pages, what does not fit; other links end here."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from threading import Thread
from traceback import format_exception, format_exception_only
from typing import Any

from flask import render_template_string
from werkzeug.sansio.utils import host_is_trusted
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from app import urls
from app.preview.player import PUBLIC, Player, State

AWAY = re.compile(r'\b(href|action|src)="(https?://)')
INDEX = Path(__file__).with_name("index.html")
OF_PORTICO = ("Content-Length", "Set-Cookie")  # headers that are not copied
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><circle cx="32" cy="32" r="30" fill="#c2410c"/></svg>'
)


class Site:
    """A WSGI application; `mistakes` is what does not fit, None without a check."""

    def __init__(self, player: Player, states: Iterable[State], mistakes: list[str] | None) -> None:
        self.player, self.mistakes = player, mistakes
        self.states = {state.id: state for state in states}
        self.is_open = False  # whether other machines may use it

    def __call__(self, environ: Any, start_response: Any) -> Any:
        """Answer a WSGI server."""
        return self._answer(Request(environ))(environ, start_response)

    def _answer(self, request: Request) -> Response:
        """Answer `/` with the index, `/page/<state>?lang=` with a page, other addresses with a file or a note."""
        if not self.is_open and not host_is_trusted(request.host, urls.LOOPBACK):  # DNS rebinding by another web site
            return Response("The preview is for this machine.", 400)
        first, _, rest = request.path.removeprefix("/").partition("/")
        language = request.args.get("lang", "")
        if not first:
            return self._index(language or "en")
        if first == "page" and rest in self.states:
            try:
                return self.page(self.states[rest], language or request.headers.get("Accept-Language", "en"))
            except Exception as error:  # noqa: BLE001 - a template may raise anything
                return Response("".join([*format_exception_only(error), "\n", *format_exception(error)]), 500)
        if "/static/" in request.path and (file := self._file(request)):
            return file
        if first == "elsewhere" and rest.endswith(".svg"):
            return Response(SVG, mimetype="image/svg+xml")
        return Response(f"The preview ends here: this leads to {request.method} {request.full_path}", 404)

    def page(self, state: State, language: str) -> Response:
        """Return the page and headers that Portico sends, without links to other hosts; raises like `answer`."""
        page = self.player.answer(state, language)
        headers = [(name, value) for name, value in page.headers if name not in OF_PORTICO]
        return Response(AWAY.sub(r'\1="/elsewhere/\2', page.text), page.status_code, headers)

    def _index(self, language: str) -> Response:
        order = list(dict.fromkeys(state.group for state in self.states.values()))
        states = sorted(self.states.values(), key=lambda state: order.index(state.group))
        groups = [(name, list(members)) for name, members in groupby(states, key=lambda state: state.group)]
        app = self.player.app()
        with app.app_context():
            names = app.extensions["languages"].names
            shown = {"groups": groups, "names": names, "language": language, "mistakes": self.mistakes}
            return Response(render_template_string(INDEX.read_text(), **shown), mimetype="text/html")

    def _file(self, request: Request) -> Response | None:
        """Return a file from the app that has this version of it: a state's settings may have another brand."""
        self.player.app()
        for app in self.player.apps.values():
            sent = app.test_client().get(request.full_path, base_url=PUBLIC, buffered=True)
            if sent.cache_control.max_age:
                return Response(sent.get_data(), sent.status_code, list(sent.headers))
        return None


class Silent(WSGIRequestHandler):
    """A request handler without a log."""

    def log(self, *_: Any, **__: Any) -> None:
        """Log nothing."""


def served(site: Site, host: str = "127.0.0.1", port: int = 0) -> BaseWSGIServer:
    """Return the server, ready to run; raises SystemExit if the port is in use."""
    site.is_open = not urls.is_loopback(host)
    return make_server(host, port, site, threaded=True, request_handler=Silent)


@contextmanager
def serving(site: Site) -> Iterator[str]:
    """Serve the site in a thread during the block; the value is its address."""
    server = served(site)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()
