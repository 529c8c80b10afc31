"""Challenges that are old, used, mistyped or opened at the wrong place end in a page that says how to go on."""

import json
from collections.abc import Iterator

import pytest

from tests.journeys.breakable_stack import LIFETIME, BreakableStack
from tests.journeys.browsing import Page
from tests.journeys.site import Person, Site, Visitor
from tests.stack.clock import later

GO_BACK = "Go back to the app and sign in again."


@pytest.fixture(scope="module")
def expired(breakable: Site) -> Iterator[dict[str, Page]]:
    """A login page and a consent page of two browsers, and the persons' e-mail addresses, once both are too old."""
    login, consent = Visitor(breakable), Visitor(breakable)
    pages = {"login": login.ask(), "consent": consent.sign_in(consent.ask(), breakable.person())}
    assert pages["consent"].has_button("action=accept")
    with later(breakable.urls["hydra_admin"], LIFETIME[breakable.stack.kind] + 1.1):
        yield pages
    login.close()
    consent.close()


def test_a_login_that_took_too_long_says_so_and_the_person_is_signed_in(
    breakable: Site, expired: dict[str, Page], grace: Person
) -> None:
    visitor = expired["login"].browser
    assert isinstance(visitor, Visitor)
    page = visitor.sign_in(expired["login"], grace)
    assert (page.status, page.title) == (410, "You're signed in")
    assert "Open Demo again and sign in" in " ".join(page.soup.get_text().split())
    assert visitor.signed_in_as() == grace.id
    assert visitor.claims(visitor.ask("first-party"), "first-party")["sub"] == grace.id


@pytest.mark.parametrize("action", ["accept", "deny"])
def test_a_consent_that_took_too_long_says_so(expired: dict[str, Page], action: str) -> None:
    """N54."""
    page = expired["consent"].press(f"action={action}")
    assert (page.status, page.title) == (410, "You're signed in")
    assert "Open Demo again and sign in" in " ".join(page.soup.get_text().split())


@pytest.mark.parametrize("step", ["login", "consent"])
def test_a_garbage_challenge_is_a_page_that_says_how_to_go_on(site: Site, visitor: Visitor, step: str) -> None:
    page = visitor.open(f"{site.portico}/{step}?{step}_challenge=garbage")
    assert (page.status, page.title) == (404, "We can't find this sign-in request")
    assert GO_BACK in page.text


def test_a_garbage_logout_challenge_is_a_finished_logout(site: Site, visitor: Visitor) -> None:
    assert visitor.open(f"{site.portico}/logout?logout_challenge=garbage").at(f"{site.portico}/signed-out")


def test_a_login_challenge_is_no_consent_challenge(site: Site, visitor: Visitor) -> None:
    """N87."""
    challenge = visitor.ask().parameter("login_challenge")
    assert visitor.open(f"{site.portico}/consent?consent_challenge={challenge}").status == 404


@pytest.mark.parametrize("query", ["login_challenge=a&login_challenge=b", "login_challenge=%00", "login_challenge=<b>"])
def test_a_challenge_that_can_be_none_is_not_sent_to_hydra(site: Site, visitor: Visitor, query: str) -> None:
    page = visitor.open(f"{site.portico}/login?{query}")
    assert (page.status, page.title) == (400, "This request didn't work")


def test_a_login_challenge_used_before_changes_nothing(site: Site, visitor: Visitor, ada: Person) -> None:
    """N54: Hydra takes the second accept and refuses its verifier at the application."""
    login = visitor.ask("first-party")
    visitor.claims(visitor.sign_in(login, ada), "first-party")
    page = visitor.open(login.parameter("return_to"))
    assert page.at(f"{site.demo}/first-party")
    assert not page.passed(f"{site.demo}/first-party/callback?code=")
    assert visitor.state("first-party")["id_token"]["sub"] == ada.id


def test_an_unknown_prompt_is_refused_before_anybody_types_a_password(site: Site, visitor: Visitor) -> None:
    """Hydra itself would refuse it after the login."""
    page = visitor.ask(prompt="create")
    assert visitor.error(page) == "invalid_request"
    assert not page.passed(f"{site.kratos}/self-service/")


def test_a_request_hydra_does_not_trust_ends_on_the_error_page(site: Site, visitor: Visitor) -> None:
    page = visitor.open(f"{site.hydra}/oauth2/auth?client_id=unknown&response_type=code&state=12345678")
    assert (page.at(f"{site.portico}/error"), page.title) == (True, "The app couldn't sign you in")
    assert page.says("The app isn't registered here")


def test_portico_opened_by_another_name_leads_to_its_own(site: Site, visitor: Visitor) -> None:
    page = visitor.open(site.portico.replace("localhost", "127.0.0.1") + "/login?login_challenge=x")
    assert (page.status, page.title) == (400, "Wrong web address")
    assert page.click(site.portico).url.rstrip("/") == site.portico


def events(stack: BreakableStack, name: str) -> list[dict[str, str]]:
    """What the Portico under the other host name has logged under this name."""
    lines = [json.loads(line) for line in stack.logs("elsewhere").splitlines() if line.startswith("{")]
    return [line for line in lines if line["event"] == name]


def test_portico_on_another_host_name_than_kratos_says_so_and_does_not_send_browsers_round(
    breakable: Site, guest: Visitor, grace: Person
) -> None:
    """N86."""
    stack = breakable.stack
    assert isinstance(stack, BreakableStack)
    logged = len(events(stack, "cookie_invisible"))
    challenge = guest.ask().parameter("login_challenge")
    page = guest.sign_in(guest.open(f"{stack.elsewhere}/login?login_challenge={challenge}"), grace)
    assert (page.status, page.title) == (400, "We can't sign you in without cookies")
    assert page.at(f"{stack.elsewhere}/login")
    entries = events(stack, "cookie_invisible")[logged:]
    hosts = [(entry["portico_host"], entry["kratos_host"], entry["check"]) for entry in entries]
    assert hosts == [(stack.elsewhere, breakable.kratos, "cookies.domain")]
    again = guest.sign_in(page.click("Try again"), grace)
    assert (again.status, again.title) == (400, "We can't sign you in without cookies")


def test_a_login_page_on_another_host_name_than_kratos_says_so(breakable: Site, guest: Visitor) -> None:
    """Where `ui_url` has the wrong host as well: Kratos' CSRF cookie does not come along, with a new page neither.

    The first time it may be the page of another browser.
    """
    stack = breakable.stack
    assert isinstance(stack, BreakableStack)
    logged = len(events(stack, "cookie_invisible"))
    flow = guest.ask().parameter("flow")
    begun = guest.open(f"{stack.elsewhere}/login?flow={flow}")
    assert begun.says("That page belongs to another browser"), begun
    page = guest.open(f"{stack.elsewhere}/login?flow={begun.parameter('flow')}")
    assert (page.status, page.title, len(page.steps)) == (400, "We can't sign you in without cookies", 1)
    assert len(events(stack, "cookie_invisible")) == logged + 1
