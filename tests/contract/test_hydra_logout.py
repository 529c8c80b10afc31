"""RP-initiated logout, back-channel logout and the end of the session at Kratos, on both servers."""

from urllib.parse import parse_qs
from uuid import uuid4

import pytest
import requests
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.contract.hydra_stacks import SIGNED_OUT, Browser, Hydra, query

SIGNED_OUT_PAGE = "http://localhost:3000/signed-out"


def logout_challenge(browser: Browser, **parameters: str) -> str:
    answer = browser.log_out(**parameters)
    assert answer.headers["Location"].startswith("http://localhost:3000/logout?logout_challenge=")
    return query(answer)["logout_challenge"]


def sid_of(browser: Browser) -> str:
    return str(browser.hydra.ask("login", browser.login_challenge())["session_id"])


def is_signed_in(browser: Browser) -> bool:
    return bool(browser.hydra.ask("login", browser.login_challenge())["skip"])


def test_an_application_asks_with_an_id_token_and_the_page_learns_who(
    browser: Browser, hydra: Hydra, subject: str
) -> None:
    hint = browser.tokens(subject)["id_token"]
    request = hydra.ask("logout", logout_challenge(browser, id_token_hint=hint))
    assert (request["subject"], request["sid"], request["rp_initiated"]) == (subject, sid_of(browser), True)
    assert request["request_url"].startswith("/oauth2/sessions/logout?id_token_hint=")
    assert request["client"]["client_id"] == "demo"
    assert (request["requested_at"], request["expires_at"]) == (None, None)


def test_without_a_hint_the_cookie_says_who(browser: Browser, hydra: Hydra, subject: str) -> None:
    browser.sign_in(subject)
    request = hydra.ask("logout", logout_challenge(browser))
    assert (request["subject"], request["rp_initiated"], request["client"]) == (subject, False, None)
    assert request["request_url"] == "/oauth2/sessions/logout"
    assert request["requested_at"] < request["expires_at"]


def test_an_accepted_logout_ends_the_session_and_returns_to_the_application(
    browser: Browser, hydra: Hydra, subject: str
) -> None:
    hint = browser.tokens(subject)["id_token"]
    challenge = logout_challenge(browser, id_token_hint=hint, post_logout_redirect_uri=SIGNED_OUT, state="s")
    next_url = hydra.decide("logout", "accept", challenge)
    assert next_url.startswith(f"{hydra.public}/oauth2/sessions/logout?logout_verifier=")
    answer = browser.open(next_url)
    assert answer.headers["Location"] == f"{SIGNED_OUT}?state=s"
    assert "ory_hydra_session_dev=" in answer.headers["Set-Cookie"]
    assert not is_signed_in(browser)


def test_applications_of_that_session_hear_of_the_end(browser: Browser, hydra: Hydra, subject: str) -> None:
    """OIDC Back-Channel Logout 1.0 section 2.4: a signed token with sid and without nonce."""
    tokens, sid = browser.tokens(subject), sid_of(browser)
    browser.open(hydra.decide("logout", "accept", logout_challenge(browser, id_token_hint=tokens["id_token"])))

    def claims_of(call: tuple[str, str, str]) -> dict[str, object]:
        keys = KeySet.import_key_set(requests.get(f"{hydra.public}/.well-known/jwks.json", timeout=60).json())
        return jwt.decode(parse_qs(call[2])["logout_token"][0], keys, algorithms=["RS256"]).claims

    call = hydra.listener.wait_for(lambda call: call[1] == "/demo" and claims_of(call)["sid"] == sid)
    assert call is not None
    claims = claims_of(call)
    assert claims.keys() == {"iss", "aud", "iat", "jti", "sid", "events"}
    assert (claims["iss"], claims["aud"]) == (hydra.public, ["demo"])
    assert claims["events"] == {"http://schemas.openid.net/event/backchannel-logout": {}}


def test_the_session_at_kratos_is_ended_too(browser: Browser, hydra: Hydra, subject: str) -> None:
    kratos_session = str(uuid4())
    browser.sign_in(subject, login={"identity_provider_session_id": kratos_session})
    browser.open(hydra.decide("logout", "accept", logout_challenge(browser)))
    wanted = ("DELETE", f"/admin/sessions/{kratos_session}", "")
    assert hydra.listener.wait_for(lambda call: call == wanted)


def test_another_browser_with_the_hint_ends_the_session_and_loses_its_own_cookie(
    browser: Browser, hydra: Hydra, subject: str
) -> None:
    """Hydra drops whatever session cookie the browser has; Portico asks the person first."""
    hint = browser.tokens(subject)["id_token"]
    other = Browser(hydra)
    other.sign_in("another person")
    other.open(hydra.decide("logout", "accept", logout_challenge(other, id_token_hint=hint)))
    assert not is_signed_in(browser)
    assert not is_signed_in(other)


@pytest.mark.parametrize("parameters", [{}, {"id_token_hint": ""}])
def test_nobody_signed_in_goes_straight_to_the_signed_out_page(browser: Browser, parameters: dict[str, str]) -> None:
    assert browser.log_out(**parameters).headers["Location"] == SIGNED_OUT_PAGE


def test_a_hint_of_a_session_that_is_over_goes_straight_to_the_application(
    browser: Browser, hydra: Hydra, subject: str
) -> None:
    hint = browser.tokens(subject)["id_token"]
    hydra.call("DELETE", "/oauth2/auth/sessions/login", params={"subject": subject})
    answer = browser.log_out(id_token_hint=hint, post_logout_redirect_uri=SIGNED_OUT, state="s")
    assert answer.headers["Location"] == f"{SIGNED_OUT}?state=s"
    assert browser.log_out(id_token_hint=hint).headers["Location"] == SIGNED_OUT_PAGE


def test_a_login_that_was_not_remembered_never_reaches_the_logout_page(browser: Browser, subject: str) -> None:
    hint = browser.tokens(subject, login={"remember": False})["id_token"]
    assert browser.log_out(id_token_hint=hint).headers["Location"] == SIGNED_OUT_PAGE


@pytest.mark.parametrize(
    "parameters",
    [
        {"state": "s"},
        {"post_logout_redirect_uri": SIGNED_OUT},
        {"id_token_hint": "garbage"},
        {"logout_verifier": "garbage"},
    ],
)
def test_a_wrong_logout_request_goes_to_the_error_page(browser: Browser, parameters: dict[str, str]) -> None:
    answer = browser.log_out(**parameters)
    assert answer.headers["Location"].startswith("http://localhost:3000/error?error=")


def test_a_foreign_post_logout_address_goes_to_the_error_page(browser: Browser, subject: str) -> None:
    hint = browser.tokens(subject)["id_token"]
    answer = browser.log_out(id_token_hint=hint, post_logout_redirect_uri="http://evil.example/")
    assert query(answer)["error"] == "invalid_request"


def test_a_rejected_logout_leaves_everything_and_is_gone(browser: Browser, hydra: Hydra, subject: str) -> None:
    browser.sign_in(subject)
    parameters = {"logout_challenge": logout_challenge(browser)}
    answer = hydra.call("PUT", "/oauth2/auth/requests/logout/reject", params=parameters)
    assert (answer.status_code, answer.text) == (204, "")
    assert hydra.call("GET", "/oauth2/auth/requests/logout", params=parameters).status_code == 404
    assert is_signed_in(browser)


def test_a_used_logout_tells_where_to_go(browser: Browser, hydra: Hydra, subject: str) -> None:
    browser.sign_in(subject)
    challenge = logout_challenge(browser)
    next_url = hydra.decide("logout", "accept", challenge)
    assert hydra.decide("logout", "accept", challenge) == next_url
    browser.open(next_url)
    answer = hydra.call("GET", "/oauth2/auth/requests/logout", params={"logout_challenge": challenge})
    assert (answer.status_code, answer.json()) == (410, {"redirect_to": "/oauth2/sessions/logout"})


def test_a_logout_without_hint_ends_nothing_for_another_person(browser: Browser, hydra: Hydra, subject: str) -> None:
    browser.sign_in(subject)
    next_url = hydra.decide("logout", "accept", logout_challenge(browser))
    other = Browser(hydra)
    other.sign_in("another person")
    assert other.open(next_url).headers["Location"] == SIGNED_OUT_PAGE
    assert is_signed_in(other)
    assert is_signed_in(browser)


def sign_in_to_be_heard(browser: Browser, subject: str) -> str:
    """A login at an application that listens at `/<subject>`; answers the session at Kratos."""
    kratos_session = str(uuid4())
    client = browser.hydra.create_client(backchannel_logout_uri=f"{browser.hydra.listener.url}/{subject}")
    login = {"identity_provider_session_id": kratos_session}
    browser.sign_in(subject, login=login, client_id=client["client_id"])
    return kratos_session


def test_ending_a_session_by_sid_tells_applications_and_kratos(browser: Browser, hydra: Hydra, subject: str) -> None:
    kratos_session = sign_in_to_be_heard(browser, subject)
    answer = hydra.call("DELETE", "/oauth2/auth/sessions/login", params={"sid": sid_of(browser)})
    assert (answer.status_code, answer.text) == (204, "")
    assert not is_signed_in(browser)
    assert hydra.listener.wait_for(lambda call: call[1] == f"/admin/sessions/{kratos_session}")
    assert hydra.listener.wait_for(lambda call: call[1] == f"/{subject}")


def test_ending_all_sessions_of_a_subject_tells_nobody(browser: Browser, hydra: Hydra, subject: str) -> None:
    kratos_session = sign_in_to_be_heard(browser, subject)
    answer = hydra.call("DELETE", "/oauth2/auth/sessions/login", params={"subject": subject})
    assert answer.status_code == 204
    assert not is_signed_in(browser)
    unwanted = {f"/admin/sessions/{kratos_session}", f"/{subject}"}
    assert hydra.listener.wait_for(lambda call: call[1] in unwanted, seconds=0.4) is None


@pytest.mark.parametrize(
    ("parameters", "status"), [({}, 400), ({"sid": "unknown"}, 204), ({"subject": "unknown"}, 204)]
)
def test_ending_sessions_asks_only_for_a_name(hydra: Hydra, parameters: dict[str, str], status: int) -> None:
    assert hydra.call("DELETE", "/oauth2/auth/sessions/login", params=parameters).status_code == status
