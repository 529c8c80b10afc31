"""`python -m tests.bench`: what the main paths cost, beside what they may cost or beside another UI (`make bench`).

A benchmark, not a test: it prints what it measures, and ends with 1 only when it cannot measure.
"""

import argparse
import gzip
import json
import math
import os
import re
import subprocess
import sys
import time
from pathlib import Path as FilePath

import requests

from tests.bench import load, system
from tests.bench.beside import compare_uis
from tests.bench.paths import Path, prepare
from tests.stack.errors import StackError
from tests.stack.stack import ROOT, Stack

SECONDS = 5  # per row
ROW = "{:<42}{:>6}{:>8}{:>8}{:>8}{:>8}{:>8}{:>8}  {}"
HEAD = ROW.format("", "calls", "req/s", "p50 ms", "p99 ms", "CPU ms", "floor", "budget", "met")


def main() -> None:
    """Measure all paths, beside the budgets or beside the reference UI."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure Portico on this machine.")
    parser.add_argument("--beside", metavar="CHECKOUT", help="measure Ory's reference UI, which is built there, too")
    arguments = parser.parse_args()
    if sys.platform != "linux":
        sys.exit("The benchmark reads /proc, which only Linux has.")
    try:
        if arguments.beside:
            compare_uis(FilePath(arguments.beside))
        else:
            alone()
    except StackError as problem:
        sys.exit(str(problem))


def alone() -> None:
    """Portico by itself, on a core of its own where there are two."""
    core, *others = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, others or [core])  # ourselves and what we start from here on
    with Stack(os.environ.get("STACK") or "auto", portico_env={"PORTICO_WORKERS": "1"}) as stack:
        system.pin(stack.pids("portico"), core)
        print(f"Kratos and Hydra: {stack.kind} ({stack.why}). Portico: 1 worker", end=" ")
        print("on a core of its own." if others else "on the one core there is.")
        print(f"Load: {load.TOOL}, {load.CONNECTIONS} connections, {SECONDS} s a row. CPU is Portico's alone, per")
        print(f"request. What else runs here disturbs it: load average {os.getloadavg()[0]:.1f} (idle: below 1).\n")
        print(HEAD)
        measure(stack, prepare(stack))


def measure(stack: Stack, paths: list[Path]) -> None:
    """One row per path, then weight, memory and start of a Portico with the default settings."""
    for path, (calls, floor) in zip(paths, floors(stack, paths), strict=True):
        row(stack, path, str(calls), f"{floor:.2f}")
    began = time.perf_counter()
    address = stack.start_portico("default", {})
    start = time.perf_counter() - began
    for path in paths:
        load.run(path.url.replace(stack.urls["portico"], address, 1), path.cookie, 1)
    pids, (number, packed) = stack.pids("default"), weight(paths[1])
    for name, figure, budget in (
        ("login page, cold: requests", number, 4),
        ("login page, cold: kB gzipped", packed, 14),
        (f"memory after load, {len(pids)} processes: MB PSS", system.pss(pids), 120),
        ("first answer after start: s", start, 1.6),
    ):
        met = "yes" if figure <= budget else "NO"
        print(ROW.format(name, "", "", "", "", f"{figure:.4g}", "", budget, met))


def row(stack: Stack, path: Path, calls: str, floor: str) -> None:
    """Warm up, load, and print answers per second, their times, and Portico's milliseconds of CPU for each."""
    load.run(path.url, path.cookie, 1)
    pids = stack.pids("portico")
    before = system.cpu(pids)
    done = load.run(path.url, path.cookie, SECONDS)
    cost = (system.cpu(pids) - before) / done.requests if done.requests else math.nan
    figures = [f"{done.requests / done.seconds:.0f}", f"{done.p50:.1f}", f"{done.p99:.1f}", f"{cost:.2f}", floor]
    met = ("yes" if cost <= path.budget else "NO") if path.budget < math.inf else ""
    failed = f"  {done.failed} failed" if done.failed else ""
    print(ROW.format(path.name, calls, *figures, path.budget if met else "", met + failed), flush=True)


def floors(stack: Stack, paths: list[Path]) -> list[tuple[int, float]]:
    """Number and milliseconds of CPU of the upstream calls of each path, measured in a process like Portico's."""
    pid = stack.pids("portico")[0]
    command = [sys.executable, "-m", "tests.bench.floor", str(pid)]
    stdin = json.dumps([[path.url, path.cookie] for path in paths])
    done = subprocess.check_output(command, input=stdin, env=system.environ(pid), cwd=ROOT, text=True)
    return json.loads(done.splitlines()[-1])


def weight(path: Path) -> tuple[int, float]:
    """How many requests a browser with an empty cache makes for this page, and how many kB they are when gzipped."""
    page = requests.get(path.url, headers={"Cookie": path.cookie}, timeout=60)
    urls = {requests.compat.urljoin(path.url, link) for link in re.findall(r'(?:<link.* href|src)="(.+?)"', page.text)}
    bodies = [page.content, *(requests.get(url, timeout=60).content for url in urls)]
    return len(bodies), sum(len(gzip.compress(body)) for body in bodies) / 1000


if __name__ == "__main__":
    main()
