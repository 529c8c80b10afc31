"""How the machine is run: a few examples, always the same, in `make test`; MACHINES of them, new ones, by hand."""

import os
from io import StringIO

from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.machines.situations import SITUATIONS, Situated
from tests.machines.world import Servers

MANY = int(os.environ.get("MACHINES", "0"))
SHARE = 50  # of MANY in one test: several processes take them, and a single test of all is what they would wait for
STEPS = 30


def sweep(servers: Servers, app: Flask, log: StringIO, stride: int = 1) -> None:
    """Each (or every second, third) situation once, somebody being signed in; AssertionError with what came before."""
    for situation, how in SITUATIONS[::stride]:
        machine = machine_of(servers, app, log)()
        try:
            machine.arrive(browser=0, person=0, client="usual")
            situation(machine, **how)
        finally:
            machine.teardown()


def machine_of(servers: Servers, app: Flask, log: StringIO) -> type[Situated]:
    """The machine about these servers."""
    return type("Machine", (Situated,), {"servers": servers, "app": app, "log": log})


def run(servers: Servers, app: Flask, log: StringIO, examples: int, *, anew: bool = False, shrink: bool = True) -> None:
    """Run it; AssertionError with the steps that lead there, by default as few as they can be made."""
    phases = (Phase.generate, Phase.shrink) if shrink else (Phase.generate,)
    run_state_machine_as_test(
        machine_of(servers, app, log),
        settings=settings(
            max_examples=examples,
            stateful_step_count=STEPS,
            derandomize=not anew,
            database=None,
            deadline=None,
            phases=phases,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )
