"""What `portico doctor` asks a running Portico through all proxies: what has become of X-Forwarded-For on the way.

The answer names proxies, so only who knows the secret key gets it.
"""

from collections.abc import Sequence

from flask import Response, request
from itsdangerous import BadSignature, TimestampSigner

QUESTION, ANSWER = "X-Portico-Doctor", "X-Portico-Forwarded-For"
PURPOSE = "doctor"
MAX_AGE = 60  # seconds, clocks of two machines in it


def signed(secret_keys: Sequence[str]) -> str:
    """What the doctor says in QUESTION, with the newest of these keys."""
    return TimestampSigner(secret_keys[0], PURPOSE).sign("forwarded").decode()


def answer(response: Response, signer: TimestampSigner) -> Response:
    """The response, with what has arrived if it was the doctor who asked."""
    if question := request.headers.get(QUESTION):
        try:
            signer.unsign(question, max_age=MAX_AGE)
        except BadSignature:
            return response
        response.headers[ANSWER] = request.headers.get("X-Forwarded-For", "")
    return response
