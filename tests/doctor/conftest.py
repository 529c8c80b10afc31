"""Fixtures of the doctor's tests."""

import pytest

from tests.doctor.servers import Servers


@pytest.fixture
def servers() -> Servers:
    return Servers()
