"""Connections to Kratos and Hydra: kept for reuse, and bound to the deadline of the call that uses them."""

from __future__ import annotations

import http.client
import select
import socket
import ssl
import time
import weakref
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import requests
from gevent import Timeout, monkey
from requests.adapters import HTTPAdapter

from app.ory.transport.answers import Answer
from app.ory.transport.breaker import PATIENT, Breaker
from app.ory.transport.semaphore import Semaphore
from app.urls import VISIBLE, consists_of

POOL_SIZE = 64  # calls to one upstream at the same time, and connections kept for them
MAX_WAITING = 3 * POOL_SIZE  # calls that wait for a slot; both numbers are far below the server's connections
MAX_AHEAD = POOL_SIZE // 2  # calls sent ahead, outside the slots: they hold none while another upstream hangs
MAX_WAIT = CONNECT_TIMEOUT = 1.0  # seconds
IDLE = 60.0  # seconds; Kratos and Hydra close a connection after 120: a PUT just on its way then would have no answer
_poll: Any = monkey.get_original("select", "poll")  # gevent's takes a hundred times as long


class ClosedMeanwhile(ConnectionResetError):
    """A kept connection ended without a byte of an answer: most likely the server had closed it."""


class Connection:
    """A connection to one host with a deadline for its call; `until` is a time of time.monotonic."""

    until = 0.0  # of the last call; 0: there was none
    _answer: Answer | None = None
    _is_new = True

    def __init__(self, sock: socket.socket, host: str) -> None:
        self._sock, self._host = sock, host
        self._pending = getattr(sock, "pending", int)  # bytes that TLS has read further than the answer
        self._arrived = _poll()
        self._arrived.register(sock, select.POLLIN)

    @property
    def is_free(self) -> bool:
        """Whether it can take a request: no answer is outstanding."""
        return not self.until if self._answer is None else not self._answer.is_last

    @property
    def is_quiet(self) -> bool:
        """Whether nothing has arrived since the last answer, not even its end."""
        return not self._arrived.poll(0) and not self._pending()

    def send(self, call: Call, until: float) -> None:
        """Send a request; if the server does not read it completely, receive() raises the error."""
        self._answer, self.until = None, until
        headers = "".join([f"{name}: {value}\r\n" for name, value in call.headers.items()])
        fixed = f"Host: {self._host}\r\nAccept-Encoding: identity\r\n"
        names, values = "".join(call.headers), "".join(call.headers.values())
        are_names = consists_of(call.path + names, VISIBLE) and ":" not in names and "" not in call.headers
        if not are_names or "\n" in values or "\r" in values:
            raise ValueError("a name or value that would be two")
        head = f"{call.method} {call.path} HTTP/1.1\r\n{fixed}{headers}\r\n"
        left = head.encode("latin-1") + (call.body or b"")
        try:
            while left:
                self._sock.settimeout(max(0.001, until - time.monotonic()))
                left = left[self._sock.send(left) :]
        except (ConnectionError, ssl.SSLEOFError):  # the latter is TLS' own name for a broken pipe
            return

    @property
    def has_heard(self) -> bool:
        """Whether any byte of the answer came."""
        return self._answer is not None and self._answer.has_heard

    def receive(self, until: float) -> Answer:
        """Read status and headers of the answer; raise ClosedMeanwhile if a kept connection was closed."""
        self._answer = Answer(self._sock, until)
        try:
            self._answer.begin()
        except ConnectionError as error:
            if self._is_new or self.has_heard:
                raise
            raise ClosedMeanwhile from error
        self._is_new = False
        return self._answer

    def close(self) -> None:
        """Close the connection."""
        self._sock.close()


class Pool:
    """The connections to one origin, limited so that an upstream that hangs cannot occupy the whole server."""

    def __init__(self, origin: str, ca_file: str, changed: Callable[[str, bool], None] = lambda *_: None) -> None:
        self.origin, self.breaker = origin, Breaker(partial(changed, origin))
        self._address = urlsplit(origin)
        self._tls = ssl.create_default_context(cafile=ca_file) if self._address.scheme == "https" else None
        self._kept: list[Connection] = []
        weakref.finalize(self, _close, self._kept)
        self._slots, self._waiting, self._ahead = Semaphore(POOL_SIZE), Semaphore(MAX_WAITING), Semaphore(MAX_AHEAD)

    def enter(self, seconds: float) -> bool:
        """Take a slot, waiting up to `seconds`; False if there is none. The caller of a True has to leave()."""
        if self._slots.acquire():
            return True
        if not self._waiting.acquire():
            return False
        try:
            return self._slots.acquire(min(seconds, MAX_WAIT))
        finally:
            self._waiting.release()

    def leave(self) -> None:
        """Give the slot back."""
        self._slots.release()

    def begin(self, until: float) -> Connection | None:
        """Take a kept connection for a call sent ahead, None if none is free at once; the caller has to end() it."""
        if self.breaker.is_silent or not self._ahead.acquire():
            return None
        if (connection := self.kept(until)) is None:
            self._ahead.release()
        return connection

    def end(self, begun: Connection) -> None:
        """Give back what begin() took."""
        self.give_back(begun)
        self._ahead.release()

    def kept(self, until: float) -> Connection | None:
        """Take a kept connection that is still usable for a call with this deadline, None if there is none."""
        while True:
            try:
                connection = self._kept.pop()
            except IndexError:
                return None
            if until - connection.until < IDLE and connection.is_quiet:
                return connection
            connection.close()

    def connect(self, until: float) -> Connection:
        """Open a connection; the deadline also covers name lookup and TLS handshake, which have no timeout."""
        host, port = str(self._address.hostname), self._address.port
        made = (
            http.client.HTTPSConnection(host, port, timeout=CONNECT_TIMEOUT, context=self._tls)
            if self._tls
            else http.client.HTTPConnection(host, port, timeout=CONNECT_TIMEOUT)
        )
        with _ending(until):
            made.connect()
            return Connection(made.sock, self._address.netloc.removesuffix(f":{made.default_port}"))
        raise TimeoutError("connecting took too long")

    def give_back(self, connection: Connection) -> None:
        """Keep a connection for the next call if it is usable, else close it; close the oldest one if it is idle."""
        for oldest in self._kept[:1]:
            if connection.until - oldest.until > IDLE:
                with suppress(ValueError):  # another thread has taken it
                    self._kept.remove(oldest)
                    oldest.close()
        if connection.is_free and len(self._kept) < POOL_SIZE:
            self._kept.append(connection)
        else:
            connection.close()


def _close(connections: list[Connection]) -> None:
    for connection in connections:
        connection.close()


def _ending(until: float) -> AbstractContextManager[object]:
    """Return gevent's timeout for code without one; an OSError would only make http.client try the next address."""
    seconds = max(0.001, until - time.monotonic())
    return Timeout(seconds, False) if monkey.is_module_patched("socket") else nullcontext()


class Call(requests.PreparedRequest):
    """A request being sent: `path` with query, pool, deadline `until`, and its connection once it has one."""

    method: str
    body: Any
    until: float
    connection: Connection | None = None
    ends: Sequence[Callable[[int, str], None]] = ()  # app.ory.transport.watched calls them at the end

    def __init__(self, method: str, url: str, headers: Any, body: bytes | None, pool: Pool) -> None:
        self.method = method  # not more of requests' own than is read of it: hooks, say
        self.url, self.headers, self.body, self.pool = url, headers, body, pool
        self.path = url[len(pool.origin) :]

    def urlopen(self, **_: Any) -> Answer:
        """Send and receive; requests' HTTPAdapter calls it as it would call urllib3's method of this name."""
        since = time.monotonic()
        try:
            answer = self._sent()
        except TimeoutError:
            if not (self.connection and self.connection.has_heard):
                self.pool.breaker.waited(since, PATIENT if self.connection else CONNECT_TIMEOUT)
            raise
        self.pool.breaker.answered()
        return answer

    def _sent(self) -> Answer:
        """Return the answer; repeat a GET if its kept connection was closed, a PUT never: Hydra may have handled it."""
        self.connection = self.connection or self.pool.kept(self.until) or self.pool.connect(self.until)
        while True:
            if self.connection.is_free:
                self.connection.send(self, self.until)
            try:
                return self.connection.receive(self.until)
            except ClosedMeanwhile:
                self.connection.close()
                if self.method != "GET":
                    raise
            self.connection = self.pool.connect(self.until)  # a new one never raises ClosedMeanwhile


class _Response(requests.Response):
    def __init__(self, request: Any, raw: Any) -> None:  # sets only what is read later, so no cookie jar
        self.request, self.status_code, self.headers, self.raw = request, raw.status, raw.headers, raw


class Adapter(HTTPAdapter):
    """requests' adapter over our pools, for a tenth of urllib3's CPU time (docs/decisions/0004-transport.md)."""

    def get_connection_with_tls_context(self, request: Any, *_: Any, **__: Any) -> Any:
        """Return the call itself, which has its pool."""
        return request

    def cert_verify(self, *_: Any) -> None:
        """Do nothing: each pool has its certificates."""

    def request_url(self, request: Any, _: Any) -> str:
        """Return the path and query; never the whole URL, as there is never a proxy."""
        return str(request.path)

    def build_response(self, req: Any, resp: Any) -> requests.Response:
        """Wrap the answer (in tests: urllib3's)."""
        return _Response(req, resp)
