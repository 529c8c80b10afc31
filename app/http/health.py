"""Answers probes and load balancers: `/health/alive`, `serving` and `ready` (docs/operators.md)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from app import __version__
from app.deployment import deployment
from app.errors import UpstreamError
from app.http import ending, logs, metrics, time_budget
from app.ory.endpoints import Service

bp = Blueprint("health", __name__, url_prefix="/health")


@bp.get("/alive")
def alive() -> ResponseReturnValue:
    """Say that this process answers."""
    return jsonify(status="ok")


@bp.get("/serving")
def serving() -> ResponseReturnValue:
    """Say ok until the server is about to end, even without Kratos: then another replica has no better page."""
    return (jsonify(status="ending"), 503) if ending.has_begun() else jsonify(status="ok")


@bp.get("/ready")
def ready() -> ResponseReturnValue:
    """Ask Kratos and all other used upstreams at once; answer 503 with the names of those that fail."""
    if ending.has_begun():
        return jsonify(status="ending", version=__version__), 503
    time_budget.set_seconds_left(time_budget.READINESS)
    clients = deployment()
    used: list[Service | None] = [clients.kratos, clients.hydra]
    used += [clients.kratos_admin] if clients.claims_need_admin else []
    checks = {service.name: service.check_ready for service in used if service}
    with ThreadPoolExecutor(len(checks)) as pool:
        answers = [pool.submit(copy_context().run, _answers, name, check) for name, check in checks.items()]
        failing = [name for name, answer in zip(checks, answers, strict=True) if not answer.result()]
    if failing:
        return jsonify(status="not ready", failing=failing, version=__version__), 503
    return jsonify(status="ok", version=__version__)


def _answers(name: str, check: Callable[[], None]) -> bool:
    try:
        check()
    except UpstreamError as error:
        logs.event("not_ready", service=name, what=error.what, status=error.status)
        return False
    return True


def on_silence(upstream: str, is_silent: bool) -> None:
    """Tell the operator, in log and metrics, that Kratos or Hydra stopped answering, or answers again."""
    logs.event("upstream_silent" if is_silent else "upstream_answers", upstream=upstream)
    metrics.SILENT.labels(upstream).set(is_silent)
