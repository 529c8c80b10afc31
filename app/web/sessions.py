"""The person's sessions: where they are signed in, and how to end that elsewhere (design section 7)."""

from __future__ import annotations

import re

from flask import Blueprint, render_template, request
from flask import session as cookie
from flask.typing import ResponseReturnValue

from app.domain.assurance import short_hash
from app.domain.devices import SignIn
from app.domain.errors import BadInput, CookieInvisible, UpstreamError
from app.domain.models import Session, Whoami
from app.web import inputs, observability
from app.web.context import portico
from app.web.pages import NOTICES
from app.web.security import if_forged, see_other

bp = Blueprint("sessions", __name__)

SESSION_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@bp.get("/sessions")
def sessions() -> ResponseReturnValue:
    """This device and the others."""
    whoami = _whoami()
    if whoami.session is None:
        return _sign_in_first(whoami)
    if inputs.hops():
        return _back()  # without the count of detours, so that it does not count when the page is reloaded
    return _page(whoami.session, whoami.now)


def ask_again() -> ResponseReturnValue:
    """The page once more, after a form whose CSRF token was not good."""
    whoami = _whoami()
    return _page(whoami.session, whoami.now, NOTICES["press_again"]) if whoami.session else _back()


@bp.post("/sessions")
@if_forged(ask_again)
def end() -> ResponseReturnValue:
    """End one other session (`session`, its id) or all others (`action`=others); the own one ends by signing out."""
    one, action = inputs.single(request.form, "session"), inputs.single(request.form, "action")
    session = _whoami().session
    if session is None or short_hash(session.identity.id) != inputs.single(request.form, "account"):
        return _back()  # an old page; and Kratos would let a session end others before its second factor
    if action == "others" and not one:
        cookie["ended"] = _end_others(session)
    elif not action and SESSION_ID.fullmatch(one) and one != session.id:
        portico().kratos.end_session(request.headers.get("Cookie", ""), one)
        cookie["ended"] = "one"
    else:
        raise BadInput("no other session named")
    return _back()


def _end_others(session: Session) -> str:
    """Kratos' sessions first: a person who wants somebody else out is not kept waiting for Hydra.

    Hydra's end by subject, this browser's too: it knows no "all but this", and the next login here is answered at once.
    """
    portico().kratos.end_other_sessions(request.headers.get("Cookie", ""))
    hydra = portico().hydra
    try:
        if hydra:
            hydra.end_sessions_of(session.identity.id)
    except UpstreamError as error:
        observability.event("sign_out_failed", service=error.service)
        return "partly"
    return "others"


def _whoami() -> Whoami:
    return portico().kratos.whoami(request.headers.get("Cookie", ""))


def _back() -> ResponseReturnValue:
    return see_other(portico().urls.public + "/sessions")


def _sign_in_first(whoami: Whoami) -> ResponseReturnValue:
    """Through Kratos' login and back; twice at most, as Kratos sends at once back whom only we do not recognise."""
    urls, hops = portico().urls, inputs.hops()
    if hops >= 2:
        observability.event(
            "cookie_invisible", portico_host=urls.public, kratos_host=urls.kratos, check="cookies.domain"
        )
        raise CookieInvisible
    return_to = f"{urls.public}/sessions?n={hops + 1}"
    return see_other(urls.kratos_flow("login", aal="aal2" if whoami.owes_second_factor else None, return_to=return_to))


def _page(session: Session, now: int, notice: str = "") -> ResponseReturnValue:
    others = portico().kratos.sessions(request.headers.get("Cookie", ""))
    return render_template(
        "account/sessions.html",
        account_key=short_hash(session.identity.id),
        current=SignIn.of(session, now),
        others=[SignIn.of(one, now) for one in others.found],
        more=others.more,
        ended=cookie.pop("ended", ""),
        notice=notice,
    )
