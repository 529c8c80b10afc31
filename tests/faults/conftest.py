"""Portico in this process, with a proxy that misbehaves before each of its upstreams."""

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.http import time_budget
from app.ory import transport
from app.ory.transport import Transport
from app.ory.transport.connections import Pool
from tests.account.test_session_token import APP
from tests.faults.call_site import ADMIN, CallSite
from tests.faults.proxy import Fault, Proxy
from tests.stack.processes import PATIENCE
from tests.support import fixtures
from tests.support.upstream import HYDRA, KRATOS, Upstream, without_schemas

SHORT = 0.05  # seconds that a call gets whose upstream says nothing; of the page's time it costs what it may
HEALTHY = 60.0  # seconds of all others, whatever the machine has to do beside
SETTINGS: dict[str, Any] = {
    "claims": {"plan": {"plan": {"value": "metadata_admin.plan"}}},
    "session_tokens": {"ui_jwt": {"origins": [APP]}},
    "offer_passkey": True,
    "account_deletion": True,
}


@dataclass
class FaultyServers:
    """Portico, its proxies by the address of what is behind them, and what is to become of the calls of a site.

    `seconds`: what a page has waited. `askers`: the functions of Portico that were under way when such a call was made.
    `made`: every call of the page, as method and address.
    """

    app: Flask
    proxies: dict[str, Proxy]
    upstream: Upstream
    seconds: float = 0.0
    askers: set[str] = field(default_factory=set)
    calls: list[str] = field(default_factory=list)
    made: set[str] = field(default_factory=set)
    _site: CallSite | None = None
    _fault: Fault | None = None

    def try_(self, site: CallSite, fault: Fault | None) -> TestResponse:
        """The page a person gets when this becomes of the site's calls; None: nothing odd."""
        self.upstream.mock.reset()
        self.upstream.has_chosen = False
        for proxy in self.proxies.values():
            self.upstream.mock.add_passthru(proxy.url)
        without_schemas(self.upstream.mock)
        self.app.extensions["portico"].schemas._kept.clear()
        step = site.way(fixtures.browser(self.app), self.upstream)
        self.askers, self.made, self.seconds = set(), set(), 0.0
        for proxy in self.proxies.values():
            proxy.requests, proxy.passed_on, proxy.decided = [], [], 0
        self._site, self._fault = site, fault
        self.upstream.mock.calls.reset()
        try:
            page = step()
            self._settle()
            self.calls = self.calls_of_site()
            nobodys = self.upstream.unforeseen() & self.made  # others come late, of a page that did not wait for them
            assert not nobodys, "a call without an answer, whatever the page is"
            return page
        finally:
            self._site = self._fault = None

    def _settle(self) -> None:
        """Wait for what Portico has not waited for: its requests are on their way to where they are counted."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if self.calls_of_site() and all(proxy.decided == len(proxy.requests) for proxy in self.proxies.values()):
                return
            time.sleep(0.001)

    def fault_of(self, base: str, method: str, path: str) -> Fault | None:
        """What becomes of a call to what is behind a proxy."""
        return self._fault if self.is_of_site(base, method, path) else None

    def is_of_site(self, base: str, method: str, path: str) -> bool:
        """Whether a call is one of those."""
        return self._site is not None and self._site.call == (method, base + path.partition("?")[0])

    def base_of(self, url: str) -> str:
        """What is behind the proxy of this address."""
        return next(base for base, proxy in self.proxies.items() if url.startswith(f"{proxy.url}/"))

    def calls_of_site(self) -> list[str]:
        """The site's calls that came to its proxy, as method and path with its query."""
        lines = [
            (base, *request.decode("latin-1").split(" ", 2)[:2])
            for base, proxy in self.proxies.items()
            for request in list(proxy.requests)
        ]
        return [f"{method} {path}" for base, method, path in lines if self.is_of_site(base, method, path)]

    def sent(self, *methods: str) -> list[str]:
        """What came to the proxies by one of these methods."""
        lines = [request.split(b" ", 2) for proxy in self.proxies.values() for request in proxy.requests]
        return [f"{method.decode()} {path.decode()}" for method, path, _ in lines if method.decode() in methods]

    def slots_taken(self) -> int:
        """How many slots of all pools are taken: of calls, of those that wait, of those ahead of their turn."""
        every = [semaphore for pool in self._pools() for semaphore in (pool._slots, pool._waiting, pool._ahead)]
        return sum(semaphore.slots - semaphore._free.qsize() for semaphore in every)

    def has_forgotten_connections(self) -> bool:
        """Whether one is open that nobody keeps for the next person, long after it was used."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            kept = sum(len(pool._kept) for pool in self._pools())
            if sum(proxy.open_connections for proxy in self.proxies.values()) <= kept:
                return False
            time.sleep(0.001)
        return True

    def _pools(self) -> set[Pool]:
        own = self.app.extensions["portico"]
        clients = (own.kratos, own.kratos_admin, own.hydra)
        return {pool for client in clients for pool in client._transport._pools.values()}


@pytest.fixture(scope="module")
def proxies() -> Iterator[dict[str, Proxy]]:
    """One before each upstream."""
    started = {base: Proxy(base) for base in (KRATOS, HYDRA, ADMIN)}
    yield started
    for proxy in started.values():
        proxy.close()


@pytest.fixture(scope="module")
def portico(proxies: dict[str, Proxy]) -> Flask:
    """Portico behind them; its connections are kept from test to test, as from person to person."""
    urls = {"kratos_public_url": KRATOS, "hydra_admin_url": HYDRA, "kratos_admin_url": ADMIN}
    return fixtures._app(**SETTINGS | {name: proxies[base].url for name, base in urls.items()})


@pytest.fixture
def servers(
    portico: Flask, proxies: dict[str, Proxy], upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> Iterator[FaultyServers]:
    """The time of a page goes by in calls that hang alone: to each of them as much as it was given."""
    made = FaultyServers(portico, proxies, upstream)
    for base, proxy in proxies.items():
        monkeypatch.setattr(proxy, "fault_of", lambda *call, base=base: made.fault_of(base, *call))
    monkeypatch.setattr(time_budget, "time", SimpleNamespace(monotonic=lambda: made.seconds))
    monkeypatch.setattr(transport, "MAX_REPLY", 1_000_000)
    answer, call_of = Transport._answer, Transport._call

    def noted(self: Transport, method: str, url: str, *rest: Any) -> Any:
        base = made.base_of(url)
        made.made.add(f"{method} {base}{url.removeprefix(proxies[base].url)}")
        if made.is_of_site(base, method, urlsplit(url).path):
            made.askers |= _under_way()
        return call_of(self, method, url, *rest)

    def hurried(self: Transport, service: str, call: Any) -> Any:
        fault = made.fault_of(made.base_of(call.url), call.method, call.path)
        granted, is_slow = self._seconds(), fault is not None and fault.is_slow
        call.until = time.monotonic() + (SHORT if is_slow else HEALTHY)
        try:
            return answer(self, service, call)
        finally:
            made.seconds += granted if is_slow else 0

    monkeypatch.setattr(Transport, "_call", noted)
    monkeypatch.setattr(Transport, "_answer", hurried)
    upstream.mock.assert_all_requests_are_fired = False
    yield made
    upstream.mock.calls.reset()  # what comes late of a page, which did not wait for it
    assert not made.has_forgotten_connections()


def _under_way() -> set[str]:
    """The functions of Portico that are running, as `file function` and as the name alone."""
    frame, functions = sys._getframe(2), set[str]()
    while frame:
        code = frame.f_code
        functions |= {f"{code.co_filename.rpartition('/app/')[2]} {code.co_name}", code.co_name}
        frame = frame.f_back  # type: ignore[assignment]
    return functions
