"""Checks OpenTelemetry's variables: it would log a wrong value, even of a key, and continue without it."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType

from app import urls
from app.config.sources import SettingsError, of_opentelemetry

EXPORTER = r"OTEL_EXPORTER_OTLP_(TRACES_)?"
QUEUE, BATCH = "OTEL_BSP_MAX_QUEUE_SIZE", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE"
QUEUE_SIZE, BATCH_SIZE = 2048, 512  # OpenTelemetry's defaults


def _has_form(pattern: str) -> Callable[[str], object]:
    return re.compile(pattern).fullmatch


# Names of variables, the check of their values, the text for a wrong value.
CHECKS: tuple[tuple[str, Callable[[str], object], str], ...] = (
    (f"{EXPORTER}ENDPOINT", urls.split, "is not an absolute http or https address"),
    (f"{EXPORTER}PROTOCOL", "http/protobuf".__eq__, "must be http/protobuf: Portico sends no other"),
    (f"{EXPORTER}COMPRESSION", _has_form(r"(?i:\s*(none|gzip|deflate)\s*)"), "must be none, gzip or deflate"),
    (f"{EXPORTER}TIMEOUT", _has_form(r"[0-9]+(\.[0-9]+)?"), "must be a number of seconds"),
    (
        f"{EXPORTER}HEADERS",
        _has_form(r"""(\s*[!#-'*+.0-9A-Z^-z|~-]+\s*=[ !#-+\--:<-\[\]-~]*(,|$))*"""),
        "must be name=value, with commas between, each value encoded as in an address",
    ),
    (
        f"{EXPORTER}(CERTIFICATE|CLIENT_CERTIFICATE|CLIENT_KEY)",
        lambda path: Path(path).is_file(),
        "names a file that cannot be read",
    ),
    ("OTEL_BSP_.+", _has_form("[1-9][0-9]{0,8}"), "must be a whole number above 0"),
    ("OTEL_(SPAN|EVENT|LINK|ATTRIBUTE)_.+_LIMIT", _has_form("[0-9]{1,9}"), "must be a whole number"),
    ("OTEL_RESOURCE_ATTRIBUTES", _has_form("[^=,]+=[^,]*(,[^=,]+=[^,]*)*"), "must be name=value, with commas between"),
    (
        "OTEL_TRACES_SAMPLER",
        _has_form(r"(?i:\s*(parentbased_)?(always_on|always_off|traceidratio)\s*)"),
        "must be one of OpenTelemetry's samplers, such as parentbased_traceidratio",
    ),
    ("OTEL_TRACES_SAMPLER_ARG", _has_form(r"0*(\.[0-9]+)?|0*1(\.0*)?"), "must be a number from 0 to 1"),
)


def tracing_module() -> ModuleType:
    """Import and return app.http.tracing; raise SettingsError if OpenTelemetry is missing or refuses a variable."""
    try:
        from app.http import tracing
    except ImportError as error:
        wanted = "pip install 'portico[otel]'"
        raise SettingsError([f"PORTICO_TRACING needs OpenTelemetry ({wanted}): {error.name} is missing."]) from None
    if wrong := mistakes(of_opentelemetry()):
        raise SettingsError(wrong)
    try:
        tracing.check()
    except (ValueError, RuntimeError) as error:  # its text contains the value
        kind = type(error).__name__
        raise SettingsError([f"PORTICO_TRACING cannot use OpenTelemetry's variables: {kind}."]) from None
    return tracing


def mistakes(variables: Mapping[str, str]) -> list[str]:
    """Return a sentence for each wrong variable, without its value."""
    sentences = [
        f"{name} {words}."
        for name, value in sorted(variables.items())
        for pattern, holds, words in CHECKS
        if value and re.fullmatch(pattern, name) and not holds(value)
    ]
    if not sentences and int(variables.get(BATCH) or BATCH_SIZE) > int(variables.get(QUEUE) or QUEUE_SIZE):
        sentences = [f"{BATCH} must not be more than {QUEUE}; they are {BATCH_SIZE} and {QUEUE_SIZE} if not set."]
    return sentences
