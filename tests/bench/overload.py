"""`python -m tests.bench.overload`: four times the requests that two workers can answer, and what comes back.

Requests come when they come, answered or not (each over a connection of its own), or over many kept connections.
Kratos and Hydra are played from memory. Meanwhile health is asked ten times a second. Portico has a core of its own,
where there are two: who asks four times as much as it can answer would otherwise take from it what it answers with.
"""

import asyncio
import os
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles
from threading import Event, Thread

import requests

from tests.bench import load, system
from tests.bench.growth import COOKIE, LOGIN, upstream
from tests.server.server import Server, running, workers
from tests.support.upstream import BROWSER_KRATOS

SECONDS, TIMES = 10, 4
TIMEOUT = 10  # seconds that a browser of ours waits
PAGES = {"login page": LOGIN.format(10, 0), "consent page": "/consent?consent_challenge=10-0"}
ROW = "{:<34}{:>9}  {:<34}{:>16}{:>18}{:>16}{:>8}{:>8}"
Answers = dict[str, list[float]]  # seconds by status


def main() -> None:
    """One table: each page at four times its capacity, then over 256 and 1,000 kept connections."""
    core, *others = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, others or [core])  # ourselves, and who plays Kratos and Hydra
    print(ROW.format("", "asked/s", "answers", "200 p50/p99 ms", "refused p50/p99", "health p99/max", "back s", "MB"))
    with tempfile.TemporaryDirectory() as folder, upstream() as url:
        settings = {"PORTICO_KRATOS_PUBLIC_URL": url, "PORTICO_HYDRA_ADMIN_URL": url, "PORTICO_WORKERS": "2"}
        with running(Path(folder), PORTICO_KRATOS_BROWSER_URL=BROWSER_KRATOS, **settings) as server:
            system.pin(_pids(server), core)
            for name, path in PAGES.items():
                load.run(server.url + path, COOKIE, 2, 16)
                done = load.run(server.url + path, COOKIE, 4, 16)
                rate = done.requests / done.seconds
                waits = f"{done.p50:.0f}/{done.p99:.0f}"
                print(ROW.format(f"{name}, what it can", f"{rate:.0f}", "", waits, *[""] * 4))
                for times in (0.5, TIMES):
                    with watched(server, path) as row:
                        answers = asyncio.run(arrive(server, path, rate * times))
                    print(ROW.format(f"{name}, {times} times that", f"{rate * times:.0f}", *cells(answers), *row))
                for connections in (256, 1000):
                    with watched(server, path) as row:
                        answers = asyncio.run(keep(server, path, connections))
                    print(ROW.format(f"{name}, {connections} kept", "", *cells(answers), *row), flush=True)


async def arrive(server: Server, path: str, rate: float) -> Answers:
    """So many requests a second, evenly, each over a connection of its own."""
    answers, began, tasks = defaultdict[str, list[float]](list), time.monotonic(), list[asyncio.Task[None]]()
    while (passed := time.monotonic() - began) < SECONDS:
        while len(tasks) < passed * rate:
            tasks.append(asyncio.create_task(_once(server, path, answers)))
        await asyncio.sleep(0.002)
    await asyncio.gather(*tasks)
    return answers


async def keep(server: Server, path: str, connections: int) -> Answers:
    """So many browsers that ask anew as soon as they are answered."""
    answers, until = defaultdict[str, list[float]](list), time.monotonic() + SECONDS

    async def browser() -> None:
        while time.monotonic() < until:
            await _over_one_connection(server, path, answers, until)

    await asyncio.gather(*(browser() for _ in range(connections)))
    return answers


async def _once(server: Server, path: str, answers: Answers) -> None:
    await _over_one_connection(server, path, answers, 0)


async def _over_one_connection(server: Server, path: str, answers: Answers, until: float) -> None:
    """One request after the other until then, at least one; what went wrong is a status, too."""
    began, status = time.monotonic(), ""
    host, port = server.url.removeprefix("http://").split(":")
    close = "" if until else "Connection: close\r\n"
    request = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nCookie: {COOKIE}\r\n{close}\r\n".encode()
    writer = None
    try:
        async with asyncio.timeout(TIMEOUT):
            reader, writer = await asyncio.open_connection(host, int(port))
        while True:
            async with asyncio.timeout(TIMEOUT):
                writer.write(request)
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                length = head.lower().partition("content-length: ")[2].partition("\r\n")[0]
                await reader.readexactly(int(length))
            status = head[9:12] + (" and when to come again" if "\r\nRetry-After: " in head else "")
            answers[status].append(time.monotonic() - began)
            began = time.monotonic()
            if began > until:
                return
    except (OSError, EOFError, ValueError) as error:
        answers[type(error).__name__].append(time.monotonic() - began)
    finally:
        if writer:
            writer.close()


@contextmanager
def watched(server: Server, path: str) -> Iterator[list[str]]:
    """For the length of a block; the last cells of its row: health, how long until a page is normal, memory."""
    row, times, ended = list[str](), list[float](), Event()

    def ask() -> None:
        while not ended.wait(0.1):
            began = time.monotonic()
            try:
                is_well = requests.get(f"{server.url}/health/alive", timeout=TIMEOUT).ok
            except requests.RequestException:
                is_well = False
            times.append(time.monotonic() - began if is_well else float("inf"))

    asking = Thread(target=ask)
    asking.start()
    yield row
    began = time.monotonic()
    while not _is_normal(server, path):
        time.sleep(0.05)
    back = time.monotonic() - began
    ended.set()
    asking.join()
    row += [f"{_p(times, 99)}/{max(times) * 1000:.0f}", f"{back:.1f}", f"{system.pss(_pids(server)):.0f}"]


def _pids(server: Server) -> list[int]:
    pid = server.process.pid
    return [pid, *workers(pid)]


def _is_normal(server: Server, path: str) -> bool:
    began = time.monotonic()
    try:
        answer = requests.get(server.url + path, headers={"Cookie": COOKIE}, timeout=TIMEOUT)
    except requests.RequestException:
        return False
    return answer.ok and time.monotonic() - began < 0.5


def cells(answers: Answers) -> list[str]:
    """How many of what, and how long the pages and the refusals took."""
    numbers = Counter({status: len(times) for status, times in answers.items()})
    pages = answers.get("200", [])
    refused = [seconds for status, times in answers.items() if status.startswith("503") for seconds in times]
    counted = ", ".join(f"{number} {status}" for status, number in numbers.most_common())
    return [counted, f"{_p(pages, 50)}/{_p(pages, 99)}", f"{_p(refused, 50)}/{_p(refused, 99)}"]


def _p(times: list[float], part: int) -> str:
    return format(quantiles(times, n=100, method="inclusive")[part - 1] * 1000, ".0f") if len(times) > 1 else "-"


if __name__ == "__main__":
    main()
