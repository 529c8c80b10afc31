"""The person's own pages."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from app.web.context import portico

bp = Blueprint("account", __name__)


@bp.get("/")
def home() -> ResponseReturnValue:
    """Who is signed in here, and the way out; for everybody else the way in."""
    whoami = portico().kratos.whoami(request.headers.get("Cookie", ""))
    return render_template("account/home.html", whoami=whoami)
