"""The whole server as it is started in production, for tests that talk to it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

ROOT = Path(__file__).resolve().parents[2]
SECRET = "a-secret-key-of-the-tests-0123456789"


@dataclass
class Server:
    """A running server: its address, its process, the file it logs to."""

    url: str
    process: "subprocess.Popen[bytes]"
    log: Path

    def talk(self, data: bytes) -> bytes:
        """Send bytes, read what comes until it says no more."""
        host, port = self.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=5) as sock:
            sock.sendall(data)
            sock.settimeout(2)
            answer = b""
            while chunk := sock.recv(65536):
                answer += chunk
        return answer


def start(folder: Path, **settings: str) -> Server:
    """Start `portico serve` on a free port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    env = {name: value for name, value in os.environ.items() if not name.startswith("PORTICO_")}
    env |= {"PORTICO_PUBLIC_URL": f"http://127.0.0.1:{port}", "PORTICO_SECRET_KEY": SECRET, "PORTICO_WORKERS": "1"}
    env |= {"PORTICO_LISTEN": f"127.0.0.1:{port}", "PORTICO_CONFIG": str(folder / "portico.toml")}
    (folder / "portico.toml").write_text("")
    log = folder / "log"
    with log.open("wb") as file:
        command = [sys.executable, "-m", "app", "serve"]
        process = subprocess.Popen(command, cwd=ROOT, env=env | settings, stdout=file, stderr=subprocess.STDOUT)
    return Server(f"http://127.0.0.1:{port}", process, log)


def wait(server: Server) -> None:
    """Until it answers; its log if it ends before that."""
    until = time.monotonic() + 60
    while time.monotonic() < until and server.process.poll() is None:
        try:
            requests.get(f"{server.url}/health/alive", timeout=2)
        except requests.ConnectionError:
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"no answer: {server.log.read_text()}")


def stop(server: Server) -> int:
    """End it as an operator does."""
    server.process.send_signal(signal.SIGTERM)
    return server.process.wait(timeout=60)


@contextmanager
def running(folder: Path, **settings: str) -> Iterator[Server]:
    """A server that has started; it ends with the block, whatever happens in it."""
    server = start(folder, **settings)
    try:
        wait(server)
        yield server
    finally:
        if server.process.poll() is None:
            server.process.terminate()
        try:
            server.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            server.process.kill()
            server.process.wait()
