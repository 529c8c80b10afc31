"""What applications are told of people, from Kratos to the ID token and userinfo."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.journeys.browsing import Page
from tests.journeys.site import Person, Site, Visitor

PLAN = {"address": {"plan": {"value": "metadata_admin.plan"}}}
RULES = {"PORTICO_CLIENTS": json.dumps({"demo": {"claims": PLAN, "access_token_claims": PLAN}})}
TRAITS = {
    "name": {"first": "Ada", "middle": "King", "last": "Lovelace"},
    "nickname": "Countess",
    "username": "ada",
    "profile": "https://ada.example.org/about",
    "picture": "https://ada.example.org/portrait.png",
    "website": "https://ada.example.org/",
    "gender": "female",
    "birthdate": "1815-12-10",
    "zoneinfo": "Europe/London",
    "locale": "en-GB",
    "phone": "+442079460001",
    "address": {"street_address": "12 St James's Square", "locality": "London", "country": "United Kingdom"},
}
TOLD = {
    "name": "Ada King Lovelace",
    "given_name": "Ada",
    "middle_name": "King",
    "family_name": "Lovelace",
    "preferred_username": "ada",
    "phone_number": "+442079460001",
    "phone_number_verified": False,
    "email_verified": True,
    "address": TRAITS["address"] | {"formatted": "12 St James's Square\nLondon\nUnited Kingdom"},  # type: ignore[operator]
} | {
    name: TRAITS[name]
    for name in ("nickname", "profile", "picture", "website", "gender", "birthdate", "zoneinfo", "locale")
}


@pytest.fixture
def change(site: Site, ada: Person) -> Callable[[str, object], None]:
    """Change what Kratos has at a path of Ada's identity, as an operator does."""

    def changed(path: str, value: object) -> None:
        patch = [{"op": "add", "path": path, "value": value}]
        site.admin("PATCH", "kratos", f"/admin/identities/{ada.id}", json=patch)

    return changed


def test_every_standard_claim_is_told_with_its_type(
    visitor: Visitor, ada: Person, change: Callable[[str, object], None]
) -> None:
    """OpenID Connect Core 5.1 and 5.4 (C01); userinfo tells the same."""
    change("/traits", TRAITS | {"email": ada.email})
    claims = visitor.enter(ada)
    for source in (claims, visitor.state("first-party")["userinfo"]):
        assert {name: value for name, value in source.items() if name in TOLD} == TOLD
        assert source["email"] == ada.email
        assert type(source["updated_at"]) is int


@pytest.fixture(scope="session")
def planned(site: Site) -> str:
    """A Portico of the site that tells Demo people's plans, which only Kratos' admin API knows."""
    admin = {"PORTICO_KRATOS_ADMIN_URL": site.urls["kratos_admin"]}
    return site.stack.start_portico("planned", RULES | admin)


def at(portico: str, site: Site, page: Page, visitor: Visitor) -> Page:
    """The consent page of another Portico for the same request of Hydra's."""
    assert page.at(f"{site.portico}/consent")
    return visitor.open(page.url.replace(site.portico, portico, 1))


def introspected(site: Site, visitor: Visitor) -> dict[str, Any]:
    """The claims of Demo's access token."""
    token = {"token": visitor.state()["raw"]["access_token"]}
    answer = site.admin("POST", "hydra", "/admin/oauth2/introspect", data=token)
    return dict(answer.get("ext") or {})


def test_metadata_admin_reaches_one_applications_tokens(
    site: Site, visitor: Visitor, ada: Person, planned: str, change: Callable[[str, object], None]
) -> None:
    change("/metadata_admin", {"plan": "gold"})
    page = visitor.sign_in(visitor.ask(), ada)
    claims = visitor.claims(at(planned, site, page, visitor).press("action=accept"))
    assert claims["plan"] == visitor.state()["userinfo"]["plan"] == "gold"
    assert introspected(site, visitor) == {"plan": "gold"}
    assert claims["email"] == ada.email


def test_without_the_scope_it_does_not(
    site: Site, visitor: Visitor, ada: Person, planned: str, change: Callable[[str, object], None]
) -> None:
    change("/metadata_admin", {"plan": "gold"})
    page = visitor.sign_in(visitor.ask(), ada)
    claims = visitor.claims(at(planned, site, page, visitor).press("action=accept", {"grant_scope": ["email"]}))
    assert "plan" not in claims
    assert introspected(site, visitor) == {}
