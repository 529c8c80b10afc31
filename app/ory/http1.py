"""HTTP/1.1 as Portico speaks it with Kratos and Hydra (RFC 9112): a request in bytes, an answer within bounds.

http.client reads headers with a parser for mail: two thirds of a call's CPU (docs/decisions/0004-transport.md).
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import BadStatusLine, IncompleteRead, RemoteDisconnected
from typing import Any, BinaryIO, NamedTuple, TypeVar

from app.errors import ReplyTooLarge, UpstreamBadReply

MAX_REPLY = 16 * 1024 * 1024  # bytes, after decompression; Kratos takes 5 MB and shows a trait twice in a settings flow
MAX_LINE, MAX_HEADERS = 65536, 100
CHUNK = 256 * 1024
_HEXADECIMAL = re.compile(b"[0-9A-Fa-f]{1,12}")

Headers = Mapping[str, str]
Kind = TypeVar("Kind")


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: status, headers and the whole body.

    Headers are named as Go names them (`Content-Type`), repeated ones joined by commas (RFC 9110 section 5.3).
    """

    status: int
    headers: Headers
    body: bytes

    def json(self, kind: type[Kind] = dict) -> Kind:  # type: ignore[assignment]
        """The JSON object of the body, or the array; ValueError when it holds none."""
        try:
            value: Any = json.loads(self.body)
        except RecursionError:
            raise ValueError("nested too deep") from None
        if b"\\ud" in self.body or b"\\uD" in self.body:  # half a character is JSON, but no page could be made of it
            value = json.loads(json.dumps(value, ensure_ascii=False).encode(errors="replace"))
        if not isinstance(value, kind):
            raise ValueError(f"no JSON {kind.__name__}")
        return value


class Request(NamedTuple):
    """What is sent."""

    method: str
    url: str
    headers: Headers
    body: bytes | None = None

    def as_bytes(self) -> bytes:
        """As it goes over the wire; ValueError for a line break, which would begin a header that nobody meant."""
        _, _, host, path = self.url.split("/", 3)
        lines = [f"{self.method} /{path} HTTP/1.1", f"Host: {host}", "Accept-Encoding: identity"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        if self.method != "GET":
            lines.append(f"Content-Length: {len(self.body or b'')}")
        head = "\r\n".join([*lines, "", ""])
        if head.count("\r") + head.count("\n") != 2 * len(lines) + 2:
            raise ValueError("line break in a header")
        return head.encode("latin-1") + (self.body or b"")


def read(service: str, file: BinaryIO) -> tuple[Reply, bool]:
    """The answer, and whether the connection can have another request.

    Raises UpstreamBadReply for one that is too large or that `service` takes too long to send, HTTPException for one
    that is cut short or is none.
    """
    version, status, headers = _head(file)
    while status < 200:  # not yet the answer itself
        version, status, headers = _head(file)
    length = "0" if status in (204, 304) else headers.get("Content-Length", "")
    has_end = length.isdecimal()
    try:
        if headers.get("Transfer-Encoding", "").lower() == "chunked":
            body, has_end = _chunks(service, file), True
        else:
            body = _exactly(service, file, int(length)) if has_end else file.read(MAX_REPLY + 1)
    except TimeoutError:
        raise UpstreamBadReply(service, "reply took too long") from None
    if headers.get("Content-Encoding") == "gzip":  # nobody asked for it
        body = _unzipped(service, body)
    _check(service, len(body))
    goes_on = has_end and version != b"HTTP/1.0" and headers.get("Connection", "").lower() != "close"
    return Reply(status, headers, body), goes_on


def _head(file: BinaryIO) -> tuple[bytes, int, dict[str, str]]:
    """Version, status and headers."""
    line = file.readline(MAX_LINE)
    if not line:
        raise RemoteDisconnected("closed without an answer")
    version, _, rest = line.partition(b" ")
    if not version.startswith(b"HTTP/1.") or not rest[:3].isdigit():
        raise BadStatusLine(repr(line[:80]))
    headers: dict[str, str] = {}
    for _ in range(MAX_HEADERS):
        line = _line(file)
        if line in (b"\r\n", b"\n"):
            return version, int(rest[:3]), headers
        raw_name, _, raw_value = line.partition(b":")
        name, value = raw_name.title().decode("latin-1"), raw_value.strip().decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    raise BadStatusLine("too many headers")


def _line(file: BinaryIO) -> bytes:
    line = file.readline(MAX_LINE)
    if not line.endswith(b"\n"):
        raise IncompleteRead(b"")
    return line


def _check(service: str, size: int) -> None:
    if size > MAX_REPLY:
        raise ReplyTooLarge(service, "reply too large")


def _exactly(service: str, file: BinaryIO, size: int) -> bytes:
    _check(service, size)
    data = file.read(size)
    if len(data) < size:
        raise IncompleteRead(b"")
    return data


def _chunks(service: str, file: BinaryIO) -> bytes:
    parts, total = [], 0
    while size := _chunk_size(file):
        total += size
        _check(service, total)
        parts.append(_exactly(service, file, size))
        _line(file)
    while _line(file) not in (b"\r\n", b"\n"):
        pass  # a trailer
    return b"".join(parts)


def _chunk_size(file: BinaryIO) -> int:
    size = _line(file).partition(b";")[0].strip()
    if not _HEXADECIMAL.fullmatch(size):
        raise IncompleteRead(b"")
    return int(size, 16)


def _unzipped(service: str, data: bytes) -> bytes:
    unzip, body = zlib.decompressobj(16 + zlib.MAX_WBITS), bytearray()
    while part := unzip.decompress(data, CHUNK):
        body += part
        _check(service, len(body))
        data = unzip.unconsumed_tail
    return bytes(body)
