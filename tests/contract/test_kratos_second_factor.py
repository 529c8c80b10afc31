"""Second factors: enrolled, demanded, used and done away with, alike on the stand-in and the real Kratos."""

from urllib.parse import urlencode

import pytest

from tests.contract.kratos_pages import BACK, BEGIN, HOME, flow_of, message_ids, messages, methods_of, names_of
from tests.contract.kratos_people import Person
from tests.contract.kratos_second_factors import Guarded, add_totp, guard
from tests.stack.browser import HTML, JSON, Browser, code_for
from tests.stack.kratos import Kratos


@pytest.fixture
def guarded(signed_in: Browser, person: Person) -> Guarded:
    return guard(signed_in, person)


@pytest.fixture
def weak(kratos: Kratos, guarded: Guarded) -> Browser:
    """Another browser, signed in with the password alone."""
    browser = Browser(kratos.public_url)
    browser.post(browser.login(), **guarded.person.by_password)
    return browser


def test_enrolling_raises_the_session_and_makes_it_no_younger(signed_in: Browser) -> None:
    before = signed_in.whoami().json()
    add_totp(signed_in)
    after = signed_in.whoami().json()
    assert (before["authenticator_assurance_level"], after["authenticator_assurance_level"]) == ("aal1", "aal2")
    assert (after["authenticated_at"], after["id"]) == (before["authenticated_at"], before["id"])
    assert methods_of(signed_in) == [("password", "aal1"), ("totp", "aal2")]


def test_each_factor_that_is_set_up_is_noted(guarded: Guarded) -> None:
    assert methods_of(guarded.browser) == [("password", "aal1"), ("totp", "aal2"), ("lookup_secret", "aal2")]


def test_settings_offer_to_end_what_is_set_up(guarded: Guarded) -> None:
    names = set(names_of(guarded.browser.begin("settings")))
    assert {"totp_unlink", "lookup_secret_reveal", "lookup_secret_disable"} < names
    assert not {"totp_code", "lookup_secret_regenerate"} & names


def test_after_the_password_the_browser_is_sent_to_the_second_factor(kratos: Kratos, guarded: Guarded) -> None:
    login = f"{kratos.public_url}{BEGIN}"
    for query, back in (({}, ""), ({"return_to": BACK}, "&" + urlencode({"return_to": BACK}))):
        browser = Browser(kratos.public_url)
        answer = browser.post(browser.login(**query), **guarded.person.by_password)
        assert answer.headers["Location"] == f"{login}?aal=aal2{back}"


def test_a_session_of_the_password_alone_is_403_and_tells_nothing_of_the_person(kratos: Kratos, weak: Browser) -> None:
    """It says where to go, without a way back: Portico adds one."""
    for path in ("/sessions/whoami", "/sessions"):
        answer = weak.get(path)
        assert (answer.status_code, answer.json()["error"]["id"]) == (403, "session_aal2_required")
        assert answer.json()["redirect_browser_to"] == f"{kratos.public_url}{BEGIN}?aal=aal2"
        assert "identity" not in answer.json()


@pytest.mark.parametrize("factor", ["totp", "lookup_secret"])
def test_either_factor_makes_the_session_strong_and_goes_back(factor: str, weak: Browser, guarded: Guarded) -> None:
    flow = weak.login(aal="aal2", return_to=BACK)
    assert (flow["requested_aal"], messages(flow), flow["refresh"]) == ("aal2", [1010004], False)
    fields = guarded.totp() if factor == "totp" else guarded.lookup_secret()
    assert weak.post(flow, **fields).headers["Location"] == BACK
    assert methods_of(weak) == [("password", "aal1"), (factor, "aal2")]
    session = weak.whoami().json()
    assert session["authenticator_assurance_level"] == "aal2"


def test_only_what_is_set_up_is_asked_for(kratos: Kratos, signed_in: Browser, person: Person) -> None:
    add_totp(signed_in)
    browser = Browser(kratos.public_url)
    browser.post(browser.login(), **person.by_password)
    assert names_of(browser.login(aal="aal2")) == ["csrf_token", "totp_code", "method"]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"method": "totp", "totp_code": ""}, 4000002),
        ({"method": "totp", "totp_code": "000000"}, 4000008),
        ({"method": "totp", "totp_code": "123"}, 4000003),
        ({"method": "lookup_secret", "lookup_secret": ""}, 4000002),
        ({"method": "lookup_secret", "lookup_secret": "wrong"}, 4000016),
    ],
)
def test_a_missing_or_wrong_secret_is_told(fields: dict[str, str], message: int, weak: Browser) -> None:
    assert message_ids(weak, weak.post(weak.login(aal="aal2"), **fields)) == [message]
    assert weak.whoami().status_code == 403


def test_what_is_not_set_up_does_not_serve(signed_in: Browser) -> None:
    for fields, message in (({"totp_code": "000000"}, 4000011), ({"lookup_secret": "any"}, 4000014)):
        method = {"totp_code": "totp"}.get(*fields, "lookup_secret")
        assert message_ids(signed_in, signed_in.post(signed_in.login(aal="aal2"), method=method, **fields)) == [message]


def test_a_lookup_secret_serves_once(weak: Browser, guarded: Guarded) -> None:
    spent = guarded.lookup_secret()
    weak.post(weak.login(aal="aal2"), **spent)
    assert message_ids(weak, weak.post(weak.login(aal="aal2", refresh="true"), **spent)) == [4000012]


def test_a_used_lookup_secret_is_shown_with_its_time(weak: Browser, guarded: Guarded) -> None:
    weak.post(weak.login(aal="aal2"), **guarded.lookup_secret())
    shown = weak.land(weak.post(weak.begin("settings"), lookup_secret_reveal="true"))
    [text] = [
        it["attributes"]["text"] for it in shown["ui"]["nodes"] if it["attributes"].get("id") == "lookup_secret_codes"
    ]
    assert [it["id"] for it in text["context"]["secrets"][:2]] == [1050014, 1050009]
    assert text["text"].startswith("used, ")
    assert sorted(text["context"]["secrets"][0]["context"]) == ["used_at", "used_at_unix"]


def test_a_strong_session_is_not_asked_again(guarded: Guarded) -> None:
    assert guarded.browser.get(BEGIN, HTML, aal="aal2", return_to=BACK).headers["Location"] == BACK
    assert guarded.browser.get(BEGIN, JSON, aal="aal2").json()["error"]["id"] == "session_already_available"


def test_a_password_refresh_keeps_the_session_strong(guarded: Guarded) -> None:
    browser = guarded.browser
    before = browser.whoami().json()
    assert browser.post(browser.login(refresh="true"), **guarded.person.by_password).headers["Location"] == HOME
    after = browser.whoami().json()
    assert (after["id"], after["authenticator_assurance_level"]) == (before["id"], "aal2")
    assert after["authenticated_at"] > before["authenticated_at"]


def test_the_second_factor_can_be_asked_for_again(guarded: Guarded) -> None:
    browser = guarded.browser
    flow = browser.login(aal="aal2", refresh="true", return_to=BACK)
    assert (flow["refresh"], flow["requested_aal"], messages(flow)) == (True, "aal2", [1010003])
    before = browser.whoami().json()["authenticated_at"]
    assert browser.post(flow, **guarded.totp()).headers["Location"] == BACK
    assert browser.whoami().json()["authenticated_at"] > before


def test_a_refresh_of_a_weak_session_goes_on_to_the_second_factor(
    kratos: Kratos, weak: Browser, guarded: Guarded
) -> None:
    answer = weak.post(weak.login(refresh="true", return_to=BACK), **guarded.person.by_password)
    assert answer.headers["Location"] == f"{kratos.public_url}{BEGIN}?{urlencode({'aal': 'aal2', 'return_to': BACK})}"


def test_a_weak_session_may_not_see_settings(kratos: Kratos, weak: Browser, guarded: Guarded) -> None:
    settings = f"{kratos.public_url}/self-service/settings/browser?" + urlencode({"return_to": BACK})
    page = weak.http.get(settings, headers=HTML, allow_redirects=False, timeout=60)
    assert page.headers["Location"] == f"{kratos.public_url}{BEGIN}?" + urlencode(
        {"aal": "aal2", "return_to": settings}
    )
    refused = weak.get("/self-service/settings/browser")
    assert (refused.status_code, refused.json()["error"]["id"]) == (403, "session_aal2_required")


def test_a_weak_session_may_not_use_a_settings_page_it_has_open(
    kratos: Kratos, weak: Browser, guarded: Guarded
) -> None:
    flow = guarded.browser.begin("settings")
    ui, action = f"http://localhost:3000/settings?flow={flow['id']}", flow["ui"]["action"]
    login = f"{kratos.public_url}{BEGIN}?"
    read = weak.read(flow["id"], "settings").json()
    assert read["redirect_browser_to"] == login + urlencode({"aal": "aal2", "return_to": ui})
    posted = weak.post(flow, method="password", password="another-password-1")
    assert posted.headers["Location"] == login + urlencode({"aal": "aal2", "return_to": action})


def test_recovery_ends_at_the_second_factor_and_then_at_the_new_password(
    kratos: Kratos, visitor: Browser, guarded: Guarded
) -> None:
    browser = Browser(kratos.public_url)
    flow = browser.begin("recovery", return_to=BACK)
    browser.post(flow, method="code", email=guarded.person.email)
    answer = browser.post(flow, method="code", code=code_for(kratos.admin_url, guarded.person.email))
    page, _, settings = answer.headers["Location"].partition("?flow=")
    assert (page, browser.whoami().status_code) == ("http://localhost:3000/settings", 403)
    assert browser.read(settings, "settings").json()["error"]["id"] == "session_aal2_required"
    browser.post(browser.login(aal="aal2"), **guarded.totp())
    shown = browser.read(settings, "settings").json()
    assert (shown["return_to"], messages(shown)) == (BACK, [1060001])


def test_without_its_factors_the_password_is_enough_again(kratos: Kratos, guarded: Guarded) -> None:
    browser = guarded.browser
    saved = browser.land(browser.post(browser.begin("settings"), totp_unlink="true"))
    browser.post(saved, lookup_secret_disable="true")
    again = Browser(kratos.public_url)
    again.post(again.login(), **guarded.person.by_password)
    assert again.whoami().status_code == 200


def test_a_flow_of_the_second_factor_is_a_login_flow(weak: Browser) -> None:
    page = weak.get(BEGIN, HTML, aal="aal2")
    assert weak.read(flow_of(page)).json()["requested_aal"] == "aal2"
