"""Connections of one worker take turns, however many requests of one of them are there already (counted, not timed)."""

import json
import socket
from contextlib import ExitStack

from tests.server.server import forked, stopped, workers
from tests.stack.processes import PATIENCE

SETTINGS = {"PORTICO_KRATOS_PUBLIC_URL": "http://127.0.0.1:9", "GUNICORN_CMD_ARGS": "--timeout 0"}
MANY = 1000
REQUEST = b"GET /health/alive HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
CROWD, FILES = 200, 10
FILE = b"GET /static/app.css HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


def routes_of(server):
    """What was answered, in order."""
    lines = [json.loads(line) for line in server.log.read_text().splitlines() if line.startswith("{")]
    return [line["route"] for line in lines if line["event"] == "request"]


def test_a_client_that_sent_many_requests_at_once_does_not_keep_others_from_theirs(tmp_path):
    """F25: under gevent what is there already is read without waiting, and only who waits lets others go on."""
    with forked(tmp_path, **SETTINGS) as server, ExitStack() as stack:
        host, port = server.url.removeprefix("http://").split(":")
        with stopped(workers(server.process.pid)):
            crowd, other = [stack.enter_context(socket.create_connection((host, int(port)), PATIENCE)) for _ in "ab"]
            crowd.sendall(REQUEST * MANY)
            other.sendall(REQUEST.replace(b"alive", b"serving"))
        answers = b""
        while answers.count(b"HTTP/1.1 200") < MANY:
            answers += crowd.recv(65536)
        routes = routes_of(server)

    assert routes.index("/health/serving") < MANY / 2


def test_health_does_not_wait_for_a_crowd_that_asks_for_files(tmp_path):
    """F25: 900 connections that asked for ten files each kept it for 20 seconds; what came first is in the log."""
    with forked(tmp_path, **SETTINGS, PORTICO_WORKERS="2") as server, ExitStack() as stack:
        host, port = server.url.removeprefix("http://").split(":")
        with stopped(workers(server.process.pid)):
            crowd = [stack.enter_context(socket.create_connection((host, int(port)), PATIENCE)) for _ in range(CROWD)]
            for client in crowd:
                client.sendall(FILE * FILES)
            watching = stack.enter_context(socket.create_connection((host, int(port)), PATIENCE))
            watching.sendall(REQUEST)
        assert watching.recv(65536).startswith(b"HTTP/1.1 200")
        routes = routes_of(server)

    last = len(routes) - routes[::-1].index("/health/alive")
    assert len(routes[:last]) < 2 * CROWD
