"""What Linux knows about processes."""

import os
import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path


def cpu(pids: Iterable[int]) -> float:
    """Milliseconds of CPU these processes have used (proc(5): utime and stime of stat)."""
    fields = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in pids]
    return sum(int(field[11]) + int(field[12]) for field in fields) * 1000 / os.sysconf("SC_CLK_TCK")


def pss(pids: Iterable[int], field: str = "Pss") -> float:
    """Megabytes these processes hold, what they share with others counted in proportion.

    `Pss_Anon` is without files, which programs of others share, too: it only changes with these processes.
    """
    matches = [re.search(rf"^{field}:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M) for pid in pids]
    return sum(int(match[1]) for match in matches if match) * 1024 / 1e6


def environ(pid: int) -> dict[str, str]:
    """The environment a process was started with."""
    pairs = Path(f"/proc/{pid}/environ").read_text().split("\0")
    return dict(pair.split("=", 1) for pair in pairs if "=" in pair)


def pin(pids: Iterable[int], core: int) -> None:
    """Keep these processes, with all their threads and what they will start, on this core."""
    for pid in pids:
        for task in Path(f"/proc/{pid}/task").iterdir():
            os.sched_setaffinity(int(task.name), {core})


def connections(pids: Iterable[int], ports: set[int]) -> int:
    """How many connections to these ports of this machine the processes have open."""
    tables = [Path(f"/proc/net/{name}").read_text().splitlines()[1:] for name in ("tcp", "tcp6")]
    rows = [line.split() for table in tables for line in table]
    inodes = {row[9] for row in rows if row[3] == "01" and int(row[2].rpartition(":")[2], 16) in ports}
    return sum(len(sockets(pid) & inodes) for pid in pids)


def sockets(pid: int) -> set[str]:
    """The inodes of a process's sockets; others of its files it may close while it is looked at."""
    links = set[str]()
    for file in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            links.add(str(file.readlink()))
    return {link.removeprefix("socket:[").rstrip("]") for link in links}
