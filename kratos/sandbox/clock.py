"""The time of a stand-in: this machine's, or so many seconds ahead as a test has said (`PUT /clock?forward=`).

A test that needs something to expire sets the clock ahead, where it would have to sleep with the real server.
"""

import re
import time as machine
from datetime import UTC, datetime, timedelta

UNITS = {"h": "hours", "m": "minutes", "s": "seconds", "ms": "milliseconds"}
_ahead = 0.0


def forward(seconds: float) -> None:
    """Set the clock so many seconds further ahead, or back where they are less than none."""
    global _ahead  # a process is one stand-in
    _ahead += seconds


def time() -> float:
    return machine.time() + _ahead


def now() -> datetime:
    return datetime.fromtimestamp(time(), UTC)


def duration(text: str) -> timedelta:
    """Read a duration as Go writes it: `24h`, `1h30m`, `500ms`; ValueError for anything else."""
    if not re.fullmatch(r"([\d.]+(ms|s|m|h))+", text):
        raise ValueError(f"not a duration: {text}")
    return timedelta(**{UNITS[unit]: float(number) for number, unit in re.findall(r"([\d.]+)(ms|h|m|s)", text)})
