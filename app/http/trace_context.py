"""W3C Trace Context: which trace of an operator's a request belongs to, where what is in front of Portico says so."""

import re
from collections.abc import Mapping

# https://www.w3.org/TR/trace-context/: version, trace, the span that asks, flags; a later version may add fields.
_PARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_KEY, _VALUE = r"[a-z0-9][a-z0-9_\-*/@]{0,255}", r"[ -+\--<>-~]{0,255}[!-+\--<>-~]"
_STATE = re.compile(rf"(?:[ \t]*(?:{_KEY}={_VALUE}[ \t]*)?(?:,|$)){{1,32}}")
LONGEST_STATE = 512  # characters


def passed_on(environ: Mapping[str, str]) -> dict[str, str]:
    """The headers of the trace that Kratos and Hydra get, in the form of version 00; none where they are malformed."""
    sent = environ.get("HTTP_TRACEPARENT", "")
    match = _PARENT.match(sent) if sent else None
    if match is None or ((rest := sent[match.end() :]) and (rest[0] != "-" or sent.startswith("00"))):
        return {}
    headers = {"traceparent": f"00{match[0][2:]}"}
    state = environ.get("HTTP_TRACESTATE", "")
    if state and len(state) <= LONGEST_STATE and _STATE.fullmatch(state):
        headers["tracestate"] = state
    return headers


def trace_id(environ: Mapping[str, str]) -> str:
    """The id of the trace, "" for none."""
    return passed_on(environ).get("traceparent", "")[3:35]
