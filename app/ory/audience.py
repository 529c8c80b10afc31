"""Whom an access token is for: what an application means by a `resource` (RFC 8707), and what a page shows of it."""

import re
from collections.abc import Collection

from app.ory.redirect_uris import hosts
from app.ory.visible_names import shown_word

MAX_AUDIENCE = 160  # characters shown of an audience without a description
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+")  # RFC 3986 section 4.3, in ASCII
_ONLY_A_HOST = re.compile("https?://[^/?]+")


def registered(resource: str, audience: Collection[str]) -> str:
    """Return the audience equal to `resource`, or ""; a slash after a bare host does not count (RFC 3986 6.2.3)."""
    if not _ABSOLUTE.fullmatch(resource) or "#" in resource:
        return ""
    bare = resource.removesuffix("/")
    spellings = (resource, bare, f"{bare}/") if _ONLY_A_HOST.fullmatch(bare) else (resource,)
    return next((spelling for spelling in spellings if spelling in audience), "")


def shown_audience(name: str) -> str:
    """Return the audience, or only its host, in a browser's spelling, if it is too long or has misleading letters."""
    host = "".join(hosts([name], "en")) if len(name) > MAX_AUDIENCE or not name.isascii() else ""
    return f"{host}/…" if host else shown_word(name)[:MAX_AUDIENCE]
