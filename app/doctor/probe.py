"""The doctor's questions: GET requests only, none of them followed, and no cookie is kept."""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.parse import urljoin

from app.doctor.answer import Answer
from app.domain.errors import UpstreamError
from app.upstream.wire import Wire


class Probe:
    """Asks one question at a time; no answer is an Answer, too."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def __call__(self, service: str, url: str, accept: str = "application/json", **headers: str) -> Answer:
        """What the server says to a GET of this address."""
        asked = {"Accept": accept, "User-Agent": "Portico", **headers}
        try:
            reply = self._wire(service, "GET", url, asked)
        except UpstreamError as error:
            return Answer(why=error.what)
        there = _absolute(url, str(reply.headers.get("Location", "")))
        return Answer(reply.status, "", there, reply.headers, _json(reply.body), time.time())

    def page(self, service: str, url: str) -> Answer:
        """What the server says to a browser."""
        return self(service, url, "text/html")


def _absolute(url: str, location: str) -> str:
    try:
        return urljoin(url, location) if location else ""
    except ValueError:  # of an address that is none
        return ""


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
