"""Renders a page once for all who are shown the same, with gaps for what is new on each.

It is rendered from what the view says is the same and the application's look, never from anything of a person or a
request. With templates of the operator, which could print anything, nothing is kept.
"""

import re
import secrets
from collections.abc import Hashable, Mapping
from functools import partial
from typing import Any

from app.deployment import deployment
from app.http import here, i18n
from app.http.branding import theme
from app.http.catalogues import Language
from app.http.escaping import written

MAX_LETTERS = 2500  # of what makes a page that is kept: anybody may register and ask for ever new names
OF_REQUEST = ("csrf_token", "csp_nonce", "current_address")  # functions of templates that look at the request
_MARK = secrets.token_hex(16)  # nobody can send it
_GAP = re.compile(f"{_MARK}-([a-z_]+)-")


class _TooLong(Exception):
    """What makes a page is too long for the page to be kept."""


def gap(name: str, *_: object) -> str:
    """Return what a page is rendered with in place of the new value, or the function, of this name."""
    return f"{_MARK}-{name}-"


def page(template: str, same: Mapping[str, Hashable], new: Mapping[str, str]) -> bytes | None:
    """Return the page with the `new` values in its gaps; None if it has to be rendered by itself."""
    functions: Any = here.app().jinja_env.globals
    address = functions["current_address"]()  # "" in an answer to a form
    if not address or deployment().settings.templates_dir:
        return None
    try:
        parts = list(i18n.language().page_once(_parts, theme(), template, tuple(same.items()), tuple(new)))
    except _TooLong:
        return None
    values = {**new, "current_address": address}
    values |= {"csrf_token": functions["csrf_token"](), "csp_nonce": functions["csp_nonce"]()}
    parts[1::2] = [written(values[name]).encode() for name in parts[1::2]]
    return b"".join(parts)


def _parts(
    language: Language, _: object, template: str, same: tuple[tuple[str, Hashable], ...], new: tuple[str, ...]
) -> tuple[bytes | str, ...]:
    """Render the page; return its parts, of which each second one is the name of a gap. Raises _TooLong."""
    if len(str(same)) > MAX_LETTERS:  # not looked at for a page that is kept: it takes 3 % of one
        raise _TooLong
    gaps = {name: gap(name) for name in new}
    functions = {name: partial(gap, name) for name in OF_REQUEST}
    html = language.templates.get_template(template).render(**gaps, **functions, **dict(same))
    return tuple(part if number % 2 else part.encode() for number, part in enumerate(_GAP.split(html)))
