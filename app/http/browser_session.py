"""What our signed cookies store about this browser; a lost or forged cookie only costs one more sign-in."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from time import time
from typing import Any, NamedTuple, Self

from flask import Response, after_this_request, session
from itsdangerous import BadSignature

from app.deployment import signer
from app.errors import TooManyRoundTrips
from app.http import here
from app.http.security import send_cookie
from app.oauth2.assurance import LoginAttempt, short_hash
from app.ory.challenges import Client
from app.ory.models import SECOND, strings

MAX_ATTEMPTS, MAX_SESSIONS, MAX_ANSWERED, MAX_PENDING, MAX_BEGUN_AGAIN, MAX_SHOWN = 16, 10, 12, 3, 3, 8
LIFETIME = 30 * 60  # seconds; Hydra's default for challenges
MAX_HOME, MAX_COOKIE = 120, 3800  # characters; each pending login is a cookie, and browsers drop one of 4 kB
MAX_PENDING_SIZE = 4500  # bytes of all pending logins; common proxies accept 8 kB for all cookies together
_json = json.JSONEncoder(ensure_ascii=False).encode  # escaped, a name in Chinese would take twice the room


class Application(NamedTuple):
    """What the cookie stores of an application: its id, its title, its own https page."""

    client_id: str
    title: str
    home: str

    @classmethod
    def of(cls, client: Client) -> Self:
        """Return what to store of a client; a link that is too long is dropped, as a cut one would lead elsewhere."""
        home = client.link("client_uri")
        return cls(client.id, client.title, home if len(home) <= MAX_HOME else "")


class PendingLogin(NamedTuple):
    """A sign-in: its challenge, its application, the time `at` (seconds) when it was noted."""

    challenge: str
    client_id: str
    title: str
    home: str
    at: float


def login_attempt(challenge: str) -> LoginAttempt | None:
    """Return what is stored about this challenge, None if this browser has not shown it (or the cookie is lost)."""
    return _attempts().get(short_hash(challenge))


def remember_login_attempt(challenge: str, attempt: LoginAttempt) -> None:
    """Store the attempt; the oldest ones are dropped."""
    key, begin = short_hash(challenge), attempt.first_seen - LIFETIME * SECOND
    others = [(other, note) for other, note in _attempts().items() if other != key and note.first_seen > begin]
    newest = sorted(others, key=lambda other: other[1].first_seen)[1 - MAX_ATTEMPTS :]
    _keep_attempts({**dict(newest), key: attempt})


def forget_login_attempt(challenge: str) -> None:
    """Drop the attempt, because the challenge is answered; who opens it again starts over."""
    attempts = _attempts()
    if attempts.pop(short_hash(challenge), None):
        _keep_attempts(attempts)
        note_answered("login", challenge)


def _attempts() -> dict[str, LoginAttempt]:
    """Return the stored attempts by the hash of their challenge."""
    try:
        return {key: LoginAttempt(*values) for key, values in session.get("attempts", {}).items()}
    except (TypeError, AttributeError):  # written by another version
        return {}


def _keep_attempts(attempts: dict[str, LoginAttempt]) -> None:
    _note("attempts", {key: list(attempt) for key, attempt in attempts.items()})


def note_answered(kind: str, *challenges: str) -> None:
    """Store what was answered in this browser, which Hydra does not say (`kind`: login, consent; error: was logged)."""
    for challenge in filter(None, challenges):
        _put_last("answered", short_hash(kind + challenge), MAX_ANSWERED)


def was_answered(kind: str, *challenges: str) -> bool:
    """Whether one of the challenges was answered, or begun again, in this browser."""
    noted = strings(here.session().get("answered"))
    return bool(noted) and not {short_hash(kind + challenge) for challenge in challenges}.isdisjoint(noted)


def remember_consent(challenge: str, application: Application) -> None:
    """Store whose consent page this browser saw last, for the page that says it is too late to answer."""
    here.session().pop("begun_again", None)
    _note("consent_page", [*application])
    note_shown(application.client_id, challenge)


def application_of_consent(challenge: str) -> Application | None:
    """Return the application of the last consent page, None if none of its pages was for this challenge."""
    shown = strings(session.get("shown"))
    match session.get("consent_page"):
        case [str(client_id), str(title), str(home)] if short_hash(client_id) + short_hash(challenge) in shown:
            return Application(client_id, title, home)
    return None


def note_shown(client_id: str, challenge: str, has_page: bool = True) -> None:
    """Store in which order Hydra asked about an application; without a page only if that makes an open one older."""
    noted, key = here.session().get("shown", ()), short_hash(client_id)
    counts = has_page or key in [other[: len(key)] for other in noted]
    if counts and (entry := key + short_hash(challenge)) not in noted:  # a reload changes nothing
        _put_last("shown", entry, MAX_SHOWN)


def is_older(client_id: str, challenge: str) -> bool:
    """Whether Hydra has asked this browser again since: it only takes the newest one's answer, by its cookie."""
    key = short_hash(client_id)
    newest = [other for other in session.get("shown", ()) if other.startswith(key)][-1:]
    return newest not in ([], [key + short_hash(challenge)])


def times_begun_again(client_id: str) -> int:
    """Return how often a consent to this application has begun again since its page was shown."""
    noted = here.session().get("begun_again")
    return noted[1] if noted and noted[0] == short_hash(client_id) else 0


def note_begun_again(client_id: str) -> None:
    """Count a consent that begins again; raise TooManyRoundTrips so that it does not repeat for ever."""
    if (times := times_begun_again(client_id)) >= MAX_BEGUN_AGAIN:
        del session["begun_again"]
        raise TooManyRoundTrips("too_many_round_trips")
    session["begun_again"] = [short_hash(client_id), times + 1]


def hydra_sessions() -> tuple[str, ...]:
    """Return the Hydra session ids of this browser, oldest first."""
    return strings(session.get("sids"))


def remember_hydra_session(sid: str) -> None:
    """Store a Hydra session seen at consent, so that a sign-out here can end it."""
    if sid:
        _put_last("sids", sid, MAX_SESSIONS)


def _put_last(name: str, value: str, most: int) -> None:
    """Append to a list of at most `most` values; the oldest are dropped."""
    _note(name, [*(other for other in strings(here.session().get(name)) if other != value), value][-most:])


def _note(name: str, value: Any) -> None:
    """Store the value only if it is new: a cookie without a change is not signed and sent again."""
    kept = here.session()
    if kept.get(name) != value:
        kept[name] = value


def pending_logins() -> tuple[PendingLogin, ...]:
    """Return the sign-ins begun in this browser and not finished, newest first."""
    return tuple(sorted(_pending().values(), key=lambda login: -login.at))


def pending_login(challenge: str) -> PendingLogin | None:
    """Return the pending sign-in of this challenge, if any."""
    return next((login for login in _pending().values() if login.challenge == challenge), None)


def newer_challenge(challenge: str, client_id: str) -> str:
    """Return the challenge of a later sign-in to the same application, or "": Hydra only accepts the newest one."""
    others = (login.challenge for login in _pending().values() if login.client_id == client_id)
    return next((other for other in others if other != challenge), "")


def remember_pending_login(challenge: str, application: Application) -> None:
    """Store a sign-in as pending, if it fits; for each application only the newest, as Hydra only accepts that."""
    if [newest.challenge for newest in pending_logins()[:1]] == [challenge]:
        return
    logins = {slot: other for slot, other in _pending().items() if other.client_id != application.client_id}
    if len(challenge) + len(_json(application).encode()) * 3 // 2 > MAX_COOKIE:
        _keep_pending(logins)
        return
    login = PendingLogin(challenge, *application, time())
    while len(logins) == MAX_PENDING or len(_json([login, *logins.values()]).encode()) > MAX_PENDING_SIZE:
        del logins[min(logins, key=lambda slot: logins[slot].at)]
    free = next(slot for slot in range(MAX_PENDING) if slot not in logins)
    _keep_pending({**logins, free: login})


def forget_pending_login(client_id: str) -> None:
    """Drop the pending sign-in: the application has its answer."""
    here.session().pop("begun_again", None)
    if any(login.client_id == client_id for login in _pending().values()):
        _keep_pending({slot: login for slot, login in _pending().items() if login.client_id != client_id})


def forget_everything() -> None:
    """Clear our cookies and the browser's cache, so that Back shows nothing of the person after a sign-out."""
    session.clear()
    _keep_pending({})

    @after_this_request
    def clear(response: Response) -> Response:
        response.headers["Clear-Site-Data"] = '"cache"'
        return response


def _pending() -> dict[int, PendingLogin]:
    """Return the pending logins by the number of their cookie, with the changes of this request."""
    notes = here.notes()
    if "pending_logins" not in notes:
        sent, name = here.sent().cookies, _cookie_name()
        read = {slot: _verified(sent[f"{name}{slot}"]) for slot in range(MAX_PENDING) if f"{name}{slot}" in sent}
        notes["pending_logins"] = {slot: login for slot, login in read.items() if login}
    return dict(notes["pending_logins"])


def _keep_pending(logins: dict[int, PendingLogin]) -> None:
    before, here.notes()["pending_logins"], name = _pending(), logins, _cookie_name()
    for slot in range(MAX_PENDING):
        if logins.get(slot) != before.get(slot):
            send_cookie(f"{name}{slot}", signed_value(logins[slot]) if slot in logins else "", LIFETIME)


def _cookie_name() -> str:
    return f"{here.app().config['SESSION_COOKIE_NAME']}-way"


def signed_value(login: PendingLogin) -> str:
    """Return the signed cookie value: the long challenge as it is, the rest (in any language) as base64."""
    return signer("way").sign(f"{login.challenge}!{urlsafe_b64encode(_json(login[1:]).encode()).decode()}").decode()


def _verified(value: str) -> PendingLogin | None:
    try:
        challenge, words = signer("way").unsign(value, max_age=LIFETIME).decode().split("!")
        return PendingLogin(challenge, *json.loads(urlsafe_b64decode(words)))
    except (BadSignature, ValueError, TypeError):
        return None
