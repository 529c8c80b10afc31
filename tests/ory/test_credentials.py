"""Tokens for admin APIs that something guards: shown there, and nowhere else."""

import re

import pytest
import responses

from app.config.settings import Settings
from app.errors import NotLetIn
from app.factory import create_app
from app.ory.hydra import Hydra
from app.ory.kratos_admin import KratosAdmin
from app.ory.transport import Transport
from tests.support.cases import each_case
from tests.support.fixtures import SETTINGS
from tests.support.upstream import HYDRA, KRATOS

ADMIN = "http://kratos.internal:4434"
TOKENS = {"hydra_admin_token": "hydra-secret", "kratos_admin_token": "kratos-secret", "kratos_admin_url": ADMIN}
RULES = {"email": {"debtor": {"value": "metadata_admin.debtor", "type": "string"}}}


@pytest.fixture
def client():
    """A browser at a Portico with both tokens, and a claim that needs Kratos' admin API."""
    return create_app(Settings(**SETTINGS | TOKENS | {"claims": RULES})).test_client()


def shown(mock):
    """The token that each server was shown."""
    return {call.request.url.split("/")[2]: call.request.headers.get("Authorization", "") for call in mock.calls}


def test_each_admin_api_is_shown_its_own_and_the_public_ones_none(client):
    """N92."""
    with responses.RequestsMock() as mock:
        mock.add("GET", re.compile(f"{HYDRA}/admin/.*"), status=404, json={})
        mock.add("GET", f"{HYDRA}/health/ready", json={})
        mock.add("GET", f"{KRATOS}/health/ready", json={})
        mock.add("GET", f"{ADMIN}/health/ready", json={})
        mock.add("GET", re.compile(f"{ADMIN}/admin/identities/.*"), status=404, json={})
        client.get("/login?login_challenge=c")
        assert client.get("/health/ready").status_code == 200

        assert shown(mock) == {
            "hydra.internal:4445": "Bearer hydra-secret",
            "kratos.internal:4433": "",
            "kratos.internal:4434": "Bearer kratos-secret",
        }


def test_a_transport_that_bears_a_token_leaves_the_one_it_was_made_of_without():
    transport = Transport()
    transport.bearing("secret")
    with responses.RequestsMock() as mock:
        mock.add("GET", "http://a/health/ready", json={})
        Hydra(transport, "http://a").check_ready()
        assert shown(mock) == {"a": ""}


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("api", [HYDRA, ADMIN])
def test_readiness_names_the_one_that_does_not_let_us_in(client, status, api):
    """Whose health is open all the same."""
    with responses.RequestsMock() as mock:
        for server in (HYDRA, KRATOS, ADMIN):
            mock.add("GET", f"{server}/health/ready", json={})
        mock.add("GET", re.compile(f"{HYDRA}/admin/.*"), status=status if api == HYDRA else 404, json={})
        mock.add("GET", re.compile(f"{ADMIN}/admin/.*"), status=status if api == ADMIN else 404, json={})
        answer = client.get("/health/ready")
    assert (answer.status_code, answer.json["failing"]) == (503, ["Hydra" if api == HYDRA else "Kratos' admin API"])


@each_case("ask", [lambda h: h.login_request("c"), lambda h: h.grants("ada"), lambda h: h.end_session("s")])
@each_case("status", [401, 403])
def test_what_a_guard_refuses_is_no_expired_challenge_and_no_session_that_is_over(ask, status):
    """N92."""
    with responses.RequestsMock() as mock:
        for method in ("GET", "DELETE"):
            mock.add(method, re.compile("http://a/.*"), status=status, json={"error": {"code": status}})
        mock.assert_all_requests_are_fired = False
        with pytest.raises(NotLetIn, match="PORTICO_HYDRA_ADMIN_TOKEN"):
            ask(Hydra(Transport(), "http://a", "wrong"))


@pytest.mark.parametrize("status", [401, 403])
def test_nor_a_person_who_is_gone(status):
    with responses.RequestsMock() as mock:
        mock.add("GET", "http://a/admin/identities/x", status=status, json={})
        with pytest.raises(NotLetIn, match="PORTICO_KRATOS_ADMIN_TOKEN"):
            KratosAdmin(Transport(), "http://a").identity("x")
