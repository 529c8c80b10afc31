"""What may be granted, whether to ask, what the page shows, and what an earlier decision answers.

Hydra grants whatever scope and audience it is told (flow/flow.go HandleConsentRequest copies, oauth2/handler.go grants
each), so the intersection made here is the only gate between a form field and a token. It skips the question only
where its newest remembered consent grants every scope asked for: people who had unticked one, and did not want to be
asked again, would be asked at each sign-in. So earlier decisions are looked at here, too.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from app.ory.challenges import ConsentRequest, Grant
from app.ory.models import Session, Whoami
from app.ory.redirect_uris import hosts, nobody_else_takes
from app.ory.visible_names import shown_word
from app.translations import N_

SCOPES: Mapping[str, str] = {
    "openid": N_("See your account ID"),
    "profile": N_("See your name and profile details"),
    "email": N_("See your email address, and whether it's verified"),
    "address": N_("See your postal address"),
    "phone": N_("See your phone number, and whether it's verified"),
    "offline_access": N_("Keep its access when you're not using it, until you remove it"),
    "offline": N_("Keep its access when you're not using it, until you remove it"),
}
OFFLINE_SCOPES = ("offline_access", "offline")
MAX_AUDIENCE = 160  # characters of an audience that are shown where nobody wrote words
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+")  # RFC 3986 section 4.3, in ASCII
_ONLY_A_HOST = re.compile("https?://[^/?]+")


@dataclass(frozen=True, slots=True)
class Scope:
    """One line of the consent page: the scope's name, its words ("" if nobody wrote any), locked?, ticked?"""

    name: str
    words: str
    required: bool
    chosen: bool


def scope_description(scope: str, words: Mapping[str, str]) -> str:
    """What a scope allows, in the operator's words or ours (both still to be translated), "" where there are none."""
    return words.get(scope) or SCOPES.get(scope, "")


def scopes(
    request: ConsentRequest, words: Mapping[str, str], required: Iterable[str] = (), declined: Collection[str] = ()
) -> tuple[Scope, ...]:
    """What the page shows: every requested scope, the required ones first, lasting access last, `declined` unticked."""
    locked = {"openid", *required}
    rows = [
        Scope(name, scope_description(name, words), name in locked, name in locked or name not in declined)
        for name in request.requested_scope
    ]
    return tuple(sorted(rows, key=lambda row: (not row.required, row.name in OFFLINE_SCOPES)))


def granted(request: ConsentRequest, posted: Iterable[str], required: Iterable[str] = ()) -> tuple[str, ...]:
    """`requested ∩ (posted ∪ required)`, in the order requested; every requested scope is on the page."""
    chosen = {*posted, "openid", *required}
    return tuple(scope for scope in request.requested_scope if scope in chosen)


def requested_audience(request: ConsentRequest) -> tuple[str, ...]:
    """Whom the tokens would be for: what Hydra has checked, then each registered `resource` (RFC 8707)."""
    return tuple(dict.fromkeys([*request.requested_audience, *filter(None, _resources(request))]))


def asks_for_unknown_audience(request: ConsentRequest) -> bool:
    """Whether a `resource` is none the client may have, or no absolute URI without fragment: `invalid_target`."""
    return "" in _resources(request)


def _resources(request: ConsentRequest) -> list[str]:
    """The registered audience of each `resource`, "" for none; a device's do not count, as Hydra has not seen them."""
    wanted = () if request.for_device else filter(None, request.parameters.resource)
    return [_registered(resource, request.client.audience) for resource in wanted]


def _registered(resource: str, audience: Collection[str]) -> str:
    """The audience of the same text, "" for none; a slash after a bare host makes no other (RFC 3986 section 6.2.3)."""
    if not _ABSOLUTE.fullmatch(resource) or "#" in resource:
        return ""
    bare = resource.removesuffix("/")
    spellings = (resource, bare, f"{bare}/") if _ONLY_A_HOST.fullmatch(bare) else (resource,)
    return next((spelling for spelling in spellings if spelling in audience), "")


def audience_descriptions(audience: Iterable[str], words: Mapping[str, str]) -> tuple[str, ...]:
    """Each audience in the operator's words (still to be translated), else as it is written."""
    return tuple(words.get(name) or _shown_audience(name) for name in audience)


def _shown_audience(name: str) -> str:
    """The audience itself; of one that is too long, or in letters that could deceive, the host that a browser sees."""
    host = "".join(hosts([name], "en")) if len(name) > MAX_AUDIENCE or not name.isascii() else ""
    return f"{host}/…" if host else shown_word(name)[:MAX_AUDIENCE]


def session_of_login(request: ConsentRequest, whoami: Whoami) -> Session | None:
    """The Kratos session behind this browser if it is the very one that answered the login, of an active account."""
    session = whoami.session
    if session is None or session.identity.state != "active":
        return None
    return session if (session.identity.id, session.id) == (request.subject, request.kratos_session) else None


def without_asking(request: ConsentRequest, trusted: Collection[str] = ()) -> bool:
    """Whether the request is granted without a page: Hydra's `skip`, or `skip_consent`, which it leaves to us.

    Hydra's `skip` means the person was asked before and said "remember". It compares scopes only, and with dynamic
    registration anybody may register any audience: so it covers those `trusted`, for which the operator has words.
    """
    if request.skip and not request.for_device:
        return request.client.skip_consent or set(requested_audience(request)).issubset(trusted)
    return request.client.skip_consent and _may_be_silent(request)


def remembered_scopes(
    request: ConsentRequest, grants: Iterable[Grant], now: int, required: Collection[str] = ()
) -> tuple[str, ...] | None:
    """The scopes that a remembered decision gives, None where the person has to be asked; `now`: microseconds."""
    alike = [grant for grant in grants if grant.until > now and _covers(grant, request, required)]
    if not alike or not _may_be_silent(request):
        return None
    newest = max(alike, key=lambda grant: grant.at)
    return tuple(scope for scope in request.requested_scope if scope in newest.scopes)


def _covers(grant: Grant, request: ConsentRequest, required: Collection[str]) -> bool:
    """Whether the person saw then all that is asked for now, and gave what is required."""
    known = set(grant.requested) - (set(required) - set(grant.scopes))
    return known.issuperset(request.requested_scope) and set(grant.audience).issuperset(requested_audience(request))


def _may_be_silent(request: ConsentRequest) -> bool:
    """Whether any decision made before may answer this request.

    Never for a device (RFC 8628 section 5.4: whoever shows the code would only need a click), against prompt=consent or
    where parameters are hidden, nor for a client anybody may impersonate at any of its registered redirect URIs.
    """
    asks = "consent" in request.parameters.prompt or request.parameters.hidden
    return not (asks or request.for_device or request.client.can_be_impersonated)


def can_be_remembered(request: ConsentRequest) -> bool:
    """Whether "remember" means anything: Hydra asks anew for devices and for public clients that others can pose as."""
    return not request.for_device and (not request.client.public or nobody_else_takes(request.redirect_uris))


def declined_scopes(grants: Iterable[Grant]) -> frozenset[str]:
    """The scopes that the person did not allow this application the last time it asked for them."""
    last = {scope: grant for grant in sorted(grants, key=lambda grant: grant.at) for scope in grant.requested}
    return frozenset(scope for scope, grant in last.items() if scope not in grant.scopes)
