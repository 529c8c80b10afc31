"""Reads one answer of Kratos or Hydra with httptools (Node.js' parser), completely and within a deadline."""

from __future__ import annotations

import socket
import time
from functools import lru_cache
from http.client import SWITCHING_PROTOCOLS, RemoteDisconnected

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

PIECE = 64 * 1024  # bytes read at a time
MAX_HEAD = 256 * 1024  # bytes that are not the body: before it, with interim answers, between two chunks, or after it


@lru_cache(maxsize=64)
def _written(name: bytes) -> str:
    return name.title().decode("latin-1")


class Answer:
    """An answer without the interim ones before it (RFC 9110 section 15.2).

    Header names are written Like-This; of a repeated header the first counts, but all cookies are kept. `until` is a
    time of time.monotonic.
    """

    status = 0  # none yet
    has_heard = False  # whether any byte has come
    is_last = True  # whether the connection cannot take another request
    _is_complete = False

    def __init__(self, sock: socket.socket, until: float) -> None:
        self.headers: dict[str, str] = {}
        self._sock, self._until = sock, until
        self._parser = HttpResponseParser(self)
        self._pieces: list[bytes] = []
        self._size = 0  # bytes since the last byte of the body

    def begin(self) -> None:
        """Read status and headers; raise OSError if the connection or the time ends first."""
        while not self.status:
            self._hear()

    def read(self, _: int = 0) -> bytes:
        """Return the next bytes of the body, none at its end; raises the same errors as begin()."""
        while not (self._pieces or self._is_complete):
            self._hear()
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)

    def isclosed(self) -> bool:
        """Whether it is read to its end; urllib3's name, which decompresses what nobody asked to be compressed."""
        return self._is_complete

    def close(self) -> None:
        """Do nothing: only the connection needs closing."""

    def _hear(self) -> None:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer took too long")
        self._sock.settimeout(left)
        piece = self._sock.recv(PIECE)
        if piece:
            self.has_heard = True
            self._size += len(piece)
            self._parse(piece)
        elif self.status and not {"Content-Length", "Transfer-Encoding"} & self.headers.keys():
            self._is_complete = True  # RFC 9112 section 6.3: such a body ends with its connection
        else:
            raise (ConnectionResetError if self.has_heard else RemoteDisconnected)("the answer was cut short")
        if self._size > MAX_HEAD:
            raise ConnectionAbortedError("what is around its body has no end")

    def _parse(self, piece: bytes) -> None:
        """Parse more bytes; raise HttpParserError if they are no answer. Bytes after its end are ignored."""
        try:
            self._parser.feed_data(piece)
        except (HttpParserError, HttpParserUpgrade):
            if not self._is_complete:
                raise
            self.is_last = True

    # httptools calls these methods.

    def on_message_begin(self) -> None:
        """Refuse a second answer."""
        if self._is_complete:
            raise ValueError("nobody asked for it")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Store a header, unless it comes after the body."""
        if not self.status:
            key, text = _written(name), value.decode("latin-1")
            if key not in self.headers:
                self.headers[key] = text
            elif key == "Set-Cookie":
                self.headers[key] += f", {text}"

    def on_headers_complete(self) -> None:
        """Store the status; drop the headers of an interim answer."""
        status = self._parser.get_status_code()
        if 100 <= status < 200 and status != SWITCHING_PROTOCOLS:  # no HTTP follows 101
            self.headers.clear()
        else:
            self.status = status

    def on_body(self, piece: bytes) -> None:
        """Store bytes for read()."""
        self._pieces.append(piece)
        self._size = 0

    def on_message_complete(self) -> None:
        """End the answer, unless it was an interim one; the connection ends, too, if either side wants it."""
        if self.status:
            self._is_complete = True
            self.is_last = not self._parser.should_keep_alive()
