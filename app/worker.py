"""The server process: gunicorn's, with an end for slow clients, so that no number of them stops the pages.

Between gunicorn's parser and the application only what we need is done, at a third of the CPU, and head and body go out
together: no HTTP/2, TLS, early hints and chunks (all our answers have a length).
"""

from __future__ import annotations

import re
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from io import BytesIO
from socket import SHUT_RD, SHUT_RDWR
from typing import Any
from urllib.parse import unquote_to_bytes

import gevent
import gevent.resolver.thread
import gevent.threadpool  # both now, not in the first request of each worker
from gunicorn import util
from gunicorn.http.errors import NoMoreData
from gunicorn.http.message import Request
from gunicorn.http.parser import RequestParser
from gunicorn.workers.ggevent import GeventWorker

from app.http.security import MAX_BODY

HEAD, BODY, ANSWER = 10, 10, 30  # seconds in which a request's head, its body and our answer have to get through
MAX_HEAD = 64 * 1024  # bytes of all headers; of one: limit_request_field_size
ROOM = 32  # connections that are kept free for the next visitors
_ENVIRON = {
    "SCRIPT_NAME": "",
    "wsgi.version": (1, 0),
    "wsgi.multithread": True,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
    "wsgi.input_terminated": True,
}
_LINES = re.compile(r"[\t -~\x80-\xff]*")  # what may be in an answer's head (RFC 9110 section 5.5)
_date = lru_cache(maxsize=1)(util.http_date)


class _Request(Request):  # type: ignore[misc]
    """A request whose headers have a limit together; gunicorn's own is so many times that of each."""

    max_buffer_headers = property(lambda _: MAX_HEAD, lambda _, __: None)

    def _peer_trusted_for_forwarded(self) -> tuple[dict[str, str], list[str]]:
        """Nobody is (`forwarded_allow_ips`), whatever the address, which would be parsed for each request."""
        return {}, []


class Worker(GeventWorker):  # type: ignore[misc]
    """gunicorn's gevent worker; where connections get few, it hangs up on whom it has been waiting for the longest.

    Someone who opens connections and sends nothing, or a byte now and then, or does not take the answers, could
    otherwise hold them all. Whoever sends a whole request at once and waits for its answer is not touched.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._clients: set[Any] = set()  # sockets
        self._left: set[Any] = set()  # those that were hung up on and are not gone yet
        self._waits: dict[Any, int] = {}  # how to hang up on those that send or take an answer, the longest first
        RequestParser.mesg_class = _Request

    def init_signals(self) -> None:
        """Leave Ctrl-C, which reaches every process of a terminal, to the first one: it ends us by a signal of its own.

        Told twice to end, gevent prints a traceback.
        """
        super().init_signals()
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    def handle(self, listener: Any, client: Any, addr: Any) -> None:
        """Talk with one client until one of both has had enough.

        The first request has to come soon, a proxy may keep its connection for later ones. After each answer the others
        have their turn: one whose next request is there already would keep it.
        """
        self._clients.add(client)
        self._make_room()
        addresses = {"SERVER_NAME": listener.getsockname()[0], "SERVER_PORT": str(listener.getsockname()[1])}
        addresses |= {"REMOTE_ADDR": addr[0]}
        seconds = HEAD
        try:
            parser = RequestParser(self.cfg, client, addr)
            while self._answer(self._read(client, seconds, parser.__next__), client, addresses):
                seconds = self.cfg.keepalive
                gevent.sleep(0)
        except (StopIteration, NoMoreData, OSError):
            pass  # they have gone, or were too slow
        except Exception as error:  # noqa: BLE001 - gunicorn's answers to what cannot be read, and 500
            self.handle_error(None, client, addr, error)
        finally:
            util.close(client)
            self._clients.discard(client)
            self._left.discard(client)
            self._waits.pop(client, None)

    def _read(self, client: Any, seconds: float, read: Callable[[], Any]) -> Any:
        """What a client sends: it has an end, and meanwhile can be hung up on."""
        self._waits_for(client, SHUT_RD)
        self._make_room()
        client.settimeout(None)
        try:
            with gevent.Timeout(seconds, TimeoutError):
                return read()
        finally:
            client.settimeout(ANSWER)
            self._waits.pop(client, None)

    def _answer(self, request: Request, client: Any, addresses: dict[str, str]) -> bool:
        """Answer one request; whether the client may send another over this connection."""
        if request._expected_100_continue:  # noqa: SLF001 - as gunicorn does
            client.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        environ = _environ(request) | addresses
        length = int(environ.get("CONTENT_LENGTH", 0))
        if 0 < length <= MAX_BODY:  # what the application would read; more than it takes is left where it is
            environ["wsgi.input"] = BytesIO(self._read(client, BODY, lambda: request.body.read(length)))
        begun: list[Any] = []
        pieces: Any = self.wsgi(environ, lambda *begin: begun.extend(begin))
        self._waits_for(client, SHUT_RDWR)
        status, headers = begun[:2]
        has_end = request.method == "HEAD" or status[:3] in ("204", "304") or "Content-Length" in dict(headers)
        is_kept = self.alive and has_end and not request.should_close()
        head = _head(status, [*headers, ("Connection", "keep-alive" if is_kept else "close")])
        try:
            for piece in pieces:
                client.sendall(head + piece)
                head = b""
            if head:
                client.sendall(head)
        finally:
            getattr(pieces, "close", list)()
        return is_kept

    def _waits_for(self, client: Any, how: int) -> None:
        """Note that only this client can go on from here; `how` its socket is shut down if it takes too long."""
        self._waits.pop(client, None)
        self._waits[client] = how
        self._left.discard(client)  # what it had sent before goes on being answered

    def _make_room(self) -> None:
        """End the longest wait where too few connections are free; what was sent whole is answered all the same."""
        while self._waits and len(self._clients) - len(self._left) + ROOM > self.worker_connections:
            client = next(iter(self._waits))
            how = self._waits.pop(client)
            self._left.add(client)
            with suppress(OSError):  # gone meanwhile
                client._sock.shutdown(how)  # noqa: SLF001 - gevent's own would end the greenlet with an error


def _environ(request: Request) -> dict[str, Any]:
    """PEP 3333's, without the addresses; of a header that came more than once, all its values."""
    environ: dict[str, Any] = _ENVIRON | {
        "REQUEST_METHOD": request.method,
        "PATH_INFO": unquote_to_bytes(request.path).decode("latin-1"),
        "QUERY_STRING": request.query,
        "SERVER_PROTOCOL": "HTTP/{}.{}".format(*request.version),
        "wsgi.url_scheme": request.scheme,
        "wsgi.input": request.body,
        "wsgi.errors": sys.stderr,
    }
    for header, value in request.headers:
        name = header.replace("-", "_")
        if name not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            name = f"HTTP_{name}"
        environ[name] = f"{environ[name]},{value}" if name in environ else value
    return environ


def _head(status: str, headers: list[tuple[str, str]]) -> bytes:
    lines = [f"HTTP/1.1 {status}", "Server: gunicorn", f"Date: {_date(int(time.time()))}"]
    lines += [f"{name}: {value}" for name, value in headers]
    if not _LINES.fullmatch("".join(lines)):
        raise ValueError("a control character in a header")
    return "\r\n".join([*lines, "\r\n"]).encode("latin-1")
