"""Whoever may take the answer is told by what Hydra registered, whatever a request makes Portico believe."""

from urllib.parse import urlencode
from uuid import uuid4

import pytest

from tests.journeys.browsing import Page
from tests.journeys.site import Person, Site, Visitor

BANK, OWN = "https://accounts.bank.example/", "com.example.app:/callback"


def register(site: Site, *redirect_uris: str, **about: object) -> str:
    client = {
        "client_id": f"app-{uuid4().hex[:8]}",
        "client_name": "App",
        "redirect_uris": list(redirect_uris),
        "response_types": ["code"],
        "scope": "openid profile",
        "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code"],
    }
    made: str = site.admin("POST", "hydra", "/admin/clients", json=client | about)["client_id"]
    return made


def ask(visitor: Visitor, client_id: str, text: str) -> Page:
    parameters = {"client_id": client_id, "response_type": "code", "state": "state-of-the-test"}
    challenge = {"code_challenge": "x" * 43, "code_challenge_method": "S256"}
    return visitor.open(f"{visitor.site.hydra}/oauth2/auth?{text}&{urlencode(parameters | challenge)}")


def uri(address: str) -> str:
    return urlencode({"redirect_uri": address})


def facts(page: Page) -> str:
    return page.soup.select_one("dl.facts").get_text(" ", strip=True)  # type: ignore[union-attr]


UNSIGNED = "eyJhbGciOiJub25lIn0.eyJyZWRpcmVjdF91cmkiOiJodHRwczovL2FjY291bnRzLmJhbmsuZXhhbXBsZS8ifQ."
DECEITS = {
    "a pair Hydra drops": f"scope=openid&{uri(BANK)};&{uri(OWN)}",
    "an object Hydra ignores": f"scope=profile&{uri(OWN)}&request={UNSIGNED}",
    "honest": f"scope=openid&{uri(OWN)}",
    "left out": "scope=profile",
}


@pytest.mark.parametrize("text", DECEITS.values(), ids=DECEITS)
def test_a_public_app_with_a_scheme_of_its_own_gets_no_code_without_a_page(
    site: Site, visitor: Visitor, ada: Person, text: str
) -> None:
    """N75."""
    client_id = register(site, OWN, skip_consent=True)
    visitor.enter(ada)
    page = ask(visitor, client_id, text)
    assert page.at(f"{site.portico}/consent")
    assert "an app on this device" in facts(page)
    assert "bank." not in page.text


@pytest.mark.parametrize("text", DECEITS.values(), ids=DECEITS)
def test_no_host_is_shown_that_is_not_the_applications(site: Site, visitor: Visitor, ada: Person, text: str) -> None:
    """N75."""
    own = f"{site.demo}/"
    client_id = register(site, own)
    visitor.enter(ada)
    page = ask(visitor, client_id, text.replace(uri(OWN), uri(own)))
    assert "Returns you to localhost" in facts(page)
    assert "bank." not in page.text
    assert page.press("action=accept").parameter("code")
    apps = visitor.open(f"{site.portico}/apps")
    assert "bank." not in apps.text
