"""A semaphore: a number of places. Whoever takes one gives it back, without waiting for anything."""

from __future__ import annotations

from queue import Empty, SimpleQueue


class Places:
    """Like threading.Semaphore, whose release may wait under gevent: ended then, it would lose the place for good."""

    def __init__(self, number: int) -> None:
        self.number = number
        self._free: SimpleQueue[None] = SimpleQueue()
        for _ in range(number):
            self._free.put(None)

    def take(self, seconds: float = 0) -> bool:
        """Take one, waiting that long at most; False when there is none."""
        try:
            self._free.get(seconds > 0, seconds or None)
        except Empty:
            return False
        return True

    def give_back(self) -> None:
        """Give it back, which never waits."""
        self._free.put(None)
