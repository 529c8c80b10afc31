"""The transport where metrics or traces are on: they are told how long each call took and what became of it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

from app.errors import UpstreamBadReply, UpstreamError
from app.ory.responses import HYDRA, KRATOS, KRATOS_ADMIN
from app.ory.transport import Headers, Reply, Transport
from app.ory.transport.connections import Call

APIS = {HYDRA: "hydra", KRATOS: "kratos", KRATOS_ADMIN: "kratos_admin"}
# What is told at the end of a call: its status, 0 for none, and what was wrong with it, one of ERRORS or "".
End = Callable[[int, str], None]
# Told of an API and an operation once, then of the beginning of each call, whose headers it may change.
Watch = Callable[[str, str], Callable[[Call], End]]
NOT_ASKED, NO_ANSWER, BAD_REPLY, BUSY, FAILED = ERRORS = ("not_asked", "no_answer", "bad_reply", "busy", "failed")


def operation_id(operation: str) -> str:
    """How Ory's specification names what is `get_o_auth2_login_request` in ory-client: getOAuth2LoginRequest."""
    first, *others = operation.split("_")
    return first + "".join(f"{part[0].upper()}{part[1:]}" for part in others)


class Watched(Transport):
    """A transport whose named calls are watched, but for those sent ahead whose answer nobody wanted."""

    def __init__(self, watches: Sequence[Watch], *settings: Any) -> None:
        super().__init__(*settings)
        self._watches = watches
        self.begins: list[Callable[[Call], End]] = []

    def named(self, service: str, operation: str) -> Watched:
        """The same transport, which tells the watches of each call."""
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
