"""The machine notices each defence that is gone: what it is worth when it finds nothing."""

from io import StringIO

import pytest

from tests.machines.mutants import MUTANTS, SLOW, cacheable
from tests.machines.running import MANY, run
from tests.machines.sandbox import Sandbox
from tests.machines.scene import portico

EXAMPLES = 25
NAMES = ["pages may be kept", *(name for name in MUTANTS if MANY or name not in SLOW)]


@pytest.mark.parametrize("name", NAMES)
def test_it_is_noticed_that(monkeypatch: pytest.MonkeyPatch, logs: StringIO, unhurried: None, name: str):
    servers = Sandbox(monkeypatch)
    app = portico(servers)
    if name in MUTANTS:
        MUTANTS[name](monkeypatch)
    else:
        cacheable(app)

    with pytest.raises(AssertionError):
        run(servers, app, logs, EXAMPLES, shrink=False)
