"""Passkeys, with Chromium's virtual authenticator: made in a sign-up, used in three ways, added and removed.

The sandbox has none (design D8), so these run on the real Kratos alone.
"""

from collections.abc import Callable
from uuid import uuid4

import playwright.sync_api as playwright
import pytest

from tests.journeys.authenticator import Authenticator
from tests.journeys.site import Person, Site
from tests.journeys.test_browser import fields, state_of, unfold

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("kind", [pytest.param("real", marks=pytest.mark.real)], indirect=True),
]

TRIGGER = "[name=passkey_login_trigger]"
CANCELLED = "That was cancelled or took too long. Try again, or choose another way."


@pytest.fixture
def authenticator(tab: playwright.Page) -> Authenticator:
    return Authenticator(tab)


@pytest.fixture
def keyed(site: Site, tab: playwright.Page, authenticator: Authenticator, ada: Person) -> Person:
    """Ada, signed in at the first party with her password and with a new passkey on her device."""
    tab.goto(f"{site.demo}/first-party/login")
    tab.fill("[name=identifier]", ada.email)
    tab.fill("[name=password]", ada.password)
    tab.click("button[value=password]")
    tab.wait_for_url(f"{site.demo}/first-party")
    tab.goto(f"{site.portico}/settings#passkey")
    tab.click("[name=passkey_register_trigger]")
    tab.wait_for_selector("[name=passkey_remove]", state="attached")
    return ada


def leave(tab: playwright.Page) -> None:
    """Lose every cookie: nobody is signed in any more, here and at the application."""
    tab.goto("about:blank")
    tab.context.clear_cookies()


def arrive(tab: playwright.Page, site: Site) -> dict[str, object]:
    """The ID token of the first party, once the browser is back there.

    wait_for_url() fails if a page that was still loading is left meanwhile.
    """
    playwright.expect(tab).to_have_url(f"{site.demo}/first-party", timeout=60_000)
    state = state_of(tab, site, "first-party")
    assert state["error"] is None
    claims: dict[str, object] = state["id_token"]
    return claims


def status(tab: playwright.Page, button: str) -> playwright.Locator:
    """The sentence under a button."""
    return tab.locator(f".needs-script:has({button}) [role=status]")


def sign_up(tab: playwright.Page, site: Site, person: str) -> None:
    """From the application's button to the second step of the sign-up."""
    tab.goto(f"{site.demo}/first-party/login")
    tab.get_by_test_id("signup-link").click()
    tab.fill("[name='traits.email']", person)
    tab.click("button[value=profile]")
    tab.wait_for_selector("[name=passkey_register_trigger]")


def test_a_sign_up_with_a_passkey_ends_in_the_application(
    site: Site, tab: playwright.Page, authenticator: Authenticator
) -> None:
    email = f"key-{uuid4().hex[:12]}@example.org"
    sign_up(tab, site, email)
    assert "First Party" in tab.inner_text("h1")
    tab.get_by_role("button", name="Create account with a passkey").click()
    tab.wait_for_url(f"{site.portico}/verification?**")
    tab.fill("[name=code]", site.mailed_code(Person("", email, "", "")))
    tab.press("[name=code]", "Enter")
    tab.get_by_role("link", name="Continue to First Party").click()
    claims = arrive(tab, site)
    assert (claims["email"], claims["email_verified"]) == (email, True)
    [key] = authenticator.keys()
    assert (key["userName"], key["rpId"]) == (email, "localhost")


def test_the_address_may_be_confirmed_later(site: Site, tab: playwright.Page, authenticator: Authenticator) -> None:
    email = f"key-{uuid4().hex[:12]}@example.org"
    sign_up(tab, site, email)
    tab.click("[name=passkey_register_trigger]")
    tab.get_by_role("link", name="Continue to First Party and verify later").click()
    assert arrive(tab, site)["email"] == email


def test_a_cancelled_passkey_leaves_the_sign_up_as_it_was(
    site: Site, tab: playwright.Page, authenticator: Authenticator
) -> None:
    sign_up(tab, site, f"key-{uuid4().hex[:12]}@example.org")
    authenticator.recognises(False)
    tab.click("[name=passkey_register_trigger]")
    playwright.expect(status(tab, "[name=passkey_register_trigger]")).to_have_text(CANCELLED)
    authenticator.recognises(True)
    tab.click("[name=passkey_register_trigger]")
    tab.wait_for_url(f"{site.portico}/verification?**")


def test_the_login_page_signs_in_with_a_passkey_without_a_click(
    site: Site, tab: playwright.Page, keyed: Person
) -> None:
    """Conditional UI: the browser offers the passkey under the identifier; the virtual person takes it at once."""
    leave(tab)
    tab.goto(f"{site.demo}/first-party/login")
    claims = arrive(tab, site)
    assert claims["sub"] == keyed.id


def test_the_button_signs_in_with_a_passkey(
    site: Site, tab: playwright.Page, keyed: Person, authenticator: Authenticator
) -> None:
    leave(tab)
    authenticator.touched(False)
    tab.goto(f"{site.demo}/first-party/login")
    assert fields(tab) == ["identifier", "password"]
    assert tab.get_attribute("[name=identifier]", "autocomplete") == "username webauthn"
    authenticator.touched(True)
    tab.click(TRIGGER)
    assert arrive(tab, site)["sub"] == keyed.id


def test_a_passkey_confirms_who_is_there(site: Site, tab: playwright.Page, keyed: Person) -> None:
    """prompt=login: the identifier is known, so the browser offers nothing by itself (it would race)."""
    before = state_of(tab, site, "first-party")["id_token"]["auth_time"]
    tab.wait_for_timeout(1000)
    tab.goto(f"{site.demo}/first-party/login?prompt=login")
    assert tab.inner_text("h1").startswith("Verify it's you")
    tab.wait_for_timeout(500)
    assert tab.url.startswith(f"{site.portico}/login")
    tab.click(TRIGGER)
    claims = arrive(tab, site)
    assert claims["sub"] == keyed.id
    assert claims["auth_time"] > before


def test_a_passkey_nobody_touches_is_told_and_the_password_still_works(
    site: Site, tab: playwright.Page, keyed: Person, authenticator: Authenticator
) -> None:
    leave(tab)
    authenticator.recognises(False)
    tab.goto(f"{site.demo}/first-party/login")
    for _ in range(2):
        tab.click(TRIGGER)
        playwright.expect(status(tab, TRIGGER)).to_have_text(CANCELLED)
    tab.fill("[name=identifier]", keyed.email)
    tab.fill("[name=password]", keyed.password)
    tab.press("[name=password]", "Enter")
    assert arrive(tab, site)["sub"] == keyed.id


def test_a_passkey_that_kratos_does_not_know_is_told(
    site: Site, tab: playwright.Page, keyed: Person, authenticator: Authenticator
) -> None:
    site.admin("DELETE", "kratos", f"/admin/identities/{keyed.id}")
    leave(tab)
    authenticator.touched(False)
    tab.goto(f"{site.demo}/first-party/login")

    def sent(route: playwright.Route) -> None:
        authenticator.touched(False)  # or it would take what the next page offers, which fails again, for ever
        route.continue_()

    tab.route("**/self-service/login?flow=*", sent)
    authenticator.touched(True)
    tab.click(TRIGGER)
    playwright.expect(tab.locator(".error-summary")).to_be_focused()  # once the script has run
    assert tab.title().startswith("Error: ")


def test_a_passkey_is_removed_in_the_settings(site: Site, tab: playwright.Page, keyed: Person) -> None:
    unfold(tab, "[name=passkey_remove]")
    tab.click("[name=passkey_remove]")
    tab.wait_for_selector("[data-testid='ui/message/1050001']")
    assert tab.locator("[name=passkey_remove]").count() == 0
    answer = site.admin("GET", "kratos", f"/admin/identities/{keyed.id}?include_credential=passkey")
    assert not answer["credentials"].get("passkey", {}).get("identifiers")


def test_a_click_before_kratos_script_has_arrived_is_held(
    site: Site, tab: playwright.Page, keyed: Person, authenticator: Authenticator
) -> None:
    leave(tab)
    authenticator.touched(False)
    held: list[playwright.Route] = []
    tab.route("**/.well-known/ory/webauthn.js", lambda route: held.append(route))
    tab.goto(f"{site.demo}/first-party/login", wait_until="commit")
    tab.click(TRIGGER)
    playwright.expect(status(tab, TRIGGER)).to_have_text("One moment…")
    authenticator.touched(True)
    held[0].continue_()
    assert arrive(tab, site)["sub"] == keyed.id


def test_a_second_press_begins_no_second_ceremony(
    site: Site, tab: playwright.Page, keyed: Person, authenticator: Authenticator
) -> None:
    """B12: browsers refuse the second, and the person would be told that something failed."""
    leave(tab)
    authenticator.touched(False)
    tab.goto(f"{site.demo}/first-party/login")
    tab.wait_for_function("window.__oryWebAuthnInitialized")
    for _ in range(3):
        tab.click(TRIGGER)
    tab.wait_for_timeout(300)
    assert status(tab, TRIGGER).inner_text() == "One moment…"


def test_a_script_that_does_not_arrive_is_told(site: Site, tab: playwright.Page) -> None:
    tab.clock.install()
    tab.route("**/.well-known/ory/webauthn.js", lambda route: None)
    tab.goto(f"{site.portico}/login", wait_until="commit")
    tab.click(TRIGGER)
    tab.clock.fast_forward(11_000)
    playwright.expect(status(tab, TRIGGER)).to_have_text(
        "This page didn't load completely. Try again, or reload the page."
    )


def test_a_browser_without_passkeys_is_told_so(site: Site, tab: playwright.Page) -> None:
    tab.add_init_script("delete window.PublicKeyCredential")
    tab.goto(f"{site.portico}/login")
    playwright.expect(status(tab, TRIGGER)).to_have_text("This browser can't use passkeys or security keys here.")
    assert not tab.is_visible(TRIGGER)


def test_without_javascript_no_button_is_shown_that_does_nothing(
    site: Site, new_tab: Callable[..., playwright.Page], ada: Person
) -> None:
    tab = new_tab(java_script_enabled=False)
    tab.goto(f"{site.demo}/first-party/login")
    assert not tab.is_visible(TRIGGER)
    assert "JavaScript" in tab.inner_text(".needs-script")
    tab.fill("[name=identifier]", ada.email)
    tab.fill("[name=password]", ada.password)
    tab.press("[name=password]", "Enter")
    assert arrive(tab, site)["sub"] == ada.id
