"""Login requests: what the stand-in and the real Hydra tell, skip, accept and refuse alike."""

import pytest
import requests

from tests.contract.hydra_stacks import CALLBACK, Browser, Hydra, query


def test_a_new_browser_is_sent_to_the_login_page_with_a_long_opaque_challenge(browser: Browser) -> None:
    answer = browser.authorize()
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("http://localhost:3000/login?login_challenge=")
    assert 1080 <= len(query(answer)["login_challenge"]) <= 1400


def test_the_login_request_tells_what_was_asked(browser: Browser, hydra: Hydra) -> None:
    parameters = {"acr_values": "1 2", "ui_locales": "de en", "login_hint": "ada@example.org", "display": "page"}
    answer = browser.authorize(**parameters)
    request = hydra.ask("login", query(answer)["login_challenge"])
    assert request["oidc_context"] == parameters | {"acr_values": ["1", "2"], "ui_locales": ["de", "en"]}
    assert request["request_url"] == answer.request.url
    assert request["requested_scope"] == ["openid", "profile"]
    assert (request["skip"], request["subject"], request["client"]["client_id"]) == (False, "", "demo")
    assert "client_secret" not in request["client"]


def test_oidc_context_is_empty_when_nothing_was_asked(browser: Browser, hydra: Hydra) -> None:
    assert hydra.ask("login", browser.login_challenge())["oidc_context"] == {}


def test_a_posted_request_shows_the_bare_endpoint_as_request_url(hydra: Hydra) -> None:
    form = {"client_id": "demo", "response_type": "code", "redirect_uri": CALLBACK, "state": "state-12345678"}
    answer = requests.post(f"{hydra.public}/oauth2/auth", data=form, allow_redirects=False, timeout=60)
    request = hydra.ask("login", query(answer)["login_challenge"])
    assert request["request_url"] == f"{hydra.public}/oauth2/auth"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"client_id": "nobody"}, "invalid_client"),
        ({"client_id": None}, "invalid_client"),
        ({"redirect_uri": "http://evil.example/"}, "invalid_request"),
        ({"redirect_uri": CALLBACK + "/"}, "invalid_request"),
        ({"redirect_uri": "http://localhost:5556/demo/callback"}, "invalid_request"),
        ({"redirect_uri": None}, "invalid_request"),
        ({"response_mode": "unheard-of"}, "unsupported_response_mode"),
    ],
)
def test_an_error_that_cannot_be_told_to_the_application_goes_to_the_error_page(
    browser: Browser, changes: dict[str, str | None], error: str
) -> None:
    answer = browser.authorize(**changes)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("http://localhost:3000/error?")
    assert query(answer)["error"] == error
    assert query(answer)["error_description"]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"state": "short"}, "invalid_state"),
        ({"state": None}, "invalid_state"),
        ({"scope": "openid admin"}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": None}, "unsupported_response_type"),
        ({"audience": "unknown"}, "invalid_request"),
        ({"registration": "{}"}, "registration_not_supported"),
        ({"id_token_hint": "garbage"}, "invalid_request"),
        ({"prompt": "none"}, "login_required"),
        ({"prompt": "none login"}, "login_required"),
        ({"login_verifier": "garbage"}, "access_denied"),
        ({"consent_verifier": "garbage"}, "access_denied"),
    ],
)
def test_any_other_error_goes_to_the_application_with_its_state(
    browser: Browser, changes: dict[str, str | None], error: str
) -> None:
    answer = browser.authorize(**changes)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(f"{CALLBACK}?")
    parameters = query(answer)
    assert (parameters["error"], parameters["state"]) == (error, changes.get("state", "state-12345678") or "")


def test_a_loopback_address_may_come_with_any_port_but_localhost_may_not(browser: Browser, hydra: Hydra) -> None:
    """RFC 8252 section 7.3 speaks of the addresses, not of the name."""
    uris = ["http://127.0.0.1/callback", CALLBACK]
    client_id = hydra.create_client(redirect_uris=uris, post_logout_redirect_uris=[])["client_id"]
    answer = browser.authorize(client_id=client_id, redirect_uri="http://127.0.0.1:49152/callback")
    assert "login_challenge" in query(answer)
    answer = browser.authorize(client_id=client_id, redirect_uri="http://localhost:49152/demo/callback")
    assert query(answer)["error"] == "invalid_request"


def test_a_remembered_login_is_skipped_next_time(browser: Browser, hydra: Hydra, subject: str) -> None:
    browser.sign_in(subject)
    request = hydra.ask("login", browser.login_challenge())
    assert (request["skip"], request["subject"]) == (True, subject)
    again = hydra.ask("login", browser.login_challenge(prompt="consent"))
    assert again["session_id"] == request["session_id"]


def test_a_login_that_is_not_remembered_ends_the_session_that_was(browser: Browser, hydra: Hydra, subject: str) -> None:
    browser.sign_in(subject)
    browser.sign_in(subject, login={"remember": False}, prompt="login")
    assert hydra.ask("login", browser.login_challenge())["skip"] is False


@pytest.mark.parametrize(("remember_for", "max_age"), [(100, "100"), (0, "2592000")])
def test_the_session_cookie_lives_for_remember_for_or_thirty_days(
    browser: Browser, subject: str, remember_for: int, max_age: str
) -> None:
    answer = browser.log_in(browser.login_challenge(), subject=subject, remember_for=remember_for)
    cookie = next(
        header for header in answer.raw.headers.getlist("Set-Cookie") if header.startswith("ory_hydra_session_dev=")
    )
    assert f"Max-Age={max_age}" in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_a_skipped_login_renews_the_cookie_only_when_told_so(browser: Browser, subject: str) -> None:
    browser.sign_in(subject)
    answer = browser.log_in(browser.login_challenge(), remember_for=50)
    assert "ory_hydra_session_dev=" not in answer.headers["Set-Cookie"]
    answer = browser.log_in(browser.login_challenge(), remember_for=50, extend_session_lifespan=True)
    assert "ory_hydra_session_dev=" in answer.headers["Set-Cookie"]


def test_accepting_another_subject_than_the_remembered_one_leads_to_prompt_login(
    browser: Browser, hydra: Hydra, subject: str
) -> None:
    browser.sign_in(subject)
    next_url = hydra.decide("login", "accept", browser.login_challenge(prompt="consent"), subject="another person")
    assert next_url.startswith(f"{hydra.public}/oauth2/auth?")
    assert query(next_url)["prompt"] == "login"
    assert "login_verifier" not in query(next_url)


def test_accepting_a_login_twice_is_allowed_but_only_one_consent_survives(
    browser: Browser, hydra: Hydra, subject: str
) -> None:
    challenge = browser.login_challenge()
    first = query(browser.log_in(challenge, subject=subject))["consent_challenge"]
    logins = [hydra.ask("consent", first)["login_challenge"]]  # its id, by which Portico knows the second for answered
    assert "code" in query(browser.consent(first))
    second = query(browser.log_in(challenge, subject=subject))["consent_challenge"]
    assert [hydra.ask("consent", second)["login_challenge"]] == logins
    other = query(browser.log_in(browser.login_challenge(), subject=subject))["consent_challenge"]
    assert hydra.ask("consent", other)["login_challenge"] not in logins
    parameters = query(browser.consent(second))
    assert parameters["error"] == "access_denied"
    assert "verifier has already been used" in parameters["error_description"]


def test_a_browser_without_the_login_cookie_is_forbidden(browser: Browser, hydra: Hydra, subject: str) -> None:
    answer = Browser(hydra).log_in(browser.login_challenge(), subject=subject)
    assert query(answer)["error"] == "request_forbidden"
    assert "No CSRF value available" in query(answer)["error_description"]


def test_the_older_of_two_tabs_of_one_client_is_forbidden(browser: Browser, subject: str) -> None:
    older, newer = browser.login_challenge(), browser.login_challenge()
    assert query(browser.log_in(older, subject=subject))["error"] == "request_forbidden"
    assert "consent_challenge" in query(browser.log_in(newer, subject=subject))


def test_two_applications_in_two_tabs_do_not_disturb_each_other(browser: Browser, hydra: Hydra, subject: str) -> None:
    other = hydra.create_client()["client_id"]
    first, second = browser.login_challenge(), browser.login_challenge(client_id=other)
    for challenge in (first, second):
        assert "consent_challenge" in query(browser.log_in(challenge, subject=subject))


def test_cookies_are_named_as_hydra_names_them(browser: Browser, subject: str) -> None:
    browser.sign_in(subject)
    names = {cookie.name.rstrip("0123456789") for cookie in browser.session.cookies}
    assert names == {"ory_hydra_session_dev", "ory_hydra_login_csrf_dev_", "ory_hydra_consent_csrf_dev_"}


@pytest.mark.parametrize(
    ("body", "error", "description"),
    [
        ({}, "login request denied", ""),
        ({"error": "access_denied", "error_description": "No.", "error_hint": "Ask."}, "access_denied", "No. Ask."),
    ],
)
def test_a_rejected_login_is_told_to_the_application(
    browser: Browser, hydra: Hydra, body: dict[str, object], error: str, description: str
) -> None:
    answer = browser.open(hydra.decide("login", "reject", browser.login_challenge(), **body))
    params = query(answer)
    assert (params["error"], params["error_description"], params["state"]) == (error, description, "state-12345678")
