"""The transport against servers that misbehave (F01 F02 F05 F06 F07), on this machine."""

import json
import socket
import ssl
import threading
import time

import pytest

from app.errors import UpstreamUnavailable
from app.ory import transport
from app.ory.transport import Reply, Transport
from app.ory.transport.connections import POOL_SIZE, Call, Connection, Pool
from tests.stack.processes import PATIENCE
from tests.support.cases import each_case
from tests.support.counting import calls
from tests.support.loopback import OK, hang_up


def send(transport, server, method="GET", body=None):
    return transport("Hydra", method, f"{server.url}/x", {"Accept": "application/json"}, body)


def answer(data):
    return lambda connection, number: connection.sendall(data)


def test_a_reply_is_read_whole(transport, serve):
    reply = send(transport, serve(answer(OK)))
    assert (reply.status, reply.json()) == (200, {"a": "b"})
    assert reply.headers["Content-Type"] == "application/json"


def test_one_connection_serves_many_requests(transport, serve):
    server = serve(answer(OK))
    for _ in range(20):
        send(transport, server)
    assert (len(server.requests), server.connections) == (20, 1)


def test_no_more_connections_are_kept_than_the_pool_holds(transport, serve):
    server = serve(answer(OK))
    threads = [
        threading.Thread(target=lambda: [send(transport, server) for _ in range(3)]) for _ in range(POOL_SIZE // 4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert server.connections <= POOL_SIZE
    assert len(server.requests) == len(threads) * 3


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_connection_is_given_up_before_kratos_or_hydra_would_close_it(transport, serve, later, method):
    """F02: they do after 120 seconds without a call; a PUT that meets the end of its connection is not sent again."""
    server = serve(answer(OK))
    for seconds, connections in ((0, 1), (50, 1), (100, 1), (200, 2), (201, 2)):
        later(seconds)
        send(transport, server, method)
        assert server.connections == connections, seconds


def test_connections_of_a_busy_moment_are_closed_when_fewer_are_enough(transport, serve, later):
    """Each is a descriptor here, and there if it has not been closed."""
    all_have_come = threading.Barrier(4)

    def answered(connection, number):
        if number < 4:
            all_have_come.wait(PATIENCE)
        connection.sendall(OK)

    server = serve(answered)
    threads = [threading.Thread(target=send, args=(transport, server)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for seconds in (40, 80, 81, 82, 83):
        later(seconds)
        send(transport, server)

    assert server.connections == 4
    assert server.wait_for_open(1) == 1


def hangs_up_on_kept(*requests):
    """A server that answers, but closes the connection without a word at these requests (by number)."""
    return lambda connection, n: hang_up(connection) if n in requests else connection.sendall(OK)


def test_functions_called_for_a_call(transport, serve):
    """A tenth more than now; the least of five, as an answer may come in pieces."""
    server = serve(answer(OK))
    send(transport, server)
    assert min(calls(lambda: send(transport, server))[1] for _ in range(5)) <= 112


class TestTryingAgain:
    def test_a_get_whose_kept_connection_turned_out_closed_is_sent_once_more(self, transport, serve):
        """F01."""
        server = serve(hangs_up_on_kept(1))
        send(transport, server)
        assert send(transport, server).status == 200
        assert (len(server.requests), server.connections) == (3, 2)

    def test_the_second_time_goes_out_on_a_new_connection(self, transport, serve):
        """Several connections are kept; what closed one of them may have closed them all."""
        server = serve(hangs_up_on_kept(4))
        busy = [threading.Thread(target=send, args=(transport, serve(answer(OK)))) for _ in range(2)]
        threads = [threading.Thread(target=send, args=(transport, server)) for _ in range(4)]
        for thread in (*busy, *threads):
            thread.start()
        for thread in (*busy, *threads):
            thread.join()
        before = server.connections

        assert send(transport, server).status == 200
        assert (len(server.requests), server.connections) == (6, before + 1)

    def test_and_not_a_third_time(self, transport, serve):
        server = serve(hangs_up_on_kept(1, 2))
        send(transport, server)
        with pytest.raises(UpstreamUnavailable):
            send(transport, server)
        assert len(server.requests) == 3

    def test_a_new_connection_that_breaks_is_an_error(self, transport, serve):
        """The server has got the request, and is in trouble."""
        server = serve(lambda connection, n: hang_up(connection))
        with pytest.raises(UpstreamUnavailable):
            send(transport, server)
        assert len(server.requests) == 1

    @pytest.mark.parametrize("kept", [False, True])
    def test_after_a_timeout_nothing_is_sent_again(self, transport, serve, hurried, kept):
        """F01: it would be twice the load on a server that is slow already."""
        server = serve(lambda connection, n: connection.sendall(OK) if kept and n == 0 else None)
        if kept:
            send(transport, server)
        with hurried(), pytest.raises(UpstreamUnavailable):
            send(transport, server)
        assert server.wait_for_requests(1 + kept) == 1 + kept

    @pytest.mark.parametrize("start", [b"H", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"])
    def test_nor_once_a_byte_of_the_answer_has_come(self, transport, serve, start):
        """F06: the server has got it, so it is not a connection that was closed before."""

        def cut(connection, number):
            connection.sendall(OK if number == 0 else start)
            if number:
                hang_up(connection)

        server = serve(cut)
        send(transport, server)

        with pytest.raises(UpstreamUnavailable):
            send(transport, server)
        assert len(server.requests) == 2

    @pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
    @pytest.mark.parametrize("kept", [False, True])
    def test_nothing_else_is_sent_again(self, transport, serve, method, kept):
        """F02: after a lost answer nobody knows whether Hydra has taken it."""
        server = serve(lambda connection, n: connection.sendall(OK) if kept and n == 0 else hang_up(connection))
        if kept:
            send(transport, server)
        with pytest.raises(UpstreamUnavailable):
            send(transport, server, method, b"{}")
        assert len(server.requests) == 1 + kept

    @pytest.mark.parametrize("status", [b"500", b"502", b"503", b"504", b"429"])
    def test_an_answer_is_an_answer(self, transport, serve, status):
        server = serve(answer(b"HTTP/1.1 " + status + b" X\r\nContent-Length: 2\r\nRetry-After: 0\r\n\r\n{}"))
        assert send(transport, server).status == int(status)
        assert len(server.requests) == 1

    def test_a_put_cut_short_is_an_error(self, transport, serve):
        def cut(connection, number):
            connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{"a"')
            hang_up(connection)

        with pytest.raises(UpstreamUnavailable):
            send(transport, serve(cut), "PUT", b"{}")

    @pytest.mark.parametrize("method", ["GET", "PUT"])
    def test_a_connection_the_server_has_closed_meanwhile_costs_no_answer(self, transport, serve, method):
        """Keep-alive ends at the server's will; a PUT goes out on a connection known to be open."""

        closed = threading.Event()

        def once(connection, number):
            connection.sendall(OK)
            hang_up(connection)
            closed.set()

        server = serve(once)
        send(transport, server)
        assert closed.wait(PATIENCE)

        assert send(transport, server, method).status == 200


class TestKeptConnections:
    @pytest.fixture
    def pair(self):
        ours, theirs = socket.socketpair()
        yield ours, theirs
        ours.close()
        theirs.close()

    def test_a_quiet_one_can_be_used_again(self, pair):
        assert Connection(pair[0], "").is_quiet

    def test_one_with_an_answer_nobody_asked_for_cannot(self, pair):
        """F20."""
        pair[1].sendall(b"HTTP/1.1 408 Request Timeout\r\n\r\n")
        assert not Connection(pair[0], "").is_quiet

    def test_one_the_server_has_closed_cannot(self, pair):
        pair[1].close()
        assert not Connection(pair[0], "").is_quiet

    def test_one_whose_tls_has_read_further_than_the_answer_cannot(self, pair):
        """F20."""

        class Tls(socket.socket):
            def pending(self):
                return 7

        with Tls(fileno=pair[0].detach()) as ours:
            assert not Connection(ours, "").is_quiet

    def test_an_answer_before_a_request_is_read_is_heard_through_tls_too(self, pair):
        """There a server that closes is an error of its own."""

        class Tls(socket.socket):
            def send(self, *_):
                raise ssl.SSLEOFError

        pair[1].sendall(OK)
        with Tls(fileno=pair[0].detach()) as ours:
            connection, until = Connection(ours, "h"), time.monotonic() + PATIENCE
            connection.send(Call("PUT", "https://h/", {}, b"{}", Pool("https://h", "")), until)

            assert connection.receive(until).status == 200

    def test_one_that_is_broken_cannot(self, pair):
        connection = Connection(pair[0], "")
        pair[0].close()
        assert not connection.is_quiet


class TestWhatIsNotSent:
    def test_a_redirect_is_not_followed(self, transport, serve):
        """F22."""
        other = serve(answer(OK))
        location = b"Location: " + other.url.encode()
        server = serve(answer(b"HTTP/1.1 303 See Other\r\nContent-Length: 0\r\n" + location + b"\r\n\r\n"))
        reply = send(transport, server)
        assert (reply.status, reply.headers["Location"]) == (303, other.url)
        assert other.requests == []

    def test_a_cookie_is_not_kept(self, transport, serve):
        """F22: requests.Session would hand one person's cookie to the next."""
        server = serve(answer(OK.replace(b"\r\n\r\n", b"\r\nSet-Cookie: ory_kratos_session=ada; Path=/\r\n\r\n", 1)))
        send(transport, server)
        send(transport, server)
        assert not any(b"cookie" in request.lower() for request in server.requests)

    def test_netrc_and_proxy_variables_are_not_read(self, transport, serve, monkeypatch, tmp_path):
        """F22."""
        proxy = serve(answer(OK))
        netrc = tmp_path / "netrc"
        netrc.write_text("machine 127.0.0.1 login a password b")
        monkeypatch.setenv("NETRC", str(netrc))
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        server = serve(answer(OK))

        send(transport, server)

        assert proxy.requests == []
        assert b"authorization" not in server.requests[0].lower()

    @each_case(
        "path, headers",
        [
            ("/a b", {}),
            ("/a\r\nX: b", {}),
            ("/\u00e9", {}),
            ("/", {"Cookie": "a\r\nX: b"}),
            ("/", {"Cookie": "a\nX: b"}),
            ("/", {"Cookie": "a\rX: b"}),
            ("/", {"Cookie": "a\r\n\r\nGET / HTTP/1.1"}),
            ("/", {"Cookie": "\u20ac"}),
            ("/", {"X Y": "b"}),
            ("/", {"": "b"}),
        ],
    )
    def test_nothing_is_where_a_name_or_value_would_be_two(self, transport, serve, path, headers):
        """N25: whoever sends us a cookie writes no request to Kratos."""
        server = serve(answer(OK))
        send(transport, server)
        with pytest.raises(UpstreamUnavailable), transport.ahead("Kratos", server.url + path, headers) as read:
            read()
        with pytest.raises(UpstreamUnavailable):
            transport("Kratos", "GET", server.url + path, headers)
        assert len(server.requests) == 1

    def test_a_request_is_written_as_http_wants_it(self, transport, serve):
        server = serve(answer(OK))
        transport("Kratos", "PUT", server.url + "/a?b=c%20d", {"Cookie": "e=\u00e9", "Accept": "x"}, b"{}")
        host = server.url.removeprefix("http://")
        assert server.requests[0].decode("latin-1").split("\r\n") == [
            *("PUT /a?b=c%20d HTTP/1.1", f"Host: {host}", "Accept-Encoding: identity"),
            *("Cookie: e=\u00e9", "Accept: x", "Content-Length: 2", "", "{}"),
        ]

    def test_a_body_is_sent_whole_and_not_in_chunks(self, transport, serve):
        server = serve(answer(OK))
        send(transport, server, "PUT", b'{"subject": "\xc3\xa9"}')
        head, _, body = server.requests[0].partition(b"\r\n\r\n")
        assert b"Content-Length: 17" in head
        assert b"chunked" not in head
        assert body == b'{"subject": "\xc3\xa9"}'

    def test_a_put_without_a_body_says_so(self, transport, serve):
        server = serve(answer(OK))
        send(transport, server, "PUT")
        assert b"chunked" not in server.requests[0]


def test_headers_of_the_moment_are_added_to_every_request(serve):
    ids = iter(["one", "two"])
    transport, server = Transport(extra_headers=lambda: {"X-Request-Id": next(ids)}), serve(answer(OK))
    send(transport, server)
    send(transport, server)
    assert [b"X-Request-Id: one" in server.requests[0], b"X-Request-Id: two" in server.requests[1]] == [True, True]


@each_case("body", [b"", b"[]", b"null", b"1", b"x", b"\xff", b'{"a": 1', b'{"a": "\xed\xa0\x80"}'])
def test_what_is_no_json_object_is_a_value_error(body):
    """The last is half a character in bytes, which is no UTF-8: no page could be sent that shows it."""
    with pytest.raises(ValueError):  # noqa: PT011 - json's own, and ours
        Reply(200, {}, body).json()


def test_half_a_character_is_replaced():
    assert Reply(200, {}, b'{"a": "x\\ud800y", "b": "\\ud83d\\ude00"}').json() == {"a": "x?y", "b": "😀"}


def test_a_number_of_more_digits_than_python_reads_is_text_and_all_else_stays_what_it_is():
    """F03 (what nobody expects): anybody's details may have one, and each page of theirs was a 502."""
    digits = "1" * 5000
    body = f'{{"a": [{digits}, -{digits}], "b": 1, "c": {"9" * 4000}}}'.encode()
    assert Reply(200, {}, body).json() == {"a": [digits, f"-{digits}"], "b": 1, "c": 10**4000 - 1}
    with pytest.raises(ValueError, match="nested too deep"):
        Reply(200, {}, body[:-1] + b', "d": ' + b"[" * 100_000).json()


def test_a_number_too_large_for_python_is_text():
    """1e400 is JSON, which Kratos keeps as it is; as Infinity it would be none, in a settings form or a download."""
    body = b'{"a": [1e400, -1e999, 1E5, 1e-400, -0.0, 12345678901234567890123], "b": "1e400"}'
    read = Reply(200, {}, body).json()
    assert read == {"a": ["1e400", "-1e999", 1e5, 0.0, 0.0, 12345678901234567890123], "b": "1e400"}
    json.dumps(read, allow_nan=False)


@each_case(
    "body", ['{"a": NaN}', '{"a": Infinity}', '{"a": [-Infinity]}', '\ufeff{"a": 1}', '{"a": 1} {}', '{"a": 01}']
)
def test_what_only_python_reads_is_no_json(body):
    for encoding in ("utf-8", "utf-16", "utf-32"):
        with pytest.raises(ValueError):  # noqa: PT011 - json's own, and of its encoding
            Reply(200, {}, body.encode(encoding)).json()


def test_what_is_no_json_is_read_once(monkeypatch):
    """With text for long numbers a number costs five times as much."""
    monkeypatch.setattr(transport, "_READER_OF_LONG", None)
    for body in (b'{"a": 1', b"<html>", b'{"a": NaN}'):
        with pytest.raises(json.JSONDecodeError):
            Reply(200, {}, body).json()
