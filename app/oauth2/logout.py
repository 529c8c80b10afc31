"""The views for signing out: Hydra's logout challenge, and a person's own sign-out (design section 7)."""

from collections.abc import Callable
from functools import partial

from flask import Blueprint, make_response, render_template, request
from flask.typing import ResponseReturnValue

from app.deployment import ask_whoami, deployment, hydra, sign_out, to_hydra
from app.errors import ChallengeGone, UpstreamError
from app.http import branding, browser_session, errors, i18n, inputs, logs, time_budget
from app.http.error_texts import ERROR_TEXTS
from app.http.security import if_forged, see_other
from app.ory.challenges import LogoutRequest
from app.ory.models import Session, Whoami
from app.urls import query, with_query

bp = Blueprint("logout", __name__)


@bp.get("/logout")
def logout() -> ResponseReturnValue:
    """Ask, or sign out at once if the application may do that and means this browser."""
    challenge, whoami = inputs.challenge("logout_challenge"), ask_whoami()
    try:
        logout_request = _read(challenge)
    except ChallengeGone:
        return _request_gone(whoami)
    if logout_request and _without_asking(logout_request, whoami):
        return _accept(logout_request, whoami)
    return _page(logout_request, whoami)


def ask_again() -> ResponseReturnValue:
    """Show the present state after a form with a bad CSRF token, for example after a first press and Back."""
    challenge = inputs.single(request.form, "logout_challenge") and inputs.posted_challenge("logout_challenge")
    whoami = ask_whoami()
    try:
        return _page(_read(challenge), whoami)
    except ChallengeGone:
        return _request_gone(whoami)


def _request_gone(whoami: Whoami) -> ResponseReturnValue:
    """Answer a request that Hydra no longer knows; nobody who is signed in reads that they are signed out."""
    if not whoami.is_nobody:
        return errors.page(ERROR_TEXTS["sign_out_over"], sign_out=True)
    return see_other(deployment().urls.public + "/signed-out")


@bp.post("/logout")
@if_forged(ask_again)
def answer() -> ResponseReturnValue:
    """Act on the person's answer, to an application's request or to their own."""
    action = inputs.action("accept", "deny")
    if not inputs.single(request.form, "logout_challenge"):
        return _sign_out() if action == "accept" else see_other(deployment().urls.public + "/")
    challenge = inputs.posted_challenge("logout_challenge")
    try:
        logout_request = hydra().logout_request(challenge)
        if action == "deny":
            hydra().reject_logout(challenge)
    except ChallengeGone:  # for example an earlier press answered it: show what that one showed
        again = with_query(f"{deployment().urls.public}/logout", logout_challenge=challenge)
        return see_other(again if action == "accept" else f"{deployment().urls.public}/")
    return _accept(logout_request, ask_whoami()) if action == "accept" else see_other(deployment().urls.public + "/")


@bp.get("/signed-out")
def signed_out() -> ResponseReturnValue:
    """Show Hydra's `urls.post_logout_redirect`; it asks Kratos, since anybody can open this address."""
    return render_template("oauth2/signed_out.html", whoami=ask_whoami())


def _read(challenge: str) -> LogoutRequest | None:
    if not challenge:
        return None
    logout_request = hydra().logout_request(challenge)
    i18n.prefer(query(logout_request.request_url).get("ui_locales", "").split())
    branding.use_brand_of(logout_request.client.id)
    return logout_request


def _is_theirs(logout_request: LogoutRequest, whoami: Whoami) -> bool:
    """Whether the person to sign out is at this browser: anybody may have put the subject's ID token into a link."""
    return whoami.session is not None and whoami.session.identity.id == logout_request.subject


def _without_asking(logout_request: LogoutRequest, whoami: Whoami) -> bool:
    trusted = logout_request.rp_initiated and logout_request.client.skip_logout_consent
    return trusted and _is_theirs(logout_request, whoami) and logout_request.sid in browser_session.hydra_sessions()


def _accept(logout_request: LogoutRequest, whoami: Whoami) -> ResponseReturnValue:
    """Accept after the person's own sessions have ended: if that fails, the challenge can still be answered."""
    theirs, client_id = _is_theirs(logout_request, whoami), logout_request.client.id
    if theirs:
        for sid in browser_session.hydra_sessions():
            if sid != logout_request.sid:
                hydra().end_session(sid)
        sign_out(whoami.session, "logout", client_id)
    try:
        target = hydra().accept_logout(logout_request.challenge)
    except ChallengeGone:  # by a "no" in another tab at the same moment
        if theirs:
            hydra().end_session(logout_request.sid)
        target = ""
    if target and not theirs:
        who = {"identity_id": logout_request.subject, "session_id": ""}
        logs.event("session_expired", client_id=client_id, **who, reason="logout_elsewhere")
    # The request_url of a logout is relative.
    response = to_hydra(target, target) if target else see_other(deployment().urls.public + "/signed-out")
    if theirs:
        browser_session.forget_everything()
    return response


def _sign_out() -> ResponseReturnValue:
    """End Hydra's sessions one by one (by subject it would notify no application), then Kratos' session."""
    session = _session_for_log()
    with time_budget.reserving(time_budget.PAGE / 2):
        ended = [_succeeds(partial(hydra().end_session, sid)) for sid in browser_session.hydra_sessions()]
    if not all([*ended, _succeeds(partial(sign_out, session, "logout"))]):
        # Kratos may have failed, so it is not asked again who is signed in.
        return make_response(_page(None, Whoami(0), partly=True), 502)
    browser_session.forget_everything()
    return see_other(deployment().urls.public + "/signed-out")


def _session_for_log() -> Session | None:
    """Return the session that will end, for the log; None if Kratos fails, which does not stop the sign-out."""
    try:
        with time_budget.reserving(time_budget.PAGE * 3 / 4):
            return ask_whoami().session
    except UpstreamError:
        return None


def _succeeds(end: Callable[[], None]) -> bool:
    try:
        end()
    except UpstreamError as error:
        logs.event("sign_out_failed", service=error.service)
        return False
    return True


def _page(logout_request: LogoutRequest | None, whoami: Whoami, partly: bool = False) -> str:
    notice = errors.press_again()
    return render_template(
        "oauth2/logout.html", logout_request=logout_request, whoami=whoami, partly=partly, notice=notice
    )
