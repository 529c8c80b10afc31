"""Connections of one worker take turns, however many requests of one of them are there already (counted, not timed)."""

import json
import os
import signal
import socket
import threading
from contextlib import ExitStack
from pathlib import Path

import requests

from tests.server.server import forked
from tests.stack.processes import PATIENCE

MANY = 2000  # about a second's work
REQUEST = b"GET /health/alive HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
CROWD, FILES = 200, 10
FILE = b"GET /static/app.css HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


def test_a_client_that_sent_many_requests_at_once_does_not_keep_others_from_theirs(tmp_path):
    """F25: under gevent what is there already is read without waiting, and only who waits lets others go on."""
    with forked(tmp_path, PORTICO_KRATOS_PUBLIC_URL="http://127.0.0.1:9") as server:
        host, port = server.url.removeprefix("http://").split(":")
        answers, begun = bytearray(), threading.Event()

        def read(crowd: socket.socket) -> None:
            while answers.count(b"HTTP/1.1 200") < MANY and (data := crowd.recv(65536)):
                answers.extend(data)
                begun.set()

        with socket.create_connection((host, int(port)), timeout=PATIENCE) as crowd:
            reader = threading.Thread(target=read, args=(crowd,))
            reader.start()
            crowd.sendall(REQUEST * MANY)
            assert begun.wait(PATIENCE)
            assert requests.get(f"{server.url}/health/alive", timeout=PATIENCE).status_code == 200
            before_it = answers.count(b"HTTP/1.1 200")
            reader.join(PATIENCE)

    assert answers.count(b"HTTP/1.1 200") == MANY
    assert before_it < MANY / 2


def test_health_does_not_wait_for_a_crowd_that_asks_for_files(tmp_path):
    """F25: 900 connections that asked for ten files each kept it for 20 seconds; what came first is in the log."""
    with forked(tmp_path, PORTICO_KRATOS_PUBLIC_URL="http://127.0.0.1:9", PORTICO_WORKERS="2") as server:
        first = server.process.pid
        workers = list(map(int, Path(f"/proc/{first}/task/{first}/children").read_text().split()))
        host, port = server.url.removeprefix("http://").split(":")
        for pid in workers:
            os.kill(pid, signal.SIGSTOP)
        with ExitStack() as stack:
            crowd = [stack.enter_context(socket.create_connection((host, int(port)), PATIENCE)) for _ in range(CROWD)]
            for client in crowd:
                client.sendall(FILE * FILES)
            with socket.create_connection((host, int(port)), PATIENCE) as watching:
                watching.sendall(REQUEST)
                for pid in workers:
                    os.kill(pid, signal.SIGCONT)
                assert watching.recv(65536).startswith(b"HTTP/1.1 200")
        lines = [json.loads(line) for line in server.log.read_text().splitlines() if line.startswith("{")]

    routes = [line["route"] for line in lines if line["event"] == "request"]
    last = len(routes) - routes[::-1].index("/health/alive")
    assert len(routes[:last]) < 2 * CROWD
