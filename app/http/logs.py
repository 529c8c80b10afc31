"""Logs one JSON line per request, without personal data, and gives every answer a request id."""

import logging
import re
import secrets
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from json import JSONEncoder
from typing import Any

from flask import Flask

from app.errors import last_calls
from app.http import here, metrics
from app.http.events import EVENTS, LEVELS, Level

MAX_TEXT = 250  # characters, six bytes each: a line with client id and scopes still fits into one write to a pipe
# https://www.w3.org/TR/trace-context/: version, trace, parent span, flags; a later version may add fields.
_PARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_KEY, _VALUE = r"[a-z0-9][a-z0-9_\-*/@]{0,255}", r"[ -+\--<>-~]{0,255}[!-+\--<>-~]"
_STATE = re.compile(rf"(?:[ \t]*(?:{_KEY}={_VALUE}[ \t]*)?(?:,|$)){{1,32}}")
MAX_TRACESTATE = 512  # characters
_encoded = JSONEncoder(default=repr).encode
_counter = cache(metrics.EVENTS.labels)


def configure_logs(level: str = "info") -> None:
    """Write log lines of this level and above, also the libraries', to standard error, one JSON object each."""
    lines = sys.stderr or sys.stdout  # Python has no stderr where a process is started with it closed
    log.write, log.levels = lines.write, LEVELS[LEVELS.index(level) :]
    handler = logging.StreamHandler(lines)
    handler.setFormatter(_Formatter())
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    logging.getLogger("urllib3").setLevel(logging.ERROR)  # its warnings have whole URLs with challenges


def _line(level: str, name: str, facts: Mapping[str, Any]) -> str:
    now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    return _encoded({**facts, "event": name, "level": level, "timestamp": now})


class _Formatter(logging.Formatter):
    """Makes the libraries' records lines like ours; of an error they have its type and place, as in `failure`."""

    def format(self, record: logging.LogRecord) -> str:
        error = record.exc_info[1] if record.exc_info else None
        facts = {"error": type(error).__name__, "where": last_calls(error)} if error else {}
        return _line(record.levelname.lower(), record.getMessage(), facts)


class Log:
    """Writes our lines: those of `levels`, none until `configure_logs`."""

    levels: Sequence[Level] = ()
    write: Callable[[str], object]

    def __call__(self, name: str, **facts: object) -> None:
        """Write the line of one of the EVENTS, at once, so that those of several processes do not mix."""
        if EVENTS[name] in self.levels:
            self.write(f"{_line(EVENTS[name], name, facts)}\n")


log = Log()


def request_id() -> str:
    """Return the id of this request: the proxy's if it is a plain one, else a new one; "" outside a request."""
    notes = here.notes_if_any()
    if notes is None:
        return ""
    number: str = notes.get("request_id") or notes.setdefault("request_id", request_id_of(here.sent().environ))
    return number


def request_id_of(environ: Mapping[str, str]) -> str:
    """Return the proxy's request id, else a new one on each call."""
    sent = environ.get("HTTP_X_REQUEST_ID", "")
    return sent if sent and re.fullmatch(r"[A-Za-z0-9-]{8,64}", sent) else secrets.token_hex(16)


def upstream_headers() -> Mapping[str, str]:
    """Return headers for every call to Kratos and Hydra, so that their logs and traces can be matched with ours."""
    notes = here.notes_if_any()
    if notes is None:
        return {}
    headers: Mapping[str, str] | None = notes.get("upstream_headers")
    if headers is None:
        headers = notes["upstream_headers"] = {"X-Request-Id": request_id(), **trace_headers(here.sent().environ)}
    return headers


def trace_headers(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the trace headers for Kratos and Hydra, in the form of version 00; none if they are malformed."""
    sent = environ.get("HTTP_TRACEPARENT", "")
    match = _PARENT.match(sent) if sent else None
    if match is None or ((rest := sent[match.end() :]) and (rest[0] != "-" or sent.startswith("00"))):
        return {}
    headers = {"traceparent": f"00{match[0][2:]}"}
    state = environ.get("HTTP_TRACESTATE", "")
    if state and len(state) <= MAX_TRACESTATE and _STATE.fullmatch(state):
        headers["tracestate"] = state
    return headers


def trace_field(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the log field with the trace of a request, none without a trace."""
    trace = trace_headers(environ).get("traceparent", "")[3:35]
    return {"trace_id": trace} if trace else {}


def event(name: str, **facts: object) -> None:
    """Log one of the EVENTS; `facts` must not hold a challenge, cookie, code or personal data."""
    short = {key: value[:MAX_TEXT] if isinstance(value, str) else value for key, value in facts.items()}
    _counter(name).inc()
    trace = {} if here.notes_if_any() is None else trace_field(here.sent().environ)
    log(name, request_id=request_id(), **trace, **short)


def failure(error: Exception) -> None:
    """Log an unexpected error: its type and place, not its text, which may quote what a person sent."""
    event("failure", error=type(error).__name__, where=last_calls(error))


Count = Callable[[str, str, int, float], None] | None


def answered(
    count: Count, environ: Mapping[str, str], number: str, route: str, status: int, seconds: float, log_it: bool = True
) -> None:
    """Log and count one request."""
    sent = environ["REQUEST_METHOD"].upper()
    method = sent if sent in ("GET", "HEAD", "POST") else "other"
    if log_it:
        ids = {"request_id": number, **trace_field(environ)}
        log("request", **ids, method=method, route=route, status=status, ms=round(seconds * 1000, 1))
    if count:
        count(route, method, status, seconds)


def init_app(app: Flask, count: Count, quiet: Collection[str] = ()) -> None:
    """Log and `count` each request by its route (a path may hold a code); do not log successful `quiet` routes."""
    answer: Any = app.wsgi_app

    def logged(environ: dict[str, Any], start_response: Any) -> Any:
        began = time.perf_counter()

        def begin(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            seconds, number = time.perf_counter() - began, request_id()
            route = str(getattr(here.sent().url_rule, "rule", "unknown"))
            log_it = route not in quiet or status[0] != "2"
            answered(count, environ, number, route, int(status[:3]), seconds, log_it)
            return start_response(status, [*headers, ("X-Request-Id", number)], *rest)

        return answer(environ, begin)

    app.wsgi_app = logged  # type: ignore[method-assign]
