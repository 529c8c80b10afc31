"""The units of docs/systemd: as systemd reads them, and what they rest on in Portico itself."""

import os
import re
import shutil
import socket
import subprocess
import sys
from configparser import RawConfigParser
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from app.config.settings import Settings
from tests.server.server import SECRET
from tests.stack import processes
from tests.stack.processes import PATIENCE
from tests.stack.stack import ROOT

FOLDER = ROOT / "docs/systemd"
UNITS = ("portico.service", "portico.socket")
MOST_EXPOSED = "15"  # tenths: of systemd's own judgement from 0 (fully shut in) to 100
needs_systemd = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze on PATH")
# What becomes the program, with the socket of its first argument where systemd leaves it.
LIKE_SYSTEMD = """import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
os.execv(sys.argv[2], sys.argv[2:])"""


def unit(name="portico.service"):
    """Its sections; of a key that is there twice both."""
    parser = RawConfigParser(strict=False, comment_prefixes=("#",))
    parser.optionxform = str  # type: ignore[method-assign, assignment]
    parser.read_string((FOLDER / name).read_text())
    return parser


@needs_systemd
def test_systemd_takes_the_units_without_a_word(tmp_path):
    for name in UNITS:
        text = (FOLDER / name).read_text().replace("/opt/portico/bin/portico", f'"{sys.executable}"')
        (tmp_path / name).write_text(text)

    done = subprocess.run(
        ["systemd-analyze", "verify", *(tmp_path / name for name in UNITS)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert [line for line in done.stderr.splitlines() if "portico" in line] == []
    assert done.returncode == 0


@needs_systemd
def test_systemd_finds_little_that_it_could_still_take_from_it():
    judge = ["systemd-analyze", "security", "--offline=true", f"--threshold={MOST_EXPOSED}", FOLDER / "portico.service"]
    done = subprocess.run(judge, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout[-500:] + done.stderr


def test_the_key_is_where_the_setting_looks_for_it():
    service = unit()["Service"]
    credential = service["LoadCredential"].partition(":")[0]
    assert service["Environment"].split()[0] == f"PORTICO_SECRET_KEY_FILE=%d/{credential}"


def test_workers_count_in_memory_so_that_a_full_disk_ends_none():
    """What cannot be written through a map of memory is SIGBUS."""
    service = unit()["Service"]
    assert service["Environment"].split()[1] == f"TMPDIR=%t/{service['RuntimeDirectory']}"


def test_only_the_first_process_is_told_to_end_and_has_the_time_for_it():
    """Told by systemd, each worker would end at once, and nobody would have drained it."""
    service = unit()["Service"]
    finish = int(re.search(r"^graceful_timeout = (\d+)$", (ROOT / "app/server/options.py").read_text(), re.M)[1])
    assert service["KillMode"] == "mixed"
    assert int(service["TimeoutStopSec"]) > Settings.model_fields["drain_seconds"].default + finish


def test_the_socket_is_where_portico_listens_else():
    assert unit("portico.socket")["Socket"]["ListenStream"] == Settings.model_fields["listen"].default


@pytest.fixture
def short_folder():
    """The path of a socket has 108 bytes, whatever TMPDIR is."""
    with TemporaryDirectory(dir="/tmp") as folder:
        yield Path(folder)


@pytest.fixture(params=[socket.AF_INET, socket.AF_UNIX], ids=["port", "path"])
def listening(request, short_folder):
    """A socket as systemd makes one before Portico is there."""
    address = ("127.0.0.1", 0) if request.param == socket.AF_INET else str(short_folder / "socket")
    with socket.create_server(address, family=request.param) as made:
        yield made


def test_it_serves_on_systemds_socket_and_says_when(listening, short_folder, tmp_path):
    """Type=notify and portico.socket: who connects before it is up waits and is answered."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("PORTICO_")}
    variables |= {"PORTICO_PUBLIC_URL": "http://localhost:3000", "PORTICO_SECRET_KEY": SECRET}
    variables |= {"PORTICO_KRATOS_PUBLIC_URL": "http://127.0.0.1:9", "PORTICO_DRAIN_SECONDS": "0"}
    variables |= {"NOTIFY_SOCKET": str(short_folder / "notify"), "PORTICO_WORKERS": "1"}
    launcher = [sys.executable, "-c", LIKE_SYSTEMD, str(listening.fileno()), sys.executable, "-m", "app", "serve"]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager, (tmp_path / "log").open("wb") as log:
        manager.bind(variables["NOTIFY_SOCKET"])
        manager.settimeout(PATIENCE)
        streams = {"stdout": log, "stderr": subprocess.STDOUT}
        with processes.running(launcher, cwd=ROOT, env=variables, pass_fds=[listening.fileno()], **streams) as process:
            with socket.socket(listening.family) as browser:
                browser.settimeout(PATIENCE)
                assert browser.connect_ex(listening.getsockname()) == 0  # pytest-socket takes a path for a strange host
                browser.sendall(b"GET /health/serving HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                answer = b"".join(iter(lambda: browser.recv(4096), b""))

            assert answer.startswith(b"HTTP/1.1 200 ")
            assert answer.endswith(b'{"status":"ok"}\n')
            assert manager.recv(4096).startswith(b"READY=1\n")
            process.terminate()
            assert process.wait(PATIENCE) == 0
