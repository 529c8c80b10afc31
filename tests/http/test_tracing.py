"""Spans of requests and of the calls they make: by route and operation, and nothing of a person in them (N34)."""

import sys

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from app.config.sources import SettingsError
from app.http import tracing
from app.ory.transport import Transport
from tests.http.test_logs import everything, routes
from tests.support.loopback import serving
from tests.support.upstream import HYDRA, KRATOS
from tests.support.world import LOGIN

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@pytest.fixture
def spans(monkeypatch):
    """All spans that have ended, the newest last."""
    exporter, provider = InMemorySpanExporter(), TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(tracing, "tracer", provider.get_tracer("tests"))
    return exporter.get_finished_spans


@pytest.fixture
def client(client_with):
    return client_with(tracing=True)


@pytest.fixture
def accepted(client, upstream):
    upstream.asks("login")
    upstream.signed_in()
    upstream.takes("login", "accept")
    return lambda **headers: client.get(LOGIN, headers=headers)


def test_a_request_is_a_span_and_each_call_is_one_in_it(accepted, spans):
    response = accepted()

    *calls, request = spans()
    assert (request.name, request.kind, request.parent) == ("GET /login", SpanKind.SERVER, None)
    assert dict(request.attributes) == {
        "http.request.method": "GET",
        "http.route": "/login",
        "http.response.status_code": 303,
        "portico.request_id": response.headers["X-Request-Id"],
    }
    assert [call.name for call in calls] == [
        "hydra getOAuth2LoginRequest",
        "kratos toSession",
        "hydra acceptOAuth2LoginRequest",
    ]
    assert {(call.kind, call.parent.span_id) for call in calls} == {(SpanKind.CLIENT, request.context.span_id)}
    assert dict(calls[2].attributes) == {
        "peer.service": "hydra",
        "http.request.method": "PUT",
        "http.response.status_code": 200,
        "portico.upstream_silent": False,
    }


def test_the_trace_of_what_is_in_front_goes_on(accepted, spans, upstream, logs):
    accepted(traceparent=f"00-{TRACE}-{SPAN}-01", tracestate="vendor=1", baggage="ada=ada@example.org")
    assert {f"{span.context.trace_id:032x}" for span in spans()} == {TRACE}
    assert f"{spans()[-1].parent.span_id:016x}" == SPAN
    sent = [call.request.headers for call in upstream.mock.calls]
    assert {headers["tracestate"] for headers in sent} == {"vendor=1"}
    assert not any("baggage" in headers for headers in sent)
    assert logs.getvalue().count(f'"trace_id": "{TRACE}"') == len(logs.getvalue().splitlines())


def test_what_is_wrong_is_told_by_status_and_kind(client, spans, upstream):
    upstream.nobody()
    upstream.on("GET", f"{HYDRA}/admin/oauth2/auth/requests/login", 502)
    upstream.mock.assert_all_requests_are_fired = False
    client.get(LOGIN)
    failed, page = next(span for span in spans() if span.name.startswith("hydra")), spans()[-1]
    assert (failed.attributes["error.type"], failed.status.status_code) == ("failed", StatusCode.ERROR)
    assert (page.attributes["http.response.status_code"], page.status.status_code) == (503, StatusCode.ERROR)


def test_a_probe_is_no_span_and_its_calls_are_none(client, spans, upstream):
    for base in (HYDRA, KRATOS):
        upstream.mock.assert_all_requests_are_fired = False
        upstream.on("GET", f"{base}/health/ready", 200, {"status": "ok"})
    client.get("/health/alive")
    client.get("/health/ready")
    assert spans() == ()


@pytest.mark.parametrize("status", [200, 404, 500])
def test_no_span_holds_anything_of_a_person(client_with, spans, status):
    with serving(routes(status)) as url:
        everything(client_with(tracing=True, kratos_public_url=url, hydra_admin_url=url))
    written = "\n".join(span.to_json() for span in spans())
    assert len(spans()) > 17
    assert "marked" not in written
    assert "127.0.0.1" not in written
    assert "?" not in written


def test_where_it_is_not_wanted_nothing_is_in_its_place(client_with):
    """Free: the same transport, and no layer around the application."""
    plain, traced = client_with().application, client_with(tracing=True).application
    assert type(plain.extensions["portico"].kratos._transport) is Transport
    assert plain.wsgi_app.__module__ == "app.http.logs"
    assert traced.wsgi_app.__module__ == "app.http.tracing"


def test_without_the_extra_the_settings_say_what_to_install(client_with, monkeypatch):
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    monkeypatch.delitem(sys.modules, "app.http.tracing")
    monkeypatch.delattr("app.http.tracing")
    with pytest.raises(SettingsError, match=r"pip install 'portico\[otel\]'"):
        client_with(tracing=True)


def test_each_call_tells_its_own_span_on(accepted, spans, upstream):
    accepted(traceparent=f"00-{TRACE}-{SPAN}-01")
    *calls, _ = spans()
    sent = [call.request.headers["traceparent"] for call in upstream.mock.calls]
    assert sorted(sent) == sorted(f"00-{TRACE}-{call.context.span_id:016x}-01" for call in calls)
