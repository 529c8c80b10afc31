"""Fixtures of the Hydra contract tests, named by them in `pytest_plugins`."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.contract.hydra_stacks import Browser, Hydra, Running


@pytest.fixture(scope="session")
def sandbox_hydra() -> Iterator[Hydra]:
    with Running("sandbox") as running:
        yield running.hydra


@pytest.fixture(scope="session")
def real_hydra() -> Iterator[Hydra]:
    with Running("real") as running:
        yield running.hydra


@pytest.fixture(scope="session", params=["sandbox", pytest.param("real", marks=pytest.mark.real)])
def hydra(request: pytest.FixtureRequest) -> Hydra:
    """Either server: what a test promises of it is promised of both."""
    chosen: Hydra = request.getfixturevalue(f"{request.param}_hydra")
    return chosen


@pytest.fixture
def browser(hydra: Hydra) -> Iterator[Browser]:
    new = Browser(hydra)
    yield new
    new.session.close()


@pytest.fixture
def subject() -> str:
    """A person nobody has met yet: consents are remembered across tests."""
    return str(uuid4())
