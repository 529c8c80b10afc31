"""What the upstream calls of a page cost by themselves: the same requests over the bare transport, without Flask.

Run with the environment of the Portico that is measured, whose process id is the argument (its core is shared).
Standard input: a list of [url, Cookie header]; the last line of standard output: [number of calls, ms of CPU] for each.
"""

from gevent import monkey

monkey.patch_all()  # as app/server/options.py does

import json  # noqa: E402
import os  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
from concurrent.futures import ThreadPoolExecutor  # noqa: E402
from typing import Any  # noqa: E402

from app.config.settings import load  # noqa: E402
from app.factory import create_app  # noqa: E402
from app.ory.transport import Transport  # noqa: E402
from tests.bench.load import CONNECTIONS  # noqa: E402

PAGES = 800
Calls = list[tuple[Any, ...]]


def recorded(url: str, cookie: str) -> Calls:
    """The calls a page makes, noted while it makes them."""
    calls, send, settings = Calls(), Transport.__call__, load()

    def note(wire: Transport, *call: Any) -> Any:
        calls.append(call)
        return send(wire, *call)

    Transport.__call__ = note  # type: ignore[assignment, method-assign]
    try:
        browser = create_app(settings).test_client(use_cookies=False)
        browser.get(url.removeprefix(settings.public_url), headers={"Cookie": cookie})
    finally:
        Transport.__call__ = send  # type: ignore[method-assign]
    return calls


def cost(calls: Calls) -> float:
    """Milliseconds of CPU for these calls, made over as many connections as the load has."""
    wire = Transport()

    def page(_: int) -> None:
        for call in calls:
            wire(*call)

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(page, range(CONNECTIONS)))  # opens the connections
        began = time.process_time()
        list(pool.map(page, range(PAGES)))
    return (time.process_time() - began) * 1000 / PAGES


if __name__ == "__main__":
    os.sched_setaffinity(0, os.sched_getaffinity(int(sys.argv[1])))
    pages = [recorded(*page) for page in json.load(sys.stdin)]
    print("\n" + json.dumps([[len(calls), cost(calls)] for calls in pages]))
