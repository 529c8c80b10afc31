"""What belongs to this request; each look through Flask's `g` or `current_app` itself takes four to six calls."""

from typing import Any

from flask import Flask, Request, current_app, g
from werkzeug.routing import MapAdapter


def app() -> Flask:
    """Return the application of this request."""
    return current_app._get_current_object()  # type: ignore[attr-defined, no-any-return]  # noqa: SLF001 - Werkzeug documents it


def notes() -> dict[str, Any]:
    """Return what this request has noted, by name: the contents of Flask's `g`."""
    return g._get_current_object().__dict__  # type: ignore[no-any-return]  # noqa: SLF001 - likewise


def route_finder(app: Flask, request: Request) -> MapAdapter:
    """Return what finds the route of a request, by its path and method alone; Flask's also reads the host, twice."""
    place = request.environ.get("HTTP_HOST", ""), request.root_path, "", request.scheme  # for whole addresses only
    return MapAdapter(app.url_map, *place, request.path, request.method)
