"""One stack of each kind for all journeys; every test has persons and browsers of its own."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import Any

import playwright.sync_api as playwright
import pytest

from tests.journeys.breakable_stack import BreakableStack
from tests.journeys.journey import Journey
from tests.journeys.site import Person, Site, Visitor, WithKratos, site_of
from tests.journeys.visitors import ada, bob, new_visitor, visitor  # noqa: F401 - fixtures of this folder
from tests.proxies.stack import ProxiedStack
from tests.stack.servers import choose
from tests.stack.stack import Stack
from tests.support.browser_tabs import FEW_PROCESSES, without_third_parties

WANTED = os.environ.get("STACK", "")  # both kinds, if it does not say which
KINDS = [
    pytest.param(kind, marks=[pytest.mark.real] if kind == "real" else [])
    for kind in ("sandbox", "real")
    if not WANTED or kind == choose(WANTED)[0]
]


@pytest.fixture(scope="session", params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """Which servers play Kratos and Hydra."""
    name: str = request.param
    return name


def stack_of(kind: str, **options: Any) -> Stack:
    """As tests have it; PROXY=haproxy: two replicas of Portico's behind that proxy, asked in turn (`make replicas`).

    BELOW=/auth: Portico lives below that path (`make below`).
    """
    proxy = os.environ.get("PROXY")
    options = {"path": os.environ.get("BELOW", "")} | options
    return ProxiedStack(kind, proxy, replicas=2, **options) if proxy else Stack(kind, **options)


@pytest.fixture(scope="session")
def site(kind: str) -> Iterator[Site]:
    with site_of(stack_of(kind)) as site:
        yield site


@pytest.fixture(scope="session")
def breakable(kind: str) -> Iterator[Site]:
    """A second site, whose stack can be broken; see BreakableStack."""
    with BreakableStack(kind) as stack:
        stack.start_elsewhere()
        site = Site(stack)
        yield site
        site.http.close()


@pytest.fixture
def guest(breakable: Site) -> Iterator[Visitor]:
    """A browser without any cookie at the breakable site."""
    made = Visitor(breakable)
    yield made
    made.close()


@pytest.fixture
def grace(breakable: Site) -> Person:
    """A person of the breakable site."""
    return breakable.person("Grace")


@pytest.fixture(scope="session")
def strict(kind: str) -> Iterator[Site]:
    """A site where Demo lets people in only with a second factor."""
    with site_of(
        stack_of(kind, portico_env={"PORTICO_CLIENTS": json.dumps({"demo": {"required_aal": "aal2"}})})
    ) as site:
        yield site


@pytest.fixture(scope="session")
def generous(kind: str) -> Iterator[Site]:
    """A site that offers passkeys and lets people leave; Kratos asks for a second factor in its settings alone."""
    wanted = {"PORTICO_OFFER_PASSKEY": "true", "PORTICO_ACCOUNT_DELETION": "true"}
    stack = stack_of(kind, portico_env=wanted, kratos={"session.whoami.required_aal": "aal1"})
    stack._portico_env["PORTICO_KRATOS_ADMIN_URL"] = stack.urls["kratos_admin"]
    with site_of(stack) as site:
        yield site


@pytest.fixture(scope="session")
def with_kratos(kind: str) -> Iterator[WithKratos]:
    """Makes a site of a Kratos with other settings: of one stack, whose Kratos is begun anew for each."""
    with site_of(stack_of(kind)) as site:

        def make(settings: Mapping[str, Any]) -> Site:
            site.stack.restart_kratos(settings)
            return site

        yield make


@pytest.fixture(scope="session")
def chromium(driver: playwright.Playwright, browser_path: str) -> Iterator[playwright.Browser]:
    """A headless Chromium that contacts nobody by itself and, unlike Playwright's default, keeps pages for Back."""
    browser = driver.chromium.launch(
        executable_path=browser_path,
        args=[
            *(*FEW_PROCESSES, "--no-sandbox", "--disable-gpu", "--disable-background-networking"),
            *("--disable-component-update", "--disable-sync"),
            *(["--ignore-certificate-errors"] if os.environ.get("PROXY") else []),
        ],
        ignore_default_args=["--disable-back-forward-cache"],
    )
    yield browser
    browser.close()


@pytest.fixture
def new_tab(chromium: playwright.Browser) -> Iterator[Callable[..., playwright.Page]]:
    """Makes tabs with cookies of their own; afterwards none may have complained on its console."""
    contexts: list[playwright.BrowserContext] = []
    complaints: list[str] = []

    def make(**options: object) -> playwright.Page:
        contexts.append(chromium.new_context(**options))
        tab = without_third_parties(contexts[-1].new_page())
        tab.set_default_timeout(60_000)
        tab.on("console", lambda entry: complaints.append(entry.text) if entry.type in ("error", "warning") else None)
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        return tab

    yield make
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def tab(new_tab: Callable[..., playwright.Page]) -> playwright.Page:
    """A tab of a browser without any cookie."""
    return new_tab()


@pytest.fixture
def new_journey() -> Iterator[Callable[[Site], Journey]]:
    """Makes people at browsers without any cookie; see Journey."""
    with ExitStack() as leaving:

        def make(site: Site) -> Journey:
            journey = Journey(site)
            leaving.callback(journey.visitor.close)
            return journey

        yield make


@pytest.fixture
def journey(site: Site, new_journey: Callable[[Site], Journey]) -> Journey:
    """Somebody at a browser without any cookie."""
    return new_journey(site)
