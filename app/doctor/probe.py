"""The doctor's questions: GET requests only, none of them followed, and no cookie is kept."""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.parse import urljoin

import redis

from app.doctor.answer import Answer
from app.doctor.reasons import is_about_tls, reason
from app.domain.errors import UpstreamError
from app.upstream.wire import Wire

# What Go, nginx and others say to a request by http at a port for https.
NEEDS_TLS = (b"HTTP request to an HTTPS", b"HTTP request was sent to HTTPS")


class Probe:
    """Asks one question at a time; no answer is an Answer, too.

    `wires` believe different authorities: what is asked as a browser would is fine if one of them believes it.
    """

    def __init__(self, *wires: Wire) -> None:
        self._wires = wires

    def __call__(self, service: str, url: str, accept: str = "application/json", **headers: str) -> Answer:
        """What the server says to a GET of this address."""
        asked = {"Accept": accept, "User-Agent": "Portico", **headers}
        answer = Answer()
        for wire in self._wires:
            answer = _answer(wire, service, url, asked)
            if not answer.is_about_tls:
                break
        return answer

    def page(self, service: str, url: str) -> Answer:
        """What the server says to a browser."""
        return self(service, url, "text/html")


def storage_fails(uri: str) -> str:
    """Why Redis or Valkey cannot be used at this address, which holds its password; "" if it answers."""
    client = redis.Redis.from_url(uri, socket_connect_timeout=1, socket_timeout=1)
    try:
        client.ping()
    except (redis.RedisError, OSError) as error:
        return reason(error) or type(error).__name__
    finally:
        client.close()
    return ""


def _answer(wire: Wire, service: str, url: str, headers: dict[str, str]) -> Answer:
    try:
        reply = wire(service, "GET", url, headers)
    except UpstreamError as error:
        return Answer(why=reason(error) or error.what, is_about_tls=is_about_tls(error))
    if reply.status == 400 and any(words in reply.body for words in NEEDS_TLS):
        return Answer(why="it speaks TLS, so it is https", is_about_tls=True)
    there = _absolute(url, str(reply.headers.get("Location", "")))
    return Answer(reply.status, "", there, reply.headers, _json(reply.body), time.time())


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
