"""Fixtures of the doctor's tests."""

import pytest

from tests.doctor.world import World


@pytest.fixture
def world() -> World:
    return World()
