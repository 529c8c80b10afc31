"""Limits of Portico's that a machine reaches which stops for a while: under tests of something else they are far away.

The benchmarks, `make run`, the tests of proxies and those of the limits themselves (`HURRIED`) have the ones it ships.
"""

import os
import sys

SECONDS = 90  # for a call: less than those who wait for the page have
FOR_EVER = 600  # for a client (SECONDS_OF_CLIENTS: others): more than those have who wait for its turn to be over
HURRIED = {"PATIENT": ""}  # in the environment of a Portico that a test begins
LIMITS = {
    "app.http.time_budget": ("PAGE", "READINESS"),
    "app.ory.transport": ("CALL_TIMEOUT",),
    "app.ory.transport.connections": ("CONNECT_TIMEOUT", "MAX_WAIT"),
    "app.server.request_queue": ("AT_MOST", "IN_A_QUEUE"),
}
OF_CLIENTS = {"app.server.worker": ("HEAD", "BODY", "ANSWER")}


def take() -> None:
    """Let a Portico that is forked be patient, in what it has imported already (COUNTING in tests/stack/forks.py)."""
    if os.environ.get("PATIENT", "1"):
        of_clients = int(os.environ.get("SECONDS_OF_CLIENTS", FOR_EVER))
        for limits, seconds in ((LIMITS, SECONDS), (OF_CLIENTS, of_clients)):
            for module in sys.modules.keys() & limits.keys():
                vars(sys.modules[module]).update(dict.fromkeys(limits[module], seconds))
