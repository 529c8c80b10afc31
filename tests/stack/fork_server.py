"""`python -m tests.stack.fork_server MODULE...`: imports these, and then becomes a program as often as it is told to.

Each line it reads is a program to begin, or the process id of one of them, of which it says how that ended (null: it
runs). Its programs end with it, however that is.
"""

import gc
import json
import os
import runpy
import signal
import sys
import tempfile
from contextlib import suppress
from importlib import import_module
from os import fork, waitpid  # before gevent puts its own there, which look after each other's processes
from typing import Any

from tests.stack import patience

SERVER = "app"  # patches the standard library before it imports anything, and so must who forks it


def main() -> None:
    """Answer until nobody asks any more; a program goes on from here as the one that it is."""
    modules, programs = sys.argv[1:], set[int]()
    _import(modules)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    try:
        while line := sys.stdin.buffer.readline():
            order = json.loads(line)
            if isinstance(order, int):
                answer = _status(order, programs)
            elif answer := fork():
                os.setpgid(answer, answer)  # here and there: whoever is told of it may end it at once
                programs.add(answer)
            else:
                programs.clear()
                break
            os.write(1, b"%s\n" % json.dumps(answer).encode())
    finally:
        for pid in programs:
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
    if line:
        _become(**order)


def _import(modules: list[str]) -> None:
    if modules[0].startswith(SERVER):
        from gevent import monkey

        monkey.patch_all()
    for name in modules:
        import_module(name)
        if name.endswith(".__main__"):
            del sys.modules[name]  # it is run, by that name
    gc.collect()


def _status(pid: int, programs: set[int]) -> int | None:
    """As Popen has it; one that has ended is forgotten: another process may get its number."""
    ended, status = waitpid(pid, os.WNOHANG)
    if not ended:
        return None
    programs.remove(pid)
    return os.waitstatus_to_exitcode(status)


def _become(argv: list[str], env: dict[str, str], cwd: str, log: str) -> Any:
    """Go on as `python -m` these words, in a process group of its own."""
    os.setpgid(0, 0)
    os.chdir(cwd)
    for number, path, how in ((0, os.devnull, os.O_RDONLY), (1, log, os.O_WRONLY | os.O_APPEND)):
        opened = os.open(path, how)
        os.dup2(opened, number)
        os.close(opened)
    os.dup2(1, 2)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.environ.clear()
    os.environ.update(env)
    patience.take()
    tempfile.tempdir = None  # where it is was read from the environment of before
    sys.argv = argv
    runpy.run_module(argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
