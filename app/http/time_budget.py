"""How long an answer may take: all calls of one request share its seconds, so that no page waits for each of them."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from flask import g, has_request_context

PAGE, READINESS = 5.0, 1.5  # seconds, for all calls together; one has CALL_TIMEOUT (app.ory.transport)


def seconds_left() -> float:
    """What is left for calls upstream; it counts from the request's first."""
    if not has_request_context():
        return PAGE
    end: float | None = g.get("calls_end")
    if end is None:
        end = g.calls_end = time.monotonic() + PAGE
    return end - time.monotonic()


def set_seconds_left(seconds: float) -> None:
    """Let the calls of this request take so many seconds from now on."""
    g.calls_end = time.monotonic() + seconds


@contextmanager
def reserving(seconds: float) -> Iterator[None]:
    """Keep some of this request's time from the calls in this block, for what comes after them."""
    set_seconds_left(seconds_left() - seconds)
    try:
        yield
    finally:
        set_seconds_left(seconds_left() + seconds)
