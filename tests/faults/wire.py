"""What can become of an answer on its way, and what Portico makes of it wherever it was asked for."""

import gzip
import json
import socket
import struct
import time
from collections.abc import Callable
from contextlib import suppress

from tests.faults.proxy import Fault
from tests.support.loopback import OK, hang_up

Data = Callable[[bytes], bytes]
STATUSES = (202, 301, 302, 307, 400, 401, 403, 404, 409, 410, 418, 422, 429, 500, 502, 503, 504)
DATE = b"Date: Sat, 21 Nov 2026 12:00:00 GMT\r\n"
MUCH = 50_000_000  # bytes


def reset(connection: socket.socket) -> None:
    """Close it as a process does that was killed: what is under way is lost."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def silent(*_: object) -> None:
    """Say nothing, for ever."""


def sends(data: Data, then: Callable[[socket.socket], object] = silent) -> Callable[[socket.socket, bytes], None]:
    """Send what is made of the real answer, then do that."""

    def act(connection: socket.socket, answer: bytes) -> None:
        connection.sendall(data(answer))
        then(connection)

    return act


def drops(data: Data, drop: bytes = b"x") -> Fault:
    """Send this at once, then a drop every now and then, for ever."""

    def act(connection: socket.socket, answer: bytes) -> None:
        with suppress(OSError):
            connection.sendall(data(answer))
            while True:
                connection.sendall(drop)
                time.sleep(0.02)

    return Fault(act, is_slow=True)


def reply(body: bytes, *headers: bytes, status: int = 200) -> bytes:
    """A whole answer."""
    length = b"Content-Length: %d\r\n" % len(body)
    kind = b"" if any(name.startswith(b"Content-Type") for name in headers) else b"Content-Type: application/json\r\n"
    return (
        b"HTTP/1.1 %d X\r\n" % status + DATE + kind + length + b"".join(f + b"\r\n" for f in headers) + b"\r\n" + body
    )


def body(data: bytes, *headers: bytes, status: int = 200) -> Fault:
    """This in place of the real answer."""
    return Fault(sends(lambda _: reply(data, *headers, status=status)))


def endless(head: bytes, piece: bytes) -> Fault:
    """As much as anybody takes."""

    def act(connection: socket.socket, _: bytes) -> None:
        with suppress(OSError):
            connection.sendall(head)
            for _piece in range(MUCH // len(piece)):
                connection.sendall(piece)

    return Fault(act)


HEAD = b"HTTP/1.1 200 OK\r\n"
# No whole answer: whoever asked is told to wait.
NO_ANSWER = {
    "hangs before the request is taken": Fault(silent, taken=False, is_slow=True),
    "hangs after it": Fault(silent, is_slow=True),
    "reset before it": Fault(lambda connection, _: reset(connection), taken=False),
    "reset after it": Fault(lambda connection, _: reset(connection)),
    "closed after it": Fault(lambda connection, _: hang_up(connection)),
    "reset in the head": Fault(sends(lambda answer: answer[:9], reset)),
    "cut in the head": Fault(sends(lambda answer: answer[:9], hang_up)),
    "reset in the body": Fault(sends(lambda _: reply(b'{"a": "b"}')[:-3], reset)),
    "cut in the body": Fault(sends(lambda _: reply(b'{"a": "b"}')[:-3], hang_up)),
    "a status line by drops": drops(lambda _: HEAD[:-3]),
    "headers by drops": drops(lambda _: HEAD, b"X: y\r\n"),
    "interim answers without end": drops(lambda _: b"", b"HTTP/1.1 103 Wait\r\n\r\n"),
    "endless headers": endless(HEAD, b"X: y\r\n" * 1000),
    "a header without end": endless(HEAD + b"X: ", b"y" * 65536),
    "no HTTP": Fault(sends(lambda _: b"SSH-2.0-OpenSSH_9.2\r\n\r\n", hang_up)),
    "no gzip": body(b"{}", b"Content-Encoding: gzip"),
    "a chunk of a negative size": Fault(
        sends(lambda _: HEAD + b"Transfer-Encoding: chunked\r\n\r\n-5\r\n{}\r\n0\r\n\r\n")
    ),
}
# More than is read, or longer than anybody waits: an answer that cannot be used.
TOO_MUCH = {
    "a body by drops": drops(lambda _: HEAD + DATE + b"Content-Length: 1000000\r\n\r\n"),
    "50 MB": endless(HEAD + DATE + b"Content-Length: %d\r\n\r\n" % MUCH, b"x" * 65536),
    "a bomb": body(gzip.compress(b"\0" * MUCH, 1), b"Content-Encoding: gzip"),
}
# A body that is not what was asked for.
NO_JSON = {
    "empty": body(b""),
    "cut JSON": body(b'{"challenge": "c", "client": {"client_id"'),
    "HTML": body(b"<html>down for maintenance</html>", b"Content-Type: text/html"),
    "null": body(b"null"),
    "a word": body(b'"ok"'),
    "a number": body(b"1e999"),
    "no UTF-8": body(b"\xff\xfe\x00{"),
    "no number": body(b'{"active": NaN}'),
    "a mark before it": body('\ufeff{"active": true}'.encode()),
    "UTF-16": body('{"active": true}'.encode("utf-16-le")),
    "two": body(b'{"active": true} {"active": true}'),
    "deep": body(b"[" * 100_000),
    "deep objects": body(b'{"a":' * 100_000),
}
LIST, OBJECT = body(b"[]"), body(b'{"a": "b"}')
# Odd, and still the answer.
GOOD = {
    "passed on": Fault(sends(lambda answer: answer)),
    "after interim answers": Fault(sends(lambda answer: b"HTTP/1.1 103 Hints\r\nLink: </a>\r\n\r\n" * 3 + answer)),
    "with the answer to somebody else behind it": Fault(sends(lambda answer: answer + OK)),
    "on a connection that ends": Fault(
        sends(lambda answer: answer.replace(b"\r\n", b"\r\nConnection: close\r\n", 1), hang_up)
    ),
    "of another type": Fault(sends(lambda answer: answer.replace(b"application/json", b"text/plain"))),
}


def with_status(status: int) -> Fault:
    """An error as Kratos and Hydra have them, which leads to somebody else's site."""
    data = json.dumps({"error": {"message": "inside"}}).encode()
    return body(data, b"Location: https://evil.example/", status=status)
