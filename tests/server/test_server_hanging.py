"""The running server while Kratos and Hydra accept connections and then say nothing, or say it by drops."""

import threading
import time
from contextlib import suppress

import pytest
import requests

from tests.server.server import running
from tests.support.loopback import Raw

SLACK = 3  # seconds, for machines with something else to do


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
        with suppress(OSError):
            connection.sendall(b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc")
            while True:
                connection.sendall(b"\x00")
                time.sleep(0.1)


UPSTREAMS = {"silent": lambda: Raw(silent), "dripping": lambda: Raw(dripping), "handshaking": Handshaking}


@pytest.fixture(scope="module", params=UPSTREAMS.values(), ids=UPSTREAMS)
def server(request, tmp_path_factory):
    """Portico before one server that is Kratos and Hydra and does not answer."""
    upstream = request.param()
    settings = {"PORTICO_KRATOS_PUBLIC_URL": upstream.url, "PORTICO_HYDRA_ADMIN_URL": upstream.url}
    with running(tmp_path_factory.mktemp("hanging"), **settings) as server:
        yield server
    upstream.close()


def timed(url):
    began = time.monotonic()
    response = requests.get(url, timeout=60, allow_redirects=False)
    return response, time.monotonic() - began


@pytest.mark.parametrize(
    "path",
    [
        "/login?login_challenge=c",
        "/login?flow=00000000-0000-4000-8000-000000000000",
        "/consent?consent_challenge=c",
        "/logout?logout_challenge=c",
        "/settings?flow=00000000-0000-4000-8000-000000000000",
        "/error?id=00000000-0000-4000-8000-000000000000",
        "/sessions",
        "/",
    ],
)
def test_every_page_is_answered_in_six_seconds(server, path):
    response, seconds = timed(server.url + path)

    assert response.status_code == 503
    assert seconds < 6 + SLACK


def test_readiness_is_answered_in_two_seconds_and_names_both(server):
    response, seconds = timed(f"{server.url}/health/ready")

    assert (response.status_code, response.json()["failing"]) == (503, ["Kratos", "Hydra"])
    assert seconds < 2 + SLACK


def test_a_crowd_does_not_keep_health_and_static_answers_waiting(server):
    """As many pages as the server has connections, all waiting for Kratos."""
    statuses = []
    crowd = [
        threading.Thread(target=lambda: statuses.append(timed(f"{server.url}/sessions")[0].status_code))
        for _ in range(300)
    ]
    for person in crowd:
        person.start()
    time.sleep(0.5)
    answers = [timed(server.url + path) for path in ("/health/alive", "/static/app.css", "/robots.txt")]
    for person in crowd:
        person.join()

    assert [response.status_code for response, _ in answers] == [200] * 3
    assert max(seconds for _, seconds in answers) < 30  # how few wait is counted in test_wire_limits.py
    assert set(statuses) == {503}
