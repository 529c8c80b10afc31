"""F18: what a worker does with those that have waited for it; to make them wait, it is stopped for a while."""

import json
import os
import signal
import socket
import time
from contextlib import ExitStack

import gevent
import gevent.socket
import pytest
import requests

from app.server import request_queue, worker
from app.server.request_queue import OverloadDetector, RequestQueue
from tests.server.server import forked, workers
from tests.stack.patience import HURRIED
from tests.stack.processes import PATIENCE
from tests.support.loopback import OK, Raw

MANY = 40
CROWD = 200
FORM = (
    b"POST /consent HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 13\r\n\r\naction=accept"
)
ASK = b"GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n%s\r\n"


class Clock:
    """Seconds that pass when a test says so."""

    seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


class TestQueue:
    def test_a_crowd_that_comes_at_once_is_served(self):
        clock = Clock()
        detector = OverloadDetector(clock)
        for hundredths in range(int(request_queue.AT_MOST * 100)):
            clock.seconds = 1000 + hundredths / 100
            assert not detector.is_overdue(hundredths / 100)

    def test_who_has_waited_for_longer_than_anybody_should_is_not(self):
        clock = Clock()
        detector = OverloadDetector(clock)
        clock.seconds += 1000
        assert detector.is_overdue(request_queue.AT_MOST + 0.01)

    def test_a_queue_that_does_not_get_empty_is_kept_short(self):
        """More come than are read: each has waited for a little longer than the one before."""
        clock = Clock()
        detector = OverloadDetector(clock)
        waits = []

        for tenths in range(1, 2 * int(request_queue.AT_MOST * 10)):
            clock.seconds = 1000 + tenths / 10
            if detector.is_overdue(wait := tenths / 10 / 2 + request_queue.AT_ONCE):
                waits.append(wait)

        assert min(waits) < request_queue.AT_MOST
        assert not detector.is_overdue(request_queue.IN_A_QUEUE)
        assert detector.is_overdue(request_queue.IN_A_QUEUE + 0.01)

    def test_once_somebody_did_not_wait_it_is_as_before(self):
        clock = Clock()
        detector = OverloadDetector(clock)
        for _ in range(10):
            clock.seconds += request_queue.AT_MOST / 2
            detector.is_overdue(request_queue.AT_MOST)
        assert not detector.is_overdue(request_queue.AT_ONCE)
        assert not detector.is_overdue(request_queue.AT_MOST - 0.1)

    def test_a_worker_that_nobody_asked_for_hours_has_no_queue(self):
        """Though the first one waits for a moment, because the machine has something else to do."""
        clock = Clock()
        detector = OverloadDetector(clock)
        clock.seconds += 10_000
        assert not detector.is_overdue(request_queue.AT_MOST - 0.1)


class TestLine:
    def test_in_each_turn_the_first_goes_on_after_all_who_were_begun(self):
        """Each of them asks somebody, who answers at once: that is done before another begins."""
        line, order = RequestQueue(), list[tuple[str, int]]()

        def request(number: int) -> None:
            line.wait()
            order.append(("begun", number))
            upstream, ours = gevent.socket.socketpair()
            with upstream, ours:
                upstream.send(b"x")
                gevent.socket.wait_read(ours.fileno())
            order.append(("done", number))

        gevent.joinall([gevent.spawn(request, number) for number in range(4)], timeout=PATIENCE)

        assert order == [(state, number) for number in range(4) for state in ("begun", "done")]

    def test_whoever_needs_nobody_upstream_does_not_go_on_again_before_the_others(self):
        line, order = RequestQueue(), list[int]()

        def connection(number: int) -> None:
            for _ in range(3):
                line.wait()
                order.append(number)

        gevent.joinall([gevent.spawn(connection, number) for number in range(4)], timeout=PATIENCE)

        assert order == [0, 1, 2, 3] * 3

    def test_a_page_does_not_make_its_files_wait_for_one_page_each(self):
        """Else they would come later with each page, and health after them."""
        pages, files, order = RequestQueue(), RequestQueue(2), list[str]()

        def stand_in(line: RequestQueue, name: str) -> None:
            line.wait()
            order.append(name)

        for name in ("page 1", "page 2", "page 3"):
            gevent.spawn(stand_in, pages, name)
        gevent.joinall([gevent.spawn(stand_in, files, f"file {number}") for number in range(4)], timeout=PATIENCE)

        assert order.index("file 3") < 6, order

    @pytest.mark.parametrize("ended", [0, 1, 3])
    def test_whoever_is_ended_in_it_keeps_nobody(self, ended):
        line, passed = RequestQueue(), list[int]()

        def pass_through(number: int) -> None:
            line.wait()
            passed.append(number)

        greenlets = [gevent.spawn(pass_through, number) for number in range(4)]
        gevent.sleep(0)
        greenlets[ended].kill()
        gevent.joinall(greenlets, timeout=PATIENCE)
        gevent.spawn(pass_through, 4).join(PATIENCE)

        assert passed == [number for number in range(5) if number != ended]


class TestWaited:
    def test_what_came_before_the_connection_was_taken_counts(self):
        with (
            socket.create_server(("127.0.0.1", 0)) as listening,
            socket.create_connection(listening.getsockname()) as us,
        ):
            us.sendall(b"x")
            time.sleep(0.3)
            with listening.accept()[0] as client:
                assert worker.waited(client) >= 0.25

                us.sendall(b"y")
                client.recv(2)
                assert worker.waited(client) < 0.25 + PATIENCE

    def test_a_socket_that_does_not_say_has_not_waited(self):
        client, other = socket.socketpair()
        with client, other:
            assert worker.waited(client) == 0
        assert worker.waited(client) == 0


@pytest.fixture
def stopped(tmp_path):
    """A server whose one worker has been stopped, and the process id of that worker."""
    upstream = Raw(lambda connection, n: connection.sendall(OK))
    settings = HURRIED | {"PORTICO_KRATOS_PUBLIC_URL": upstream.url, "PORTICO_HYDRA_ADMIN_URL": upstream.url}
    with forked(tmp_path, **settings, GUNICORN_CMD_ARGS="--timeout 0") as server:
        [pid] = workers(server.process.pid)
        os.kill(pid, signal.SIGSTOP)
        yield server, pid, upstream
        os.kill(pid, signal.SIGCONT)
    upstream.close()


def test_who_waited_for_too_long_is_refused_and_all_is_normal_after_that(stopped):
    """Pages, files that are not there, and forms; health is answered, and nobody upstream hears of the others."""
    server, pid, upstream = stopped
    host, port = server.url.removeprefix("http://").split(":")
    with ExitStack() as stack:
        pages = [ASK % (path, b"Connection: close\r\n") for path in (b"/login?login_challenge=c", b"/static/nope")]
        requested = pages * (MANY // 2) + [FORM] * MANY
        requested += [ASK % (b"/health/alive", b"Connection: close\r\n")] * MANY
        clients = [stack.enter_context(socket.create_connection((host, int(port)), PATIENCE)) for _ in requested]
        for client, request in zip(clients, requested, strict=True):
            client.sendall(request)
        time.sleep(request_queue.AT_MOST + 0.1)
        os.kill(pid, signal.SIGCONT)
        answers = [whole(client) for client in clients]

    assert [answer[9:12] for answer in answers] == [b"503"] * 2 * MANY + [b"200"] * MANY
    assert all(b"\r\nRetry-After: " in answer for answer in answers[: 2 * MANY])
    assert all(b"\r\nContent-Security-Policy: " in answer for answer in answers)
    assert upstream.requests == []
    until = time.monotonic() + PATIENCE
    while (answer := requests.get(f"{server.url}/", timeout=PATIENCE)).status_code == 503 and time.monotonic() < until:
        continue  # that one waited, too: somebody else uses this machine
    assert answer.status_code == 502  # by what this Kratos says
    assert len(upstream.requests) == 1


def test_health_waits_for_nobody_who_is_refused(stopped):
    """One turn of the worker has them all to answer; which was first is in its log."""
    server, pid, _ = stopped
    host, port = server.url.removeprefix("http://").split(":")
    os.kill(pid, signal.SIGCONT)
    with ExitStack() as stack:
        kept = [stack.enter_context(socket.create_connection((host, int(port)), PATIENCE)) for _ in range(CROWD)]
        for client in kept:
            client.sendall(ASK % (b"/health/alive", b""))
            answer = b""
            while not answer.endswith(b"}\n"):
                answer += client.recv(65536)
        with socket.create_connection((host, int(port)), PATIENCE) as another:  # then it is done with the last of them
            another.sendall(ASK % (b"/health/alive", b"Connection: close\r\n"))
            whole(another)
        os.kill(pid, signal.SIGSTOP)
        for client in kept:
            client.sendall(ASK % (b"/login?login_challenge=c", b"Connection: close\r\n"))
        watching = stack.enter_context(socket.create_connection((host, int(port)), PATIENCE))
        watching.sendall(ASK % (b"/health/alive", b"Connection: close\r\n"))
        time.sleep(request_queue.AT_MOST + 0.1)
        os.kill(pid, signal.SIGCONT)
        answers = [whole(client) for client in (*kept, watching)]

    assert [answer[9:12] for answer in answers] == [b"503"] * CROWD + [b"200"]
    lines = [json.loads(line) for line in server.log.read_text().splitlines() if line.startswith("{")]
    statuses = [line["status"] for line in lines if line["event"] == "request"][-len(answers) :]
    assert statuses.index(200) < CROWD / 4


def whole(client):
    answer = b""
    while data := client.recv(65536):
        answer += data
    return answer
