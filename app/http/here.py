"""What belongs to this request; each look through Flask's `g` or `current_app` itself takes four to six calls."""

from typing import Any

from flask import Flask, current_app, g


def app() -> Flask:
    """Return the application of this request."""
    return current_app._get_current_object()  # type: ignore[attr-defined, no-any-return]  # noqa: SLF001 - Werkzeug documents it


def notes() -> dict[str, Any]:
    """Return what this request has noted, by name: the contents of Flask's `g`."""
    return g._get_current_object().__dict__  # type: ignore[no-any-return]  # noqa: SLF001 - likewise
