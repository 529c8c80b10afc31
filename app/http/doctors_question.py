"""What `portico doctor`, who signs with our secret key, asks through all proxies: the way, and room for headers."""

from collections.abc import Sequence

from flask import Response, request
from itsdangerous import BadSignature, TimestampSigner

QUESTION, ANSWER = "X-Portico-Doctor", "X-Portico-Forwarded-For"
ROOM, LONG = "X-Portico-Room", "-" * 6000  # all headers of a page with a long challenge and many sign-ins: 5 kB
PURPOSE = "doctor"
MAX_AGE = 60  # seconds, clocks of two machines in it


def signed(secret_keys: Sequence[str], about: str = ANSWER) -> str:
    """What the doctor says in QUESTION, with the newest of these keys, to be told that or to get ROOM as well."""
    return TimestampSigner(secret_keys[0], PURPOSE).sign(about).decode()


def answer(response: Response, signer: TimestampSigner) -> Response:
    """The response, with what has arrived if it was the doctor who asked."""
    if question := request.headers.get(QUESTION):
        try:
            about = signer.unsign(question, max_age=MAX_AGE)
        except BadSignature:
            return response
        response.headers[ANSWER] = request.headers.get("X-Forwarded-For", "")
        if about == ROOM.encode():
            response.headers[ROOM] = LONG
    return response
