"""Prometheus metrics (docs/observability.md); no label ever has a value that a person sent."""

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from time import perf_counter
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, make_wsgi_app, multiprocess
from prometheus_client.mmap_dict import MmapedDict

from app import __version__
from app.http import events

REQUESTS = Counter("portico_requests_total", "Answers given", ["route", "method", "status"])
SECONDS = Histogram("portico_request_seconds", "Time to answer, upstream calls included", ["route"])
UPSTREAM_SECONDS = Histogram(
    "portico_upstream_seconds",
    "Time until Kratos or Hydra had answered a call, well or not",
    ["api", "operation"],
    buckets=(0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
UPSTREAM_ERRORS = Counter(
    "portico_upstream_errors_total", "Calls to Kratos and Hydra without a good answer", ["api", "operation", "error"]
)
EVENTS = Counter("portico_events_total", "Events of the log but the requests", ["event"])
LOGIN_DECISIONS = Counter("portico_login_decisions_total", "What was decided of login challenges", ["decision"])
CONSENTS = Counter("portico_consents_total", "What became of consent challenges", ["outcome"])
FLOWS_RESTARTED = Counter("portico_flows_restarted_total", "Flows of Kratos that began anew", ["kind", "reason"])
RATE_LIMITED = Counter("portico_rate_limited_total", "Tries of codes that were not let through", ["per"])
REFUSED = Counter("portico_overload_refused_total", "Requests sent away because too many came")

# Series for alerts begin at 0: Prometheus does not see the first increase of a series that did not exist before.
for name in events.EVENTS.keys() - {"request"}:
    EVENTS.labels(name)
for per in ("address", "browser"):
    RATE_LIMITED.labels(per)

_requests, _seconds = cache(REQUESTS.labels), cache(SECONDS.labels)  # as few as the series that are kept anyway
_WORKERS = "Workers that do not ask this upstream, because it says nothing"
_servers: list[Any] = []
SILENT = Gauge("portico_upstream_silent", _WORKERS, ["upstream"], multiprocess_mode="livesum")


def count(route: str, method: str, status: int, seconds: float) -> None:
    """Count an answer by its route; unknown addresses share one, so that nobody can fill the registry."""
    _requests(route, method, status).inc()
    _seconds(route).observe(seconds)


def upstream(api: str, operation: str) -> Callable[[object], Callable[[int, str], None]]:
    """Return what measures the calls of this operation; a call that was not sent only counts as an error."""
    seconds = UPSTREAM_SECONDS.labels(api, operation)

    def begin(_: object) -> Callable[[int, str], None]:
        began = perf_counter()

        def end(_: int, error: str) -> None:
            if error:
                UPSTREAM_ERRORS.labels(api, operation, error).inc()
            if error != "not_asked":
                seconds.observe(perf_counter() - began)

        return end

    return begin


def serve(listen: str) -> None:
    """Serve the sum of all workers' metrics to Prometheus, on a separate address."""
    from gevent.pywsgi import WSGIServer

    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    # From this process only: the workers' files may still have those of an earlier version.
    Info("portico_build", "The version that runs", registry=registry).info({"version": __version__})
    host, _, port = listen.rpartition(":")
    # Not prometheus_client's server, which is a thread: from Python 3.13 on it prints a traceback when a worker ends.
    server = WSGIServer((host.strip("[]"), int(port)), make_wsgi_app(registry), log=None)
    server.start()
    _servers.append(server)


def leave_to_the_first_process() -> None:
    """Close the servers that a worker got by the fork: it would add up metrics while people wait."""
    for server in _servers:
        server.close()


def forget_worker(pid: int, folder: Path) -> None:
    """Remove the gauges of a worker that has ended, and add its counts to the file of all ended workers."""
    multiprocess.mark_process_dead(pid)  # type: ignore[no-untyped-call]
    for kind in ("counter", "histogram"):
        own = folder / f"{kind}_{pid}.db"
        if own.exists():
            ended = MmapedDict(folder / f"{kind}_ended{os.getpid()}.db")  # type: ignore[no-untyped-call]
            for key, value, *_ in MmapedDict.read_all_values_from_file(own):  # type: ignore[no-untyped-call]
                ended.write_value(key, ended.read_value(key)[0] + value, 0)  # type: ignore[no-untyped-call]
            ended.close()  # type: ignore[no-untyped-call]
            own.unlink()
