"""The recorded bodies are what the real server sends now, and what the stand-in replays."""

import json
from typing import Any

import pytest

from kratos.sandbox.bodies import RECORDED

pytest_plugins = ["tests.contract.kratos_fixtures"]
pytestmark = pytest.mark.stack

NAMES = sorted(str(path.relative_to(RECORDED).with_suffix("")) for path in RECORDED.rglob("*.json"))


@pytest.mark.parametrize("name", NAMES)
def test_the_server_sends_what_was_recorded(name: str, recorded_now: dict[str, Any]) -> None:
    assert recorded_now[name] == json.loads((RECORDED / f"{name}.json").read_text()), "run `make record` and look at it"


def test_every_body_the_recorder_knows_has_its_file(recorded_now: dict[str, Any]) -> None:
    assert sorted(recorded_now) == NAMES
