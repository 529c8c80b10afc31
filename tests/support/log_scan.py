"""A pytest plugin: every test's log, at DEBUG, is kept to the table of events and searched for secrets (N34, I6)."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path

import pytest

from app.http import logs as app_logs
from app.http.events import EVENTS
from tests.stack import processes
from tests.stack.leaks import SecretValues, leaks, lines, suspects
from tests.support.cases import FRESH
from tests.support.event_table import FIELDS

AT_DEBUG = Path(processes.__file__).parent / "at_debug"
OF_EACH = {"event", "level", "timestamp", "request_id"}
OF_SOME = {"trace_id"}  # requests that belong to a trace


class Log:
    """Where the log of this process goes, and what was sent over the wire since the test began."""

    def __init__(self) -> None:
        self.lines, self.wire = StringIO(), SecretValues()

    def write(self, text: str) -> int:
        """Take a line, or a part of one."""
        return self.lines.write(text)

    def flush(self) -> None:
        """There is nothing to wait for."""


LOG = Log()


def pytest_configure() -> None:
    """Log as the server does, but to us, and all there is; before pytest adds handlers of its own."""
    stderr, sys.stderr = sys.stderr, LOG  # type: ignore[assignment]
    try:
        app_logs.configure_logs()
    finally:
        sys.stderr = stderr
    logging.getLogger().setLevel(logging.DEBUG)
    processes.search_path.append(str(AT_DEBUG))
    processes.readers.append(read)


def read(printed: str) -> None:
    """Portico's own output, when it has ended: its lines as of any test's, and nothing that a browser sent."""
    assert faults(printed) == []
    assert suspects(printed) == []


def faults(log: str) -> list[str]:
    """Where the application's own lines differ from the table of events."""
    own = [line for line in lines(log) if "request_id" in line]
    return [
        str(line)
        for line in own
        if line["event"] not in EVENTS
        or line["level"] != EVENTS[line["event"]]
        or line.keys() - OF_SOME != {*OF_EACH, *FIELDS[line["event"]]}
    ]


@pytest.fixture(autouse=True)
def log() -> Iterator[Log]:
    """This test's log: whatever it is about, nothing secret may be in it."""
    with scanned():
        yield LOG


@contextmanager
def scanned() -> Iterator[None]:
    """What is logged meanwhile is as it should be."""
    LOG.lines, LOG.wire = StringIO(), SecretValues()
    yield
    written = LOG.lines.getvalue()
    assert faults(written) == []
    assert leaks(written, LOG.wire.secrets) == []


FRESH["log"] = scanned
