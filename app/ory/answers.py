"""http.client's answer, with one end in time for all of it and without the interim ones before it."""

import http.client
import io
import re
import socket
import time
from types import FunctionType
from typing import Any

# A head as servers send it: names, visible characters, single spaces. Whatever is not so is http.client's to read.
_PLAIN = re.compile(r"(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+: [!-~]+(?: [!-~]+)*\r\n)*\r\n")
_LINES = re.compile(r"(.+?): (.+)\r\n")
_HTTP: Any = http.client


class _Headers(dict[str, str]):
    """By their names in lower case, asked for in any."""

    def __contains__(self, name: object) -> bool:
        return super().__contains__(str(name).lower())

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name.lower(), default)


def _headers(head: Any, *limits: Any) -> Any:
    """What http.client's `parse_headers` reads, whose parser is made for mail and takes a third of a call's CPU."""
    lines = _HTTP._read_headers(head, *limits)  # noqa: SLF001 - which knows how many and how long they may be
    whole = b"".join(lines).decode("latin-1")
    if _PLAIN.fullmatch(whole):
        pairs = [(name.lower(), value) for name, value in _LINES.findall(whole)]
        headers = _Headers(reversed(pairs))  # of a name that comes again, as Kratos' Vary does, the first counts
        if len(headers) == len(pairs) or "content-encoding" not in headers:  # each of which has to be undone
            return headers
    return http.client.parse_headers(io.BytesIO(whole.encode("latin-1")))


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
    """http.client's, which passes over every interim answer (RFC 9110 section 15.2) and not over 100 alone.

    Its `begin`, which decides where the answer ends, is http.client's own above another reader of headers.
    """

    begin: Any = FunctionType(_HTTP.HTTPResponse.begin.__code__, vars(http.client) | {"parse_headers": _headers})
    begin.__kwdefaults__ = _HTTP.HTTPResponse.begin.__kwdefaults__

    def __init__(self, sock: socket.socket, until: float, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        self.incoming = _Incoming(sock, until, self.fp.detach())
        self.fp = io.BufferedReader(self.incoming)

    def _read_status(self) -> tuple[str, int, str]:
        version, status, reason = super()._read_status()  # type: ignore[misc]
        is_interim = 100 <= status < 200 and status != http.client.SWITCHING_PROTOCOLS  # nothing of HTTP follows that
        return version, http.client.CONTINUE if is_interim else status, reason
