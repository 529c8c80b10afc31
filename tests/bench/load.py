"""Requests as fast as they are answered, by wrk where it is installed, else by threads of this process."""

import json
import shutil
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

import requests

CONNECTIONS = 8
TIMEOUT = 2  # seconds
TOOL = "wrk" if shutil.which("wrk") else "Python threads (wrk is not installed)"


@dataclass(frozen=True)
class Load:
    """What came back: answers in so many seconds, times in milliseconds, how many were errors or missing."""

    requests: int
    seconds: float
    p50: float
    p99: float
    failed: int


def run(url: str, cookie: str, seconds: int, connections: int = CONNECTIONS) -> Load:
    """Ask for one address with this Cookie header over so many kept connections for that long."""
    if TOOL != "wrk":
        return _threads(url, cookie, seconds, connections)
    lua, header = str(Path(__file__).with_name("wrk.lua")), f"Cookie: {cookie}"
    options = ["-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", f"{TIMEOUT}s", "-s", lua, "-H", header]
    done = subprocess.run(["wrk", *options, url], capture_output=True, text=True, check=True)
    return Load(**json.loads(done.stdout.splitlines()[-1]))


def _threads(url: str, cookie: str, seconds: int, connections: int) -> Load:
    times, failures, began = list[float](), list[Exception](), time.perf_counter()

    def ask(session: requests.Session) -> None:
        while (start := time.perf_counter()) < began + seconds:
            try:
                answer = session.get(url, headers={"Cookie": cookie}, allow_redirects=False, timeout=TIMEOUT)
                answer.raise_for_status()
                times.append((time.perf_counter() - start) * 1000)
            except requests.RequestException as error:
                failures.append(error)

    with ThreadPoolExecutor(connections) as pool:
        list(pool.map(ask, [requests.Session() for _ in range(connections)]))
    cuts = quantiles(times, n=100) if len(times) > 1 else [0.0] * 99
    return Load(len(times), time.perf_counter() - began, cuts[49], cuts[98], len(failures))
