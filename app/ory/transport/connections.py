"""Connections to Kratos and Hydra: kept and used again, none of them longer than the call that uses it may take."""

from __future__ import annotations

import http.client
import re
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

POOL_SIZE = 64  # calls to one upstream at the same time, and connections kept for them
MAX_WAITING = 3 * POOL_SIZE  # calls that may wait for one of those; both are far fewer than the server's connections
MAX_AHEAD = POOL_SIZE // 2  # calls ahead of their turn, beside those: where another upstream hangs, they hold no slot
MAX_WAIT = 1.0  # seconds
CONNECT_TIMEOUT = 1.0  # seconds
# All before the body of a request, in as many lines as there are headers: no end of a line, or of a path, in any.
_HEAD = re.compile(rb"[A-Z]+ /[!-~]* HTTP/1\.1\r\n([!-9;-~]+: [^\r\n]*\r\n)+\r\n")


class ClosedMeanwhile(ConnectionResetError):
    """A kept connection ended before a byte of the answer came: most likely the server had closed it before."""


class Connection:
    """A socket to this host, which knows when its call has to end; times are ends as of time.monotonic."""

    _answer: Answer | None = None
    _is_new = _is_unused = True

    def __init__(self, sock: socket.socket, host: str) -> None:
        self._sock, self._host = sock, host
        self._pending = getattr(sock, "pending", int)  # bytes that TLS has read further than the answer

    @property
    def is_free(self) -> bool:
        """Whether it can have a request: nothing is on its way."""
        return self._is_unused if self._answer is None else not self._answer.is_last

    @property
    def is_quiet(self) -> bool:
        """Whether nothing has come since, not even its end; looked at below TLS, which cannot peek."""
        try:
            self._sock.settimeout(0)
            socket.socket.recv(self._sock, 1, socket.MSG_PEEK)
        except BlockingIOError:
            return not self._pending()
        except OSError:
            return False
        return False

    def send(self, call: Call, until: float) -> None:
        """Send a request; that the server does not read it to its end is told by receive()."""
        self._answer, self._is_unused = None, False
        headers = "".join([f"{name}: {value}\r\n" for name, value in call.headers.items()])
        fixed = f"Host: {self._host}\r\nAccept-Encoding: identity\r\n"
        left = f"{call.method} {call.path} HTTP/1.1\r\n{fixed}{headers}\r\n".encode("latin-1")
        if left.count(b"\n") != len(call.headers) + 4 or not _HEAD.fullmatch(left):
            raise ValueError("a name or value that would be two")
        left += call.body or b""
        with suppress(ConnectionError):
            while left:
                self._sock.settimeout(max(0.001, until - time.monotonic()))
                left = left[self._sock.send(left) :]

    @property
    def has_heard(self) -> bool:
        """Whether anything of an answer came, if not all of it."""
        return self._answer is not None and self._answer.has_heard

    def receive(self, until: float) -> Answer:
        """The answer, of which status and headers are read; ClosedMeanwhile when the connection is none any more."""
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
        """End it."""
        self._sock.close()


class Pool:
    """The connections to one origin, so that an upstream that hangs does not hold all that the server has."""

    def __init__(self, origin: str, ca_file: str, changed: Callable[[str, bool], None] = lambda *_: None) -> None:
        self.origin, self.breaker = origin, Breaker(partial(changed, origin))
        self._address = urlsplit(origin)
        self._tls = ssl.create_default_context(cafile=ca_file) if self._address.scheme == "https" else None
        self._kept: list[Connection] = []
        weakref.finalize(self, _close, self._kept)
        self._slots, self._waiting, self._ahead = Semaphore(POOL_SIZE), Semaphore(MAX_WAITING), Semaphore(MAX_AHEAD)

    def enter(self, seconds: float) -> bool:
        """Take a slot, waiting that long at most; False when there is none. Whoever has one has to leave."""
        if self._slots.acquire():
            return True
        if not self._waiting.acquire():
            return False
        try:
            return self._slots.acquire(min(seconds, MAX_WAIT))
        finally:
            self._waiting.release()

    def leave(self) -> None:
        """Release the slot."""
        self._slots.release()

    def begin(self) -> Connection | None:
        """A kept connection and a slot for a call ahead of its turn, if both are there at once; to be ended."""
        if self.breaker.is_silent or not self._ahead.acquire():
            return None
        if (connection := self.kept()) is None:
            self._ahead.release()
        return connection

    def end(self, begun: Connection) -> None:
        """Give them back."""
        self.give_back(begun)
        self._ahead.release()

    def kept(self) -> Connection | None:
        """A kept connection that can be used again, None if there is none."""
        while self._kept:
            with suppress(IndexError):  # another thread was faster
                connection = self._kept.pop()
                if connection.is_quiet:
                    return connection
                connection.close()
        return None

    def connect(self, until: float) -> Connection:
        """A new connection; looking up the name and shaking hands, which know no end of their own, end in time too."""
        host, port = str(self._address.hostname), self._address.port
        made = (
            http.client.HTTPSConnection(host, port, timeout=CONNECT_TIMEOUT, context=self._tls)
            if self._tls
            else http.client.HTTPConnection(host, port, timeout=CONNECT_TIMEOUT)
        )
        with _ending(until):
            made.connect()
            name = self._address.netloc.removesuffix(f":{made.default_port}")
            return Connection(made.sock, name if name.isascii() else name.encode("idna").decode())
        raise TimeoutError("connecting took too long")

    def give_back(self, connection: Connection) -> None:
        """Keep a connection for the next call if it can have one, else close it."""
        if connection.is_free and len(self._kept) < POOL_SIZE:
            self._kept.append(connection)
        else:
            connection.close()


def _close(connections: list[Connection]) -> None:
    for connection in connections:
        connection.close()


def _ending(until: float) -> AbstractContextManager[object]:
    """An end for what has no timeout, by gevent as in the server; an OSError would only lead to the next address."""
    seconds = max(0.001, until - time.monotonic())
    return Timeout(seconds, False) if monkey.is_module_patched("socket") else nullcontext()


class Call(requests.PreparedRequest):
    """A request on its way: its path and query, its pool, `until` when, and its connection if it has one."""

    method: str
    body: Any
    until: float
    connection: Connection | None = None
    ends: Sequence[Callable[[int, str], None]] = ()  # what app.ory.transport.watched tells of its end

    def __init__(self, method: str, url: str, headers: Any, body: bytes | None, pool: Pool) -> None:
        self.method = method  # not more of requests' own than is read of it: hooks, say
        self.url, self.headers, self.body, self.pool = url, headers, body, pool
        self.path = url[len(pool.origin) :]

    def urlopen(self, **_: Any) -> Answer:
        """What requests' HTTPAdapter calls in place of urllib3's method of that name."""
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
        """The answer; a GET whose kept connection had ended is sent once more, a PUT never: Hydra may have taken it."""
        self.connection = self.connection or self.pool.kept() or self.pool.connect(self.until)
        while True:
            if self.connection.is_free:
                self.connection.send(self, self.until)
            try:
                return self.connection.receive(self.until)
            except ClosedMeanwhile:
                self.connection.close()
                if self.method != "GET":
                    raise
            self.connection = self.pool.connect(self.until)  # a new one is not closed meanwhile


class _Response(requests.Response):
    def __init__(self, request: Any, raw: Any) -> None:  # not more than what is read of it: a cookie jar, say
        self.request, self.status_code, self.headers, self.raw = request, raw.status, raw.headers, raw


class Adapter(HTTPAdapter):
    """requests' adapter above our pools: a tenth of the CPU of urllib3's (docs/decisions/0004-transport.md)."""

    def get_connection_with_tls_context(self, request: Any, *_: Any, **__: Any) -> Any:
        """The call itself, which has its pool."""
        return request

    def cert_verify(self, *_: Any) -> None:
        """Nothing: each pool has its certificates."""

    def request_url(self, request: Any, _: Any) -> str:
        """The path and query; never the whole URL, as there is never a proxy."""
        return str(request.path)

    def build_response(self, req: Any, resp: Any) -> requests.Response:
        """Wrap the answer (in a test: urllib3's)."""
        return _Response(req, resp)
