"""Answers the signed question of `portico doctor`: which proxies its request passed, whether large headers arrive."""

from collections.abc import Sequence

from flask import Response, request
from itsdangerous import BadSignature, TimestampSigner

QUESTION, ANSWER = "X-Portico-Doctor", "X-Portico-Forwarded-For"
ROOM, LONG = "X-Portico-Room", "-" * 6000  # more than a page with a long challenge and many sign-ins sends (5 kB)
PURPOSE = "doctor"
MAX_AGE = 60  # seconds, including the difference of two machines' clocks


def signed(secret_keys: Sequence[str], about: str = ANSWER) -> str:
    """Return the value of the QUESTION header, signed with the newest key, to ask for ANSWER only or also for ROOM."""
    return TimestampSigner(secret_keys[0], PURPOSE).sign(about).decode()


def answer(response: Response, signer: TimestampSigner) -> Response:
    """Return the response, with the ANSWER header (and ROOM) if the doctor asked."""
    if question := request.headers.get(QUESTION):
        try:
            about = signer.unsign(question, max_age=MAX_AGE)
        except BadSignature:
            return response
        response.headers[ANSWER] = request.headers.get("X-Forwarded-For", "")
        if about == ROOM.encode():
            response.headers[ROOM] = LONG
    return response
