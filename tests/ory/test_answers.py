"""Heads of answers: whatever a server sends, they say what http.client reads in them."""

import http.client
import socket
import time
from typing import Any

import pytest

from app.ory.answers import Answer

UNTIL = time.monotonic() + 1e6  # no end
NAMES = ("content-length", "Transfer-Encoding", "CONNECTION", "Content-Type", "content-encoding", "X", "Vary", "Link")
HEADS = [
    b"",
    b"Content-Length: 2\r\n",
    b"Content-Length: 2\r\nContent-Length: 5\r\n",
    b"Content-Length: 2\r\ncontent-length: 2\r\n",
    b"Content-Length:2\r\n",
    b"Content-Length:  2\r\n",
    b"Content-Length: 2 \r\n",
    b"Content-Length: +2\r\n",
    b"Content-Length: -2\r\n",
    b"Content-Length : 2\r\n",
    b" Content-Length: 2\r\n",
    b"Content-Length: 2\n",
    b"X: a\r\n Content-Length: 2\r\n",
    b"X: a\rContent-Length: 2\r\n",
    b"X: a\n\tContent-Length: 2\r\n",
    b"X: a\x0bContent-Length: 2\r\n",
    b"X: a\xc2\x85Content-Length: 2\r\n",
    b"X: a\x85Content-Length: 2\r\n",
    b"X: a\x00\r\nContent-Length: 2\r\n",
    b"X:\r\nContent-Length: 2\r\n",
    b"X: \r\nContent-Length: 2\r\n",
    b"no header\r\nContent-Length: 2\r\n",
    b": a\r\nContent-Length: 2\r\n",
    b"From me: a\r\nContent-Length: 2\r\n",
    b'X: a: b\r\nLink: </a>; rel="next", </b>\r\nContent-Length: 2\r\n',
    b"Transfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: gzip, chunked\r\n",
    b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\nContent-Length: 2\r\n",
    b"Vary: Origin\r\nVary: Cookie\r\nConnection: close\r\nContent-Type: application/json; charset=utf-8\r\n",
    b"X: a\r\nX: b\r\nVary: Origin\r\nvary: Cookie\r\nContent-Length: 2\r\n",
    b"Content-Encoding: gzip\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n",
]


def begun(head: bytes, version: bytes, make: Any) -> Any:
    """An answer of this head, read as far as a client reads before the body."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b"HTTP/%b 200 OK\r\n%b\r\n" % (version, head))
        with make(ours) as answer:
            answer.begin()
            return answer


def read(answer: Any) -> tuple[Any, ...]:
    """What it says: where it ends, what follows, and its headers."""
    values = [answer.headers.get(name) for name in NAMES]
    named = [(name in answer.headers, answer.headers[name]) for name in NAMES if values[NAMES.index(name)] is not None]
    return answer.chunked, answer.length, answer.will_close, values, named


@pytest.mark.parametrize("version", [b"1.0", b"1.1"])
@pytest.mark.parametrize("head", HEADS)
def test_a_head_is_read_as_http_client_reads_it(head, version):
    ours = begun(head, version, lambda sock: Answer(sock, UNTIL))

    assert read(ours) == read(begun(head, version, http.client.HTTPResponse))


def test_the_parser_of_mail_is_not_asked_about_a_usual_head(monkeypatch):
    monkeypatch.setattr(http.client, "parse_headers", None)
    head = b"Date: Sun, 29 Nov 2026 12:39:42 GMT\r\nVary: Origin\r\nVary: Cookie\r\nTransfer-Encoding: chunked\r\n"

    assert begun(head, b"1.1", lambda sock: Answer(sock, UNTIL)).chunked


def test_a_head_that_never_ends_is_no_answer():
    with pytest.raises(http.client.HTTPException):
        begun(b"X: y\r\n" * 200, b"1.1", lambda sock: Answer(sock, UNTIL))
