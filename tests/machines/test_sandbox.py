"""The machine over Portico and the stand-ins, all in this process."""

from io import StringIO

import pytest
from hypothesis import settings

from tests.machines.running import MANY, run, sweep
from tests.machines.sandbox import Sandbox
from tests.machines.scene import portico


def test_whatever_people_and_attackers_do_the_invariants_hold(
    monkeypatch: pytest.MonkeyPatch, logs: StringIO, unhurried: None
):
    servers = Sandbox(monkeypatch)
    run(servers, portico(servers), logs, MANY or settings().max_examples // 4, anew=MANY > 0, shrink=MANY == 0)


def test_in_each_situation_that_chance_brings_too_seldom_the_invariants_hold(
    monkeypatch: pytest.MonkeyPatch, logs: StringIO, unhurried: None
):
    """Every changed answer on the way into an application, other sessions, less allowed, recovery, enrolment.

    A third of them; all in `make machines`.
    """
    servers = Sandbox(monkeypatch)
    sweep(servers, portico(servers), logs, stride=1 if MANY else 3)
