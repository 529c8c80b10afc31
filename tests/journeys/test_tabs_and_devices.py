"""Several tabs and several devices: every sign-in that was begun in a browser can be gone on with in that browser."""

from collections.abc import Callable

from tests.journeys.browsing import Page
from tests.journeys.site import Person, Site, Visitor

INVISIBLE = "We can't sign you in without cookies"


def asks(page: Page, title: str) -> bool:
    return page.title == f"Sign in to continue to {title}" and page.has_button("method=password")


def ways(page: Page) -> list[str]:
    """The sign-ins that the page offers to go on with."""
    links = [" ".join(link.get_text(" ", strip=True).split()) for link in page.soup.find_all("a", href=True)]
    return [words for words in links if words.startswith("Continue to")]


def test_an_older_tab_that_is_reloaded_after_a_sign_in_goes_straight_into_its_application(
    visitor: Visitor, ada: Person
) -> None:
    older = visitor.ask("first-party")
    newer = visitor.ask("demo")
    visitor.claims(visitor.sign_in(newer, ada).press("action=accept"))
    assert visitor.claims(older.reload(), "first-party")["sub"] == ada.id


def test_of_two_tabs_of_one_application_the_older_one_leads_into_it_too(visitor: Visitor, ada: Person) -> None:
    older, newer = (visitor.ask("first-party") for _ in range(2))
    assert asks(newer, "First Party")
    assert visitor.claims(visitor.sign_in(older, ada), "first-party")["sub"] == ada.id


def test_the_newer_tab_does_so_too(visitor: Visitor, ada: Person) -> None:
    older = visitor.ask("first-party")
    newer = visitor.ask("demo")
    assert asks(newer, "Demo")
    visitor.claims(visitor.sign_in(older, ada), "first-party")
    assert visitor.claims(newer.reload().press("action=accept"))["sub"] == ada.id


def test_a_form_posted_after_a_sign_in_elsewhere_leads_to_every_unfinished_sign_in(
    site: Site, visitor: Visitor, ada: Person
) -> None:
    """Kratos sends who is signed in already to its default address, whatever they posted."""
    older, newer = visitor.ask("first-party"), visitor.ask("demo")
    other = visitor.open(f"{site.portico}/login")
    assert visitor.sign_in(other, ada).at(f"{site.portico}/")
    home = visitor.sign_in(older, ada)
    assert home.at(f"{site.portico}/"), home
    assert ways(home) == ["Continue to Demo", "Continue to First Party"]
    assert visitor.claims(home.click("Continue to First Party"), "first-party")["sub"] == ada.id
    home = visitor.sign_in(newer, ada)
    assert ways(home) == ["Continue to Demo"]
    assert visitor.claims(home.click("Continue to Demo").press("action=accept"))["sub"] == ada.id
    assert ways(visitor.open(f"{site.portico}/")) == []


def test_an_old_address_opened_again_and_again_by_who_is_signed_in_is_no_lost_cookie(
    site: Site, visitor: Visitor, ada: Person
) -> None:
    old = visitor.open(f"{site.portico}/login")
    visitor.sign_in(visitor.open(f"{site.portico}/login"), ada)
    for _ in range(5):
        page = old.reload()
        assert not page.says(INVISIBLE)
        assert page.at(f"{site.portico}/"), page
    settings = visitor.open(f"{site.portico}/settings")
    assert "another browser" not in settings.text


def test_many_old_tabs_opened_one_after_another_are_no_lost_cookie(site: Site, visitor: Visitor, ada: Person) -> None:
    old = [visitor.open(f"{site.portico}/{kind}") for kind in ("login", "registration", "login", "recovery", "login")]
    visitor.sign_in(visitor.open(f"{site.portico}/login"), ada)
    for tab in old:
        assert not tab.reload().says(INVISIBLE)


def test_what_happened_to_a_page_is_told_on_no_other_one(site: Site, visitor: Visitor, ada: Person) -> None:
    old = visitor.ask("first-party")
    visitor.sign_in(visitor.open(f"{site.portico}/login"), ada)
    visitor.claims(old.reload(), "first-party")
    assert visitor.open(f"{site.portico}/settings").soup.select_one(".notice") is None


def test_a_way_back_from_kratos_in_a_browser_that_did_not_begin_leads_nowhere_else(
    site: Site, new_visitor: Callable[[], Visitor], ada: Person
) -> None:
    at_desk, phone = new_visitor(), new_visitor()
    began = at_desk.ask("first-party")
    way_back = began.parameter("return_to")
    assert phone.open(way_back).title == "Continue where you started"
    phone.sign_in(phone.open(f"{site.portico}/login"), ada)
    refused = phone.open(way_back)  # who has just signed in may have lost a tab's note: Hydra knows better
    assert "error=request_forbidden" in refused.steps[-2].url
    assert not phone.state("first-party")["signed_in"]
    assert at_desk.claims(at_desk.sign_in(began, ada), "first-party")["sub"] == ada.id
