"""What Prometheus is told of decisions, consents, flows, limits and calls upstream, by labels that are ours alone."""

import ast
from pathlib import Path
from typing import get_args

import pytest
from prometheus_client import REGISTRY

from app.oauth2.login_policy import Decision
from tests.http import test_events, test_operators_events
from tests.support.upstream import HYDRA, KRATOS
from tests.support.world import CONSENT, LOGIN, World

APP = Path(__file__).resolve().parents[2] / "app"
SCENARIOS = test_events.SCENARIOS | test_operators_events.SCENARIOS


def counted(name):
    """Every value of a metric so far, by the values of its labels."""
    samples = [sample for metric in REGISTRY.collect() for sample in metric.samples if sample.name == name]
    return {tuple(sample.labels.values()): sample.value for sample in samples}


@pytest.fixture
def more():
    """What has been counted since the test began."""
    before = {metric: counted(metric) for metric in NAMES}

    def since(name):
        added = {key: value - before[name].get(key, 0) for key, value in counted(name).items()}
        return {key: value for key, value in added.items() if value}

    return since


NAMES = [
    f"portico_{name}"
    for name in (
        *("events_total", "login_decisions_total", "consents_total", "flows_restarted_total"),
        *("rate_limited_total", "overload_refused_total", "upstream_errors_total", "upstream_seconds_count"),
    )
]


@pytest.fixture
def world(client_with, upstream, logs, monkeypatch):
    return World(client_with, upstream, logs, monkeypatch)


@pytest.mark.parametrize("name", ["authn_login_success", "authz_fail", "upstream_error", "cookie_invisible"])
def test_every_event_is_counted(world, more, name):
    SCENARIOS[name](world)
    assert more("portico_events_total") == {(name,): 1}


@pytest.mark.parametrize(
    ("scenario", "decision"),
    [
        ("authn_login_success", "Accept"),
        ("authn_login_fail", "Reject"),
        ("authn_reauthentication_required", "Authenticate"),
    ],
)
def test_a_login_is_counted_by_what_was_decided(world, more, scenario, decision):
    SCENARIOS[scenario](world)
    assert more("portico_login_decisions_total") == {(decision,): 1}


def test_no_decision_has_a_name_that_is_not_its_own():
    names = {decision.__name__ for decision in get_args(Decision)}
    assert {key[0] for key in counted("portico_login_decisions_total")} <= names
    assert len(names) == len(get_args(Decision))


@pytest.mark.parametrize(
    ("scenario", "outcome"), [("privilege_permissions_changed", "allowed"), ("privilege_permissions_denied", "denied")]
)
def test_a_consent_is_counted_by_what_became_of_it(world, more, scenario, outcome):
    SCENARIOS[scenario](world)
    assert more("portico_consents_total") == {(outcome,): 1}


def test_a_consent_without_a_page_is_counted_apart(world, more):
    world.upstream.asks("consent", client={"skip_consent": True})
    world.upstream.signed_in()
    world.upstream.takes("consent", "accept")
    world.client.get(CONSENT)
    assert more("portico_consents_total") == {("allowed_without_page",): 1}


def test_a_consent_that_needs_a_page_and_may_have_none_is_counted_apart(world, more):
    world.upstream.asks("consent", request_url="https://hydra.example.org/oauth2/auth?client_id=demo&prompt=none")
    world.upstream.nobody()
    world.upstream.takes("consent", "reject")
    world.client.get(CONSENT)
    assert more("portico_consents_total") == {("page_needed",): 1}


@pytest.mark.parametrize(
    ("status", "error", "reason"),
    [(410, "self_service_flow_expired", "expired"), (404, "", "unknown"), (403, "security_csrf_violation", "foreign")],
)
def test_a_flow_that_begins_anew_is_counted_by_why(client, upstream, more, status, error, reason):
    upstream.on("GET", f"{KRATOS}/self-service/login/flows", status, {"error": {"id": error}})
    client.get("/login?flow=f")
    assert more("portico_flows_restarted_total") == {("login", reason): 1}


def test_a_limit_that_is_hit_is_counted(world, more):
    SCENARIOS["excess_rate_limit_exceeded"](world)
    assert list(more("portico_rate_limited_total").values()) == [1]


def test_who_is_sent_away_is_counted(world, more):
    SCENARIOS["overloaded"](world)
    assert sum(more("portico_overload_refused_total").values()) >= 1


class TestCallsUpstream:
    @pytest.fixture
    def client(self, client_with):
        return client_with(metrics_listen="127.0.0.1:9")

    def test_calls_are_timed_by_their_name_in_orys_specification(self, client, upstream, more):
        upstream.asks("login")
        upstream.signed_in()
        upstream.takes("login", "accept")
        client.get(LOGIN)

        assert more("portico_upstream_seconds_count") == {
            ("hydra", "getOAuth2LoginRequest"): 1,
            ("kratos", "toSession"): 1,
            ("hydra", "acceptOAuth2LoginRequest"): 1,
        }
        assert more("portico_upstream_errors_total") == {}

    @pytest.mark.parametrize(
        ("status", "errors"), [(404, {}), (401, {}), (429, {"busy": 1}), (500, {"failed": 1}), (503, {"failed": 1})]
    )
    def test_a_call_is_an_error_where_hydra_is_at_fault(self, client, upstream, more, status, errors):
        upstream.mock.assert_all_requests_are_fired = False
        upstream.nobody()
        upstream.on("GET", f"{HYDRA}/admin/oauth2/auth/requests/login", status, {"error": "any"})
        client.get(LOGIN)
        login = ("hydra", "getOAuth2LoginRequest")
        assert more("portico_upstream_errors_total") == {(*login, kind): number for kind, number in errors.items()}
        assert more("portico_upstream_seconds_count")[login] == 1

    def test_readiness_is_a_call_of_its_own(self, client, upstream, more):
        upstream.mock.add("GET", f"{KRATOS}/health/ready", body=ConnectionResetError())
        upstream.on("GET", f"{HYDRA}/health/ready", 200, {"status": "ok"})
        client.get("/health/ready")
        assert more("portico_upstream_errors_total") == {("kratos", "isReady", "no_answer"): 1}
        assert more("portico_upstream_seconds_count") == {("kratos", "isReady"): 1, ("hydra", "isReady"): 1}


def test_nothing_is_counted_by_anything_that_somebody_sent():
    """Every label value in app/ is a constant, a word of a table or a name in our code."""
    ours = {"name", "outcome", "per", "kind", "gone.reason", "route", "method", "status"}
    ours |= {"upstream", "api", "operation", "error", "type(decision).__name__"}
    labels = {
        ast.unparse(argument)
        for path in APP.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "labels"
        for argument in node.args
    }

    assert labels
    assert {label for label in labels if not label.startswith("'")} <= ours
