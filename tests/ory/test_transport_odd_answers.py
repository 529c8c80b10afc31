"""The transport against what no server should do: nobody else's page sees it, and none as a bug of ours (F19 F21)."""

import subprocess
import sys
import threading

import pytest

from app.errors import UpstreamUnavailable
from app.ory.transport.answers import MAX_HEAD, PIECE
from tests.stack.processes import PATIENCE
from tests.support.loopback import OK, hang_up

SEVERAL_ADDRESSES = """
from gevent import monkey
monkey.patch_all()
import socket
from app.errors import UpstreamUnavailable
from app.ory import transport
from app.ory.transport import connections

full = socket.create_server(("127.0.0.1", 0), backlog=0)  # takes one connection and lets the others wait
waiting = [socket.socket() for _ in range(3)]
for each in waiting:
    each.setblocking(False)
    each.connect_ex(full.getsockname())

def counted(*args, made=socket.socket):
    tried.append(args)
    return made(*args)

addresses, tried = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", full.getsockname()) for _ in range(50)], []
socket.create_connection.__globals__.update(getaddrinfo=lambda *_: addresses, socket=counted)
connections.CONNECT_TIMEOUT, transport.CALL_TIMEOUT = 0.1, 0.3
try:
    transport.Transport()("Hydra", "GET", "http://hydra.invalid/x", {})
except UpstreamUnavailable as error:
    print(error, len(tried))
"""

ENDED_CALLS = """
from gevent import monkey
monkey.patch_all()
import gevent
from app.ory.transport import connections

pool = connections.Pool("http://127.0.0.1:9", "")

def call(number):
    for turn in range(100):
        with gevent.Timeout((number * turn % 7) / 10_000, False):
            if pool.enter(1):
                try:
                    gevent.sleep(0.0002)
                finally:
                    pool.leave()

gevent.joinall([gevent.spawn(call, number) for number in range(connections.POOL_SIZE * 3)])
print(sum(pool.enter(0.001) for _ in range(connections.POOL_SIZE * 2)) == connections.POOL_SIZE)
"""


@pytest.mark.parametrize("status", [100, 102, 103, 199])
@pytest.mark.parametrize("pause", [False, True])
def test_interim_answers_are_passed_over(transport, serve, status, pause):
    """RFC 9110 section 15.2: a client has to be able to read them, expected or not."""
    over = threading.Event()

    def interim(connection, number):
        first = b"HTTP/1.1 %d Wait\r\nLink: </a.css>; rel=preload\r\n\r\n" % status
        if pause:
            connection.sendall(first * 3)
            over.wait(0.01)
            first = b""
        connection.sendall(first + OK)

    server = serve(interim)

    for _ in range(2):
        assert transport("Kratos", "GET", f"{server.url}/x", {}).json() == {"a": "b"}
    assert server.connections == 1


def test_what_follows_another_protocol_is_nobody_elses(transport, serve):
    """No HTTP comes after a 101 that nobody asked for, or its final answer when the next request is on its way."""
    switching = b"HTTP/1.1 101 Wait\r\n\r\n"
    server = serve(lambda connection, number: connection.sendall(OK if number else switching))
    assert transport("Kratos", "GET", f"{server.url}/x", {}).status == 101
    assert transport("Kratos", "GET", f"{server.url}/x", {}).json() == {"a": "b"}
    assert server.connections == 2


NO_ANSWERS = {
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\nContent-Length: 2\r\n\r\n{}\r\n\r\n123456",
    "a length and chunks": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a length that is no number": b"HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\n{}",
    "a chunk of a negative size": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n",
    "a chunk of an endless size": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"F" * 40 + b"\r\n{}",
    "lines of another system": b"HTTP/1.1 200 OK\nContent-Length: 2\n\n{}",
    "a header over two lines": b"HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 2\r\n\r\n{}",
    "a name with a space": b"HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\n{}",
    "a status of two digits": b"HTTP/1.1 20 OK\r\nContent-Length: 2\r\n\r\n{}",
    "a page and no head": b"<!doctype html><title>Kratos</title>",
    "a head without an end": b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000,
}


@pytest.mark.parametrize("sent", NO_ANSWERS.values(), ids=NO_ANSWERS)
def test_what_two_readers_could_read_differently_is_no_answer(transport, serve, sent):
    """RFC 9112 sections 5 and 6: where such an answer ends is a matter of who reads it."""
    server = serve(lambda connection, number: connection.sendall(OK if number else sent))
    with pytest.raises(UpstreamUnavailable):
        transport("Kratos", "GET", f"{server.url}/x", {})
    assert transport("Kratos", "GET", f"{server.url}/x", {}).json() == {"a": "b"}
    assert server.connections == 2


@pytest.mark.parametrize("more", [OK.replace(b'"b"', b'"c"'), b"HTTP/1.1 100 Continue\r\n\r\n", b"x", b"\0" * 9000])
def test_what_follows_an_answer_is_not_the_next_one(transport, serve, more):
    """Nobody gets what was sent to somebody else, or by nobody."""
    server = serve(lambda connection, number: connection.sendall(OK if number else OK + more))
    for _ in range(2):
        assert transport("Kratos", "GET", f"{server.url}/x", {}).json() == {"a": "b"}
    assert server.connections == 2


def test_headers_after_the_body_are_not_those_before_it(transport, serve):
    trailer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nContent-Encoding: gzip\r\n\r\n"
    server = serve(lambda connection, _: connection.sendall(trailer))
    reply = transport("Kratos", "GET", f"{server.url}/x", {})
    assert (reply.body, list(reply.headers)) == (b"{}", ["Transfer-Encoding"])


def test_what_is_around_a_body_has_an_end(transport, serve):
    """Read until the call's time is over it would cost all of that in CPU."""
    for endless in (b"2;", b"2\r\n{}\r\n0\r\nX: ", b"2\r\n{}\r\n0\r\n"):
        sent = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + endless + b"x" * (MAX_HEAD + PIECE)
        server = serve(lambda connection, _, sent=sent: connection.sendall(sent))
        with pytest.raises(UpstreamUnavailable, match="ConnectionAbortedError"):
            transport("Kratos", "GET", f"{server.url}/x", {})


def test_all_cookies_are_kept_and_of_other_headers_the_first(transport, serve):
    """The doctor looks for one that a proxy may have put its own before."""
    sent = OK.replace(b"\r\n\r\n", b"\r\nSet-Cookie: a=1\r\nDate: x\r\nset-cookie: b=2; Secure\r\nDate: y\r\n\r\n")
    server = serve(lambda connection, _: connection.sendall(sent))
    headers = transport("Kratos", "GET", f"{server.url}/x", {}).headers
    assert (headers["Set-Cookie"], headers["Date"]) == ("a=1, b=2; Secure", "x")


def test_a_body_that_tells_no_length_ends_with_its_connection(transport, serve):
    def whole(connection, _):
        connection.sendall(b'HTTP/1.0 200 OK\r\n\r\n{"a"')
        connection.sendall(b': "b"}')
        hang_up(connection)

    server = serve(whole)

    for _ in range(2):
        assert transport("Kratos", "GET", f"{server.url}/x", {}).json() == {"a": "b"}


def test_what_cannot_be_sent_ahead_has_no_answer(transport, serve, hurried):
    """Its server is gone without a word, or reads no more."""
    over = threading.Event()

    def once(connection, _):
        connection.sendall(OK)
        over.wait(PATIENCE)

    server = serve(once)
    transport("Kratos", "GET", f"{server.url}/x", {})

    with (
        hurried(),
        pytest.raises(UpstreamUnavailable),
        transport.ahead("Kratos", f"{server.url}/x", {"Cookie": "a" * 20_000_000}) as answer,
    ):
        answer()
    over.set()

    assert transport("Kratos", "GET", f"{server.url}/x", {}).status == 200
    assert server.connections == 2


def run(script):
    """What a program under gevent prints, as nothing else could end a call there."""
    command = [sys.executable, "-c", script]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=True).stdout.strip()


def test_many_addresses_where_nobody_is_cost_the_time_of_one_call():
    said, _, tried = run(SEVERAL_ADDRESSES).rpartition(" ")
    assert said == "Hydra: no answer: TimeoutError"
    assert int(tried) < 50


def test_no_call_that_is_ended_takes_its_place_along():
    assert run(ENDED_CALLS) == "True"
