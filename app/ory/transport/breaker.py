"""An upstream that says nothing, call after call, is not asked by everybody: people would wait for it in vain."""

import time
from collections.abc import Callable

ENOUGH = 5  # calls in a row without a byte of an answer
PATIENT = 2.0  # seconds a call has to have waited to count as one; readiness waits less
PAUSE = 1.0  # seconds between the calls that try whether it answers again


class Breaker:
    """Of one upstream, in one process: silent after ENOUGH calls that waited in vain, until the next answer.

    Any answer is one, whatever its status, and whoever refuses a connection costs no time: only silence counts. While
    it lasts one call each PAUSE is let through, of a caller that can still wait for so long; nobody has to report what
    became of it.
    """

    def __init__(self, changed: Callable[[bool], None]) -> None:
        self._changed = changed
        self._in_vain, self._answered, self._next = 0, 0.0, 0.0

    @property
    def is_silent(self) -> bool:
        """Whether most calls are not sent."""
        return self._in_vain >= ENOUGH

    def lets_through(self, seconds: float) -> bool:
        """Whether a call that can wait so long may be sent now; while it is silent this is the one of its PAUSE."""
        if not self.is_silent:
            return True
        now = time.monotonic()
        if now < self._next or seconds < PAUSE:
            return False
        self._next = now + PAUSE
        return True

    def answered(self) -> None:
        """Something came."""
        self._answered = time.monotonic()
        was_silent, self._in_vain = self.is_silent, 0
        if was_silent:
            self._changed(False)

    def waited(self, since: float, enough: float = PATIENT) -> None:
        """Nothing came to a call of this moment; who waited less than `enough` seconds knows nothing by that."""
        now = time.monotonic()
        if since <= self._answered or now - since < enough:
            return
        self._in_vain += 1
        if self._in_vain == ENOUGH:
            self._next = now + PAUSE
            self._changed(True)
