"""Tries at codes are counted by all workers of all replicas together, while Redis is there; without it people go on."""

from collections.abc import Callable, Iterator

import pytest

from tests.journeys.site import Site, Visitor, site_of, soon
from tests.journeys.test_device import DONE, Television
from tests.proxies.samples import find
from tests.proxies.stack import ProxiedStack
from tests.replicas.conftest import KIND
from tests.stack.ports import taken
from tests.stack.stack import environment

TRIES = 10  # of one browser


class CountingStack(ProxiedStack):
    """Its replicas count in a Redis, which can be ended and begun."""

    def __init__(self, kind: str, proxy: str) -> None:
        super().__init__(kind, proxy, replicas=2)
        self.redis = self.spare_port()
        self._portico_env |= {"PORTICO_RATE_LIMIT_STORAGE": f"redis://127.0.0.1:{self.redis}/0"}

    def start_redis(self) -> None:
        argv = [find("redis-server"), "--port", str(self.redis), "--bind", "127.0.0.1", "--save", ""]
        self.processes.start("redis", argv, environment())
        soon(lambda: taken(self.redis))

    def events(self, name: str) -> int:
        """How often the replicas have logged this."""
        return self.logs("portico").count(f'"{name}"')


@pytest.fixture(scope="module")
def site(proxy: str) -> Iterator[Site]:
    if not find("redis-server"):
        pytest.skip("needs redis-server on PATH (Debian: apt-get install redis-server)")
    stack = CountingStack(KIND, proxy)
    with site_of(stack) as site:
        stack.start_redis()
        yield site


def tries(new_visitor: Callable[[], Visitor], most: int) -> int:
    """How many wrong codes one browser may type before it has to wait."""
    visitor = new_visitor()
    page = visitor.open(Television(visitor.site, new_visitor()).shown["verification_uri"])
    for number in range(most):
        page = page.press("Continue", {"user_code": "WRNGCODE"})
        if page.status == 429:
            return number
    return most


def test_replicas_count_together_and_each_for_itself_while_redis_is_lost(
    site: Site, stack: CountingStack, new_visitor: Callable[[], Visitor]
) -> None:
    """Four workers: together ten, alone ten each at most; whoever has a good code notices neither."""
    assert tries(new_visitor, 2 * TRIES) == TRIES

    stack.processes.end("redis")
    television, visitor, ada = Television(site, new_visitor()), new_visitor(), site.person("Ada")
    login = visitor.open(television.shown["verification_uri_complete"]).press("Continue")
    assert visitor.sign_in(login, ada).press("action=accept").title == DONE
    assert television.claims()["sub"] == ada.id
    assert TRIES <= tries(new_visitor, 4 * TRIES + 1) <= 4 * TRIES
    assert stack.events("rate_limit_storage_lost") >= 1

    stack.start_redis()
    assert tries(new_visitor, 2 * TRIES) == TRIES
    assert stack.events("rate_limit_storage_back") >= 1
    assert stack.events("failure") == 0
