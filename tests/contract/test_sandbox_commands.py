"""`python -m kratos.sandbox` and `python -m hydra.sandbox`: how they start, refuse and end."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import requests
import yaml

from hydra.sandbox.__main__ import build as build_hydra
from kratos.sandbox import serving
from kratos.sandbox.__main__ import build as build_kratos
from tests.stack.browser import Browser
from tests.stack.kratos import running as running_kratos
from tests.stack.ports import unused_port
from tests.stack.processes import PATIENCE, running
from tests.stack.stack import ROOT

BUILDS = {"kratos": build_kratos, "hydra": build_hydra}
both = pytest.mark.parametrize("name", ["kratos", "hydra"])


def configuration(name: str, folder: Path, **public: object) -> tuple[Path, int]:
    """The demo's configuration on free ports, with changed `serve.public` settings, and its admin port."""
    settings = yaml.safe_load((ROOT / name / f"{name}.yml").read_text())
    settings["serve"]["public"]["port"], admin = unused_port(), unused_port()
    settings["serve"]["admin"]["port"] = admin
    settings["serve"]["public"] |= public
    path = folder / "config.yml"
    path.write_text(yaml.safe_dump(settings))
    return path, admin


def sandbox(name: str, path: Path) -> AbstractContextManager[subprocess.Popen[str]]:
    command = [sys.executable, "-m", f"{name}.sandbox", "--config", str(path)]
    return running(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.fixture
def last_words(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Path], str]:
    """Starts in this process what cannot start, and gives the one line it says."""

    def said(name: str, path: Path) -> str:
        monkeypatch.setattr(sys, "argv", [name, "--config", str(path)])
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, ())
        try:
            status = serving.run(f"{name}.sandbox", "", BUILDS[name])
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        output, words = capsys.readouterr()
        assert (status, output, words.count("\n")) == (1, "", 1), words
        return words

    return said


@both
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_starts_empty_and_ends_cleanly_on_a_signal(name: str, number: int, tmp_path: Path) -> None:
    path, admin = configuration(name, tmp_path)
    with sandbox(name, path) as process:
        kept = None
        while kept is None:
            try:
                what = {"kratos": "identities", "hydra": "clients"}[name]
                kept = requests.get(f"http://127.0.0.1:{admin}/admin/{what}", timeout=PATIENCE).json()
            except requests.ConnectionError:
                assert process.poll() is None, process.communicate()
                time.sleep(0.02)
        process.send_signal(number)
        assert (*process.communicate(timeout=PATIENCE), process.returncode) == ("", "", 0)
    assert kept == []


@both
def test_a_port_in_use_is_named_in_one_line(name: str, tmp_path: Path, last_words: Callable[[str, Path], str]) -> None:
    path, _ = configuration(name, tmp_path, host="127.0.0.1")
    port = yaml.safe_load(path.read_text())["serve"]["public"]["port"]
    with socket.create_server(("127.0.0.1", port)):
        assert f"port {port} on 127.0.0.1 cannot be used: Address already in use\n" in last_words(name, path)


@pytest.mark.parametrize(
    ("name", "host"), [("kratos", "0.0.0.0"), *(("hydra", host) for host in ("0.0.0.0", "", "::", "portico.example"))]
)
def test_it_binds_nothing_but_loopback(
    name: str, host: str, tmp_path: Path, last_words: Callable[[str, Path], str]
) -> None:
    path, _ = configuration(name, tmp_path, host=host)
    assert "it is for loopback only" in last_words(name, path)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *(("kratos", text) for text in (None, "", "serve: {", "serve: {public: {}}")),
        *(("hydra", text) for text in (None, "{", "# empty", "urls: {}", "serve: []")),
    ],
)
def test_a_configuration_it_cannot_use_is_one_line(
    name: str, text: str | None, tmp_path: Path, last_words: Callable[[str, Path], str]
) -> None:
    path = tmp_path / "config.yml"
    if text is not None:
        path.write_text(text)
    assert str(path) in last_words(name, path)


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
