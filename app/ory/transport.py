"""The one way to Kratos and Hydra: one request over a kept connection, one bounded reply, in bounded time.

It is http.client's reading of answers and a pool (app/ory/connections.py) below it: no cookie jar, which would hand one
person's cookie to the next, no .netrc, no proxy variables, no redirects.
"""

from __future__ import annotations

import copy
import json
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse, IncompleteRead
from typing import Any, NamedTuple, TypeVar

import certifi

from app.errors import ReplyTooLarge, UpstreamBadReply, UpstreamUnavailable
from app.ory.connections import ClosedMeanwhile, Connection, Pool

TOTAL_TIMEOUT = 4.0  # seconds
MAX_REPLY = 16 * 1024 * 1024  # bytes, after decompression; Kratos takes 5 MB and shows a trait twice in a settings flow
CHUNK = 256 * 1024

Headers = Mapping[str, str]
Kind = TypeVar("Kind")


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: status, headers (names in any case) and the whole body."""

    status: int
    headers: Headers
    body: bytes

    def json(self, kind: type[Kind] = dict) -> Kind:  # type: ignore[assignment]
        """The JSON object of the body, or the array; ValueError when it holds none."""
        try:
            value: Any = json.loads(self.body)
        except RecursionError:
            raise ValueError("nested too deep") from None
        if b"\\ud" in self.body or b"\\uD" in self.body:  # half a character is JSON, but no page could be made of it
            value = json.loads(json.dumps(value, ensure_ascii=False).encode(errors="replace"))
        if not isinstance(value, kind):
            raise ValueError(f"no JSON {kind.__name__}")
        return value


class Request(NamedTuple):
    """What is sent."""

    method: str
    url: str
    headers: Headers
    body: bytes | None = None

    def as_bytes(self) -> bytes:
        """As it goes over the wire; ValueError for a line break, which would begin a header that nobody meant."""
        _, _, host, path = self.url.split("/", 3)
        lines = [f"{self.method} /{path} HTTP/1.1", f"Host: {host}", "Accept-Encoding: identity"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        if self.method != "GET":
            lines.append(f"Content-Length: {len(self.body or b'')}")
        head = "\r\n".join([*lines, "", ""])
        if head.count("\r") + head.count("\n") != 2 * len(lines) + 2:
            raise ValueError("line break in a header")
        return head.encode("latin-1") + (self.body or b"")


class Transport:
    """Sends one request and reads one bounded reply, in bounded time.

    `ca_file`: certificates to believe in place of the usual ones. `extra_headers` is asked for every request (the
    request id), and `seconds_left` how long its caller can wait. Safe to share between threads and greenlets.
    """

    def __init__(
        self,
        ca_file: str = "",
        extra_headers: Callable[[], Headers] = dict,
        seconds_left: Callable[[], float] = lambda: TOTAL_TIMEOUT,
    ) -> None:
        self._ca_file = ca_file or certifi.where()
        self._extra_headers, self._seconds_left = extra_headers, seconds_left
        self.credentials: Headers = {}
        self._pools: dict[str, Pool] = {}

    def bearing(self, token: str) -> Transport:
        """The same transport, which shows this token (RFC 6750 section 2.1): for one API alone."""
        bearing = copy.copy(self)
        bearing.credentials = {"Authorization": f"Bearer {token}"}
        return bearing

    def __call__(self, service: str, method: str, url: str, headers: Headers, body: bytes | None = None) -> Reply:
        """Send and read; raises UpstreamUnavailable when there is no whole answer, UpstreamBadReply when it is too big.

        A GET is sent once more, on a new connection, where a kept one turned out to be closed; not after a timeout,
        when the server has enough to do already. A PUT never is: nobody knows whether Hydra has taken it.
        """
        pool, seconds = self.pool(url), self.seconds()
        until = time.monotonic() + seconds
        if seconds <= 0 or not pool.enter(seconds):
            raise UpstreamUnavailable(service, "not asked: " + ("no time left" if seconds <= 0 else "too many wait"))
        try:
            return self.answer(service, pool, self.request(method, url, headers, body), until)
        finally:
            pool.leave()

    def ahead(self, service: str, url: str, headers: Headers) -> Ahead:
        """A GET whose answer is wanted a little later, after that of another server."""
        return Ahead(self, service, url, headers)

    def seconds(self) -> float:
        """How long a call may take that begins now."""
        return min(TOTAL_TIMEOUT, self._seconds_left())

    def pool(self, url: str) -> Pool:
        """The connections to where the URL leads."""
        origin = url[: url.index("/", len("https://"))]
        return self._pools.get(origin) or self._pools.setdefault(origin, Pool(origin, self._ca_file))

    def request(self, method: str, url: str, headers: Headers, body: bytes | None = None) -> Request:
        """The request with what every request has."""
        return Request(method, url, {**headers, **self.credentials, **self._extra_headers()}, body)

    def answer(
        self, service: str, pool: Pool, request: Request, until: float, begun: Connection | None = None
    ) -> Reply:
        """Send and read, by who has a place in the pool."""
        try:
            return self._exchange(service, pool, request, until, begun)
        except (OSError, HTTPException, UnicodeError, zlib.error) as error:
            raise UpstreamUnavailable(service, f"no answer: {type(error).__name__}") from None

    def _exchange(
        self, service: str, pool: Pool, request: Request, until: float, begun: Connection | None = None
    ) -> Reply:
        """Over a kept connection, or the one that it has `begun` on, else a new one. Tests fake the wire here."""
        if begun is None and (begun := pool.kept()):
            begun.send(request.as_bytes(), until)
        if begun:
            try:
                return _receive(service, pool, begun, request.method, until)
            except ClosedMeanwhile:
                if request.method != "GET":
                    raise
        new = pool.connect(until)
        new.send(request.as_bytes(), until)
        return _receive(service, pool, new, request.method, until)


class Ahead:
    """A GET that goes out when its `with` block begins, where a kept connection is free, and is read when called.

    What was not wanted after all ends with the block, and its connection too.
    """

    def __init__(self, transport: Transport, service: str, url: str, headers: Headers) -> None:
        self._transport, self._service, self._url, self._headers = transport, service, url, headers
        self._pool = transport.pool(url)
        self._begun: Connection | None = None

    def __enter__(self) -> Ahead:
        seconds = self._transport.seconds()
        if seconds > 0 and (connection := self._pool.ahead()):
            self._begun = connection
            self._request = self._transport.request("GET", self._url, self._headers)
            connection.send(self._request.as_bytes(), time.monotonic() + seconds)
        return self

    def __call__(self) -> Reply:
        """The answer, as of any call."""
        begun, self._begun = self._begun, None
        if begun is None:
            return self._transport(self._service, "GET", self._url, self._headers)
        try:
            until = time.monotonic() + self._transport.seconds()
            return self._transport.answer(self._service, self._pool, self._request, until, begun)
        finally:
            self._pool.end_ahead()

    def __exit__(self, *_: object) -> None:
        if self._begun:
            self._begun.close()
            self._pool.end_ahead()


def read(service: str, response: HTTPResponse) -> Reply:
    """The reply with its whole body."""
    try:
        body: bytes | bytearray = response.read(MAX_REPLY + 1)
    except TimeoutError:
        raise UpstreamBadReply(service, "reply took too long") from None
    if response.length and len(body) <= MAX_REPLY:
        raise IncompleteRead(b"")
    if response.headers.get("Content-Encoding") == "gzip":  # nobody asked for it
        body = _unzipped(body)
    if len(body) > MAX_REPLY:
        raise ReplyTooLarge(service, "reply too large")
    return Reply(response.status, response.headers, bytes(body))  # type: ignore[arg-type]


def _unzipped(data: bytes | bytearray) -> bytearray:
    """As much of it as shows whether it is too large."""
    unzip, body = zlib.decompressobj(16 + zlib.MAX_WBITS), bytearray()
    while len(body) <= MAX_REPLY and (part := unzip.decompress(data, CHUNK)):
        body += part
        data = unzip.unconsumed_tail
    return body


def _receive(service: str, pool: Pool, connection: Connection, method: str, until: float) -> Reply:
    try:
        response = connection.receive(method, until)
        reply = read(service, response)
        connection.answered(response)
        return reply
    finally:
        pool.give_back(connection)
