"""Whether this server is about to end: set by its first process, read by all workers."""

import mmap

_flag = mmap.mmap(-1, 1)  # memory that a fork shares


def begin() -> None:
    """Set the flag: load balancers must not send new requests here."""
    _flag[0] = 1


def has_begun() -> bool:
    """Whether the server is about to end."""
    return _flag[0] == 1
