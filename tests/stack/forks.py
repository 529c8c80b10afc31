"""A pytest plugin: the stacks of tests are forked from processes that have imported their programs.

To start Python four times and import everything takes a stack five seconds of a processor; forked, it takes one, and
there are dozens of stacks. `make run`, the benchmarks and the tests of starting begin each program as people do.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from tests.stack import processes
from tests.stack.errors import StackError
from tests.stack.stack import environment

PORTICO = ("app.cli", "app.factory", "app.server.worker", "gunicorn.app.base", "tests.stack.preload_portico")
# The same for one that counts: as much as does not import prometheus_client, which reads the environment at its import.
COUNTING = (
    *("app.cli", "app.claims.rules", "app.config.settings", "app.ory.kratos_admin", "app.ory.transport.watched"),
    *("app.http.templates", "app.http.time_budget", "app.server.request_queue", "app.selfservice.forms"),
    *("app.selfservice.settings_groups", "babel.dates", "babel.messages.pofile", "flask_wtf.csrf"),
    *("gunicorn.arbiter", "gunicorn.workers.ggevent", "limits.strategies"),
)
STAND_INS = ("kratos.sandbox", "hydra.sandbox", "hydra.relying_party")
ALL_STAND_INS = (*(f"{name}.__main__" for name in STAND_INS), "tests.stack.keys_once")
IMPORTED = {"app": PORTICO} | dict.fromkeys(STAND_INS, ALL_STAND_INS)
READ_AT_IMPORT = {"PORTICO_METRICS_LISTEN", "PROMETHEUS_MULTIPROC_DIR"}  # by prometheus_client


class Preloaded:
    """A process that becomes programs (tests/stack/fork_server.py)."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process, self._lock, self._is_asked = process, threading.RLock(), False

    def ask(self, order: Any) -> Any:
        """What it answers, at once; StackError where it cannot, nor in a signal that comes while it is asked.

        Past the buffers of its pipes, which could then not be closed.
        """
        assert self._process.stdin
        assert self._process.stdout
        with self._lock:
            if self._is_asked:
                raise StackError("What the programs of a stack are forked from is asked already.")
            self._is_asked = True
            try:
                os.write(self._process.stdin.fileno(), b"%s\n" % json.dumps(order).encode())
                return json.loads(os.read(self._process.stdout.fileno(), 100))  # a short line comes whole
            except (OSError, ValueError):
                raise StackError("What the programs of a stack are forked from has ended.") from None
            finally:
                self._is_asked = False


class Forked:
    """A program that was forked, with what is used of Popen."""

    stdin = stdout = stderr = None

    def __init__(self, preloaded: Preloaded, order: Mapping[str, Any]) -> None:
        self._preloaded = preloaded
        self.pid: int = preloaded.ask(order)
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Its exit status, None while it runs; it is killed where nobody can say."""
        if self.returncode is None:
            try:
                self.returncode = self._preloaded.ask(self.pid)
            except StackError:
                with suppress(ProcessLookupError):
                    os.killpg(self.pid, signal.SIGKILL)
                self.returncode = -signal.SIGKILL
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Its exit status, once it has ended; TimeoutExpired."""
        until = time.monotonic() + (processes.PATIENCE if timeout is None else timeout)
        while (status := self.poll()) is None:
            if time.monotonic() > until:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or processes.PATIENCE)
            time.sleep(0.005)
        return status


_running = ExitStack()
_preloaded: dict[tuple[str, ...], Preloaded] = {}


def begin(argv: Sequence[str], env: Mapping[str, str], cwd: Path, log: Path) -> Forked | None:
    """Begin a program of ours; None for one that is no module of ours, or finds modules elsewhere."""
    path = environment()["PYTHONPATH"]
    python, option, module, *_ = *argv, "", "", ""
    is_ours = (python, option, env.get("PYTHONPATH")) == (sys.executable, "-m", path) and module in IMPORTED
    if not is_ours:
        return None
    modules = COUNTING if READ_AT_IMPORT & env.keys() else IMPORTED[module]
    if modules not in _preloaded:
        path = os.pathsep.join([*(processes.search_path if module == "app" else []), path])
        _preloaded[modules] = Preloaded(_running.enter_context(preloaded(modules, PYTHONPATH=path)))
    return Forked(_preloaded[modules], {"argv": argv[2:], "env": env, "cwd": str(cwd), "log": str(log)})


def preloaded(modules: Sequence[str], **env: str) -> Any:
    """A process that has imported these, for the length of a block."""
    command = [sys.executable, "-m", "tests.stack.fork_server", *modules]
    return processes.running(command, env=environment() | env, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def pytest_configure() -> None:
    processes.begin_quickly.append(begin)


def pytest_unconfigure() -> None:
    processes.begin_quickly.remove(begin)
    _running.close()
    _preloaded.clear()
