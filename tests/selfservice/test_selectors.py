"""The names and test ids that the suites of Kratos and Ory look for (as far as design section 8 keeps them)."""

import re

from tests.payloads.bodies import NAMES, load
from tests.payloads.pages import SHOWN
from tests.support.cases import each_case, each_of
from tests.support.pages import ours, parsed, words

PAGES = {str(shown): shown for shown in SHOWN}
assert set(PAGES) == set(NAMES)

# (body, selector, how often it is in the page)
ROWS = [
    ("login/unified", "main[data-testid='app-express']", 1),
    ("login/code_sent", "[data-testid='node/input/code'] input[name='code']", 1),
    ("login/aal2_totp", "[data-testid='node/input/totp_code'] label", 1),
    ("login/code_missing", "[data-testid='node/input/code'] p", 1),
    ("settings/everything", "[data-testid='node/input/traits.email'] input", 1),
    ("login/unified", "input[name=identifier]", 1),
    ("login/unified", "input[name=password]", 1),
    ("login/code_sent", "input[name=code]", 1),
    ("recovery/email", "input[name=email]", 1),
    ("recovery/v2_address", "input[name=recovery_address]", 1),
    ("login/aal2_totp", "input[name=totp_code]", 1),
    ("login/aal2_lookup", "input[name=lookup_secret]", 1),
    ("login/code_sent", "input[name=csrf_token][value]", 1),
    ("login/unified", "button[type=submit][name=method][value=password]", 1),
    ("login/unified", "button[type=submit][name=method][value=code]", 1),
    ("login/aal2_totp", "button[type=submit][name=method][value=totp]", 1),
    ("login/aal2_lookup", "button[type=submit][name=method][value=lookup_secret]", 1),
    ("settings/everything", "button[type=submit][name=method][value=profile]", 1),
    ("recovery/link_email", "button[type=submit][name=method][value=link]", 1),
    ("login/aal2_code_choice", "button[name=address]", 2),
    ("login/unified", "button[name=provider][value=demo-id]", 1),
    ("registration/unified", "button[name=provider]", 1),
    ("settings/nothing_enrolled", "button[name=link][value]", 1),
    ("settings/lookup_shown_with_used", "button[name=unlink][value]", 1),
    ("registration/credentials", "button[name=screen][value=previous]", 1),
    ("registration/code_sent", "button[name=screen][value=credential-selection]", 1),
    ("login/code_sent", "button[name=resend][value=code]", 1),
    ("login/unified", "button[name=passkey_login_trigger]", 1),
    ("registration/unified_passkey", "button[name=passkey_register_trigger]", 1),
    ("settings/everything", "button[name=passkey_register_trigger]", 1),
    ("login/aal2_webauthn", "button[name=webauthn_login_trigger]", 1),
    ("settings/nothing_enrolled", "button[name=webauthn_register_trigger]", 1),
    ("settings/nothing_enrolled", "input[name=webauthn_register_displayname]", 1),
    ("settings/lookup_shown_with_used", "button[name=webauthn_remove]", 1),
    ("settings/lookup_shown_with_used", "button[name=passkey_remove]", 1),
    ("login/unified", "input[name=passkey_login][data-onload]", 1),
    ("login/aal2_webauthn", "script[data-testid='node/script/webauthn_script']", 1),
    ("settings/nothing_enrolled", "[data-testid='node/text/totp_secret_key/text'] code", 1),
    ("settings/nothing_enrolled", "[data-testid='node/text/totp_secret_key/label']", 1),
    ("settings/nothing_enrolled", "img[data-testid='node/image/totp_qr']", 1),
    ("settings/lookup_revealed", "[data-testid='node/text/lookup_secret_codes/text'] code", 12),
    ("settings/lookup_revealed", "[data-testid='node/text/lookup_secret_codes/label']", 1),
    ("verification/passed_without_return_to", "a[data-testid='node/anchor/continue']", 1),
    ("login/unified", "form[data-testid='login-flow']", 1),
    ("login/unified", "form[data-testid='login-flow-oidc']", 1),
    ("registration/unified", "form[data-testid='registration-flow-oidc']", 1),
    ("registration/profile", "form[data-testid='registration-two-step']", 1),
    ("recovery/email", "form[data-testid='recovery-flow']", 1),
    ("verification/email", "form[data-testid='verification-flow']", 1),
    ("login/unified", "form[data-testid='passkey-flow']", 1),
    ("login/aal2_totp", "form[data-testid='totp-flow']", 1),
    ("login/aal2_webauthn", "form[data-testid='webauthn-flow']", 1),
    ("login/aal2_lookup", "form[data-testid='lookup-secret-flow']", 1),
    ("settings/everything", "form[data-testid='password-settings-card']", 1),
    ("registration/unified", "input[name='traits.email']", 1),
    ("registration/profile", "input[name='traits.email']", 1),
    ("login/identifier_first", "input[name=identifier]", 1),
    ("login/code_only", "input[name=identifier]", 1),
    ("login/refresh_code", "input[name=identifier]:not([type=hidden]):not([disabled])", 1),
    ("login/unified", "a[data-testid='signup-link']", 1),
    ("login/unified", "a[data-testid='forgot-password-link']", 1),
    ("registration/unified", "a[data-testid='cta-link']", 1),
    ("recovery/email", "a[data-testid='cta-link']", 1),
    ("login/aal2_totp", "[data-testid='logout-link']", 1),
    ("login/account_linking", "a[data-testid='cancel-link']", 1),
]


@each_case("name, selector, times", ROWS)
def test_what_suites_look_for_is_there(name, selector, times):
    assert len(PAGES[name].page.select(selector)) == times


@each_of(NAMES)
def test_every_button_is_a_button(name):
    """Suites look for `button[name=method][value=code]`."""
    assert not PAGES[name].page.select("input[type=submit], input[type=button]")


@each_of(NAMES)
def test_every_message_has_its_test_id_once(name):
    """Two that say the same of one field are one."""
    shown = PAGES[name]
    test_ids = [element["data-testid"] for element in shown.page.select("p[data-testid^='ui/message/']")]
    said = {(id(node), ours(message, node, shown.body)): message["id"] for message, node in shown.messages()}
    assert sorted(test_ids) == sorted(f"ui/message/{number}" for number in said.values())


@each_case(
    "name, message",
    [
        ("login/refresh_password", 1010003),
        ("login/aal2_totp", 1010004),
        ("registration/credentials", 1040009),
        ("verification/passed", 1080002),
        ("made/verification/sms_passed", 1080005),
    ],
)
def test_a_message_that_the_heading_says_lends_it_its_test_id(name, message):
    assert [heading["data-testid"] for heading in PAGES[name].page.find_all("h1")] == [f"ui/message/{message}"]
    assert len(PAGES[name].page.select(f"[data-testid='ui/message/{message}']")) == 1


@each_case("name", ["login/code_sent", "recovery/code_sent", "verification/code_sent", "registration/code_sent"])
def test_a_code_page_has_one_button_that_says_continue(name):
    """Playwright's getByText("Continue") takes any text with the word in it, and one match only."""
    [form] = [form for form in PAGES[name].forms() if form.find("input", {"name": "code"})]
    buttons = [button for button in form.find_all("button") if "continue" in words(button).lower()]
    assert [button["name"] for button in buttons] == ["method"]


def test_the_secret_is_one_that_authenticator_apps_take():
    [code] = PAGES["settings/nothing_enrolled"].page.select("[data-testid='node/text/totp_secret_key/text'] code")
    assert re.fullmatch("[A-Z2-7]{32}", words(code))


def test_the_label_of_a_box_is_its_next_sibling():
    """Suites press `[name='traits.tos'] + label`."""
    page = PAGES["registration/all_types"].page
    boxes = page.select("input[type=checkbox]")
    assert boxes
    assert {box.find_next_sibling().name for box in boxes} == {"label"}


@each_case("who", ["signed_in", "nobody"])
def test_welcome_is_a_page_with_and_without_a_session(client, upstream, who):
    getattr(upstream, who)()
    page = client.get("/welcome")
    assert page.status_code == 200
    assert parsed(page).find("main", {"data-testid": "app-express"})


def test_the_menu_of_who_is_signed_in_has_the_way_out(client, upstream):
    upstream.signed_in()
    assert parsed(client.get("/welcome")).select("[data-testid='logout'] a[href*='logout']")


def test_confirming_at_a_level_keeps_both(client, upstream):
    """`/login?refresh=true&aal=…`."""
    assert client.get("/login?refresh=true&aal=aal2").headers["Location"].endswith("?aal=aal2&refresh=true")


def test_kratos_script_comes_from_where_the_flow_says():
    """Not from a configured address: Ory's suites have a proxy in between."""
    [node] = [node for node in load("login/aal2_webauthn")["ui"]["nodes"] if node["type"] == "script"]
    [script] = PAGES["login/aal2_webauthn"].page.select("script[id=webauthn_script]")
    assert (script["src"], script["integrity"]) == (node["attributes"]["src"], node["attributes"]["integrity"])
