"""HTTP/1.1 between Portico and its upstreams: what is sent, and what an answer may look like."""

from http.client import HTTPException
from io import BytesIO

import pytest

from app.errors import ReplyTooLarge
from app.ory.http1 import MAX_REPLY, Request, read

BODY = b'{"a": "b"}'
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
WHOLE = {
    "with a length": b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n" + BODY,
    "line ends of Unix": b"HTTP/1.1 200 OK\nContent-Length: 10\n\n" + BODY,
    "no reason": b"HTTP/1.1 200\r\nContent-Length:10\r\n\r\n" + BODY,
    "any case": b"HTTP/1.1 200 OK\r\ncontent-LENGTH: 10\r\n\r\n" + BODY,
    "chunks": CHUNKED + b'5\r\n{"a":\r\n5\r\n "b"}\r\n0\r\n\r\n',
    "chunks with extensions and a trailer": CHUNKED + b"a;x=y\r\n" + BODY + b"\r\n000\r\nX: y\r\n\r\n",
    "a size in capitals": CHUNKED + b"A\r\n" + BODY + b"\r\n0\r\n\r\n",
    "after interim answers": b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
    b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n" + BODY,
}
LAST = {
    "until the end": b"HTTP/1.1 200 OK\r\n\r\n" + BODY,
    "told to be the last": b"HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 10\r\n\r\n" + BODY,
    "of an old server": b"HTTP/1.0 200 OK\r\nContent-Length: 10\r\n\r\n" + BODY,
    "a length that is none": b"HTTP/1.1 200 OK\r\nContent-Length: -10\r\n\r\n" + BODY,
}
NONE = {
    "nothing": b"",
    "no status line": b"hello\r\n\r\n",
    "another protocol": b"HTTP/2 200\r\n\r\n",
    "no status": b"HTTP/1.1 OK\r\n\r\n",
    "cut in the headers": b"HTTP/1.1 200 OK\r\nContent-Le",
    "cut in the body": b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n" + BODY,
    "cut in a chunk": CHUNKED + b"b\r\n" + BODY,
    "cut before the last chunk": CHUNKED + b"a\r\n" + BODY + b"\r\n",
    "a size that is none": CHUNKED + b"-1\r\n" + BODY + b"\r\n0\r\n\r\n",
    "a size with more in it": CHUNKED + b"0x_a\r\n" + BODY + b"\r\n0\r\n\r\n",
    "a line without an end": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\n\r\n",
    "headers without an end": b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000,
}
TOO_LARGE = {
    "by its length": b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (MAX_REPLY + 1),
    "until the end": b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (MAX_REPLY + 1),
    "by a chunk": CHUNKED + b"%x\r\n" % (MAX_REPLY + 1),
    "by all chunks": CHUNKED + b"800000\r\n" + b"x" * 0x800000 + b"\r\n800001\r\n",
}


@pytest.mark.parametrize("answer", WHOLE.values(), ids=WHOLE)
def test_an_answer_after_which_another_may_come(answer):
    file = BytesIO(answer + b"HTTP/1.1 204 ...")
    reply, goes_on = read("Kratos", file)

    assert (reply.status, reply.body, goes_on) == (200, BODY, True)
    assert file.read() == b"HTTP/1.1 204 ..."


@pytest.mark.parametrize("answer", LAST.values(), ids=LAST)
def test_an_answer_that_is_the_last(answer):
    reply, goes_on = read("Kratos", BytesIO(answer))

    assert (reply.status, reply.body, goes_on) == (200, BODY, False)


@pytest.mark.parametrize("status", [204, 304])
def test_some_have_no_body_whatever_their_headers_say(status):
    reply, goes_on = read("Kratos", BytesIO(b"HTTP/1.1 %d X\r\nContent-Length: 10\r\n\r\n" % status))

    assert (reply.status, reply.body, goes_on) == (status, b"", True)


@pytest.mark.parametrize("answer", NONE.values(), ids=NONE)
def test_what_is_cut_short_or_none_is_an_error(answer):
    with pytest.raises(HTTPException):
        read("Kratos", BytesIO(answer))


@pytest.mark.parametrize("answer", TOO_LARGE.values(), ids=TOO_LARGE)
def test_what_is_too_large_is_told(answer):
    with pytest.raises(ReplyTooLarge):
        read("Kratos", BytesIO(answer))


def test_headers_are_named_as_go_names_them_and_repeated_ones_joined():
    head = b"HTTP/1.1 200 OK\r\nset-cookie: a=b\r\nSET-Cookie:c=d \r\nX-Name: \xe9\r\nContent-Length: 0\r\n\r\n"
    headers = read("Kratos", BytesIO(head))[0].headers

    assert headers == {"Set-Cookie": "a=b, c=d", "X-Name": "é", "Content-Length": "0"}


def test_a_request_in_bytes():
    headers = {"Cookie": "a=\xe9"}

    assert Request("GET", "http://kratos:4433/a?b=c", headers).as_bytes() == (
        b"GET /a?b=c HTTP/1.1\r\nHost: kratos:4433\r\nAccept-Encoding: identity\r\nCookie: a=\xe9\r\n\r\n"
    )
    assert Request("PUT", "https://hydra/a", {}, b"{}").as_bytes() == (
        b"PUT /a HTTP/1.1\r\nHost: hydra\r\nAccept-Encoding: identity\r\nContent-Length: 2\r\n\r\n{}"
    )


@pytest.mark.parametrize("broken", ["a\r\nX: y", "a\nX: y", "a\r"])
def test_nothing_that_is_sent_begins_a_header_of_its_own(broken):
    with pytest.raises(ValueError, match="line break"):
        Request("GET", "http://kratos/", {"Cookie": broken}).as_bytes()
    with pytest.raises(ValueError, match="line break"):
        Request("GET", f"http://kratos/{broken}", {}).as_bytes()
