"""Detours through Kratos' pages while no application waits: what our cookie notes of them from page to page."""

from flask import request, session

from app.errors import CookieInvisible
from app.http import inputs
from app.oauth2.login_policy import MAX_ROUND_TRIPS


def note_page(name: str) -> None:
    """Note that the browser was shown a page; `name` is that of a flow's page, for has_just_signed_up()."""
    for noted in ("turns", "sent", "page", *(("wanted",) if name != "login" else ())):
        session.pop(noted, None)
    if name in ("registration", "verification"):
        session["page"] = name


def next_turn() -> str:
    """Note that the browser is sent to Kratos to sign in, and how often it was by then, for the way back (`n`).

    CookieInvisible for somebody who comes back and was shown no page: Kratos knows them, and only we do not. Not for
    those who come back from another turn, while this one waits for its page in another tab, or has been given up.
    """
    turns = inputs.round_trips()
    came_back = session.pop("sent", None) == f"{request.path} {turns}"
    if came_back or turns >= MAX_ROUND_TRIPS:
        raise CookieInvisible(request.script_root + request.path)
    session["sent"] = f"{request.path} {turns + 1}"
    return str(turns + 1)


def has_just_signed_up() -> bool:
    """Whether Kratos sent the browser here from signing up; nobody who types our address comes from there."""
    before = session.pop("page", None)
    return before == "verification" or (before == "registration" and request.headers.get("Sec-Fetch-Site") != "none")
