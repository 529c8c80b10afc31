"""The token, revocation and userinfo endpoints, on the stand-in and on the real Hydra."""

import pytest
import requests
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from tests.contract.hydra_stacks import CALLBACK, SECRET, Browser, Hydra

OFFLINE = "openid offline_access"
VERIFIER = "v" * 43


def error(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


@pytest.mark.parametrize(
    ("auth", "form", "expected"),
    [
        (("demo", "wrong"), {}, (401, "invalid_client")),
        (("nobody", SECRET), {}, (401, "invalid_client")),
        (None, {"client_id": "demo"}, (401, "invalid_client")),
        (None, {"client_id": "demo", "client_secret": SECRET}, (401, "invalid_client")),
        (None, {}, (400, "invalid_request")),
        (("demo", SECRET), {"redirect_uri": "http://localhost:5555/other"}, (400, "invalid_grant")),
        (("demo", SECRET), {"code": "garbage"}, (400, "invalid_grant")),
        (("demo", SECRET), {"grant_type": "unheard_of"}, (400, "invalid_request")),
        (("demo", SECRET), {"grant_type": "client_credentials"}, (400, "unauthorized_client")),
        (("demo", SECRET), {"code_verifier": VERIFIER}, (400, "invalid_grant")),
    ],
)
def test_a_wrong_token_request_is_refused(
    browser: Browser,
    hydra: Hydra,
    subject: str,
    auth: tuple[str, str] | None,
    form: dict[str, str],
    expected: tuple[int, str],
) -> None:
    code = browser.sign_in(subject)["code"]
    request = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, **form}
    assert error(hydra.token(auth, **request)) == expected


def test_a_code_of_another_client_is_refused(browser: Browser, hydra: Hydra, subject: str) -> None:
    code = browser.sign_in(subject)["code"]
    auth = {"client_id": "first-party", "client_secret": "first-party-secret-for-localhost-only"}
    answer = hydra.token(None, grant_type="authorization_code", code=code, redirect_uri=CALLBACK, **auth)
    assert error(answer) == (400, "invalid_grant")


def test_a_code_works_once_and_its_second_use_revokes_the_tokens(browser: Browser, hydra: Hydra, subject: str) -> None:
    code = browser.sign_in(subject)["code"]
    access_token = hydra.exchange(code)["access_token"]
    assert hydra.userinfo(access_token).status_code == 200
    answer = hydra.token(grant_type="authorization_code", code=code, redirect_uri=CALLBACK)
    assert error(answer) == (400, "invalid_grant")
    assert hydra.userinfo(access_token).status_code == 401


def test_the_code_verifier_must_match_the_challenge(browser: Browser, hydra: Hydra, subject: str) -> None:
    request = {"code_challenge": create_s256_code_challenge(VERIFIER), "code_challenge_method": "S256"}
    for wrong in ({}, {"code_verifier": "w" * 43}, {"code_verifier": "short"}):
        code = browser.sign_in(subject, **request)["code"]
        answer = hydra.token(grant_type="authorization_code", code=code, redirect_uri=CALLBACK, **wrong)
        assert error(answer) == (400, "invalid_grant")
    code = browser.sign_in(subject, **request)["code"]
    assert "access_token" in hydra.exchange(code, code_verifier=VERIFIER)


@pytest.mark.parametrize("method", ["S512", "plain", None])
def test_another_challenge_method_than_s256_is_refused_after_the_consent(
    browser: Browser, subject: str, method: str | None
) -> None:
    """Although v26.2.0's discovery promises plain."""
    parameters = browser.sign_in(subject, code_challenge=VERIFIER, code_challenge_method=method)
    assert parameters["error"] == "invalid_request"


def test_a_short_nonce_is_refused_with_the_code(browser: Browser, hydra: Hydra, subject: str) -> None:
    code = browser.sign_in(subject, nonce="short")["code"]
    answer = hydra.token(grant_type="authorization_code", code=code, redirect_uri=CALLBACK)
    assert error(answer) == (400, "insufficient_entropy")


def test_a_refresh_token_needs_the_offline_scope(browser: Browser, subject: str) -> None:
    assert "refresh_token" not in browser.tokens(subject)
    assert "refresh_token" in browser.tokens(subject, scope=OFFLINE)


def test_refreshing_rotates_both_tokens_and_keeps_the_login(browser: Browser, hydra: Hydra, subject: str) -> None:
    old = browser.tokens(subject, scope=OFFLINE)
    new = hydra.token(grant_type="refresh_token", refresh_token=old["refresh_token"]).json()
    assert new.keys() == old.keys()
    assert all(new[name] != old[name] for name in ("access_token", "refresh_token", "id_token"))
    assert hydra.userinfo(old["access_token"]).status_code == 401
    userinfo = hydra.userinfo(new["access_token"]).json()
    assert userinfo["sub"] == subject


def test_a_rotated_refresh_token_that_comes_back_ends_the_chain(browser: Browser, hydra: Hydra, subject: str) -> None:
    """RFC 9700 section 4.14.2."""
    old = browser.tokens(subject, scope=OFFLINE)["refresh_token"]
    new = hydra.token(grant_type="refresh_token", refresh_token=old).json()
    for stale in (old, new["refresh_token"]):
        assert error(hydra.token(grant_type="refresh_token", refresh_token=stale)) == (400, "invalid_grant")
    assert hydra.userinfo(new["access_token"]).status_code == 401


def test_a_refresh_token_of_another_client_is_refused(browser: Browser, hydra: Hydra, subject: str) -> None:
    form = {"refresh_token": browser.tokens(subject, scope=OFFLINE)["refresh_token"], "client_id": "first-party"}
    secret = "first-party-secret-for-localhost-only"
    answer = hydra.token(None, grant_type="refresh_token", client_secret=secret, **form)
    assert error(answer) == (400, "invalid_grant")


def test_revoking_the_refresh_token_ends_both(browser: Browser, hydra: Hydra, subject: str) -> None:
    tokens = browser.tokens(subject, scope=OFFLINE)
    form = {"token": tokens["refresh_token"]}
    answer = requests.post(f"{hydra.public}/oauth2/revoke", data=form, auth=("demo", SECRET), timeout=60)
    assert (answer.status_code, answer.text) == (200, "")
    assert hydra.userinfo(tokens["access_token"]).status_code == 401
    refreshed = hydra.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert error(refreshed) == (400, "invalid_grant")


@pytest.mark.parametrize(
    ("form", "auth", "status"),
    [
        ({"token": "garbage"}, ("demo", SECRET), 200),
        ({"token": "x"}, ("demo", "wrong"), 401),
        ({}, ("demo", SECRET), 400),
    ],
)
def test_revoking_tells_only_whether_the_client_may_ask(
    hydra: Hydra, form: dict[str, str], auth: tuple[str, str], status: int
) -> None:
    answer = requests.post(f"{hydra.public}/oauth2/revoke", data=form, auth=auth, timeout=60)
    assert answer.status_code == status


def test_userinfo_refuses_a_token_it_does_not_know(hydra: Hydra) -> None:
    answer = hydra.userinfo("garbage")
    assert error(answer) == (401, "request_unauthorized")
    assert answer.headers["WWW-Authenticate"].startswith('Bearer error="request_unauthorized"')


def test_revoking_the_consent_ends_its_tokens(browser: Browser, hydra: Hydra, subject: str) -> None:
    tokens = browser.tokens(subject, scope=OFFLINE)
    gone = hydra.call("DELETE", "/oauth2/auth/sessions/consent", params={"subject": subject, "client": "demo"})
    assert gone.status_code == 204
    assert hydra.userinfo(tokens["access_token"]).status_code == 401
    refreshed = hydra.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert error(refreshed) == (400, "invalid_grant")
