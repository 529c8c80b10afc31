"""Connections to Kratos and Hydra: kept and used again, none of them longer than the call that uses it may take."""

from __future__ import annotations

import http.client
import io
import math
import socket
import threading
import time
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar
from typing import Any

import requests
from gevent import Timeout, monkey
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection

POOL_SIZE = 64  # calls to one upstream at the same time, and connections kept for them
MAX_WAITING = 3 * POOL_SIZE  # calls that may wait for one of those; both are far fewer than the server's connections
MAX_WAIT = 1.0  # seconds

call_ends: ContextVar[float] = ContextVar("call_ends", default=math.inf)  # as time.monotonic


class ClosedMeanwhile(ConnectionResetError):
    """A kept connection ended before a byte of the answer came: most likely the server had closed it before."""


class _Incoming(io.RawIOBase):
    """The bytes of one answer, with one end in time for all of them: headers by drops do not get round it."""

    def __init__(self, sock: Any, raw: Any) -> None:
        self._sock, self._raw, self._until = sock, raw, call_ends.get()
        self.any = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> Any:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer took too long")
        self._sock.settimeout(left)
        size = self._raw.readinto(buffer)
        self.any = self.any or bool(size)
        return size

    def close(self) -> None:
        self._raw.close()
        super().close()


class Connection(HTTPConnection):
    """urllib3's connection, which knows when its call has to end and whether it was kept."""

    _kept = False
    _incoming: _Incoming

    def connect(self) -> None:
        """Connect; looking up a name and shaking hands, which know no end of their own, end with the call."""
        self._kept = False
        with _ending(call_ends.get()):
            super().connect()

    def response_class(  # type: ignore[override]
        self, sock: Any, *args: Any, **kwargs: Any
    ) -> http.client.HTTPResponse:
        """What http.client makes of each answer."""
        response = http.client.HTTPResponse(sock, *args, **kwargs)
        self._incoming = _Incoming(sock, response.fp.detach())
        response.fp = io.BufferedReader(self._incoming)
        return response

    def getresponse(self) -> Any:
        """Read status and headers; ClosedMeanwhile when it was a kept connection that is none any more."""
        try:
            response = super().getresponse()
        except ConnectionError as error:
            if self._kept and not self._incoming.any:
                raise ClosedMeanwhile from error
            raise
        self._kept = True
        return response

    @property
    def is_connected(self) -> bool:
        """Whether a kept connection can be used again: nothing has come, not even its end.

        Looked at more cheaply than urllib3 does: a poll is dear under gevent.
        """
        plain = getattr(self.sock, "_sock", None)  # what gevent's socket wraps; never blocks
        if plain is None:
            return super().is_connected
        try:
            plain.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False


class _TlsConnection(Connection, HTTPSConnection):
    """The same by https."""


def _ending(until: float) -> AbstractContextManager[object]:
    """An end for what has no timeout; only gevent can end it, and the server always runs on gevent."""
    if not monkey.is_module_patched("socket"):
        return nullcontext()
    return Timeout(max(0.001, until - time.monotonic()), TimeoutError("connecting took too long"))  # type: ignore[no-any-return]


class Queue:
    """The calls to one upstream: so many at a time, a few that wait a moment, and no more.

    Otherwise an upstream that hangs would soon hold every connection of the server, and nothing else be answered.
    """

    def __init__(self) -> None:
        self._places, self._waiting = threading.Semaphore(POOL_SIZE), threading.Semaphore(MAX_WAITING)

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


class Adapter(HTTPAdapter):
    """HTTPAdapter without what we never use: proxies, its cookie jar, a guess at encodings (a seventh of a call's CPU).

    Its three methods below are those that requests exposes for subclasses; `verify` is the same for every call.
    """

    def __init__(self) -> None:
        super().__init__(pool_connections=4, pool_maxsize=POOL_SIZE, max_retries=0)
        self._pools: dict[str, Any] = {}

    def get_connection_with_tls_context(
        self, request: requests.PreparedRequest, verify: Any, proxies: Any = None, cert: Any = None
    ) -> Any:
        """The connection pool of the URL's origin, looked up once."""
        origin = origin_of(str(request.url))
        if origin not in self._pools:
            pool = super().get_connection_with_tls_context(request, verify, proxies, cert)
            pool.ConnectionCls = _TlsConnection if origin.startswith("https") else Connection  # type: ignore[attr-defined]
            self._pools[origin] = pool
        return self._pools[origin]

    def request_url(self, request: requests.PreparedRequest, proxies: Any) -> str:  # noqa: ARG002
        """The path and query; never the whole URL, as there is never a proxy."""
        return "/" + str(request.url).split("/", 3)[3]

    def build_response(self, req: requests.PreparedRequest, resp: Any) -> requests.Response:
        """Wrap urllib3's answer; only the request, the status, headers and the raw body are filled in."""
        response = requests.Response()
        response.request, response.status_code, response.headers, response.raw = req, resp.status, resp.headers, resp
        return response


def origin_of(url: str) -> str:
    """Scheme, host and port of an absolute address."""
    return "/".join(url.split("/", 3)[:3])
