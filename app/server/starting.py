"""Reports once why a start failed; uses only the standard library, because it runs before gevent patches that."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from app import __version__
from app.errors import last_calls

INTERRUPTED = 130  # the usual exit status after Ctrl-C


@contextmanager
def or_end() -> Iterator[None]:
    """End the process with an explanation if the block fails."""
    try:
        yield
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except Exception as error:  # noqa: BLE001 - every error gets a sentence instead of a traceback
        _end(mistakes(error))


def mistakes(error: Exception) -> list[str]:
    """Return a sentence for each mistake; of an unexpected error only type and place, as its text may have a secret."""
    sentences = getattr(error, "mistakes", None)  # a SettingsError, without importing it and pydantic
    if isinstance(sentences, list):
        return sentences
    if isinstance(error, ImportError) and error.name:
        return [f"{error.name} cannot be imported: install Portico anew, with all it needs."]
    if isinstance(error, OSError) and error.strerror:
        return [f"{error.filename or last_calls(error)[-1]}: {error.strerror.rstrip('.')}."]
    return [f"A fault of Portico's, {type(error).__name__}, at {', '.join(last_calls(error))}."]


def _end(sentences: list[str]) -> None:
    if sys.stderr.isatty():
        sys.exit("\n".join(["Portico cannot start:", *(f"- {sentence}" for sentence in sentences)]))
    event("not_started", version=__version__, mistakes=sentences)
    sys.exit(1)


def event(name: str, **facts: object) -> None:
    """Write an error event in the form of `app.http.logs`, which may not be imported yet."""
    now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    line = {"request_id": "", **facts, "event": name, "level": "error", "timestamp": now}
    sys.stderr.write(json.dumps(line) + "\n")
    sys.stderr.flush()
