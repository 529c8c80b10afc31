"""One answer of Kratos or Hydra, framed by httptools (the parser of Node.js), of which all comes in time or none."""

from __future__ import annotations

import socket
import time
from http.client import SWITCHING_PROTOCOLS, RemoteDisconnected

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

PIECE = 64 * 1024  # bytes read at once
MAX_HEAD = 256 * 1024  # bytes before the body, with all interim answers, between two of its chunks, or after it


class Answer:
    """An answer without the interim ones before it (RFC 9110 section 15.2).

    Names of headers are written Like-This; of one name the first counts, but all cookies. `until`: of time.monotonic.
    """

    status = 0  # none yet
    has_heard = False  # whether anything came, if not all of it
    is_last = True  # whether the connection can have no other request
    _is_complete = False

    def __init__(self, sock: socket.socket, until: float) -> None:
        self.headers: dict[str, str] = {}
        self._sock, self._until = sock, until
        self._parser = HttpResponseParser(self)
        self._pieces: list[bytes] = []
        self._size = 0  # bytes since the last one of the body

    def begin(self) -> None:
        """Read status and headers; an OSError when the connection ends before, or the time."""
        while not self.status:
            self._hear()

    def read(self, _: int = 0) -> bytes:
        """The next bytes of the body, none at its end; errors as of begin()."""
        while not (self._pieces or self._is_complete):
            self._hear()
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)

    def isclosed(self) -> bool:
        """Whether it is read to its end, for urllib3, which unpacks what nobody asked to be packed."""
        return self._is_complete

    def close(self) -> None:
        """Nothing: what is to be closed is the connection."""

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
        """Read on; HttpParserError when it is no answer. What comes after its end is nobody's."""
        try:
            self._parser.feed_data(piece)
        except (HttpParserError, HttpParserUpgrade):
            if not self._is_complete:
                raise
            self.is_last = True

    # What the parser comes upon, by its names.

    def on_message_begin(self) -> None:
        """Stop at a second answer."""
        if self._is_complete:
            raise ValueError("nobody asked for it")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep it, but not what comes after the body."""
        if not self.status:
            key, text = name.title().decode("latin-1"), value.decode("latin-1")
            if key == "Set-Cookie" and key in self.headers:
                self.headers[key] += f", {text}"
            self.headers.setdefault(key, text)

    def on_headers_complete(self) -> None:
        """Forget those of an interim answer."""
        status = self._parser.get_status_code()
        if 100 <= status < 200 and status != SWITCHING_PROTOCOLS:  # nothing of HTTP follows that
            self.headers.clear()
        else:
            self.status = status

    def on_body(self, piece: bytes) -> None:
        """Keep it for read()."""
        self._pieces.append(piece)
        self._size = 0

    def on_message_complete(self) -> None:
        """This is its end, unless it was an interim answer, and that of the connection if either side says so."""
        if self.status:
            self._is_complete = True
            self.is_last = not self._parser.should_keep_alive()
