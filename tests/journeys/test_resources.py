"""An application that names the service its tokens are for (RFC 8707), as MCP clients do, gets tokens for that one."""

from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest

from tests.journeys.browsing import Page
from tests.journeys.site import Person, Site, Visitor

MCP, API = "https://mcp.example.org/mcp", "https://api.example.org"
SECRET = "secret-of-the-test"


@pytest.fixture
def client_id(site: Site) -> str:
    """An application that is registered for two services."""
    client = {
        "client_id": f"mcp-{uuid4().hex[:8]}",
        "client_name": "Agent",
        "client_secret": SECRET,
        "redirect_uris": [f"{site.demo}/"],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "scope": "openid offline_access",
        "audience": [MCP, API],
        "token_endpoint_auth_method": "client_secret_post",
    }
    made: str = site.admin("POST", "hydra", "/admin/clients", json=client)["client_id"]
    return made


def ask(visitor: Visitor, client_id: str, *more: tuple[str, str]) -> Page:
    site = visitor.site
    parameters = {
        "client_id": client_id,
        "redirect_uri": f"{site.demo}/",
        "response_type": "code",
        "scope": "openid offline_access",
        "state": "state-of-the-test",
    }
    return visitor.open(f"{site.hydra}/oauth2/auth?{urlencode([*parameters.items(), *more])}")


def token(site: Site, client_id: str, **form: str) -> dict[str, Any]:
    form |= {"client_id": client_id, "client_secret": SECRET, "redirect_uri": f"{site.demo}/"}
    answer = site.http.post(f"{site.hydra}/oauth2/token", data=form, timeout=30)
    assert answer.ok, answer.text
    return dict(answer.json())


def audience(site: Site, access_token: str) -> list[str]:
    """Whom a resource server learns the token is for."""
    introspection = site.admin("POST", "hydra", "/admin/oauth2/introspect", data={"token": access_token})
    assert introspection["active"]
    return list(introspection["aud"])


@pytest.mark.parametrize(
    ("parameters", "granted"),
    [
        ([("resource", MCP)], [MCP]),
        ([("resource", MCP), ("resource", f"{API}/")], [MCP, API]),
        ([("audience", API)], [API]),
        ([("audience", API), ("resource", MCP)], [API, MCP]),
        ([], []),
    ],
)
def test_the_tokens_are_for_who_was_named_and_shown_also_after_a_refresh(
    site: Site, visitor: Visitor, ada: Person, client_id: str, parameters: list[tuple[str, str]], granted: list[str]
) -> None:
    page = visitor.sign_in(ask(visitor, client_id, *parameters), ada)
    assert [item.get_text() for item in page.soup.select("dl.facts li")] == granted
    code = page.press("action=accept").parameter("code")
    tokens = token(site, client_id, grant_type="authorization_code", code=code)
    assert audience(site, tokens["access_token"]) == granted
    again = token(site, client_id, grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert audience(site, again["access_token"]) == granted


@pytest.mark.parametrize("resource", ["https://other.example.org", f"{MCP}#x", "mcp", f"{API}/deeper"])
def test_any_other_resource_is_invalid_target(visitor: Visitor, ada: Person, client_id: str, resource: str) -> None:
    """N78."""
    answer = visitor.sign_in(ask(visitor, client_id, ("resource", MCP), ("resource", resource)), ada)
    assert answer.parameter("error") == "invalid_target"
    assert not answer.passed("code=")


def test_a_remembered_consent_does_not_cover_another_service(
    site: Site, visitor: Visitor, ada: Person, client_id: str
) -> None:
    """N79."""
    page = visitor.sign_in(ask(visitor, client_id, ("resource", MCP)), ada)
    page.press("action=accept", {"remember": ["true"]})
    assert ask(visitor, client_id, ("resource", MCP)).parameter("code")
    more = ask(visitor, client_id, ("resource", MCP), ("audience", API))
    assert more.at(f"{site.portico}/consent")
    assert ask(visitor, client_id, ("audience", API), ("prompt", "none")).parameter("error") == "consent_required"
