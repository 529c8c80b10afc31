"""Why there was no answer, in words that name what to change."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from http.client import BadStatusLine

# OpenSSL's X509_V_ERR_*: self-signed, or signed by nobody the list of authorities has.
UNKNOWN_AUTHORITY = (18, 19, 20, 21)


def reason(error: BaseException) -> str:
    """Why nothing came back, by the first cause that says something; "" if none does."""
    return next(filter(None, map(_said_by, _causes(error))), "")


def is_about_tls(error: BaseException) -> bool:
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


WORDS: dict[type[BaseException], str] = {
    socket.gaierror: "no host has this name",
    ConnectionRefusedError: "nothing listens there",
    TimeoutError: "no answer in time",
    BadStatusLine: "the connection was closed without an answer, so it may be https",
    ConnectionResetError: "the connection was closed without an answer",
}
