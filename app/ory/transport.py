"""The one way to Kratos and Hydra: one request over a kept connection, one bounded reply, in bounded time.

No cookie jar, which would hand one person's cookie to the next, no .netrc, no proxy variables, no redirects.
"""

from __future__ import annotations

import copy
import time
import zlib
from collections.abc import Callable
from http.client import HTTPException

import certifi

from app.errors import UpstreamUnavailable
from app.ory.connections import ClosedMeanwhile, Connection, Pool
from app.ory.http1 import Headers, Reply, Request

TOTAL_TIMEOUT = 4.0  # seconds


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
                return _receive(service, pool, begun, until)
            except ClosedMeanwhile:
                if request.method != "GET":
                    raise
        new = pool.connect(until)
        new.send(request.as_bytes(), until)
        return _receive(service, pool, new, until)


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


def _receive(service: str, pool: Pool, connection: Connection, until: float) -> Reply:
    try:
        return connection.receive(service, until)
    finally:
        pool.give_back(connection)
