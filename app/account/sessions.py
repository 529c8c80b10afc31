"""The views of the sessions page: where a person is signed in, and how to sign out there (design section 7)."""

import re

from flask import Blueprint, render_template, request
from flask import session as cookie
from flask.typing import ResponseReturnValue

from app.account.devices import SignIn
from app.account.pages import page_of
from app.account.signed_in import back_to_page, is_form_of, signed_in
from app.deployment import deployment
from app.errors import BadInput, UpstreamError
from app.http import errors, inputs, logs
from app.http.events import ids
from app.http.security import if_forged
from app.oauth2.assurance import short_hash
from app.ory.models import Session
from app.selfservice import last_used

bp = Blueprint("sessions", __name__)

LAST_USED = {"last_used_on": True, "last_used_off": False}
SESSION_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@bp.get("/sessions")
@signed_in
def sessions(session: Session, now: int) -> ResponseReturnValue:
    """List this device and the others; if Kratos cannot list them, the person can still sign out all."""
    others = None
    status_and_headers: tuple[int, dict[str, str]] = (200, {})
    try:
        others = deployment().kratos_account.sessions(inputs.cookie_header(), session)
    except UpstreamError as error:
        status_and_headers = errors.status_and_headers(error)
    shown = page_of(others.items if others else [])
    page = render_template(
        "account/sessions.html",
        account_key=short_hash(session.identity.id),
        current=SignIn.of(session, now),
        others=shown._replace(items=[SignIn.of(other, now) for other in shown.items]),
        listed=others is not None,
        more=others is not None and others.more,
        ended=cookie.pop("ended", ""),
        notice=errors.press_again(),
        applications=deployment().hydra is not None,
        last_used_off=last_used.sent() == last_used.OFF,
    )
    return page, *status_and_headers


@bp.post("/sessions")
@if_forged(sessions)
@signed_in
def end(session: Session, _: int) -> ResponseReturnValue:
    """End another session (`session` is its id) or all others (`action`), or switch the "last used" mark on or off."""
    session_id, action = inputs.single(request.form, "session"), inputs.single(request.form, "action")
    if not is_form_of(session):
        return back_to_page()
    if action == "others" and not session_id:
        cookie["ended"] = _end_others(session)
    elif action in LAST_USED and not session_id:
        last_used.switch(LAST_USED[action])
    elif not action and SESSION_ID.fullmatch(session_id) and session_id != session.id:
        deployment().kratos_account.end_session(inputs.cookie_header(), session_id)
        who = ids(session) | {"session_id": session_id}
        logs.event("session_expired", client_id="", **who, reason="revoked")
        cookie["ended"] = "one"
    else:
        raise BadInput("no other session named")
    return back_to_page()


def _end_others(session: Session) -> str:
    """End Kratos' sessions, which must not wait for Hydra, then Hydra's: by subject, so this browser's, too."""
    deployment().kratos_account.end_other_sessions(inputs.cookie_header())
    logs.event("session_expired", client_id="", **ids(session), reason="all_others_revoked")
    try:
        if hydra := deployment().hydra:
            hydra.end_sessions_of(session.identity.id)
    except UpstreamError as error:
        logs.event("sign_out_failed", service=error.service)
        return "partly"
    return "others"
