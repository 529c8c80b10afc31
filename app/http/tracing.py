"""OpenTelemetry spans (optional) with routes and operations, but no address, challenge or personal data."""

from collections.abc import Callable, Collection
from typing import Any

import gevent
from flask import Flask, request
from opentelemetry import trace
from opentelemetry.context import attach, detach
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, StatusCode, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from app.http import logs

LAST_SECONDS = 2.0  # for the collector, when a worker ends
W3C = TraceContextTextMapPropagator()  # no baggage, which could hold anything
tracer = trace.get_tracer("portico")  # uses the provider that each worker sets


def check() -> None:
    """Raise ValueError or RuntimeError if OpenTelemetry refuses its variables; nothing is sent."""
    TracerProvider(shutdown_on_exit=False).shutdown()
    OTLPSpanExporter().shutdown()  # type: ignore[no-untyped-call]


def begin(version: str) -> None:
    """Start tracing in a worker after the fork; a thread sends spans from a limited queue."""
    provider = TracerProvider(resource=resource(version), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)


def resource(version: str) -> Resource:
    """Return the resource of all spans; OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES override it."""
    return Resource({"service.name": "portico", "service.version": version}).merge(OTELResourceDetector().detect())


def end() -> None:
    """Send the waiting spans before a worker ends, within LAST_SECONDS."""
    provider = trace.get_tracer_provider()
    if isinstance(provider, TracerProvider):
        with gevent.Timeout(LAST_SECONDS, False):
            provider.shutdown()


def init_app(app: Flask, quiet: Collection[str]) -> None:
    """Make a span for each request except `quiet` paths; its calls and log lines belong to the same trace."""
    answer: Any = app.wsgi_app

    def traced(environ: dict[str, Any], start_response: Any) -> Any:
        if environ["PATH_INFO"] in quiet:
            return answer(environ, start_response)
        parent = W3C.extract(logs.trace_headers(environ))
        span = tracer.start_span("request", parent, SpanKind.SERVER)
        context = set_span_in_context(span, parent)
        carrier: dict[str, str] = {}
        W3C.inject(carrier, context)
        environ |= {f"HTTP_{name.upper()}": value for name, value in carrier.items()}

        def begin(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            _describe(span, int(status[:3]))
            return start_response(status, headers, *rest)

        token = attach(context)
        try:
            return answer(environ, begin)
        finally:
            detach(token)
            span.end()

    app.wsgi_app = traced  # type: ignore[method-assign]


def _describe(span: trace.Span, status: int) -> None:
    method = request.method if request.method in ("GET", "HEAD", "POST") else "_OTHER"  # OpenTelemetry's word
    route = request.url_rule.rule if request.url_rule else "unknown"
    span.update_name(f"{method} {route}")
    span.set_attribute("http.request.method", method)
    span.set_attribute("http.route", route)
    span.set_attribute("http.response.status_code", status)
    span.set_attribute("portico.request_id", logs.request_id())
    if status >= 500:
        span.set_status(StatusCode.ERROR)


def upstream(api: str, operation: str) -> Callable[[Any], Callable[[int, str], None]]:
    """Return what makes a span for each call of this operation in a traced request, and sends its `traceparent`."""

    def begin(call: Any) -> Callable[[int, str], None]:
        if not trace.get_current_span().get_span_context().is_valid:
            return lambda *_: None  # a probe
        attributes = {"peer.service": api, "http.request.method": call.method}
        span = tracer.start_span(f"{api} {operation}", kind=SpanKind.CLIENT, attributes=attributes)
        span.set_attribute("portico.upstream_silent", call.pool.breaker.is_silent)
        W3C.inject(call.headers, set_span_in_context(span))

        def end(status: int, error: str) -> None:
            if status:
                span.set_attribute("http.response.status_code", status)
            if error:
                span.set_attribute("error.type", error)
                span.set_status(StatusCode.ERROR)
            span.end()

        return end

    return begin
