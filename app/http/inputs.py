"""Reading what a browser sent: one value of each name, of the expected form, or BadInput."""

import re

from flask import Request, request
from werkzeug.datastructures import MultiDict

from app.errors import BadInput, ChallengeElsewhere

# Which page answers a challenge, and what tells Hydra so.
CHALLENGES = {
    "login_challenge": ("/login", "urls.login"),
    "consent_challenge": ("/consent", "urls.consent"),
    "logout_challenge": ("/logout", "urls.logout"),
    "device_challenge": ("/device", "urls.device.verification"),
}
_CHALLENGE = re.compile(r"[A-Za-z0-9._~=+/-]{1,16384}")
_ID = re.compile(r"[A-Za-z0-9:_-]{1,128}")
# What browsers, and proxies on their way, send with a page they fetch before anybody wants to see it: Sec-Purpose is
# the standard (Fetch section 5.9), the others are what Chrome, Safari and Firefox had before it.
_PURPOSES = ("HTTP_SEC_PURPOSE", "HTTP_PURPOSE", "HTTP_X_PURPOSE", "HTTP_X_MOZ")
_AHEAD = re.compile(r"prefetch|prerender|preview|instant", re.IGNORECASE)


def single(values: MultiDict[str, str], name: str) -> str:
    """The value of a parameter, "" if absent; BadInput if it came twice: nobody can say which one was meant."""
    sent = values.getlist(name)
    if len(sent) > 1:
        raise BadInput(f"{name} was given more than once")
    return sent[0] if sent else ""


def challenge(name: str, is_needed: bool = False) -> str:
    """A challenge of Hydra from the query, "" or BadInput if absent; ChallengeElsewhere for one of another kind."""
    value = _matching(_CHALLENGE, request.args, name)
    for other, sent in request.args.items():
        if sent and not value and other in CHALLENGES:
            raise ChallengeElsewhere(other)
    if is_needed and not value:
        raise BadInput(f"{name} is missing")
    return value


def posted_challenge(name: str) -> str:
    """A challenge from a form; BadInput if it is absent, or in the query too."""
    value = _matching(_CHALLENGE, request.form, name)
    if not value or name in request.args:
        raise BadInput(f"{name} is missing or given twice")
    return value


def action(*known: str) -> str:
    """The button of a form that was pressed; BadInput if it is none of those."""
    value = single(request.form, "action")
    if value not in known:
        raise BadInput("no action of this form")
    return value


def kratos_id(name: str) -> str:
    """The id of a Kratos flow or error from the query, "" if absent."""
    return _matching(_ID, request.args, name)


def cookies() -> str:
    """The browser's Cookie header, which Kratos gets verbatim."""
    return str(request.environ.get("HTTP_COOKIE", ""))


def round_trips() -> int:
    """How often this challenge came back from Kratos."""
    count = single(request.args, "n")
    return int(count) if re.fullmatch(r"[0-9]", count) else 0


def is_prefetch(sent: Request) -> bool:
    """Whether nobody has asked for the page yet: it is fetched ahead of time, for a preview, or a challenge by HEAD."""
    by_head = sent.method == "HEAD" and sent.endpoint is not None
    looks = by_head and not CHALLENGES.keys().isdisjoint(sent.args)
    return looks or any(_AHEAD.search(sent.environ[name]) for name in _PURPOSES if name in sent.environ)


def _matching(pattern: re.Pattern[str], values: MultiDict[str, str], name: str) -> str:
    value = single(values, name)
    if value and not pattern.fullmatch(value):
        raise BadInput(f"{name} has characters it cannot have")
    return value
