"""Two replicas of Portico's without anything in common but the secret, behind a proxy that asks them in turn."""

import os
from collections.abc import Iterator

import pytest

from tests.journeys.site import Site, site_of
from tests.journeys.visitors import ada, bob, new_visitor, visitor  # noqa: F401 - fixtures of this folder
from tests.proxies.samples import installed
from tests.proxies.stack import ProxiedStack

KIND = os.environ.get("STACK") or "auto"
DRAIN = {"PORTICO_DRAIN_SECONDS": "3"}  # the default, which stacks of tests do without


@pytest.fixture(scope="module", params=["haproxy"])
def proxy(request: pytest.FixtureRequest) -> str:
    """The name of the proxy in front."""
    name: str = request.param
    if name not in installed():
        pytest.skip(f"needs {name} on PATH")
    return name


@pytest.fixture(scope="module")
def site(proxy: str) -> Iterator[Site]:
    with site_of(ProxiedStack(KIND, proxy, replicas=2, portico_env=DRAIN)) as site:
        yield site


@pytest.fixture
def stack(site: Site) -> ProxiedStack:
    """What the site runs on."""
    assert isinstance(site.stack, ProxiedStack)
    return site.stack
