"""Whether an authorization request can be sent to Hydra once more, as it was or with prompt=login."""

from __future__ import annotations

from app.ory.challenges import ConsentRequest, LoginRequest


def can_be_repeated(request: LoginRequest | ConsentRequest, now: float) -> bool:
    """Whether Hydra would take the same authorization request again; `now` in seconds since 1970.

    Not what came by `request_uri` (PAR's is good for one use), by POST, or in an object that has expired (RFC 9101).
    """
    expires_at = request.parameters.expires_at
    return not request.parameters.hidden and (expires_at is None or expires_at > now)


def takes_prompt(request: LoginRequest) -> bool:
    """Whether prompt=login can be added to the request; else the proof is asked for within this challenge.

    A request object speaks louder than the query, and where a device's code is typed in Hydra looks at no prompt.
    Hydra then keeps its older auth_time, which answers the request's max_age, or it would not have said skip.
    """
    parameters = request.parameters
    return not (parameters.hidden or parameters.has_request_object or request.for_device)
