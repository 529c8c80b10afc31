"""Traces of a whole server: its workers send them to a collector, all of them, and need none to serve pages."""

import os
import signal
import threading
from contextlib import ExitStack

import requests

from tests.server.server import forked, stop
from tests.stack.processes import PATIENCE
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


def test_a_dead_collector_stops_no_page_and_no_end(tmp_path):
    """Its queue has an end, and so has the wait for it: one collector refuses, another hangs."""
    hanging = Raw(lambda connection, number: threading.Event().wait(60))
    limits = {"OTEL_BSP_SCHEDULE_DELAY": "50", "OTEL_BSP_MAX_QUEUE_SIZE": "4", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "2"}
    with ExitStack() as stack:
        servers = []
        for name, url in (("refuses", "http://127.0.0.1:9"), ("hangs", hanging.url)):
            (tmp_path / name).mkdir()
            tracing = {"PORTICO_TRACING": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": url}
            servers.append(stack.enter_context(forked(tmp_path / name, **KRATOS, **tracing, **limits)))
        for server in servers:
            answers = [requests.get(f"{server.url}/error?error=x", timeout=60).status_code for _ in range(30)]
            assert answers == [400] * 30, server.log
        for server in servers:
            os.kill(server.process.pid, signal.SIGTERM)
        assert [server.process.wait(PATIENCE) for server in servers] == [0, 0]
    hanging.close()

    for server in servers:
        log = server.log.read_text()
        assert "Traceback" not in log
        assert all(line.startswith("{") for line in log.splitlines())
