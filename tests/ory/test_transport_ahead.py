"""A read that is under way before its answer is wanted, against servers on this machine."""

import threading

import pytest

from app.errors import UpstreamUnavailable
from app.ory.transport import Transport, connections
from tests.support.loopback import OK, hang_up

OTHER = OK.replace(b'"b"', b'"c"')


def ask(transport, server, path="/x"):
    return transport("Kratos", "GET", f"{server.url}{path}", {})


def ahead(transport, server, path="/x"):
    return transport.ahead("Kratos", f"{server.url}{path}", {"Cookie": "a=b"})


def ok(connection, number):
    connection.sendall(OK)


def test_it_is_sent_before_the_answer_of_another_is_there(transport, serve):
    second_has_come = threading.Event()

    def second(connection, number):
        if number:
            second_has_come.set()
        connection.sendall(OTHER)

    def first(connection, number):
        second_has_come.wait()
        connection.sendall(OK)

    hydra, kratos = serve(first), serve(second)
    ask(transport, kratos)

    with ahead(transport, kratos, "/y") as answer:
        assert ask(transport, hydra).json() == {"a": "b"}
        assert answer().json() == {"a": "c"}

    assert kratos.requests[1].startswith(b"GET /y HTTP/1.1\r\n")
    assert b"Cookie: a=b" in kratos.requests[1]
    assert (len(kratos.requests), kratos.connections) == (2, 1)


def test_without_a_kept_connection_it_is_sent_when_it_is_wanted(transport, serve):
    server = serve(ok)
    with ahead(transport, server) as answer:
        assert server.requests == []
        assert answer().status == 200
    assert len(server.requests) == 1


def test_without_one_and_not_wanted_it_is_never_sent(transport, serve):
    server = serve(ok)
    with ahead(transport, server):
        pass
    assert server.requests == []


@pytest.mark.parametrize("error", [False, True])
def test_an_answer_that_was_not_wanted_is_nobody_elses(transport, serve, error):
    """F20: the next one would be told who somebody else is."""
    server = serve(lambda connection, n: connection.sendall(OTHER if b"/unwanted" in server.requests[n] else OK))
    ask(transport, server)

    try:
        with ahead(transport, server, "/unwanted"):
            assert not error, "the challenge is gone"
    except AssertionError:
        assert error

    assert ask(transport, server).json() == {"a": "b"}
    assert server.connections == 2


def test_a_connection_that_was_idle_for_long_takes_none(transport, serve, later):
    server = serve(ok)
    ask(transport, server)
    later(100)
    with ahead(transport, server) as answer:
        assert answer().status == 200
    assert server.connections == 2


def test_what_is_asked_twice_is_sent_twice(transport, serve):
    server = serve(ok)
    ask(transport, server)
    with ahead(transport, server) as answer:
        answer()
        answer()
    assert (len(server.requests), server.connections) == (3, 1)


def test_a_connection_that_turned_out_closed_costs_no_answer(transport, serve):
    server = serve(lambda connection, number: hang_up(connection) if number == 1 else connection.sendall(OK))
    ask(transport, server)
    with ahead(transport, server) as answer:
        assert answer().status == 200
    assert (len(server.requests), server.connections) == (3, 2)


def test_it_takes_no_longer_than_any_call(transport, serve, hurried):
    server = serve(lambda connection, number: None if number else connection.sendall(OK))
    ask(transport, server)
    with hurried(), ahead(transport, server) as answer, pytest.raises(UpstreamUnavailable):
        answer()
    assert server.wait_for_requests(2) == 2


def test_without_time_it_is_not_sent(serve):
    left = iter([1.0, 0.0])
    transport, server = Transport(seconds_left=lambda: next(left)), serve(ok)
    ask(transport, server)
    with ahead(transport, server):
        pass
    assert len(server.requests) == 1


def test_headers_of_the_moment_are_sent_once(serve):
    ids = iter(["one", "two"])
    transport, server = Transport(extra_headers=lambda: {"X-Request-Id": next(ids)}), serve(ok)
    ask(transport, server)
    with ahead(transport, server) as answer:
        answer()
    assert b"X-Request-Id: two" in server.requests[1]


class TestSlots:
    @pytest.fixture
    def small(self, monkeypatch):
        monkeypatch.setattr(connections, "POOL_SIZE", 1)
        monkeypatch.setattr(connections, "MAX_WAITING", 0)
        monkeypatch.setattr(connections, "MAX_AHEAD", 1)

    def test_those_under_way_take_no_slot_of_others(self, small, transport, serve):
        """Where another upstream hangs, they wait as long as it does."""
        server = serve(ok)
        ask(transport, server)
        with ahead(transport, server):
            assert ask(transport, server).status == 200

    def test_there_are_only_so_many(self, small, transport, serve):
        server = serve(ok)
        ask(transport, server)
        with ahead(transport, server) as answer:
            ask(transport, server)  # keeps another connection
            with ahead(transport, server):
                pass
            answer()
        assert len(server.requests) == 3

    def test_a_slot_is_released_whether_it_was_wanted_or_not(self, small, transport, serve):
        server = serve(ok)
        for wanted in (True, False, True, True):
            ask(transport, server)
            with ahead(transport, server) as answer:
                if wanted:
                    answer()
        ask(transport, server)
        assert server.wait_for_requests(9) == 9
