"""The machine notices each defence that is gone: what it is worth when it finds nothing.

Those that it notices within seconds; MUTANTS=all: every one, of which some need more luck than there is time for.
"""

import os
from contextlib import suppress
from io import StringIO

import pytest
from flask import Flask
from hypothesis.errors import FlakyStrategyDefinition

from tests.machines.mutants import MUTANTS, QUICK, cacheable
from tests.machines.running import run, sweep
from tests.machines.sandbox import Sandbox
from tests.machines.scene import portico

EXAMPLES = 60
NAMES = ["pages may be kept", *(MUTANTS if os.environ.get("MUTANTS") == "all" else QUICK)]


def tried(servers: Sandbox, app: Flask, log: StringIO) -> None:
    """A little chance, which is enough for most, each situation, much chance."""
    with suppress(FlakyStrategyDefinition):  # on a busy machine a clock has gone on before an example is repeated
        run(servers, app, log, EXAMPLES // 6, shrink=False)
    sweep(servers, app, log)
    run(servers, app, log, EXAMPLES, shrink=False)


@pytest.mark.parametrize("name", NAMES)
def test_it_is_noticed_that(monkeypatch: pytest.MonkeyPatch, logs: StringIO, unhurried: None, name: str):
    servers = Sandbox(monkeypatch)
    app = portico(servers)
    if name in MUTANTS:
        MUTANTS[name](monkeypatch)
    else:
        cacheable(app)
    with pytest.raises(AssertionError):
        tried(servers, app, logs)
