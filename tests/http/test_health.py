"""What a load balancer asks."""

import json

import pytest

from app import __version__
from app.http import ending
from tests.support.cases import each_case
from tests.support.upstream import HYDRA, KRATOS


def ready(upstream, kratos=200, hydra=200):
    upstream.on("GET", f"{KRATOS}/health/ready", kratos, {"status": "ok"})
    upstream.on("GET", f"{HYDRA}/health/ready", hydra, {"status": "ok"})


def test_alive_asks_nobody(client):
    assert client.get("/health/alive").json == {"status": "ok"}


def test_it_serves_whoever_else_answers(client):
    """Nobody is asked, so no outage of Kratos' or Hydra's takes the replicas away that have a page about it."""
    assert client.get("/health/serving").json == {"status": "ok"}


def test_ready_when_both_are(client, upstream):
    ready(upstream)
    response = client.get("/health/ready")
    assert (response.status_code, response.json) == (200, {"status": "ok", "version": __version__})


@pytest.mark.parametrize("has_begun", [True, False])
def test_the_version_is_told_by_who_is_not_ready_too(client, upstream, monkeypatch, has_begun):
    monkeypatch.setattr(ending, "has_begun", lambda: has_begun)
    upstream.mock.assert_all_requests_are_fired = False
    ready(upstream, kratos=503)
    response = client.get("/health/ready")
    assert (response.status_code, response.json["version"]) == (503, __version__)


@each_case("status", [301, 401, 404, 429, 500, 503])
@each_case("name", ["Kratos", "Hydra"])
def test_the_one_that_is_not_is_named(client, upstream, name, status):
    ready(upstream, **{name.lower(): status})
    response = client.get("/health/ready")
    assert (response.status_code, response.json["failing"]) == (503, [name])


def test_no_answer_is_not_ready(client, upstream):
    upstream.on("GET", f"{HYDRA}/health/ready", 200, {})
    upstream.mock.add("GET", f"{KRATOS}/health/ready", body=ConnectionResetError())
    assert client.get("/health/ready").json["failing"] == ["Kratos"]


def test_hydra_is_not_asked_where_it_is_not_used(client_with, upstream):
    upstream.on("GET", f"{KRATOS}/health/ready", 200, {})
    assert client_with(hydra_admin_url="").get("/health/ready").status_code == 200


ADMIN = "http://kratos.internal:4434"
RULE = {"email": {"debtor": {"value": "metadata_admin.debtor", "type": "string"}}}


class TestKratosAdmin:
    """People are not signed in while a claim about them cannot be had."""

    @each_case(
        "needing",
        [
            {"claims": RULE},
            {"access_token_claims": RULE},
            {"claims_source": "admin"},
            {"clients": {"billing": {"claims": RULE}}},
        ],
    )
    @each_case("status", [200, 401, 403, 404, 500])
    def test_it_counts_where_claims_need_it(self, client_with, upstream, needing, status):
        client = client_with(kratos_admin_url=ADMIN, **needing)
        ready(upstream)
        upstream.on("GET", f"{ADMIN}/health/ready", status, {})
        response = client.get("/health/ready")
        assert response.status_code == (200 if status == 200 else 503)
        assert response.json.get("failing", []) == ([] if status == 200 else ["Kratos' admin API"])

    def test_it_is_not_asked_where_none_does(self, client_with, upstream):
        ready(upstream)
        assert client_with(kratos_admin_url=ADMIN).get("/health/ready").status_code == 200


def test_what_is_not_ready_is_logged_with_the_reason(client, upstream, logs):
    """N92: a guard that refuses Portico's token is told by the setting that mends it."""
    ready(upstream, kratos=503, hydra=403)
    client.get("/health/ready")
    events = [event for event in map(json.loads, logs.getvalue().splitlines()) if event["event"] == "not_ready"]
    assert {(event["service"], event["status"]) for event in events} == {("Kratos", 503), ("Hydra", 403)}
    assert "PORTICO_HYDRA_ADMIN_TOKEN" in logs.getvalue()
