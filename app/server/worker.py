"""gunicorn's worker process, which closes slow connections, so that no number of slow clients stops the pages."""

from __future__ import annotations

import math
import signal
import socket
import struct
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from io import BytesIO
from socket import SHUT_RD, SHUT_RDWR
from typing import Any

import gevent
import gevent.resolver.thread
import gevent.threadpool  # both before the fork, not in each worker's first request
from gevent.server import StreamServer
from gunicorn.arbiter import Arbiter
from gunicorn.http.message import Request
from gunicorn.http.parser import RequestParser
from gunicorn.workers import ggevent
from gunicorn.workers.ggevent import GeventWorker

from app.http import ending, logs
from app.http.mount import HEALTH
from app.http.security import MAX_BODY
from app.server.request_queue import OverloadDetector, RequestQueue
from app.server.writing import Unreadable, Written, make_once

FILES = 8  # files (and health checks) in one turn; a page has up to six, and they must not fall behind
HEAD, BODY, ANSWER = 10, 10, 30  # seconds to receive a request's head and body, and to send our answer
# Bytes of an unwanted body that are read before the connection is closed; in chunks a byte may cost as much as a kB.
PASSED_OVER, IN_CHUNKS = 1024 * 1024, 8 * 1024
MAX_HEAD = 64 * 1024  # bytes of all headers; of one: limit_request_field_size
FREE_CONNECTIONS = 32  # kept free for new visitors
QUOTED = {"req", "method", "version", "hdr", "expect", "data", "term", "line"}  # a request's, in gunicorn's errors
# The twelfth 32-bit number after the first eight bytes of Linux' struct tcp_info (tcp(7)).
LAST_DATA_RECEIVED = 8 + 11 * 4


class _Request(Request):  # type: ignore[misc]
    """A request with one limit for all headers; gunicorn multiplies the limit of one by their number."""

    max_buffer_headers = property(lambda _: MAX_HEAD, lambda _, __: None)

    def _peer_trusted_for_forwarded(self) -> tuple[dict[str, str], list[str]]:
        """Trust nobody (`forwarded_allow_ips`), without parsing the address for each request."""
        return {}, []


class _Reading:
    """A block that reads from a client: for a limited time, and the connection may be closed for a new visitor."""

    def __init__(self, seconds: float, client: Any, worker: Worker) -> None:
        self._timer, self._client, self._worker = gevent.Timeout(seconds, False), client, worker

    def __enter__(self) -> None:
        self._worker.waits_for(self._client, SHUT_RD)
        self._worker.make_room()
        self._client.settimeout(None)
        self._timer.start()

    def __exit__(self, _: object, error: object, __: object) -> bool:
        self._timer.close()
        self._client.settimeout(ANSWER)
        self._worker.waits.pop(self._client, None)
        return error is self._timer


def waited(client: Any) -> float:
    """Return the seconds since this client's last bytes arrived at the kernel; 0 if the system does not say."""
    try:
        info = client.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, LAST_DATA_RECEIVED + 4)
        milliseconds: int = struct.unpack_from("I", info, LAST_DATA_RECEIVED)[0]
    except (AttributeError, OSError, struct.error):  # another system, or a closed connection
        return 0
    return milliseconds / 1000


class Worker(GeventWorker):  # type: ignore[misc]
    """gunicorn's gevent worker; if few connections are free, it closes the one whose client it has waited for longest.

    Otherwise clients that send nothing, or a byte now and then, or do not read the answers, could hold all connections.
    A client that sends a whole request at once and waits for the answer is never cut off.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._clients: dict[Any, Any] = {}  # sockets by greenlet
        self._new: set[Any] = set()  # sockets without a request so far
        self._left: set[Any] = set()  # sockets that were shut down but still exist
        self._kept: set[Any] = set()  # sockets between two requests
        self.waits: dict[Any, int] = {}  # how to shut down each socket we wait for, the longest wait first
        self._overload = OverloadDetector()
        self._pages, self._files, self._health = RequestQueue(), RequestQueue(FILES), RequestQueue(FILES)
        self._answered: dict[Any, float] = {}  # the time of each socket's last answer
        self._headers: list[tuple[str, str]] = []  # of every answer
        RequestParser.mesg_class = _Request

    def init_process(self) -> None:
        """Serve; log an error that ends the worker, because gunicorn would print its text instead."""
        options = {name: setting.get() for name, setting in self.cfg.settings.items()}
        self.cfg.__dict__.update(options)  # a faster look-up, as gunicorn needs 23 for each request
        make_once(self.cfg)
        try:
            super().init_process()
        except Exception as error:  # noqa: BLE001 - gunicorn's way
            logs.failure(error)
            sys.exit(1 if self.booted else Arbiter.WORKER_BOOT_ERROR)

    def init_signals(self) -> None:
        """Ignore Ctrl-C, which also reaches the first process: after two signals gevent prints a traceback."""
        super().init_signals()
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    def handle_exit(self, *signal: Any) -> None:
        """End when all answers are sent, without waiting for connections that are kept open for new requests."""
        super().handle_exit(*signal)
        gevent.spawn(self._release)

    def run(self) -> None:
        """Serve; each of several workers accepts one connection in a turn, but several while files wait."""
        if self.cfg.workers > 1:
            in_a_turn = property(lambda _: FILES if self._files.is_busy else 1, lambda *_: None)
            ggevent.StreamServer = type("Listener", (StreamServer,), {"max_accept": in_a_turn})
        super().run()

    def _release(self) -> None:
        for client in self._kept:
            self._hang_up(client, SHUT_RD)

    def load_wsgi(self) -> None:
        """Load the application, and call it only after the body has been read."""
        super().load_wsgi()
        application: Any = self.wsgi
        self._headers = application.extensions["headers"]
        refusals = application.extensions["refusals"]

        def with_body(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
            client = self._clients[gevent.getcurrent()]
            is_exempt = refusals.is_exempt(environ)
            is_health = is_exempt and environ["PATH_INFO"].endswith(HEALTH)
            (self._health if is_health else self._files if is_exempt else self._pages).wait()
            refused = not is_exempt and self._overload.is_overdue(self._waited(client))
            length = int(environ.get("CONTENT_LENGTH", "0"))
            if length > MAX_BODY or "HTTP_TRANSFER_ENCODING" in environ:
                self._pass_over(environ)
            elif length and not refused:
                self._read_body(environ, length)
            answer: Iterable[bytes] = (refusals if refused else application)(environ, start_response)
            self.make_room()  # earlier clients were in a RequestQueue until now, where no connection is closed
            self.waits_for(client, SHUT_RDWR)
            return answer

        self.wsgi: Any = with_body

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Any) -> None:
        """Refuse a request that cannot be parsed, without the parts of it that gunicorn would log."""
        for name in QUOTED & vars(exc).keys():
            if isinstance(vars(exc)[name], str | bytes):  # numbers are limits, which may be logged
                setattr(exc, name, "")
        super().handle_error(req, Unreadable(client, self._headers), addr, exc)

    def _waited(self, client: Any) -> float:
        """Return how long a request waited for us: not before the last answer on the same connection."""
        return min(waited(client), time.monotonic() - self._answered.get(client, -math.inf))

    def handle(self, listener: Any, client: Any, addr: Any) -> None:
        """Serve one connection until it ends."""
        me = gevent.getcurrent()
        self._clients[me] = client
        self._new.add(client)
        self.make_room()
        try:
            super().handle(listener, client, addr)
        finally:
            del self._clients[me]
            self.waits.pop(client, None)
            self._new.discard(client)
            self._left.discard(client)
            self._kept.discard(client)
            self._answered.pop(client, None)

    def handle_request(self, listener: Any, head: Any, client: Any, address: Any) -> None:
        """Answer; note the time, because the client's next request may have come already."""
        self._kept.discard(client)
        if ending.has_begun():
            head.force_close()  # so that the next request goes to another server
        written = Written(client)
        try:
            super().handle_request(listener, head, written, address)
        finally:
            written.sendall(b"")
        if not self.alive:
            raise StopIteration  # the worker was told to end
        self._answered[client] = time.monotonic()

    def timeout_ctx(self) -> _Reading:
        """Return the time limit to read a head: short for the first request, keepalive for later ones."""
        client = self._clients[gevent.getcurrent()]
        if client not in self._new:
            self._kept.add(client)
        self._new.discard(client)
        return _Reading(self.cfg.keepalive if client in self._kept else HEAD, client, self)

    def _read_body(self, environ: dict[str, Any], length: int) -> None:
        with _Reading(BODY, self._clients[gevent.getcurrent()], self):
            body = environ["wsgi.input"].read(length)
            if len(body) == length:  # an incomplete form would be read as one with fewer fields
                environ["wsgi.input"] = BytesIO(body)
                return
        raise StopIteration  # too slow or incomplete: gunicorn closes the connection

    def _pass_over(self, environ: dict[str, Any]) -> None:
        """Read and drop an unwanted body, up to a limit, before the answer.

        gunicorn would read all of it after the answer, copying it again for each kB. It would also answer a bad chunk
        with a second answer, which a proxy could take for that to its next request.
        """
        left = IN_CHUNKS if "HTTP_TRANSFER_ENCODING" in environ else PASSED_OVER
        with _Reading(BODY, self._clients[gevent.getcurrent()], self):
            while left >= 0:
                if not (data := environ["wsgi.input"].read(min(MAX_BODY, left + 1))):
                    return
                left -= len(data)
        raise StopIteration  # too slow or too large: gunicorn closes the connection

    def waits_for(self, client: Any, how: int) -> None:
        """Note that we wait for this client; `how` to shut down its socket if its connection is needed."""
        self.waits.pop(client, None)
        self.waits[client] = how
        self._left.discard(client)  # a request that it had sent before is still answered

    def make_room(self) -> None:
        """Shut down the longest waits until enough connections are free; complete requests are still answered."""
        while self.waits and len(self._clients) - len(self._left) + FREE_CONNECTIONS > self.worker_connections:
            client = next(iter(self.waits))
            how = self.waits.pop(client)
            self._left.add(client)
            self._hang_up(client, how)

    @staticmethod
    def _hang_up(client: Any, how: int) -> None:
        with suppress(OSError):  # already closed
            client._sock.shutdown(how)  # noqa: SLF001 - gevent's own would raise in the greenlet
