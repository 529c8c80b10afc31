"""The events of a whole server: that it begins, goes on with new settings, and ends."""

import json
import os
import signal
import time

from app import __version__
from tests.server.server import forked, stop
from tests.stack.processes import PATIENCE


def test_a_server_says_that_it_begins_goes_on_and_ends(tmp_path):
    with forked(tmp_path, PORTICO_KRATOS_PUBLIC_URL="http://127.0.0.1:9") as server:
        os.kill(server.process.pid, signal.SIGHUP)
        until = time.monotonic() + PATIENCE
        while "sys_restart" not in server.log.read_text() and time.monotonic() < until:
            time.sleep(0.05)
        stop(server)
        lines = [json.loads(line) for line in server.log.read_text().splitlines()]

    events = [line for line in lines if line["event"].startswith("sys_")]
    assert [event["event"] for event in events] == ["sys_startup", "sys_restart", "sys_shutdown"]
    assert {(event["level"], event["version"], event["request_id"]) for event in events} == {("info", __version__, "")}
