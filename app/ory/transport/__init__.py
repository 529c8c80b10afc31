"""The one way to Kratos and Hydra: one request over a kept connection, one bounded reply, in bounded time.

It is requests' HTTPAdapter without its Session, whose cookie jar hands one person's cookie to the next, and which reads
.netrc and proxy variables on every call.
"""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any, TypeVar

import requests
from httptools import HttpParserError
from urllib3 import HTTPResponse
from urllib3.exceptions import HTTPError, ReadTimeoutError
from urllib3.util import Timeout

from app.errors import ReplyTooLarge, UpstreamBadReply, UpstreamUnavailable
from app.ory.transport.connections import Adapter, Call, Pool

CALL_TIMEOUT = 4.0  # seconds for one call; those of one page share app.http.time_budget's
MAX_REPLY = 16 * 1024 * 1024  # bytes, after decompression; Kratos takes 5 MB and shows a trait twice in a settings flow
CHUNK = 256 * 1024
DIGITS = 4000  # of a number: Python's own limit is near that
NO_TIMEOUT: Any = Timeout()  # the call has an end of its own; one made for all, as requests would make one for each
# What keeps an answer from coming whole.
BROKEN = (requests.RequestException, HTTPException, HTTPError, HttpParserError, OSError, ValueError)

Headers = Mapping[str, str]
Kind = TypeVar("Kind")


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: status, headers (names Like-This) and the whole body."""

    status: int
    headers: Headers
    body: bytes

    def json(self, kind: type[Kind] = dict) -> Kind:  # type: ignore[assignment]
        """The JSON object of the body, or the array; ValueError when it holds none."""
        value = _parsed(self.body)
        if b"\\ud" in self.body or b"\\uD" in self.body:  # half a character is JSON, but no page could be made of it
            value = json.loads(json.dumps(value, ensure_ascii=False).encode(errors="replace"))
        if not isinstance(value, kind):
            raise ValueError(f"no JSON {kind.__name__}")
        return value


class Transport:
    """Sends one request and reads one bounded reply, in bounded time; safe between threads and greenlets."""

    def __init__(
        self,
        ca_file: str = "",  # certificates to believe in place of the usual ones
        extra_headers: Callable[[], Headers] = dict,  # of each request, its id say
        seconds_left: Callable[[], float] = lambda: CALL_TIMEOUT,  # that the caller can wait
        changed: Callable[[str, bool], None] = lambda *_: None,  # when an upstream falls silent (True), or answers
    ) -> None:
        self._ca_file = ca_file or requests.utils.DEFAULT_CA_BUNDLE_PATH
        self._adapter = Adapter()
        self._extra_headers, self._seconds_left, self._changed = extra_headers, seconds_left, changed
        self.credentials: Headers = {}
        self._pools: dict[str, Pool] = {}

    def bearing(self, token: str) -> Transport:
        """The same transport, which shows this token (RFC 6750 section 2.1): for one API alone."""
        bearing = copy.copy(self)
        bearing.credentials = {"Authorization": f"Bearer {token}"}
        return bearing

    def __call__(self, service: str, method: str, url: str, headers: Headers, body: bytes | None = None) -> Reply:
        """Send and read; UpstreamUnavailable when there is no whole answer, UpstreamBadReply when it is too big."""
        return self._ask(service, self._call(method, url, headers, body), self._seconds())

    def named(self, service: str, operation: str) -> Transport:  # noqa: ARG002 - app.ory.transport.watched keeps them
        """The same transport for calls of this name."""
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
        """A GET that is sent at once if a kept connection is free; its answer is read when called for, or given up."""
        call, seconds = self._call("GET", url, headers), self._seconds()
        call.connection = call.pool.begin() if seconds > 0 else None
        if call.connection is None:
            yield lambda: self(service, "GET", url, headers)
            return

        try:
            try:
                call.connection.send(call, time.monotonic() + seconds)
            except BROKEN as error:
                raise _unavailable(service, error) from None
            yield lambda: self._ask(service, call, self._seconds())
        finally:
            call.pool.end(call.connection)

    def _seconds(self) -> float:
        return min(CALL_TIMEOUT, self._seconds_left())

    def _call(self, method: str, url: str, headers: Headers, body: bytes | None = None) -> Call:
        call = Call()
        call.method, call.url, call.body = method, url, body
        call.headers = {**headers, **self.credentials, **self._extra_headers()}
        if body is not None:
            call.headers["Content-Length"] = str(len(body))  # without it requests would send chunks
        origin = url[: url.index("/", len("https://"))]
        call.path = url[len(origin) :]
        call.pool = self._pools.get(origin) or self._pools.setdefault(
            origin, Pool(origin, self._ca_file, self._changed)
        )
        return call

    def _answer(self, service: str, call: Call) -> Reply:
        try:
            response = self._adapter.send(call, timeout=NO_TIMEOUT)
            return Reply(response.status_code, response.headers, _read(service, response.raw))
        except BROKEN as error:
            raise _unavailable(service, error) from None


def _parsed(body: bytes, **numbers: Any) -> Any:
    """A JSON value; a whole number of more digits than Python reads, which people's own details can have, as text."""
    try:
        return json.loads(body, **numbers)
    except RecursionError:
        raise ValueError("nested too deep") from None
    except ValueError as error:
        if numbers or type(error) is not ValueError:  # but a kind of it: what is wrong is the JSON
            raise
        return _parsed(body, parse_int=lambda digits: int(digits) if len(digits) <= DIGITS else digits)


def _unavailable(service: str, error: Exception) -> UpstreamUnavailable:
    reason = next((cause for cause in error.args if isinstance(cause, Exception)), error)  # requests wraps it
    certificate = f", {message}" if (message := getattr(reason, "verify_message", "")) else ""  # OpenSSL's words
    return UpstreamUnavailable(service, f"no answer: {type(reason).__name__}{certificate}")


def _read(service: str, raw: Any) -> bytes:
    """The whole body, so that the connection can be used again."""
    if raw.headers.get("Content-Encoding"):  # nobody asked for it
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
