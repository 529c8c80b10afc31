"""Login flows: what the stand-in and the real Kratos show, accept and refuse alike."""

import hashlib
import json
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import pytest
import requests

from kratos.sandbox.browser import HTML, JSON, Browser, attribute, code_for, csrf_token
from kratos.sandbox.servers import Kratos
from tests.contract.kratos_people import Mailbox, Person

pytest_plugins = ["tests.contract.kratos_fixtures"]
pytestmark = pytest.mark.stack

BEGIN = "/self-service/login/browser"
HOME = "http://localhost:3000/"
BACK = "http://localhost:3000/login?login_challenge=a%2Fb+c&n=1"


def flow_of(answer: requests.Response) -> str:
    """Give the id of the flow a browser is sent to the login page with."""
    assert answer.status_code == 303, answer.text
    page, _, flow_id = answer.headers["Location"].partition("?flow=")
    assert page == "http://localhost:3000/login"
    return flow_id


def told(browser: Browser, answer: requests.Response) -> list[int]:
    """Give the ids of the messages on the page a browser is sent to, the flow's own first, then its nodes'."""
    ui = browser.read(flow_of(answer)).json()["ui"]
    return [it["id"] for it in [*ui.get("messages", []), *(it for node in ui["nodes"] for it in node["messages"])]]


def error_of(browser: Browser, answer: requests.Response) -> dict[str, Any]:
    """Give the error behind the error page a browser is sent to."""
    assert answer.status_code == 303, answer.text
    page, _, error_id = answer.headers["Location"].partition("?id=")
    assert page == "http://localhost:3000/error"
    body = browser.get("/self-service/errors", id=error_id).json()
    assert body["id"] == error_id
    error: dict[str, Any] = body["error"]
    return error


# Beginning a flow


def test_a_browser_is_sent_to_the_login_page_and_a_script_gets_the_flow(visitor: Browser) -> None:
    assert visitor.read(flow_of(visitor.get(BEGIN, HTML))).json()["state"] == "choose_method"
    assert visitor.get(BEGIN, JSON).json()["type"] == "browser"


@pytest.mark.parametrize("accept", ["*/*", "application/json, text/html", "application/json;q=0.1,text/html"])
def test_only_a_request_that_prefers_json_is_a_script(accept: str, visitor: Browser) -> None:
    """requests' own `*/*` counts as a browser: a client has to ask for JSON (contract C1)."""
    assert visitor.get(BEGIN, {"Accept": accept}).status_code == 303


def test_the_csrf_cookie_is_named_after_the_base_url(kratos: Kratos, visitor: Browser) -> None:
    cookie = visitor.get(BEGIN).headers["Set-Cookie"]
    digest = hashlib.sha256(f"{kratos.public_url}/".encode()).hexdigest()
    assert cookie.startswith(f"csrf_token_{digest}=")
    assert cookie.endswith("; Path=/") or "; Path=/;" in cookie
    assert {"HttpOnly", "SameSite=Lax", "Max-Age=31536000"} < set(cookie.split("; "))


def test_a_csrf_cookie_once_set_is_kept(visitor: Browser) -> None:
    visitor.login()
    assert "Set-Cookie" not in visitor.get(BEGIN).headers


def test_two_pages_of_one_browser_carry_differently_masked_tokens(visitor: Browser) -> None:
    first, second = csrf_token(visitor.login()), csrf_token(visitor.login())
    assert first != second
    assert len(first) == len(second) == 88


def test_a_flow_keeps_return_to_and_the_url_it_was_begun_with(kratos: Kratos, visitor: Browser) -> None:
    flow = visitor.login(return_to=BACK, via="email")
    assert flow["return_to"] == BACK
    assert flow["request_url"] == f"{kratos.public_url}{BEGIN}?{urlencode({'return_to': BACK, 'via': 'email'})}"


def test_the_request_url_is_kept_letter_by_letter(kratos: Kratos, visitor: Browser) -> None:
    """Kratos unescapes nothing in it: Portico reads return_to out of it when a flow was replaced."""
    url = f"{kratos.public_url}{BEGIN}?return_to=http://localhost:3000/%3Fa=%C3%A4&refresh=junk"
    assert visitor.http.get(url, headers=JSON, timeout=10).json()["request_url"] == url


def test_a_flow_without_return_to_says_nothing_of_it(visitor: Browser) -> None:
    assert "return_to" not in visitor.login()


def test_a_very_long_return_to_is_kept(visitor: Browser) -> None:
    long = f"{HOME}login?login_challenge={'c' * 6000}"
    assert visitor.login(return_to=long)["return_to"] == long


def test_a_flow_lives_as_long_as_configured(visitor: Browser) -> None:
    flow = visitor.login()
    begun, end = (datetime.fromisoformat(flow[key]) for key in ("issued_at", "expires_at"))
    assert (end - begun).total_seconds() == 5


def test_organization_is_kept(visitor: Browser) -> None:
    organization = "6a1c2f3e-0000-4000-8000-000000000000"
    assert visitor.login(organization=organization)["organization_id"] == organization
    assert visitor.login()["organization_id"] is None


@pytest.mark.parametrize("refresh", ["true", "junk"])
def test_refresh_without_a_session_is_an_ordinary_login(refresh: str, visitor: Browser) -> None:
    assert visitor.login(refresh=refresh)["refresh"] is False


@pytest.mark.parametrize(
    ("query", "status", "error_id"),
    [
        ({"aal": "aal2"}, 401, "session_aal1_required"),
        ({"aal": "aal9"}, 400, None),
        ({"return_to": "http://evil.example/"}, 400, "self_service_flow_return_to_forbidden"),
        ({"return_to": "http://localhost:3001/"}, 400, "self_service_flow_return_to_forbidden"),
        ({"return_to": "//evil.example/"}, 400, "self_service_flow_return_to_forbidden"),
        ({"return_to": "http://localhost.evil.example:3000/"}, 400, "self_service_flow_return_to_forbidden"),
        ({"login_challenge": "any"}, 500, "invalid_configuration"),
        ({"login_challenge": ""}, 500, "invalid_configuration"),
    ],
)
def test_a_bad_parameter_is_an_error_as_json_and_as_a_page(
    query: dict[str, str], status: int, error_id: str | None, visitor: Browser
) -> None:
    answer = visitor.get(BEGIN, JSON, **query)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error.get("id")) == (status, status, error_id)
    assert answer.headers["Ory-Error-Id"] == (error_id or "")
    assert error_of(visitor, visitor.get(BEGIN, HTML, **query)) == error


def test_kratos_own_self_service_pages_may_be_returned_to(kratos: Kratos, visitor: Browser) -> None:
    settings = f"{kratos.public_url}/self-service/settings"
    assert visitor.login(return_to=settings)["return_to"] == settings


def test_a_relative_return_to_is_completed_by_the_default_one(visitor: Browser, person: Person) -> None:
    flow = visitor.login(return_to="/foo")
    assert flow["return_to"] == "/foo"
    assert visitor.post(flow, **person.by_password).headers["Location"] == "http://localhost:3000/foo"


def test_with_a_session_a_browser_goes_straight_back(signed_in: Browser) -> None:
    assert signed_in.get(BEGIN, HTML).headers["Location"] == HOME
    assert signed_in.get(BEGIN, HTML, return_to=BACK).headers["Location"] == BACK


def test_with_a_session_a_script_is_told_so(signed_in: Browser) -> None:
    for query in ({}, {"aal": "aal1"}):
        assert signed_in.get(BEGIN, JSON, **query).json()["error"]["id"] == "session_already_available"


def test_with_a_session_return_to_is_checked_all_the_same(signed_in: Browser) -> None:
    error = error_of(signed_in, signed_in.get(BEGIN, HTML, return_to="http://evil.example/"))
    assert error["id"] == "self_service_flow_return_to_forbidden"


# Reading a flow


def test_a_flow_is_shown_to_its_own_browser_only(kratos: Kratos, visitor: Browser) -> None:
    flow = visitor.login()
    stranger = Browser(kratos.public_url)
    stranger.login()
    for browser in (stranger, Browser(kratos.public_url)):
        answer = browser.read(flow["id"])
        assert (answer.status_code, answer.json()["error"]["id"]) == (403, "security_csrf_violation")
    assert visitor.read(flow["id"]).status_code == 200


@pytest.mark.parametrize("flow_id", ["00000000-0000-4000-8000-000000000000", "garbage", ""])
def test_an_unknown_flow_is_404_without_an_error_id(flow_id: str, visitor: Browser) -> None:
    answer = visitor.get("/self-service/login/flows", HTML, id=flow_id)
    assert (answer.status_code, answer.headers["Ory-Error-Id"]) == (404, "")


# Password


def test_the_right_password_gives_a_session_and_goes_back(visitor: Browser, person: Person) -> None:
    answer = visitor.post(visitor.login(return_to=BACK), **person.by_password)
    assert (answer.status_code, answer.headers["Location"]) == (303, BACK)
    cookie = next(it for it in answer.raw.headers.getlist("Set-Cookie") if it.startswith("ory_kratos_session="))
    assert {"Path=/", "HttpOnly", "SameSite=Lax"} < set(cookie.split("; "))
    assert visitor.whoami().json()["identity"]["id"] == person.id


def test_without_return_to_it_goes_to_the_default_page(visitor: Browser, person: Person) -> None:
    assert visitor.post(visitor.login(), **person.by_password).headers["Location"] == HOME


def test_a_script_gets_the_session_and_where_to_go(visitor: Browser, person: Person) -> None:
    flow = visitor.login(return_to=BACK)
    body = {"csrf_token": csrf_token(flow), **person.by_password}
    answer = visitor.http.post(flow["ui"]["action"], json=body, headers=JSON, timeout=10)
    assert answer.status_code == 200
    assert answer.json()["session"] == visitor.whoami().json()
    assert answer.json()["continue_with"] == [{"action": "redirect_browser_to", "redirect_browser_to": BACK}]


def test_capital_letters_of_an_identifier_do_not_matter(visitor: Browser, person: Person) -> None:
    visitor.post(visitor.login(), **person.by_password | {"identifier": person.email.upper()})
    assert visitor.whoami().status_code == 200


def test_a_wrong_password_and_an_unknown_person_are_told_alike(visitor: Browser, person: Person) -> None:
    for wrong in ({"password": "wrong"}, {"identifier": "nobody@example.org"}):
        flow = visitor.login()
        assert told(visitor, visitor.post(flow, **person.by_password | wrong)) == [4000006]
        assert visitor.whoami().status_code == 401


def test_what_was_entered_as_identifier_stays_and_the_password_does_not(visitor: Browser, person: Person) -> None:
    flow = visitor.login()
    visitor.post(flow, **person.by_password | {"password": "wrong"})
    shown = visitor.read(flow["id"]).json()
    assert attribute(shown, "identifier") == person.email
    assert attribute(shown, "password") is None


@pytest.mark.parametrize("empty", [["identifier"], ["password"], ["identifier", "password"]])
def test_every_empty_field_is_named(empty: list[str], visitor: Browser, person: Person) -> None:
    answer = visitor.post(visitor.login(), **person.by_password | dict.fromkeys(empty, ""))
    assert told(visitor, answer) == [4000002] * len(empty)


@pytest.mark.parametrize("method", ["", "totp", "nonsense"])
def test_a_post_without_a_method_it_knows_is_told_so(method: str, visitor: Browser, person: Person) -> None:
    assert told(visitor, visitor.post(visitor.login(), **person.by_password | {"method": method})) == [4010002]


def test_after_a_mistake_the_same_flow_goes_on(visitor: Browser, person: Person) -> None:
    flow = visitor.login(return_to=BACK)
    assert flow_of(visitor.post(flow, **person.by_password | {"password": "wrong"})) == flow["id"]
    again = visitor.read(flow["id"]).json()
    assert visitor.post(again, **person.by_password).headers["Location"] == BACK


def test_a_form_posted_twice_ends_at_the_default_page(visitor: Browser, person: Person) -> None:
    flow = visitor.login(return_to=BACK)
    visitor.post(flow, **person.by_password)
    assert visitor.post(flow, **person.by_password).headers["Location"] == HOME


def test_a_page_opened_before_signing_in_is_dead_after_it(visitor: Browser, person: Person) -> None:
    """Kratos renews the CSRF token at sign-in."""
    flow = visitor.login()
    visitor.post(visitor.login(), **person.by_password)
    assert visitor.read(flow["id"]).json()["error"]["id"] == "security_csrf_violation"


# CSRF


def test_a_forged_token_is_an_error_page_and_signs_nobody_in(visitor: Browser, person: Person) -> None:
    answer = visitor.post(visitor.login(), **person.by_password, csrf_token="forged")
    error = error_of(visitor, answer)
    assert (error["id"], error["code"]) == ("security_csrf_violation", 403)
    assert "do not match" in error["details"]["reject_reason"]
    assert visitor.whoami().status_code == 401


def test_a_post_without_cookies_is_an_error_page(kratos: Kratos, visitor: Browser, person: Person) -> None:
    stranger = Browser(kratos.public_url)
    error = error_of(visitor, stranger.post(visitor.login(), **person.by_password))
    assert error["details"]["reject_reason"] == "The HTTP Cookie Header is empty or not set."


def test_another_browsers_token_does_not_count(kratos: Kratos, visitor: Browser, person: Person) -> None:
    stranger = Browser(kratos.public_url)
    token = csrf_token(stranger.login())
    error = error_of(visitor, visitor.post(visitor.login(), **person.by_password, csrf_token=token))
    assert error["id"] == "security_csrf_violation"


@pytest.mark.parametrize(("query", "status"), [("", 400), ("?flow=00000000-0000-4000-8000-000000000000", 404)])
def test_a_post_to_no_flow_is_an_error(query: str, status: int, kratos: Kratos, visitor: Browser) -> None:
    url = f"{kratos.public_url}/self-service/login{query}"
    assert visitor.http.post(url, headers=JSON, timeout=10).status_code == status
    page = visitor.http.post(url, headers=HTML, allow_redirects=False, timeout=10)
    assert error_of(visitor, page)["code"] == status


# One-time code


def test_a_code_is_six_digits_by_mail_and_signs_in(kratos: Kratos, visitor: Browser, person: Person) -> None:
    flow = visitor.login(return_to=BACK)
    assert told(visitor, visitor.post(flow, **person.by_code, password="")) == [1010014]
    assert visitor.read(flow["id"]).json()["state"] == "sent_email"
    code = code_for(kratos.admin_url, person.email)
    answer = visitor.post(flow, **person.by_code, code=code)
    assert answer.headers["Location"] == BACK
    assert [it["method"] for it in visitor.whoami().json()["authentication_methods"]] == ["code"]


def test_the_code_screen_keeps_the_identifier_hidden_and_in_small_letters(visitor: Browser, person: Person) -> None:
    flow = visitor.login()
    visitor.post(flow, method="code", identifier=person.email.upper())
    shown = visitor.read(flow["id"]).json()
    assert (attribute(shown, "identifier"), attribute(shown, "identifier", "type")) == (person.email, "hidden")


def test_a_code_confirms_the_address(kratos: Kratos, visitor: Browser, person: Person) -> None:
    flow = visitor.login()
    visitor.post(flow, **person.by_code)
    visitor.post(flow, **person.by_code, code=code_for(kratos.admin_url, person.email))
    address = visitor.whoami().json()["identity"]["verifiable_addresses"][0]
    assert (address["verified"], address["status"], "verified_at" in address) == (True, "completed", True)


def test_no_code_goes_to_somebody_unknown(visitor: Browser) -> None:
    answer = visitor.post(visitor.login(), method="code", identifier="nobody@example.org")
    assert told(visitor, answer) == [4000035]


@pytest.mark.parametrize(("code", "message"), [("", 4000002), ("wrong", 4010008)])
def test_a_missing_or_wrong_code_is_told(code: str, message: int, visitor: Browser, person: Person) -> None:
    flow = visitor.login()
    visitor.post(flow, **person.by_code)
    assert told(visitor, visitor.post(flow, **person.by_code, code=code)) == [message]
    assert visitor.whoami().status_code == 401


def test_another_code_ends_the_one_before(kratos: Kratos, visitor: Browser, person: Person) -> None:
    flow = visitor.login()
    visitor.post(flow, **person.by_code)
    first = code_for(kratos.admin_url, person.email)
    assert told(visitor, visitor.post(flow, **person.by_code, resend="code")) == [1010014]
    second = code_for(kratos.admin_url, person.email)
    assert told(visitor, visitor.post(flow, **person.by_code, code=first)) == [4010008]
    assert visitor.post(flow, **person.by_code, code=second).headers["Location"] == HOME


def test_five_wrong_codes_end_the_flows_codes_for_good(kratos: Kratos, visitor: Browser, person: Person) -> None:
    flow = visitor.login()
    visitor.post(flow, **person.by_code)
    for _ in range(5):
        assert told(visitor, visitor.post(flow, **person.by_code, code="wrong")) == [4010008]
    assert told(visitor, visitor.post(flow, **person.by_code, code="wrong")) == [4000001]
    visitor.post(flow, **person.by_code, resend="code")
    fresh = code_for(kratos.admin_url, person.email)
    assert told(visitor, visitor.post(flow, **person.by_code, code=fresh)) == [4000001]


def test_a_code_belongs_to_its_flow(kratos: Kratos, visitor: Browser, person: Person) -> None:
    first, second = visitor.login(), visitor.login()
    visitor.post(first, **person.by_code)
    code = code_for(kratos.admin_url, person.email)
    visitor.post(second, **person.by_code)
    assert told(visitor, visitor.post(second, **person.by_code, code=code)) == [4010008]


def test_a_code_belongs_to_its_person(
    kratos: Kratos, visitor: Browser, person: Person, new_person: Callable[..., Person]
) -> None:
    flow = visitor.login()
    visitor.post(flow, **person.by_code)
    code = code_for(kratos.admin_url, person.email)
    assert told(visitor, visitor.post(flow, **new_person().by_code, code=code)) == [4010008]


def test_a_code_serves_once(kratos: Kratos, signed_in: Browser, person: Person) -> None:
    """Tried on a refresh: elsewhere the second post meets the session, and not the code."""
    flow = signed_in.login(refresh="true")
    signed_in.post(flow, **person.by_code)
    code = code_for(kratos.admin_url, person.email)
    assert signed_in.post(flow, **person.by_code, code=code).headers["Location"] == HOME
    assert told(signed_in, signed_in.post(flow, **person.by_code, code=code)) == [4010002]


def test_the_right_password_still_serves_after_a_code_was_sent(visitor: Browser, person: Person) -> None:
    flow = visitor.login()
    visitor.post(flow, **person.by_code)
    assert visitor.post(flow, **person.by_password).headers["Location"] == HOME


def test_the_courier_posts_each_code_to_the_mailbox(
    kratos: Kratos, mailbox: Mailbox, visitor: Browser, person: Person
) -> None:
    """The fields are those of kratos/courier.jsonnet."""
    visitor.post(visitor.login(), **person.by_code)
    code = code_for(kratos.admin_url, person.email)
    deadline = time.monotonic() + 5  # the real courier looks into its queue once a second
    while not (found := [it for it in mailbox.posts if person.email.encode() in it[1]]) and time.monotonic() < deadline:
        time.sleep(0.05)
    [(content_type, body)] = found
    mail = json.loads(body)
    assert content_type == "application/json"
    assert sorted(mail) == ["body", "recipient", "subject", "template_type"]
    assert (mail["recipient"], mail["template_type"]) == (person.email, "login_code_valid")
    assert (f"\n{code}\n" in mail["body"], mail["subject"]) == (True, f"Use code {code} to log in")


# Signing in again


def test_a_refresh_keeps_the_session_and_makes_it_younger(signed_in: Browser, person: Person) -> None:
    before = signed_in.whoami().json()
    flow = signed_in.login(refresh="true", return_to=BACK)
    assert (flow["refresh"], flow["ui"]["messages"][0]["id"]) == (True, 1010003)
    assert signed_in.post(flow, **person.by_password).headers["Location"] == BACK
    after = signed_in.whoami().json()
    assert after["id"] == before["id"]
    assert after["authenticated_at"] > before["authenticated_at"]
    assert after["expires_at"] > before["expires_at"]
    assert after["issued_at"] == before["issued_at"]


def test_a_refresh_appends_the_method(kratos: Kratos, signed_in: Browser, person: Person) -> None:
    flow = signed_in.login(refresh="true")
    signed_in.post(flow, **person.by_code)
    signed_in.post(flow, **person.by_code, code=code_for(kratos.admin_url, person.email))
    methods = signed_in.whoami().json()["authentication_methods"]
    assert [(it["method"], it["aal"]) for it in methods] == [("password", "aal1"), ("code", "aal1")]
    assert methods[0]["completed_at"] < methods[1]["completed_at"]


def test_a_wrong_password_in_a_refresh_changes_nothing(signed_in: Browser, person: Person) -> None:
    before = signed_in.whoami().json()
    flow = signed_in.login(refresh="true")
    assert told(signed_in, signed_in.post(flow, **person.by_password | {"password": "wrong"})) == [4000006]
    assert signed_in.whoami().json() == before


def test_another_person_in_a_refresh_gets_a_session_of_their_own(
    kratos: Kratos, signed_in: Browser, new_person: Callable[..., Person]
) -> None:
    """The first one stays alive: only this browser has left it."""
    before, old_cookie = signed_in.whoami().json(), signed_in.http.cookies["ory_kratos_session"]
    other = new_person()
    signed_in.post(signed_in.login(refresh="true"), **other.by_password)
    after = signed_in.whoami().json()
    assert (after["identity"]["id"], after["id"] != before["id"]) == (other.id, True)
    left = Browser(kratos.public_url).get("/sessions/whoami", JSON | {"Cookie": f"ory_kratos_session={old_cookie}"})
    assert left.json()["id"] == before["id"]


@pytest.mark.parametrize(("refresh", "messages"), [("false", [1010004]), ("true", [1010003, 1010004])])
def test_who_has_no_second_factor_gets_a_flow_with_nothing_but_the_token(
    refresh: str, messages: list[int], signed_in: Browser
) -> None:
    flow = signed_in.login(aal="aal2", refresh=refresh)
    assert [node["attributes"]["name"] for node in flow["ui"]["nodes"]] == ["csrf_token"]
    assert [it["id"] for it in flow["ui"]["messages"]] == messages


def test_a_password_is_no_second_factor(signed_in: Browser, person: Person) -> None:
    flow = signed_in.login(aal="aal2")
    assert told(signed_in, signed_in.post(flow, **person.by_password)) == [4010002]


def test_a_second_factor_without_a_session_is_an_error(kratos: Kratos, signed_in: Browser, person: Person) -> None:
    flow = signed_in.login(aal="aal2")
    del signed_in.http.cookies["ory_kratos_session"]
    assert error_of(signed_in, signed_in.post(flow, **person.by_password))["id"] == "session_aal1_required"


# Disabled persons and expired flows


@pytest.fixture
def disabled(kratos: Kratos, person: Person) -> Person:
    change = [{"op": "replace", "path": "/state", "value": "inactive"}]
    requests.patch(f"{kratos.admin_url}/admin/identities/{person.id}", json=change, timeout=10).raise_for_status()
    return person


def test_a_disabled_person_is_refused_after_the_right_password(visitor: Browser, disabled: Person) -> None:
    error = error_of(visitor, visitor.post(visitor.login(), **disabled.by_password))
    assert (error["code"], error["message"], error.get("id")) == (401, "identity is disabled", None)
    assert visitor.whoami().status_code == 401


def test_a_disabled_person_is_refused_after_the_right_code(kratos: Kratos, visitor: Browser, disabled: Person) -> None:
    flow = visitor.login()
    visitor.post(flow, **disabled.by_code)
    answer = visitor.post(flow, **disabled.by_code, code=code_for(kratos.admin_url, disabled.email))
    assert error_of(visitor, answer)["details"] == {"identity_id": disabled.id}


def test_what_becomes_of_an_expired_flow(signed_in: Browser, kratos: Kratos, person: Person) -> None:
    """One test, because it has to wait: reading is 410, a post begins a new flow that still knows the way back."""
    visitor = Browser(kratos.public_url)
    flow, refresh = visitor.login(return_to=BACK), signed_in.login(refresh="true", return_to=BACK)
    time.sleep(max(0.0, datetime.fromisoformat(refresh["expires_at"]).timestamp() - time.time()) + 0.1)

    gone = visitor.read(flow["id"])
    assert (gone.status_code, gone.json()["error"]["id"]) == (410, "self_service_flow_expired")
    restart = f"{kratos.public_url}{BEGIN}?{urlencode({'return_to': BACK})}"
    assert gone.json()["error"]["details"] == {"redirect_to": restart, "return_to": BACK}

    answer = visitor.post(flow, **person.by_password)
    assert told(visitor, answer) == [4010001]
    new = visitor.read(flow_of(answer)).json()
    assert (new["id"] != flow["id"], new["request_url"]) == (True, flow["request_url"])
    assert visitor.whoami().status_code == 401
    assert visitor.post(new, **person.by_password).headers["Location"] == BACK

    assert flow_of(signed_in.post(refresh, **person.by_password)) == refresh["id"]  # Kratos finds no way but this
    assert signed_in.read(refresh["id"]).status_code == 410
