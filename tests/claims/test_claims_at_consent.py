"""Claims on their way to Hydra: by application, out of Kratos' admin API, and what the log says of them."""

import json
from typing import Any

import pytest
import requests

from tests.support.cases import each_case
from tests.support.pages import heading
from tests.support.upstream import ADA, BOB, BROWSER_HYDRA, authorize, identity, session

ADMIN = "http://kratos.internal:4434"
CONSENT = "/consent?consent_challenge=c"
VERIFIER = f"{BROWSER_HYDRA}/oauth2/auth?consent_verifier=v"
ALLOW = ("action", "accept")
PLAN = {"plan": {"plan": {"value": "metadata_admin.plan"}}}


@pytest.fixture
def consent(client_with, upstream):
    """Let Hydra skip a consent for these scopes, at a Portico with these settings; return what it was told."""

    def sent(
        scope: str, who: dict[str, Any] | None = None, client: dict[str, Any] | None = None, **settings: Any
    ) -> dict[str, Any]:
        upstream.asks("consent", skip=True, requested_scope=scope.split(), client=client or {})
        upstream.whoami(session() | {"identity": who or identity()})
        upstream.takes("consent", "accept", VERIFIER)
        answer = client_with(**{"kratos_admin_url": ADMIN} | settings).get(CONSENT)
        assert answer.headers["Location"] == VERIFIER
        return dict(upstream.body("consent/accept")["session"])

    return sent


def admin_tells(upstream, body=None, status=200):
    """Kratos' admin API about Ada."""
    return upstream.on("GET", f"{ADMIN}/admin/identities/{ADA}", status, body)


def test_metadata_admin_is_read_where_only_the_admin_api_tells_it(consent, upstream):
    admin_tells(upstream, identity() | {"metadata_admin": {"plan": "gold"}})
    assert consent("openid plan", claims=PLAN)["id_token"] == {"plan": "gold"}
    [request] = upstream.sent("GET", ADMIN)
    assert "Cookie" not in request.headers


def test_the_admin_api_is_not_asked_for_scopes_that_do_not_need_it(consent, upstream):
    assert consent("openid email", claims=PLAN)["id_token"]["email"] == "ada@example.org"
    assert upstream.sent("GET", ADMIN) == []


def test_a_claim_of_the_access_token_can_need_the_admin_api_too(consent, upstream):
    admin_tells(upstream, identity() | {"metadata_admin": {"plan": "gold"}})
    assert consent("openid plan", access_token_claims=PLAN) == {"id_token": {}, "access_token": {"plan": "gold"}}


def test_a_session_that_says_metadata_admin_is_not_believed(consent, upstream):
    """C18: Kratos never sends it there; nothing a browser's cookie leads to stands in for the admin API."""
    admin_tells(upstream, identity())
    assert consent("openid plan", identity() | {"metadata_admin": {"plan": "gold"}}, claims=PLAN)["id_token"] == {}


def test_with_the_admin_api_as_the_source_every_claim_comes_from_it(consent, upstream):
    admin_tells(upstream, identity(email="ada@new.example"))
    id_token = consent("openid email", claims_source="admin")["id_token"]
    assert id_token == {"email": "ada@new.example", "email_verified": False}


@each_case("status", [301, 401, 403, 404, 429, 500, 503])
@each_case("prompt", ["", "none"])
def test_without_an_answer_of_the_admin_api_nothing_is_granted(client_with, upstream, status, prompt):
    """C18: without a claim that says what they may do, people would get the wrong rights, for as long as the tokens."""
    upstream.asks("consent", skip=True, requested_scope=["openid", "plan"], request_url=authorize(prompt=prompt))
    upstream.signed_in()
    admin_tells(upstream, {}, status)
    answer = client_with(kratos_admin_url=ADMIN, claims=PLAN).get(CONSENT)
    assert answer.status_code >= 429
    assert heading(answer)
    assert upstream.sent("PUT") == []


def test_while_the_admin_api_is_away_people_can_try_again(client_with, upstream):
    upstream.asks("consent", requested_scope=["openid", "plan"])
    upstream.signed_in()
    client = client_with(kratos_admin_url=ADMIN, claims=PLAN)
    page = client.get(CONSENT)
    away = upstream.mock.add("GET", f"{ADMIN}/admin/identities/{ADA}", body=requests.ConnectTimeout())

    assert client.submit(page, "/consent", ALLOW).status_code == 503
    upstream.mock.remove(away)
    admin_tells(upstream, identity() | {"metadata_admin": {"plan": "gold"}})
    upstream.takes("consent", "accept", VERIFIER)
    client.submit(page, "/consent", ALLOW)

    assert upstream.body("consent/accept")["session"]["id_token"] == {"plan": "gold"}


@each_case("body", [b"", b"[]", {}, {"id": ADA[:-1]}, {"id": BOB, "traits": {"email": "bob@example.org"}}])
def test_an_answer_about_nobody_or_somebody_else_is_not_used(client_with, upstream, body):
    """C18."""
    upstream.asks("consent", skip=True, requested_scope=["openid", "email"])
    upstream.signed_in()
    admin_tells(upstream, body)
    answer = client_with(kratos_admin_url=ADMIN, claims_source="admin").get(CONSENT)
    assert answer.status_code == 502
    assert upstream.sent("PUT") == []


OWN = {
    "demo": {
        "claims": {"email": {"nickname": {"value": "traits.email"}}},
        "access_token_claims": {"email": {"mail": {"value": "traits.email"}}},
    }
}


def test_one_application_has_claims_of_its_own_beside_everybodys(consent):
    tokens = consent("openid email", clients=OWN)
    assert tokens["id_token"] == {"email": "ada@example.org", "nickname": "ada@example.org", "email_verified": True}
    assert tokens["access_token"] == {"mail": "ada@example.org"}


def test_other_applications_do_not_get_them(consent):
    """C19."""
    tokens = consent("openid email", client={"client_id": "other"}, clients=OWN)
    assert tokens == {"id_token": {"email": "ada@example.org", "email_verified": True}, "access_token": {}}


def test_a_scope_without_rules_is_granted_without_claims(consent, upstream):
    """C14."""
    assert consent("openid photos") == {"id_token": {}, "access_token": {}}
    assert upstream.body("consent/accept")["grant_scope"] == ["openid", "photos"]


def test_openid_alone_tells_nothing_about_anybody(consent):
    """C02: Hydra itself adds `sub`."""
    assert consent("openid") == {"id_token": {}, "access_token": {}}


def test_a_trait_of_the_wrong_type_is_logged_by_the_name_of_its_claim_only(consent, logs):
    """C05, C16."""
    who = identity(nickname=["secret-nickname"], picture="javascript:secret", website=" ")
    assert not {"nickname", "picture", "website"} & set(consent("openid profile", who)["id_token"])
    dropped = [event for event in map(json.loads, logs.getvalue().splitlines()) if event["event"] == "claim_dropped"]
    assert {event["claim"]: event["reason"] for event in dropped} == {"nickname": "wrong type", "picture": "wrong type"}
    assert "secret" not in logs.getvalue()


def test_no_value_of_a_claim_is_ever_logged(consent, upstream, logs):
    """C16."""
    secret = {"plan": "secret-plan", "n": 1}
    admin_tells(upstream, identity(nickname="secret-nickname") | {"metadata_admin": secret})
    tokens = consent("openid profile email plan", claims=PLAN, access_token_claims=PLAN)
    assert tokens["id_token"]["plan"] == tokens["access_token"]["plan"] == "secret-plan"
    for value in ("secret", "ada@example.org", "Lovelace"):
        assert value not in logs.getvalue()


@pytest.mark.parametrize("client_id", ["one", "two"])
def test_an_application_with_pairwise_subjects_gets_the_same_email_as_any_other(consent, client_id):
    """C15: Hydra hides who it is in `sub` alone (docs/operators.md warns of it)."""
    pairwise = {"client_id": client_id, "subject_type": "pairwise"}
    assert consent("openid email", client=pairwise)["id_token"] == {"email": "ada@example.org", "email_verified": True}
