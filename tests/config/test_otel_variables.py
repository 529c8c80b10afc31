"""OpenTelemetry's variables: what it would log, value and all, and go on without, is a mistake in words."""

import logging
import os

import pytest
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from app.config import otel_variables
from app.config.sources import SettingsError
from app.http import tracing
from tests.stack.stack import ROOT

EXPORTER = "OTEL_EXPORTER_OTLP_"
WRONG = [
    (f"{EXPORTER}ENDPOINT", "marked:4318"),
    (f"{EXPORTER}TRACES_ENDPOINT", "marked"),
    (f"{EXPORTER}PROTOCOL", "grpc"),
    (f"{EXPORTER}COMPRESSION", "marked"),
    (f"{EXPORTER}TRACES_COMPRESSION", "br"),
    (f"{EXPORTER}TIMEOUT", "marked"),
    (f"{EXPORTER}HEADERS", "marked"),
    (f"{EXPORTER}HEADERS", "authorization=Bearer 1,marked"),
    (f"{EXPORTER}TRACES_HEADERS", "api-key=marked;"),
    (f"{EXPORTER}CERTIFICATE", "/marked"),
    (f"{EXPORTER}CLIENT_KEY", "/marked"),
    ("OTEL_BSP_MAX_QUEUE_SIZE", "marked"),
    ("OTEL_BSP_SCHEDULE_DELAY", "0"),
    ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "4096"),
    ("OTEL_TRACES_SAMPLER", "marked"),
    ("OTEL_TRACES_SAMPLER_ARG", "1.5"),
    ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=production,marked"),
    ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "marked"),
    ("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "-1"),
]
RIGHT = [
    (f"{EXPORTER}ENDPOINT", "https://collector.example.org:4318/"),
    (f"{EXPORTER}PROTOCOL", "http/protobuf"),
    (f"{EXPORTER}COMPRESSION", "gzip"),
    (f"{EXPORTER}TIMEOUT", "2.5"),
    (f"{EXPORTER}HEADERS", "api-key=0a/b+c%3D,Authorization=Bearer a.b-c=, x = y ,"),
    (f"{EXPORTER}HEADERS", "authorization=Basic%20dTpw"),
    (f"{EXPORTER}CERTIFICATE", str(ROOT / "README.md")),
    ("OTEL_BSP_SCHEDULE_DELAY", "50"),
    ("OTEL_TRACES_SAMPLER", "parentbased_always_off"),
    *(("OTEL_TRACES_SAMPLER_ARG", number) for number in ("0", "0.01", ".5", "1", "1.0")),
    ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=production,a=b=c"),
    ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "64"),
    ("OTEL_SERVICE_NAME", "anything at all"),
    (f"{EXPORTER}TIMEOUT", ""),
]


@pytest.fixture
def variable(monkeypatch):
    """Set one, with none beside it."""
    for name in [name for name in os.environ if name.startswith("OTEL_")]:
        monkeypatch.delenv(name)
    return monkeypatch.setenv


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_what_cannot_be_used_is_named_and_not_told(client_with, variable, name, value):
    variable(name, value)
    with pytest.raises(SettingsError) as refused:
        client_with(tracing=True)
    (mistake,) = refused.value.mistakes
    assert mistake.startswith(f"{name} ")
    assert "marked" not in mistake


@pytest.mark.parametrize(("name", "value"), RIGHT)
def test_what_opentelemetry_takes_without_a_word_is_no_mistake(client_with, variable, caplog, name, value):
    variable(name, value)
    client_with(tracing=True)
    with caplog.at_level(logging.WARNING):
        provider = TracerProvider(resource=tracing.resource("1"), shutdown_on_exit=False)
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        provider.shutdown()
    assert caplog.records == []


def test_a_small_queue_needs_small_batches():
    queue = {"OTEL_BSP_MAX_QUEUE_SIZE": "4"}
    assert len(otel_variables.mistakes(queue)) == 1
    assert otel_variables.mistakes(queue | {"OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "2"}) == []


def test_what_else_opentelemetry_refuses_is_told_by_its_kind(client_with, variable):
    """Its own words have the value in them."""
    variable("OTEL_PYTHON_EXPORTER_OTLP_HTTP_CREDENTIAL_PROVIDER", "marked")
    with pytest.raises(SettingsError, match="variables: RuntimeError"):
        client_with(tracing=True)
