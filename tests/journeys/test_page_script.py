"""The small courtesies of app.js: each one helps, none is needed, and without script none is there."""

import re
from collections.abc import Callable
from dataclasses import replace

import playwright.sync_api as playwright
import pytest

from tests.journeys.conftest import KINDS
from tests.journeys.journey import totp
from tests.journeys.site import Person, Site, Visitor
from tests.journeys.test_browser import enter, fill_in, sign_in
from tests.journeys.test_device import Television
from tests.journeys.test_double_submit import NEVER, PASSWORD, passes, posts

# They are about the browser and the script, not about the servers behind: one kind of these is enough.
pytestmark = [pytest.mark.browser, pytest.mark.parametrize("kind", KINDS[:1], indirect=True)]

AGAIN = "Send a new code"
CAPS = "Caps Lock is on."
FORGET = "Don't show “Last used” when I sign in on this device"
REMEMBER = "Show “Last used” when I sign in on this device"
READY = "You can get a new code now."
SHOW = "Show password"
WAIT = "One moment…"
SEVERAL = "123 456", "123-456", " 123–456\n", "123\u00a0456\u200f", "１２３４５６", "١٢٣٤٥٦"


@pytest.fixture
def login(site: Site, tab: playwright.Page) -> playwright.Page:
    """A tab with a login page that stays when a form is sent, so that what a press does can be looked at."""
    tab.clock.install()
    for address in (NEVER, "**/self-service/methods/**"):
        tab.route(address, lambda route: route.fulfill(status=204))
    tab.goto(f"{site.portico}/login")
    return tab


@pytest.fixture
def keyboard(login: playwright.Page) -> Callable[..., str]:
    """Types in the password field as a keyboard does whose Caps Lock is on or off; returns what the page says then."""

    def strike(name: str, **event: object) -> str:
        login.dispatch_event("[name=password]", name, event)
        return login.inner_text(".caps")

    return strike


@pytest.fixture
def code_page(site: Site, tab: playwright.Page, ada: Person) -> playwright.Page:
    """A tab with the page that asks for the code just sent to Ada."""
    tab.clock.install()
    tab.goto(f"{site.demo}/first-party/login")
    tab.fill("[name=identifier]", ada.email)
    tab.click("button[value=code]")
    tab.wait_for_selector("[name=code]")
    return tab


def paste(tab: playwright.Page, field: str, words: str) -> str:
    """What a field has after these words were pasted into it."""
    tab.focus(field)
    tab.evaluate("words => navigator.clipboard.writeText(words)", words)
    tab.keyboard.press("ControlOrMeta+V")
    return tab.input_value(field)


def memory(tab: playwright.Page) -> dict[str, str]:
    """All that the browser keeps for Portico besides cookies."""
    kept: dict[str, str] = tab.evaluate("({ ...localStorage, ...sessionStorage })")
    return kept


def last_used(tab: playwright.Page) -> list[str]:
    """The buttons with the badge."""
    return tab.locator("button:has(.last-used)").all_inner_texts()


def test_a_password_can_be_looked_at(login: playwright.Page) -> None:
    button, field = login.get_by_role("button", name=SHOW), login.locator("[name=password]")
    field.fill("analytical")
    button.click()
    playwright.expect(field).to_have_attribute("type", "text")
    playwright.expect(button).to_have_attribute("aria-pressed", "true")
    button.click()
    playwright.expect(field).to_have_attribute("type", "password")
    playwright.expect(button).to_have_attribute("aria-pressed", "false")


def test_every_password_field_has_the_button(site: Site, tab: playwright.Page, ada: Person) -> None:
    enter(tab, site, ada)
    tab.goto(f"{site.portico}/settings#password")
    tab.locator("form[data-group=password]").get_by_role("button", name=SHOW).click()
    assert tab.get_attribute("[name=password]", "type") == "text"
    tab.context.clear_cookies()
    tab.goto(f"{site.portico}/registration")
    tab.fill("[name='traits.email']", f"new-{ada.email}")
    if not tab.locator("[name=password]").count():  # Kratos asks for the password on a page of its own
        tab.click("button[value=profile]")
    tab.get_by_role("button", name=SHOW).click()
    assert tab.get_attribute("[name=password]", "type") == "text"


def test_a_shown_password_is_sent_as_a_password(login: playwright.Page, ada: Person) -> None:
    """Otherwise password managers do not offer to keep it, and browsers keep it among what was typed."""
    fill_in(login, ada)
    login.get_by_role("button", name=SHOW).click()
    with login.expect_request(lambda request: request.method == "POST") as sent:
        login.click(PASSWORD)
    assert f"password={ada.password}" in str(sent.value.post_data)
    assert login.get_attribute("[name=password]", "type") == "password"


def test_caps_lock_is_told_while_it_is_on(keyboard: Callable[..., str]) -> None:
    assert keyboard("keydown", key="A", modifierCapsLock=True) == CAPS
    assert keyboard("keyup", key="CapsLock") == ""
    assert keyboard("keydown", key="B", modifierCapsLock=True) == CAPS
    assert keyboard("blur") == ""


def test_keys_without_modifiers_say_nothing(login: playwright.Page) -> None:
    """Browsers and password managers make up such events when they fill in a form."""
    login.evaluate("document.querySelector('[name=password]').dispatchEvent(new Event('keydown', { bubbles: true }))")
    assert login.inner_text(".caps") == ""


def test_the_caps_lock_hint_is_read_out_but_interrupts_nobody(login: playwright.Page) -> None:
    assert login.get_attribute(".caps", "role") == "status"


def test_nobody_but_kratos_judges_a_password(site: Site, tab: playwright.Page, ada: Person) -> None:
    enter(tab, site, ada)
    tab.goto(f"{site.portico}/settings#password")
    field = tab.locator("form[data-group=password] [name=password]")
    before = tab.inner_text("main")
    field.type("short")
    assert tab.inner_text("main") == before
    field.press("Enter")
    tab.wait_for_selector("form[data-group=password] [data-testid='ui/message/4000032']")


@pytest.mark.parametrize("pasted", ["123 456", "123-456"])
def test_a_code_can_be_pasted_in_groups(site: Site, new_tab: Callable[..., playwright.Page], pasted: str) -> None:
    """Kratos allows its recovery code six characters, and browsers cut off the seventh."""
    tab = new_tab(permissions=["clipboard-read", "clipboard-write"])
    tab.goto(f"{site.portico}/recovery")
    tab.fill("[name=email]", "nobody@example.org")
    tab.click("button[value=code]")
    tab.wait_for_selector("[name=code]")
    assert paste(tab, "[name=code]", pasted) == "123456"


def test_a_password_can_be_pasted_as_it_is(site: Site, new_tab: Callable[..., playwright.Page]) -> None:
    tab = new_tab(permissions=["clipboard-read", "clipboard-write"])
    tab.goto(f"{site.portico}/login")
    assert paste(tab, "[name=password]", " 123-456 ") == " 123-456 "


@pytest.mark.parametrize(
    ("pasted", "kept"),
    [
        ("\u202a+44 20 7946 0001\u202c", "+44 20 7946 0001"),
        ("\u2068ada@example.org\u2069", "ada@example.org"),
        ("\ufeffada@exam\u200bple.org\u00a0", "ada@example.org"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("Ada King", "Ada King"),
    ],
)
def test_a_name_loses_the_marks_that_nobody_sees(login: playwright.Page, pasted: str, kept: str) -> None:
    """Address books put them around numbers, chats into addresses, and Kratos then knows nobody of that name.

    Names of some languages have joiners, which stay.
    """
    login.fill("[name=identifier]", pasted)
    assert passes(login, "form:has([name=password])")
    assert login.input_value("[name=identifier]") == kept


def test_so_does_a_phone_number_and_no_password(site: Site, tab: playwright.Page, ada: Person) -> None:
    enter(tab, site, ada)
    tab.goto(f"{site.portico}/settings")
    pasted = "\u202a+44 20 7946 0001\u202c "
    for field, kept in (("[name='traits.phone']", "+44 20 7946 0001"), ("[name=password]", pasted)):
        tab.eval_on_selector(field, "(field, pasted) => { field.value = pasted }", pasted)
        assert passes(tab, f"form:has({field})")
        assert tab.input_value(field) == kept


def test_a_code_typed_in_groups_signs_in(site: Site, code_page: playwright.Page, ada: Person) -> None:
    code = site.mailed_code(ada)
    code_page.type("[name=code]", f"{code[:3]} {code[3:]}")
    code_page.press("[name=code]", "Enter")
    code_page.wait_for_url(f"{site.demo}/first-party")


def test_an_authenticator_code_typed_in_groups_is_taken(site: Site, tab: playwright.Page, ada: Person) -> None:
    enter(tab, site, ada)
    tab.goto(f"{site.portico}/settings#totp")
    code = totp(tab.inner_text("[data-testid='node/text/totp_secret_key/text'] code"))
    tab.fill("[name=totp_code]", f"{code[:3]}-{code[3:]}")
    tab.press("[name=totp_code]", "Enter")
    tab.wait_for_selector("[name=totp_unlink]", state="attached")


def test_only_the_digits_of_a_code_are_sent(code_page: playwright.Page) -> None:
    sent = []
    for typed in SEVERAL:
        code_page.fill("[name=code]", typed)
        assert passes(code_page, "form:has([name=code])")
        sent.append(code_page.input_value("[name=code]"))
        code_page.clock.fast_forward(11_000)
    assert sent == ["123456"] * len(SEVERAL)


def test_a_device_code_is_sent_as_the_device_shows_it(
    site: Site, tab: playwright.Page, new_visitor: Callable[[], Visitor]
) -> None:
    """Hydra compares every character."""
    tab.goto(Television(site, new_visitor()).shown["verification_uri"])
    tab.fill("[name=user_code]", " aB-c D\t")
    assert passes(tab, "form:has([name=user_code])")
    assert tab.input_value("[name=user_code]") == "aB-c D"


def test_a_backup_code_is_sent_without_what_copying_added(site: Site, tab: playwright.Page, ada: Person) -> None:
    enter(tab, site, ada)
    tab.goto(f"{site.portico}/settings#lookup_secret")
    tab.click("[name=lookup_secret_regenerate]")
    code = tab.locator(".codes code").first.inner_text()
    tab.click("[name=lookup_secret_confirm]")
    tab.wait_for_selector("[name=lookup_secret_reveal]", state="attached")
    tab.context.clear_cookies()
    sign_in(tab, site, ada, "first-party")
    tab.fill("[name=lookup_secret]", f"  {code} ")
    tab.press("[name=lookup_secret]", "Enter")
    tab.wait_for_url(f"{site.demo}/first-party")


def signed_in_and_gone(site: Site, tab: playwright.Page, ada: Person) -> None:
    """She signs in for an application; later nobody is signed in in this browser."""
    enter(tab, site, ada)
    tab.context.clear_cookies(name="ory_kratos_session")
    tab.goto(f"{site.portico}/login")


def test_the_way_that_worked_last_has_a_badge(site: Site, tab: playwright.Page, ada: Person) -> None:
    tab.goto(f"{site.portico}/login")
    fill_in(tab, replace(ada, password="not-hers-at-all"))
    tab.click(PASSWORD)
    tab.wait_for_selector(".error-summary")
    tab.goto(f"{site.portico}/login")
    assert last_used(tab) == [], "it did not work"
    words = tab.inner_text(PASSWORD)
    signed_in_and_gone(site, tab, ada)
    assert [" ".join(label.split()) for label in last_used(tab)] == [f"{words} Last used"]


def test_whoever_does_not_want_the_badge_never_sees_it_again(site: Site, tab: playwright.Page, ada: Person) -> None:
    enter(tab, site, ada)
    tab.goto(f"{site.portico}/sessions")
    tab.get_by_role("button", name=FORGET).click()
    playwright.expect(tab.get_by_role("button", name=REMEMBER)).to_be_visible()
    tab.context.clear_cookies(name="ory_kratos_session")
    signed_in_and_gone(site, tab, ada)
    assert last_used(tab) == []


@pytest.mark.parametrize(
    ("link", "field"), [("forgot-password-link", "[name=email]"), ("signup-link", "[name='traits.email']")]
)
def test_the_email_typed_goes_along_to_the_next_page_and_no_further(
    site: Site, tab: playwright.Page, link: str, field: str
) -> None:
    """In no address, and in nothing that outlives that page."""
    requests: list[str] = []
    tab.on("request", lambda request: requests.append(f"{request.url} {request.headers}"))
    tab.goto(f"{site.portico}/login")
    tab.fill("[name=identifier]", "somebody.new@example.org")
    tab.get_by_test_id(link).click()
    tab.wait_for_selector(field)
    assert tab.input_value(field) == "somebody.new@example.org"
    assert not [request for request in requests if "somebody" in request]
    assert memory(tab) == {}
    tab.goto(tab.url)
    assert tab.input_value(field) == ""


def test_who_typed_no_email_is_not_asked_to_mend_one(site: Site, tab: playwright.Page) -> None:
    tab.goto(f"{site.portico}/login")
    tab.fill("[name=identifier]", "somebody")
    tab.get_by_test_id("forgot-password-link").click()
    tab.wait_for_selector("[name=email]")
    assert tab.input_value("[name=email]") == ""


def test_a_code_can_be_typed_at_once(code_page: playwright.Page) -> None:
    playwright.expect(code_page.locator("[name=code]")).to_be_focused()


def test_a_time_is_told_in_the_zone_of_who_reads_it(
    site: Site, new_tab: Callable[..., playwright.Page], ada: Person
) -> None:
    tab = new_tab(timezone_id="Asia/Kathmandu")
    enter(tab, site, ada)
    tab.goto(f"{site.portico}/sessions")
    time = tab.locator("time").first
    expected = tab.evaluate(
        "moment => new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short',"
        " timeZone: 'Asia/Kathmandu' }).format(new Date(moment))",
        time.get_attribute("datetime"),
    )
    assert time.inner_text() == expected


def test_what_was_typed_is_nothing_for_who_comes_next(site: Site, tab: playwright.Page, ada: Person) -> None:
    """The link was opened in another tab, so this one shows no page of ours that would take it."""
    tab.goto(f"{site.demo}/first-party/login")
    tab.fill("[name=identifier]", ada.email)
    with tab.context.expect_page():
        tab.get_by_test_id("forgot-password-link").click(modifiers=["ControlOrMeta"])
    tab.fill("[name=password]", ada.password)
    tab.click("button[value=password]")
    tab.wait_for_url(f"{site.demo}/first-party")
    tab.context.clear_cookies()
    tab.goto(f"{site.portico}/login")
    assert tab.input_value("[name=identifier]") == ""


@pytest.mark.parametrize("languages", [["en-US@posix"], ["en_US", "en"]])
def test_a_browser_with_an_odd_language_has_all_else_of_the_script(
    site: Site, tab: playwright.Page, ada: Person, languages: list[str]
) -> None:
    tab.add_init_script(f"Object.defineProperty(navigator, 'languages', {{ value: {languages} }})")
    tab.goto(f"{site.portico}/login")
    assert tab.evaluate("navigator.credentials.get.name") != "get"  # what comes last in it


def test_a_browser_that_keeps_nothing_gets_the_page_as_it_is(site: Site, tab: playwright.Page, ada: Person) -> None:
    tab.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('', 'SecurityError') } })"
    )
    enter(tab, site, ada)


def test_another_code_can_be_sent_after_half_a_minute(site: Site, code_page: playwright.Page, ada: Person) -> None:
    button, status = code_page.locator("[name=resend]"), code_page.locator("form:has([name=resend]) > [role=status]")
    playwright.expect(button).to_be_disabled()
    for _ in range(2):
        assert re.fullmatch(r"Send a new code in (30|[12]\d) s", button.inner_text())
        assert status.inner_text() == ""  # a voice that counts along would be a nuisance
        code_page.clock.run_for(5_000)
    code_page.clock.run_for(20_000)
    playwright.expect(button).to_have_text(AGAIN)
    assert status.inner_text() == READY
    button.click()
    assert site.mailed_code(ada, 2)


def test_after_a_wrong_code_nobody_waits_for_another(code_page: playwright.Page) -> None:
    code_page.fill("[name=code]", "000000")
    code_page.press("[name=code]", "Enter")
    code_page.wait_for_selector(".error-summary")
    playwright.expect(code_page.locator("[name=resend]")).to_be_enabled()


def test_the_pressed_button_shows_that_it_works(login: playwright.Page, ada: Person) -> None:
    button, status = login.locator(PASSWORD), login.locator(f"form:has({PASSWORD}) > [role=status]")
    fill_in(login, ada)
    login.click(PASSWORD)
    playwright.expect(button).to_have_attribute("aria-busy", "true")
    assert status.inner_text() == ""
    login.clock.run_for(2_000)
    assert status.inner_text() == WAIT
    login.clock.run_for(8_000)
    assert button.get_attribute("aria-busy") is None
    assert status.count() == 0


def test_while_one_form_is_under_way_the_rest_of_the_page_goes_on(login: playwright.Page, ada: Person) -> None:
    fill_in(login, ada)
    login.click(PASSWORD)
    assert login.locator(":disabled").count() == 0
    sent = posts(login)
    login.click("[name=provider]")
    assert len(sent) == 1


def test_a_page_without_our_words_works(site: Site, tab: playwright.Page, ada: Person) -> None:
    """An operator's own base.html may lack them: then nothing speaks, and no button is without a name."""

    tab.add_init_script(
        "document.getElementById = name => name === 'words' ? null : document.querySelector('#' + name)"
    )
    tab.goto(f"{site.demo}/first-party/login")
    tab.fill("[name=identifier]", ada.email)
    tab.click("button[value=code]")
    tab.wait_for_selector("[name=code]")
    playwright.expect(tab.locator("[name=resend]")).to_have_text(AGAIN)
    tab.fill("[name=code]", site.mailed_code(ada))
    tab.press("[name=code]", "Enter")
    tab.wait_for_url(f"{site.demo}/first-party")
    tab.goto(f"{site.portico}/settings")
    assert tab.get_by_role("button", name=re.compile("^$")).count() == 0


def test_without_javascript_there_are_none(site: Site, new_tab: Callable[..., playwright.Page], ada: Person) -> None:
    tab = new_tab(java_script_enabled=False)

    def look() -> None:
        assert not tab.get_by_role("button", name=SHOW).count()
        assert not tab.locator(".caps, [aria-busy], button[disabled]").count()

    tab.goto(f"{site.demo}/first-party/login")
    look()
    tab.fill("[name=identifier]", ada.email)
    tab.click("button[value=code]")
    tab.wait_for_selector("[name=code]")
    look()
    playwright.expect(tab.locator("[name=resend]")).to_have_text(AGAIN)
    tab.fill("[name=code]", site.mailed_code(ada))
    tab.press("[name=code]", "Enter")
    tab.wait_for_url(f"{site.demo}/first-party")
    tab.goto(f"{site.portico}/settings")
    look()
