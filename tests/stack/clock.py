"""Waiting for what expires: a stand-in's clock is set ahead, the real server is waited for."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import requests


@contextmanager
def later(admin_url: str, seconds: float) -> Iterator[None]:
    """Run the block when so many seconds have passed at the server that has this admin API."""
    answer = requests.put(f"{admin_url}/clock", params={"forward": seconds}, timeout=60)
    if not answer.ok:
        time.sleep(max(0.0, seconds))
    yield
    if answer.ok:
        requests.put(f"{admin_url}/clock", params={"forward": -seconds}, timeout=60)
