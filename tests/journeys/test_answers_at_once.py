"""Two answers to one question at the same moment, from two tabs: one outcome at most, and no page without a way on."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.journeys.browsing import Page
from tests.journeys.site import Person, Site, Visitor
from tests.journeys.test_device import Television

Entries = list[tuple[str, str]]
ALLOW, DENY = ("action", "accept"), ("action", "deny")


def at_once(page: Page, *forms: Entries, button: str = "action=accept") -> list[Page]:
    """Where these end, each sent by a tab of its own with the cookies of now."""
    form, _ = page.entries(button)

    def send(entries: Entries) -> Page:
        assert isinstance(page.browser, Visitor)
        tab = page.browser.copy()
        try:
            return Page(tab, page.answer, page.steps).submit(form, entries)
        finally:
            tab.close()

    with ThreadPoolExecutor(len(forms)) as tabs:
        pages = list(tabs.map(send, forms))
    assert max(step.status for page in pages for step in page.steps) < 500, pages
    return pages


def answers(site: Site, pages: list[Page], parameter: str) -> list[str]:
    """What the application was told, by each of the pages that lead to it with this parameter."""
    arrived = [
        page for page in pages for step in page.steps if step.url.startswith(f"{site.demo}/demo/callback?{parameter}=")
    ]
    return [page.parameter("scope" if parameter == "code" else parameter) for page in arrived]


def without(entries: Entries, *dropped: tuple[str, str]) -> Entries:
    return [entry for entry in entries if entry not in dropped]


@pytest.fixture
def consent(site: Site, visitor: Visitor, ada: Person) -> tuple[Page, Entries]:
    """A consent page, and what its form sends without the button."""
    page = visitor.sign_in(visitor.ask(scope="openid profile email"), ada)
    return page, without(page.entries("action=accept")[1], ALLOW)


def test_of_two_choices_one_is_granted(site: Site, consent: tuple[Page, Entries]) -> None:
    """N53: and never both together."""
    page, entries = consent
    choices = [without(entries, ("grant_scope", name)) for name in ("email", "profile")]
    pages = at_once(page, *([*choice, ALLOW] for choice in choices))
    [scope] = answers(site, pages, "code")
    assert scope in ("openid profile", "openid email")


def test_an_allow_and_a_deny_are_one_code_at_most(site: Site, consent: tuple[Page, Entries]) -> None:
    """N53: Hydra hands on both, and Portico keeps nothing that could tell which was first (SECURITY.md)."""
    page, entries = consent
    pages = at_once(page, [*entries, ALLOW], [*entries, DENY])
    assert len(answers(site, pages, "code")) <= 1
    assert answers(site, pages, "error")


def test_whoever_signs_out_and_stays_is_signed_out_or_not(site: Site, visitor: Visitor, ada: Person) -> None:
    """At Kratos and at Hydra alike, and no page says otherwise."""
    visitor.enter(ada, "demo", scope="openid")
    question = visitor.open(f"{site.demo}/demo/logout")
    entries = without(question.entries("action=accept")[1], ALLOW)
    at_once(question, [*entries, ALLOW], [*entries, DENY])
    is_here = visitor.whoami() is not None
    assert visitor.open(f"{site.portico}/signed-out").says("You're signed out") is not is_here
    assert visitor.ask(scope="openid").at(f"{site.portico}/login") is not is_here


def test_a_devices_code_sent_by_two_tabs_is_good_for_one_sign_in(
    site: Site, visitor: Visitor, new_visitor: Callable[[], Visitor], ada: Person
) -> None:
    television = Television(site, new_visitor())
    visitor.enter(ada, "demo", scope="openid")
    page = visitor.open(television.shown["verification_uri_complete"])
    pages = at_once(page, *[page.entries("Continue")[1]] * 2, button="Continue")
    questions = [page for page in pages if page.has_button("action=accept")]
    for question in questions:
        visitor.http.cookies.update(question.browser.http.cookies)
        question.browser = visitor
        end = question.press("action=accept")
        assert end.status < 500, end
    assert questions
    assert television.claims()["sub"] == ada.id
