"""The machine over Portico and the stand-ins, all in this process."""

from io import StringIO

import pytest
from hypothesis import settings

from tests.machines.running import MANY, SHARE, run, sweep
from tests.machines.sandbox import Sandbox
from tests.machines.scene import portico


@pytest.mark.parametrize("begun", range(0, MANY or 1, SHARE))
def test_whatever_people_and_attackers_do_the_invariants_hold(
    monkeypatch: pytest.MonkeyPatch, logs: StringIO, unhurried: None, begun: int
):
    servers = Sandbox(monkeypatch)
    examples = min(SHARE, MANY - begun) if MANY else settings().max_examples // 4
    run(servers, portico(servers), logs, examples, anew=MANY > 0, shrink=MANY == 0)


def test_in_each_situation_that_chance_brings_too_seldom_the_invariants_hold(
    monkeypatch: pytest.MonkeyPatch, logs: StringIO, unhurried: None
):
    """Every changed answer on the way into an application, other sessions, less allowed, recovery, enrolment.

    A third of them; all in `make machines`.
    """
    servers = Sandbox(monkeypatch)
    sweep(servers, portico(servers), logs, stride=1 if MANY else 3)
