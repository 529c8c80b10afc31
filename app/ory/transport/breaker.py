"""A circuit breaker: stops most calls to an upstream that does not answer, so that people do not wait in vain."""

import time
from collections.abc import Callable

ENOUGH = 5  # calls in a row without a byte of an answer
PATIENT = 2.0  # seconds; a call that waited less does not count, for example that of a readiness probe
PAUSE = 1.0  # seconds between calls that test whether the upstream answers again


class Breaker:
    """The breaker of one upstream in one process: open after ENOUGH calls in vain, until the next answer.

    Only silence counts: an answer of any status closes the breaker, and a refused connection costs no time. While it is
    open, one call per PAUSE may pass, if its caller can wait that long; the caller need not report the result.
    """

    def __init__(self, changed: Callable[[bool], None]) -> None:
        self._changed = changed
        self._in_vain, self._answered, self._next = 0, 0.0, 0.0
        self.is_silent = False  # whether the breaker is open, so that most calls are not sent

    def lets_through(self, seconds: float) -> bool:
        """Whether a call may be sent whose caller can wait `seconds`; while the breaker is open, one per PAUSE."""
        if not self.is_silent:
            return True
        now = time.monotonic()
        if now < self._next or seconds < PAUSE:
            return False
        self._next = now + PAUSE
        return True

    def answered(self) -> None:
        """Note that an answer came."""
        self._answered, self._in_vain = time.monotonic(), 0
        if self.is_silent:
            self.is_silent = False
            self._changed(False)

    def waited(self, since: float, enough: float = PATIENT) -> None:
        """Note a call, begun at `since`, without an answer; it counts only if it waited `enough` seconds."""
        now = time.monotonic()
        if since <= self._answered or now - since < enough:
            return
        self._in_vain += 1
        if self._in_vain == ENOUGH:
            self.is_silent, self._next = True, now + PAUSE
            self._changed(True)
