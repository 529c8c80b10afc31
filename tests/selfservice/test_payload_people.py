"""Odd sessions, identities, clients and requests: who is signed in gets on (see test_payload_oddities.py)."""

from typing import Any

from tests.support.cases import each_case
from tests.support.pages import heading, parsed
from tests.support.upstream import ADA, EMAILS, KRATOS, identity, proof, session

SESSIONS: dict[str, dict[str, Any]] = {
    "unknown method": {"authentication_methods": [proof(60, "hologram")]},
    "empty method": {"authentication_methods": [proof(60, "")]},
    "unknown aal of a method": {"authentication_methods": [proof(60, aal="aal9")]},
    "no methods": {"authentication_methods": None},
    "aal empty": {"authenticator_assurance_level": ""},
    "aal unknown": {"authenticator_assurance_level": "aal9"},
    "devices null": {"devices": None},
    "device fields null": {"devices": [{"id": "d", "ip_address": None, "user_agent": None, "location": None}]},
    "devices of odd shape": {"devices": [None, 5, "x", {}]},
    "tokenized null": {"tokenized": None},
    "extra fields": {"future": {"a": 1}},
    "dates that are none": {"issued_at": "soon", "authenticated_at": None},
    "expiry null": {"expires_at": None},
}
IDENTITIES: dict[str, dict[str, Any]] = {
    "state empty": {"state": ""},
    "state null": {"state": None},
    "address of unknown via": {"verifiable_addresses": [{"value": EMAILS[ADA], "via": "pigeon", "verified": True}]},
    "verified_at null": {"verifiable_addresses": [{"value": EMAILS[ADA], "via": "email", "verified_at": None}]},
    "addresses null": {"verifiable_addresses": None, "recovery_addresses": None},
    "credentials of unknown type": {"credentials": {"hologram": {"type": "hologram", "identifiers": ["ada"]}}},
    "credentials null": {"credentials": None},
    "metadata_public a list": {"metadata_public": ["a"]},
    "metadata_public a string": {"metadata_public": "a"},
    "schema_url null": {"schema_url": None},
    "organization_id null": {"organization_id": None},
    "traits a list": {"traits": ["a"]},
    "traits a string": {"traits": "ada"},
    "traits null": {"traits": None},
}
PLACES = {"/": "Your account", "/sessions": "Your devices"}
PEOPLE = SESSIONS | {f"identity: {name}": {"identity": identity() | changed} for name, changed in IDENTITIES.items()}


@each_case("path", PLACES)
@each_case("odd", PEOPLE)
def test_who_has_an_odd_session_still_sees_it(client, upstream, path, odd):
    upstream.mock.assert_all_requests_are_fired = False
    upstream.whoami(session() | PEOPLE[odd])
    upstream.on("GET", f"{KRATOS}/sessions", 200, [session(id="session-2") | PEOPLE[odd]])
    page = client.get(path)
    assert page.status_code == 200
    assert heading(page) == PLACES[path]


@each_case("odd", PEOPLE)
def test_who_has_an_odd_session_still_gets_into_the_application(client, upstream, odd):
    upstream.asks("login")
    upstream.whoami(session() | PEOPLE[odd])
    upstream.takes("login", "accept")
    assert client.get("/login?login_challenge=c").status_code == 303
    assert upstream.body("accept")["subject"] == ADA


def test_an_account_in_an_unknown_state_is_shown_but_lets_nobody_into_an_application(client, upstream):
    """Only `active` is known to be good: a state that Kratos may add can mean locked as well."""
    upstream.asks("login")
    upstream.signed_in(identity=identity(state="dreaming"))
    upstream.takes("login", "reject")
    assert heading(client.get("/")) == "Your account"
    assert client.get("/login?login_challenge=c").status_code == 303
    assert upstream.body("reject")["error"] == "access_denied"


def test_a_session_without_an_identity_is_nobodys(client, upstream):
    """What `identity: null` means is nowhere said; whoami's 401 is the same to us."""
    upstream.whoami(session() | {"identity": None})
    assert heading(client.get("/")) == "Welcome"


CLIENTS: dict[str, dict[str, Any]] = {
    "metadata a list": {"metadata": ["a"]},
    "metadata null": {"metadata": None},
    "lifespan in words": {"authorization_code_grant_access_token_lifespan": "1 hour"},
    "client_secret_expires_at a float": {"client_secret_expires_at": 0.0},
    "dates null": {"created_at": None, "updated_at": None},
    "jwks null": {"jwks": None, "jwks_uri": None},
    "contacts null": {"contacts": None, "audience": None, "redirect_uris": None},
    "unknown authentication method": {"token_endpoint_auth_method": "telepathy"},
    "name and addresses null": {"client_name": None, "client_uri": None, "logo_uri": None, "tos_uri": None},
    "extra fields": {"future": {"a": 1}},
}
REQUESTS: dict[str, dict[str, Any]] = {f"client: {name}": {"client": changed} for name, changed in CLIENTS.items()} | {
    "oidc_context null": {"oidc_context": None},
    "session id null": {"session_id": None, "login_session_id": None},
    "audience null": {"requested_access_token_audience": None},
    "amr null": {"amr": None, "acr": None},
}


@each_case("odd", REQUESTS)
def test_an_odd_login_request_is_accepted(client, upstream, odd):
    upstream.asks("login", **REQUESTS[odd])
    upstream.signed_in()
    upstream.takes("login", "accept")
    assert client.get("/login?login_challenge=c").status_code == 303
    assert upstream.body("accept")["subject"] == ADA


@each_case("odd", REQUESTS)
def test_an_odd_consent_request_can_be_answered(client, upstream, odd):
    """A context that is not ours is not odd but somebody else's login (test_consent_rules.py)."""
    upstream.asks("consent", **REQUESTS[odd])
    upstream.signed_in()
    page = client.get("/consent?consent_challenge=c")
    assert page.status_code == 200
    assert parsed(page).find("button", {"name": "action", "value": "accept"})
