"""Which requests are refused where more people come than can be answered: those that have waited for too long."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Any

import gevent
from gevent.hub import Waiter

AT_MOST = 3.0  # seconds that a request may have waited: a crowd that comes at once is served
IN_A_QUEUE = 1.0  # the same where somebody has been waiting for all of the last AT_MOST: that queue would only grow
AT_ONCE = 0.05  # seconds that nobody calls waiting


class Queue:
    """Those that wait for a worker: connections not taken, requests not read, and those in the line after that.

    Where more come than it can answer, everybody would soon wait for longer than anybody has patience, health too. So a
    queue that does not get empty is kept short: whoever has waited in it is refused, which costs much less than a page.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._empty_at = self._last = now()

    def is_too_long(self, seconds: float) -> bool:
        """Whether somebody who has waited so long is to be refused."""
        now = self._now()
        came = now - seconds
        if seconds <= AT_ONCE or came > self._last:  # the one before had been read already: nobody else waited
            self._empty_at = came
        self._last = now
        return seconds > (AT_MOST if now - self._empty_at < AT_MOST else IN_A_QUEUE)


class Line:
    """Requests that have been read: in each turn of the worker's loop the first of them go on, as many as are said.

    A turn resumes everybody whose bytes are there: so what was begun, and has heard from Kratos or Hydra, goes before
    what is new, which is read meanwhile. Otherwise requests would take each other's time and all be late together.
    """

    def __init__(self, in_a_turn: int = 1) -> None:
        self._in_a_turn = in_a_turn
        self._waiting: deque[Waiter[None]] = deque()
        self._turn: Any = None

    @property
    def is_busy(self) -> bool:
        """Whether somebody waits."""
        return bool(self._waiting)

    def wait(self) -> None:
        """Wait for one's turn, at least for the next one."""
        waiter: Waiter[None] = Waiter()
        self._waiting.append(waiter)
        if len(self._waiting) == 1:
            self._turn = self._turn or gevent.get_hub().loop.timer(0, priority=-1)  # after all whose bytes are there
            self._turn.start(self._go_on)
        waiter.get()

    def _go_on(self) -> None:
        self._turn.stop()
        first = [self._waiting.popleft() for _ in range(min(self._in_a_turn, len(self._waiting)))]
        if self._waiting:
            self._turn.start(self._go_on)
        for waiter in first:
            waiter.switch(None)  # nothing happens where it was ended meanwhile
