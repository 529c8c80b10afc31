"""The running server while Kratos and Hydra accept connections and then say nothing, or say it by drops."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress

import pytest
import requests

from tests.server.server import forked
from tests.stack.patience import HURRIED
from tests.stack.processes import PATIENCE
from tests.support.loopback import Raw

PAGES = [
    *("/login?login_challenge=c", "/login?flow=00000000-0000-4000-8000-000000000000", "/consent?consent_challenge=c"),
    *("/logout?logout_challenge=c", "/settings?flow=00000000-0000-4000-8000-000000000000"),
    *("/error?id=00000000-0000-4000-8000-000000000000", "/sessions", "/"),
]


def silent(connection, number):
    """Nothing, for ever."""


def dripping(connection, number):
    """Headers that never end."""
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"X: y\r\n")
        time.sleep(0.1)


class Handshaking(Raw):
    """Begins a TLS handshake that never ends, a byte now and then; each byte comes in time."""

    def __init__(self) -> None:
        super().__init__(silent)
        self.url = self.url.replace("http://", "https://")

    def _talk(self, connection):
        with connection, suppress(OSError):
            connection.sendall(b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc")
            while True:
                connection.sendall(b"\x00")
                time.sleep(0.1)


UPSTREAMS = [lambda: Raw(silent), lambda: Raw(dripping), Handshaking]


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    """A Portico before each server that is Kratos and Hydra and does not answer: tests wait for all of them at once."""
    with ExitStack() as stack:
        upstreams = [stack.enter_context(closing(upstream())) for upstream in UPSTREAMS]
        yield [
            stack.enter_context(
                forked(
                    tmp_path_factory.mktemp("hanging"),
                    **HURRIED | {"PORTICO_KRATOS_PUBLIC_URL": upstream.url, "PORTICO_HYDRA_ADMIN_URL": upstream.url},
                )
            ).url
            for upstream in upstreams
        ]


def get(url):
    """The answer, whatever the machine has to do beside it; without a limit of Portico's own there would be none."""
    return requests.get(url, timeout=PATIENCE, allow_redirects=False)


def at_once(urls):
    """The answers to all of these, asked for at the same moment."""
    with ThreadPoolExecutor(len(urls)) as crowd:
        return list(crowd.map(get, urls))


def test_every_page_is_answered(servers):
    """F28: in six seconds, which tests/http/test_time_budget.py counts."""
    pages = [server + path for server in servers for path in PAGES]
    assert {answer.url: answer.status_code for answer in at_once(pages)} == dict.fromkeys(pages, 503)


def test_readiness_names_both(servers):
    for response in at_once([f"{server}/health/ready" for server in servers]):
        assert (response.status_code, response.json()["failing"]) == (503, ["Kratos", "Hydra"]), response.url


def test_a_crowd_does_not_keep_health_and_static_answers_waiting(servers):
    """F23: as many pages as the server has connections, all waiting for Kratos; tests/ory counts how few wait.

    Again where the machine stopped for as long as they do.
    """
    for server in servers:
        for _ in range(10):
            with ThreadPoolExecutor(1) as other:
                crowd = other.submit(at_once, [f"{server}/sessions"] * 300)
                answers = [get(server + path) for path in ("/health/alive", "/static/app.css", "/robots.txt")]
                is_waiting = not crowd.done()

            assert [answer.status_code for answer in answers] == [200] * 3
            assert {answer.status_code for answer in crowd.result()} == {503}
            if is_waiting:
                break
        assert is_waiting, server
