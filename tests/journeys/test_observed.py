"""Who signs in leaves nothing of theirs in metrics and traces; dashboard and alerts ask for what is served."""

import json
import re
from collections.abc import Iterator

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from tests.http.test_observability_samples import EXPRESSIONS
from tests.journeys.conftest import stack_of
from tests.journeys.site import Person, Site, Visitor, site_of, soon
from tests.journeys.test_device import Television
from tests.stack.leaks import SENT, leaks
from tests.stack.ports import unused_port
from tests.support.collector import Received, collector

NAMES = re.compile(r"(GET|POST) (/[a-z/-]*|unknown)|(kratos|hydra) [A-Za-z0-9]+")
ATTRIBUTES = {"http.request.method", "http.response.status_code"}
OF_REQUESTS = ATTRIBUTES | {"http.route", "portico.request_id"}
OF_CALLS = ATTRIBUTES | {"peer.service", "portico.upstream_silent", "error.type"}
# What is there once something goes wrong: tests/server and tests/http have each of it.
IN_TROUBLE = {"portico_upstream_errors_total", "portico_upstream_silent"}


class Observed(Site):
    """A site, and what is seen of it from outside."""

    metrics: str
    received: Received

    def spans(self):
        resources = [resource for _, sent in self.received for resource in sent.resource_spans]
        return [span for resource in resources for scope in resource.scope_spans for span in scope.spans]

    def served(self) -> str:
        return requests.get(self.metrics, timeout=60).text


@pytest.fixture(scope="module")
def observed(kind: str) -> Iterator[Observed]:
    """A site with a collector and metrics, after somebody has been at every kind of page; all spans have come."""
    listen = f"127.0.0.1:{unused_port()}"
    with collector() as (url, received):
        settings = {"PORTICO_METRICS_LISTEN": listen, "PORTICO_TRACING": "true", "PORTICO_LOG_PROBES": "false"}
        settings |= {"OTEL_EXPORTER_OTLP_ENDPOINT": url, "OTEL_BSP_SCHEDULE_DELAY": "50"}
        with site_of(stack_of(kind, portico_env=settings)) as site:
            seen = Observed(site.stack)
            seen.metrics, seen.received = f"http://{listen}/metrics", received
            be_there(seen, seen.person())
            soon(lambda: len([span for span in seen.spans() if span.kind == 2]) == requests_of(seen))
            yield seen
            seen.http.close()


def requests_of(site: Site) -> int:
    return site.stack.logs("portico").count('"event": "request"')


def be_there(site: Site, person: Person) -> None:
    """Sign in with a wrong password, then the right one; allow; look around; type a device's code; sign out."""
    visitor = Visitor(site)
    visitor.sign_in(visitor.ask("demo", login_hint=person.email), Person("", person.email, "not-hers-at-all", ""))
    visitor.enter(person, "demo")
    for path in ("/settings", "/sessions", "/apps", "/nowhere?code=of-somebody", "/error?error=access_denied"):
        visitor.open(site.portico + path)
    visitor.open(f"{site.portico}/login?flow=00000000-0000-4000-8000-000000000000")
    visitor.open(Television(site, Visitor(site)).shown["verification_uri_complete"]).press("Continue")
    page = Visitor(site).open(Television(site, Visitor(site)).shown["verification_uri"])
    for _ in range(11):
        page = page.press("Continue", {"user_code": "WRNGCODE"})
    visitor.open(f"{site.portico}/logout").press("action=accept")


def test_spans_are_named_by_routes_and_operations_and_say_no_more(observed: Observed) -> None:
    """N34."""
    spans = observed.spans()
    names = {span.name for span in spans}
    assert {"GET /login", "GET /settings", "POST /consent", "GET unknown", "hydra acceptOAuth2LoginRequest"} <= names
    assert [name for name in names if not NAMES.fullmatch(name)] == []
    for span in spans:
        assert {attribute.key for attribute in span.attributes} <= (OF_REQUESTS if span.kind == 2 else OF_CALLS)
        assert (len(span.events), len(span.links), span.trace_state, span.status.message) == (0, 0, "", "")


def test_each_call_is_in_the_span_of_its_request(observed: Observed) -> None:
    requests_ = {span.span_id: span for span in observed.spans() if span.kind == 2}
    calls = [span for span in observed.spans() if span.kind == 3]
    assert all(requests_[call.parent_span_id].trace_id == call.trace_id for call in calls)
    assert not any(span.parent_span_id for span in requests_.values())


def test_nothing_that_a_browser_sent_is_in_a_span_or_a_series(observed: Observed) -> None:
    """N34."""
    served = [line for line in observed.served().splitlines() if not line.startswith("#")]
    lines = [json.dumps({"text": line}) for line in served]
    for span in observed.spans():
        values = [attribute.value for attribute in span.attributes if attribute.key != "portico.request_id"]
        lines += [json.dumps({"text": text}) for text in (span.name, *(value.string_value for value in values))]
    assert len(SENT.secrets) > 20
    assert leaks("\n".join(lines), SENT.secrets) == []
    assert "=" not in "".join(span.name for span in observed.spans())


def test_every_expression_asks_for_what_is_served(observed: Observed) -> None:
    """Names as they are written there, `_bucket` and `_total` too, and each value of a label that is asked for."""
    families = text_string_to_metric_families(observed.served())
    samples = [(sample.name, sample.labels) for family in families for sample in family.samples]
    served = {name for name, _ in samples}
    used = {name for expression in EXPRESSIONS for name in re.findall(r"portico_\w+", expression)}
    exact = {
        (name, *pair)
        for expression in EXPRESSIONS
        for name, labels in re.findall(r"(portico_\w+)\{([^}]*)\}", expression)
        for pair in re.findall(r'(\w+)="([^"]*)"', labels)
    }

    assert used - served <= IN_TROUBLE
    assert {name for name, *_ in exact} - IN_TROUBLE
    for name, label, value in (pair for pair in exact if pair[0] not in IN_TROUBLE):
        assert any(name == other and labels.get(label) == value for other, labels in samples), (name, label, value)


def test_the_decisions_of_the_visit_are_counted(observed: Observed) -> None:
    values = {}
    for family in text_string_to_metric_families(observed.served()):
        values |= {(sample.name, *sample.labels.values()): sample.value for sample in family.samples}
    assert values["portico_login_decisions_total", "Accept"] >= 1
    assert values["portico_consents_total", "allowed"] == 1
    assert values["portico_flows_restarted_total", "login", "unknown"] == 1
    assert values["portico_rate_limited_total", "browser"] >= 1
    assert values["portico_events_total", "authn_login_success"] >= 1
