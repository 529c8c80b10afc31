"""prompt, max_age and id_token_hint: what Hydra decides by itself, before and after the login page."""

import pytest

from tests.contract.hydra_stacks import Browser, Hydra, query
from tests.stack.clock import later


def test_prompt_login_ignores_the_session_and_starts_a_new_one(browser: Browser, hydra: Hydra, subject: str) -> None:
    browser.sign_in(subject)
    old = hydra.ask("login", browser.login_challenge())["session_id"]
    request = hydra.ask("login", browser.login_challenge(prompt="login"))
    assert (request["skip"], request["subject"]) == (False, "")
    assert request["session_id"] != old


def test_max_age_is_held_against_the_time_of_the_accept(browser: Browser, hydra: Hydra, subject: str) -> None:
    browser.sign_in(subject)
    ages = ("0", "1", "-5", "1000")
    with later(hydra.admin, 1.1):
        skips = {age: hydra.ask("login", browser.login_challenge(max_age=age))["skip"] for age in ages}
        assert skips == {"0": False, "1": False, "-5": True, "1000": True}
        assert query(browser.authorize(max_age="1", prompt="none"))["error"] == "login_required"


@pytest.mark.parametrize("max_age", ["abc", "1.5"])
def test_an_unreadable_max_age_matters_only_to_somebody_with_a_session(
    browser: Browser, subject: str, max_age: str
) -> None:
    assert "login_challenge" in query(browser.authorize(max_age=max_age))
    browser.sign_in(subject)
    assert query(browser.authorize(max_age=max_age))["error"] == "error"


def test_accepting_without_skip_makes_the_login_as_new_as_max_age_wants(browser: Browser, subject: str) -> None:
    browser.sign_in(subject)
    with later(browser.hydra.admin, 1.1):
        claims = browser.hydra.userinfo(browser.tokens(subject, max_age="0")["access_token"]).json()
    assert claims["auth_time"] >= claims["rat"]


def test_prompt_registration_goes_to_the_registration_page(browser: Browser) -> None:
    location = browser.authorize(prompt="registration").headers["Location"]
    assert location.startswith("http://localhost:3000/registration?login_challenge=")


@pytest.mark.parametrize("prompt", ["select_account", "create", "login select_account"])
def test_an_unknown_prompt_is_refused_only_after_the_login(browser: Browser, subject: str, prompt: str) -> None:
    answer = browser.log_in(browser.login_challenge(prompt=prompt), subject=subject)
    assert query(answer)["error"] == "invalid_request"
    assert f"Used unknown value '[{prompt}]' for prompt parameter" in query(answer)["error_description"]


def test_prompt_none_with_another_value_is_refused_after_the_login(browser: Browser, subject: str) -> None:
    browser.sign_in(subject, consent={"remember": True})
    answer = browser.log_in(browser.login_challenge(prompt="none consent"))
    assert query(answer)["error"] == "invalid_request"


def test_prompt_none_succeeds_for_a_remembered_login_and_consent(browser: Browser, subject: str) -> None:
    browser.sign_in(subject, consent={"remember": True})
    assert "code" in browser.sign_in(subject, prompt="none")


def test_prompt_none_without_remembered_consent_is_consent_required(browser: Browser, subject: str) -> None:
    browser.sign_in(subject)
    answer = browser.log_in(browser.login_challenge(prompt="none"))
    assert query(answer)["error"] == "consent_required"


def test_a_hint_of_the_signed_in_person_is_told_and_skipped(browser: Browser, hydra: Hydra, subject: str) -> None:
    hint = browser.tokens(subject)["id_token"]
    request = hydra.ask("login", browser.login_challenge(id_token_hint=hint))
    assert request["skip"] is True
    assert request["oidc_context"]["id_token_hint_claims"]["sub"] == subject


def test_a_hint_of_another_person_is_login_required_at_once(browser: Browser, subject: str) -> None:
    hint = Browser(browser.hydra).tokens("another person")["id_token"]
    browser.sign_in(subject)
    assert query(browser.authorize(id_token_hint=hint))["error"] == "login_required"


def test_signing_in_as_another_than_the_hint_fails_and_ends_the_session(
    browser: Browser, hydra: Hydra, subject: str
) -> None:
    hint = browser.tokens(subject)["id_token"]
    answer = browser.log_in(browser.login_challenge(id_token_hint=hint, prompt="login"), subject="another person")
    assert query(answer)["error"] == "login_required"
    assert hydra.ask("login", browser.login_challenge())["skip"] is False
