"""Connections to Kratos and Hydra: kept and used again, none of them longer than the call that uses it may take."""

from __future__ import annotations

import http.client
import io
import socket
import ssl
import threading
import time
import weakref
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import Any
from urllib.parse import urlsplit

from gevent import Timeout, monkey

from app.ory.http1 import Reply, read

POOL_SIZE = 64  # calls to one upstream at the same time, and connections kept for them
MAX_WAITING = POOL_SIZE  # calls that may wait for one of those; both are far fewer than the server's connections
MAX_AHEAD = POOL_SIZE // 2  # calls ahead of their turn, beside those: where another upstream hangs, they hold no place
MAX_WAIT = 1.0  # seconds
CONNECT_TIMEOUT = 1.0  # seconds


class ClosedMeanwhile(ConnectionResetError):
    """A kept connection ended before a byte of the answer came: most likely the server had closed it before."""


class Connection:
    """An open connection; times are ends as of time.monotonic.

    `is_kept`: it has brought an answer before. `is_free`: nothing is on its way.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self.is_kept, self.is_free = False, True

    def send(self, data: bytes, until: float) -> None:
        """Send a request; that the server does not read it to its end is told by receive()."""
        self.is_free = False
        self._sock.settimeout(max(0.001, until - time.monotonic()))
        with suppress(ConnectionError):
            self._sock.sendall(data)

    def receive(self, service: str, until: float) -> Reply:
        """Read the answer; ClosedMeanwhile when it was a kept connection that is none any more."""
        incoming = _Incoming(self._sock, until)
        try:
            reply, self.is_free = read(service, io.BufferedReader(incoming))
        except ConnectionError as error:
            if self.is_kept and not incoming.any:
                raise ClosedMeanwhile from error
            raise
        self.is_kept = True
        return reply

    def is_quiet(self) -> bool:
        """Whether a kept connection can be used again: nothing has come, not even its end."""
        try:
            self._sock.settimeout(0)
            socket.socket.recv(self._sock, 1, socket.MSG_PEEK)  # below TLS, which cannot peek
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    def close(self) -> None:
        """End it."""
        self._sock.close()


class _Incoming(io.RawIOBase):
    """The bytes of one answer, with one end in time for all of them: headers by drops do not get round it."""

    def __init__(self, sock: socket.socket, until: float) -> None:
        self._sock, self._until = sock, until
        self.any = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer took too long")
        self._sock.settimeout(left)
        size = self._sock.recv_into(buffer)
        self.any = self.any or bool(size)
        return size


class Pool:
    """The connections to one origin: so many calls at a time, a few that wait a moment, and no more.

    Otherwise an upstream that hangs would soon hold every connection of the server, and nothing else be answered.
    """

    def __init__(self, origin: str, ca_file: str) -> None:
        self._address = urlsplit(origin)
        self._tls = ssl.create_default_context(cafile=ca_file) if self._address.scheme == "https" else None
        self._kept: list[Connection] = []
        weakref.finalize(self, _close, self._kept)
        self._places, self._waiting = threading.Semaphore(POOL_SIZE), threading.Semaphore(MAX_WAITING)
        self._ahead = threading.Semaphore(MAX_AHEAD)

    def enter(self, seconds: float) -> bool:
        """Take a place, waiting that long at most; False when there is none. Whoever has one has to leave."""
        if self._places.acquire(blocking=False):
            return True
        if not self._waiting.acquire(blocking=False):
            return False
        try:
            return self._places.acquire(timeout=min(seconds, MAX_WAIT))
        finally:
            self._waiting.release()

    def leave(self) -> None:
        """Give the place back."""
        self._places.release()

    def begin(self) -> Connection | None:
        """A kept connection and a place for a call ahead of its turn, if both are there at once; to be ended."""
        if not self._ahead.acquire(blocking=False):
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
                if connection.is_quiet():
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
        return Connection(made.sock)

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
    """An end for what has no timeout; only gevent can end it, and the server always runs on gevent."""
    if not monkey.is_module_patched("socket"):
        return nullcontext()
    return Timeout(max(0.001, until - time.monotonic()), TimeoutError("connecting took too long"))  # type: ignore[no-any-return]
