"""Limits of Portico's that a machine reaches which stops for a while: under tests of something else they are far away.

The benchmarks, `make run`, the tests of proxies and those of the limits themselves (`HURRIED`) have the ones it ships.
"""

import os
import sys

SECONDS = 90  # below those of what asks
HURRIED = {"PATIENT": ""}  # in the environment of a Portico that a test begins
LIMITS = {
    "app.http.time_budget": ("PAGE", "READINESS"),
    "app.ory.transport": ("CALL_TIMEOUT",),
    "app.ory.transport.connections": ("CONNECT_TIMEOUT", "MAX_WAIT"),
    "app.server.request_queue": ("AT_MOST", "IN_A_QUEUE"),
    "app.server.worker": ("HEAD", "BODY", "ANSWER"),
}


def take() -> None:
    """Let a Portico that is forked be patient, in what it has imported already (COUNTING in tests/stack/forks.py)."""
    if os.environ.get("PATIENT", "1"):
        for module in sys.modules.keys() & LIMITS.keys():
            vars(sys.modules[module]).update(dict.fromkeys(LIMITS[module], SECONDS))
