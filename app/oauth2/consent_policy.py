"""What may be granted, whether to ask, and what an earlier decision answers.

Hydra grants whatever it is told (flow/flow.go HandleConsentRequest copies, oauth2/handler.go grants each), so the
intersection made here is the only gate between a form field and a token. It skips only where its newest remembered
consent grants every scope asked for, so that whoever unticks one is asked again at each sign-in: what they said
"remember" to is honoured here, within what it was said of.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from app.oauth2 import audiences
from app.ory.challenges import ConsentRequest, Grant
from app.ory.models import Session, Whoami
from app.ory.redirect_uris import nobody_else_takes
from app.translations import N_

SCOPES: Mapping[str, str] = {
    "openid": N_("Know who you are: a number that stands for your account"),
    "profile": N_("See your name and the other details of your profile"),
    "email": N_("See your email address, and whether it is confirmed"),
    "address": N_("See your postal address"),
    "phone": N_("See your phone number, and whether it is confirmed"),
    "offline_access": N_("Keep this access while you are away, until you take it back"),
    "offline": N_("Keep this access while you are away, until you take it back"),
}
LASTING = ("offline_access", "offline")


@dataclass(frozen=True, slots=True)
class Scope:
    """One line of the consent page: the scope's name, its words ("" if nobody wrote any), locked?, ticked?"""

    name: str
    words: str
    required: bool
    chosen: bool = True


def scope_description(scope: str, words: Mapping[str, str]) -> str:
    """What a scope allows, in the operator's words or ours (both still to be translated), "" where there are none."""
    return words.get(scope) or SCOPES.get(scope, "")


def scopes(
    request: ConsentRequest, words: Mapping[str, str], required: Iterable[str] = (), left_out: Collection[str] = ()
) -> tuple[Scope, ...]:
    """What the page shows: every requested scope, the required ones first, lasting access last.

    `left_out`: what the person did not allow the last time, which is not ticked now.
    """
    locked = {"openid", *required}
    rows = [
        Scope(name, scope_description(name, words), name in locked, chosen=name in locked or name not in left_out)
        for name in request.requested_scope
    ]
    return tuple(sorted(rows, key=lambda row: (not row.required, row.name in LASTING)))


def granted(request: ConsentRequest, posted: Iterable[str], required: Iterable[str] = ()) -> tuple[str, ...]:
    """`requested ∩ (posted ∪ required)`, in the order requested; every requested scope is on the page."""
    chosen = {*posted, "openid", *required}
    return tuple(scope for scope in request.requested_scope if scope in chosen)


def session_of_login(request: ConsentRequest, whoami: Whoami) -> Session | None:
    """The Kratos session behind this browser if it is the very one that answered the login, of an active account."""
    session = whoami.session
    if session is None or session.identity.state != "active":
        return None
    return session if (session.identity.id, session.id) == (request.subject, request.kratos_session) else None


def without_asking(request: ConsentRequest, listed: Collection[str] = ()) -> bool:
    """Whether the request is granted without a page.

    Hydra's `skip` means the person was asked before and said "remember"; `listed` are the audiences it covers, those
    the operator has words for. `skip_consent` is the operator's word, which Hydra stores and leaves to us.
    """
    if request.skip and not request.for_device:
        return audiences.may_be_assumed(request, listed)
    return request.client.skip_consent and _may_be_silent(request)


def remembered_scopes(
    request: ConsentRequest, grants: Iterable[Grant], now: int, required: Collection[str] = ()
) -> tuple[str, ...] | None:
    """The scopes that a remembered decision gives to this request, None where the person has to be asked.

    Asked is about a scope or an audience that was not there when they decided, after the time they decided for, and
    where the operator requires by now what was not given.
    `grants`: all consents of this application and person; `now`: microseconds.
    """
    alike = [grant for grant in grants if grant.until > now and _was_about(grant, request, required)]
    if not alike or not _may_be_silent(request):
        return None
    newest = max(alike, key=lambda grant: grant.at)
    return tuple(scope for scope in request.requested_scope if scope in newest.scopes)


def _was_about(grant: Grant, request: ConsentRequest, required: Collection[str]) -> bool:
    """Whether the person saw then all that is asked for now, and gave what is required."""
    known = set(grant.requested) - (set(required) - set(grant.scopes))
    return known.issuperset(request.requested_scope) and set(grant.audience).issuperset(audiences.requested(request))


def _may_be_silent(request: ConsentRequest) -> bool:
    """Whether any decision made before may answer this request.

    Never for a device (RFC 8628 section 5.4: whoever shows the code would only need a click), against prompt=consent or
    where parameters are hidden, nor for a client anybody may impersonate at any of its registered redirect URIs,
    whichever of them this request seems to name.
    """
    asks = "consent" in request.parameters.prompt or request.parameters.hidden
    return not (asks or request.for_device or request.client.can_be_impersonated)


def can_be_remembered(request: ConsentRequest) -> bool:
    """Whether "remember" means anything: Hydra asks anew for every device and every public client that is claimable."""
    return not request.for_device and (not request.client.public or nobody_else_takes(request.redirect_uris))


def left_out(grants: Iterable[Grant]) -> frozenset[str]:
    """The scopes that the newest of these consents of one application that was asked for them did not give."""
    last = {scope: grant for grant in sorted(grants, key=lambda grant: grant.at) for scope in grant.requested}
    return frozenset(scope for scope, grant in last.items() if scope not in grant.scopes)
