"""SIGHUP: new settings without a pause; with a mistake in them the server runs on with the former ones."""

import os
import signal
import time

import pytest
import requests

from tests.server.server import forked, stop
from tests.stack.processes import PATIENCE

GOOD = '[brand]\nname = "{}"\n'
TEMPLATE = "{% extends 'portico/error.html' %}{% block content %}{{ nothing"


def reload(server, settings):
    """Write the settings, tell the server, wait until it has said what came of it."""
    file = server.log.with_name("portico.toml")
    count = server.log.read_text().count("Handling signal: hup")
    file.write_text(settings)
    os.kill(server.process.pid, signal.SIGHUP)
    until = time.monotonic() + PATIENCE
    while server.log.read_text().count("Handling signal: hup") == count and time.monotonic() < until:
        time.sleep(0.05)


def seconds_of(folder):
    """The file that says for how long load balancers are told before it ends."""
    return folder / "seconds"


def name(server):
    """What the pages call the service."""
    return requests.get(f"{server.url}/nowhere", timeout=PATIENCE).text


def shows(server, word):
    """Whether the pages show this word before long: the former workers finish first."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if word in name(server):
            return True
        time.sleep(0.1)
    return False


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reload")
    (folder / "templates").mkdir()
    seconds_of(folder).write_text("600")
    settings = {"PORTICO_DRAIN_SECONDS": "", "PORTICO_DRAIN_SECONDS_FILE": str(seconds_of(folder))}
    with forked(folder, **settings, PORTICO_KRATOS_PUBLIC_URL="http://127.0.0.1:9", PORTICO_WORKERS="2") as server:
        reload(server, GOOD.format("First Name"))
        assert shows(server, "First Name")
        yield server


def test_new_settings_are_taken(server):
    """Its former workers get SIGTERM, but the server does not end: nothing tells load balancers so."""
    assert shows(server, "First Name")
    assert requests.get(f"{server.url}/health/ready", timeout=PATIENCE).json()["status"] == "not ready"


@pytest.mark.parametrize(
    "mistake",
    [
        *("[brand\n", "no_such_setting = 1\n", 'default_language = "no tag!"\n'),
        *('templates_dir = "{templates}"\n', '[brand]\nlogo = "no-such-file.svg"\n'),
    ],
)
def test_a_mistake_in_them_is_told_and_the_server_runs_on(server, mistake):
    """F27."""
    templates = server.log.with_name("templates")
    (templates / "error.html").write_text(TEMPLATE)
    count = server.log.read_text().count('"not_reloaded"')

    reload(server, mistake.format(templates=templates) if "templates" in mistake else mistake)

    until = time.monotonic() + PATIENCE
    while server.log.read_text().count('"not_reloaded"') == count and time.monotonic() < until:
        time.sleep(0.05)
    assert server.log.read_text().count('"not_reloaded"') == count + 1
    assert shows(server, " Name")
    assert server.process.poll() is None


def test_they_are_taken_once_the_mistake_is_gone(server):
    reload(server, GOOD.format("Second Name"))
    assert shows(server, "Second Name")
    assert "Traceback" not in server.log.read_text()


def test_metrics_are_switched_on_by_a_new_start_alone(server):
    """Whoever asks for them by SIGHUP gets none; the server does not end with its former workers."""
    for number in ("Third", "Fourth"):
        reload(server, 'metrics_listen = "127.0.0.1:9"\n' + GOOD.format(f"{number} Name"))
        assert shows(server, f"{number} Name")
    assert server.process.poll() is None


def test_the_seconds_for_load_balancers_are_the_new_ones(server):
    """How it ends, too, is by the settings of now. The last test with this server."""
    seconds_of(server.log.parent).write_text("0")
    reload(server, GOOD.format("Fifth Name"))
    assert shows(server, "Fifth Name")
    assert stop(server) == 0
    assert '"failure"' not in server.log.read_text()
