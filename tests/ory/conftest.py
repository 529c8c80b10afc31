"""Fixtures of the transport tests."""

import time
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from app.ory.transport import Transport, connections
from tests.stack.patience import SECONDS
from tests.support.loopback import Raw


@pytest.fixture
def serve():
    """Start servers that answer as told; they end with the test."""
    started = []

    def start(answer):
        started.append(Raw(answer))
        return started[-1]

    yield start
    for server in started:
        server.close()


@pytest.fixture
def transport():
    """A transport."""
    return Transport()


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    """No call fails because this machine has something else to do."""
    monkeypatch.setattr(connections, "CONNECT_TIMEOUT", SECONDS)
    monkeypatch.setattr(connections, "MAX_WAIT", SECONDS)
    monkeypatch.setattr("app.ory.transport.CALL_TIMEOUT", SECONDS)


@pytest.fixture
def hurried(monkeypatch, patient):
    """Shorter timeouts for a block in which no call is answered."""

    @contextmanager
    def block():
        with monkeypatch.context() as patch:
            patch.setattr(connections, "CONNECT_TIMEOUT", 0.2)
            patch.setattr("app.ory.transport.CALL_TIMEOUT", 0.5)
            yield

    return block


@pytest.fixture
def quick(hurried):
    """The same for a test in which none is."""
    with hurried():
        yield


@pytest.fixture
def later(monkeypatch):
    """Let calls begin so many seconds later than it is."""

    def pass_(seconds):
        monkeypatch.setattr("app.ory.transport.time", SimpleNamespace(monotonic=lambda: time.monotonic() + seconds))

    return pass_
