"""Starts the stand-in or the real Kratos on free ports with a copy of kratos/kratos.yml, for recording and tests."""

import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
import yaml

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "kratos" / "kratos.yml"
HOW_TO_GET_KRATOS = "Ory Kratos v26.2.0 is not on PATH (https://www.ory.com/docs/kratos/install)"


@dataclass(frozen=True)
class Kratos:
    """Where a running Kratos (or its stand-in) answers; URLs without a trailing slash."""

    name: str
    public_url: str
    admin_url: str


def real_kratos() -> str | None:
    """Find Ory's `kratos` on PATH; another program of that name does not count."""
    found = shutil.which("kratos")
    if found is None:
        return None
    version = subprocess.run([found, "version"], capture_output=True, text=True, timeout=30, check=False).stdout
    return found if "Build Commit:" in version else None


@contextmanager
def running(name: str, courier_url: str, login_lifespan: str = "5s") -> Iterator[Kratos]:
    """Run `sandbox` or `real` until the block ends; RuntimeError with its last words when it does not come up."""
    public, admin = free_port(), free_port()
    kratos = Kratos(name, f"http://localhost:{public}", f"http://127.0.0.1:{admin}")
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "kratos.yml"
        config.write_text(yaml.safe_dump(rendered(kratos, public, admin, courier_url, login_lifespan)))
        log = Path(folder) / "log"
        with log.open("w") as output:
            process = subprocess.Popen(command(name, config), cwd=ROOT, stdout=output, stderr=output)
        try:
            wait_ready(kratos, process, log)
            yield kratos
        finally:
            process.terminate()
            process.wait(timeout=10)


def command(name: str, config: Path) -> list[str]:
    if name == "sandbox":
        return [sys.executable, "-m", "kratos.sandbox", "--config", str(config)]
    return [real_kratos() or "kratos", "serve", "-c", str(config), "--dev", "--watch-courier"]


def rendered(kratos: Kratos, public: int, admin: int, courier_url: str, login_lifespan: str) -> Any:
    settings = yaml.safe_load(CONFIG.read_text())
    settings["serve"]["public"] |= {"base_url": f"{kratos.public_url}/", "port": public}
    settings["serve"]["admin"] |= {"base_url": f"{kratos.admin_url}/", "port": admin}
    settings["courier"]["http"]["request_config"]["url"] = courier_url
    settings["selfservice"]["flows"]["login"]["lifespan"] = login_lifespan
    return settings


def wait_ready(kratos: Kratos, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        if process.poll() is not None:
            break
        try:
            if requests.get(f"{kratos.public_url}/health/ready", timeout=1).ok:
                return
        except requests.RequestException:
            pass
        time.sleep(0.05)
    raise RuntimeError(f"{kratos.name} Kratos did not come up: {log.read_text()[-500:]}")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
