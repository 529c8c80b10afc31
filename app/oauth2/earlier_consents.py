"""What a person chose for an application before: where the consent page starts, and when it need not ask.

Hydra itself skips only where its newest remembered consent grants every scope asked for, so that whoever unticks one is
asked again at each sign-in. What they said "remember" to is honoured here, within what it was said of.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from app.oauth2 import audiences
from app.ory.challenges import ConsentRequest
from app.ory.consent_sessions import Grant
from app.ory.redirect_uris import nobody_else_takes


def left_out(grants: Iterable[Grant]) -> frozenset[str]:
    """The scopes that the newest of these consents of one application that was asked for them did not give."""
    last = {scope: grant for grant in sorted(grants, key=lambda grant: grant.at) for scope in grant.requested}
    return frozenset(scope for scope, grant in last.items() if scope not in grant.scopes)


def decided(
    request: ConsentRequest, grants: Iterable[Grant], now: int, required: Collection[str] = ()
) -> tuple[str, ...] | None:
    """The scopes that a remembered decision gives to this request, None where the person has to be asked.

    Asked is about a scope or an audience that was not there when they decided, after the time they decided for, and
    where nothing may be assumed: for a device, with prompt=consent, where parameters are hidden, for a public client
    that anybody may impersonate, and where the operator requires by now what was not given.
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
    parameters, client = request.parameters, request.client
    if request.for_device or parameters.hidden or "consent" in parameters.prompt:
        return False
    return not client.public or nobody_else_takes(client.redirect_uris)


def can_be_remembered(request: ConsentRequest) -> bool:
    """Whether "remember" means anything: Hydra asks anew for every device and every public client that is claimable."""
    return not request.for_device and (not request.client.public or nobody_else_takes(request.redirect_uris))
