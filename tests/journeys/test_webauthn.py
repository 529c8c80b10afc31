"""Security keys as a second step, with Chromium's virtual authenticator: enrolled, asked for, demanded, refused.

The sandbox has none (design D8), so these run on the real Kratos alone, at a site where Demo demands two factors.
"""

import playwright.sync_api as playwright
import pytest

from tests.journeys.authenticator import Authenticator
from tests.journeys.site import Person, Site
from tests.journeys.test_browser import enter, sign_in, state_of, unfold, wait_until_presses_count
from tests.journeys.test_passkeys import CANCELLED, leave, status

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("kind", [pytest.param("real", marks=pytest.mark.real)], indirect=True),
]

ADD, USE = "[name=webauthn_register_trigger]", "[name=webauthn_login_trigger]"


@pytest.fixture(scope="module")
def site(strict: Site) -> Site:
    """Demo lets people in only with a second factor."""
    return strict


@pytest.fixture
def authenticator(tab: playwright.Page) -> Authenticator:
    return Authenticator(tab, "usb")


@pytest.fixture
def keyed(site: Site, tab: playwright.Page, authenticator: Authenticator, ada: Person) -> Person:
    """Ada, who has added a security key in her settings, and has signed out since."""
    enter(tab, site, ada)
    tab.goto(f"{site.portico}/settings#webauthn")
    tab.fill("[name=webauthn_register_displayname]", "The blue key")
    tab.click(ADD)
    tab.wait_for_selector("[name=webauthn_remove]", state="attached")
    assert "The blue key" in tab.inner_text(".methods summary:has-text('The blue key')")
    assert len(authenticator.keys()) == 1
    leave(tab)
    return ada


def claims(tab: playwright.Page, site: Site, client: str) -> dict[str, object]:
    """The ID token, once the browser is back at the application."""
    tab.wait_for_url(f"{site.demo}/{client}")
    state = state_of(tab, site, client)
    assert state["error"] is None
    id_token: dict[str, object] = state["id_token"]
    return id_token


def test_who_has_a_security_key_is_asked_for_it_at_the_next_login(
    site: Site, tab: playwright.Page, keyed: Person
) -> None:
    sign_in(tab, site, keyed, "first-party")
    tab.wait_for_selector(USE)
    assert "First Party" in tab.inner_text("h1")
    assert not tab.is_visible("[name=identifier]")
    tab.click(USE)
    id_token = claims(tab, site, "first-party")
    assert (id_token["sub"], id_token["acr"]) == (keyed.id, "aal2")


def test_a_security_key_that_fails_is_told_and_asked_again(
    site: Site, tab: playwright.Page, keyed: Person, authenticator: Authenticator
) -> None:
    """Kratos' script would show an alert(); Playwright closes those unseen, so it is counted."""
    alerts: list[str] = []

    def close(dialog: playwright.Dialog) -> None:
        alerts.append(dialog.message)
        dialog.dismiss()

    tab.on("dialog", close)
    sign_in(tab, site, keyed, "first-party")
    tab.wait_for_selector(USE)
    [key] = authenticator.keys()
    authenticator.lose(key)
    tab.click(USE)
    playwright.expect(status(tab, USE)).to_have_text(CANCELLED)
    assert alerts == []
    authenticator.find(key)
    tab.click(USE)
    assert claims(tab, site, "first-party")["acr"] == "aal2"


def test_a_demanded_second_step_is_set_up_on_the_way(
    site: Site, tab: playwright.Page, authenticator: Authenticator, ada: Person
) -> None:
    """Only what the application waits for is shown; afterwards the person is in the application at once."""
    sign_in(tab, site, ada)
    tab.wait_for_selector(ADD, state="attached")
    assert "Demo" in tab.inner_text("h1")
    assert tab.locator("[name=password]").count() == 0
    unfold(tab, ADD)
    tab.fill("[name=webauthn_register_displayname]", "The blue key")
    tab.click(ADD)
    tab.wait_for_url(f"{site.portico}/consent?**")
    tab.get_by_role("button", name="Allow", exact=True).click()
    assert claims(tab, site, "demo")["acr"] == "aal2"


def test_a_key_set_up_before_opens_the_application_that_demands_it(
    site: Site, tab: playwright.Page, keyed: Person
) -> None:
    sign_in(tab, site, keyed)
    tab.click(USE)
    tab.get_by_role("button", name="Allow", exact=True).click()
    assert claims(tab, site, "demo")["acr"] == "aal2"


def test_a_security_key_is_removed_in_the_settings(site: Site, tab: playwright.Page, keyed: Person) -> None:
    sign_in(tab, site, keyed, "first-party")
    tab.click(USE)
    tab.wait_for_url(f"{site.demo}/first-party")
    tab.goto(f"{site.portico}/settings")
    wait_until_presses_count(tab)
    unfold(tab, "[name=webauthn_remove]")
    tab.click("[name=webauthn_remove]")
    tab.wait_for_selector("[data-testid='ui/message/1050001']")
    assert tab.locator("[name=webauthn_remove]").count() == 0
