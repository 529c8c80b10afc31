"""Connections of one worker take turns, however many requests of one of them are there already (counted, not timed)."""

import socket
import threading

import requests

from tests.server.server import forked
from tests.stack.processes import PATIENCE

MANY = 2000  # about a second's work
REQUEST = b"GET /health/alive HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


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
