"""The temporary folder in which worker processes count together goes when the server does."""

import os
import re
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from tests.stack.ports import unused_port
from tests.stack.processes import PATIENCE, Processes
from tests.stack.stack import environment


@pytest.fixture
def serve(processes: Processes) -> Callable[..., int]:
    """Start a server that counts, under a name, and return the port of its metrics."""

    def start(name: str, port: int, **settings: str) -> int:
        metrics = unused_port()
        url = f"http://127.0.0.1:{port}"
        variables = {
            "PORTICO_PUBLIC_URL": url,
            "PORTICO_SECRET_KEY": "of-this-test-alone-0123456789-abcdef",
            "PORTICO_KRATOS_PUBLIC_URL": "http://127.0.0.1:9",
            "PORTICO_LISTEN": f"127.0.0.1:{port}",
            "PORTICO_METRICS_LISTEN": f"127.0.0.1:{metrics}",
        }
        command = [sys.executable, "-m", "app", "serve"]
        processes.start(name, command, environment() | variables | settings, [f"{url}/health/alive"])
        return metrics

    return start


@pytest.fixture
def processes(tmp_path: Path):
    with Processes(tmp_path) as children:
        yield children


@pytest.fixture
def folders(tmp_path: Path) -> Callable[[], list[Path]]:
    """Processes gives its folder to children as their temporary one."""
    return lambda: sorted(tmp_path.glob("portico-metrics-*"))


def counting(folder: Path) -> set[int]:
    """The processes that have files of their own there."""
    return {int(name[1]) for file in folder.iterdir() if (name := re.search(r"_(\d+)\.db$", file.name))}


def test_it_goes_when_the_server_is_told_to_end(
    processes: Processes, serve: Callable[..., int], folders: Callable[[], list[Path]]
) -> None:
    signals = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)
    for number in signals:
        serve(number.name, unused_port())
    processes.wait(PATIENCE)
    assert len(folders()) == len(signals)
    for number in signals:
        os.kill(processes.children[number.name].process.pid, number)
    for number in signals:
        processes.children[number.name].process.wait(PATIENCE)
    assert folders() == []


def test_it_goes_when_the_server_cannot_start(
    processes: Processes, serve: Callable[..., int], folders: Callable[[], list[Path]], tmp_path: Path
) -> None:
    """After the options are read: an operator's template that cannot be used."""
    tmp_path.joinpath("login.html").write_text("{% broken")
    serve("portico", unused_port(), PORTICO_TEMPLATES_DIR=str(tmp_path))
    assert processes.children["portico"].process.wait(PATIENCE) != 0
    assert folders() == []
    assert "PORTICO_TEMPLATES_DIR" in processes.log("portico")


def test_it_stays_while_the_server_only_reads_its_options_again(
    processes: Processes, serve: Callable[..., int], folders: Callable[[], list[Path]]
) -> None:
    """SIGHUP ends every worker; what they have counted is still told, and no second folder appears."""
    port = unused_port()
    metrics = serve("portico", port)
    processes.wait(PATIENCE)
    before, kept = set(processes.pids("portico")), folders()
    requests.get(f"http://127.0.0.1:{port}/nowhere", timeout=PATIENCE)

    os.kill(processes.children["portico"].process.pid, signal.SIGHUP)
    until = time.monotonic() + PATIENCE
    while len(before & set(processes.pids("portico"))) > 1:  # the master stays
        assert time.monotonic() < until
        time.sleep(0.05)
    processes.wait(PATIENCE)

    assert folders() == kept
    while not counting(kept[0]) <= set(processes.pids("portico")):  # else every reload would leave more to add up
        assert time.monotonic() < until
        time.sleep(0.05)
    text = requests.get(f"http://127.0.0.1:{metrics}/metrics", timeout=PATIENCE).text
    assert 'portico_requests_total{method="GET",route="unknown",status="404"} 1.0' in text
