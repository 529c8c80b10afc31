"""Portico beside Ory's reference UI, kratos-selfservice-ui-node: the same servers, one run, each in turn."""

import json
import os
import platform
import re
import subprocess
import time
from collections import defaultdict
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path as FilePath
from statistics import median

import requests

from tests.bench import load, system
from tests.bench.growth import print_growth
from tests.bench.journeys import journeys
from tests.bench.paths import Path, prepare
from tests.stack.errors import StackError
from tests.stack.stack import Stack, environment

ROUNDS = 3
SECONDS = {load.CONNECTIONS: 4, 64: 3}  # of load per row, by connections
MINUTES = 5  # of mixed journeys
ROW = "{:<39}" + "{:>20}" * 2 + "{:>18}" + "{:>18}" * 4
SECRET = "only-for-this-measurement"


@dataclass(frozen=True)
class UI:
    """One of the two: the name of its processes, its address."""

    name: str
    url: str


Figures = dict[tuple[str, str, int], list[tuple[float, load.Load]]]  # by path, UI and connections: CPU ms, the load


def compare_uis(checkout: FilePath) -> None:
    """Print CPU per request, times, memory and start of both; the checkout is one where `node lib/index.js` runs."""
    if not (checkout / "lib/index.js").is_file():
        raise StackError(f"{checkout} is not built: its README.md says how.")
    with Stack(os.environ.get("STACK") or "auto") as stack:
        paths = [path for path in prepare(stack) if "application" not in path.name]
        began = time.perf_counter()
        ours = UI("one", stack.start_portico("one", {"PORTICO_WORKERS": "1"}))
        between = time.perf_counter()
        theirs = start_reference(stack, checkout)
        starts = between - began, time.perf_counter() - between
        for path in paths:
            for ui in uis_of(path, ours, theirs):
                check(stack, ui, path)
        print(circumstances(stack, checkout), flush=True)
        print_rows(paths, measure(stack, paths, ours, theirs))
        print(f"\nFirst answer after start: {starts[0]:.2f} s, reference {starts[1]:.2f} s.")
        held = memory(stack, ours.name), memory(stack, theirs.name)
        print(f"Memory after these rows (PSS): one worker {held[0]}, reference {held[1]}.")
        print_memory(stack)
    print_growth()


def start_reference(stack: Stack, checkout: FilePath) -> UI:
    """Start it on the stack's Kratos and Hydra, and wait until it answers."""
    port = stack.spare_port()
    url = f"http://localhost:{port}"
    env = environment() | {
        "PORT": str(port),
        "NODE_ENV": "production",
        "KRATOS_PUBLIC_URL": stack.urls["kratos_public"],
        "KRATOS_BROWSER_URL": stack.urls["kratos_public"],
        "KRATOS_ADMIN_URL": stack.urls["kratos_admin"],
        "HYDRA_ADMIN_URL": stack.urls["hydra_admin"],
        "COOKIE_SECRET": SECRET,
        "CSRF_COOKIE_SECRET": SECRET,
        "CSRF_COOKIE_NAME": "csrf",
        "DANGEROUSLY_DISABLE_SECURE_CSRF_COOKIES": "true",
    }
    command = ["env", "-C", str(checkout.resolve()), "node", "lib/index.js"]  # it looks for its views where it is
    stack.processes.start("node", command, env, [f"{url}/health/alive"])
    stack.processes.wait(60)
    return UI("node", url)


def circumstances(stack: Stack, checkout: FilePath) -> str:
    """Machine, versions and load, without which figures say nothing."""
    model = re.search(r"model name\s*: (.*)", FilePath("/proc/cpuinfo").read_text())
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    reference = json.loads((checkout / "package.json").read_text())["version"]
    packages = ", ".join(f"{name} {version(name)}" for name in ("gunicorn", "gevent", "flask"))
    return (
        f"{time.strftime('%Y-%m-%d %H:%M')}, {model[1] if model else platform.machine()}, {os.cpu_count()} cores, "
        f"load average {os.getloadavg()[0]:.1f} (idle: below 1).\n"
        f"Kratos and Hydra: {stack.kind} ({stack.why}). Portico: CPython {platform.python_version()}, {packages}, "
        f"1 worker. Reference UI {reference}: Node {node}.\nLoad: {load.TOOL}, kept connections; {ROUNDS} rounds: "
        "medians, (lowest-highest). CPU is that of the UI's processes, which no core is kept free for.\n"
    )


def address(stack: Stack, ui: UI, path: Path) -> str:
    """The same page of this UI: both take the same flows, challenges and cookies."""
    return path.url.replace(stack.urls["portico"], ui.url, 1)


def uis_of(path: Path, ours: UI, theirs: UI) -> tuple[UI, ...]:
    """Who is measured: where a session lives the reference asks for the password again, which is not the same."""
    return (ours,) if "live session" in path.name else (ours, theirs)


def check(stack: Stack, ui: UI, path: Path) -> None:
    """StackError if this UI does not answer as the path is meant: an error page would be a quick answer, too."""
    answer = requests.get(address(stack, ui, path), headers={"Cookie": path.cookie}, allow_redirects=False, timeout=60)
    location = answer.headers.get("Location", stack.urls["hydra_public"])
    if answer.status_code >= 400 or not location.startswith(stack.urls["hydra_public"]):
        raise StackError(f"{ui.name} answers {answer.status_code} to the {path.name}.")


def measure(stack: Stack, paths: list[Path], ours: UI, theirs: UI) -> Figures:
    """Load every path of both in turn, in every round."""
    figures: Figures = defaultdict(list)
    for number in range(ROUNDS + 1):  # the first only warms up
        for path in paths:
            for connections, seconds in SECONDS.items():
                for ui in uis_of(path, ours, theirs):
                    cpu, done = run_once(stack, ui, path, connections, seconds if number else 1)
                    if number:
                        figures[path.name, ui.name, connections].append((cpu, done))
    return figures


def run_once(stack: Stack, ui: UI, path: Path, connections: int, seconds: int) -> tuple[float, load.Load]:
    """Milliseconds of CPU per request, and what came back."""
    pids = stack.pids(ui.name)
    before = system.cpu(pids)
    done = load.run(address(stack, ui, path), path.cookie, seconds, connections)
    if done.failed:
        print(f"{ui.name} failed {done.failed} of {done.requests} times at {connections} connections: {path.name}")
    return (system.cpu(pids) - before) / max(done.requests, 1), done


def print_rows(paths: list[Path], figures: Figures) -> None:
    """One row per path: CPU of both and their ratio, then p50 / p99 of both for each number of connections."""
    times = [f"{who}, {number} c" for number in SECONDS for who in ("p50/p99 ms", "reference")]
    print(ROW.format("", "CPU ms", "reference", "ratio", *times))
    for path in paths:
        cells = [[cost for cost, _ in figures[path.name, name, load.CONNECTIONS]] for name in ("one", "node")]
        ratio = [theirs / ours for ours, theirs in zip(*cells, strict=False)]
        waits = [waited(figures[path.name, name, number]) for number in SECONDS for name in ("one", "node")]
        print(ROW.format(path.name, *(spread(values) for values in (*cells, ratio)), *waits))


def spread(values: list[float]) -> str:
    """The median, and the lowest and highest."""
    return f"{median(values):.2f} ({min(values):.2f}-{max(values):.2f})" if values else "-"


def waited(rounds: list[tuple[float, load.Load]]) -> str:
    """Milliseconds: the medians of p50 and p99."""
    loads = [done for _, done in rounds]
    return f"{median(load.p50 for load in loads):.1f}/{median(load.p99 for load in loads):.0f}" if loads else "-"


def print_memory(stack: Stack) -> None:
    """Portico's with the default workers, minute by minute, while people use it."""
    print(f"Memory of the default workers while people go through mixed journeys, for {MINUTES} minutes:")
    print(f"  at start {memory(stack, 'portico')}", end="", flush=True)
    with journeys(stack) as done:
        for minute in range(1, MINUTES + 1):
            time.sleep(60)
            print(f", {minute} min {memory(stack, 'portico')}", end="", flush=True)
    print(f". {done['whole']} journeys, {done['broken off']} broken off by Kratos' or Hydra's errors.")


def memory(stack: Stack, name: str) -> str:
    """What these processes hold."""
    return f"{system.pss(stack.pids(name)):.0f} MB"
