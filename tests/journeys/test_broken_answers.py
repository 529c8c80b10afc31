"""One answer of a sign-in is broken once, at Kratos or Hydra: a page says so, and the next reload arrives.

Each call in three ways, each way at some call; every way at every place that asks: tests/faults.
"""

import os
from itertools import product

import pytest

from tests.faults import wire
from tests.faults.proxy import Fault
from tests.journeys.breakable_stack import BreakableStack
from tests.journeys.site import Person, Site, Visitor

# Where the answer is read that is broken, as method and end of the path.
CALLS = {
    "whoami": ("kratos_public", "GET", "/sessions/whoami"),
    "login request": ("hydra_admin", "GET", "/requests/login"),
    "login accept": ("hydra_admin", "PUT", "/requests/login/accept"),
    "consent request": ("hydra_admin", "GET", "/requests/consent"),
    "consent accept": ("hydra_admin", "PUT", "/requests/consent/accept"),
}
FAULTS = {
    **{
        name: wire.NO_ANSWER[name]
        for name in ("reset before it", "reset after it", "cut in the head", "cut in the body")
    },
    "HTML": wire.NO_JSON["HTML"],
    "an object": wire.OBJECT,
    "503": wire.with_status(503),
    "301": wire.with_status(301),
}
CASES = [
    (call, name)
    for (row, call), (column, name) in product(enumerate(CALLS), enumerate(FAULTS))
    if os.environ.get("FAULTS") == "all" or (3 * row - column) % len(FAULTS) < 3
]


@pytest.mark.parametrize(("call", "name"), CASES)
def test_a_broken_answer_costs_a_reload_and_nothing_else(
    breakable: Site, guest: Visitor, grace: Person, call: str, name: str
) -> None:
    assert isinstance(breakable.stack, BreakableStack)
    server, method, end = CALLS[call]
    proxy, left = breakable.stack.proxies[server], [FAULTS[name]]

    def once(sent: str, path: str) -> Fault | None:
        is_it = sent == method and path.partition("?")[0].endswith(end)
        return left.pop() if is_it and left else None

    login = guest.ask("first-party")
    proxy.fault_of = once
    try:
        page = guest.sign_in(login, grace)
    finally:
        proxy.fault_of = lambda *_: None

    assert not left, "the call was made"
    if page.status in (502, 503):
        page = page.reload()
    else:  # a GET on a connection that may have been closed before is sent once more
        assert method == "GET"
        assert name.startswith("reset")
    assert guest.claims(page, "first-party")["sub"] == grace.id
