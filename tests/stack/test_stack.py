"""The runner says in one line what is wrong, and leaves nothing behind."""

import ast
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from tests.journeys.conftest import stack_of
from tests.stack import forks, servers, stack
from tests.stack.errors import StackError
from tests.stack.ports import Ports, beginning_at, reserve, unused_port
from tests.stack.processes import PATIENCE, Processes, running
from tests.stack.stack import ROOT, Stack, environment

SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]
NOBODY = "http://127.0.0.1:1/"  # where nothing listens


@pytest.fixture
def listener() -> Iterator[int]:
    """A port somebody else listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", unused_port()))
        sock.listen()
        yield sock.getsockname()[1]


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    with Processes(tmp_path) as children:
        yield children


def run_command(**env: str) -> subprocess.CompletedProcess[str]:
    """`python -m tests.stack` until it gives up by itself."""
    command = [sys.executable, "-m", "tests.stack"]
    return subprocess.run(command, env=environment() | env, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE)


def ory_tool(folder: Path, name: str, printed: str) -> None:
    """A program `name` that prints `printed`."""
    folder.joinpath(name).write_text(f"#!/bin/sh\ncat <<'END'\n{printed}\nEND\n")
    folder.joinpath(name).chmod(0o755)


def alive(pid: int) -> bool:
    """True while the process runs; one that has ended but was not yet waited for does not count."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_port_in_use_is_named_with_what_it_is_for(listener: int) -> None:
    with pytest.raises(StackError, match=f"^Port {listener} is in use; it is needed for Hydra's admin API[.]"):
        Stack(
            "sandbox", Ports(portico=0, kratos_public=0, kratos_admin=0, hydra_public=0, hydra_admin=listener, demo=0)
        ).__enter__()


def test_the_command_answers_a_port_in_use_with_one_line_and_exit_code_1(listener: int) -> None:
    answer = run_command(STACK="sandbox", PORTS=str(listener))
    assert (answer.returncode, answer.stdout) == (1, "")
    assert answer.stderr == (
        f"Port {listener} is in use; it is needed for Portico. "
        "Stop what listens there, or name the first of seven free ones: make run PORTS=8100\n"
    )


def test_the_command_takes_seven_ports_from_the_first_that_is_named() -> None:
    assert beginning_at("8100") == Ports(8100, 8101, 8102, 8103, 8104, 8105, 8106)
    assert beginning_at("") == Ports()


@pytest.mark.parametrize("first", ["0", "-1", "65530", "80a", "²"])
def test_a_first_port_that_six_more_cannot_follow_is_refused(first: str) -> None:
    with pytest.raises(StackError, match=f"^PORTS={first} is no port that six more can follow: make run PORTS=8100$"):
        beginning_at(first)


def test_the_command_answers_missing_real_servers_with_one_line_and_exit_code_1(tmp_path: Path) -> None:
    answer = run_command(STACK="real", PATH=str(tmp_path))
    assert (answer.returncode, answer.stdout) == (1, "")
    assert answer.stderr == (
        "STACK=real needs Ory's servers, but kratos is not on PATH. Put kratos and hydra v26.2.0 on PATH.\n"
    )


def test_the_command_answers_an_unknown_kind_with_one_line_and_exit_code_1() -> None:
    answer = run_command(STACK="reel")
    assert (answer.returncode, answer.stdout) == (1, "")
    assert answer.stderr == "STACK=reel is unknown; choose one of auto, real, sandbox.\n"


def test_without_real_servers_auto_means_the_sandbox_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert servers.choose("auto") == ("sandbox", "because kratos is not on PATH")


def test_another_program_called_hydra_is_not_taken_for_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Debian's `hydra` is a password cracker."""
    ory_tool(tmp_path, "kratos", "Version:\t\t\tv26.2.0\nBuild Commit:\tabc\nBuild Timestamp:\tnow")
    ory_tool(tmp_path, "hydra", "Hydra v9.4 (c) 2022 by van Hauser/THC & David Maciejak")
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    assert servers.choose("auto") == ("sandbox", f"because {tmp_path}/hydra is not Ory's hydra")


def test_real_servers_on_path_are_used_and_their_versions_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ory_tool(tmp_path, "kratos", "Version:\t\t\tv26.2.0\nBuild Commit:\tabc\nBuild Timestamp:\tnow")
    ory_tool(tmp_path, "hydra", "Version:    v26.2.0\nGit Hash:   abc\nBuild Time: now")
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    assert servers.choose("auto") == ("real", "kratos v26.2.0 and hydra v26.2.0 on PATH")


def test_one_stack_can_have_other_settings_of_hydra() -> None:
    running = Stack("sandbox", hydra={"urls.login": "http://localhost:9/login"})
    running._write_configuration()
    written = yaml.safe_load((running.folder / "hydra/hydra.yml").read_text())
    running.stop()
    assert written["urls"]["login"] == "http://localhost:9/login"
    assert written["urls"]["consent"] == f"{running.urls['portico']}/consent"


def test_one_stack_can_have_other_settings_of_kratos() -> None:
    running = Stack("sandbox", kratos={"session.lifespan": "1h", "session.cookie.name": "other"})
    running._write_configuration()
    written = yaml.safe_load((running.folder / "kratos/kratos.yml").read_text())
    running.stop()
    assert written["session"] == yaml.safe_load((ROOT / "kratos/kratos.yml").read_text())["session"] | {
        "lifespan": "1h",
        "cookie": {"name": "other"},
    }


def test_no_default_port_is_left_in_the_configuration_of_a_stack_of_tests() -> None:
    running = Stack("sandbox")
    running._write_configuration()
    written = {file.name: file.read_text() for file in running.folder.glob("*/*") if file.is_file()}
    running.stop()
    assert {"kratos.yml", "social.jsonnet", "hydra.yml", "clients.json"} <= set(written)
    assert f"http://localhost:{running.ports.demo}/demo-id" in written["kratos.yml"]
    left = [(name, port) for name, text in written.items() for port in vars(Ports()).values() if f":{port}" in text]
    assert left == []


def test_the_demo_application_answers_when_who_opens_it_can_sign_in(monkeypatch: pytest.MonkeyPatch) -> None:
    happened = list[str]()
    monkeypatch.setattr(Stack, "_launch", lambda _, name: happened.append(name))
    monkeypatch.setattr(Stack, "_create", lambda _, __, file, ___: happened.append(file))
    with Stack("sandbox"):
        pass
    assert happened[-3:] == ["hydra/clients.json", "kratos/identities.json", "demo"]


@pytest.mark.parametrize("path", ["", "/auth"])
def test_the_stack_of_the_journeys_may_be_behind_a_proxy(monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    """`make replicas`, which nothing else runs."""
    monkeypatch.setenv("PROXY", "haproxy")
    monkeypatch.setenv("BELOW", path)
    behind = stack_of("sandbox")
    try:
        assert re.fullmatch(rf"https://localhost:[0-9]+{path}", behind.urls["portico"])
    finally:
        behind.stop()


def test_two_stacks_get_different_ports() -> None:
    ports, spare, lock = reserve()
    other_ports, other_spare, other_lock = reserve()
    with lock, other_lock:
        assert not {*vars(ports).values(), *spare} & {*vars(other_ports).values(), *other_spare}


def test_a_child_that_ends_is_named_and_the_others_are_stopped(tmp_path: Path) -> None:
    pids: list[int] = []

    def run() -> None:
        with Processes(tmp_path) as children:
            children.start("kratos", SLEEPER, environment())
            children.start(
                "hydra", [sys.executable, "-c", "print('no secret'); raise SystemExit(3)"], environment(), [NOBODY]
            )
            pids.extend(children.pids("kratos"))
            children.wait(PATIENCE)

    with pytest.raises(StackError, match=r"^hydra ended with exit code 3: no secret$"):
        run()
    assert pids
    assert not any(alive(pid) for pid in pids)


def test_a_child_that_never_gets_ready_is_named(processes: Processes) -> None:
    processes.start("portico", SLEEPER, environment(), [NOBODY])
    with pytest.raises(StackError, match=r"^portico was not ready after 0 s: it printed nothing$"):
        processes.wait(0.2)


def test_a_portico_that_cannot_start_is_told_in_its_sentences(processes: Processes) -> None:
    """Its log has them in a line of JSON, which nobody wants to read after `make run`."""
    command = [sys.executable, "-m", "app", "serve"]
    wrong = environment() | {"PYTHONPATH": str(ROOT), "PORTICO_CONFIG": "/nowhere", "PORTICO_PUBLIC_URL": "nowhere"}
    processes.start("portico", command, wrong, [NOBODY])
    with pytest.raises(
        StackError, match=r"^portico ended with exit code 1: PORTICO_CONFIG names a file that does not "
    ):
        processes.wait(PATIENCE)


def test_a_start_that_fails_half_way_leaves_neither_processes_nor_files(monkeypatch: pytest.MonkeyPatch) -> None:
    failing = [sys.executable, "-c", "raise SystemExit('no such dsn')"]
    monkeypatch.setitem(stack.SERVERS, "sandbox", {"kratos": SLEEPER, "hydra": failing})
    broken = Stack("sandbox")
    with pytest.raises(StackError, match=r"^hydra ended with exit code 1: no such dsn$"), broken:
        pass
    assert {child.process.returncode is None for child in broken.processes.children.values()} == {False}
    assert not broken.folder.exists()


def test_stopping_ends_every_child_and_what_it_started(processes: Processes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that ignores SIGTERM, with a child of its own, as gunicorn has workers."""
    script = (
        "import signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']); time.sleep(600)"
    )
    monkeypatch.setattr("tests.stack.processes.GRACE", 0.3)
    processes.start("portico", [sys.executable, "-c", script], environment())
    while len(pids := processes.pids("portico")) < 2:
        time.sleep(0.01)
    processes.stop()
    until = time.monotonic() + PATIENCE  # a killed process that is no child of ours can take a moment
    while any(alive(pid) for pid in pids) and time.monotonic() < until:
        time.sleep(0.01)
    assert not any(alive(pid) for pid in pids)


def test_no_test_starts_a_program_that_could_outlive_it() -> None:
    """All are begun by tests/stack/processes.py, or are waited for at once (subprocess.run)."""
    begun = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "tests").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "Popen"
    }
    assert begun == {"tests/stack/processes.py"}


def fail_beside(command: list[str], begun: list[subprocess.Popen[str]]) -> None:
    """What a test does that fails while its program runs."""
    with running(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        begun.append(process)
        raise AssertionError("as a test fails")


def test_a_program_ends_with_its_test_and_leaves_no_pipe_to_the_next() -> None:
    """A pipe left open is a ResourceWarning in whatever test runs when it is collected."""
    begun: list[subprocess.Popen[str]] = []
    with pytest.raises(AssertionError, match="as a test fails"):
        fail_beside(SLEEPER, begun)
    [process] = begun
    assert not alive(process.pid)
    assert process.stdout is not None
    assert process.stderr is not None
    assert (process.stdout.closed, process.stderr.closed) == (True, True)


def test_what_a_child_leaves_in_the_temporary_folder_lies_in_that_of_the_set(processes: Processes) -> None:
    """Killed, a server cannot tidy up; the set's folder is removed with everything in it."""
    script = "import tempfile, time; print(tempfile.mkdtemp(), flush=True); time.sleep(600)"
    processes.start("portico", [sys.executable, "-c", script], environment())
    while not (made := processes.log("portico").strip()):
        time.sleep(0.01)
    assert Path(made).parent == processes.folder


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_the_runner_ends_its_children(tmp_path: Path, number: signal.Signals) -> None:
    script = (
        "import signal, sys, time\nfrom pathlib import Path\nfrom tests.stack.processes import Processes\n"
        # Tests in the background (nohup, &) are made to ignore two of the signals, and children inherit that.
        "signal.signal(signal.SIGINT, signal.default_int_handler); signal.signal(signal.SIGHUP, signal.SIG_DFL)\n"
        f"with Processes(Path({str(tmp_path)!r})) as running:\n"
        f"    running.start('hydra', {SLEEPER!r}, {environment()!r})\n"
        "    print(running.pids('hydra')[0], flush=True)\n"
        "    time.sleep(600)\n"
    )
    command = [sys.executable, "-c", script]
    with running(command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as runner:
        assert runner.stdout is not None
        pid = int(runner.stdout.readline())
        os.kill(runner.pid, number)
        runner.wait(PATIENCE)  # by itself it would end after ten minutes, its child too
        assert not alive(pid)


def test_a_forked_program_ends_as_one_that_was_begun_anew(tmp_path: Path) -> None:
    """By the same words with the same status, in the same folder."""
    command = [sys.executable, "-m", "kratos.sandbox", "--config", "nowhere.yml"]
    log = tmp_path / "log"
    log.touch()
    anew = subprocess.run(command, env=environment(), cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE)
    assert (forked := forks.begin(command, environment(), tmp_path, log))
    assert (forked.wait(), log.read_text()) == (anew.returncode, anew.stderr) == (1, anew.stderr)
    assert "nowhere.yml" in anew.stderr


@pytest.mark.parametrize("end", [lambda process: process.stdin.close(), lambda process: process.terminate()])
def test_forked_programs_end_with_what_forked_them(
    tmp_path: Path, end: Callable[[subprocess.Popen[str]], None]
) -> None:
    (tmp_path / "log").touch()
    (tmp_path / "sleeper.py").write_text("import time; time.sleep(600)")
    order = {"argv": ["sleeper"], "env": environment(), "cwd": str(tmp_path), "log": str(tmp_path / "log")}
    with forks.preloaded(["time"], PYTHONPATH=f"{ROOT}{os.pathsep}{tmp_path}") as process:
        forked = forks.Forked(forks.Preloaded(process), order)
        assert alive(forked.pid)
        end(process)
        process.wait(PATIENCE)
    until = time.monotonic() + PATIENCE  # nobody's child any more
    while alive(forked.pid) and time.monotonic() < until:
        time.sleep(0.01)
    assert not alive(forked.pid)


@pytest.mark.parametrize(
    "asking", ["", "forks.json.dumps = lambda _: signal.raise_signal(signal.SIGTERM); running.check()"]
)
def test_a_signal_to_the_runner_ends_forked_programs_and_does_so_while_it_asks_for_one(
    tmp_path: Path, asking: str
) -> None:
    script = (
        "import signal, sys, time\nfrom pathlib import Path\nfrom tests.stack import forks\n"
        "from tests.stack.processes import Processes\nfrom tests.stack.stack import environment\n"
        "forks.IMPORTED['http.server'] = ('time',)\nforks.pytest_configure()\n"
        f"with Processes(Path({str(tmp_path)!r})) as running:\n"
        "    for name in 'ab':\n"
        "        running.start(name, [sys.executable, '-m', 'http.server', '0'], environment())\n"
        "    print(*(child.process.pid for child in running.children.values()), flush=True)\n"
        f"    {asking}\n"
        "    time.sleep(600)\n"
    )
    command = [sys.executable, "-c", script]
    with running(command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as runner:
        assert runner.stdout is not None
        pids = [int(pid) for pid in runner.stdout.readline().split()]
        if not asking:
            runner.terminate()
        assert runner.wait(PATIENCE) == -signal.SIGTERM
    until = time.monotonic() + PATIENCE  # nobody's children any more
    while any(alive(pid) for pid in pids) and time.monotonic() < until:
        time.sleep(0.01)
    assert [alive(pid) for pid in pids] == [False, False]


def test_only_programs_of_ours_are_forked_and_not_where_their_imports_read_the_environment(tmp_path: Path) -> None:
    for argv, env in [
        (SLEEPER, {}),
        (["kratos", "serve"], {}),
        ([sys.executable, "-m", "tests.stack"], {}),
        ([sys.executable, "-m", "app", "serve"], {"PYTHONPATH": str(tmp_path)}),
    ]:
        assert forks.begin(argv, environment() | env, tmp_path, tmp_path / "log") is None
