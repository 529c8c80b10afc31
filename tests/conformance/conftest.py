"""One stack of each kind, one person about whom everything is known, and one client at Hydra per library."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from tests.conformance.guest import Guest
from tests.conformance.libraries import Application, Authlib, Idpyoidc
from tests.journeys import test_claims
from tests.journeys.conftest import KINDS
from tests.journeys.site import Person, Site, site_of
from tests.stack.stack import Stack

TRAITS: dict[str, Any] = test_claims.TRAITS | {
    "address": {
        "street_address": "12 St James's Square",
        "locality": "London",
        "region": "Westminster",
        "postal_code": "SW1Y 4JH",
        "country": "United Kingdom",
    }
}
LOGO_HOST = "app.example.org"


@pytest.fixture(scope="session", params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """Which servers play Kratos and Hydra."""
    name: str = request.param
    return name


@pytest.fixture(scope="session")
def site(kind: str) -> Iterator[Site]:
    """A site that knows the words for levels that the conformance suite asks with."""
    levels = json.dumps({"1": "aal1", "2": "aal2"})
    with site_of(Stack(kind, portico_env={"PORTICO_ACR": levels, "PORTICO_CLIENT_LOGO_HOSTS": LOGO_HOST})) as site:
        yield site


@pytest.fixture(scope="session")
def ada(site: Site) -> Person:
    """Somebody with every trait that becomes a standard claim."""
    person = site.person("Ada")
    change = [{"op": "replace", "path": "/traits", "value": TRAITS | {"email": person.email}}]
    site.admin("PATCH", "kratos", f"/admin/identities/{person.id}", json=change)
    return person


@pytest.fixture(scope="session")
def provider(site: Site) -> dict[str, Any]:
    """Hydra's discovery document."""
    document: dict[str, Any] = site.http.get(f"{site.hydra}/.well-known/openid-configuration", timeout=60).json()
    return document


@pytest.fixture(scope="session", params=[Authlib, Idpyoidc], ids=["authlib", "idpyoidc"])
def registered(request: pytest.FixtureRequest, site: Site) -> tuple[type[Application], dict[str, Any]]:
    """A library and the client registered for it."""
    name = f"library-{uuid4().hex[:8]}"
    client = {
        "client_id": name,
        "client_name": "Conformance",
        "client_secret": f"{uuid4().hex}-secret",
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "scope": "openid offline_access profile email address phone",
        "redirect_uris": [f"{site.demo}/{name}/callback"],
        "post_logout_redirect_uris": [f"{site.demo}/{name}/signed-out"],
        **{field: f"https://{LOGO_HOST}/{field}" for field in ("logo_uri", "policy_uri", "tos_uri")},
        "token_endpoint_auth_method": "client_secret_post" if request.param is Authlib else "client_secret_basic",
    }
    site.admin("POST", "hydra", "/admin/clients", json=client)
    return request.param, client


@pytest.fixture
def application(registered: tuple[type[Application], dict[str, Any]], provider: dict[str, Any]) -> Application:
    library, registration = registered
    return library(registration, provider)


@pytest.fixture
def guest(site: Site, application: Application, ada: Person) -> Iterator[Guest]:
    """Ada at a browser without any cookie."""
    guest = Guest(site, application, ada)
    yield guest
    guest.close()
