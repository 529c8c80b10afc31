"""Our one cookie: what this browser has seen of challenges, and which Hydra sessions it owns.

Signed, not secret. Challenges are kept as 16 hex digits of their hash. A lost or forged cookie costs one more sign-in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, dataclass, fields
from operator import attrgetter
from typing import Any

from flask import request, session

from app.oauth2.assurance import LoginAttempt, short_hash
from app.ory.challenges import Client
from app.ory.models import SECOND, strings

MAX_ATTEMPTS, MAX_SESSIONS, MAX_ANSWERED = 16, 10, 12
LIFETIME = 30 * 60 * SECOND  # microseconds; as long as Hydra's challenges live by default
_noted = attrgetter(*(part.name for part in fields(LoginAttempt)))  # its values in their order, at a tenth of astuple
MAX_HOME = 120  # characters of an application's own page


@dataclass(frozen=True, slots=True)
class Application:
    """What is noted of an application: its id, what a page calls it, and its own https page."""

    client_id: str
    title: str
    home: str

    @classmethod
    def of(cls, client: Client) -> Application:
        """As Hydra has it registered."""
        return cls(client.id[:80], client.title[:60], whole(client.link("client_uri")))


def whole(home: str) -> str:
    """An application's own page as it is noted: a link cut short would lead elsewhere, so a long one is left out."""
    return home if len(home) <= MAX_HOME else ""


def login_attempt(challenge: str) -> LoginAttempt | None:
    """What was noted when this browser first showed the challenge, None if it has not (or the note is lost)."""
    return _read(_attempts().get(short_hash(challenge)))


def update_login_attempt(
    challenge: str, change: Callable[[LoginAttempt], LoginAttempt], otherwise: LoginAttempt | None = None
) -> None:
    """Note what is known now of a challenge; of one that was not noted only with an `otherwise` to begin with."""
    seen = login_attempt(challenge) or otherwise
    if seen is not None:
        remember_login_attempt(challenge, change(seen))


def key_of_flow(flow_id: str) -> str:
    """The hash of the challenge whose page this flow of Kratos was, "" if it was none of those noted."""
    shown = short_hash(flow_id)
    return next((key for key, attempt in _attempts().items() if (seen := _read(attempt)) and seen.flow == shown), "")


def remember_login_attempt(challenge: str, seen: LoginAttempt) -> None:
    """Note the challenge; the oldest notes give way."""
    key = short_hash(challenge)
    if login_attempt(challenge) == seen:
        return
    others = [
        (other, attempt)
        for other, attempt in _attempts().items()
        if other != key and isinstance(attempt, list) and attempt[0] > seen.at - LIFETIME
    ]
    kept = sorted(others, key=lambda other: other[1][0])[1 - MAX_ATTEMPTS :]
    session["seen"] = {**dict(kept), key: list(_noted(seen))}


def note_answered(kind: str, challenge: str) -> None:
    """Note that a challenge (`kind`: login or consent) was answered in this browser, which Hydra cannot tell.

    The oldest notes give way.
    """
    _put_last("answered", short_hash(kind + challenge), MAX_ANSWERED)


def was_answered(kind: str, challenge: str) -> bool:
    """Whether this browser has seen the challenge, and had it answered or begun anew."""
    return short_hash(kind + challenge) in strings(session.get("answered"))


def remember_consent(challenge: str, client: Client) -> None:
    """Note whose consent page this browser was shown last, for when it is too late to answer it."""
    page = [short_hash(challenge), *astuple(Application.of(client))]
    if session.get("asked") != page:
        session["asked"] = page


def application_of_consent(challenge: str) -> Application | None:
    """The application whose consent page this browser was shown last, if it was this challenge's."""
    match session.get("asked"):
        case [key, str(client_id), str(title), str(home)] if key == short_hash(challenge):
            return Application(client_id, title, home)
    return None


def forget_login_attempt(challenge: str) -> None:
    """Drop the note: the challenge is answered, and opening it again has to start over."""
    attempts = _attempts()
    if attempts.pop(short_hash(challenge), None) is not None:
        session["seen"] = attempts
        note_answered("login", challenge)


def note_page(shown: str) -> None:
    """Note what the page for signing up or confirming an address was, "" for any other; flows can be shown again."""
    for name in ("turns", "sent", "page"):
        session.pop(name, None)
    if shown:
        session["page"] = shown


def note_sent() -> None:
    """Note that the browser was sent to Kratos, and that no page of a flow has been shown since."""
    session["sent"] = True


def is_sent() -> bool:
    """Whether the browser comes back from Kratos without having been shown any page; told once."""
    return session.pop("sent", None) is not None


def has_just_signed_up() -> bool:
    """Whether the page before was for signing up and Kratos sent the browser on here, as it does when that is done.

    Nobody who types our address comes from there.
    """
    before = session.get("page")
    note_page("")
    return before == "verification" or (before == "registration" and request.headers.get("Sec-Fetch-Site") != "none")


def hydra_sessions() -> tuple[str, ...]:
    """The Hydra session ids this browser has been given, oldest first."""
    return strings(session.get("sids"))


def remember_hydra_session(sid: str) -> None:
    """Note a Hydra session seen at consent, so that signing out here can end it."""
    if sid and sid not in hydra_sessions()[-1:]:
        _put_last("sids", sid, MAX_SESSIONS)


def forget_everything() -> None:
    """Empty the cookie; its change also keeps browsers from showing old pages again."""
    session.clear()


def _put_last(name: str, value: str, most: int) -> None:
    others = [other for other in strings(session.get(name)) if other != value]
    session[name] = [*others, value][-most:]


def _attempts() -> dict[str, Any]:
    attempts = session.get("seen")
    return dict(attempts) if isinstance(attempts, dict) else {}


def _read(attempt: Any) -> LoginAttempt | None:
    try:
        at, session_, known, chosen, none, factor, enrolled, page, flow = attempt
        return LoginAttempt(at, session_, known, chosen, none, factor, tuple(enrolled), page, flow)
    except (TypeError, ValueError):  # there is none, or one of another version
        return None
