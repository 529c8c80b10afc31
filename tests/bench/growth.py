"""How the cost of a page grows: each of these by itself, with Kratos and Hydra played from memory by this process."""

import asyncio
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

from tests.bench import load, system
from tests.payloads.bodies import load as recorded
from tests.server.server import running
from tests.support.builders import node
from tests.support.upstream import ADA, BROWSER_KRATOS, CLIENT, authorize, session

VARIED = {
    "nodes": (10, 100, 500),
    "scopes": (1, 10, 100),
    "workers": (1, 2, 4),
    "connections": (1, 8, 64, 256),
    "upstream latency, ms": (1, 10, 100),
}
SECONDS = 2
ROW = "{:<28}{:>8}{:>10}{:>10}{:>10}{:>10}"


def print_growth() -> None:
    """One table: the login page by nodes, workers, connections and latency, the consent page by scopes."""
    print(f"\nHow cost grows, beside 10 nodes, 1 worker, {load.CONNECTIONS} connections and no latency:")
    print(ROW.format("", "", "CPU ms", "req/s", "p50 ms", "p99 ms"))
    for name, values in VARIED.items():
        for value in values:
            cost, done = _measured(name, value)
            figures = f"{cost:.2f}", f"{done.requests / done.seconds:.0f}", f"{done.p50:.1f}", f"{done.p99:.0f}"
            print(ROW.format(name, value, *figures), f" {done.failed} failed" * bool(done.failed), flush=True)


def _measured(name: str, value: int) -> tuple[float, load.Load]:
    """Milliseconds of CPU per request of all processes, and what came back."""
    nodes, scopes = (value if name == what else 10 for what in ("nodes", "scopes"))
    connections = value if name == "connections" else load.CONNECTIONS
    if name.startswith("upstream"):
        connections = 64
    page = "/consent?consent_challenge=c" if name == "scopes" else "/login?flow=f"
    with (
        tempfile.TemporaryDirectory() as folder,
        _upstream(_bodies(nodes, scopes), value / 1000 if name.startswith("upstream") else 0) as url,
        running(
            Path(folder),
            PORTICO_KRATOS_PUBLIC_URL=url,
            PORTICO_HYDRA_ADMIN_URL=url,
            PORTICO_KRATOS_BROWSER_URL=BROWSER_KRATOS,
            PORTICO_WORKERS=str(value if name == "workers" else 1),
        ) as server,
    ):
        load.run(server.url + page, "ory_kratos_session=s", 1, connections)
        pid = server.process.pid
        pids = [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]
        before = system.cpu(pids)
        done = load.run(server.url + page, "ory_kratos_session=s", SECONDS, connections)
        return (system.cpu(pids) - before) / max(done.requests, 1), done


def _bodies(nodes: int, scopes: int) -> dict[str, Any]:
    """What Kratos and Hydra answer, by path."""
    flow = recorded("login/password_only")
    fields = [node(f"traits.field_{number}") for number in range(nodes - len(flow["ui"]["nodes"]))]
    flow["ui"]["nodes"] += fields
    return {
        "/self-service/login/flows": flow,
        "/sessions/whoami": session(),
        "/admin/oauth2/auth/sessions/consent": [],
        "/admin/oauth2/auth/requests/consent": {
            "challenge": "c",
            "skip": False,
            "subject": ADA,
            "client": CLIENT,
            "requested_scope": [f"scope-{number}" for number in range(scopes)],
            "requested_access_token_audience": [],
            "request_url": authorize(),
            "oidc_context": {},
            "login_session_id": "hydra-1",
            "context": {"kratos_session": "session-1"},
        },
    }


@contextmanager
def _upstream(bodies: dict[str, Any], latency: float) -> Iterator[str]:
    """A server that answers these GETs so many seconds later; a thread of its own, its connections are kept."""
    head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}"
    answers = {path: head.format(len(body := json.dumps(value)), body).encode() for path, value in bodies.items()}

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while request := await reader.readuntil(b"\r\n\r\n"):
            await asyncio.sleep(latency)
            writer.write(answers[request.split(b" ")[1].partition(b"?")[0].decode()])

    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(asyncio.start_server(talk, "127.0.0.1", 0, backlog=1024))
    Thread(target=loop.run_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    loop.call_soon_threadsafe(loop.stop)
