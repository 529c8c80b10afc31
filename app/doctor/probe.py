"""Sends the doctor's requests: only GET, without following redirects or keeping cookies."""

import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from functools import partial
from http.client import RemoteDisconnected
from typing import Any, Self
from urllib.parse import urljoin

import redis
from httptools import HttpParserError

from app import urls
from app.errors import UpstreamError
from app.ory.models import mapping, text
from app.ory.transport import Transport

# What Go, nginx and others say to a request by http at a port for https.
NEEDS_TLS = (b"HTTP request to an HTTPS", b"HTTP request was sent to HTTPS")
# What OpenSSL calls an answer in plain http.
NO_TLS = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG")
ABOUT_TLS = (ssl.SSLError, HttpParserError, RemoteDisconnected)
UNKNOWN_AUTHORITY = (18, 19, 20, 21)  # OpenSSL's X509_V_ERR_*: self-signed, or signed by nobody who is believed
REASONS: dict[type[BaseException], str] = {
    socket.gaierror: "no host has this name",
    ConnectionRefusedError: "nothing listens there",
    TimeoutError: "no answer in time",
    HttpParserError: "its answer is no HTTP, so it may be https",
    RemoteDisconnected: "the connection was closed without an answer, so it may be https",
    ConnectionResetError: "the connection was closed without an answer",
    redis.AuthenticationError: "the password is wrong or missing",
    redis.ReadOnlyError: "it is read-only",
    redis.InvalidResponse: "what answers there is no Redis",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """A server's answer, or the reason why there is none."""

    status: int = 0  # 0: no answer
    failure: str = ""  # the reason for that
    location: str = ""  # absolute
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None  # JSON
    at: float = 0  # seconds
    is_about_tls: bool = False  # its certificate is not believed, or one side speaks http and the other https

    @property
    def page(self) -> str:
        """The address of the redirect, without query and fragment."""
        return self.location.partition("#")[0].partition("?")[0]

    def parameter(self, name: str) -> str:
        """Return a parameter of the redirect from its query or, for implicit grants, its fragment."""
        address, _, fragment = self.location.partition("#")
        return urls.query(address).get(name, "") or urls.query(f"?{fragment}").get(name, "")

    @property
    def object(self) -> Mapping[str, Any]:
        """The JSON object in the body, empty for none."""
        return mapping(self.body)

    @property
    def error(self) -> Mapping[str, Any]:
        """Kratos' error in the body, empty for none."""
        return mapping(self.object.get("error"))

    @property
    def reason(self) -> str:
        """What it is instead of the expected answer, in a few words."""
        error = self.error
        words = text(error.get("reason")) or text(error.get("message")) or text(self.object.get("error_description"))
        to = f", on to {urls.origin(self.location) or 'another place'}" if self.location else ""
        return self.failure or f"status {self.status}{to}" + (f", {words[:200]}" if words else "")


class Probe:
    """Sends one request at a time, by the first of `transports` that trusts the server (each has its own)."""

    def __init__(self, *transports: Transport) -> None:
        self._transports = transports

    def __call__(self, url: str, accept: str = "application/json", **headers: str) -> Answer:
        """Return the server's answer to a GET of this address."""
        answer = Answer()
        for transport in self._transports:
            ask = partial(_answer, transport, url, {"Accept": accept, "User-Agent": "Portico", **headers})
            answer = ask()
            if answer.failure == REASONS[TimeoutError] and (second := ask()).status:  # it has only just started
                answer = second
            if not answer.is_about_tls:
                break
        return answer

    def bearing(self, token: str) -> Self:
        """Return a probe that sends this token, for one admin API only; this probe if there is no token."""
        return type(self)(*(transport.bearing(token) for transport in self._transports)) if token else self

    def page(self, url: str) -> Answer:
        """Return the server's answer to a browser."""
        return self(url, "text/html")


def redis_failure(uri: str) -> str:
    """Return why Redis or Valkey cannot be used at this address (it may hold a password), "" if it can."""
    with closing(redis.Redis.from_url(uri, socket_connect_timeout=1, socket_timeout=1)) as client:
        try:
            client.set("LIMITS:portico-doctor", "", px=1)  # a read-only or full one answers a ping
        except (redis.RedisError, OSError) as error:
            return _reason(error) or type(error).__name__
    return ""


def _answer(transport: Transport, url: str, headers: dict[str, str]) -> Answer:
    try:
        reply = transport("doctor", "GET", url, headers)
    except UpstreamError as error:
        is_about_tls = any(isinstance(cause, ABOUT_TLS) for cause in _causes(error))
        return Answer(failure=_reason(error) or error.what, is_about_tls=is_about_tls)
    if reply.status == 400 and any(words in reply.body for words in NEEDS_TLS):
        return Answer(failure="it speaks TLS, so it is https", is_about_tls=True)
    body, location, sent_to = None, "", str(reply.headers.get("Location", ""))
    with suppress(ValueError):
        body = reply.json(object)
    with suppress(ValueError):  # it is not an address
        location = sent_to and urljoin(url, sent_to)
    return Answer(reply.status, "", location, reply.headers, body, time.time())


def _reason(error: BaseException) -> str:
    """Return why no answer came, from the first cause with known words, "" for none."""
    return next(filter(None, map(_words, _causes(error))), "")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error:
        yield error
        error = error.__cause__ or error.__context__


def _words(error: BaseException) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        hint = "; PORTICO_UPSTREAM_CA_FILE names authorities to believe"
        unknown = error.verify_code in UNKNOWN_AUTHORITY
        return f"its certificate is not believed: {error.verify_message.rstrip('.')}{hint if unknown else ''}"
    if isinstance(error, ssl.SSLError):
        return "it does not speak TLS, so it may be http" if error.reason in NO_TLS else f"TLS fails: {error.reason}"
    return next((words for kind, words in REASONS.items() if isinstance(error, kind)), "")
