"""Traces of a whole server: its workers send them to a collector, all of them, and need none to serve pages."""

import threading

import pytest
import requests

from tests.server.server import forked, stop
from tests.support.collector import collector
from tests.support.loopback import Raw

KRATOS = {"PORTICO_KRATOS_PUBLIC_URL": "http://127.0.0.1:9"}


def test_two_workers_send_every_span_at_the_latest_when_they_end(tmp_path):
    with collector() as (url, received):
        variables = {"OTEL_EXPORTER_OTLP_ENDPOINT": url, "OTEL_BSP_SCHEDULE_DELAY": "600000"}
        with forked(tmp_path, PORTICO_TRACING="true", PORTICO_WORKERS="2", **KRATOS, **variables) as server:
            for number in range(20):
                requests.get(f"{server.url}/error?error=marked-{number}", timeout=60)
            assert stop(server) == 0
            log = server.log.read_text()

    assert {path for path, _ in received} == {"/v1/traces"}
    resources = [resource for _, sent in received for resource in sent.resource_spans]
    attributes = [item for part in resources for item in part.resource.attributes]
    names = {item.value.string_value for item in attributes if item.key == "service.name"}
    spans = [span for part in resources for scope in part.scope_spans for span in scope.spans]
    assert names == {"portico"}
    assert [span.name for span in spans] == ["GET /error"] * 20
    assert "marked" not in str(received)
    assert "Traceback" not in log


@pytest.mark.parametrize("kind", ["refuses", "hangs"])
def test_a_dead_collector_stops_no_page_and_no_end(tmp_path, kind):
    """Its queue has an end, and so has the wait for it."""
    hanging = Raw(lambda connection, number: threading.Event().wait(60)) if kind == "hangs" else None
    endpoint = hanging.url if hanging else "http://127.0.0.1:9"
    variables = {"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, "OTEL_BSP_SCHEDULE_DELAY": "50"}
    limits = {"OTEL_BSP_MAX_QUEUE_SIZE": "4", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "2"}
    with forked(tmp_path, PORTICO_TRACING="true", **KRATOS, **variables, **limits) as server:
        answers = [requests.get(f"{server.url}/error?error=x", timeout=60).status_code for _ in range(30)]
        assert stop(server) == 0
        log = server.log.read_text()
    if hanging:
        hanging.close()

    assert answers == [400] * 30
    assert "Traceback" not in log
    assert all(line.startswith("{") for line in log.splitlines())
