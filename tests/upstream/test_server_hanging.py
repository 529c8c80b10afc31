"""The running server while Kratos and Hydra accept connections and then say nothing, or say it by drops."""

import threading
import time

import pytest
import requests

from tests.upstream.loopback import Raw
from tests.upstream.server import running

SLACK = 3  # seconds, for machines with something else to do


def silent(connection, number):
    """Nothing, for ever."""


def dripping(connection, number):
    """Headers that never end."""
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"X: y\r\n")
        time.sleep(0.1)


@pytest.fixture(scope="module", params=[silent, dripping], ids=lambda answer: answer.__name__)
def server(request, tmp_path_factory):
    """Portico before one server that is Kratos and Hydra and does not answer."""
    upstream = Raw(request.param)
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
    assert max(seconds for _, seconds in answers) < 4 + SLACK
    assert set(statuses) == {503}
