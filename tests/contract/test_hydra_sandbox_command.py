"""`python -m hydra.sandbox`: how it starts, refuses and ends."""

import signal
import socket
import subprocess
import sys
import time
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import requests
import yaml

from tests.contract.hydra_stacks import ROOT, free_ports
from tests.stack.processes import PATIENCE, running

pytestmark = pytest.mark.stack


def config_file(directory: Path, **changes: dict[str, object]) -> tuple[Path, int, int]:
    public, admin = free_ports(2)
    config = yaml.safe_load((ROOT / "hydra/hydra.yml").read_text())
    config["serve"]["public"]["port"], config["serve"]["admin"]["port"] = public, admin
    for section, change in changes.items():
        config["serve"][section] |= change
    path = directory / "hydra.yml"
    path.write_text(yaml.safe_dump(config))
    return path, public, admin


def sandbox(path: Path) -> AbstractContextManager[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "hydra.sandbox", "--config", str(path)]
    return running(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    output, errors = process.communicate(timeout=PATIENCE)
    return process.returncode, output, errors


def refused(path: Path) -> tuple[int, str, str]:
    """How it ends that cannot start."""
    with sandbox(path) as process:
        return ended(process)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_starts_without_clients_and_ends_cleanly_on_a_signal(tmp_path: Path, number: int) -> None:
    path, _, admin = config_file(tmp_path)
    with sandbox(path) as process:
        clients = None
        while clients is None:
            try:
                clients = requests.get(f"http://127.0.0.1:{admin}/admin/clients", timeout=PATIENCE).json()
            except requests.ConnectionError:
                assert process.poll() is None, ended(process)
                time.sleep(0.02)
        process.send_signal(number)
        assert ended(process) == (0, "", "")
    assert clients == []


def test_a_port_in_use_is_one_line_and_exit_code_1(tmp_path: Path) -> None:
    path, _, admin = config_file(tmp_path)
    with socket.create_server(("127.0.0.1", admin)):
        expected = f"hydra.sandbox: cannot listen on 127.0.0.1:{admin}: port in use\n"
        assert refused(path) == (1, "", expected)


@pytest.mark.parametrize("host", ["0.0.0.0", "", "::", "portico.example.org"])
def test_it_refuses_to_listen_beyond_loopback(tmp_path: Path, host: str) -> None:
    path, _, _ = config_file(tmp_path, public={"host": host})
    code, _, errors = refused(path)
    assert (code, errors.count("\n")) == (1, 1)
    assert "it is for loopback only" in errors


@pytest.mark.parametrize("text", [None, "{", "# empty", "urls: {}", "serve: []"])
def test_an_unusable_configuration_is_one_line_and_exit_code_1(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "hydra.yml"
    if text:
        path.write_text(text)
    code, _, errors = refused(path)
    assert (code, errors.count("\n")) == (1, 1)
    assert str(path) in errors
