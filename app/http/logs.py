"""One JSON line per request, a request id on every answer, and nothing in either that belongs to a person."""

from __future__ import annotations

import logging
import re
import secrets
import sys
import time
import traceback
from collections.abc import Mapping

import structlog
from flask import Flask, Response, g, has_request_context, request
from structlog.processors import JSONRenderer, TimeStamper, add_log_level
from structlog.stdlib import ProcessorFormatter
from structlog.typing import Processor

log: structlog.stdlib.BoundLogger = structlog.get_logger()


def configure_logs() -> None:
    """Send every log line, ours and the libraries', to standard error as one JSON object each."""
    shared: list[Processor] = [add_log_level, TimeStamper(fmt="iso", utc=True)]
    as_json = JSONRenderer()
    lines = structlog.WriteLoggerFactory(sys.stderr)
    structlog.configure(processors=[*shared, as_json], logger_factory=lines, cache_logger_on_first_use=True)
    handler = logging.StreamHandler(sys.stderr)
    processors: list[Processor] = [ProcessorFormatter.remove_processors_meta, as_json]
    handler.setFormatter(ProcessorFormatter(processors=processors, foreign_pre_chain=shared))
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    logging.getLogger("urllib3").setLevel(logging.ERROR)  # its warnings name whole URLs, challenges included


def request_id() -> str:
    """The id of this request: the proxy's if it sent a plain one, else a new one; "" outside a request."""
    if not has_request_context():
        return ""
    if "request_id" not in g:
        sent_id = request.headers.get("X-Request-Id", "")
        g.request_id = sent_id if re.fullmatch(r"[A-Za-z0-9-]{8,64}", sent_id) else secrets.token_hex(16)
    return str(g.request_id)


def upstream_headers() -> Mapping[str, str]:
    """What Kratos and Hydra get to see with every call, so that their logs can be matched with ours."""
    return {"X-Request-Id": request_id()} if has_request_context() else {}


def event(name: str, **facts: object) -> None:
    """Log something an operator should know; `facts` never hold challenges, cookies, codes or personal data."""
    log.info(name, request_id=request_id(), **facts)


def failure(error: Exception) -> None:
    """Log an error nobody planned for: its type and where, not its text, which may quote what a person sent."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    where = [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
    log.error("failure", request_id=request_id(), error=type(error).__name__, where=where)


def init_app(app: Flask) -> None:
    """Log each request by its route (a path may hold a code) and tell the browser its id."""

    @app.before_request
    def begin() -> None:
        g.began = time.perf_counter()

    @app.after_request
    def end(response: Response) -> Response:
        response.headers["X-Request-Id"] = number = request_id()
        log.info(
            "request",
            request_id=number,
            method=request.method if request.method in ("GET", "HEAD", "POST") else "other",
            route=request.url_rule.rule if request.url_rule else "unknown",
            status=response.status_code,
            ms=round((time.perf_counter() - g.began) * 1000, 1) if "began" in g else None,
        )
        return response
