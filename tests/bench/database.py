"""PostgreSQL under Kratos and Hydra: their databases in memory have one writer at a time and refuse the next one."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.journeys.site import soon
from tests.stack.errors import StackError
from tests.stack.ports import taken
from tests.stack.stack import Stack, environment

# Where Debian keeps it, which has the client alone on PATH.
DEBIANS = "/usr/lib/postgresql/*/bin"
USER = "portico"
MIGRATE = {"kratos": ["kratos", "migrate", "sql", "up"], "hydra": ["hydra", "migrate", "sql", "up"]}


class KeepingStack(Stack):
    """A stack whose real servers keep what they know in PostgreSQL.

    `address`: of a server, with %s for the name of an empty database; "" for one that is started where it is installed.
    Without either their memory has to do.
    """

    def __init__(self, kind: str, address: str = "", **options: Any) -> None:
        super().__init__(kind, **options)
        self._tools = None if address or self.kind != "real" else installed()
        self._port = self.spare_port()
        self._data = Path(tempfile.mkdtemp(prefix="portico-database-"))
        self.database = f"PostgreSQL at {address}" if address else "in memory"
        if self._tools:
            self.database = f"PostgreSQL, started for it ({self._tools})"
            address = f"postgres://{USER}@127.0.0.1:{self._port}/%s?sslmode=disable"
        self._addresses = {name: address % name for name in MIGRATE} if address and self.kind == "real" else {}
        for settings, name in ((self._kratos, "kratos"), (self._hydra, "hydra")):
            settings |= {"dsn": self._addresses[name]} if self._addresses else {}

    @property
    def is_in_memory(self) -> bool:
        """Whether no database was to be had."""
        return not self._addresses

    def _start(self) -> None:
        if self._tools:
            self._start_postgres(self._tools)
        for name, address in self._addresses.items():
            run([*MIGRATE[name], "--read-from-env", "--yes"], environment() | {"DSN": address})
        super()._start()

    def _start_postgres(self, tools: Path) -> None:
        if os.getuid() == 0:
            shutil.chown(self._data, "postgres", "postgres")
        run(as_others([tools / "initdb", "-D", self._data, "-U", USER, "-A", "trust", "--no-sync", "-E", "UTF8"]))
        alone = as_others([tools / "postgres", "--single", "-D", self._data, "postgres"])
        for name in MIGRATE:
            run(alone, says=f"CREATE DATABASE {name}\n")
        options = {"port": self._port, "listen_addresses": "127.0.0.1", "unix_socket_directories": ""}
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        self.processes.start("postgres", as_others([tools / "postgres", "-D", self._data, *settings]), environment())
        soon(lambda: taken(self._port))

    def stop(self) -> None:
        """End everything, and forget the database."""
        super().stop()
        shutil.rmtree(self._data, ignore_errors=True)


def installed() -> Path | None:
    """The folder of PostgreSQL's own programs, the newest where there are several."""
    on_path = shutil.which("postgres")
    folders = [Path(on_path).resolve().parent] if on_path else sorted(Path("/").glob(DEBIANS[1:]))
    usable = [folder for folder in folders if (folder / "postgres").exists() and (folder / "initdb").exists()]
    return usable[-1] if usable else None


def as_others(argv: list[Any]) -> list[str]:
    """The command by a user of less power, which PostgreSQL demands of root."""
    plain = [str(part) for part in argv]
    return plain if os.getuid() else ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *plain]


def run(argv: list[str], env: Mapping[str, str] | None = None, says: str = "") -> None:
    """Run a program to its end; StackError with its last words where that is a bad one."""
    done = subprocess.run(
        argv, env=env or environment(), input=says, capture_output=True, text=True, check=False, cwd="/", timeout=300
    )
    if done.returncode:
        raise StackError(f"{' '.join(argv[:6])} ended with {done.returncode}: {(done.stderr or done.stdout)[-500:]}")
