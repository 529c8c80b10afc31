"""The recorded bodies are what the real server sends now, and what the stand-in replays."""

from typing import Any

import pytest

from kratos.bodies import library
from kratos.recorder.cases import VARIANTS
from kratos.recorder.variants import recorded

NAMES = library.names("demo")


def test_the_server_sends_what_was_recorded(recorded_now: dict[str, Any]) -> None:
    assert sorted(recorded_now) == NAMES
    for name, body in recorded_now.items():
        assert body == library.body(f"demo/{name}"), f"{name}: run `make record` and look at it"


@pytest.mark.real
def test_a_server_with_another_configuration_sends_what_was_recorded() -> None:
    """One of them, with passkeys, social sign-in and settings; `make record` does all."""
    [variant] = [variant for variant in VARIANTS if "login/passkey_only" in variant.cases]
    now = dict(recorded(variant))
    assert now == {name: library.body(f"variants/{name}") for name in variant.cases}
