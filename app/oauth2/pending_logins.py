"""The sign-ins that were begun in this browser and not finished, the newest three.

A signed cookie each: a challenge alone has more than 1 kB, and browsers drop a cookie of more than 4 kB.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from time import time

from flask import Response, after_this_request, current_app, g, request
from itsdangerous import BadSignature

from app.deployment import deployment, signer
from app.http.browser_session import whole
from app.http.security import set_cookie
from app.oauth2.assurance import short_hash

SLOTS = 3
LIFETIME = 30 * 60  # seconds; as long as Hydra's challenges live by default
MAX_CHALLENGE = 3000  # characters
ROOM = 4800  # characters of all of them: common proxies take 8 kB for all cookies of a browser together


@dataclass(frozen=True, slots=True)
class PendingLogin:
    """A sign-in: `challenge` ("" if too long to keep) and its hash, the application, its https page, when (seconds)."""

    key: str
    challenge: str
    client_id: str
    title: str
    home: str
    at: float


def newest() -> tuple[PendingLogin, ...]:
    """The sign-ins that were begun in this browser and not finished, the newest first."""
    return tuple(sorted(_slots().values(), key=lambda login: -login.at))


def of(key: str) -> PendingLogin | None:
    """The sign-in of the challenge with this hash."""
    return next((login for login in newest() if key and login.key == key), None)


def remember(challenge: str, client_id: str, title: str, home: str) -> None:
    """Note where this browser wants to go; of one application only the newest (Hydra answers no other)."""
    kept = challenge if len(challenge) <= MAX_CHALLENGE else ""
    login = PendingLogin(short_hash(challenge), kept, client_id[:80], title[:60], whole(home), time())
    if [known.key for known in newest()[:1]] == [login.key]:
        return
    others = {slot: other for slot, other in _slots().items() if other.client_id != login.client_id}
    free = [slot for slot in range(SLOTS) if slot not in others]
    slot = free[0] if free else min(others, key=lambda slot: others[slot].at)
    _keep(_fitting({**others, slot: login}))


def forget(client_id: str) -> None:
    """Drop the note: this application has its answer."""
    _keep({slot: login for slot, login in _slots().items() if login.client_id != client_id[:80]})


def forget_all() -> None:
    """Drop every note."""
    _keep({})


def _fitting(slots: dict[int, PendingLogin]) -> dict[int, PendingLogin]:
    """The newest of them for which there is room."""
    kept, used = dict[int, PendingLogin](), 0
    for slot, login in sorted(slots.items(), key=lambda item: -item[1].at):
        used += len(login.challenge) + 2 * len(login.client_id + login.title + login.home) + 120  # about what is sealed
        if used <= ROOM or not kept:
            kept[slot] = login
    return kept


def _slots() -> dict[int, PendingLogin]:
    """What the cookies say, or will say after this answer."""
    if "pending_logins" not in g:
        read = ((slot, _opened(request.cookies.get(_cookie_name(slot), ""))) for slot in range(SLOTS))
        g.pending_logins = {slot: login for slot, login in read if login is not None}
    return dict(g.pending_logins)


def _keep(slots: dict[int, PendingLogin]) -> None:
    before, g.pending_logins = _slots(), slots

    @after_this_request
    def send(response: Response) -> Response:
        for slot in range(SLOTS):
            login = slots.get(slot)
            if login != before.get(slot):
                set_cookie(response, _cookie_name(slot), sealed(login) if login else "", LIFETIME)
        return response


def _cookie_name(slot: int) -> str:
    return f"{current_app.config['SESSION_COOKIE_NAME']}-way{slot}"


def sealed(login: PendingLogin) -> str:
    """The cookie's value, signed: the challenge as it is, for it is long; the words as base64, in any language."""
    words = urlsafe_b64encode(json.dumps([login.client_id, login.title, login.home, login.at]).encode()).decode()
    return signer(deployment().secret_keys, "way").sign(f"{login.challenge}!{login.key}!{words}").decode()


def _opened(value: str) -> PendingLogin | None:
    try:
        content = signer(deployment().secret_keys, "way").unsign(value, max_age=LIFETIME).decode()
        challenge, key, words = content.split("!")
        return PendingLogin(key, challenge, *json.loads(urlsafe_b64decode(words)))
    except (BadSignature, ValueError, TypeError):
        return None
