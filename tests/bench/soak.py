"""`python -m tests.bench.soak 30` (minutes): mixed visits, paced, and what Portico's processes hold meanwhile.

Ends with 1 where something grows that should not, or where anything failed that Kratos or Hydra did not fail at before.
The real servers keep what they know in PostgreSQL: in the databases kratos and hydra, both empty, of SOAK_DATABASE
(postgres://user:password@127.0.0.1:5432/%s?sslmode=disable), or in one that is started where it is installed.
"""

import json
import os
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from statistics import correlation, fmean, linear_regression, quantiles
from typing import Any

from tests.bench import system
from tests.bench.database import KeepingStack
from tests.bench.visits import BEHIND_A_PROXY, Visits
from tests.journeys.site import Site
from tests.stack.errors import StackError
from tests.stack.stack import Stack

PEOPLE = int(os.environ.get("PEOPLE", "6"))
PAUSE = 4.0  # seconds between two visits of each: a fifth to a third of what two busy cores can answer
EVERY = 5  # seconds
WARM_UP = 1 / 3  # of the time; memory is shared with the first process until it is written to
LEAST = 1 / 6  # hours of samples: in the first minutes a worker still fills what it keeps
LIMITS = {"MB (anonymous)": 0.10, "descriptors": 0.10, "threads": 0.10, "connections upstream": 0.25, "p50 ms": 0.50}
# What a busy moment opens is closed a minute later (IDLE in app/ory/transport): only what is left after it can leak.
BUSY, QUIET = ("descriptors", "connections upstream"), 24  # samples: two minutes
CONFLICT = "is locked|Unable to serialize access"  # what SQLite and Hydra say where two write at once
ROW = "{:<24}{:>10}{:>10}{:>10}{:>10}   {:<34}{}"
STEP = "{:<44}{:>8}{:>10}{:>10}"


@dataclass(frozen=True)
class Slope:
    """A line through what was sampled: its height, and how much it rises in an hour, give or take (95 %)."""

    mean: float
    rise: float
    error: float

    def is_about_zero(self, limit: float) -> bool:
        """Whether it may be that it rises by less than this part of itself in an hour."""
        return self.rise - self.error <= max(limit * self.mean, 1)


def slope(hours: list[float], values: list[float]) -> Slope:
    """By least squares; the error is twice the standard error of the slope."""
    if len(set(values)) < 2:
        return Slope(fmean(values), 0, 0)
    line = linear_regression(hours, values)
    unexplained = max(0, 1 / correlation(hours, values) ** 2 - 1) if line.slope else 0
    return Slope(fmean(values), line.slope, 2 * abs(line.slope) * (unexplained / max(len(values) - 2, 1)) ** 0.5)


def main() -> None:
    """Soak and judge."""
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 30
    if sys.platform != "linux":
        sys.exit("The soak reads /proc, which only Linux has.")
    try:
        kind, database = os.environ.get("STACK") or "auto", os.environ.get("SOAK_DATABASE", "")
        with KeepingStack(kind, database, portico_env=BEHIND_A_PROXY) as stack:
            sys.exit(0 if soak(stack, minutes * 60) else 1)
    except StackError as problem:
        sys.exit(str(problem))


def soak(stack: KeepingStack, seconds: float) -> bool:
    """Whether nothing grew and nothing failed, after all has been printed."""
    print(f"Kratos and Hydra: {stack.kind} ({stack.why}), their database: {stack.database}.")
    print(f"{PEOPLE} people, {PAUSE:g} s between two visits of each.")
    print(f"Load average {os.getloadavg()[0]:.1f} (idle: below 1).", flush=True)
    visits = Visits(Site(stack), PAUSE)
    samples, steps, hours = defaultdict[str, list[float]](list), defaultdict[str, list[float]](list), list[float]()
    began = time.monotonic()
    with ThreadPoolExecutor(PEOPLE) as pool:
        people = [pool.submit(visits.go_on, number) for number in range(PEOPLE)]
        while (passed := time.monotonic() - began) < seconds and not any(person.done() for person in people):
            time.sleep(EVERY)
            times = visits.take()
            for step, took in times.items():
                steps[step] += took
            sampled = sample(stack, list(chain.from_iterable(times.values())))
            if passed % 60 < EVERY:
                print(
                    f"{passed / 60:5.0f} min", *(f"{value:.1f} {name}" for name, value in sampled.items()), flush=True
                )
            if passed >= seconds * WARM_UP:
                hours.append(passed / 3600)
                for name, value in sampled.items():
                    samples[name].append(value)
        visits.ended.set()
    for person in people:
        person.result()
    print_steps(steps)
    return judge(samples, hours) & healthy(stack, visits)


def sample(stack: Stack, times: list[float]) -> dict[str, float]:
    """What Portico's processes hold now, and how long the last answers took."""
    pids = stack.pids("portico")
    ports = {int(stack.urls[name].rpartition(":")[2]) for name in ("kratos_public", "kratos_admin", "hydra_admin")}
    status = "".join(Path(f"/proc/{pid}/status").read_text() for pid in pids)
    return {
        "MB (PSS)": system.pss(pids),
        "MB (anonymous)": system.pss(pids, "Pss_Anon"),
        "descriptors": sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in pids),
        "threads": sum(map(int, re.findall(r"^Threads:\s+(\d+)", status, re.M))),
        "connections upstream": system.connections(pids, ports),
        "p50 ms": percentile(times, 50),
        "p99 ms": percentile(times, 99),
    }


def percentile(times: list[float], part: int) -> float:
    """Milliseconds."""
    return quantiles(times, n=100, method="inclusive")[part - 1] * 1000 if len(times) > 1 else 0


def print_steps(steps: dict[str, list[float]]) -> None:
    """One row for each of Portico's addresses."""
    print("\n" + STEP.format("", "answers", "p50 ms", "p99 ms"))
    for step, times in sorted(steps.items(), key=lambda row: -len(row[1])):
        print(STEP.format(step[:43], len(times), *(f"{percentile(times, part):.0f}" for part in (50, 99))))


def judge(samples: dict[str, list[float]], hours: list[float]) -> bool:
    """Print the slopes; whether all that have a limit are about zero, or there was no time to tell."""
    print("\n" + ROW.format("all processes", "first", "last", "least", "most", "rises in an hour", ""))
    is_well, is_short = True, hours[-1] - hours[0] < LEAST
    for name, values in samples.items():
        line, limit = slope(*quiet(hours, values)) if name in BUSY else slope(hours, values), LIMITS.get(name)
        is_zero = limit is None or line.is_about_zero(limit)
        is_well &= is_zero or is_short
        ends = fmean(values[:5]), fmean(values[-5:]), min(values), max(values)
        rises = f"{line.rise:+.1f} give or take {line.error:.1f}"
        verdict = "" if limit is None else "too short to tell" if is_short else "about zero" if is_zero else "GROWS"
        print(ROW.format(name, *(f"{value:.1f}" for value in ends), rises, verdict))
    return is_well


def quiet(hours: list[float], values: list[float]) -> tuple[list[float], list[float]]:
    """The least of every two minutes, at their middle; of less time than that the samples as they are."""
    starts = range(0, len(values) - QUIET + 1, QUIET)
    least = [min(values[start : start + QUIET]) for start in starts]
    return ([fmean(hours[start : start + QUIET]) for start in starts], least) if len(least) > 2 else (hours, values)


def excused_by(lines: Iterable[Mapping[str, Any]], log: str) -> set[str]:
    """The requests that Kratos or Hydra failed at first: by no answer, by 5xx, or by a 4xx while two wrote at once.

    `log` is theirs, which says so with the id of the request; any other 4xx is what Portico has to know how to take.
    """
    conflicts = [line for line in log.splitlines() if re.search(CONFLICT, line)]
    failed = [line for line in lines if line["event"] == "upstream_error"]
    return {
        line["request_id"]
        for line in failed
        if line["status"] == 0 or line["status"] >= 500 or any(line["request_id"] in text for text in conflicts)
    }


def healthy(stack: Stack, visits: Visits) -> bool:
    """Print how visits ended and what Portico logged; whether nothing failed but by Kratos' or Hydra's own failures."""
    lines = [json.loads(line) for line in stack.logs("portico").splitlines() if line.startswith("{")]
    logs = {name: stack.logs(name) for name in ("kratos", "hydra")}
    excused = excused_by(lines, "\n".join(logs.values()))
    failed = [line for line in lines if line["event"] == "request" and line["status"] >= 500]
    ours = [line for line in failed if line["request_id"] not in excused]
    errors = [line for line in lines if line["level"] == "error"] + [
        line for line in stack.logs("portico").splitlines() if line.startswith("Traceback")
    ]
    refusals = Counter((line["service"], line.get("what", line["event"])) for line in lines if "service" in line)
    ends = ", ".join(f"{number} {end}" for end, number in visits.ends.most_common())
    print(f"\nVisits: {ends}. Portico's answers of 5xx: {len(failed)}, of which Kratos or Hydra failed first: ", end="")
    print(f"{len(failed) - len(ours)}. Errors in its log: {len(errors)}.")
    locked = {name: len(re.findall(CONFLICT, log)) for name, log in logs.items()}
    for (service, what), number in refusals.most_common():
        print(f"  {number} times {service}: {what}")
    print(
        "  ".join(f"{name}'s log has {number} lines of a database that is in use." for name, number in locked.items())
    )
    for problem in (*visits.failures[:5], *ours[:5], *errors[:5]):
        print(f"  {problem}")
    return not (visits.failures or ours or errors)


if __name__ == "__main__":
    main()
