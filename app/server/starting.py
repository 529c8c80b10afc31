"""Why a start fails, told once, to log and people: by the standard library alone, before gevent patches it."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from app import __version__
from app.errors import last_calls

INTERRUPTED = 130  # a shell's number for Ctrl-C


@contextmanager
def or_end() -> Iterator[None]:
    """End the process, in words, where anything fails without which there are no pages."""
    try:
        yield
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except Exception as error:  # noqa: BLE001 - whatever it is, nobody reads a traceback
        _end(mistakes(error))


def mistakes(error: Exception) -> list[str]:
    """What is wrong, a sentence each. What an error nobody planned for says may be a secret: its kind and place do."""
    sentences = getattr(error, "mistakes", None)  # a SettingsError's, which brings pydantic
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
    """Write an error of the table as `app.http.logs` does, which may not be there yet, or ever."""
    now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    line = {"request_id": "", **facts, "event": name, "level": "error", "timestamp": now}
    sys.stderr.write(json.dumps(line) + "\n")
    sys.stderr.flush()
