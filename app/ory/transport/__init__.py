"""Sends all requests to Kratos and Hydra, over kept connections, with limits on the time and the size of a reply.

Uses requests' HTTPAdapter without its Session: a Session's cookie jar would send one person's cookie with the next
person's request, and it reads .netrc and proxy variables on every call.
"""

from __future__ import annotations

import copy
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPException
from math import isfinite
from typing import Any, NoReturn, TypeVar

import requests
from httptools import HttpParserError
from urllib3 import HTTPResponse
from urllib3.exceptions import HTTPError, ReadTimeoutError
from urllib3.util import Timeout

from app.errors import ReplyTooLarge, UpstreamBadReply, UpstreamUnavailable
from app.ory.records import record
from app.ory.transport.connections import Adapter, Call, Pool

CALL_TIMEOUT = 4.0  # seconds for one call; all calls of one page share those of app.http.time_budget
MAX_REPLY = 16 * 1024 * 1024  # bytes, decompressed; Kratos accepts 5 MB of traits and repeats them in a settings flow
CHUNK = 256 * 1024
DIGITS = 4000  # of a number; Python's own limit is 4300
_SURROGATE = re.compile(rb"\\u[dD]").search
NO_TIMEOUT: Any = Timeout()  # a Call has its own deadline; made once, because requests would make one for each call
# The errors of an incomplete answer.
BROKEN = (requests.RequestException, HTTPException, HTTPError, HttpParserError, OSError, ValueError)

Headers = Mapping[str, str]
Kind = TypeVar("Kind")


@record
class Reply:
    """A reply: status, headers (names Like-This) and the whole body."""

    status: int
    headers: Headers
    body: bytes

    def json(self, kind: type[Kind] = dict) -> Kind:  # type: ignore[assignment]
        """Return the JSON object or array of the body; raise ValueError for anything else."""
        value = _parsed(self.body)
        if _SURROGATE(self.body):  # half a surrogate pair is valid JSON, but no page can have it
            value = json.loads(json.dumps(value, ensure_ascii=False).encode(errors="replace"))
        if not isinstance(value, kind):
            raise ValueError(f"no JSON {kind.__name__}")
        return value


class Transport:
    """Sends one request and reads its reply, with limits on time and size; safe for threads and greenlets."""

    def __init__(
        self,
        ca_file: str = "",  # certificates to trust instead of the usual ones
        extra_headers: Callable[[], Headers] = dict,  # for each request, for example its id
        seconds_left: Callable[[], float] = lambda: CALL_TIMEOUT,  # how long the caller can wait
        changed: Callable[[str, bool], None] = lambda *_: None,  # told when an upstream falls silent (True) or answers
    ) -> None:
        self._ca_file = ca_file or requests.utils.DEFAULT_CA_BUNDLE_PATH
        self._adapter = Adapter()
        self._extra_headers, self._seconds_left, self._changed = extra_headers, seconds_left, changed
        self.credentials: Headers = {}
        self._pools: dict[str, Pool] = {}

    def bearing(self, token: str) -> Transport:
        """Return this transport with a bearer token (RFC 6750 section 2.1), for one API only."""
        bearing = copy.copy(self)
        bearing.credentials = {"Authorization": f"Bearer {token}"}
        return bearing

    def __call__(self, service: str, method: str, url: str, headers: Headers, body: bytes | None = None) -> Reply:
        """Send and read; raise UpstreamUnavailable for an incomplete answer, UpstreamBadReply for a too large one."""
        return self._ask(service, self._call(method, url, headers, body), self._seconds())

    def named(self, service: str, operation: str) -> Transport:  # noqa: ARG002 - app.ory.transport.watched keeps them
        """Return this transport for calls of one operation."""
        return self

    def _ask(self, service: str, call: Call, seconds: float) -> Reply:
        call.until = time.monotonic() + seconds
        if call.connection:
            return self._answer(service, call)
        if seconds <= 0:
            raise UpstreamUnavailable(service, "not asked: no time left")
        if not call.pool.breaker.lets_through(seconds):
            raise UpstreamUnavailable(service, "not asked: it says nothing")
        if not call.pool.enter(seconds):
            raise UpstreamUnavailable(service, "not asked: too many wait")
        try:
            return self._answer(service, call)
        finally:
            if call.connection:
                call.pool.give_back(call.connection)
            call.pool.leave()

    @contextmanager
    def ahead(self, service: str, url: str, headers: Headers) -> Iterator[Callable[[], Reply]]:
        """Send a GET before the block if a kept connection is free; call the value to read the answer."""
        call, seconds = self._call("GET", url, headers), self._seconds()
        until = time.monotonic() + seconds
        call.connection = call.pool.begin(until) if seconds > 0 else None
        if call.connection is None:
            yield lambda: self(service, "GET", url, headers)
            return

        try:
            try:
                call.connection.send(call, until)
            except BROKEN as error:
                raise _unavailable(service, error) from None
            yield lambda: self._ask(service, call, self._seconds())
        finally:
            call.pool.end(call.connection)

    def _seconds(self) -> float:
        return min(CALL_TIMEOUT, self._seconds_left())

    def _call(self, method: str, url: str, headers: Headers, body: bytes | None = None) -> Call:
        sent = {**headers, **self.credentials, **self._extra_headers()}
        if body is not None:
            sent["Content-Length"] = str(len(body))  # without it requests would send chunks
        origin = url[: url.index("/", 8)]  # after https://
        pool = self._pools.get(origin) or self._pools.setdefault(origin, Pool(origin, self._ca_file, self._changed))
        return Call(method, url, sent, body, pool)

    def _answer(self, service: str, call: Call) -> Reply:
        try:
            response = self._adapter.send(call, timeout=NO_TIMEOUT)
            return Reply(response.status_code, response.headers, _read(service, response.raw))
        except BROKEN as error:
            raise _unavailable(service, error) from None


def _finite(number: str) -> float | str:
    return value if isfinite(value := float(number)) else number


def _refuse(constant: str) -> NoReturn:
    raise json.JSONDecodeError("only Python reads", constant, 0)


# A number that Python cannot hold, as a trait can have one, stays text: 1e400 would be written as Infinity, which no
# other program reads; whole numbers are looked at only where one has too many digits.
_FLOATS: Mapping[str, Any] = {"parse_float": _finite, "parse_constant": _refuse}
_READER = json.JSONDecoder(**_FLOATS)
_READER_OF_LONG = json.JSONDecoder(**_FLOATS, parse_int=lambda digits: int(digits) if len(digits) <= DIGITS else digits)


def _parsed(body: bytes) -> Any:
    text = body.decode()  # RFC 8259: UTF-8; of bytes json would guess which
    try:
        try:
            return _READER.decode(text)
        except ValueError as error:
            if type(error) is not ValueError:  # a subclass means that the JSON is wrong
                raise
            return _READER_OF_LONG.decode(text)
    except RecursionError:
        raise ValueError("nested too deep") from None


def _unavailable(service: str, error: Exception) -> UpstreamUnavailable:
    reason = next((cause for cause in error.args if isinstance(cause, Exception)), error)  # requests wraps it
    certificate = f", {message}" if (message := getattr(reason, "verify_message", "")) else ""  # OpenSSL's words
    return UpstreamUnavailable(service, f"no answer: {type(reason).__name__}{certificate}")


def _read(service: str, raw: Any) -> bytes:
    """Read the whole body, so that the connection can be used again."""
    if raw.headers.get("Content-Encoding"):  # although we did not ask for it
        raw = HTTPResponse(raw, raw.headers.items(), preload_content=False)
    chunks, size = [], 0
    try:
        while chunk := raw.read(CHUNK):
            size += len(chunk)
            if size > MAX_REPLY:
                raise ReplyTooLarge(service, "reply too large")
            chunks.append(chunk)
    except (TimeoutError, ReadTimeoutError):  # http.client's, urllib3's
        raise UpstreamBadReply(service, "reply took too long") from None
    return b"".join(chunks)
