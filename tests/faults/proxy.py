"""A proxy between Portico and one upstream, which does to an answer what a test says."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import requests

from tests.support.loopback import Raw, hang_up

HOP_BY_HOP = ("connection", "content-encoding", "content-length", "keep-alive", "transfer-encoding")


@dataclass(frozen=True)
class Fault:
    """What happens to one request: `act` gets Portico's connection and the upstream's real answer.

    `taken`: whether the upstream gets the request at all; else the answer is empty. `is_slow`: it ends by Portico's
    own time alone.
    """

    act: Callable[[socket.socket, bytes], object]
    taken: bool = True
    is_slow: bool = False


class Proxy(Raw):
    """Passes requests on to `upstream`, but for those that `fault_of` has a fault for."""

    def __init__(self, upstream: str) -> None:
        self.upstream = upstream
        self.fault_of: Callable[[str, str], Fault | None] = lambda method, path: None
        self.passed_on: list[str] = []
        self.decided = 0  # of so many requests it is done what the upstream has to do with them
        super().__init__(hang_up)

    def take(self, connection: socket.socket, request: bytes) -> None:
        """Pass one request on, or do to it what is said."""
        self.requests.append(request)
        method, path, _ = request.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
        fault = self.fault_of(method, path)
        answer = self._passed_on(method, path, request) if fault is None or fault.taken else b""
        self.decided += 1
        if fault:
            fault.act(connection, answer)
        else:
            connection.sendall(answer) if answer else hang_up(connection)

    def _passed_on(self, method: str, path: str, request: bytes) -> bytes:
        """The upstream's answer; nothing where there is none."""
        self.passed_on.append(f"{method} {path}")
        head, _, body = request.partition(b"\r\n\r\n")
        lines = [line.decode("latin-1").partition(": ") for line in head.split(b"\r\n")[1:]]
        headers = {name: value for name, _, value in lines if name.lower() not in ("host", *HOP_BY_HOP)}
        with suppress(requests.RequestException), requests.Session() as http:
            http.trust_env = False
            url = self.upstream + path
            return _bytes(http.request(method, url, headers=headers, data=body, allow_redirects=False, timeout=60))
        return b""

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """Nobody listens at its address inside this block, and what was open is closed."""
        port = int(self.url.rpartition(":")[2])
        self.close()
        self._listening = socket.socket()
        self._listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listening.bind(("127.0.0.1", port))
        try:
            yield
        finally:
            self._listening.listen(128)
            threading.Thread(target=self._run, daemon=True).start()


def _bytes(answer: requests.Response) -> bytes:
    """An answer as it is sent, its body in one piece."""
    headers = [(name, value) for name, value in answer.raw.headers.items() if name.lower() not in HOP_BY_HOP]
    head = [f"HTTP/1.1 {answer.status_code} {answer.reason or 'X'}", *(f"{name}: {value}" for name, value in headers)]
    if answer.status_code != 204:
        head.append(f"Content-Length: {len(answer.content)}")
    return "\r\n".join([*head, "", ""]).encode("latin-1") + answer.content
