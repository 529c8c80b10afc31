"""How the cost of a page grows: each of these by itself, with Kratos and Hydra played from memory by this process."""

import asyncio
import json
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.utils import formatdate
from functools import cache
from multiprocessing import Process
from pathlib import Path

import requests

from tests.bench import load, system
from tests.payloads.bodies import load as recorded
from tests.server.server import running, workers
from tests.support.builders import node
from tests.support.upstream import ADA, BROWSER_KRATOS, CLIENT, authorize, session

SECONDS = 2
COOKIE = "ory_kratos_session=s"
ROW = "{:<24}{:>8}{:>10}{:>10}{:>10}{:>10}"
LOGIN = "/login?flow={}-{}"  # nodes, milliseconds that Kratos takes
ROWS = (
    *(("nodes", nodes, LOGIN.format(nodes, 0), 1, 8) for nodes in (10, 100, 500)),
    *(("scopes", scopes, f"/consent?consent_challenge={scopes}-0", 1, 8) for scopes in (1, 10, 100)),
    *(("connections", number, LOGIN.format(10, 0), 1, number) for number in (1, 8, 64, 256)),
    *(("upstream latency, ms", latency, LOGIN.format(10, latency), 1, 64) for latency in (1, 10, 100)),
    *(("workers", workers, LOGIN.format(10, 0), workers, 8) for workers in (1, 2, 4)),
)


def print_growth() -> None:
    """One table: the login page by nodes, connections, latency and workers, the consent page by scopes."""
    print("\nHow cost grows, otherwise 10 nodes, 8 connections (latency: 64), no latency, 1 worker:")
    print(ROW.format("", "", "CPU ms", "req/s", "p50 ms", "p99 ms"))
    with tempfile.TemporaryDirectory() as folder, upstream() as url:
        for workers in (1, 2, 4):
            settings = {"PORTICO_KRATOS_PUBLIC_URL": url, "PORTICO_HYDRA_ADMIN_URL": url}
            settings |= {"PORTICO_KRATOS_BROWSER_URL": BROWSER_KRATOS, "PORTICO_WORKERS": str(workers)}
            with running(Path(folder), **settings) as server:
                for name, value, path, _, connections in [row for row in ROWS if row[3] == workers]:
                    figures = _measured(server.process.pid, server.url + path, connections)
                    print(ROW.format(name, value, *figures), flush=True)


def _measured(pid: int, url: str, connections: int) -> tuple[str, ...]:
    """CPU of all processes per request, what was answered and how fast."""
    for seconds in (0, 1, 2, 4):  # the row before may have asked for more than could be answered
        time.sleep(seconds)
        answer = requests.get(url, headers={"Cookie": COOKIE}, timeout=60)
        if answer.status_code != 503:
            break
    answer.raise_for_status()
    load.run(url, COOKIE, 1, connections)
    pids = [pid, *workers(pid)]
    before = system.cpu(pids)
    done = load.run(url, COOKIE, SECONDS, connections)
    cost = (system.cpu(pids) - before) / max(done.requests, 1)
    p99 = f"{done.p99:.0f}" if not done.failed else f"{done.failed} failed"
    return f"{cost:.2f}", f"{done.requests / done.seconds:.0f}", f"{done.p50:.1f}", p99


@cache
def _answer(path: str, size: int) -> bytes:
    """What Kratos and Hydra answer, with so many nodes or scopes."""
    flow = recorded("login/password_only")
    flow["ui"]["nodes"] += [node(f"traits.{number}") for number in range(size - len(flow["ui"]["nodes"]))]
    consent = {
        "subject": ADA,
        "client": CLIENT,
        "requested_scope": [f"scope-{number}" for number in range(size)],
        "request_url": authorize(),
        "login_session_id": "hydra-1",
        "context": {"kratos_session": "session-1"},
    }
    bodies = {"flows": flow, "whoami": session(), "consent": [] if "/sessions/" in path else consent}
    body = json.dumps(bodies.get(path.rpartition("/")[2], {}))
    head = f"HTTP/1.1 200 OK\r\nDate: {formatdate(usegmt=True)}\r\nContent-Type: application/json"
    return f"{head}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


async def _talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
        while True:
            path, _, query = (await reader.readuntil(b"\r\n\r\n")).split(b" ")[1].decode().partition("?")
            size, _, latency = query.rpartition("=")[2].partition("-")
            await asyncio.sleep(int(latency) / 1000 if latency.isdecimal() else 0)
            writer.write(_answer(path, int(size) if latency.isdecimal() else 0))


async def _play(listening: socket.socket) -> None:
    server = await asyncio.start_server(_talk, sock=listening, backlog=1024)
    await server.serve_forever()


@contextmanager
def upstream() -> Iterator[str]:
    """Kratos and Hydra in a process of their own; what is asked says how much is answered, and how late."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        process = Process(target=lambda: asyncio.run(_play(listening)), daemon=True)
        process.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            process.terminate()
            process.join()
