"""A passkey offered after a sign-in, with Chromium's virtual authenticator; the way back is the application's.

The sandbox has no passkeys (design D8): the offer itself runs on the real Kratos alone.
"""

from collections.abc import Callable

import playwright.sync_api as playwright
import pytest

from tests.journeys.authenticator import Authenticator
from tests.journeys.site import Person, Site, Visitor
from tests.journeys.test_browser import state_of
from tests.journeys.test_passkeys import CANCELLED, arrive, leave, status
from tests.journeys.test_return_path_second_factor import key_of

pytestmark = pytest.mark.browser

real = pytest.mark.parametrize("kind", [pytest.param("real", marks=pytest.mark.real)], indirect=True)
ADD = "[name=passkey_register_trigger]"
TITLE = "Sign in faster next time"


@pytest.fixture
def site(generous: Site) -> Site:
    return generous


@pytest.fixture
def authenticator(tab: playwright.Page) -> Authenticator:
    return Authenticator(tab)


def sign_in(tab: playwright.Page, person: Person) -> None:
    """With the password, on the login page that is shown; the browser has said by then what it can."""
    tab.wait_for_function("document.cookie.includes('-passkey=')")
    type_password(tab, person)


def type_password(tab: playwright.Page, person: Person) -> None:
    tab.fill("[name=identifier]", person.email)
    tab.fill("[name=password]", person.password)
    tab.click("button[value=password]")


def begin(tab: playwright.Page, site: Site, query: str = "") -> None:
    tab.goto(f"{site.demo}/first-party/login{query}")


@real
def test_it_is_added_on_the_way_into_the_application_and_signs_in_next_time(
    site: Site, tab: playwright.Page, authenticator: Authenticator, ada: Person
) -> None:
    begin(tab, site)
    sign_in(tab, ada)
    tab.wait_for_selector(ADD)
    assert tab.inner_text("h1") == TITLE
    tab.click(ADD)
    assert arrive(tab, site)["sub"] == ada.id
    [key] = authenticator.keys()
    assert key["userName"] == ada.email
    leave(tab)
    begin(tab, site)
    assert arrive(tab, site)["sub"] == ada.id


@real
def test_not_now_goes_on_and_nobody_is_asked_again_on_this_device(
    site: Site, tab: playwright.Page, authenticator: Authenticator, ada: Person, bob: Person
) -> None:
    begin(tab, site)
    sign_in(tab, ada)
    tab.click("text=Not now")
    assert arrive(tab, site)["sub"] == ada.id
    assert authenticator.keys() == []
    tab.goto(f"{site.portico}/logout")
    tab.wait_for_timeout(600)  # a press right after the page came up does not count
    tab.click("button[value=accept]")
    tab.wait_for_url(f"{site.portico}/signed-out")
    begin(tab, site)
    type_password(tab, bob)
    assert arrive(tab, site)["sub"] == bob.id


@real
def test_a_cancelled_one_is_told_and_the_way_on_stays(
    site: Site, tab: playwright.Page, authenticator: Authenticator, ada: Person
) -> None:
    authenticator.recognises(False)
    begin(tab, site)
    sign_in(tab, ada)
    tab.click(ADD)
    playwright.expect(status(tab, ADD)).to_have_text(CANCELLED)
    tab.click("text=Not now")
    assert arrive(tab, site)["sub"] == ada.id


@real
def test_who_has_one_goes_straight_on(
    site: Site, tab: playwright.Page, authenticator: Authenticator, ada: Person
) -> None:
    begin(tab, site)
    sign_in(tab, ada)
    tab.click(ADD)
    arrive(tab, site)
    leave(tab)
    authenticator.touched(False)
    begin(tab, site)
    sign_in(tab, ada)
    assert arrive(tab, site)["sub"] == ada.id


@real
def test_without_an_application_it_leads_to_the_account(
    site: Site, tab: playwright.Page, authenticator: Authenticator, ada: Person
) -> None:
    tab.goto(f"{site.portico}/login")
    sign_in(tab, ada)
    tab.wait_for_selector(ADD)
    assert tab.inner_text("h1") == TITLE
    tab.click(ADD)
    tab.wait_for_selector("h1:has-text('Your account')")
    assert len(authenticator.keys()) == 1


@real
def test_a_popup_is_left_alone(site: Site, tab: playwright.Page, authenticator: Authenticator, ada: Person) -> None:
    assert authenticator.keys() == []
    begin(tab, site, "?display=popup")
    sign_in(tab, ada)
    assert arrive(tab, site)["sub"] == ada.id


@real
def test_nobody_has_to_give_a_second_factor_for_an_offer(
    site: Site, tab: playwright.Page, authenticator: Authenticator, ada: Person
) -> None:
    """Kratos' settings want it here (`required_aal`), the sign-in does not."""
    key_of(site, ada)
    begin(tab, site)
    sign_in(tab, ada)
    assert arrive(tab, site)["sub"] == ada.id
    assert authenticator.keys() == []


def test_a_browser_that_can_make_none_is_not_asked(site: Site, tab: playwright.Page, ada: Person) -> None:
    begin(tab, site)
    type_password(tab, ada)
    assert arrive(tab, site)["sub"] == ada.id


def test_without_javascript_nothing_is_offered(
    site: Site, new_tab: Callable[..., playwright.Page], ada: Person
) -> None:
    tab = new_tab(java_script_enabled=False)
    begin(tab, site)
    type_password(tab, ada)
    tab.wait_for_url(f"{site.demo}/first-party")
    assert state_of(tab, site, "first-party")["signed_in"]


@pytest.mark.parametrize("kind", ["sandbox"], indirect=True)
def test_a_kratos_without_passkeys_offers_none(site: Site, visitor: Visitor, ada: Person) -> None:
    secure = "__Host-" if site.portico.startswith("https:") else ""
    name = f"{secure}portico{site.stack.path.replace('/', '.')}-passkey"
    visitor.http.cookies.set(name, "able", domain="localhost.local", path="/")
    assert visitor.enter(ada)["sub"] == ada.id
    assert visitor.http.cookies.get(name) == "offered"
