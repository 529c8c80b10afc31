"""Which ports a stack uses: the documented ones for `make run` or seven of one's own, free ones for tests."""

import errno
import fcntl
import os
import random
import socket
import tempfile
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from functools import cache
from itertools import cycle
from pathlib import Path
from typing import IO

from tests.stack.errors import StackError

WIDTH = 20  # ports reserved at a time: those of one stack, and spare ones for what a test starts beside it
RANGE = range(20_000, 32_000, WIDTH)  # below what Linux gives to outgoing connections, which could take them away
PURPOSE = {
    "portico": "Portico",
    "kratos_public": "Kratos' public API",
    "kratos_admin": "Kratos' admin API",
    "hydra_public": "Hydra's public API",
    "hydra_admin": "Hydra's admin API",
    "demo": "the demo application",
    "native": "the demo of a native app",
}


@dataclass(frozen=True)
class Ports:
    """The ports of one stack; the defaults are those written in kratos/ and hydra/."""

    portico: int = 3000
    kratos_public: int = 4433
    kratos_admin: int = 4434
    hydra_public: int = 4444
    hydra_admin: int = 4445
    demo: int = 5555
    native: int = 5556

    def check_free(self, programs: Collection[str]) -> None:
        """Raise StackError naming the first port of these that somebody else listens on, and what it is needed for."""
        needed = {*programs} | ({"native"} if "portico" in programs else set())
        for name, port in asdict(self).items():
            if name.partition("_")[0] in needed and taken(port):
                raise StackError(
                    f"Port {port} is in use; it is needed for {PURPOSE[name]}. "
                    "Stop what listens there, or name the first of seven free ones: make run PORTS=8100"
                )


def beginning_at(first: str) -> Ports:
    """Seven ports in a row, or the documented ones where no number is said; StackError if there are none such."""
    if not first:
        return Ports()
    if not (first.isdecimal() and 0 < int(first) <= 65_536 - len(PURPOSE)):
        raise StackError(f"PORTS={first} is no port that six more can follow: make run PORTS=8100")
    return Ports(*range(int(first), int(first) + len(PURPOSE)))


def taken(port: int) -> bool:
    """True if something listens on `port` of either loopback address: a browser may try localhost as ::1 first."""
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        try:
            with socket.socket(family) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # closed connections do not count
                probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE or family == socket.AF_INET:  # no IPv6 on this machine is no obstacle
                return True
    return False


def reserve() -> tuple[Ports, list[int], IO[str]]:
    """Free ports for one stack, spare ones, and the open lock file that keeps other test runs off all of them."""
    folder = Path(tempfile.gettempdir()) / f"portico-ports-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    for first in random.sample(RANGE, len(RANGE)):
        lock = (folder / str(first)).open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # gone with the process, however it ends
        except OSError:
            lock.close()
            continue
        block = range(first, first + WIDTH)
        if not any(taken(port) for port in block):
            return Ports(*block[:7]), list(block[7:]), lock
        lock.close()
    raise StackError(f"No {WIDTH} free ports in a row between {RANGE.start} and {RANGE.stop}.")


@cache
def _in_turn(_process: int) -> tuple[Iterator[int], IO[str]]:
    ports, spare, lock = reserve()
    return cycle([*asdict(ports).values(), *spare]), lock


def unused_port() -> int:
    """A port for what a test starts, of those that are this process's as long as it lives.

    Any free one could be another's, a connection's too, before it is listened on.
    """
    ports, _ = _in_turn(os.getpid())
    return next(port for port in ports if not taken(port))
