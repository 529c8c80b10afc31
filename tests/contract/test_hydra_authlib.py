"""An independent client at both servers: Authlib finds, signs in with PKCE, verifies, asks, refreshes."""

import pytest
import requests
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.contract.hydra_stacks import CALLBACK, SECRET, Browser, Hydra, query


def test_authlib_signs_in_verifies_asks_and_refreshes(browser: Browser, hydra: Hydra, subject: str) -> None:
    discovery = requests.get(f"{hydra.public}/.well-known/openid-configuration", timeout=60).json()
    keys = KeySet.import_key_set(requests.get(discovery["jwks_uri"], timeout=60).json())
    options = {"scope": "openid offline_access email", "redirect_uri": CALLBACK, "code_challenge_method": "S256"}
    with OAuth2Session("demo", SECRET, **options) as client:
        verifier, nonce = "v" * 64, "nonce-12345678"
        url, state = client.create_authorization_url(
            discovery["authorization_endpoint"], code_verifier=verifier, nonce=nonce
        )
        after_login = browser.log_in(query(browser.open(url))["login_challenge"], subject=subject)
        session = {"id_token": {"email": "ada@example.org"}}
        callback = browser.consent(query(after_login)["consent_challenge"], session=session)
        location = callback.headers["Location"]
        token = client.fetch_token(
            discovery["token_endpoint"], authorization_response=location, code_verifier=verifier, state=state
        )
        claims = jwt.decode(token["id_token"], keys, algorithms=["RS256"]).claims
        registry = jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": discovery["issuer"]},
            aud={"essential": True, "value": "demo"},
            sub={"essential": True, "value": subject},
            nonce={"essential": True, "value": nonce},
            exp={"essential": True},
        )
        registry.validate(claims)
        assert client.get(discovery["userinfo_endpoint"]).json()["email"] == "ada@example.org"
        refreshed = client.refresh_token(discovery["token_endpoint"])
        assert refreshed["refresh_token"] != token["refresh_token"]
        assert jwt.decode(refreshed["id_token"], keys, algorithms=["RS256"]).claims["sub"] == subject
        assert client.get(discovery["userinfo_endpoint"]).json()["sub"] == subject


def test_discovery_tells_addresses_that_answer(hydra: Hydra) -> None:
    discovery = requests.get(f"{hydra.public}/.well-known/openid-configuration", timeout=60).json()
    assert discovery["issuer"] == hydra.public
    for name, method in {"authorization": "GET", "token": "POST", "userinfo": "GET", "end_session": "GET"}.items():
        answer = requests.request(method, discovery[f"{name}_endpoint"], allow_redirects=False, timeout=60)
        assert answer.status_code in (302, 400, 401), name
    assert {"openid", "offline_access", "email", "phone"} <= set(discovery["scopes_supported"])


def test_both_discovery_documents_say_the_same(hydra: Hydra) -> None:
    """OpenID Connect's, and that of RFC 8414, which clients of OAuth2 alone ask for."""
    paths = ("openid-configuration", "oauth-authorization-server")
    openid, oauth = (requests.get(f"{hydra.public}/.well-known/{path}", timeout=60).json() for path in paths)
    assert openid == oauth


@pytest.mark.real
def test_what_the_stand_in_promises_the_real_one_promises_too(sandbox_hydra: Hydra, real_hydra: Hydra) -> None:
    def promised(hydra: Hydra) -> dict[str, object]:
        path = "/.well-known/openid-configuration"
        return dict(requests.get(hydra.public + path, timeout=60).json())

    sandbox, real = promised(sandbox_hydra), promised(real_hydra)
    assert sandbox.keys() <= real.keys()
    for name, values in sandbox.items():
        if isinstance(values, list):
            assert set(values) <= set(real[name]), name  # type: ignore[call-overload]
