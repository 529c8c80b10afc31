"""The gallery as a web site of its own: an index, the pages, and a word where their links and buttons would lead."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from threading import Thread

from flask import Flask, render_template_string
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from app.brand.brands import FOLDER
from tests.gallery.entries import BY_ID, ENTRIES
from tests.gallery.entry import Entry, answer, served
from tests.support.upstream import PUBLIC

INDEX = Path(__file__).with_name("index.html").read_text()
AWAY = re.compile(r'\b(href|action|src)="(https?://)')
KEPT = ("Content-Security-Policy", "Referrer-Policy", "Permissions-Policy", "Content-Type")
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><circle cx="32" cy="32" r="30" fill="#c2410c"/></svg>'
)


@Request.application
def site(request: Request) -> Response:
    """`/` the index, `/page/<entry>?lang=` a page; whatever else somebody presses ends at a word about it."""
    first, _, rest = request.path.removeprefix("/").partition("/")
    if not first:
        return Response(index(request.args.get("lang", "en")), mimetype="text/html")
    if first == "static":
        return asset(request)
    if first == "page" and rest in BY_ID:
        return page(BY_ID[rest], request.args.get("lang") or request.headers.get("Accept-Language", "en"))
    if rest.endswith(".svg"):
        return Response(SVG, mimetype="image/svg+xml")
    return Response(f"The gallery ends here: this leads to {request.method} {request.full_path}", 404)


def index(language: str) -> str:
    """Every entry as a link, by group."""
    app, _ = served(ENTRIES[0])
    groups = [(name, list(entries)) for name, entries in groupby(_in_groups(), key=lambda entry: entry.group)]
    with app.app_context():
        names = app.extensions["languages"].names
        return render_template_string(INDEX, groups=groups, language=language, languages=names)


def _in_groups() -> list[Entry]:
    order = list(dict.fromkeys(entry.group for entry in ENTRIES))
    return sorted(ENTRIES, key=lambda entry: order.index(entry.group))


def page(entry: Entry, language: str) -> Response:
    """The page as Portico sends it, except that other hosts are out of reach."""
    response = answer(entry, language)
    headers = {name: response.headers[name] for name in KEPT if name in response.headers}
    return Response(AWAY.sub(r'\1="/elsewhere/\2', response.text), response.status_code, headers)


def asset(request: Request) -> Response:
    """Portico's own style sheet, script and pictures, and those of the brands."""
    with _keeper(request).test_client().get(request.full_path, base_url=PUBLIC) as response:
        headers = {name: response.headers[name] for name in ("Content-Type", "Cache-Control")}
        return Response(response.get_data(), response.status_code, headers)


def _keeper(request: Request) -> Flask:
    """The Portico that has this version of the file."""
    name, version = request.path.removeprefix(f"/static/{FOLDER}"), request.args.get("v")
    for app in [served(entry)[0] for entry in ENTRIES if "brand_dir" in entry.settings]:
        file = app.extensions["portico"].brands.files.get(name)
        if file and file.version == version:
            return app
    return served(ENTRIES[0])[0]


class Silent(WSGIRequestHandler):
    """Serves and says nothing about it."""

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - the name werkzeug gives it
        pass


@contextmanager
def serving() -> Iterator[str]:
    """The gallery's address while it is served by this process."""
    server = make_server("127.0.0.1", 0, site, threaded=True, request_handler=Silent)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()
