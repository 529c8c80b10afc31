"""One stack behind each proxy this machine has: on the real servers where they are on PATH, else on the sandbox."""

import os
from collections.abc import Iterator

import pytest

from tests.journeys.site import Site, site_of
from tests.journeys.visitors import ada, bob, new_visitor, visitor  # noqa: F401 - fixtures of this folder
from tests.proxies.samples import PROGRAMS, installed
from tests.proxies.stack import ProxiedStack


def pytest_collection_finish(session: pytest.Session) -> None:
    """`make proxies` proves nothing where there is no proxy at all."""
    if os.environ.get("TEST_REQUIRE_PROXY") == "1" and not installed():
        pytest.exit(f"None of {', '.join(PROGRAMS)} is on PATH: install one (Debian: apt-get install nginx)", 2)


@pytest.fixture(scope="session", params=PROGRAMS)
def proxy(request: pytest.FixtureRequest) -> str:
    """The name of the proxy in front."""
    name: str = request.param
    program = name.partition(" ")[0]
    if program not in installed():
        pytest.skip(f"needs {program} on PATH (Debian has nginx, haproxy and caddy)")
    return name


@pytest.fixture(scope="session")
def site(proxy: str) -> Iterator[Site]:
    """One worker, so that all tries at a code are counted together; people may delete their account."""
    settings = {"PORTICO_WORKERS": "1", "PORTICO_ACCOUNT_DELETION": "true"}
    stack = ProxiedStack(os.environ.get("STACK") or "auto", proxy, portico_env=settings)
    stack._portico_env["PORTICO_KRATOS_ADMIN_URL"] = stack.urls["kratos_admin"]
    with site_of(stack) as site:
        yield site


@pytest.fixture
def stack(site: Site) -> ProxiedStack:
    """What the site runs on."""
    assert isinstance(site.stack, ProxiedStack)
    return site.stack
