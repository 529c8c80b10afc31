"""A link in a mail is often opened where the sign-in was not begun: on a phone, in the mail program's own browser."""

import re
from collections.abc import Callable, Iterator
from html import unescape

import pytest

from tests.journeys.browsing import Page
from tests.journeys.site import Person, Site, Visitor, WithKratos, soon
from tests.journeys.test_return_after_sign_up import sign_up

pytestmark = pytest.mark.parametrize("kind", [pytest.param("real", marks=pytest.mark.real)], indirect=True)
SETTINGS = {
    "selfservice.methods.link.enabled": True,
    "selfservice.flows.registration.after.password.hooks": [{"hook": "show_verification_ui"}],
    "selfservice.flows.recovery.use": "link",
}
GO_BACK = "Continue where you started"


@pytest.fixture(scope="module", params=["code", "link"])
def linked(with_kratos: WithKratos, request: pytest.FixtureRequest) -> Site:
    """A site whose mails have links, in those about an address beside a code or alone."""
    return with_kratos(SETTINGS | {"selfservice.flows.verification.use": request.param})


@pytest.fixture
def new_visitor(linked: Site) -> Iterator[Callable[[], Visitor]]:
    made: list[Visitor] = []

    def make() -> Visitor:
        made.append(Visitor(linked))
        return made[-1]

    yield make
    for field in made:
        field.close()


def mailed_link(site: Site, who: Person) -> str:
    """The link in the newest mail to this person."""

    def mails() -> list[dict[str, str]]:
        inbox: list[dict[str, str]] = site.admin(
            "GET", "kratos", "/admin/courier/messages", params={"recipient": who.email}
        )
        return inbox

    match = re.search(r"https?://\S+/self-service/\S+", unescape(soon(mails)[0]["body"]))
    assert match
    return match[0]


def link_of(page: Page, words: str) -> str:
    [link] = [
        find_item for find_item in page.soup.find_all("a", href=True) if find_item.get_text(" ", strip=True) == words
    ]
    return str(link["href"])


def test_an_address_confirmed_on_the_phone_leads_back(linked: Site, new_visitor: Callable[[], Visitor]) -> None:
    desk, phone, who = new_visitor(), new_visitor(), linked.stranger()
    waiting = sign_up(desk.ask("first-party"), who, "password")
    assert waiting.at(f"{linked.portico}/verification"), waiting
    page = phone.open(mailed_link(linked, who))
    if page.has_button("method=code"):
        page = page.press("method=code")
    assert page.title.startswith("Your email is verified"), page
    assert "continue where you started" in page.text
    assert "Continue" not in page.text
    again = waiting.click("Back to sign in")
    page = again.press("method=password", {"identifier": who.email, "password": who.password})
    assert desk.claims(page, "first-party")["email_verified"] is True


def test_the_page_after_the_sign_up_says_what_was_sent_and_sends_it_again(
    linked: Site, new_visitor: Callable[[], Visitor]
) -> None:
    """Kratos says nothing of a link there, and its button for codes sends none."""
    who = linked.stranger()
    waiting = sign_up(new_visitor().ask("first-party"), who, "password")
    for _ in range(2):
        assert waiting.says("We've emailed a "), waiting
        names = [button.get("name") for button in waiting.buttons()]
        assert names.count("method") == 1, waiting
        waiting = waiting.press("Send the email again" if waiting.has_button("method=link") else "Send a new code")
    assert "There is a problem" not in waiting.text
    soon(lambda: len(linked.admin("GET", "kratos", f"/admin/courier/messages?recipient={who.email}")) == 3)


def test_an_address_confirmed_in_the_same_browser_leads_on(linked: Site, new_visitor: Callable[[], Visitor]) -> None:
    desk, who = new_visitor(), linked.stranger()
    sign_up(desk.ask("first-party"), who, "password")
    page = desk.open(mailed_link(linked, who))
    if page.has_button("method=code"):
        page = page.press("method=code")
    page = page.click("Continue to First Party")
    assert "Your account is ready" in page.text
    page = page.press("method=password", {"identifier": who.email, "password": who.password})
    assert desk.claims(page, "first-party")["email_verified"] is True


@pytest.mark.parametrize("demand", [{}, {"prompt": "login"}])
def test_a_recovery_on_the_phone_leads_back_to_the_desk(
    linked: Site, new_visitor: Callable[[], Visitor], demand: dict[str, str]
) -> None:
    """N85."""
    desk, phone, who = new_visitor(), new_visitor(), linked.person()
    began = desk.ask("first-party", **demand)
    began.click("Forgot your password?").press("method=link", {"email": who.email})
    page = phone.open(mailed_link(linked, who))
    assert page.at(f"{linked.portico}/settings"), page
    page = page.press("method=password", {"password": "another-password-of-the-test"})
    assert page.title == GO_BACK, page
    assert "request_forbidden" not in page.text
    assert not phone.state("first-party")["signed_in"]
    assert "This link has expired or was already used." in new_visitor().open(mailed_link(linked, who)).text
    page = began.press("method=password", {"identifier": who.email, "password": "another-password-of-the-test"})
    assert desk.claims(page, "first-party")["sub"] == who.id
