"""What may be granted, and whether to ask.

Hydra grants whatever it is told (flow/flow.go HandleConsentRequest copies, oauth2/handler.go grants each), so the
intersection made here is the only gate between a form field and a token.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from app.oauth2 import audiences
from app.ory.challenges import ConsentRequest
from app.ory.models import Whoami
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


def begun_by_this_session(request: ConsentRequest, whoami: Whoami) -> bool:
    """Whether the very Kratos session that answered the login stands behind this browser now."""
    session = whoami.session
    return session is not None and session.identity.id == request.subject and session.id == request.kratos_session


def without_asking(request: ConsentRequest, listed: Collection[str] = ()) -> bool:
    """Whether the request is granted without a page.

    Never for a device (RFC 8628 section 5.4: whoever shows the code would only need a click). Hydra's `skip` means
    the person was asked before and said "remember"; `listed` are the audiences it covers, those the operator has words
    for. `skip_consent` is the operator's word, which Hydra stores and leaves to us; it does not outrank prompt=consent,
    nor does it cover a public client anybody may impersonate at any of its registered redirect URIs (RFC 8252 section
    8.6), whichever of them this request seems to name.
    """
    if request.for_device:
        return False
    if request.skip:
        return audiences.may_be_assumed(request, listed)
    parameters = request.parameters
    if not request.client.skip_consent or "consent" in parameters.prompt or parameters.hidden:
        return False
    return not request.client.public or nobody_else_takes(request.client.redirect_uris)
