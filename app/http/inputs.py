"""Reads and checks what a browser sent: each name once, in the expected form, else BadInput."""

import re

from flask import Request, request
from werkzeug.datastructures import MultiDict

from app.errors import BadInput, ChallengeElsewhere
from app.http import here
from app.urls import UNRESERVED, consists_of

# The page that answers each challenge, and Hydra's setting for it.
CHALLENGES = {
    "login_challenge": ("/login", "urls.login"),
    "consent_challenge": ("/consent", "urls.consent"),
    "logout_challenge": ("/logout", "urls.logout"),
    "device_challenge": ("/device", "urls.device.verification"),
}
_CHALLENGE, _LONGEST_CHALLENGE = UNRESERVED + b"=+/", 16384
_ID, _LONGEST_ID = UNRESERVED.translate(None, b".~") + b":", 128
# Headers of browsers and proxies that fetch a page before anybody opens it: Sec-Purpose is the standard (Fetch section
# 5.9); Chrome, Safari and Firefox used the others before.
_PURPOSES = ("HTTP_SEC_PURPOSE", "HTTP_PURPOSE", "HTTP_X_PURPOSE", "HTTP_X_MOZ")
_AHEAD = re.compile(r"prefetch|prerender|preview|instant", re.IGNORECASE)


def single(values: MultiDict[str, str], name: str) -> str:
    """Return a parameter, "" if absent; raise BadInput if it came twice, as nobody knows which one is meant."""
    sent = values.getlist(name)
    if len(sent) > 1:
        raise BadInput(f"{name} was given more than once")
    return sent[0] if sent else ""


def challenge(name: str, is_needed: bool = False) -> str:
    """Return a challenge from the query, "" if absent (BadInput if needed); raise ChallengeElsewhere for others."""
    args = here.sent().args
    value = _checked(args, name, _CHALLENGE, _LONGEST_CHALLENGE)
    for other, sent in args.items():
        if sent and not value and other in CHALLENGES:
            raise ChallengeElsewhere(other)
    if is_needed and not value:
        raise BadInput(f"{name} is missing")
    return value


def posted_challenge(name: str) -> str:
    """Return a challenge from a form; raise BadInput if it is absent or also in the query."""
    value = _checked(request.form, name, _CHALLENGE, _LONGEST_CHALLENGE)
    if not value or name in request.args:
        raise BadInput(f"{name} is missing or given twice")
    return value


def action(*known: str) -> str:
    """Return the pressed button of a form; raise BadInput if it is not one of `known`."""
    value = single(request.form, "action")
    if value not in known:
        raise BadInput("no action of this form")
    return value


def kratos_id(name: str) -> str:
    """Return the id of a Kratos flow or error from the query, "" if absent."""
    return _checked(request.args, name, _ID, _LONGEST_ID)


def cookie_header() -> str:
    """Return the browser's Cookie header, which is sent to Kratos unchanged."""
    return str(here.sent().environ.get("HTTP_COOKIE", ""))


def round_trips() -> int:
    """Return how often this challenge came back from Kratos."""
    count = single(request.args, "n")
    return int(count) if re.fullmatch(r"[0-9]", count) else 0


def is_prefetch(sent: Request) -> bool:
    """Whether nobody has opened the page yet: a prefetch, a preview, or a HEAD for a challenge."""
    by_head = sent.method == "HEAD" and sent.endpoint is not None
    looks = by_head and not CHALLENGES.keys().isdisjoint(sent.args)
    return looks or any(_AHEAD.search(sent.environ[name]) for name in _PURPOSES if name in sent.environ)


def _checked(values: MultiDict[str, str], name: str, allowed: bytes, longest: int) -> str:
    value = single(values, name)
    if len(value) > longest or not consists_of(value, allowed):
        raise BadInput(f"{name} has characters it cannot have")
    return value
