"""The preview as a web site: an index, the pages, what does not fit, and a word where links would lead."""

import re
from itertools import groupby
from traceback import format_exception_only
from typing import Any

from flask import render_template_string
from werkzeug.sansio.utils import host_is_trusted
from werkzeug.wrappers import Request, Response

from app.config.settings import LOOPBACK
from app.preview.player import PUBLIC, answer, portico, states

AWAY = re.compile(r'\b(href|action|src)="(https?://)')
INDEX = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>Preview of Portico</title>
<style>body{font:1rem/1.5 system-ui;max-width:75rem;margin:auto}ul{columns:20rem}small{display:block}</style>
<h1>Preview of Portico</h1><p>Every page in every state with your settings. No server is asked; links lead nowhere.
For dark and narrow screens use your browser's tools.</p>
<form><label>Language <select name="lang">{% for tag, name in names.items() %}
<option value="{{ tag }}"{{ " selected" if tag == language }}>{{ name }}</option>{% endfor %}</select></label>
<button>Show</button></form>
<h2>What does not fit this version</h2>
<ul>{% for words in mistakes %}<li>{{ words }}</li>{% else %}<li>Everything fits.</li>{% endfor %}</ul>
{% for group, members in groups %}<h2>{{ group }}</h2><ul>{% for state in members %}
<li><a href="/page/{{ state.id }}?lang={{ language }}">{{ state.name }}</a> <small>{{ state.about }}</small></li>
{% endfor %}</ul>{% endfor %}</html>
"""


class Site:
    """A WSGI application; `mistakes` is what does not fit."""

    def __init__(self, mistakes: list[str]) -> None:
        self.mistakes = mistakes

    def __call__(self, environ: Any, start_response: Any) -> Any:
        """What a WSGI server calls."""
        return self._answer(Request(environ))(environ, start_response)

    def _answer(self, request: Request) -> Response:
        """`/`, `/page/<state>?lang=`, and the files of both."""
        if not host_is_trusted(request.host, LOOPBACK):  # whose page, at a name of this machine, would read it
            return Response("The preview is for this machine.", 400)
        first, _, rest = request.path.removeprefix("/").partition("/")
        language = request.args.get("lang", "")
        if not first:
            return self._index(language)
        if first == "page" and rest in states():
            return _page(rest, language)
        if first == "static":
            sent = portico()[0].test_client().get(request.full_path, base_url=PUBLIC)
            return Response(sent.get_data(), sent.status_code, list(sent.headers))
        return Response(f"The preview ends here: this leads to {request.method} {request.full_path}", 404)

    def _index(self, language: str) -> Response:
        app, _ = portico()
        groups = [(name, list(members)) for name, members in groupby(_sorted(), key=lambda state: state.group)]
        names = app.extensions["languages"].names
        with app.app_context():
            shown = {"groups": groups, "names": names, "language": language or "en", "mistakes": self.mistakes}
            return Response(render_template_string(INDEX, **shown), mimetype="text/html")


def _sorted() -> list:  # type: ignore[type-arg]
    order = list(dict.fromkeys(state.group for state in states().values()))
    return sorted(states().values(), key=lambda state: order.index(state.group))


def _page(name: str, language: str) -> Response:
    """The page as Portico sends it, headers and all, except that other hosts are out of reach."""
    try:
        page = answer(states()[name], language)
    except Exception as error:  # noqa: BLE001 - whatever an operator's template raises
        return Response("".join(format_exception_only(error)), 500)
    headers = [(key, value) for key, value in page.headers if key not in ("Content-Length", "Set-Cookie")]
    return Response(AWAY.sub(r'\1="/elsewhere/\2', page.text), page.status_code, headers)
