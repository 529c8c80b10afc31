"""What belongs to this request; each look through Flask's `g`, `request` or `session` takes four to six calls."""

from typing import Any

from flask import Flask, Request
from flask.globals import _cv_app, _cv_request
from flask.sessions import SessionMixin
from werkzeug.routing import MapAdapter


def app() -> Flask:
    """Return the application of this request."""
    return _cv_app.get().app


def notes() -> dict[str, Any]:
    """Return what this request has noted, by name: the contents of Flask's `g`."""
    return _cv_app.get().g.__dict__


def notes_if_any() -> dict[str, Any] | None:
    """Return what this request has noted; None outside a request."""
    return None if _cv_request.get(None) is None else _cv_app.get().g.__dict__


def sent() -> Request:
    """Return what the browser sent."""
    return _cv_request.get().request


def session() -> SessionMixin:
    """Return our cookie's content."""
    return _cv_request.get().session


def route_finder(app: Flask, request: Request) -> MapAdapter:
    """Return what finds the route of a request, by its path and method alone; Flask's also reads the host, twice."""
    place = request.environ.get("HTTP_HOST", ""), request.root_path, "", request.scheme  # for whole addresses only
    return MapAdapter(app.url_map, *place, request.path, request.method)
