"""What a load balancer asks."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from app.domain.errors import UpstreamError
from app.upstream.outcomes import HYDRA, KRATOS
from app.web.context import portico

bp = Blueprint("health", __name__, url_prefix="/health")


@bp.get("/alive")
def alive() -> ResponseReturnValue:
    """This process answers."""
    return jsonify(status="ok")


@bp.get("/ready")
def ready() -> ResponseReturnValue:
    """Kratos, and Hydra where it is used, answer too; 503 names the one that does not."""
    kratos, hydra = portico().kratos, portico().hydra
    checks = {KRATOS: kratos.is_ready} | ({HYDRA: hydra.is_ready} if hydra else {})
    failing = [name for name, check in checks.items() if not _answers(check)]
    return (jsonify(status="not ready", failing=failing), 503) if failing else jsonify(status="ok")


def _answers(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except UpstreamError:
        return False
