"""Prometheus metrics of the pages: how many, how fast, by route; never by anything a person sent."""

from __future__ import annotations

import time

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, multiprocess, start_http_server

REQUESTS = Counter("portico_requests_total", "Answers given", ["route", "method", "status"])
SECONDS = Histogram("portico_request_seconds", "Time to answer, upstream calls included", ["route"])


def init_app(app: Flask) -> None:
    """Count every answer by its route; unknown addresses count as one, so that nobody can fill the registry."""

    @app.after_request
    def count(response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule else "unknown"
        method = request.method if request.method in ("GET", "HEAD", "POST") else "other"
        REQUESTS.labels(route, method, response.status_code).inc()
        SECONDS.labels(route).observe(time.perf_counter() - g.began if "began" in g else 0)
        return response


def serve(listen: str) -> None:
    """Answer Prometheus on an address of its own with the sum over all worker processes."""
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    host, _, port = listen.rpartition(":")
    start_http_server(int(port), host.strip("[]"), registry)


def forget_worker(pid: int) -> None:
    """A worker is gone; its gauges go with it."""
    multiprocess.mark_process_dead(pid)  # type: ignore[no-untyped-call]
