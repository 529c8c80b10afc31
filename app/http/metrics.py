"""Prometheus metrics of the pages: how many, how fast, by route; never by anything a person sent."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, multiprocess, start_http_server

from app import __version__

REQUESTS = Counter("portico_requests_total", "Answers given", ["route", "method", "status"])
SECONDS = Histogram("portico_request_seconds", "Time to answer, upstream calls included", ["route"])

_WORKERS = "Workers that do not ask this upstream, because it says nothing"
SILENT = Gauge("portico_upstream_silent", _WORKERS, ["upstream"], multiprocess_mode="livesum")


def note_silence(upstream: str, is_silent: bool) -> None:
    """Note whether this worker asks an upstream."""
    SILENT.labels(upstream).set(is_silent)


def count(route: str, method: str, status: int, seconds: float) -> None:
    """Count an answer by its route; unknown addresses count as one, so that nobody can fill the registry."""
    REQUESTS.labels(route, method, status).inc()
    SECONDS.labels(route).observe(seconds)


def serve(listen: str) -> None:
    """Answer Prometheus on an address of its own with the sum over all worker processes."""
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    # Of this process alone: the folder of the workers' numbers may hold those of a version before.
    Info("portico_build", "The version that runs", registry=registry).info({"version": __version__})
    host, _, port = listen.rpartition(":")
    start_http_server(int(port), host.strip("[]"), registry)


def forget_worker(pid: int) -> None:
    """A worker is gone; its gauges go with it."""
    multiprocess.mark_process_dead(pid)  # type: ignore[no-untyped-call]
