"""Whether this server is about to end: said by its first process, read by all its workers."""

import mmap

_flag = mmap.mmap(-1, 1)  # memory that a fork shares


def begin() -> None:
    """From now on nobody new is to be sent here."""
    _flag[0] = 1


def has_begun() -> bool:
    """Whether it ends."""
    return _flag[0] == 1
