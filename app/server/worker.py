"""gunicorn's worker process, made to hang up on slow clients, so that no number of them stops the pages."""

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
import gevent.threadpool  # both now, not in the first request of each worker
from gevent.server import StreamServer
from gunicorn.arbiter import Arbiter
from gunicorn.http.message import Request
from gunicorn.http.parser import RequestParser
from gunicorn.workers import ggevent
from gunicorn.workers.ggevent import GeventWorker

from app.http import ending, logs
from app.http.mount import HEALTH
from app.http.security import MAX_BODY
from app.server.waiting import Line, Queue
from app.server.writing import Unreadable, Written

FILES = 8  # in the turn of one page, which has up to six: else they, and health, would come later and later
HEAD, BODY, ANSWER = 10, 10, 30  # seconds in which a request's head, its body and our answer have to get through
# Bytes of a body that no page takes, after which its sender is hung up on; in chunks each may cost as much as a kB.
PASSED_OVER, IN_CHUNKS = 1024 * 1024, 8 * 1024
MAX_HEAD = 64 * 1024  # bytes of all headers; of one: limit_request_field_size
FREE_CONNECTIONS = 32  # connections that are kept free for the next visitors
QUOTED = {"req", "method", "version", "hdr", "expect", "data", "term", "line"}  # of a request, by gunicorn's errors
# Linux' struct tcp_info (tcp(7)): eight bytes, then numbers of 32 bits, of which this is the twelfth.
LAST_DATA_RECEIVED = 8 + 11 * 4


class _Request(Request):  # type: ignore[misc]
    """A request whose headers have a limit together; gunicorn's own is so many times that of each."""

    max_buffer_headers = property(lambda _: MAX_HEAD, lambda _, __: None)

    def _peer_trusted_for_forwarded(self) -> tuple[dict[str, str], list[str]]:
        """Nobody is (`forwarded_allow_ips`), whatever the address, which would be parsed for each request."""
        return {}, []


class _Reading:
    """The time in which a client sends: it is limited, and meanwhile the client can be hung up on."""

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
    """Seconds since this client's last bytes came, wherever they were kept; 0 where the system does not say."""
    try:
        info = client.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, LAST_DATA_RECEIVED + 4)
        milliseconds: int = struct.unpack_from("I", info, LAST_DATA_RECEIVED)[0]
    except (AttributeError, OSError, struct.error):  # another system, or a connection that is gone
        return 0
    return milliseconds / 1000


class Worker(GeventWorker):  # type: ignore[misc]
    """gunicorn's gevent worker; where connections get few, it hangs up on whom it has been waiting for the longest.

    Someone who opens connections and sends nothing, or a byte now and then, or does not take the answers, could
    otherwise hold them all. Whoever sends a whole request at once and waits for its answer is not touched.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._clients: dict[Any, Any] = {}  # sockets by greenlet
        self._new: set[Any] = set()  # sockets of which no request has come yet
        self._left: set[Any] = set()  # sockets that were hung up on and are not gone yet
        self._kept: set[Any] = set()  # sockets between two requests
        self.waits: dict[Any, int] = {}  # how to hang up on those that send or take an answer, the longest first
        self._queue, self._line, self._files, self._health = Queue(), Line(), Line(FILES), Line(FILES)
        self._answered: dict[Any, float] = {}  # when each socket had its last answer
        self._headers: list[tuple[str, str]] = []  # of every answer
        RequestParser.mesg_class = _Request

    def init_process(self) -> None:
        """Begin and serve. Of what ends it gunicorn would print all that the error says, and no line of the log."""
        options = {name: setting.get() for name, setting in self.cfg.settings.items()}
        self.cfg.__dict__.update(options)  # gunicorn looks them up 23 times for a request
        try:
            super().init_process()
        except Exception as error:  # noqa: BLE001 - gunicorn's way
            logs.failure(error)
            sys.exit(1 if self.booted else Arbiter.WORKER_BOOT_ERROR)

    def init_signals(self) -> None:
        """Leave Ctrl-C, which every process gets, to the first one: told twice to end, gevent prints a traceback."""
        super().init_signals()
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    def handle_exit(self, *signal: Any) -> None:
        """End when all answers are sent; a connection kept for requests to come would keep us until it is cut off."""
        super().handle_exit(*signal)
        gevent.spawn(self._release)

    def run(self) -> None:
        """Serve; where several workers listen, gunicorn lets each take one connection in a turn, however long it is."""
        if self.cfg.workers > 1:
            in_a_turn = property(lambda _: FILES if self._files.is_busy else 1, lambda *_: None)
            ggevent.StreamServer = type("Listener", (StreamServer,), {"max_accept": in_a_turn})
        super().run()

    def _release(self) -> None:
        for client in self._kept:
            self._hang_up(client, SHUT_RD)

    def load_wsgi(self) -> None:
        """Load the application, and let it begin only when the body is there."""
        super().load_wsgi()
        application: Any = self.wsgi
        self._headers = application.extensions["headers"]
        refusals = application.extensions["refusals"]

        def with_body(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
            client = self._clients[gevent.getcurrent()]
            is_exempt = refusals.is_exempt(environ)
            is_health = is_exempt and environ["PATH_INFO"].endswith(HEALTH)
            (self._health if is_health else self._files if is_exempt else self._line).wait()
            refused = not is_exempt and self._queue.is_too_long(self._waited(client))
            length = int(environ.get("CONTENT_LENGTH", "0"))
            if length > MAX_BODY or "HTTP_TRANSFER_ENCODING" in environ:
                self._pass_over(environ)
            elif length and not refused:
                self._read_body(environ, length)
            answer: Iterable[bytes] = (refusals if refused else application)(environ, start_response)
            self.make_room()  # those that came before waited in the line then, where nobody is hung up on
            self.waits_for(client, SHUT_RDWR)
            return answer

        self.wsgi: Any = with_body

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Any) -> None:
        """Refuse what cannot be read without the words of it that gunicorn would quote."""
        for name in QUOTED & vars(exc).keys():
            if isinstance(vars(exc)[name], str | bytes):  # a limit is a number, which may be told
                setattr(exc, name, "")
        super().handle_error(req, Unreadable(client, self._headers), addr, exc)

    def _waited(self, client: Any) -> float:
        """Seconds; not those before the connection's last answer, in which a request waited for that one alone."""
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
        """Answer; the next request of this client, which may have come already, has to wait for its turn."""
        self._kept.discard(client)
        if ending.has_begun():
            head.force_close()  # the next request goes to a server that stays
        written = Written(client)
        try:
            super().handle_request(listener, head, written, address)
        finally:
            written.sendall(b"")
        if not self.alive:
            raise StopIteration  # told to end meanwhile
        self._answered[client] = time.monotonic()

    def timeout_ctx(self) -> _Reading:
        """What gunicorn reads a head in: the first has to come soon, a proxy may keep its connection for later ones."""
        client = self._clients[gevent.getcurrent()]
        if client not in self._new:
            self._kept.add(client)
        self._new.discard(client)
        return _Reading(self.cfg.keepalive if client in self._kept else HEAD, client, self)

    def _read_body(self, environ: dict[str, Any], length: int) -> None:
        with _Reading(BODY, self._clients[gevent.getcurrent()], self):
            body = environ["wsgi.input"].read(length)
            if len(body) == length:  # a form that was cut short would be read as one with fewer fields
                environ["wsgi.input"] = BytesIO(body)
                return
        raise StopIteration  # too slow, or gone before the end: gunicorn hangs up

    def _pass_over(self, environ: dict[str, Any]) -> None:
        """Read what no page takes: gunicorn would after the answer, to any end, and copy all there is for each kB.

        And a bad chunk that is found there is answered once more, which a proxy could take for its next answer.
        """
        left = IN_CHUNKS if "HTTP_TRANSFER_ENCODING" in environ else PASSED_OVER
        with _Reading(BODY, self._clients[gevent.getcurrent()], self):
            while left >= 0:
                if not (data := environ["wsgi.input"].read(min(MAX_BODY, left + 1))):
                    return
                left -= len(data)
        raise StopIteration  # too slow, or too much: gunicorn hangs up

    def waits_for(self, client: Any, how: int) -> None:
        """Note that only this client can go on from here; `how` its socket is shut down if it takes too long."""
        self.waits.pop(client, None)
        self.waits[client] = how
        self._left.discard(client)  # what it had sent before goes on being answered

    def make_room(self) -> None:
        """End the longest wait where too few connections are free; what was sent whole is answered all the same."""
        while self.waits and len(self._clients) - len(self._left) + FREE_CONNECTIONS > self.worker_connections:
            client = next(iter(self.waits))
            how = self.waits.pop(client)
            self._left.add(client)
            self._hang_up(client, how)

    @staticmethod
    def _hang_up(client: Any, how: int) -> None:
        with suppress(OSError):  # gone meanwhile
            client._sock.shutdown(how)  # noqa: SLF001 - gevent's own would end the greenlet with an error
