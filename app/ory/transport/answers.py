"""http.client's answer, with one end in time for all of it and without the interim ones before it."""

import http.client
import io
import socket
import time
from typing import Any


class _Incoming(io.RawIOBase):
    """The bytes of one answer: headers by drops do not get round its end in time."""

    def __init__(self, sock: socket.socket, until: float, raw: Any) -> None:
        self._sock, self._until, self._raw = sock, until, raw
        self.any = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer took too long")
        self._sock.settimeout(left)
        size: int = self._raw.readinto(buffer)
        self.any = self.any or bool(size)
        return size

    def close(self) -> None:
        self._raw.close()
        super().close()


class Answer(http.client.HTTPResponse):
    """http.client's, which passes over every interim answer (RFC 9110 section 15.2) and not over 100 alone."""

    def __init__(self, sock: socket.socket, until: float, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        self.incoming = _Incoming(sock, until, self.fp.detach())
        self.fp = io.BufferedReader(self.incoming)

    def _read_status(self) -> tuple[str, int, str]:
        version, status, reason = super()._read_status()  # type: ignore[misc]
        is_interim = 100 <= status < 200 and status != http.client.SWITCHING_PROTOCOLS  # nothing of HTTP follows that
        return version, http.client.CONTINUE if is_interim else status, reason
