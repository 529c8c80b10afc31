"""Replicas that are replaced one after the other while people sign in: nobody notices, whichever proxy is in front."""

import json
from collections.abc import Mapping

import pytest

from tests.journeys.site import Site, Visitor, soon
from tests.proxies.samples import PROGRAMS
from tests.proxies.stack import ProxiedStack
from tests.replicas.crowd import Crowd, walking


def requests_at(stack: ProxiedStack, name: str) -> int:
    """How many requests of people's a replica has logged since it was started."""
    lines = [json.loads(line) for line in stack.processes.log(name).splitlines() if line.startswith("{")]
    return sum(line["event"] == "request" and not line["route"].startswith("/health/") for line in lines)


def replace(crowd: Crowd, stack: ProxiedStack, name: str, env: Mapping[str, str] | None = None) -> None:
    """Replace a replica, and go on when people are sent to it again."""
    stack.replace(name, env)
    soon(lambda: requests_at(stack, name) or crowd.failures)
    crowd.let_everybody_finish_one_begun_now()


def test_one_journey_is_answered_by_both(site: Site, stack: ProxiedStack, visitor: Visitor) -> None:
    before = {name: requests_at(stack, name) for name in stack.replicas}
    ada = site.person("Ada")
    visitor.enter(ada, "demo")
    assert all(requests_at(stack, name) > before[name] for name in stack.replicas)


@pytest.mark.parametrize("proxy", PROGRAMS, indirect=True)
def test_each_is_replaced_and_nobody_notices(site: Site, stack: ProxiedStack) -> None:
    """SIGTERM while requests are under way: none is lost, none is answered by anybody but Portico."""
    with walking(site) as crowd:
        for name in stack.replicas:
            replace(crowd, stack, name)
    assert min(crowd.finished) > 2 * len(stack.replicas)
    assert all(requests_at(stack, name) for name in stack.replicas)


def test_the_secret_is_changed_in_the_documented_order_and_nobody_notices(
    site: Site, stack: ProxiedStack, visitor: Visitor
) -> None:
    """F14: three steps, each finished on every replica before the next; a page stays open from before the first."""
    old, new = stack.settings()["PORTICO_SECRET_KEY"], "another-key-9fK2xQ7vLr4tZb8sWm3yNc6d"
    ada = site.person("Ada")
    consent = visitor.sign_in(visitor.ask(), ada)
    steps = [
        {"PORTICO_SECRET_KEY": old, "PORTICO_SECRET_KEY_FALLBACKS": new},
        {"PORTICO_SECRET_KEY": new, "PORTICO_SECRET_KEY_FALLBACKS": old},
        {"PORTICO_SECRET_KEY": new},
    ]
    with walking(site) as crowd:
        for number, step in enumerate(steps):
            if number == 2:  # "after an hour": when nobody has anything of the old key any more
                assert visitor.claims(consent.press("action=accept"))["sub"] == ada.id
                crowd.let_everybody_finish_one_begun_now()
            for name in stack.replicas:
                replace(crowd, stack, name, step)

    assert min(crowd.finished) > 2 * len(steps)
