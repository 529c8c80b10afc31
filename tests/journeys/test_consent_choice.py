"""What a person chose holds at the next sign-in, as far as they said it should; one answer counts once."""

import pytest

from tests.journeys.browsing import Page
from tests.journeys.site import Person, Site, Visitor, soon

SCOPE = "openid profile email"


@pytest.fixture
def decided(visitor: Visitor, ada: Person) -> Visitor:
    """Ada's browser, where she allowed Demo her address and not her profile, and said remember."""
    page = visitor.sign_in(visitor.ask(scope=SCOPE), ada)
    claims = visitor.claims(page.press("action=accept", {"grant_scope": ["email"], "remember": ["true"]}))
    assert "name" not in claims
    return visitor


def ticked(page: Page) -> list[str]:
    boxes = page.soup.select("input[type=checkbox][name=grant_scope]")
    return [str(box["value"]) for box in boxes if box.has_attr("checked")]


def test_the_same_request_is_not_asked_again(decided: Visitor, ada: Person) -> None:
    for _ in range(2):
        claims = decided.claims(decided.ask(scope=SCOPE))
        assert (claims["email"], "name" in claims) == (ada.email, False)
        assert decided.state()["scope"] == "openid email"


def test_and_does_not_fill_the_list_of_consents(site: Site, decided: Visitor, ada: Person) -> None:
    for _ in range(3):
        decided.claims(decided.ask(scope=SCOPE))

    def listed() -> bool:
        path = f"/admin/oauth2/auth/sessions/consent?subject={ada.id}"
        return len(site.admin("GET", "hydra", path)) == 1

    assert soon(listed)


def test_nor_in_another_browser(decided: Visitor, ada: Person, site: Site) -> None:
    other = Visitor(site)
    claims = other.claims(other.sign_in(other.ask(scope=SCOPE), ada))
    assert (claims["email"], "name" in claims) == (ada.email, False)
    other.close()


def test_asked_for_more_the_page_starts_from_the_choice(site: Site, decided: Visitor) -> None:
    page = decided.ask(scope=f"{SCOPE} phone")
    assert page.at(f"{site.portico}/consent")
    assert ticked(page) == ["email", "phone"]


def test_with_prompt_consent_too(decided: Visitor) -> None:
    assert ticked(decided.ask(scope=SCOPE, prompt="consent")) == ["email"]


def test_what_was_taken_back_is_asked_again(site: Site, decided: Visitor) -> None:
    assert decided.open(f"{site.portico}/apps").press("Remove access").status == 200
    assert ticked(decided.ask(scope=SCOPE)) == ["profile", "email"]


def test_what_was_not_to_be_remembered_is_asked_again(visitor: Visitor, ada: Person) -> None:
    page = visitor.sign_in(visitor.ask(scope=SCOPE), ada)
    visitor.claims(page.press("action=accept", {"grant_scope": ["email"]}))
    assert ticked(visitor.ask(scope=SCOPE)) == ["email"]


def test_back_after_the_answer_says_so(site: Site, visitor: Visitor, ada: Person) -> None:
    """N80."""
    consent = visitor.sign_in(visitor.ask(), ada)
    visitor.claims(consent.press("action=accept"))
    for back in (visitor.open(consent.url), consent.press("action=accept"), consent.press("action=deny")):
        assert (back.status, back.title) == (410, "You've already answered")
    assert visitor.state()["error"] is None
    again = visitor.ask()
    assert again.at(f"{site.portico}/consent")
    assert visitor.claims(again.press("action=accept"))["sub"] == ada.id
