"""`python -m tests.bench.scale` (`make scale`): what a sign-in costs each server, and how many of them it takes.

The costs are measured on the real servers, which keep what they know in PostgreSQL. From these a simulation tells how
many replicas a number of sign-ins a second needs. Then this machine answers as many as it can, with 1, 2 and 4 workers
and with two replicas, beside what it should by these costs.
"""

import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import chain

from tests.bench import system
from tests.bench.database import KeepingStack
from tests.bench.simulation import Step, enough
from tests.journeys.site import Person, Site, Visitor
from tests.proxies.stack import ProxiedStack
from tests.stack.errors import StackError
from tests.stack.stack import Stack

SECONDS, PEOPLE = 20, 4
SERVERS = ("portico", "kratos", "hydra", "postgres")
STRONG, WEAK = ({"hashers.bcrypt.cost": cost} for cost in (12, 4))  # Kratos' default, and that of `make run`
CORES = {"portico": 2, "kratos": 4, "hydra": 4, "postgres": 1}  # of each replica; PostgreSQL's are cores of one server
RATES = (100, 1_000, 10_000, 100_000)
SIMULATED = 10_000  # at most: of more, each replica gets the same share, and 20,000 sign-ins would be over too soon
WAIT = 250  # milliseconds that 99 of 100 sign-ins wait at most, in all their steps together
COST = "{:<44}{:>9}" + "{:>10}" * len(SERVERS)
NEED = "{:<32}{:>10}" + "{:>20}" * len(SERVERS) + "{:>10}"
RUN = "{:<24}" + "{:>18}" * 4
Costs = dict[str, float]  # milliseconds of CPU of each server
Visit = Callable[[Visitor, Person], None]


class Replicated(ProxiedStack, KeepingStack):
    """Replicas of Portico behind a proxy, with servers that keep what they know."""


def sign_in(visitor: Visitor, person: Person) -> None:
    """With a password, to an application that is allowed on a page."""
    visitor.enter(person, "demo")
    visitor.http.cookies.clear()  # the next one is somebody whom this browser does not know


def come_back(visitor: Visitor, person: Person) -> None:
    """To an application that is allowed without a page, with the session there is."""
    if not any(cookie.name == "ory_kratos_session" for cookie in visitor.http.cookies):
        visitor.enter(person, "demo")
    visitor.claims(visitor.ask("first-party"), "first-party")


def main() -> None:
    """All tables."""
    try:
        costs = measured()
        print_needs(costs)
        print_runs()
    except StackError as problem:
        sys.exit(str(problem))


def measured() -> dict[str, tuple[float, Costs]]:
    """For each kind of sign-in the requests at Portico and the costs, as they are printed."""
    print(COST.format("CPU of one sign-in, milliseconds", "requests", *SERVERS))
    rows = {}
    for hashing, settings in (("bcrypt 12, Kratos' default", STRONG), ("bcrypt 4", WEAK)):
        with KeepingStack(os.environ.get("STACK") or "auto", kratos=settings) as stack:
            if stack.is_in_memory:
                raise StackError("This needs the real Kratos and Hydra on PATH, and PostgreSQL.")
            visits: dict[str, Visit] = {f"password, consent ({hashing})": sign_in}
            visits |= {"session, skip_consent": come_back} if settings is WEAK else {}
            for name, visit in visits.items():
                number, requests, _, costs = crowd(stack, visit)
                rows[name] = requests / number, {server: costs[server] / number for server in SERVERS}
                print(COST.format(name, f"{rows[name][0]:.0f}", *(f"{cost:.1f}" for cost in rows[name][1].values())))
    return rows


def crowd(stack: Stack, visit: Visit, seconds: float = SECONDS) -> tuple[int, int, float, Costs]:
    """People who come again and again: how many visits, their requests, the seconds and the CPU of each server."""
    site, requested = Site(stack), list[str]()
    until = 0.0

    def go_on(person: Person) -> int:
        visitor, visits = Visitor(site), 0
        visitor.http.hooks["response"].append(lambda answer, *_, **__: requested.append(answer.url))
        while time.monotonic() < until:
            visit(visitor, person)
            visits += 1
        visitor.close()
        return visits

    people = [site.person() for _ in range(PEOPLE)]
    with ThreadPoolExecutor(PEOPLE) as pool:
        until = time.monotonic() + 3
        list(pool.map(go_on, people))
        requested.clear()
        began, before = time.monotonic(), used(stack)
        until = began + seconds
        visits = sum(pool.map(go_on, people))
    took, after = time.monotonic() - began, used(stack)
    costs = {name: after[name] - before[name] for name in after}
    return visits, sum(url.startswith(stack.urls["portico"] + "/") for url in requested), took, costs


def used(stack: Stack) -> Costs:
    """Milliseconds of CPU used so far by the servers; by `others`: the demo and the proxy; by `who asks`: ourselves."""
    replicas = list(stack.replicas) if isinstance(stack, ProxiedStack) else ["portico"]
    programs = {"portico": replicas} | {name: [name] for name in SERVERS[1:]}
    programs["others"] = ["demo", *(["proxy"] if isinstance(stack, ProxiedStack) else [])]
    costs = {name: system.cpu(chain.from_iterable(map(stack.pids, children))) for name, children in programs.items()}
    return costs | {"who asks": time.process_time() * 1000}


def steps(requests: float, costs: Costs, hashing: float = 0) -> list[Step]:
    """A sign-in as requests to Portico, each of which asks the others; a password is checked in one of them."""
    number = max(1, round(requests))
    even = costs | {"kratos": costs["kratos"] - hashing}
    each = [Step(name, even[name] / number) for name in SERVERS if even[name] > 0]
    return [*each * number, *([Step("kratos", hashing, varies=False)] if hashing > 0 else [])]


def kinds(costs: dict[str, tuple[float, Costs]]) -> dict[str, list[Step]]:
    """The steps of each kind of sign-in that the tables tell of."""
    [strong, weak, session] = costs
    hashing = costs[strong][1]["kratos"] - costs[weak][1]["kratos"]
    return {strong: steps(*costs[strong], hashing), session: steps(*costs[session])}


def print_needs(costs: dict[str, tuple[float, Costs]]) -> None:
    """What so many sign-ins a second take."""
    print(f"\nReplicas (busy) for so many a second, so that 99 of 100 wait for at most {WAIT} ms in all.")
    print(f"Cores of a replica: {', '.join(f'{name} {cores}' for name, cores in CORES.items())}.\n")
    print(NEED.format("", "a second", *SERVERS, "p99 ms"))
    for name, way in kinds(costs).items():
        for rate in RATES:
            times = max(1, rate // SIMULATED)
            result = enough(way, rate / times, CORES, WAIT)
            need = [f"{result.replicas[server] * times:,} ({result.busy[server]:.0%})" for server in SERVERS]
            print(NEED.format(name[:31], f"{rate:,}", *need, f"{result.waited:.0f}"), flush=True)


def print_runs() -> None:
    """How many a second this machine answers with all servers and who asks on it, beside what the costs say."""
    cores = len(os.sched_getaffinity(0))
    print(f"\nSession, skip_consent: all servers and who asks, in one process, on the same {cores} cores:\n")
    print(RUN.format("Portico", "CPU ms in all", "of it Portico", "possible a second", "answered"))
    kind = os.environ.get("STACK") or "auto"
    for workers, replicas in ((1, 1), (2, 1), (4, 1), (2, 2)):
        options = {"kratos": WEAK, "portico_env": {"PORTICO_WORKERS": str(workers)}}
        stack = Replicated(kind, "haproxy", replicas=2, **options) if replicas > 1 else KeepingStack(kind, **options)
        with stack:
            visits, _, seconds, costs = crowd(stack, come_back)
        each = {name: cost / visits for name, cost in costs.items()}
        together, alone = sum(each.values()), max(each["portico"] / (workers * replicas), each["who asks"])
        name = f"{replicas} x {workers} workers" + (", haproxy" if replicas > 1 else "")
        possible = min(cores * 1000 / together, 1000 / alone)
        figures = f"{together:.1f}", f"{each['portico']:.1f}", f"{possible:.0f}", f"{visits / seconds:.0f}"
        print(RUN.format(name, *figures), flush=True)


if __name__ == "__main__":
    main()
