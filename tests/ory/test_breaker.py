"""When an upstream is not asked any more, and that neither slowness nor errors bring that about."""

import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import UpstreamUnavailable
from app.http import time_budget
from app.ory.transport import CALL_TIMEOUT, Transport, breaker, connections
from app.ory.transport.breaker import ENOUGH, PATIENT, PAUSE, Breaker
from tests.faults.proxy import Fault, Proxy
from tests.support.loopback import OK

# What happens one after the other: an answer after so many seconds, none after so many, or nothing for a while.
TICK = 1 / 64  # of a second; sums of it are exact, as the clock's limits are
SECONDS = st.integers(0, 5 * 64).map(lambda ticks: ticks * TICK)
EVENTS = st.lists(st.tuples(st.sampled_from(["answer", "silence", "pause"]), SECONDS), max_size=60)


class TimedBreaker:
    """A breaker, its clock, and what it said."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seconds = 1000.0
        self.said: list[bool] = []
        monkeypatch.setattr(breaker, "time", SimpleNamespace(monotonic=lambda: self.seconds))
        self.breaker = Breaker(self.said.append)

    def call(self, outcome: str, seconds: float, patience: float = CALL_TIMEOUT) -> bool:
        """Whether a call was sent, which ends so after so many seconds."""
        if not self.breaker.lets_through(patience):
            return False
        since = self.seconds = self.seconds + TICK  # later than the answer before
        self.seconds += seconds
        if outcome == "answer":
            self.breaker.answered()
        else:
            self.breaker.waited(since)
        return True


@pytest.fixture
def timed(monkeypatch):
    return TimedBreaker(monkeypatch)


@given(events=EVENTS)
def test_only_calls_in_a_row_that_waited_in_vain_keep_others_from_asking(events: list[Any]) -> None:
    """One slow answer, or any number of them with answers between, is no outage; nor is a call without patience."""
    with pytest.MonkeyPatch.context() as patch:
        timed, in_vain, refused_since = TimedBreaker(patch), 0, None
        for outcome, seconds in events:
            if outcome == "pause":
                timed.seconds += seconds
                continue
            was_sent, now = timed.call(outcome, seconds), timed.seconds
            if not was_sent:
                assert in_vain >= ENOUGH
                refused_since = now if refused_since is None else refused_since
                assert now - refused_since < PAUSE, "somebody tries after each pause"
                continue
            refused_since = None
            in_vain = 0 if outcome == "answer" else in_vain + (seconds >= PATIENT)
            assert timed.breaker.is_silent == (in_vain >= ENOUGH)
        assert timed.said == [number % 2 == 0 for number in range(len(timed.said))], "said once each way"


@given(late=st.integers(0, 200), slow=SECONDS)
def test_calls_of_before_the_last_answer_say_nothing(late: int, slow: float) -> None:
    """All that was under way when the upstream came back ends in vain later."""
    with pytest.MonkeyPatch.context() as patch:
        timed = TimedBreaker(patch)
        since = timed.seconds
        timed.seconds += slow
        timed.breaker.answered()
        timed.seconds += PATIENT
        for _ in range(late):
            timed.breaker.waited(since)
        assert not timed.breaker.is_silent


@given(
    answer=SECONDS.filter(lambda seconds: seconds <= PAUSE),
    calls=st.lists(st.tuples(SECONDS, SECONDS, SECONDS), min_size=1, max_size=60),
)
def test_no_call_that_tries_is_wasted_on_who_cannot_wait(answer: float, calls: list[Any]) -> None:
    """Of pages that have hung already: a second each would be lost in which everybody else is told no."""
    with pytest.MonkeyPatch.context() as patch:
        timed = TimedBreaker(patch)
        for _ in range(ENOUGH):
            timed.call("silence", PATIENT)
        lost = 0
        for pause, patience, hung in calls:  # a page that has hung asks for something else with what is left to it
            for left in (patience, max(0.0, patience - hung)):
                timed.seconds += pause
                was_silent, outcome = timed.breaker.is_silent, "answer" if answer <= left else "silence"
                lost += timed.call(outcome, min(answer, left), left) and was_silent and outcome == "silence"

        assert lost == 0
        assert readiness_is_enough(timed)


def readiness_is_enough(timed: TimedBreaker) -> bool:
    """A server that is not ready has no other visitors; else it would stay so."""
    timed.seconds += PAUSE
    return timed.breaker.lets_through(time_budget.READINESS)


def test_the_first_answer_opens_it_for_all(timed):
    for _ in range(ENOUGH):
        assert timed.call("silence", PATIENT)
    assert not timed.breaker.lets_through(CALL_TIMEOUT), "the next call of the page that has just hung"
    timed.seconds += PAUSE
    assert [timed.breaker.lets_through(CALL_TIMEOUT) for _ in range(3)] == [True, False, False]
    timed.breaker.answered()
    assert all(timed.breaker.lets_through(0.1) for _ in range(3))
    assert timed.said == [True, False]


class TestTransport:
    @pytest.fixture
    def impatient(self, monkeypatch, quick):
        monkeypatch.setattr(connections, "PATIENT", 0.1)

    def ask(self, transport, server, method="GET"):
        try:
            return transport("Hydra", method, f"{server.url}/x", {}).status
        except UpstreamUnavailable as error:
            return error.what

    def test_a_silent_upstream_is_left_alone_and_asked_again_once_it_answers(self, impatient, serve, monkeypatch):
        answers, said = threading.Event(), []
        server = serve(lambda connection, _: answers.is_set() and connection.sendall(OK))
        transport = Transport(changed=lambda *change: said.append(change))
        monkeypatch.setattr(breaker, "PAUSE", 3600)

        outcomes = [self.ask(transport, server) for _ in range(ENOUGH + 3)]
        answers.set()
        monkeypatch.setattr(breaker, "PAUSE", 0)
        monkeypatch.setattr(transport._pools[server.url].breaker, "_next", 0)

        assert outcomes == ["no answer: TimeoutError"] * ENOUGH + ["not asked: it says nothing"] * 3
        assert len(server.requests) == ENOUGH
        assert [self.ask(transport, server) for _ in range(3)] == [200] * 3
        assert said == [(server.url, True), (server.url, False)]

    @pytest.mark.parametrize(
        "start",
        [b"HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n", b"HTTP/1.1 429 X\r\nContent-Length: 0\r\n\r\n", b"HTTP"],
    )
    def test_errors_and_slow_answers_are_answers(self, impatient, transport, serve, start):
        server = serve(lambda connection, _: connection.sendall(start))
        with ThreadPoolExecutor(ENOUGH) as crowd:
            outcomes = {
                what for _ in range(2) for what in crowd.map(lambda _: self.ask(transport, server), range(ENOUGH))
            }
        assert "not asked: it says nothing" not in outcomes

    @pytest.mark.parametrize("method", ["GET", "DELETE"])
    def test_who_refuses_costs_no_time_and_is_asked_each_time_until_it_is_back(self, impatient, transport, method):
        """Also over a connection of before, which is no connection any more: a DELETE is not sent twice."""
        server = Proxy("http://nobody.example")
        server.fault_of = lambda *_: Fault(lambda connection, _: connection.sendall(OK), taken=False)
        assert self.ask(transport, server, method) == 200
        with server.refusing():
            refused = {self.ask(transport, server, method) for _ in range(2 * ENOUGH)}
        assert refused == {"no answer: ConnectionRefusedError"}
        assert self.ask(transport, server, method) == 200
        server.close()
