"""Sign-ins that come at random to servers of several cores each: how many of these it takes until hardly anybody waits.

Every core answers one request after the other; a replica gives each request to the core that is free first, and a load
balancer gives requests to the replicas in turn. A step takes exponentially distributed time around its mean, where it
does not always take the same, as a password's hash does.
"""

import heapq
import math
import random
from dataclasses import dataclass
from itertools import count
from statistics import quantiles

SEED = 26
SIGN_INS = 20_000  # simulated for a result
MORE = 1.04  # times as many replicas in the next try
BUSY = 0.9  # a replica busier than this waits for a bad minute to fall over


@dataclass(frozen=True)
class Step:
    """Something that a server does for a sign-in, and the CPU it takes, in milliseconds."""

    server: str
    milliseconds: float
    varies: bool = True


@dataclass(frozen=True)
class Result:
    """How many replicas of each server, how busy they are (of 1), and how long sign-ins waited for a core, at p99."""

    replicas: dict[str, int]
    busy: dict[str, float]
    waited: float


@dataclass(frozen=True)
class Waits:
    """Milliseconds that 99 of 100 sign-ins waited at most, in all their steps; seconds that all waited, by server."""

    p99: float
    by_server: dict[str, float]


class Cores:
    """The cores of all replicas of one server, by when each is free."""

    def __init__(self, replicas: int, cores: int) -> None:
        self._free = [[0.0] * cores for _ in range(replicas)]
        self._turn = count()

    def waits(self, now: float, seconds: float) -> float:
        """Give work that comes now to the replica whose turn it is; for how long it waits until a core begins."""
        free = self._free[next(self._turn) % len(self._free)]
        begins = max(now, free[0])
        heapq.heapreplace(free, begins + seconds)
        return begins - now


def simulate(steps: list[Step], rate: float, replicas: dict[str, int], cores: dict[str, int]) -> Waits:
    """How long sign-ins that come so many a second wait."""
    chance = random.Random(SEED)
    servers = {name: Cores(replicas[name], cores[name]) for name in replicas}
    arrivals, now = list[tuple[float, int, int, float]](), 0.0
    for sign_in in range(SIGN_INS):
        now += chance.expovariate(rate)
        arrivals.append((now, sign_in, 0, 0.0))
    waits, by_server = [], dict.fromkeys(replicas, 0.0)
    while arrivals:  # sorted, so it is a heap already
        now, sign_in, done, waited = heapq.heappop(arrivals)
        if done == len(steps):
            waits.append(waited * 1000)
            continue
        step = steps[done]
        seconds = chance.expovariate(1000 / step.milliseconds) if step.varies else step.milliseconds / 1000
        wait = servers[step.server].waits(now, seconds)
        by_server[step.server] += wait
        heapq.heappush(arrivals, (now + wait + seconds, sign_in, done + 1, waited + wait))
    return Waits(quantiles(waits, n=100)[98], by_server)


def busy(steps: list[Step], rate: float, replicas: dict[str, int], cores: dict[str, int]) -> dict[str, float]:
    """Which part of its time each server's cores work."""
    cost = {name: sum(step.milliseconds for step in steps if step.server == name) for name in replicas}
    return {name: rate * cost[name] / 1000 / (replicas[name] * cores[name]) for name in replicas}


def enough(steps: list[Step], rate: float, cores: dict[str, int], limit: float) -> Result:
    """The fewest replicas with which 99 of 100 sign-ins wait for at most `limit` milliseconds in all."""
    single = dict.fromkeys(cores, 1)
    replicas = {name: max(1, math.ceil(part / BUSY)) for name, part in busy(steps, rate, single, cores).items()}
    while (waits := simulate(steps, rate, replicas, cores)).p99 > limit:
        longest = max(waits.by_server, key=lambda name: waits.by_server[name])
        replicas = replicas | {longest: math.ceil(replicas[longest] * MORE)}
    return Result(replicas, busy(steps, rate, replicas, cores), waits.p99)
