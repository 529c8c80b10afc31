"""A sign-up that asks for everything at once: details once, whatever the method, also without JavaScript (3.3.7).

The sandbox signs up in two steps only, so these run on the real Kratos alone. Passkeys: `test_passkey_styles.py`.
"""

import pytest

from tests.journeys.browsing import Page
from tests.journeys.site import Person, Site, Visitor, WithKratos

pytestmark = pytest.mark.parametrize("kind", [pytest.param("real", marks=pytest.mark.real)], indirect=True)


@pytest.fixture(scope="module")
def site(with_kratos: WithKratos) -> Site:
    """A site whose sign-up has one page."""
    return with_kratos({"selfservice.flows.registration.style": "unified"})


@pytest.fixture
def nora(site: Site) -> Person:
    return site.stranger()


@pytest.fixture
def page(site: Site, visitor: Visitor) -> Page:
    """The sign-up."""
    return visitor.open(f"{site.portico}/registration")


def filled_in(page: Page) -> list[str]:
    """What a person may fill in, wherever it stands in the page."""
    return [str(control["name"]) for control in page.soup.select("main input[name]:not([type=hidden], [readonly])")]


def test_nothing_is_asked_twice(page: Page) -> None:
    assert sorted(filled_in(page)) == sorted(set(filled_in(page)))
    assert {"traits.email", "password"} <= set(filled_in(page))
    assert page.has_button("method=password")
    assert page.has_button("method=code")
    assert page.soup.select_one("form:has([name='traits.email']) [name=passkey_register_trigger]")
    assert page.soup.select_one("[name=provider]")


def test_a_code_needs_no_password(site: Site, visitor: Visitor, nora: Person, page: Page) -> None:
    page = page.press("method=code", {"traits.email": nora.email})
    page = page.press("method=code", {"code": site.mailed_code(nora)})
    session = visitor.whoami()
    assert session, page
    assert session["identity"]["traits"]["email"] == nora.email


def test_a_password_that_is_refused_is_told_where_it_is_asked(page: Page, nora: Person) -> None:
    page = page.press("method=password", {"traits.email": nora.email, "traits.name.first": "Nora", "password": "x"})
    assert sorted(filled_in(page)) == sorted(set(filled_in(page)))
    assert page.soup.select_one("[name='traits.email']")["value"] == nora.email
    assert page.soup.select_one("[name='traits.name.first']")["value"] == "Nora"
    assert page.soup.select_one("[name=password]")["aria-invalid"] == "true"


def test_a_password_signs_up(visitor: Visitor, nora: Person, page: Page) -> None:
    page = page.press("method=password", {"traits.email": nora.email, "password": nora.password})
    session = visitor.whoami()
    assert session, page
    assert session["identity"]["traits"]["email"] == nora.email


def test_a_code_without_an_address_says_what_is_missing(page: Page) -> None:
    page = page.press("method=code", {"traits.email": ""})
    assert page.soup.select_one("[name='traits.email']")["aria-invalid"] == "true"
    assert not page.soup.select_one("[name=password][aria-invalid]")
