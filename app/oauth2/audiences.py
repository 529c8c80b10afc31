"""Whom an application's tokens would be for: Hydra's audience, and RFC 8707's `resource`.

Hydra checks `audience` against the client's registration and knows no `resource`, so that is held to the same
registration here. It grants whatever audience it is told, as with scopes.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from app.ory.challenges import ConsentRequest
from app.ory.names import shown_word
from app.ory.redirect_uris import hosts

_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+")  # RFC 3986 section 4.3, in ASCII
_ONLY_A_HOST = re.compile("https?://[^/?]+")
LONGEST = 160  # characters of an audience that are shown where nobody wrote words


def requested(request: ConsentRequest) -> tuple[str, ...]:
    """Every audience asked for: those that Hydra has checked, then the resources among the client's registered ones."""
    resources = (_registered(uri, request.client.audience) for uri in _resources(request))
    return tuple(dict.fromkeys([*request.requested_audience, *filter(None, resources)]))


def asks_for_unknown(request: ConsentRequest) -> bool:
    """Whether a `resource` is none the client may have, or no absolute URI without fragment: `invalid_target`."""
    return not all(_registered(uri, request.client.audience) for uri in _resources(request))


def _resources(request: ConsentRequest) -> tuple[str, ...]:
    """What Hydra saw no request of, as with a device's, asks for nothing (RFC 6749 3.1: empty is left out)."""
    return () if request.for_device else tuple(filter(None, request.parameters.resource))


def _registered(resource: str, audience: Collection[str]) -> str:
    """The registered audience that a resource names, "" for none: the same text, but for the slash after a bare host.

    Browsers' URL objects write `https://mcp.example.org` with a slash (RFC 3986 section 6.2.3: the two are one).
    """
    if not _ABSOLUTE.fullmatch(resource) or "#" in resource:
        return ""
    other = resource.removesuffix("/") if resource.endswith("/") else f"{resource}/"
    spellings = [resource, other] if _ONLY_A_HOST.fullmatch(resource.removesuffix("/")) else [resource]
    return next((spelling for spelling in spellings if spelling in audience), "")


def may_be_assumed(request: ConsentRequest, listed: Collection[str]) -> bool:
    """Whether a remembered consent covers the audience: all listed by the operator, or the client trusted by them.

    Hydra compares scopes only, and with dynamic registration anybody may register any audience.
    """
    return request.client.skip_consent or all(audience in listed for audience in requested(request))


def audience_descriptions(audience: Iterable[str], words: Mapping[str, str]) -> tuple[str, ...]:
    """Each audience in the operator's words (still to be translated), else as it is written."""
    return tuple(words.get(name) or _as_written(name) for name in audience)


def _as_written(name: str) -> str:
    """The audience itself; of one that is too long, or in letters that could deceive, the host that a browser sees."""
    host = "".join(hosts([name], "en")) if len(name) > LONGEST or not name.isascii() else ""
    return f"{host}/…" if host else shown_word(name)[:LONGEST]
