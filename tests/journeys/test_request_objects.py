"""What an application asks for inside a request object (JAR, RFC 9101) counts like what it asks for in the query.

The sandbox has no request objects (design D8), so these run on the real Hydra alone.
"""

import time
from functools import cache
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.journeys.browsing import Page
from tests.journeys.site import Person, Site, Visitor
from tests.journeys.test_freshness import asks_for_the_password


@cache
def key() -> RSAKey:
    """The application's own; made where it is needed, not in each process that collects tests."""
    return RSAKey.generate_key(2048, parameters={"kid": "jar", "use": "sig", "alg": "RS256"})


pytestmark = pytest.mark.parametrize("kind", [pytest.param("real", marks=pytest.mark.real)], indirect=True)


@pytest.fixture
def signing_client(site: Site) -> str:
    """A first-party application that signs its requests."""
    client = {
        "client_id": f"signer-{uuid4().hex[:8]}",
        "client_name": "First Party",
        "skip_consent": True,
        "redirect_uris": [f"{site.demo}/"],
        "scope": "openid",
        "request_object_signing_alg": "RS256",
        "jwks": {"keys": [key().as_dict(private=False)]},
    }
    client_id: str = site.admin("POST", "hydra", "/admin/clients", json=client)["client_id"]
    return client_id


def ask(visitor: Visitor, client_id: str, **inside: str) -> Page:
    """Open an authorization request whose object says more than its query."""
    site = visitor.site
    parameters = {
        "client_id": client_id,
        "redirect_uri": f"{site.demo}/",
        "response_type": "code",
        "scope": "openid",
        "state": "state-of-the-test",
        "nonce": "nonce-of-the-test",
    }
    claims = {**parameters, **inside, "iss": client_id, "aud": site.hydra, "exp": int(time.time()) + 300}
    token = jwt.encode({"alg": "RS256", "kid": "jar"}, claims, key())
    return visitor.open(f"{site.hydra}/oauth2/auth?{urlencode(parameters | {'request': token})}")


def test_without_more_inside_a_session_is_enough(visitor: Visitor, ada: Person, signing_client: str) -> None:
    visitor.enter(ada)
    assert ask(visitor, signing_client).parameter("code")


def test_prompt_login_inside_asks_again(visitor: Visitor, ada: Person, signing_client: str) -> None:
    """N57: the query shows no prompt at all."""
    visitor.enter(ada)
    again = ask(visitor, signing_client, prompt="login")
    assert asks_for_the_password(again)
    assert visitor.sign_in(again, ada).parameter("code")


def test_prompt_none_inside_never_shows_a_page(site: Site, visitor: Visitor, ada: Person, signing_client: str) -> None:
    """N73: Hydra remembers Ada, Kratos nobody any more: the answer is an error for the application."""
    visitor.enter(ada)
    visitor.end_cookie("ory_kratos_session")
    answer = ask(visitor, signing_client, prompt="none")
    assert answer.parameter("error") == "login_required"
    assert not [step for step in answer.steps if step.url.startswith(site.portico) and step.status == 200]
