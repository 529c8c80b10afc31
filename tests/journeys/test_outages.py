"""While Kratos or Hydra does not answer, every page says so, and what the person did is not lost."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.journeys.breakable_stack import BreakableStack
from tests.journeys.browsing import Page
from tests.journeys.site import Person, Site, Visitor
from tests.stack.processes import PATIENCE

SERVERS = ["hydra_admin", "kratos_public"]


@contextmanager
def outage(site: Site, server: str) -> Iterator[None]:
    assert isinstance(site.stack, BreakableStack)
    with site.stack.proxies[server].refusing():
        yield


def says_so(page: Page) -> bool:
    """Whether this is the page for an upstream that does not answer, with a request id to ask about."""
    return (page.status, page.title) == (503, "Sign-in isn't available right now") and "Reference: <bdi>" in page.text


@pytest.mark.parametrize("server", SERVERS)
def test_a_login_begun_during_an_outage_goes_on_after_it(
    breakable: Site, guest: Visitor, grace: Person, server: str
) -> None:
    """F08."""
    with outage(breakable, server):
        page = guest.ask("first-party")
        assert says_so(page)
    assert guest.claims(guest.sign_in(page.reload(), grace), "first-party")["sub"] == grace.id


@pytest.mark.parametrize("server", SERVERS)
def test_a_password_given_during_an_outage_is_not_asked_for_again(
    breakable: Site, guest: Visitor, grace: Person, server: str
) -> None:
    """Kratos itself took the password; Portico could not ask it, or Hydra, afterwards."""
    login = guest.ask("first-party")
    with outage(breakable, server):
        page = guest.sign_in(login, grace)
        assert says_so(page)
    assert guest.claims(page.reload(), "first-party")["sub"] == grace.id


def test_a_login_page_without_kratos_says_so_and_comes_back(breakable: Site, guest: Visitor, grace: Person) -> None:
    login = guest.ask("first-party")
    with outage(breakable, "kratos_public"):
        page = login.reload()
        assert says_so(page)
    assert guest.claims(guest.sign_in(page.reload(), grace), "first-party")["sub"] == grace.id


def test_a_login_page_without_hydra_knows_the_application_from_the_cookie_but_cannot_cancel(
    breakable: Site, guest: Visitor, grace: Person
) -> None:
    login = guest.ask("first-party")
    with outage(breakable, "hydra_admin"):
        page = login.reload()
        assert (page.status, page.title) == (200, "Sign in to continue to First Party")
        assert not page.has_button("Cancel and return to First Party")
    assert guest.claims(guest.sign_in(page, grace), "first-party")["sub"] == grace.id


@pytest.mark.parametrize("server", SERVERS)
def test_a_consent_given_during_an_outage_can_be_given_again(
    breakable: Site, guest: Visitor, grace: Person, server: str
) -> None:
    """F09."""
    consent = guest.sign_in(guest.ask(), grace)
    with outage(breakable, server):
        assert says_so(consent.press("action=accept"))
        assert not guest.state()["signed_in"]
    assert guest.claims(consent.press("action=accept"))["sub"] == grace.id


def pressed_again(page: Page) -> Page:
    """As people do where Portico says so: a busy machine can take the time that Portico waits for Kratos or Hydra."""
    until = time.monotonic() + PATIENCE
    while page.status in (502, 503) and time.monotonic() < until:
        page = page.press("action=accept") if page.has_button("action=accept") else page.reload()
    return page


def test_signing_out_without_hydra_is_told_to_be_partial_and_finished_by_another_press(
    breakable: Site, guest: Visitor, grace: Person
) -> None:
    """N47. That whoever was refused is asked again at once is tests/ory/test_breaker.py's business."""
    guest.enter(grace)
    question = guest.open(f"{breakable.portico}/logout")
    with outage(breakable, "hydra_admin"):
        partly = question.press("action=accept")
        assert (partly.status, partly.title) == (502, "You're not fully signed out")
    assert pressed_again(partly).title == "You're signed out"
    assert guest.whoami() is None
    assert guest.ask("first-party").at(f"{breakable.portico}/login")


@pytest.mark.parametrize(("server", "name"), [("hydra_admin", "Hydra"), ("kratos_public", "Kratos")])
def test_readiness_names_the_server_that_does_not_answer(breakable: Site, server: str, name: str) -> None:
    address = f"{breakable.portico}/health/ready"
    with outage(breakable, server):
        answer = breakable.http.get(address, timeout=60)
        assert (answer.status_code, answer.json()["failing"]) == (503, [name])
    assert breakable.http.get(address, timeout=60).status_code == 200
