"""Login flows begun and read: what the stand-in and the real Kratos show and refuse alike."""

import hashlib
from datetime import datetime
from urllib.parse import urlencode

import pytest

from tests.contract.kratos_pages import BACK, BEGIN, HOME, error_of, flow_of
from tests.contract.kratos_people import Person
from tests.stack.browser import HTML, JSON, Browser, csrf_token
from tests.stack.kratos import Kratos


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
    assert visitor.http.get(url, headers=JSON, timeout=60).json()["request_url"] == url


def test_a_flow_without_return_to_says_nothing_of_it(visitor: Browser) -> None:
    assert "return_to" not in visitor.login()


def test_a_very_long_return_to_is_kept(visitor: Browser) -> None:
    long = f"{HOME}login?login_challenge={'c' * 6000}"
    assert visitor.login(return_to=long)["return_to"] == long


def test_a_flow_lives_as_long_as_configured(visitor: Browser) -> None:
    flow = visitor.login()
    begun, end = (datetime.fromisoformat(flow[key]) for key in ("issued_at", "expires_at"))
    assert (end - begun).total_seconds() == 10


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
