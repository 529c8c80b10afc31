"""The transport for metrics and traces: it reports the begin, the end and the result of each call."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

from app.errors import UpstreamBadReply, UpstreamError
from app.ory.responses import HYDRA, KRATOS, KRATOS_ADMIN
from app.ory.transport import Headers, Reply, Transport
from app.ory.transport.connections import Call

APIS = {HYDRA: "hydra", KRATOS: "kratos", KRATOS_ADMIN: "kratos_admin"}
# Called at the end of a call with its status (0 for none) and its error, one of ERRORS or "".
End = Callable[[int, str], None]
# Called once with API and operation; what it returns is called at the begin of each call and may change its headers.
Watch = Callable[[str, str], Callable[[Call], End]]
NOT_ASKED, NO_ANSWER, BAD_REPLY, BUSY, FAILED = ERRORS = ("not_asked", "no_answer", "bad_reply", "busy", "failed")


def operation_id(operation: str) -> str:
    """Return the name in Ory's specification: getOAuth2LoginRequest for ory-client's `get_o_auth2_login_request`."""
    first, *others = operation.split("_")
    return first + "".join(f"{part[0].upper()}{part[1:]}" for part in others)


class Watched(Transport):
    """A transport that reports its named calls, except those sent ahead whose answer is never read."""

    def __init__(self, watches: Sequence[Watch], *settings: Any) -> None:
        super().__init__(*settings)
        self._watches = watches
        self.begins: list[Callable[[Call], End]] = []

    def named(self, service: str, operation: str) -> Watched:
        """Return this transport; it reports each call of this operation to all watches."""
        named = copy.copy(self)
        named.begins = [watch(APIS[service], operation_id(operation)) for watch in self._watches]
        return named

    def _call(self, method: str, url: str, headers: Headers, body: bytes | None = None) -> Call:
        call = super()._call(method, url, headers, body)
        call.ends = [begin(call) for begin in self.begins]
        return call

    def _ask(self, service: str, call: Call, seconds: float) -> Reply:
        try:
            reply = super()._ask(service, call, seconds)
        except UpstreamError as error:
            _end(call, error.status, _kind(error))
            raise
        _end(call, reply.status, BUSY if reply.status == 429 else FAILED if reply.status >= 500 else "")
        return reply


def _end(call: Call, status: int, error: str) -> None:
    for end in call.ends:
        end(status, error)


def _kind(error: UpstreamError) -> str:
    if error.what.startswith("not asked"):
        return NOT_ASKED
    return BAD_REPLY if isinstance(error, UpstreamBadReply) else NO_ANSWER
