"""The transport against servers that are slow or send too much (F05), on this machine."""

import gzip
import threading
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from app.errors import UpstreamBadReply, UpstreamUnavailable
from app.ory.transport import MAX_REPLY, Transport, connections
from tests.support.loopback import OK


def send(transport, server, method="GET", body=None):
    return transport("Hydra", method, f"{server.url}/x", {"Accept": "application/json"}, body)


def answer(data):
    return lambda connection, number: connection.sendall(data)


def reply_with(body, *headers):
    head = [b"HTTP/1.1 200 OK", b"Content-Length: %d" % len(body), *headers]
    return b"\r\n".join(head) + b"\r\n\r\n" + body


def drips(head, byte=b"x"):
    """Send this at once, then a byte every now and then, for ever."""

    def drip(connection, number):
        connection.sendall(head)
        while True:
            connection.sendall(byte)
            time.sleep(0.05)

    return drip


BY_DROPS = {
    "status line": drips(b"HTTP/1.1 200 "),
    "headers": drips(b"HTTP/1.1 200 OK\r\nX-Slow: "),
    "many headers": drips(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
    "interim answers": drips(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "early hints": drips(b"", b"HTTP/1.1 103 Early Hints\r\nX: y\r\n\r\n"),
    "body": drips(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"),
    "body without a length": drips(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"),
    "chunks": drips(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
}
METHODS = ["GET", "PUT"]
SLACK = 60  # seconds, for machines with something else to do; the drops above would go on for ever


class TestTime:
    @pytest.mark.parametrize("method", METHODS)
    def test_a_server_that_does_not_answer_costs_its_time_once(self, transport, serve, quick, method):
        server = serve(lambda connection, n: None)
        began = time.monotonic()
        with pytest.raises(UpstreamUnavailable):
            send(transport, server, method)
        assert 0.4 < time.monotonic() - began < SLACK
        assert server.wait_for_requests(1) == 1

    def test_drops_do_not_get_round_the_limit(self, transport, serve, quick):
        """F05: these calls wait beside each other."""

        def call(method, server):
            began = time.monotonic()
            with pytest.raises((UpstreamBadReply, UpstreamUnavailable)):
                send(transport, server, method)
            return time.monotonic() - began < SLACK, server.wait_for_requests(1)

        calls = {f"{method}, {name}": (method, serve(drip)) for name, drip in BY_DROPS.items() for method in METHODS}
        with ThreadPoolExecutor(len(calls)) as crowd:
            outcomes = dict(zip(calls, crowd.map(lambda each: call(*each), calls.values()), strict=True))
        assert outcomes == dict.fromkeys(calls, (True, 1))

    def test_a_body_by_drops_is_a_bad_reply(self, transport, serve, quick):
        """Again where the machine stopped until there was no time for its head."""
        server, said = serve(BY_DROPS["body"]), ""
        for _ in range(20):
            with pytest.raises((UpstreamBadReply, UpstreamUnavailable)) as error:
                send(transport, server)
            if "too long" in (said := str(error.value)):
                break
        assert "too long" in said
        assert error.type is UpstreamBadReply

    def test_what_the_caller_has_left_is_the_limit_too(self, serve):
        left = iter([0.5, 0.3])
        transport, server = Transport(seconds_left=lambda: next(left)), serve(lambda connection, n: None)
        began = time.monotonic()
        for _ in range(2):
            with pytest.raises(UpstreamUnavailable):
                send(transport, server)
        assert 0.7 < time.monotonic() - began < SLACK

    def test_without_time_nobody_is_asked(self, serve):
        transport, server = Transport(seconds_left=lambda: 0.0), serve(answer(OK))
        with pytest.raises(UpstreamUnavailable, match="no time left"):
            send(transport, server)
        assert server.requests == []


class TestCrowd:
    """F23: what waits for one upstream does not hold the whole server."""

    @pytest.fixture
    def small(self, monkeypatch):
        monkeypatch.setattr(connections, "MAX_WAITING", 2)
        monkeypatch.setattr(connections, "POOL_SIZE", 3)

    def test_so_many_are_sent_at_once_and_the_rest_is_told_at_once(self, small, transport, serve, monkeypatch):
        monkeypatch.setattr(connections, "MAX_WAIT", 0.5)
        gate = threading.Event()

        def when_open(connection, number):
            gate.wait()
            connection.sendall(OK)

        server, outcomes = serve(when_open), []

        def ask():
            try:
                outcomes.append(send(transport, server).status)
            except UpstreamUnavailable as error:
                outcomes.append(error.what)

        threads = [threading.Thread(target=ask) for _ in range(9)]
        for thread in threads:
            thread.start()
        until = time.monotonic() + SLACK
        while len(outcomes) < 6 and time.monotonic() < until:  # 4 at once, then 2 that waited a moment
            time.sleep(0.01)
        arrived = server.wait_for_requests(3)
        gate.set()
        for thread in threads:
            thread.join()

        assert arrived == 3
        assert sorted(map(str, outcomes)) == ["200"] * 3 + ["not asked: too many wait"] * 6
        assert send(transport, server).status == 200

    def test_who_waits_a_moment_gets_the_place_that_becomes_free(self, small, transport, serve):
        def in_a_moment(connection, number):
            time.sleep(0.05)
            connection.sendall(OK)

        server, outcomes = serve(in_a_moment), []
        threads = [threading.Thread(target=lambda: outcomes.append(send(transport, server).status)) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert outcomes == [200] * 5
        assert server.connections <= 3

    def test_one_upstream_that_hangs_takes_no_place_at_another(self, small, transport, serve):
        hanging, other = serve(lambda connection, n: None), serve(answer(OK))

        def ask():
            with suppress(UpstreamUnavailable):
                send(transport, hanging)

        threads = [threading.Thread(target=ask) for _ in range(5)]
        for thread in threads:
            thread.start()
        assert hanging.wait_for_requests(3) == 3

        assert send(transport, other).status == 200
        hanging.close()
        for thread in threads:
            thread.join()

    @pytest.mark.parametrize("outcome", [OK, b"garbage\r\n\r\n", b"HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n"])
    def test_a_place_is_given_back_whatever_came(self, small, transport, serve, outcome):
        server = serve(answer(outcome))
        for _ in range(10):
            with suppress(UpstreamUnavailable):
                send(transport, server)
        assert len(server.requests) == 10


class TestNoAnswer:
    """F01."""

    def test_nobody_listening_is_told_at_once(self, transport, serve):
        server = serve(answer(OK))
        server.close()
        with pytest.raises(UpstreamUnavailable):
            send(transport, server)

    def test_an_unknown_name_is_no_answer(self, transport, unknown_names):
        with pytest.raises(UpstreamUnavailable):
            transport("Hydra", "GET", "http://kratos.invalid:1/x", {})


class TestSize:
    """F03."""

    @pytest.mark.parametrize("size", [MAX_REPLY + 1, 3 * MAX_REPLY])
    def test_a_reply_too_large_is_refused(self, transport, serve, size):
        def much(connection, number):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
            for _ in range(size // 65536 + 1):
                connection.sendall(b"x" * 65536)

        with pytest.raises(UpstreamBadReply, match="too large"):
            send(transport, serve(much))

    def test_the_largest_reply_is_read(self, transport, serve):
        assert len(send(transport, serve(answer(reply_with(b"x" * MAX_REPLY)))).body) == MAX_REPLY

    def test_a_bomb_is_refused_before_it_goes_off(self, transport, serve):
        bomb = gzip.compress(b"\0" * 200_000_000)
        server = serve(answer(reply_with(bomb, b"Content-Encoding: gzip")))
        tracemalloc.start()
        with pytest.raises(UpstreamBadReply, match="too large"):
            send(transport, server)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < MAX_REPLY + 8_000_000

    def test_a_compressed_reply_that_comes_in_pieces_is_read_whole(self, transport, serve):
        """The first piece may hold no text at all."""
        body = gzip.compress(b'{"a": "' + b"b" * 5000 + b'"}')

        def pieces(connection, number):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body))
            for start in range(0, len(body), 5):
                connection.sendall(body[start : start + 5])
                time.sleep(0.005)

        assert len(send(transport, serve(pieces)).json()["a"]) == 5000

    def test_a_reply_in_chunks_is_read_whole(self, transport, serve):
        chunks = b'6\r\n{"a": \r\n4\r\n"b"}\r\n0\r\n\r\n'
        data = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks
        server = serve(answer(data))
        assert send(transport, server).json() == {"a": "b"}
        assert send(transport, server).json() == {"a": "b"}
        assert server.connections == 1

    def test_a_refused_reply_does_not_spoil_the_next_one(self, transport, serve):
        large = reply_with(b"x" * (MAX_REPLY + 70_000))
        server = serve(lambda connection, n: connection.sendall(OK if n else large))
        with pytest.raises(UpstreamBadReply):
            send(transport, server)
        assert send(transport, server).json() == {"a": "b"}
