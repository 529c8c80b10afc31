"""The whole server as it is started in production, for tests that talk to it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from tests.stack import processes
from tests.stack.ports import unused_port
from tests.stack.processes import PATIENCE, Processes, Program
from tests.stack.stack import environment

ROOT = Path(__file__).resolve().parents[2]
SECRET = "a-secret-key-of-the-tests-0123456789"


@dataclass
class Server:
    """A running server: its address, its process, the file it logs to."""

    url: str
    process: Program
    log: Path

    def talk(self, data: bytes) -> bytes:
        """Send bytes, read what comes until it says no more."""
        host, port = self.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=PATIENCE) as sock:
            sock.sendall(data)
            answer = b""
            while chunk := sock.recv(65536):
                answer += chunk
        return answer


SERVE = ("-m", "app", "serve")


def workers(first: int) -> list[int]:
    """The processes that a server's first one has forked (Linux: /proc)."""
    return [*map(int, Path(f"/proc/{first}/task/{first}/children").read_text().split())]


@contextmanager
def stopped(pids: Sequence[int]) -> Iterator[None]:
    """These processes do not run in this block: what is sent meanwhile is all there when they go on."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def variables(folder: Path) -> dict[str, str]:
    """What a server is told, which listens on a free port."""
    address = f"127.0.0.1:{unused_port()}"
    (folder / "portico.toml").write_text("")
    env = {"PORTICO_PUBLIC_URL": f"http://{address}", "PORTICO_SECRET_KEY": SECRET, "PORTICO_WORKERS": "1"}
    env |= {"PORTICO_LISTEN": address, "PORTICO_CONFIG": str(folder / "portico.toml")}
    return env | {"PORTICO_DRAIN_SECONDS": "0"}


@contextmanager
def started(folder: Path, command: Sequence[str] = SERVE, **settings: str) -> Iterator[Server]:
    """`portico serve` for the length of a block; it may not have begun to listen."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("PORTICO_")} | variables(folder)
    log, argv = folder / "log", [sys.executable, *command]
    with (
        log.open("wb") as file,
        processes.running(argv, cwd=ROOT, env=env | settings, stdout=file, stderr=subprocess.STDOUT) as process,
    ):
        yield Server(env["PORTICO_PUBLIC_URL"], process, log)


@contextmanager
def forked(folder: Path, **settings: str) -> Iterator[Server]:
    """One that answers, begun as the stacks of tests are (tests/stack/forks.py): for what it does once it runs.

    It is patient (tests/stack/patience.py) unless these are its settings, too: `**HURRIED`.
    """
    env = variables(folder)
    url = env["PORTICO_PUBLIC_URL"]
    with Processes(folder) as children:
        children.start("log", [sys.executable, *SERVE], environment() | env | settings, [f"{url}/health/alive"])
        children.wait(PATIENCE)
        yield Server(url, children.children["log"].process, children.children["log"].log)


@contextmanager
def running(folder: Path, command: Sequence[str] = SERVE, **settings: str) -> Iterator[Server]:
    """The same once it answers, for tests of how it begins; its log if it ends before that."""
    with started(folder, command, **settings) as server:
        until = time.monotonic() + PATIENCE
        while True:
            try:
                requests.get(f"{server.url}/health/alive", timeout=PATIENCE)
                break
            except requests.ConnectionError:
                is_gone = server.process.poll() is not None or time.monotonic() > until
                assert not is_gone, f"no answer: {server.log.read_text()}"
                time.sleep(0.05)
        yield server


def stop(server: Server) -> int:
    """End it as an operator does."""
    os.kill(server.process.pid, signal.SIGTERM)
    return server.process.wait(PATIENCE)
