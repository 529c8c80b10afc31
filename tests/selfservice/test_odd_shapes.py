"""Replies of Kratos and Hydra whose JSON has another shape than expected (F03)."""

import json

from app.ory.kratos import MAX_NODES
from tests.support.builders import node
from tests.support.cases import each_case
from tests.support.upstream import BROWSER_KRATOS, KRATOS, Upstream, flow, session

LOGIN, CONSENT, LOGOUT = (Upstream.url(what) for what in ("login", "consent", "logout"))
FIELDS = ("challenge", "subject", "client", "requested_scope", "request_url", "skip", "oidc_context", "context")
VALUES = (None, 7, "x", [], {}, [None], True, "https://evil.example/")


@each_case("value", VALUES)
@each_case("field", FIELDS)
@each_case("what", ["login", "consent"])
def test_a_field_of_the_wrong_type_never_breaks_a_page_nor_sends_anybody_away(client, upstream, what, field, value):
    """F03; the client fixture checks where redirects lead."""
    upstream.mock.assert_all_requests_are_fired = False
    upstream.asks(what)
    prepared = upstream.mock.registered()[-1]
    upstream.mock.remove(prepared)
    body = json.loads(prepared.body) | {field: value}
    upstream.on("GET", upstream.url(what), 200, body)
    upstream.signed_in()
    upstream.takes(what, "accept")
    upstream.takes(what, "reject")

    response = client.get(f"/{what}?{what}_challenge=c")

    assert response.status_code in (200, 303, 502)


@each_case("value", VALUES)
@each_case("field", [*session()])
def test_a_session_of_odd_shape_is_accepted_for_nobody_else(client, upstream, field, value):
    """I1."""
    upstream.mock.assert_all_requests_are_fired = False
    upstream.asks("login")
    upstream.whoami(session() | {field: value})
    upstream.takes("login", "accept")

    response = client.get("/login?login_challenge=c")

    assert response.status_code == 303
    if upstream.sent("PUT"):
        assert upstream.body("accept")["subject"] == "ada-identity"
        assert upstream.body("accept")["remember_for"] > 0


@each_case("value", VALUES)
@each_case("field", [*flow("login/choose_method")])
def test_a_flow_of_odd_shape_is_a_page(client, upstream, field, value):
    upstream.mock.assert_all_requests_are_fired = False
    upstream.on("GET", f"{KRATOS}/self-service/login/flows", 200, flow("login/choose_method") | {field: value})
    upstream.signed_in()
    assert client.get("/login?flow=f").status_code in (200, 502)


def test_json_with_a_name_twice_is_read_like_hydra_means_it(client, upstream):
    upstream.on(
        "GET",
        LOGIN,
        200,
        b'{"challenge": "c", "skip": true, "subject": "bob", "skip": false, "client": {"client_id": "x"}, '
        b'"request_url": "http://localhost:4444/oauth2/auth?client_id=x"}',
    )
    upstream.nobody()
    assert client.get("/login?login_challenge=c").status_code == 303


@each_case("number, status", [(MAX_NODES, 200), (MAX_NODES + 1, 502)])
@each_case("kind", ["registration", "settings"])
def test_a_flow_of_more_nodes_than_a_page_can_have_is_none(client, upstream, kind, number, status):
    """N95: one node costs as much as a request, and whoever had so many made can ask for the page again and again."""
    items = [node(f"traits.tags.{item}", value="x") for item in range(number)]
    upstream.mock.assert_all_requests_are_fired = False
    upstream.signed_in()
    ui = {"action": f"{BROWSER_KRATOS}/self-service/{kind}?flow=f", "method": "POST", "nodes": items}
    upstream.on("GET", f"{KRATOS}/self-service/{kind}/flows", 200, {"id": "f", "ui": ui})
    assert client.get(f"/{kind}?flow=f").status_code == status
