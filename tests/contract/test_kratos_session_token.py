"""The session as a JWT: what the stand-in and the real Kratos make of it alike."""

import json
import time

import requests
from joserfc import jwt
from joserfc.jwk import KeySet

from kratos.sandbox.tokenizer import content
from tests.contract.kratos_people import Person
from tests.contract.kratos_second_factors import add_totp
from tests.stack.browser import Browser
from tests.stack.kratos import Kratos


def tokenized(browser: Browser, template: str = "ui_jwt") -> requests.Response:
    return browser.get("/sessions/whoami", tokenize_as=template)


def test_whoami_tells_the_session_as_a_jwt_beside_the_session(
    kratos: Kratos, signed_in: Browser, person: Person
) -> None:
    answer = tokenized(signed_in).json()
    keys = KeySet.import_key_set(json.loads(content(kratos.jwks_url)))
    token = jwt.decode(answer["tokenized"], keys, algorithms=["ES256"])
    claims = token.claims
    assert token.header == {"alg": "ES256", "kid": keys.keys[0].kid, "typ": "JWT"}
    assert (claims["iss"], claims["sub"], claims["sid"]) == (f"{kratos.public_url}/", person.id, answer["id"])
    assert (claims["aud"], claims["aal"], claims["email"]) == (["demo-api"], "aal1", person.email)
    assert claims["exp"] - claims["iat"] == 300
    assert claims["iat"] == claims["nbf"]
    assert abs(claims["iat"] - time.time()) < 60
    assert set(claims) == {"iss", "sub", "sid", "jti", "iat", "nbf", "exp", "aud", "aal", "email"}


def test_each_token_has_an_id_of_its_own(signed_in: Browser) -> None:
    assert tokenized(signed_in).json()["tokenized"] != tokenized(signed_in).json()["tokenized"]


def test_a_template_that_is_not_configured_is_refused(signed_in: Browser) -> None:
    answer = tokenized(signed_in, "nowhere")
    assert (answer.status_code, "tokenized" in answer.json()) == (400, False)


def test_nobody_gets_a_token(visitor: Browser) -> None:
    assert tokenized(visitor).status_code == 401


def test_a_second_factor_that_is_owed_comes_before_a_token(kratos: Kratos, signed_in: Browser, person: Person) -> None:
    add_totp(signed_in)
    weak = Browser(kratos.public_url)
    weak.post(weak.login(), **person.by_password)
    answer = tokenized(weak)
    assert (answer.status_code, answer.json()["error"]["id"]) == (403, "session_aal2_required")
