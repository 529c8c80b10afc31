"""What a person allowed to applications: seen, taken back, asked for again."""

from collections.abc import Callable

import pytest

from tests.journeys.browsing import Page
from tests.journeys.site import Person, Site, Visitor

New = Callable[[], Visitor]
TITLE = "Connected apps"


def apps(visitor: Visitor) -> Page:
    page = visitor.open(f"{visitor.site.portico}/apps")
    assert (page.status, page.title) == (200, TITLE), page
    return page


def listed(page: Page) -> list[str]:
    """The ids of the applications that can be disconnected on this page."""
    return [str(button["value"]) for button in page.buttons() if button.get("name") == "client"]


def refresh(visitor: Visitor, client: str = "demo") -> str:
    """What the application hears when it uses its refresh token: "" for new tokens, else the error."""
    visitor.send("POST", f"{visitor.site.demo}/{client}/refresh", origin=visitor.site.demo)
    error = visitor.state(client)["error"]
    return error["error"] if error else ""


@pytest.fixture
def inside(visitor: Visitor, ada: Person) -> Visitor:
    """Ada, who let Demo in for good and First Party because its operator does."""
    consent = visitor.sign_in(visitor.ask(), ada)
    visitor.claims(consent.press("action=accept", {"remember": ["true"]}))
    visitor.claims(visitor.ask("first-party"), "first-party")
    return visitor


def test_what_was_allowed_is_listed_and_by_whom(site: Site, inside: Visitor) -> None:
    page = apps(inside)
    assert sorted(listed(page)) == ["demo", "first-party"]
    host = site.demo.removeprefix("http://")
    sections = {
        find_item.h2.get_text(strip=True): find_item.get_text(" ", strip=True)
        for find_item in page.soup.find_all("section")
    }
    assert "not anymore: you chose not to be asked again" in sections["Demo"]
    assert f"Website {host}" in sections["Demo"]
    assert "See your email" in sections["Demo"]
    assert "your administrator allows it for everyone" in sections["First Party"]


def test_signing_in_again_makes_no_second_entry(visitor: Visitor, ada: Person) -> None:
    visitor.enter(ada, "demo")
    visitor.claims(visitor.ask().press("action=accept"))
    page = apps(visitor)
    assert listed(page) == ["demo"]
    assert "every time you sign in" in page.text


def test_a_disconnected_application_loses_its_tokens_and_asks_again_at_the_next_sign_in(
    site: Site, inside: Visitor
) -> None:
    assert refresh(inside) == ""
    page = apps(inside).press("client=demo")
    assert page.at(f"{site.portico}/apps")
    assert page.says("The app's access is removed.")
    assert listed(page) == ["first-party"]
    assert refresh(inside) == "invalid_grant"
    assert refresh(inside, "first-party") == ""
    consent = inside.ask()
    assert consent.at(f"{site.portico}/consent")
    inside.claims(consent.press("action=accept"))
    assert sorted(listed(apps(inside))) == ["demo", "first-party"]


def test_all_applications_end_at_once(inside: Visitor) -> None:
    page = apps(inside).press("Remove all apps")
    assert "All apps are removed." in page.text
    assert listed(page) == []
    assert (refresh(inside), refresh(inside, "first-party")) == ("invalid_grant", "invalid_grant")


def test_the_operators_own_application_is_connected_again_without_a_question(inside: Visitor, ada: Person) -> None:
    apps(inside).press("client=first-party")
    assert inside.claims(inside.ask("first-party"), "first-party")["sub"] == ada.id
    assert "first-party" in listed(apps(inside))


def test_another_persons_applications_stay_as_they_are(inside: Visitor, new_visitor: New, bob: Person) -> None:
    """N59: not even for who names them in the form."""
    other = new_visitor()
    other.enter(bob, "demo")
    page = apps(inside)
    form, entries = page.entries("client=demo")
    page.submit(form, [("subject", bob.id), *entries])
    apps(inside).press("Remove all apps")
    assert listed(apps(other)) == ["demo"]
    assert refresh(other) == ""


def test_an_application_only_somebody_else_allowed_cannot_be_disconnected(
    visitor: Visitor, ada: Person, new_visitor: New, bob: Person
) -> None:
    other = new_visitor()
    other.enter(bob, "demo")
    visitor.enter(ada)
    page = apps(visitor)
    form, entries = page.entries("client=first-party")
    answer = page.submit(form, [(name, "demo" if name == "client" else value) for name, value in entries])
    assert "removed." not in answer.text
    assert listed(answer) == ["first-party"]
    assert refresh(other) == ""


def test_who_is_not_signed_in_does_so_first_and_comes_back(site: Site, visitor: Visitor, ada: Person) -> None:
    login = visitor.open(f"{site.portico}/apps")
    assert login.at(f"{site.portico}/login")
    page = visitor.sign_in(login, ada)
    assert page.url == f"{site.portico}/apps"
    assert listed(page) == []


def test_signing_out_everywhere_else_leaves_the_applications_their_access_and_offers_to_take_it(
    site: Site, inside: Visitor, new_visitor: New, ada: Person
) -> None:
    new_visitor().enter(ada)
    page = inside.open(f"{site.portico}/sessions").press("Sign out of all other devices")
    assert refresh(inside) == ""
    assert page.click("Remove your connected apps").title == TITLE


def test_a_changed_password_offers_to_disconnect_the_applications(site: Site, inside: Visitor, ada: Person) -> None:
    settings = inside.open(f"{site.portico}/settings")
    assert "remove your connected apps" not in settings.text
    page = settings.press("method=password", {"password": f"{ada.password}-new"})
    assert page.click("remove your connected apps").title == TITLE


def test_a_new_password_after_a_recovery_offers_it_too(site: Site, visitor: Visitor, ada: Person) -> None:
    page = visitor.open(f"{site.portico}/recovery").press("method=code", {"email": ada.email})
    settings = page.press("method=code", {"code": site.mailed_code(ada)})
    assert settings.at(f"{site.portico}/settings")
    page = settings.press("method=password", {"password": f"{ada.password}-new"})
    assert page.click("remove your connected apps").title == TITLE


def test_the_account_page_leads_to_it(site: Site, inside: Visitor) -> None:
    home = inside.open(f"{site.portico}/")
    assert home.click("Connected apps").title == TITLE
