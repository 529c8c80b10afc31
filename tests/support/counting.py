"""What something costs, counted, not timed: the same on every machine, however busy it is."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import TypeVar

Result = TypeVar("Result")


def calls(run: Callable[[], Result]) -> tuple[Result, int]:
    """What this returns, and how many functions were called for it, Python's and C's."""
    counted = 0

    def count(_: FrameType, event: str, __: object) -> None:
        nonlocal counted
        counted += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        result = run()
    finally:
        sys.setprofile(None)
    return result, counted


class Counted(str):
    """A text whose comparisons are calls."""

    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        return str.__eq__(self, other)
