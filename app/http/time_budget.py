"""The time limit of an answer: all calls of one request share it, so that their timeouts do not add up."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from app.http import here

PAGE, READINESS = 5.0, 1.5  # seconds for all calls; a single call has CALL_TIMEOUT (app.ory.transport)


def seconds_left() -> float:
    """Return the time left for calls, counted from the first call of the request."""
    notes, now = here.notes_if_any(), time.monotonic()
    if notes is None:
        return PAGE
    end: float = notes.setdefault("calls_end", now + PAGE)
    return end - now


def set_seconds_left(seconds: float) -> None:
    """Give the calls of this request this much time from now on."""
    here.notes()["calls_end"] = time.monotonic() + seconds


@contextmanager
def reserving(seconds: float) -> Iterator[None]:
    """Withhold time from the calls in this block, for those after it."""
    set_seconds_left(seconds_left() - seconds)
    try:
        yield
    finally:
        here.notes()["calls_end"] += seconds
