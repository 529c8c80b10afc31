"""Passkeys where Kratos is set up to ask for everything at once in a sign-up, and for the identifier first in a login.

The sandbox has no passkeys (design D8), so these run on the real Kratos alone.
"""

from uuid import uuid4

import playwright.sync_api as playwright
import pytest

from tests.journeys.authenticator import Authenticator
from tests.journeys.site import Site, WithKratos
from tests.journeys.test_passkeys import arrive, leave, status

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("kind", [pytest.param("real", marks=pytest.mark.real)], indirect=True),
]

SIGN_UP = "[name=passkey_register_trigger]"
STYLES = {"selfservice.flows.login.style": "identifier_first", "selfservice.flows.registration.style": "unified"}


@pytest.fixture(scope="module")
def site(with_kratos: WithKratos) -> Site:
    """A site with the other styles of login and registration."""
    return with_kratos(STYLES)


def begin(tab: playwright.Page, site: Site) -> playwright.Locator:
    """From the application's button to the sign-up; the e-mail field beside the passkey button."""
    tab.goto(f"{site.demo}/first-party/login")
    tab.get_by_test_id("signup-link").click()
    button = tab.locator(SIGN_UP)
    if not button.is_visible():
        tab.locator(f"details:has({SIGN_UP}) > summary").click()
    return tab.locator(f"form:has({SIGN_UP}) [name='traits.email']")


@pytest.mark.parametrize(("typed", "enough"), [("", False), ("no address", False), ("{}@example.org", True)])
def test_no_passkey_is_made_before_the_form_is_filled_in(
    site: Site, tab: playwright.Page, typed: str, enough: bool
) -> None:
    """Kratos would refuse the form only afterwards, and the passkey would stay on the device for nothing."""
    authenticator = Authenticator(tab)
    email = begin(tab, site)
    email.fill(typed.format(uuid4().hex[:12]))
    tab.click(SIGN_UP)
    if enough:
        tab.wait_for_url(f"{site.portico}/verification?**")
    else:
        playwright.expect(status(tab, SIGN_UP)).to_have_text("First fill in “Email”")
        playwright.expect(email).to_be_focused()
    assert len(authenticator.keys()) == enough


def test_the_identifier_page_offers_the_passkey_without_a_button(site: Site, tab: playwright.Page) -> None:
    """Its nodes there are hidden ones only."""
    authenticator = Authenticator(tab)
    begin(tab, site).fill(f"key-{uuid4().hex[:12]}@example.org")
    tab.click(SIGN_UP)
    tab.get_by_role("link", name="verify later").click()
    sub = arrive(tab, site)["sub"]
    leave(tab)
    authenticator.touched(False)
    tab.goto(f"{site.demo}/first-party/login")
    assert tab.get_attribute("[name=identifier]", "autocomplete") == "username webauthn"
    assert tab.locator("[name=passkey_login_trigger]").count() == 0
    authenticator.touched(True)
    tab.reload()
    assert arrive(tab, site)["sub"] == sub
