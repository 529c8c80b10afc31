"""Our one cookie: what this browser has seen of challenges, and which Hydra sessions it owns.

Signed, not secret. Challenges are kept as 16 hex digits of their hash. A lost or forged cookie costs one more sign-in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import session

from app.domain.assurance import SECOND, FirstSight, short_hash
from app.domain.challenges import Client
from app.domain.urls import https_link

MAX_MARKS, MAX_SESSIONS, MAX_ANSWERED = 16, 10, 8
LIFETIME = 30 * 60 * SECOND  # microseconds; as long as Hydra's challenges live by default
MAX_HOME = 120  # characters of an application's own page; a link cut short leads elsewhere
MAX_CHALLENGE = 1600  # characters; browsers drop a cookie of more than 4 kB, and then every note would be lost


@dataclass(frozen=True, slots=True)
class Unfinished:
    """The newest sign-in of this browser: `challenge` ("" if it was too long to keep), application, its https page."""

    key: str
    challenge: str
    client_id: str
    title: str
    home: str

    def is_for(self, challenge: str) -> bool:
        """Whether this is the sign-in of that challenge."""
        return self.key == short_hash(challenge)


def first_sight(challenge: str) -> FirstSight | None:
    """What was noted when this browser first showed the challenge, None if it has not (or the note is lost)."""
    found = _marks().get(short_hash(challenge))
    try:
        return FirstSight(*found) if isinstance(found, list) else None
    except TypeError:
        return None


def remember_sight(challenge: str, seen: FirstSight) -> None:
    """Note the challenge; the oldest notes give way (the cookie's JSON is sorted by key, not by age)."""
    others = [
        (key, mark)
        for key, mark in _marks().items()
        if key != short_hash(challenge) and isinstance(mark, list) and mark[0] > seen.at - LIFETIME
    ]
    kept = sorted(others, key=lambda one: one[1][0])[1 - MAX_MARKS :]
    mark = [seen.at, seen.session, seen.known, seen.chosen, seen.no_second_factor]
    session["seen"] = {**dict(kept), short_hash(challenge): mark}


def remember_way(challenge: str, client: Client) -> None:
    """Note where this browser wants to go, for pages that Kratos does not tell it."""
    kept = challenge if len(challenge) <= MAX_CHALLENGE else ""
    home = https_link(client.raw.get("client_uri"))[:200]
    way = [short_hash(challenge), kept, client.id[:80], client.title[:60], home]
    if session.get("way") != way:
        session["way"] = way


def newest() -> Unfinished | None:
    """The newest sign-in that was begun in this browser and not finished."""
    found = session.get("way")
    if not isinstance(found, list) or len(found) != 5 or not all(isinstance(one, str) for one in found):
        return None
    return Unfinished(*found)


def note_answered(challenge: str) -> None:
    """Note that a consent was answered in this browser, which Hydra cannot tell; the oldest notes give way."""
    session["answered"] = [*(key for key in _answered() if key != short_hash(challenge)), short_hash(challenge)][
        -MAX_ANSWERED:
    ]


def was_answered(challenge: str) -> bool:
    """Whether a consent was answered in this browser."""
    return short_hash(challenge) in _answered()


def _answered() -> list[str]:
    found = session.get("answered")
    return [key for key in found if isinstance(key, str)] if isinstance(found, list) else []


def remember_consent(challenge: str, client: Client) -> None:
    """Note whose consent page this browser was shown last, for when it is too late to answer it."""
    home = https_link(client.raw.get("client_uri"))
    asked = [short_hash(challenge), client.id[:80], client.title[:60], home if len(home) <= MAX_HOME else ""]
    if session.get("asked") != asked:
        session["asked"] = asked


def consent_page_of(challenge: str) -> Unfinished | None:
    """The application whose consent page this browser was shown last, if it was this challenge's."""
    found = session.get("asked")
    if not isinstance(found, list) or len(found) != 4 or not all(isinstance(part, str) for part in found):
        return None
    key, client_id, title, home = found
    return Unfinished(key, "", client_id, title, home) if key == short_hash(challenge) else None


def forget_sight(challenge: str) -> None:
    """Drop the note: the challenge is answered, and opening it again has to start over."""
    marks = _marks()
    if marks.pop(short_hash(challenge), None) is not None:
        session["seen"] = marks


def forget_way(client_id: str) -> None:
    """Drop the note of where this browser wants to go: this application has its answer."""
    known = newest()
    if known and known.client_id == client_id[:80]:
        session.pop("way")


def hydra_sessions() -> list[str]:
    """The Hydra session ids this browser has been given, oldest first."""
    found = session.get("sids")
    return [sid for sid in found if isinstance(sid, str)] if isinstance(found, list) else []


def remember_hydra_session(sid: str) -> None:
    """Note a Hydra session seen at consent, so that signing out here can end it."""
    if sid and sid not in hydra_sessions()[-1:]:
        session["sids"] = [*(one for one in hydra_sessions() if one != sid), sid][-MAX_SESSIONS:]


def forget_everything() -> None:
    """Empty the cookie; its change also keeps browsers from showing old pages again."""
    session.clear()


def _marks() -> dict[str, Any]:
    found = session.get("seen")
    return dict(found) if isinstance(found, dict) else {}
