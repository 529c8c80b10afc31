"""A semaphore whose release never waits."""

from __future__ import annotations

from queue import Empty, SimpleQueue


class Semaphore:
    """Like threading.Semaphore, whose release may wait under gevent: if it were killed then, the slot would be lost."""

    def __init__(self, slots: int) -> None:
        self.slots = slots
        self._free: SimpleQueue[None] = SimpleQueue()
        for _ in range(slots):
            self._free.put(None)

    def acquire(self, seconds: float = 0) -> bool:
        """Take a slot, waiting up to `seconds`; False if there is none."""
        try:
            self._free.get(seconds > 0, seconds or None)
        except Empty:
            return False
        return True

    def release(self) -> None:
        """Give the slot back."""
        self._free.put(None)
