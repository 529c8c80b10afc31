"""The one way to Kratos and Hydra: one request over a kept connection, one bounded reply, in bounded time.

No cookie jar, which would hand one person's cookie to the next, no .netrc, no proxy variables, no redirects.
"""

from __future__ import annotations

import copy
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
        pool, seconds = self._pool(url), self._seconds()
        until = time.monotonic() + seconds
        if seconds <= 0 or not pool.enter(seconds):
            raise UpstreamUnavailable(service, "not asked: " + ("no time left" if seconds <= 0 else "too many wait"))
        try:
            return self._answer(service, pool, self._request(method, url, headers, body), until)
        finally:
            pool.leave()

    @contextmanager
    def ahead(self, service: str, url: str, headers: Headers) -> Iterator[Callable[[], Reply]]:
        """A GET that is sent at once, where a kept connection is free for it; the answer is read where it is called.

        What was not wanted by the end of the block ends with it, and its connection too.
        """
        pool, seconds = self._pool(url), self._seconds()
        begun = pool.begin() if seconds > 0 else None
        if begun is None:
            yield lambda: self(service, "GET", url, headers)
            return
        try:
            request = self._request("GET", url, headers)
            begun.send(request.as_bytes(), time.monotonic() + seconds)
            yield lambda: self._answer(service, pool, request, time.monotonic() + self._seconds(), begun)
        finally:
            pool.end(begun)

    def _seconds(self) -> float:
        return min(TOTAL_TIMEOUT, self._seconds_left())

    def _pool(self, url: str) -> Pool:
        origin = url[: url.index("/", len("https://"))]
        return self._pools.get(origin) or self._pools.setdefault(origin, Pool(origin, self._ca_file))

    def _request(self, method: str, url: str, headers: Headers, body: bytes | None = None) -> Request:
        return Request(method, url, {**headers, **self.credentials, **self._extra_headers()}, body)

    def _answer(
        self, service: str, pool: Pool, request: Request, until: float, begun: Connection | None = None
    ) -> Reply:
        try:
            return self._exchange(service, pool, request, until, begun)
        except (OSError, HTTPException, UnicodeError, zlib.error) as error:
            raise UpstreamUnavailable(service, f"no answer: {type(error).__name__}") from None

    def _exchange(self, service: str, pool: Pool, request: Request, until: float, begun: Connection | None) -> Reply:
        """Over the connection that it has `begun` on, a kept or a new one. Tests fake the wire in place of this."""
        connection = begun or pool.kept() or pool.connect(until)
        while True:
            try:
                if connection.is_free:
                    connection.send(request.as_bytes(), until)
                return connection.receive(service, until)
            except ClosedMeanwhile:
                if request.method != "GET":
                    raise
            finally:
                if connection is not begun:
                    pool.give_back(connection)
            connection = pool.connect(until)  # which is not ClosedMeanwhile
