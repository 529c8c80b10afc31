"""Child processes that end with us, whatever happens: each in its own process group, so that its own end with it.

No test starts a program that it means to go on without one of these two: `running` for one whose words are read as they
come, `Processes` for servers that have to be waited for.
"""

import json
import os
import re
import signal
import subprocess
import threading
import time
import types
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol, Self

import requests

from tests.stack.errors import StackError

GRACE = 1  # second between SIGTERM and SIGKILL
PATIENCE = 120  # seconds for what takes a moment: nobody waits so long but for something that never comes
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class Program(Protocol):
    """A process that was begun: what is used of Popen."""

    pid: int
    returncode: Any
    stdin: IO[Any] | None
    stdout: IO[Any] | None
    stderr: IO[Any] | None

    def poll(self) -> int | None: ...

    def wait(self, timeout: float | None = None) -> int: ...


_live: set[Program] = set()
# What tests add for Portico (tests/support/log_scan.py): folders before others on its path, and who reads its output.
SERVE = ["app", "serve"]
search_path: list[str] = []
readers: list[Callable[[str], None]] = []
begin_quickly: list[Callable[[Sequence[str], Mapping[str, str], Path, Path], "Program | None"]] = []  # forks.py


@contextmanager
def running(argv: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[str]]:
    """One program for the length of a block; `options` are those of Popen. Its pipes are closed with it.

    A pipe left open would be a ResourceWarning in whatever test runs when it is collected.
    """
    process = _begin(argv, text=True, **options)
    try:
        yield process
    finally:
        _end([process])
    if isinstance(name := getattr(options.get("stdout"), "name", None), str):
        _read(argv, Path(name))


@dataclass
class Child:
    """One started program: its process, the file its output goes to, the address that answers 200 when it is ready."""

    argv: Sequence[str]
    process: Program
    log: Path
    ready: Sequence[str]


class Processes:
    """A set of named children, all ended by `stop()`, at the end of a `with` block, and when we are terminated."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.children: dict[str, Child] = {}
        self._http = requests.Session()
        self._http.trust_env = False  # a proxy of the environment is not for loopback
        self._http.headers["Connection"] = "close"  # an idle connection would hold a server back from stopping

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def believe(self, authority: str | None) -> None:
        """Wait for https addresses, too, whose certificates are of this authority's file."""
        self._http.verify = authority or True

    def start(self, name: str, argv: Sequence[str], env: Mapping[str, str], ready: Sequence[str] = ()) -> None:
        """Start `argv` as `name`; `wait` then waits until every address in `ready` answers 200.

        What it leaves in the temporary folder, killed before it could tidy up, goes with `folder`.
        """
        log = self.folder / f"{name}.log"
        env = {**env, "TMPDIR": str(self.folder)}
        with log.open("wb") as output:
            process = _begin_quickly(argv, env, self.folder, log) or _begin(
                argv, env=env, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
            )
        self.children[name] = Child(argv, process, log, ready)

    def wait(self, seconds: float) -> None:
        """Return once all are ready; raises StackError for the first that ends, or that is not ready in time."""
        deadline = time.monotonic() + seconds
        for name, child in self.children.items():
            for url in child.ready:
                while not self._answers(url):
                    self.check()
                    if time.monotonic() > deadline:
                        raise StackError(f"{name} was not ready after {seconds:.0f} s: {self.last_line(name)}")
                    time.sleep(0.05)
        self.check()

    def check(self) -> None:
        """Raise StackError naming a child that has ended, its exit code and its last words."""
        for name, child in self.children.items():
            code = child.process.poll()
            if code is not None:
                how = f"exit code {code}" if code >= 0 else f"signal {-code}"
                raise StackError(f"{name} ended with {how}: {self.last_line(name)}")

    def last_line(self, name: str) -> str:
        """The last line of a child's log that says anything, at most 300 characters."""
        lines = [line.strip() for line in COLOUR.sub("", self.log(name)).splitlines() if line.strip()]
        return _sentences_of(lines[-1])[:300] if lines else "it printed nothing"

    def log(self, name: str) -> str:
        """All a child has printed so far."""
        return self.children[name].log.read_text(errors="replace")

    def pids(self, name: str) -> list[int]:
        """The process ids of a child's group, e.g. gunicorn and its workers; read from /proc."""
        group = self.children[name].process.pid
        members = []
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                after_name = stat.read_text().rpartition(")")[2].split()  # proc(5): state ppid pgrp
            except OSError:
                continue  # ended meanwhile
            if int(after_name[2]) == group:
                members.append(int(stat.parent.name))
        return sorted(members)

    def end(self, name: str) -> None:
        """End one child."""
        child = self.children.pop(name)
        _end([child.process])
        _read(child.argv, child.log)

    def stop(self) -> None:
        """End all children and what they started: SIGTERM, and SIGKILL for what is left after GRACE seconds."""
        try:
            _end([child.process for child in self.children.values()])
        finally:
            self._http.close()
        for child in self.children.values():
            _read(child.argv, child.log)

    def _answers(self, url: str) -> bool:
        try:
            return self._http.get(url, timeout=60).status_code == 200
        except requests.RequestException:
            return False


def _sentences_of(line: str) -> str:
    """What a line of Portico's log has to say to a person, if it is the one that says why it did not start."""
    try:
        return " ".join(json.loads(line)["mistakes"])
    except (ValueError, TypeError, KeyError):
        return line


def _begin(argv: Sequence[str], **options: Any) -> subprocess.Popen[Any]:
    _stop_on_signals()
    if list(argv[-2:]) == SERVE and search_path:
        env = options.get("env") or os.environ
        path = [*search_path, *filter(None, [env.get("PYTHONPATH")])]
        options["env"] = {**env, "PYTHONPATH": os.pathsep.join(path)}
    process = subprocess.Popen(argv, start_new_session=True, **options)  # Ctrl-C then reaches only us
    _live.add(process)
    return process


def _begin_quickly(argv: Sequence[str], env: Mapping[str, str], cwd: Path, log: Path) -> Program | None:
    for begin in begin_quickly:
        if process := begin(argv, env, cwd, log):
            _stop_on_signals()
            _live.add(process)
            return process
    return None


def _read(argv: Sequence[str], log: Path) -> None:
    """Let the tests look through what Portico printed."""
    if list(argv[-2:]) == SERVE and log.exists():
        for reader in readers:
            reader(log.read_text(errors="replace"))


def _end(processes: Iterable[Program]) -> None:
    children = list(processes)
    deadline = time.monotonic() + GRACE
    try:
        for process in children:
            _signal_group(process, signal.SIGTERM)
        for process in children:
            process.wait(max(0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        pass
    finally:  # also when a second Ctrl-C interrupts the wait
        for process in children:
            _signal_group(process, signal.SIGKILL)
            process.wait()
            for pipe in (process.stdin, process.stdout, process.stderr):
                if pipe:
                    pipe.close()
            _live.discard(process)


def _signal_group(process: Program, number: signal.Signals) -> None:
    try:
        os.killpg(process.pid, number)
    except (ProcessLookupError, PermissionError):  # nobody is left; macOS says so with the second
        process.poll()


def _stop_on_signals() -> None:
    """Let SIGTERM and a closed terminal end our children before they end us. Ctrl-C unwinds the `with` block."""
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, _stop_all_and_end)


def _stop_all_and_end(number: int, _: types.FrameType | None) -> None:
    _end(_live)
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
