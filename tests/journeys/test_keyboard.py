"""Signing in and allowing an application with a keyboard alone: where Tab leads, and where the focus is put."""

import playwright.sync_api as playwright
import pytest

from tests.journeys.conftest import KINDS
from tests.journeys.site import Person, Site
from tests.journeys.test_browser import wait_until_presses_count

# They are about the browser and the pages, not about the servers behind: one kind of these is enough.
pytestmark = [pytest.mark.browser, pytest.mark.parametrize("kind", KINDS[:1], indirect=True)]

# What the focused element is called, as far as a screen reader would say it; "" for the page itself.
FOCUSED = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return "";
  return (one.getAttribute("aria-label") ?? one.labels?.[0]?.innerText ?? one.innerText).trim().replace(/\\s+/g, " ");
}"""


def focused(tab: playwright.Page) -> str:
    name: str = tab.evaluate(FOCUSED)
    return name


def stops(tab: playwright.Page) -> list[str]:
    """The names of all that Tab reaches on this page, in its order, from the top until it leaves the page."""
    names = []
    while True:
        tab.keyboard.press("Tab")
        if not (name := focused(tab)):
            return names
        names.append(name)
        assert len(names) < 60, "the focus cannot leave the page (WCAG 2.1.2)"


def reach(tab: playwright.Page, name: str) -> None:
    """Press Tab until the control of this name has the focus."""
    seen = []
    while focused(tab) != name:
        tab.keyboard.press("Tab")
        seen.append(focused(tab))
        assert len(seen) < 60, f"Tab does not reach {name!r}, but {seen}"


@pytest.fixture
def login(site: Site, tab: playwright.Page) -> playwright.Page:
    """The login page of somebody whom Demo has sent."""
    tab.goto(f"{site.demo}/demo/login")
    return tab


@pytest.fixture
def consent(site: Site, login: playwright.Page, ada: Person) -> playwright.Page:
    """The consent page of Ada, who has signed in without a mouse."""
    reach(login, "Email")
    login.keyboard.type(ada.email)
    login.keyboard.press("Tab")
    login.keyboard.type(ada.password)
    login.keyboard.press("Enter")
    login.wait_for_url(f"{site.portico}/consent?**")
    return login


def in_this_order(order: list[str], *names: str) -> None:
    """These are among the stops, in this order."""
    assert [name for name in order if name in names] == list(names), order


def test_tab_leads_through_the_login_page_from_top_to_bottom(login: playwright.Page) -> None:
    order = stops(login)
    assert order[0] == "Skip to content"
    in_this_order(
        order, "Email", "Password", "Show password", "Sign in with password", "Forgot your password?", "Create account"
    )
    assert order.index("Create account") < order.index("Cancel and return to Demo")


def test_shift_tab_leads_back_the_same_way(login: playwright.Page) -> None:
    reach(login, "Sign in with password")
    for name in ("Show password", "Password", "Email"):
        login.keyboard.press("Shift+Tab")
        assert focused(login) == name


def test_the_first_stop_skips_to_the_content(login: playwright.Page) -> None:
    """WCAG 2.4.1."""
    login.keyboard.press("Tab")
    assert login.get_by_text("Skip to content").bounding_box()["y"] >= 0
    login.keyboard.press("Enter")
    login.keyboard.press("Tab")
    assert login.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_after_a_failed_sign_in_the_focus_is_on_what_went_wrong(login: playwright.Page, ada: Person) -> None:
    reach(login, "Email")
    login.keyboard.type(ada.email)
    login.keyboard.press("Tab")
    login.keyboard.type("wrong")
    login.keyboard.press("Enter")
    login.wait_for_selector(".error-summary")

    assert focused(login).startswith("There is a problem")
    assert login.title().startswith("Error: ")
    reach(login, "Password")
    assert login.input_value("[name=identifier]") == ada.email


def test_a_link_of_the_summary_leads_to_the_field_it_names(login: playwright.Page) -> None:
    reach(login, "Sign in with password")
    login.keyboard.press("Enter")
    login.wait_for_selector(".error-summary")

    login.keyboard.press("Tab")
    named = focused(login)
    login.keyboard.press("Enter")

    assert "email" in named.lower()
    assert focused(login) == "Email"
    assert login.evaluate("document.activeElement.localName") == "input"


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_show_password_shows_and_hides_it(login: playwright.Page, key: str) -> None:
    reach(login, "Show password")
    kinds = []
    for _ in range(2):
        login.keyboard.press(key)
        kinds.append(login.get_attribute("[name=password]", "type"))
    assert kinds == ["text", "password"]
    assert focused(login) == "Show password"


def test_the_language_is_chosen_without_a_mouse(login: playwright.Page) -> None:
    while login.evaluate("document.activeElement.localName") != "summary":
        login.keyboard.press("Tab")
    login.keyboard.press("Space")
    reach(login, "Deutsch")
    login.keyboard.press("Enter")
    login.wait_for_selector("html[lang=de]")
    assert login.url.partition("?")[0].endswith("/login")


def test_tab_leads_through_the_consent_page_from_top_to_bottom(consent: playwright.Page) -> None:
    """Both answers are equally near; nothing has the focus before somebody presses Tab (B04)."""
    assert focused(consent) == ""
    order = stops(consent)
    assert order[0] == "Skip to content"
    assert order.index("Don't allow") == order.index("Allow") + 1
    assert order.index("Don't ask again for this app") < order.index("Allow")


@pytest.mark.parametrize("key", ["Enter", "Space"])
@pytest.mark.parametrize(("answer", "signed_in"), [("Allow", True), ("Don't allow", False)])
def test_either_answer_is_given_with_either_key(
    site: Site, consent: playwright.Page, key: str, answer: str, signed_in: bool
) -> None:
    reach(consent, answer)
    wait_until_presses_count(consent)
    consent.keyboard.press(key)
    consent.wait_for_url(f"{site.demo}/demo")
    assert consent.request.get(f"{site.demo}/demo.json").json()["signed_in"] is signed_in


def test_space_takes_a_scope_away_and_gives_it_back(consent: playwright.Page) -> None:
    def boxes() -> list[bool]:
        selector = "fieldset input[type=checkbox]"
        ticked: list[bool] = consent.eval_on_selector_all(selector, "found => found.map(one => one.checked)")
        return ticked

    assert all(boxes())
    while consent.evaluate("document.activeElement.type") != "checkbox":
        consent.keyboard.press("Tab")
    consent.keyboard.press("Space")
    assert boxes().count(False) == 1
    consent.keyboard.press("Space")

    assert all(boxes())
