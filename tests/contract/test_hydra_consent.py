"""Consent requests and what becomes of an accepted one, on the stand-in and on the real Hydra."""

import base64
import json
import time

import pytest

from tests.contract.hydra_stacks import Browser, Hydra, query
from tests.stack.clock import later


def test_the_consent_request_tells_what_the_login_accepted(browser: Browser, hydra: Hydra, subject: str) -> None:
    answer = browser.log_in(browser.login_challenge(), subject=subject, acr="aal1", amr=["pwd"], context={"a": 1})
    assert answer.headers["Location"].startswith("http://localhost:3000/consent?consent_challenge=")
    challenge = query(answer)["consent_challenge"]
    assert 1180 <= len(challenge) <= 1600
    body = hydra.ask("consent", challenge)
    assert (body["subject"], body["acr"], body["amr"], body["context"]) == (subject, "aal1", ["pwd"], {"a": 1})
    assert body["skip"] is False
    assert len(body["login_challenge"]) == 32
    assert body["login_session_id"] == hydra.ask("login", browser.login_challenge())["session_id"]


def test_acr_amr_and_context_are_empty_when_the_login_named_none(browser: Browser, hydra: Hydra, subject: str) -> None:
    challenge = query(browser.log_in(browser.login_challenge(), subject=subject))["consent_challenge"]
    request = hydra.ask("consent", challenge)
    assert (request["acr"], request["amr"], request["context"]) == ("", [], None)


def consent_skips(browser: Browser, subject: str, **changes: str) -> bool:
    challenge = query(browser.log_in(browser.login_challenge(**changes), subject=subject))["consent_challenge"]
    return bool(browser.hydra.ask("consent", challenge)["skip"])


def test_a_remembered_consent_is_skipped_when_it_covers_every_scope(browser: Browser, subject: str) -> None:
    browser.sign_in(subject, consent={"remember": True})
    assert consent_skips(browser, subject) is True
    assert consent_skips(browser, subject, scope="openid") is True
    assert consent_skips(browser, subject, scope="openid profile email") is False


def test_a_consent_that_is_not_remembered_is_not_skipped(browser: Browser, subject: str) -> None:
    browser.sign_in(subject)
    assert consent_skips(browser, subject) is False


def test_prompt_consent_is_never_skipped(browser: Browser, subject: str) -> None:
    browser.sign_in(subject, consent={"remember": True})
    assert consent_skips(browser, subject, prompt="consent") is False


def test_only_the_newest_remembered_consent_counts(browser: Browser, subject: str) -> None:
    """And time counts in whole seconds."""
    browser.sign_in(subject, consent={"remember": True}, scope="openid profile email")
    with later(browser.hydra.admin, 1.1):
        browser.sign_in(subject, consent={"remember": True}, scope="openid profile", prompt="consent")
        assert consent_skips(browser, subject, scope="openid profile email") is False


def test_a_consent_remembered_for_a_second_is_asked_again(browser: Browser, subject: str) -> None:
    browser.sign_in(subject, consent={"remember": True, "remember_for": 1})
    with later(browser.hydra.admin, 2.1):
        assert consent_skips(browser, subject) is False


def test_skip_consent_of_the_client_is_told_but_not_applied(browser: Browser, hydra: Hydra, subject: str) -> None:
    client_id = hydra.create_client(skip_consent=True)["client_id"]
    answer = browser.log_in(browser.login_challenge(client_id=client_id), subject=subject)
    request = hydra.ask("consent", query(answer)["consent_challenge"])
    assert (request["skip"], request["client"]["skip_consent"]) == (False, True)


@pytest.mark.parametrize(
    ("redirect_uri", "skipped"),
    [
        ("http://127.0.0.1/callback", True),
        ("http://localhost:5555/callback", True),
        ("com.example.app:/callback", False),
    ],
)
def test_a_public_client_skips_consent_only_at_an_address_nobody_else_can_claim(
    browser: Browser, hydra: Hydra, subject: str, redirect_uri: str, skipped: bool
) -> None:
    changes = {"token_endpoint_auth_method": "none", "redirect_uris": [redirect_uri], "client_secret": None}
    client_id = hydra.create_client(**changes, post_logout_redirect_uris=[])["client_id"]
    request = {"client_id": client_id, "redirect_uri": redirect_uri}
    browser.sign_in(subject, consent={"remember": True}, **request)
    assert consent_skips(browser, subject, **request) is skipped


def test_a_browser_without_the_consent_cookie_is_forbidden_and_the_verifier_is_burnt(
    browser: Browser, hydra: Hydra, subject: str
) -> None:
    challenge = query(browser.log_in(browser.login_challenge(), subject=subject))["consent_challenge"]
    next_url = hydra.decide("consent", "accept", challenge, grant_scope=["openid"])
    assert query(Browser(hydra).open(next_url))["error"] == "request_forbidden"
    assert query(browser.open(next_url))["error"] == "access_denied"


def test_a_consent_verifier_works_once(browser: Browser, hydra: Hydra, subject: str) -> None:
    challenge = query(browser.log_in(browser.login_challenge(), subject=subject))["consent_challenge"]
    next_url = hydra.decide("consent", "accept", challenge, grant_scope=["openid"])
    assert "code" in query(browser.open(next_url))
    parameters = query(browser.open(next_url))
    assert parameters["error"] == "access_denied"
    assert parameters["error_description"].endswith("The consent verifier has already been used.")


def test_the_callback_gets_code_scope_and_state(browser: Browser, subject: str) -> None:
    params = browser.sign_in(subject, consent={"grant_scope": ["openid"]})
    assert (set(params), params["scope"], params["state"]) == ({"code", "scope", "state"}, "openid", "state-12345678")
    assert params["code"].startswith("ory_ac_")


def test_a_rejected_consent_is_told_to_the_application(browser: Browser, hydra: Hydra, subject: str) -> None:
    challenge = query(browser.log_in(browser.login_challenge(), subject=subject))["consent_challenge"]
    body = {"error": "access_denied", "error_description": "Not today."}
    parameters = query(browser.open(hydra.decide("consent", "reject", challenge, **body)))
    assert parameters == body | {"state": "state-12345678"}


def test_granting_a_scope_nobody_asked_for_is_not_refused(browser: Browser, hydra: Hydra, subject: str) -> None:
    """N10: Which is why Portico intersects (design D3)."""
    code = browser.sign_in(subject, consent={"grant_scope": ["openid", "admin-not-asked"]})["code"]
    assert hydra.exchange(code)["scope"] == "openid admin-not-asked"


def id_token_claims(token: str) -> dict[str, object]:
    """Read, not verified: test_hydra_authlib.py does that."""
    return dict(json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "==")))


CONSENT_SESSION = {
    "email": "ada@example.org",
    "address": {"country": "GB"},
    **dict.fromkeys(("sub", "iss", "jti", "nonce", "acr", "at_hash", "sid"), "forged"),
    "aud": ["forged"],
    "amr": ["forged"],
    "iat": 1,
    "exp": 1,
    "rat": 1,
    "auth_time": 1,
}


def test_session_claims_reach_the_id_token_and_reserved_ones_are_overwritten(
    browser: Browser, hydra: Hydra, subject: str
) -> None:
    before = int(time.time())
    consent = {"session": {"id_token": CONSENT_SESSION}}
    login = {"acr": "aal2", "amr": ["pwd", "otp"]}
    tokens = browser.tokens(subject, login=login, consent=consent, nonce="nonce-12345678")
    claims = id_token_claims(tokens["id_token"])
    assert (claims["email"], claims["address"]) == ("ada@example.org", {"country": "GB"})
    assert (claims["sub"], claims["iss"], claims["aud"]) == (subject, hydra.public, ["demo"])
    assert (claims["acr"], claims["amr"], claims["nonce"]) == ("aal2", ["pwd", "otp"], "nonce-12345678")
    assert claims["sid"] == hydra.ask("login", browser.login_challenge())["session_id"]
    assert all(claims[name] >= before for name in ("iat", "exp", "rat", "auth_time"))  # type: ignore[operator]
    assert "forged" not in claims.values()


def test_reserved_claims_nobody_sets_are_dropped(browser: Browser, subject: str) -> None:
    claims = id_token_claims(browser.tokens(subject, consent={"session": {"id_token": CONSENT_SESSION}})["id_token"])
    assert not {"nonce", "acr", "amr", "c_hash"} & claims.keys()


@pytest.mark.parametrize(("login", "acr"), [({}, "0"), ({"acr": "aal2"}, "aal2")])
def test_acr_is_0_when_it_was_asked_for_and_not_given(
    browser: Browser, subject: str, login: dict[str, str], acr: str
) -> None:
    assert id_token_claims(browser.tokens(subject, login=login, acr_values="1 2")["id_token"])["acr"] == acr


def test_userinfo_tells_the_same_claims_without_those_of_the_token(
    browser: Browser, hydra: Hydra, subject: str
) -> None:
    consent = {"session": {"id_token": CONSENT_SESSION}}
    tokens = browser.tokens(subject, login={"acr": "aal1"}, consent=consent, nonce="nonce-12345678")
    userinfo = hydra.userinfo(tokens["access_token"]).json()
    claims = id_token_claims(tokens["id_token"])
    token_only = {"nonce", "at_hash", "exp", "sid", "jti"}
    assert userinfo.keys() == claims.keys() - token_only
    assert {name: userinfo[name] for name in ("sub", "email", "acr", "auth_time")} == {
        name: claims[name] for name in ("sub", "email", "acr", "auth_time")
    }


def test_without_openid_there_is_no_id_token(browser: Browser, subject: str) -> None:
    tokens = browser.tokens(subject, consent={"grant_scope": ["profile"]})
    assert tokens.keys() == {"access_token", "expires_in", "scope", "token_type"}


def test_access_token_claims_are_told_to_resource_servers(browser: Browser, hydra: Hydra, subject: str) -> None:
    tokens = browser.tokens(subject, consent={"session": {"access_token": {"role": "admin"}}})
    introspection = hydra.call("POST", "/oauth2/introspect", data={"token": tokens["access_token"]}).json()
    assert (introspection["active"], introspection["sub"], introspection["ext"]) == (True, subject, {"role": "admin"})
    assert hydra.call("POST", "/oauth2/introspect", data={"token": "garbage"}).json() == {"active": False}
