"""Demo ID is a provider Kratos can believe: what somebody types is what Kratos learns, once, and nobody else does.

With Kratos it meets in tests/contract/test_kratos_social.py and tests/journeys/test_return_path_social.py.
"""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import KeySet

from hydra.relying_party.provider import CALLBACK, CLIENT_ID, CLIENT_SECRET, Provider
from hydra.relying_party.web import create_app

ISSUER, KRATOS = "http://localhost:5555/demo-id", "http://localhost:4433"
REQUEST = {"client_id": CLIENT_ID, "redirect_uri": KRATOS + CALLBACK, "response_type": "code", "scope": "openid email"}
PAGE = "/demo-id/authorize"
SECRET = (CLIENT_ID, CLIENT_SECRET)


@pytest.fixture(scope="module")
def provider() -> Provider:
    return Provider(ISSUER, KRATOS)


@pytest.fixture
def browser(provider: Provider) -> FlaskClient:
    return create_app([], "http://localhost:4444", [], provider).test_client()


def query(location: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(location).query))


def answered(browser: FlaskClient, form: dict[str, str], **parameters: str) -> dict[str, str]:
    """What the redirect to Kratos says after this form was sent."""
    answer = browser.post(PAGE, query_string=REQUEST | parameters, data=form)
    assert answer.status_code == 303
    assert answer.location.startswith(KRATOS + CALLBACK + "?")
    return query(answer.location)


def redeem(browser: FlaskClient, code: str, auth: tuple[str, str] | None = SECRET, **form: str) -> tuple[int, Any]:
    """Status and body of the token endpoint."""
    sent = {"grant_type": "authorization_code", "code": code, "redirect_uri": KRATOS + CALLBACK} | form
    answer = browser.post("/demo-id/token", data=sent, auth=auth)
    return answer.status_code, answer.get_json()


def claims(browser: FlaskClient, **form: str) -> dict[str, Any]:
    """The claims of the ID token for somebody who typed this, its signature checked with the published key."""
    _, tokens = redeem(browser, answered(browser, form, nonce="n-1")["code"])
    keys = KeySet.import_key_set(browser.get("/demo-id/jwks.json").get_json())
    return dict(jwt.decode(tokens["id_token"], keys, algorithms=["RS256"]).claims)


def test_what_was_typed_comes_back_in_a_signed_id_token(browser: FlaskClient) -> None:
    id_token = claims(browser, name=" Ada  Lovelace ", email="ada@example.org")
    expected = {"iss": ISSUER, "aud": CLIENT_ID, "nonce": "n-1", "given_name": "Ada", "family_name": "Lovelace"}
    assert id_token.items() >= (expected | {"email": "ada@example.org", "email_verified": True}).items()
    assert 0 < id_token["exp"] - id_token["iat"] <= 3600


def test_without_an_address_there_is_no_email_claim(browser: FlaskClient) -> None:
    assert not {"email", "email_verified"} & set(claims(browser, name="Ada", email=" "))


def test_the_same_name_is_the_same_person_in_any_case_and_another_name_another(browser: FlaskClient) -> None:
    ada, same, other = (claims(browser, name=name)["sub"] for name in ("Ada", "ADA", "Ada B"))
    assert (ada == same, ada == other) == (True, False)


def test_the_page_works_without_script_and_asks_for_a_name(browser: FlaskClient) -> None:
    assert b"<script" not in browser.get(PAGE, query_string=REQUEST).data
    assert b"Type a name" in browser.post(PAGE, query_string=REQUEST, data={"name": " "}).data


def test_cancelling_is_told_to_kratos_with_its_state(browser: FlaskClient) -> None:
    assert answered(browser, {"cancel": "yes"}, state="s-1") == {"error": "access_denied", "state": "s-1"}


@pytest.mark.parametrize("wrong", [{"redirect_uri": "http://localhost:9/cb"}, {"client_id": "demo"}])
def test_nobody_but_kratos_gets_a_redirect(browser: FlaskClient, wrong: dict[str, str]) -> None:
    """RFC 6749, section 4.1.2.1."""
    answers = [browser.get(PAGE, query_string=REQUEST | wrong), browser.post(PAGE, query_string=REQUEST | wrong)]
    assert [(answer.status_code, "Location" in answer.headers) for answer in answers] == [(400, False)] * 2


def test_a_code_is_worth_tokens_once(browser: FlaskClient) -> None:
    code = answered(browser, {"name": "Ada"})["code"]
    assert redeem(browser, code)[0] == 200
    assert redeem(browser, code) == (400, {"error": "invalid_grant"})


def test_kratos_may_name_itself_in_the_body_too(browser: FlaskClient) -> None:
    code = answered(browser, {"name": "Ada"})["code"]
    assert redeem(browser, code, auth=None, client_id=CLIENT_ID, client_secret=CLIENT_SECRET)[0] == 200


@pytest.mark.parametrize("auth", [None, (CLIENT_ID, "wrong"), ("demo", CLIENT_SECRET)])
def test_another_client_gets_no_tokens(browser: FlaskClient, auth: tuple[str, str] | None) -> None:
    code = answered(browser, {"name": "Ada"})["code"]
    assert redeem(browser, code, auth=auth) == (401, {"error": "invalid_client"})


@pytest.mark.parametrize(("verifier", "status"), [("v" * 43, 200), ("w" * 43, 400), ("", 400)])
def test_a_code_asked_for_with_pkce_needs_its_verifier(browser: FlaskClient, verifier: str, status: int) -> None:
    challenge = {"code_challenge": create_s256_code_challenge("v" * 43), "code_challenge_method": "S256"}
    code = answered(browser, {"name": "Ada"}, **challenge)["code"]
    assert redeem(browser, code, code_verifier=verifier)[0] == status


def test_userinfo_repeats_the_claims_for_its_access_token_only(browser: FlaskClient) -> None:
    _, tokens = redeem(browser, answered(browser, {"name": "Ada"})["code"])
    answers = [
        browser.get("/demo-id/userinfo", headers={"Authorization": f"Bearer {token}"}).get_json()
        for token in (tokens["access_token"], "other")
    ]
    assert (answers[0]["name"], answers[1]) == ("Ada", {"error": "invalid_token"})
