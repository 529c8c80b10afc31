"""The stand-in as a process: what it refuses to do, and how it says so."""

import signal
import socket
import subprocess
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from kratos.sandbox.browser import Browser
from kratos.sandbox.servers import CONFIG, ROOT, free_port
from kratos.sandbox.servers import running as running_kratos
from tests.stack.processes import PATIENCE, running

pytestmark = pytest.mark.stack


def sandbox(config: Path) -> AbstractContextManager[subprocess.Popen[str]]:
    """The stand-in with this configuration, for the length of a block."""
    command = [sys.executable, "-m", "kratos.sandbox", "--config", str(config)]
    return running(command, cwd=ROOT, stderr=subprocess.PIPE)


def changed(folder: Path, **public: Any) -> Path:
    """A configuration with changed `serve.public` settings and free ports."""
    settings = yaml.safe_load(CONFIG.read_text())
    settings["serve"]["public"] |= {"port": free_port()} | public
    settings["serve"]["admin"]["port"] = free_port()
    config = folder / "kratos.yml"
    config.write_text(yaml.safe_dump(settings))
    return config


def last_words(config: Path) -> str:
    """Start what cannot start, and give the one line it says."""
    with sandbox(config) as process:
        _, words = process.communicate(timeout=PATIENCE)
        assert (process.returncode, words.count("\n")) == (1, 1), words
        return words


def test_it_binds_nothing_but_loopback(tmp_path: Path) -> None:
    assert "0.0.0.0 is not a loopback address" in last_words(changed(tmp_path, host="0.0.0.0"))


def test_a_port_in_use_is_named_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"port {port} on 127.0.0.1 cannot be used: Address already in use\n" in last_words(
            changed(tmp_path, port=port)
        )


@pytest.mark.parametrize("text", ["", "serve: {", "serve: {public: {}}"])
def test_a_configuration_it_cannot_use_is_one_line(text: str, tmp_path: Path) -> None:
    config = tmp_path / "kratos.yml"
    config.write_text(text)
    assert last_words(config)


def test_a_missing_configuration_is_named_in_one_line(tmp_path: Path) -> None:
    assert "no.yml" in last_words(tmp_path / "no.yml")


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_cleanly(end: signal.Signals, tmp_path: Path) -> None:
    port = free_port()
    with sandbox(changed(tmp_path, port=port)) as process:
        answer = None
        while answer is None:
            try:
                answer = requests.get(f"http://127.0.0.1:{port}/health/ready", timeout=PATIENCE)
            except requests.ConnectionError:
                assert process.poll() is None
        process.send_signal(end)
        _, words = process.communicate(timeout=PATIENCE)
    assert (process.returncode, words) == (0, "")


def test_it_says_so_where_its_table_ends() -> None:
    """A silent guess would let a test pass that the real server fails."""
    with running_kratos("sandbox", courier_url="http://127.0.0.1:9/") as kratos:
        identity = {"schema_id": "person", "traits": {"email": "somebody@example.org"}}
        requests.post(f"{kratos.admin_url}/admin/identities", json=identity, timeout=60).raise_for_status()
        browser = Browser(kratos.public_url)
        flow = browser.login()
        browser.post(flow, method="code", identifier="somebody@example.org")
        answer = browser.post(flow, method="password", identifier="somebody@example.org", password="wrong")
        assert (answer.status_code, "no row (login, sent_email, password:wrong)" in answer.text) == (501, True)
