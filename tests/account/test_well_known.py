"""What browsers, password managers and robots ask every site for; nobody has to be signed in."""

from tests.support.cases import each_case
from tests.support.upstream import PUBLIC


def test_where_passwords_are_changed(client):
    """W3C, A Well-Known URL for Changing Passwords: a redirect, whoever asks."""
    response = client.get("/.well-known/change-password")
    assert (response.status_code, response.headers["Location"]) == (303, f"{PUBLIC}/settings#password")


def test_where_passkeys_are_added_and_managed(client):
    """W3C, A Well-Known URL for Relying Party Passkey Endpoints: JSON with absolute https URLs."""
    response = client.get("/.well-known/passkey-endpoints")
    assert (response.status_code, response.mimetype) == (200, "application/json")
    assert response.json == {"enroll": f"{PUBLIC}/settings#passkey", "manage": f"{PUBLIC}/settings#passkey"}


def test_the_addresses_are_the_public_ones_behind_a_proxy(client_with):
    client = client_with(public_url="https://accounts.example.org", kratos_browser_url="https://kratos.example.org")
    endpoints = client.get("/.well-known/passkey-endpoints").json
    assert set(endpoints.values()) == {"https://accounts.example.org/settings#passkey"}


def test_nothing_is_for_search_engines(client):
    response = client.get("/robots.txt")
    assert (response.status_code, response.mimetype) == (200, "text/plain")
    assert response.text.split("\n") == ["User-agent: *", "Disallow: /", ""]


def test_an_unknown_well_known_address_is_404(client):
    """Password managers believe change-password only where this address is not answered with 200."""
    path = "/.well-known/resource-that-should-not-exist-whose-status-code-should-not-be-200"
    assert client.get(path).status_code == 404


@each_case("path", ["/.well-known/change-password", "/.well-known/passkey-endpoints", "/robots.txt"])
def test_they_only_answer_questions(client, path):
    assert client.send(path, []).status_code == 405
