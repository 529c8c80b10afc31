"""What we note about this browser in our signed cookies; one that is lost or forged costs one more sign-in."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import fields
from operator import attrgetter
from time import time
from typing import Any, NamedTuple

from flask import Response, after_this_request, current_app, g, request, session
from itsdangerous import BadSignature

from app.deployment import signer
from app.errors import TooManyRoundTrips
from app.http.security import send_cookie
from app.oauth2.assurance import LoginAttempt, short_hash
from app.ory.challenges import Client
from app.ory.models import SECOND, strings

MAX_ATTEMPTS, MAX_SESSIONS, MAX_ANSWERED, MAX_PENDING, MAX_BEGUN_AGAIN = 16, 10, 12, 3, 3
LIFETIME = 30 * 60  # seconds; as long as Hydra's challenges live by default
MAX_CHALLENGE, MAX_HOME = 3000, 120  # characters; a cookie for each pending login: browsers drop one of 4 kB
MAX_PENDING_LENGTH = 4500  # characters of all pending logins: common proxies take 8 kB for all cookies together
_values = attrgetter(*(part.name for part in fields(LoginAttempt)))  # in their order, at a tenth of what astuple costs


class Application(NamedTuple):
    """What is noted of an application: its id, what a page calls it, its own https page."""

    client_id: str
    title: str
    home: str

    @classmethod
    def of(cls, client: Client) -> Application:
        """As Hydra has it registered."""
        return cls.noted(client.id, client.title, client.link("client_uri"))

    @classmethod
    def noted(cls, client_id: str, title: str, home: str) -> Application:
        """As much as there is room for: titles are short, and a link cut short would lead elsewhere."""
        return cls(client_id[:80], title, home if len(home) <= MAX_HOME else "")


class PendingLogin(NamedTuple):
    """A sign-in: `challenge` ("" if too long to keep) and its hash, the application as noted, when (seconds)."""

    challenge: str
    key: str
    client_id: str
    title: str
    home: str
    at: float


def login_attempt(challenge: str) -> LoginAttempt | None:
    """What was noted when this browser first showed the challenge, None if it has not (or the note is lost)."""
    return _attempts().get(short_hash(challenge))


def remember_login_attempt(challenge: str, attempt: LoginAttempt) -> None:
    """Note the challenge; the oldest notes give way."""
    key, begin = short_hash(challenge), attempt.first_seen - LIFETIME * SECOND
    others = [(other, note) for other, note in _attempts().items() if other != key and note.first_seen > begin]
    newest = sorted(others, key=lambda other: other[1].first_seen)[1 - MAX_ATTEMPTS :]
    _keep_attempts({**dict(newest), key: attempt})


def update_login_attempt(challenge: str, change: Callable[..., LoginAttempt], new: LoginAttempt | None = None) -> None:
    """Change the note of a challenge; where there is none, `new` is changed and kept, or nothing for None."""
    if attempt := login_attempt(challenge) or new:
        remember_login_attempt(challenge, change(attempt))


def forget_login_attempt(challenge: str) -> None:
    """Drop the note: the challenge is answered, and opening it again has to start over."""
    attempts = _attempts()
    if attempts.pop(short_hash(challenge), None):
        _keep_attempts(attempts)
        note_answered("login", challenge)


def _attempts() -> dict[str, LoginAttempt]:
    """The notes, by the hash of their challenge."""
    try:
        return {key: LoginAttempt(*values) for key, values in session.get("attempts", {}).items()}
    except (TypeError, AttributeError):  # of another version
        return {}


def _keep_attempts(attempts: dict[str, LoginAttempt]) -> None:
    _note("attempts", {key: list(_values(attempt)) for key, attempt in attempts.items()})


def note_answered(kind: str, *challenges: str) -> None:
    """Note that a challenge (`kind`: login or consent) was answered in this browser, which Hydra cannot tell."""
    for challenge in filter(None, challenges):
        _put_last("answered", short_hash(kind + challenge), MAX_ANSWERED)


def was_answered(kind: str, *challenges: str) -> bool:
    """Whether this browser has seen one of the challenges, and had it answered or begun anew."""
    noted = strings(session.get("answered"))
    return bool(noted) and not {short_hash(kind + challenge) for challenge in challenges}.isdisjoint(noted)


def remember_consent(challenge: str, application: Application) -> None:
    """Note whose consent page this browser was shown last, for when it is too late to answer it."""
    session.pop("begun_again", None)
    _note("consent_page", [short_hash(challenge), *application])


def application_of_consent(challenge: str) -> Application | None:
    """The application whose consent page this browser was shown last, if it was this challenge's."""
    match session.get("consent_page"):
        case [key, str(client_id), str(title), str(home)] if key == short_hash(challenge):
            return Application(client_id, title, home)
    return None


def note_begun_again(client_id: str) -> None:
    """Count that a consent has to begin again: an application for which it always does would never stop."""
    key, noted = short_hash(client_id), session.pop("begun_again", None)
    times = noted[1] if isinstance(noted, list) and noted[0] == key else 0
    if times >= MAX_BEGUN_AGAIN:
        raise TooManyRoundTrips("too_many_round_trips")
    session["begun_again"] = [key, times + 1]


def hydra_sessions() -> tuple[str, ...]:
    """The Hydra session ids this browser has been given, oldest first."""
    return strings(session.get("sids"))


def remember_hydra_session(sid: str) -> None:
    """Note a Hydra session seen at consent, so that signing out here can end it."""
    if sid:
        _put_last("sids", sid, MAX_SESSIONS)


def _put_last(name: str, value: str, most: int) -> None:
    """Add to a list; its oldest values give way."""
    _note(name, [*(other for other in strings(session.get(name)) if other != value), value][-most:])


def _note(name: str, value: Any) -> None:
    """Keep the value; a cookie that has not changed is not signed and sent again."""
    if session.get(name) != value:
        session[name] = value


def pending_logins() -> tuple[PendingLogin, ...]:
    """The sign-ins that were begun in this browser and not finished, the newest first."""
    return tuple(sorted(_pending().values(), key=lambda login: -login.at))


def pending_login(challenge: str) -> PendingLogin | None:
    """The sign-in of this challenge."""
    return next((login for login in _pending().values() if login.key == short_hash(challenge)), None)


def newer_challenge(challenge: str, client_id: str) -> str:
    """That of a sign-in begun later for the same application, "" for none: Hydra answers no older one."""
    others = (login.challenge for login in _pending().values() if login.client_id == client_id[:80])
    return next((other for other in others if other != challenge), "")


def pending_login_of_flow(flow_id: str) -> PendingLogin | None:
    """The sign-in that this flow of Kratos was a page of."""
    flow = short_hash(flow_id)
    keys = [key for key, attempt in _attempts().items() if attempt.flow == flow]
    return next((login for login in _pending().values() if login.key in keys), None)


def remember_pending_login(challenge: str, application: Application) -> None:
    """Note where this browser wants to go; of one application only the newest (Hydra answers no other)."""
    kept = challenge if len(challenge) <= MAX_CHALLENGE else ""
    login = PendingLogin(kept, short_hash(challenge), *application, time())
    if [newest.key for newest in pending_logins()[:1]] == [login.key]:
        return
    logins = {slot: other for slot, other in _pending().items() if other.client_id != login.client_id}
    while logins and (len(logins) == MAX_PENDING or len(json.dumps([login, *logins.values()])) > MAX_PENDING_LENGTH):
        del logins[min(logins, key=lambda slot: logins[slot].at)]
    free = next(slot for slot in range(MAX_PENDING) if slot not in logins)
    _keep_pending({**logins, free: login})


def forget_pending_login(client_id: str) -> None:
    """Drop the note: this application has its answer."""
    session.pop("begun_again", None)
    if any(login.client_id == client_id[:80] for login in _pending().values()):
        _keep_pending({slot: login for slot, login in _pending().items() if login.client_id != client_id[:80]})


def forget_everything() -> None:
    """Nothing of the person is left for Back to show: the cache goes, and the changed cookies evict kept pages."""
    session.clear()
    _keep_pending({})

    @after_this_request
    def clear(response: Response) -> Response:
        response.headers["Clear-Site-Data"] = '"cache"'
        return response


def _pending() -> dict[int, PendingLogin]:
    """What the cookies say, or will say after this answer, by the number of the cookie."""
    if "pending_logins" not in g:
        sent, name = request.cookies, _cookie_name()
        read = {slot: _opened(sent[f"{name}{slot}"]) for slot in range(MAX_PENDING) if f"{name}{slot}" in sent}
        g.pending_logins = {slot: login for slot, login in read.items() if login}
    return dict(g.pending_logins)


def _keep_pending(logins: dict[int, PendingLogin]) -> None:
    before, g.pending_logins, name = _pending(), logins, _cookie_name()
    for slot in range(MAX_PENDING):
        if logins.get(slot) != before.get(slot):
            send_cookie(f"{name}{slot}", sealed(logins[slot]) if slot in logins else "", LIFETIME)


def _cookie_name() -> str:
    return f"{current_app.config['SESSION_COOKIE_NAME']}-way"


def sealed(login: PendingLogin) -> str:
    """The cookie's value, signed: the challenge as it is, for it is long; the words as base64, in any language."""
    challenge, *words = login
    return signer("way").sign(f"{challenge}!{urlsafe_b64encode(json.dumps(words).encode()).decode()}").decode()


def _opened(value: str) -> PendingLogin | None:
    try:
        challenge, words = signer("way").unsign(value, max_age=LIFETIME).decode().split("!")
        return PendingLogin(challenge, *json.loads(urlsafe_b64decode(words)))
    except (BadSignature, ValueError, TypeError):
        return None
