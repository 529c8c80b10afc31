"""Status and `error.id` become named exceptions here and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NoReturn

from app.domain.errors import (
    ChallengeExpired,
    ChallengeGone,
    ChallengeUsed,
    FlowGone,
    UpstreamBadReply,
    UpstreamBusy,
    UpstreamRefused,
    UpstreamUnavailable,
)
from app.domain.models import mapping, text
from app.upstream.wire import Reply

HYDRA, KRATOS = "Hydra", "Kratos"


def body_of(service: str, reply: Reply) -> dict[str, Any]:
    """The JSON object of a reply; UpstreamBadReply when it holds none."""
    try:
        return reply.json()
    except (ValueError, RecursionError):
        raise UpstreamBadReply(service, "reply is no JSON object", reply.status) from None


def error_of(reply: Reply) -> Mapping[str, Any]:
    """The error of a reply in either shape (Kratos nests it, Hydra does not); empty when there is none."""
    try:
        raw = reply.json()
    except (ValueError, RecursionError):
        return {}
    return mapping(raw.get("error")) or raw


def hydra(reply: Reply) -> dict[str, Any]:
    """The body of a Hydra answer to a challenge, or the exception its status means (contract B5)."""
    if reply.status in (200, 201):
        return body_of(HYDRA, reply)
    if reply.status == 204:
        return {}
    if reply.status == 401:
        raise ChallengeExpired("challenge expired")
    if reply.status == 404:
        raise ChallengeGone("challenge unknown")
    if reply.status == 410:
        raise ChallengeUsed(text(error_of(reply).get("redirect_to")))
    fail(HYDRA, reply)


def kratos_flow(reply: Reply) -> dict[str, Any]:
    """The body of a Kratos flow, or why there is none (contract C5)."""
    if reply.status == 200:
        return body_of(KRATOS, reply)
    error = error_of(reply)
    if reply.status == 410:
        raise FlowGone("expired", text(mapping(error.get("details")).get("return_to")))
    if reply.status == 404:
        raise FlowGone("unknown")
    if reply.status == 403 and error.get("id") in ("security_csrf_violation", "security_identity_mismatch"):
        raise FlowGone("foreign")
    fail(KRATOS, reply)


def fail(service: str, reply: Reply) -> NoReturn:
    """Raise what an unplanned status means: busy, down, or refused."""
    if reply.status == 429:
        after = str(reply.headers.get("Retry-After", ""))
        raise UpstreamBusy(service, int(after) if after.isascii() and after.isdigit() and len(after) < 6 else None)
    if reply.status >= 500:
        raise UpstreamUnavailable(service, "cannot answer", reply.status)
    error = error_of(reply)
    name = text(error.get("id")) or text(error.get("error"))  # goes to the log: only what can be no person's
    raise UpstreamRefused(service, reply.status, name if re.fullmatch("[a-z0-9_]{1,60}", name) else "")
