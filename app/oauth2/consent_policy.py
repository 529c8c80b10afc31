"""The rules for consent: what may be granted, whether to ask, what the page shows.

Hydra grants all scopes and audiences that we send (flow/flow.go HandleConsentRequest, oauth2/handler.go), so only the
intersection made here stands between a form field and a token. Hydra skips the question only if its newest remembered
consent covers all requested scopes: a person who unticked one would be asked each time. So earlier decisions count.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from app.ory.audience import shown_audience
from app.ory.challenges import ConsentRequest, Grant, Reject
from app.ory.models import Session, Whoami
from app.ory.redirect_uris import are_safe_from_interception
from app.ory.visible_names import in_form
from app.translations import N_

NOBODY = Reject("login_required", "The person who began this is not signed in any more.")
MUST_ASK = Reject("consent_required", "The person has to be asked, which prompt=none forbids.")
NO_SUCH_RESOURCE = Reject("invalid_target", "A resource is no absolute URI, or not among the client's audience.")
OFFLINE_SCOPES = ("offline_access", "offline")
SCOPES: Mapping[str, str] = {
    "openid": N_("See your account ID"),
    "profile": N_("See your name and profile details"),
    "email": N_("See your email address, and whether it's verified"),
    "address": N_("See your postal address"),
    "phone": N_("See your phone number, and whether it's verified"),
    **dict.fromkeys(OFFLINE_SCOPES, N_("Keep its access when you're not using it, until you remove it")),
}


class Scope(NamedTuple):
    """One line of the consent page: a scope, its description ("" for none), whether it is required, and ticked."""

    name: str
    words: str
    required: bool
    chosen: bool


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
    return tuple(scope for scope in request.requested_scope if in_form(scope) in chosen)


def audience_descriptions(audience: Iterable[str], texts: Mapping[str, str]) -> tuple[str, ...]:
    """Return the operator's description of each audience (still to be translated), else the audience itself."""
    return tuple(texts.get(name) or shown_audience(name) for name in audience)


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
        return request.client.skip_consent or set(request.audience).issubset(trusted)
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
    return known.issuperset(request.requested_scope) and set(grant.audience).issuperset(request.audience)


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
