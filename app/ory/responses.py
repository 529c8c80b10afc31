"""Turns the status and `error.id` of Kratos' and Hydra's answers into exceptions; no other module does."""

import re
from typing import Any, NoReturn, TypeVar

from app import errors
from app.ory.models import Json, mapping, text
from app.ory.transport import Reply

HYDRA, KRATOS, KRATOS_ADMIN = "Hydra", "Kratos", "Kratos' admin API"
TOKENS = {HYDRA: "PORTICO_HYDRA_ADMIN_TOKEN", KRATOS_ADMIN: "PORTICO_KRATOS_ADMIN_TOKEN"}
# Kratos' text for all three flows; only Registration has an error id for it.
SWITCHED_OFF = re.compile(r"(Registration|Recovery|Verification) is not allowed because it was disabled\.")
Kind = TypeVar("Kind")


def json_of(service: str, reply: Reply, kind: type[Kind]) -> Kind:
    """Return the JSON object or array of a reply; raise UpstreamBadReply for anything else."""
    try:
        return reply.json(kind)
    except ValueError:
        raise errors.UpstreamBadReply(service, f"reply is no JSON {kind.__name__}", reply.status) from None


def error_of(reply: Reply) -> Json:
    """Return the error of a reply, empty for none; Kratos nests it under `error`, Hydra does not."""
    raw = _object(reply)
    return mapping(raw.get("error")) or raw


def _object(reply: Reply) -> Json:
    try:
        return reply.json()
    except ValueError:
        return {}


def hydra(reply: Reply) -> dict[str, Any]:
    """Return the body of Hydra's answer about a challenge, or raise what its status means (contract B5)."""
    if reply.status in (200, 201):
        return json_of(HYDRA, reply, dict)
    if reply.status == 204:
        return {}
    if reply.status == 401 and error_of(reply).get("error") == "request_unauthorized":  # others are a proxy's
        raise errors.ChallengeExpired("challenge expired")
    if reply.status == 404:
        raise errors.ChallengeGone("challenge unknown")
    if reply.status == 410:
        raise errors.ChallengeUsed(text(error_of(reply).get("redirect_to")))
    fail(HYDRA, reply)


def kratos_flow(reply: Reply) -> dict[str, Any]:
    """Return the body of a Kratos flow, or raise what its status means (contract C5)."""
    if reply.status == 200:
        return json_of(KRATOS, reply, dict)
    whole = _object(reply)
    error = mapping(whole.get("error")) or whole
    details = mapping(error.get("details"))

    def hint(name: str) -> str:  # Kratos' enhanced errors have more fields beside `error`
        return text(whole.get(name)) or text(details.get(name))

    if reply.status == 410:
        raise errors.FlowGone("expired", text(details.get("return_to")), hint("use_flow_id"))
    if reply.status == 404 or SWITCHED_OFF.fullmatch(text(error.get("reason"))):  # only for flows begun before
        raise errors.FlowGone("unknown")
    if reply.status == 403 and error.get("id") in ("security_csrf_violation", "security_identity_mismatch"):
        raise errors.FlowGone("foreign")
    if reply.status in (403, 422) and (elsewhere := hint("redirect_browser_to")):
        raise errors.FlowElsewhere(elsewhere)
    fail(KRATOS, reply)


def expect(service: str, reply: Reply, *statuses: int) -> None:
    """Raise what the status means, unless it is one of `statuses`."""
    if reply.status not in statuses:
        fail(service, reply)


def fail(service: str, reply: Reply) -> NoReturn:
    """Raise what an unexpected status means: NotLetIn, NotSignedIn, or an UpstreamError."""
    let_in(service, reply)
    if (service, reply.status) == (KRATOS, 401):
        raise errors.NotSignedIn
    if reply.status == 429:
        after = str(reply.headers.get("Retry-After", ""))
        is_number = after.isascii() and after.isdigit() and len(after) < 6
        raise errors.UpstreamBusy(service, int(after) if is_number else None)
    if reply.status >= 500:
        raise errors.UpstreamUnavailable(service, "cannot answer", reply.status)
    error = error_of(reply)
    name = text(error.get("id")) or text(error.get("error"))  # for the log, so checked: it may quote personal data
    raise errors.UpstreamRefused(service, reply.status, name if re.fullmatch("[a-z0-9_]{1,60}", name) else "")


def let_in(service: str, reply: Reply) -> None:
    """Raise NotLetIn if an admin API, or a proxy before it, refuses our token."""
    if reply.status in (401, 403) and service in TOKENS:
        raise errors.NotLetIn(service, f"does not let Portico in: see {TOKENS[service]}", reply.status)
