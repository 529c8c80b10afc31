"""The rules for consent: what may be granted, whether to ask, what the page shows.

Hydra grants all scopes and audiences that we send (flow/flow.go HandleConsentRequest, oauth2/handler.go), so only the
intersection made here stands between a form field and a token. Hydra skips the question only if its newest remembered
consent covers all requested scopes: a person who unticked one would be asked each time. So earlier decisions count.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple, Self

from app.ory.challenges import ConsentRequest, Grant
from app.ory.models import Session, Whoami
from app.ory.redirect_uris import are_safe_from_interception, hosts
from app.ory.visible_names import shown_word
from app.translations import N_

OFFLINE_SCOPES = ("offline_access", "offline")
SCOPES: Mapping[str, str] = {
    "openid": N_("See your account ID"),
    "profile": N_("See your name and profile details"),
    "email": N_("See your email address, and whether it's verified"),
    "address": N_("See your postal address"),
    "phone": N_("See your phone number, and whether it's verified"),
    **dict.fromkeys(OFFLINE_SCOPES, N_("Keep its access when you're not using it, until you remove it")),
}
MAX_AUDIENCE = 160  # characters shown of an audience without a description
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+")  # RFC 3986 section 4.3, in ASCII
_ONLY_A_HOST = re.compile("https?://[^/?]+")


class Scope(NamedTuple):
    """One line of the consent page: a scope, its description ("" for none), whether it is required, and ticked."""

    name: str
    words: str
    required: bool
    chosen: bool


class Registered(NamedTuple):
    """What the page says of an application, called as in Client."""

    id: str
    title: str
    full_name: str
    policy_uri: str
    tos_uri: str

    def link(self, field: str) -> str:
        """Return `policy_uri` or `tos_uri`."""
        return str(getattr(self, field))


class Asked(NamedTuple):
    """What the page says of a ConsentRequest, called as there: the same for all whom an application asks the same."""

    client: Registered
    for_device: bool
    challenge: str

    @classmethod
    def of(cls, request: ConsentRequest, challenge: str) -> Self:
        """Return this of a request, with another text in place of its challenge."""
        client = request.client
        links = client.link("policy_uri"), client.link("tos_uri")
        return cls(Registered(client.id, client.title, client.full_name, *links), request.for_device, challenge)


def scope_description(scope: str, texts: Mapping[str, str]) -> str:
    """Return the operator's description of a scope, else ours, "" for none; both still have to be translated."""
    return texts.get(scope) or SCOPES.get(scope, "")


def scopes(
    request: ConsentRequest, texts: Mapping[str, str], required: Iterable[str] = (), declined: Collection[str] = ()
) -> tuple[Scope, ...]:
    """Return a line for every requested scope: required ones first, offline access last, `declined` ones not ticked."""
    locked = {"openid", *required}
    rows = [
        Scope(name, scope_description(name, texts), name in locked, name in locked or name not in declined)
        for name in request.requested_scope
    ]
    return tuple(sorted(rows, key=lambda row: (not row.required, row.name in OFFLINE_SCOPES)))


def granted(request: ConsentRequest, posted: Iterable[str], required: Iterable[str] = ()) -> tuple[str, ...]:
    """Return `requested ∩ (posted ∪ required)` in the order requested; the page shows every requested scope."""
    chosen = {*posted, "openid", *required}
    return tuple(scope for scope in request.requested_scope if scope in chosen)


def requested_audience(request: ConsentRequest) -> tuple[str, ...]:
    """Return the tokens' audience: what Hydra has checked, then each registered `resource` (RFC 8707)."""
    return tuple(dict.fromkeys([*request.requested_audience, *filter(None, _resources(request))]))


def asks_for_unknown_audience(request: ConsentRequest) -> bool:
    """Whether a `resource` is not registered or not an absolute URI without fragment (RFC 8707: `invalid_target`)."""
    return "" in _resources(request)


def _resources(request: ConsentRequest) -> list[str]:
    """Return the registered audience of each `resource`, "" for none; not of a device's, which Hydra does not check."""
    wanted = () if request.for_device else filter(None, request.parameters.resource)
    return [_registered(resource, request.client.audience) for resource in wanted]


def _registered(resource: str, audience: Collection[str]) -> str:
    """Return the audience equal to `resource`, or ""; a slash after a bare host does not count (RFC 3986 6.2.3)."""
    if not _ABSOLUTE.fullmatch(resource) or "#" in resource:
        return ""
    bare = resource.removesuffix("/")
    spellings = (resource, bare, f"{bare}/") if _ONLY_A_HOST.fullmatch(bare) else (resource,)
    return next((spelling for spelling in spellings if spelling in audience), "")


def audience_descriptions(audience: Iterable[str], texts: Mapping[str, str]) -> tuple[str, ...]:
    """Return the operator's description of each audience (still to be translated), else the audience itself."""
    return tuple(texts.get(name) or _shown_audience(name) for name in audience)


def _shown_audience(name: str) -> str:
    """Return the audience, or only its host, in a browser's spelling, if it is too long or has misleading letters."""
    host = "".join(hosts([name], "en")) if len(name) > MAX_AUDIENCE or not name.isascii() else ""
    return f"{host}/…" if host else shown_word(name)[:MAX_AUDIENCE]


def session_of_login(request: ConsentRequest, whoami: Whoami) -> Session | None:
    """Return this browser's Kratos session if it is the one that answered the login and its account is active."""
    session = whoami.session
    if session is None or session.identity.state != "active":
        return None
    return session if (session.identity.id, session.id) == (request.subject, request.kratos_session) else None


def without_asking(request: ConsentRequest, trusted: Collection[str] = ()) -> bool:
    """Whether to grant without a page: for Hydra's `skip`, or the client's `skip_consent`, which Hydra leaves to us.

    Hydra's `skip` means that the person chose "remember" before. Hydra compares scopes only, and with dynamic
    registration anybody may register any audience. So `skip` counts only for audiences that the operator has described.
    """
    if request.skip and not request.for_device:
        return request.client.skip_consent or set(requested_audience(request)).issubset(trusted)
    return request.client.skip_consent and _may_be_silent(request)


def remembered_scopes(
    request: ConsentRequest, grants: Iterable[Grant], now: int, required: Collection[str] = ()
) -> tuple[str, ...] | None:
    """Return the scopes of a remembered decision, None if the person has to be asked; `now` is in microseconds."""
    alike = [grant for grant in grants if grant.until > now and _covers(grant, request, required)]
    if not alike or not _may_be_silent(request):
        return None
    newest = max(alike, key=lambda grant: grant.at)
    return tuple(scope for scope in request.requested_scope if scope in newest.scopes)


def _covers(grant: Grant, request: ConsentRequest, required: Collection[str]) -> bool:
    """Whether the person has seen everything that is requested now, and allowed what is required."""
    known = set(grant.requested) - (set(required) - set(grant.scopes))
    return known.issuperset(request.requested_scope) and set(grant.audience).issuperset(requested_audience(request))


def _may_be_silent(request: ConsentRequest) -> bool:
    """Whether an earlier decision may answer this request.

    Never for a device (RFC 8628 section 5.4: an attacker who sends the code would only need one click), against
    prompt=consent, with hidden parameters, or for a client that others can impersonate at a registered redirect URI.
    """
    asks = "consent" in request.parameters.prompt or request.parameters.hidden
    return not (asks or request.for_device or request.client.can_be_impersonated)


def can_be_remembered(request: ConsentRequest) -> bool:
    """Whether the page offers "remember": Hydra asks devices and public clients that can be impersonated every time."""
    return not request.for_device and (not request.client.public or are_safe_from_interception(request.redirect_uris))


def declined_scopes(grants: Iterable[Grant]) -> frozenset[str]:
    """Return the scopes that the person did not allow the last time the application asked for them."""
    last = {scope: grant for grant in sorted(grants, key=lambda grant: grant.at) for scope in grant.requested}
    return frozenset(scope for scope, grant in last.items() if scope not in grant.scopes)
