"""Fixtures of the transport tests."""

import pytest

from app.ory import transport
from app.ory.transport import Transport, connections
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
def wire():
    """A transport."""
    return Transport()


@pytest.fixture
def quick(monkeypatch):
    """Shorter timeouts, so that the tests need not wait."""
    monkeypatch.setattr(connections, "CONNECT_TIMEOUT", 0.2)
    monkeypatch.setattr(transport, "CALL_TIMEOUT", 0.5)
