"""Servers on this machine that misbehave as told."""

import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

OK = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{"a": "b"}'


class Raw:
    """Answers the n-th request (from 0) by calling `answer(connection, n)`; keeps what it was sent."""

    def __init__(self, answer: Callable[[socket.socket, int], object]) -> None:
        self.answer = answer
        self.requests: list[bytes] = []
        self.connections = 0
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._open = set[socket.socket]()
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                self._open.add(connection)
                self.connections += 1
                threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):  # also one that came while `close` was going through those before it
            while request := _read_request(connection):
                self.take(connection, request)
        self._open.discard(connection)

    @property
    def open_connections(self) -> int:
        """Those that neither side has closed, as far as was noticed here."""
        return len(self._open)

    def take(self, connection: socket.socket, request: bytes) -> None:
        """Answer one request."""
        self.requests.append(request)
        self.answer(connection, len(self.requests) - 1)

    def wait_for_requests(self, number: int) -> int:
        """Wait until this many requests have come, and return how many: a client may give up before its own is read."""
        until = time.monotonic() + 100
        while len(self.requests) < number and time.monotonic() < until:
            time.sleep(0.005)
        return len(self.requests)

    def wait_for_open(self, most: int) -> int:
        """Wait until no more connections than these are open, and return how many: to notice an end takes a moment."""
        until = time.monotonic() + 100
        while (number := sum(sock.fileno() != -1 for sock in self._open)) > most and time.monotonic() < until:
            time.sleep(0.005)
        return number

    def close(self) -> None:
        """End it, with every connection."""
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for connection in self._open.copy():
            hang_up(connection)
        self._open.clear()


def _read_request(connection: socket.socket) -> bytes:
    """One request whose body, if any, has a Content-Length."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return b""
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
    )
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def hang_up(connection: socket.socket) -> None:
    """Close the connection both ways, at once."""
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()


@contextmanager
def serving(routes: dict[tuple[str, str], Any], tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """A server that answers `(method, path)` with `(status, JSON body)`; yields its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, body = routes.get((self.command, self.path.split("?")[0]), (404, {}))
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.wfile.write(b"".join([*self._headers_buffer, b"\r\n", data]))
            self._headers_buffer = []

        do_GET = do_PUT = do_DELETE = _answer  # noqa: N815 - http.server's names

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield f"{'https' if tls else 'http'}://localhost:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
