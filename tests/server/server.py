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
from tests.stack.processes import PATIENCE

ROOT = Path(__file__).resolve().parents[2]
SECRET = "a-secret-key-of-the-tests-0123456789"


@dataclass
class Server:
    """A running server: its address, its process, the file it logs to."""

    url: str
    process: subprocess.Popen[str]
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


@contextmanager
def started(folder: Path, command: Sequence[str] = SERVE, **settings: str) -> Iterator[Server]:
    """`portico serve` on a free port, for the length of a block; it may not have begun to listen."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    env = {name: value for name, value in os.environ.items() if not name.startswith("PORTICO_")}
    env |= {"PORTICO_PUBLIC_URL": f"http://127.0.0.1:{port}", "PORTICO_SECRET_KEY": SECRET, "PORTICO_WORKERS": "1"}
    env |= {"PORTICO_LISTEN": f"127.0.0.1:{port}", "PORTICO_CONFIG": str(folder / "portico.toml")}
    env |= {"PORTICO_DRAIN_SECONDS": "0"}
    (folder / "portico.toml").write_text("")
    log, argv = folder / "log", [sys.executable, *command]
    with (
        log.open("wb") as file,
        processes.running(argv, cwd=ROOT, env=env | settings, stdout=file, stderr=subprocess.STDOUT) as process,
    ):
        yield Server(f"http://127.0.0.1:{port}", process, log)


@contextmanager
def running(folder: Path, **settings: str) -> Iterator[Server]:
    """The same once it answers; its log if it ends before that."""
    with started(folder, **settings) as server:
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
    server.process.send_signal(signal.SIGTERM)
    return server.process.wait(PATIENCE)
