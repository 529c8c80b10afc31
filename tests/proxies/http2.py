"""HTTP/2 (RFC 9113) as no honest client speaks it: names and values go into its frames as they are."""

import ssl
from collections.abc import Sequence

from tests.journeys.site import Site
from tests.proxies.raw import connect

Header = tuple[bytes, bytes]
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RESET, SETTINGS, GOAWAY = 0, 1, 3, 4, 7
END_STREAM, END_HEADERS, ACK = 1, 4, 1
STREAM = 1


def request(method: bytes = b"POST", path: bytes = b"/language", *more: Header, **pseudo: bytes) -> list[Header]:
    """The headers of a request; `scheme` and `authority` may be others than the site's."""
    place = {"scheme": b"https", "authority": b"localhost", **pseudo}
    return [(b":method", method), (b":path", path), *((f":{name}".encode(), place[name]) for name in place), *more]


def _frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def _string(text: bytes) -> bytes:
    """A string of HPACK (RFC 7541 section 5.2), without Huffman's code."""
    if len(text) < 127:
        return bytes([len(text)]) + text
    rest, length = len(text) - 127, bytes([127])
    while rest >= 128:
        length += bytes([rest % 128 + 128])
        rest //= 128
    return length + bytes([rest]) + text


def talk(site: Site, headers: Sequence[Header], body: bytes | None) -> None:
    """Send one request, and wait until the proxy has had enough of it."""
    block = b"".join(b"\0" + _string(name) + _string(value) for name, value in headers)
    with connect(site, "h2") as connection:
        connection.sendall(PREFACE + _frame(SETTINGS, 0, 0))
        connection.sendall(_frame(HEADERS, END_HEADERS | (body is None and END_STREAM), STREAM, block))
        if body is not None:
            connection.sendall(_frame(DATA, END_STREAM, STREAM, body))
        try:
            while not _is_over(connection):
                pass
        except (TimeoutError, ConnectionError, ssl.SSLError):
            pass  # hung up on us


def _is_over(connection: ssl.SSLSocket) -> bool:
    """Read a frame; whether nothing more will come."""
    head = _read(connection, 9)
    kind, flags, stream = head[3], head[4], int.from_bytes(head[5:9], "big")
    _read(connection, int.from_bytes(head[:3], "big"))
    if kind == SETTINGS and not flags & ACK:
        connection.sendall(_frame(SETTINGS, ACK, 0))
    ended = stream == STREAM and (kind == RESET or (kind in (DATA, HEADERS) and flags & END_STREAM))
    return bool(ended or kind == GOAWAY)


def _read(connection: ssl.SSLSocket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        if not (chunk := connection.recv(size - len(data))):
            raise ConnectionResetError
        data += chunk
    return data
