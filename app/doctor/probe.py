"""The doctor's questions: GET requests only, none of them followed, and no cookie is kept."""

from __future__ import annotations

import json
import socket
import ssl
import time
from collections.abc import Iterator
from http.client import BadStatusLine
from typing import Any
from urllib.parse import urljoin

import redis

from app.doctor.answer import Answer
from app.domain.errors import UpstreamError
from app.upstream.wire import Wire

# What Go, nginx and others say to a request by http at a port for https.
NEEDS_TLS = (b"HTTP request to an HTTPS", b"HTTP request was sent to HTTPS")

# OpenSSL's X509_V_ERR_*: self-signed, or signed by nobody the list of authorities has.
UNKNOWN_AUTHORITY = (18, 19, 20, 21)
WORDS: dict[type[BaseException], str] = {
    socket.gaierror: "no host has this name",
    ConnectionRefusedError: "nothing listens there",
    TimeoutError: "no answer in time",
    BadStatusLine: "the connection was closed without an answer, so it may be https",
    ConnectionResetError: "the connection was closed without an answer",
}


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

    def bearing(self, token: str) -> Probe:
        """The same, which shows this token with every question, if there is one: for one admin API alone."""
        return Probe(*(wire.bearing(token) for wire in self._wires))

    def page(self, service: str, url: str) -> Answer:
        """What the server says to a browser."""
        return self(service, url, "text/html")


def storage_fails(uri: str) -> str:
    """Why Redis or Valkey cannot be used at this address, which holds its password; "" if it answers."""
    client = redis.Redis.from_url(uri, socket_connect_timeout=1, socket_timeout=1)
    try:
        client.ping()
    except (redis.RedisError, OSError) as error:
        return _reason(error) or type(error).__name__
    finally:
        client.close()
    return ""


def _answer(wire: Wire, service: str, url: str, headers: dict[str, str]) -> Answer:
    try:
        reply = wire(service, "GET", url, headers)
    except UpstreamError as error:
        return Answer(why=_reason(error) or error.what, is_about_tls=_is_about_tls(error))
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


def _reason(error: BaseException) -> str:
    """Why nothing came back, by the first cause that says something; "" if none does."""
    return next(filter(None, map(_said_by, _causes(error))), "")


def _is_about_tls(error: BaseException) -> bool:
    """Whether somebody was there, but not with a certificate or a protocol that could be believed."""
    return any(isinstance(cause, ssl.SSLError | BadStatusLine) for cause in _causes(error))


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error with all that led to it; libraries keep that in their arguments, in `reason`, or in the context."""
    waiting, seen = [error], set[int]()
    while waiting:
        cause = waiting.pop(0)
        seen.add(id(cause))
        yield cause
        near = (cause.__cause__, cause.__context__, getattr(cause, "reason", None), *cause.args)
        waiting += [one for one in near if isinstance(one, BaseException) and id(one) not in seen]


def _said_by(error: BaseException) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        why = f"its certificate is not believed: {error.verify_message.rstrip('.')}"
        unknown = error.verify_code in UNKNOWN_AUTHORITY
        return f"{why}; PORTICO_UPSTREAM_CA_FILE names authorities to believe" if unknown else why
    if isinstance(error, ssl.SSLError):
        plain = error.reason in (
            "WRONG_VERSION_NUMBER",
            "RECORD_LAYER_FAILURE",
            "HTTP_REQUEST",
            "PACKET_LENGTH_TOO_LONG",
        )
        return "it does not speak TLS, so it may be http" if plain else f"TLS fails: {error.reason}"
    return next((words for kind, words in WORDS.items() if isinstance(error, kind)), "")
