"""The queue of a worker under overload: which requests are refused, and in which order the others continue."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Any

import gevent
from gevent.hub import Waiter

AT_MOST = 3.0  # seconds that a request may wait, so that a sudden crowd is served
IN_A_QUEUE = 1.0  # seconds, if the queue was not empty during the last AT_MOST, because it would only grow
AT_ONCE = 0.05  # seconds; shorter waits do not count


class OverloadDetector:
    """Everything that waits for a worker: connections not accepted, requests not read, and those in a RequestQueue.

    If more requests come than a worker can answer, all would soon wait too long, health checks, too. So a queue that
    never becomes empty is kept short: late requests are refused, which costs much less than a page.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._empty_at = self._last = now()

    def is_overdue(self, seconds: float) -> bool:
        """Whether to refuse a request that has waited this long."""
        now = self._now()
        came = now - seconds
        if seconds <= AT_ONCE or came > self._last:  # it came after the one before was read, so nobody else waited
            self._empty_at = came
        self._last = now
        return seconds > (AT_MOST if now - self._empty_at < AT_MOST else IN_A_QUEUE)


class RequestQueue:
    """Requests that have been read; in each turn of the worker's event loop the first `per_turn` of them continue.

    A turn also resumes all greenlets with new bytes. So requests with an answer from Kratos or Hydra go before new
    ones, which are read meanwhile. Otherwise all requests would share the time, and all would be late.
    """

    def __init__(self, per_turn: int = 1) -> None:
        self._per_turn = per_turn
        self._waiting: deque[Waiter[None]] = deque()
        self._turn: Any = None

    @property
    def is_busy(self) -> bool:
        """Whether a request waits."""
        return bool(self._waiting)

    def wait(self) -> None:
        """Wait for the turn of this request, at least until the next turn."""
        waiter: Waiter[None] = Waiter()
        self._waiting.append(waiter)
        if len(self._waiting) == 1:
            self._turn = self._turn or gevent.get_hub().loop.timer(0, priority=-1)  # after all greenlets with new bytes
            self._turn.start(self._go_on)
        waiter.get()

    def _go_on(self) -> None:
        self._turn.stop()
        first = [self._waiting.popleft() for _ in range(min(self._per_turn, len(self._waiting)))]
        if self._waiting:
            self._turn.start(self._go_on)
        for waiter in first:
            waiter.switch(None)  # does nothing if its greenlet has ended
