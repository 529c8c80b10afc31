"""Which requests are refused where more people come than can be answered: those that have waited for too long."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

import gevent
from gevent.event import Event

AT_MOST = 3.0  # seconds that a request may have waited: a crowd that comes at once is served
IN_A_QUEUE = 0.5  # the same where somebody has been waiting for all of the last AT_MOST: that queue would only grow
AT_ONCE = 0.05  # seconds that nobody calls waiting


class Queue:
    """Those that wait for a worker, in the kernel: connections not taken, requests not read.

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
    """Requests that have been read and have waited: one goes on at a time, and new ones are read before the next does.

    A turn of gevent's loop goes on with everybody who has sent something. With a thousand to refuse it takes seconds,
    in which nobody would hear that this worker is alive.
    """

    def __init__(self) -> None:
        self._waiting: deque[Event] = deque()
        self.is_busy = False

    def __enter__(self) -> None:
        turn = Event()
        if not self.is_busy:
            self.is_busy = True
            turn.set()
        else:
            self._waiting.append(turn)
        try:
            turn.wait()
            gevent.sleep(0)
        except BaseException:  # the server ends
            self._waiting.remove(turn) if turn in self._waiting else self._next()
            raise

    def __exit__(self, *_: object) -> None:
        self._next()

    def _next(self) -> None:
        self.is_busy = bool(self._waiting)  # still busy where it is somebody's turn now: nobody gets in between
        if self._waiting:
            self._waiting.popleft().set()
