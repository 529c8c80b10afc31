"""The person's sessions: seen from one browser, ended in another."""

from collections.abc import Callable

import pytest

from tests.journeys.browsing import Page
from tests.journeys.site import Person, Site, Visitor
from tests.journeys.test_single_sign_on import sign_in_at_portico

New = Callable[[], Visitor]
JSON = {"Accept": "application/json"}
EVERYWHERE = "Sign out of all other devices"


def sessions(visitor: Visitor) -> Page:
    """The page of the visitor's sessions."""
    page = visitor.open(f"{visitor.site.portico}/sessions")
    assert (page.status, page.title) == (200, "Your devices")
    return page


def listed(page: Page) -> list[str]:
    """The ids of the sessions that can be ended on this page."""
    return [str(button["value"]) for button in page.buttons() if button.get("name") == "session"]


def session_id(visitor: Visitor) -> str:
    """The id of the visitor's own session."""
    session = visitor.whoami()
    assert session
    return str(session["id"])


def enrol_backup_codes(visitor: Visitor) -> str:
    """Make backup codes the person's second factor, at Kratos itself, and return one of them."""
    settings = f"{visitor.site.kratos}/self-service/settings/browser"
    flow = visitor.http.get(settings, headers=JSON, timeout=60).json()
    for step in ("lookup_secret_regenerate", "lookup_secret_confirm"):
        shown = {node["attributes"].get("name") or node["attributes"].get("id"): node for node in flow["ui"]["nodes"]}
        token = shown["csrf_token"]["attributes"]["value"]
        body = {"method": "lookup_secret", step: True, "csrf_token": token}
        flow = visitor.http.post(flow["ui"]["action"], json=body, headers=JSON, timeout=60).json()
    codes = shown["lookup_secret_codes"]["attributes"]["text"]["context"]["secrets"]
    return str(codes[0]["context"]["secret"])


@pytest.fixture
def other(new_visitor: New, ada: Person) -> Visitor:
    """Another browser in which Ada is signed in."""
    other = new_visitor()
    other.http.headers["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    sign_in_at_portico(other, ada)
    return other


@pytest.fixture
def here(visitor: Visitor, other: Visitor, ada: Person) -> Visitor:
    """The browser Ada is sitting at, while she is signed in elsewhere too."""
    assert other.signed_in_as() == ada.id
    sign_in_at_portico(visitor, ada)
    return visitor


def test_both_browsers_are_listed_and_only_the_other_can_be_ended(here: Visitor, other: Visitor) -> None:
    page = sessions(here)
    assert listed(page) == [session_id(other)]
    assert "Firefox on Linux" in page.text


def test_ending_the_other_session_signs_that_browser_out_and_this_one_not(
    here: Visitor, other: Visitor, ada: Person
) -> None:
    page = sessions(here).press("Sign out")
    assert page.says("You're signed out of that device.")
    assert listed(page) == []
    assert other.whoami() is None
    assert here.signed_in_as() == ada.id


def test_ending_all_others_signs_every_other_browser_out(
    site: Site, here: Visitor, other: Visitor, new_visitor: New, ada: Person
) -> None:
    third = new_visitor()
    sign_in_at_portico(third, ada)
    assert len(listed(sessions(here))) == 2
    page = sessions(here).press(EVERYWHERE)
    assert page.at(f"{site.portico}/sessions")
    assert page.says("You're signed out of all other devices.")
    assert (other.whoami(), third.whoami()) == (None, None)
    assert here.signed_in_as() == ada.id


def test_after_ending_all_others_this_browser_needs_no_password_and_the_others_do(
    here: Visitor, other: Visitor, site: Site
) -> None:
    """Hydra's sessions of the person end everywhere, Kratos' here does not."""
    other.claims(other.ask("first-party"), "first-party")
    here.claims(here.ask("first-party"), "first-party")
    sessions(here).press(EVERYWHERE)
    assert here.ask("first-party").at(f"{site.demo}/first-party")
    assert other.ask("first-party").at(f"{site.portico}/login")


def test_another_persons_session_cannot_be_ended(here: Visitor, new_visitor: New, bob: Person) -> None:
    """Kratos looks for the id among the person's own sessions only."""
    victim = new_visitor()
    sign_in_at_portico(victim, bob)
    page = sessions(here)
    form, entries = page.entries("Sign out")
    forged = [(name, session_id(victim) if name == "session" else value) for name, value in entries]
    page.submit(form, forged)
    assert victim.signed_in_as() == bob.id


def test_a_browser_that_was_signed_out_elsewhere_ends_nothing_from_an_open_page(
    site: Site, here: Visitor, other: Visitor, ada: Person
) -> None:
    open_page = sessions(other)
    sessions(here).press("Sign out")
    assert open_page.press("Sign out").at(f"{site.portico}/login")
    assert here.signed_in_as() == ada.id


def test_who_is_not_signed_in_does_so_first_and_comes_back(site: Site, visitor: Visitor, ada: Person) -> None:
    login = visitor.open(f"{site.portico}/sessions")
    assert login.at(f"{site.portico}/login")
    page = visitor.sign_in(login, ada)
    assert page.url == f"{site.portico}/sessions"
    assert listed(page) == []


def test_who_owes_a_second_factor_gives_it_first_and_comes_back(
    site: Site, visitor: Visitor, other: Visitor, ada: Person
) -> None:
    """Kratos' session_aal2_required names no way back."""
    code = enrol_backup_codes(other)
    step = visitor.sign_in(visitor.open(f"{site.portico}/sessions"), ada)
    assert step.has_button("method=lookup_secret")
    assert visitor.open(f"{site.portico}/").title == "Two-step verification"
    page = step.press("method=lookup_secret", {"lookup_secret": code})
    assert page.url == f"{site.portico}/sessions"
    assert "password and backup code (two-step verification)" in page.text
    assert listed(page) == [session_id(other)]
