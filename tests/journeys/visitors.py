"""Browsers without any cookie, and two persons, for every folder of tests that walks through a site."""

from collections.abc import Callable, Iterator

import pytest

from tests.journeys.site import Person, Site, Visitor


@pytest.fixture
def new_visitor(site: Site) -> Iterator[Callable[[], Visitor]]:
    """Makes browsers without any cookie."""
    made: list[Visitor] = []

    def make() -> Visitor:
        made.append(Visitor(site))
        return made[-1]

    yield make
    for visitor in made:
        visitor.close()


@pytest.fixture
def visitor(new_visitor: Callable[[], Visitor]) -> Visitor:
    """A browser without any cookie."""
    return new_visitor()


@pytest.fixture
def ada(site: Site) -> Person:
    return site.person("Ada")


@pytest.fixture
def bob(site: Site) -> Person:
    return site.person("Bob")
