"""The machine over Portico and the stand-ins, all in this process."""

from io import StringIO

import pytest
from hypothesis import settings

from tests.machines.running import MANY, run
from tests.machines.sandbox import Sandbox
from tests.machines.scene import portico


def test_whatever_people_and_attackers_do_the_invariants_hold(
    monkeypatch: pytest.MonkeyPatch, logs: StringIO, unhurried: None
):
    servers = Sandbox(monkeypatch)

    run(servers, portico(servers), logs, MANY or settings().max_examples // 4, anew=MANY > 0, shrink=MANY == 0)
