"""Starts the stand-in or the real Kratos on free ports with a copy of kratos/kratos.yml, for recording and tests."""

import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any

import requests
import yaml

from kratos.sandbox.config import FLOWS
from kratos.sandbox.tokenizer import new_keys

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "kratos" / "kratos.yml"
PATIENCE = 120  # seconds; a busy machine needs some of them
HOW_TO_GET_KRATOS = "Ory Kratos v26.2.0 is not on PATH (https://www.ory.com/docs/kratos/install)"


@dataclass(frozen=True)
class Kratos:
    """Where a running Kratos (or its stand-in) answers; `jwks_url` has the private keys of its tokens."""

    name: str
    public_url: str
    admin_url: str
    jwks_url: str


def real_kratos() -> str | None:
    """Find Ory's `kratos` on PATH; another program of that name does not count."""
    path = shutil.which("kratos")
    if path is None:
        return None
    version = subprocess.run([path, "version"], capture_output=True, text=True, timeout=PATIENCE, check=False).stdout
    return path if "Build Commit:" in version else None


@contextmanager
def running(name: str, courier_url: str, changes: Mapping[str, Any] | None = None) -> Iterator[Kratos]:
    """Run `sandbox` or `real`, and its social provider, until the block ends.

    Flows, and the session's right to change settings, live 10 s. `changes` are more settings that differ from
    kratos/kratos.yml (`selfservice.flows.login.style`). RuntimeError with its last words when one does not come up.
    """
    ports = [free_port() for _ in range(3)]
    kratos = Kratos(name, f"http://localhost:{ports[0]}", f"http://127.0.0.1:{ports[1]}", new_keys())
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        config = Path(folder) / "kratos.yml"
        config.write_text(yaml.safe_dump(rendered(kratos, ports, courier_url, changes or {})))
        provider = [sys.executable, "-m", "hydra.relying_party", "--port", str(ports[2]), "--kratos", kratos.public_url]
        provider += ["--clients", "hydra/clients.json", "--issuer", "http://localhost:9"]  # nobody signs in there here
        ready = f"http://localhost:{ports[2]}/demo-id/.well-known/openid-configuration"
        stack.enter_context(started(provider, ready, Path(folder) / "provider.log"))
        stack.enter_context(started(command(name, config), f"{kratos.public_url}/health/ready", Path(folder) / "log"))
        yield kratos


@contextmanager
def started(arguments: list[str], ready: str, log: Path) -> Iterator[None]:
    with log.open("w") as output:
        process = subprocess.Popen(arguments, cwd=ROOT, stdout=output, stderr=output)
    try:
        wait_ready(ready, process, log)
        yield
    finally:
        process.terminate()
        try:
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=10)
        finally:  # also when a second Ctrl-C interrupts the wait
            process.kill()
            process.wait()


def command(name: str, config: Path) -> list[str]:
    if name == "sandbox":
        return [sys.executable, "-m", "kratos.sandbox", "--config", str(config)]
    return [real_kratos() or "kratos", "serve", "-c", str(config), "--dev", "--watch-courier"]


def rendered(kratos: Kratos, ports: list[int], courier_url: str, changes: Mapping[str, Any]) -> Any:
    settings = yaml.safe_load(CONFIG.read_text())
    settings["serve"]["public"] |= {"base_url": f"{kratos.public_url}/", "port": ports[0]}
    settings["serve"]["admin"] |= {"base_url": f"{kratos.admin_url}/", "port": ports[1]}
    settings["courier"]["http"]["request_config"]["url"] = courier_url
    template = settings["session"]["whoami"]["tokenizer"]["templates"]["ui_jwt"]
    template["jwks_url"] = kratos.jwks_url
    selfservice = settings["selfservice"]
    selfservice["methods"]["oidc"]["config"]["providers"][0]["issuer_url"] = f"http://localhost:{ports[2]}/demo-id"
    for flow in FLOWS:
        selfservice["flows"][flow]["lifespan"] = "10s"
    selfservice["flows"]["settings"]["privileged_session_max_age"] = "10s"
    for path, value in changes.items():
        *parents, name = path.split(".")
        reduce(lambda part, parent: part.setdefault(parent, {}), parents, settings)[name] = value
    return settings


def wait_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < until:
        try:
            if requests.get(url, timeout=60).ok:
                return
        except requests.RequestException:
            pass
        time.sleep(0.05)
    raise RuntimeError(f"{url} did not come up: {log.read_text()[-500:]}")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
