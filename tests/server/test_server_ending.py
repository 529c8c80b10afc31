"""SIGTERM: load balancers see it first, then it stops listening, and whatever was begun is finished."""

import os
import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import pytest
import requests

from tests.server.server import forked, running, started, stop
from tests.stack.processes import PATIENCE
from tests.support.loopback import OK, Raw

PAGE = b"GET /login?flow=00000000-0000-4000-8000-000000000000 HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
FOR_EVER = 600  # seconds: a test would fail before they are over


@pytest.fixture
def thinking():
    """Set while Kratos and Hydra answer."""
    return threading.Event()


@pytest.fixture
def upstream(thinking):
    def answer(connection, number):
        thinking.wait(PATIENCE)
        connection.sendall(OK)

    raw = Raw(answer)
    yield raw
    thinking.set()
    raw.close()


@pytest.fixture
def serve(tmp_path, upstream):
    """Starts Portico with so many seconds for load balancers."""

    def start(seconds):
        settings = {"PORTICO_KRATOS_PUBLIC_URL": upstream.url, "PORTICO_WORKERS": "2"}
        return forked(tmp_path, **settings, PORTICO_DRAIN_SECONDS=str(seconds))

    return start


def refused(server):
    """Whether it has stopped listening; within PATIENCE it has to."""
    host, port = server.url.removeprefix("http://").split(":")
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            socket.create_connection((host, int(port)), timeout=PATIENCE).close()
        except OSError:
            return True
        time.sleep(0.05)
    return False


def status_of(server, path):
    answer = requests.get(server.url + path, timeout=PATIENCE)
    return answer.status_code, answer.json()["status"]


def test_it_is_not_ready_before_connections_are_refused(serve, thinking):
    """Whoever asks for a page meanwhile is served."""
    thinking.set()
    with serve(FOR_EVER) as server:
        os.kill(server.process.pid, signal.SIGTERM)
        for path in ("/health/serving", "/health/ready"):
            until = time.monotonic() + PATIENCE
            while (status := status_of(server, path)) != (503, "ending"):
                assert time.monotonic() < until, status
        assert status_of(server, "/health/alive") == (200, "ok")
        assert requests.get(f"{server.url}/nowhere", timeout=PATIENCE).status_code == 404

        os.kill(server.process.pid, signal.SIGTERM)  # it does not wait any longer
        assert refused(server)
        assert server.process.wait(PATIENCE) == 0
        assert "Traceback" not in server.log.read_text()


def words_about_the_connection(server):
    """One request after the other on one connection until it is closed: what each answer says about it."""
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=PATIENCE) as sock, sock.makefile("rb") as answers:
        while True:
            sock.sendall(b"GET /health/alive HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            head = list(iter(answers.readline, b"\r\n"))
            answers.read(int(next(line for line in head if line.lower().startswith(b"content-length")).split()[1]))
            yield next(line.split()[1].decode() for line in head if line.startswith(b"Connection"))


def test_kept_connections_end_with_an_answer_that_says_so(serve):
    """A POST on a connection that is closed at that moment would be lost: no proxy sends it again."""
    with serve(FOR_EVER) as server:
        words = words_about_the_connection(server)
        assert [next(words), next(words)] == ["keep-alive", "keep-alive"]

        os.kill(server.process.pid, signal.SIGTERM)
        until = time.monotonic() + PATIENCE
        while (word := next(words)) == "keep-alive" and time.monotonic() < until:
            time.sleep(0.05)

        assert word == "close"
        assert stop(server) == 0  # a second signal ends it at once


def test_what_was_begun_is_finished_after_it_has_stopped_listening(serve, thinking, upstream):
    """Pages that wait for Kratos until then."""
    with serve(0) as server, ThreadPoolExecutor(10) as crowd:
        pages = [crowd.submit(server.talk, PAGE) for _ in range(10)]
        until = time.monotonic() + PATIENCE
        while len(upstream.requests) < len(pages):
            assert time.monotonic() < until
            time.sleep(0.05)
        os.kill(server.process.pid, signal.SIGTERM)
        assert refused(server)
        thinking.set()

        assert [page.result()[:9] for page in pages] == [b"HTTP/1.1 "] * 10
        assert server.process.wait(PATIENCE) == 0


def test_a_connection_that_is_kept_for_more_requests_holds_it_back_no_longer(serve):
    """Proxies keep some for minutes; gunicorn's worker would wait for it until it is killed.

    Nor is anything else needed when the seconds for load balancers are over.
    """
    with serve(1) as server:
        words = words_about_the_connection(server)
        assert next(words) == "keep-alive"
        assert stop(server) == 0
        assert server.log.read_text().count("Worker exiting") == 2  # one that is killed says nothing


# One process is told to end, once, when it calls what the first argument names: the first worker, which gunicorn does
# not let hear it yet, or ("parent") the first process itself before it has forked a worker.
TOLD_EARLY = """
import os, signal, sys
from gunicorn import util
from app.cli import main
name, who, told = sys.argv[1:]
moment = getattr(util, name)
def tell(*args, **kwargs):
    moment(*args, **kwargs)
    if (os.getpid() if who == "parent" else os.getppid()) == first and not os.path.exists(told):
        open(told, "w").close()
        os.kill(os.getpid(), signal.SIGTERM)
first = os.getpid()
setattr(util, name, tell)
sys.argv[1:] = ["serve"]
main()
"""


@contextmanager
def told_early(folder, begin, *words, **settings):
    """A server that is told to end at such a moment."""
    folder.mkdir()
    with begin(folder, ["-c", TOLD_EARLY, *words, str(folder / "told")], **settings) as server:
        yield server


def test_whoever_is_told_to_end_before_it_has_begun_ends_and_no_other(tmp_path, upstream):
    """A server that is ended while it starts would wait ten seconds for such a worker, and kill it.

    The first process tells load balancers first, and meanwhile the workers that it forks have to serve.
    """
    settings = {"PORTICO_KRATOS_PUBLIC_URL": upstream.url}
    with ExitStack() as stack:
        draining = settings | {"PORTICO_DRAIN_SECONDS": "1"}
        first = stack.enter_context(told_early(tmp_path / "first", started, "_setproctitle", "parent", **draining))
        of_worker = ["_setproctitle", "set_owner_process"]
        servers = [
            stack.enter_context(told_early(tmp_path / at, running, at, "worker", **settings)) for at in of_worker
        ]
        for server in servers:
            os.kill(server.process.pid, signal.SIGTERM)
        assert [server.process.wait(PATIENCE) for server in (first, *servers)] == [0, 0, 0]
        exited = [server.log.read_text().count("Worker exiting") for server in (first, *servers)]
    assert exited == [1, 2, 2]  # that one, and the one in its place
