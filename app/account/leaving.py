"""The views to download a person's data and to delete the account (setting `account_deletion`, decision D14)."""

from collections.abc import Callable
from functools import wraps

from flask import Blueprint, abort, jsonify, render_template, request
from flask import session as cookie
from flask.typing import ResponseReturnValue

from app.account import personal_data
from app.account.signed_in import View, back_to_page, is_form_of, signed_in, through_login
from app.deployment import deployment
from app.errors import PorticoError, UpstreamError, UpstreamRefused
from app.http import browser_session, errors, inputs, logs
from app.http.events import ids
from app.http.security import if_forged
from app.oauth2.assurance import is_older, short_hash
from app.ory.challenges import Grant
from app.ory.lists import PartialList
from app.ory.models import Session
from app.ory.responses import HYDRA, KRATOS_ADMIN
from app.selfservice import sign_in_names
from app.selfservice.flow_kinds import has_method

bp = Blueprint("leaving", __name__)

FRESH = 15 * 60  # seconds; the sign-in must not be older
HALFWAY = "halfway"  # in the cookie: the person whose account was not found when it was to be deleted
MAX_ENDED = 100  # Hydra sessions ended one by one, with back-channel logouts


def proven(view: View) -> Callable[[], ResponseReturnValue]:
    """Call the view with a session of a fresh first factor, and a second one if the account has it; 404 if off."""

    @signed_in
    def shown(session: Session, now: int) -> ResponseReturnValue:
        refresh = "true" if is_older(session, "aal1", FRESH, now) else ""
        aal = "aal2" if not refresh and _aal2_required(session) else ""
        if not (refresh or aal):
            return view(session, now)
        if request.method == "POST":
            return back_to_page()  # the page asks for the sign-in
        return through_login(session, refresh, aal)

    @wraps(view)
    def guarded() -> ResponseReturnValue:
        return shown() if deployment().settings.account_deletion else abort(404)

    return guarded


@bp.get("/leave")
@proven
def leave(session: Session, _: int) -> ResponseReturnValue:
    """Show the page with the link to the data and the form to delete."""
    partly = cookie.get(HALFWAY) == short_hash(session.identity.id)
    if partly:
        del cookie[HALFWAY]
    return _page(session, errors.press_again(), partly=partly), 502 if partly else 200


@bp.get("/leave/data")
@proven
def download(session: Session, _: int) -> ResponseReturnValue:
    """Return the data as a file; fails if a part cannot be read, because nobody would notice the gap."""
    hydra = deployment().hydra
    grants = hydra.grants(session.identity.id) if hydra else PartialList[Grant]([], more=False)
    others = deployment().kratos_account.sessions(inputs.cookie_header(), session)
    complete = {"complete": not (others.more or grants.more)}
    file = jsonify(personal_data.of(session, others.items, grants.items) | complete)
    file.headers["Content-Disposition"] = 'attachment; filename="account.json"'
    logs.event("sensitive_read", **ids(session))
    return file


@bp.post("/leave")
@if_forged(leave)
@proven
def delete(session: Session, _: int) -> ResponseReturnValue:
    """Delete the account if the box is ticked and the same person is still signed in."""
    if not is_form_of(session):
        return back_to_page()
    if inputs.single(request.form, "sure") != "yes":
        return _page(session, unticked=True), 400
    try:
        _delete(session.identity.id)
    except PorticoError as error:
        service = error.service if isinstance(error, UpstreamError) else HYDRA  # Hydra's 404 is no UpstreamError
        logs.event("user_deletion_failed", service=service, **ids(session))
        if isinstance(error, UpstreamRefused) and (error.service, error.status) == (KRATOS_ADMIN, 404):
            # Deleted by an earlier press of the button, or a wrong address: the page asks Kratos who is signed in.
            cookie[HALFWAY] = short_hash(session.identity.id)
            return back_to_page()
        return _page(session, partly=True), *errors.status_and_headers(error)
    logs.event("user_deleted", **ids(session))
    browser_session.forget_everything()
    return render_template("account/left.html")


def _delete(subject: str) -> None:
    """Delete the person's data at Hydra, then the identity at Kratos.

    First Hydra's sessions one by one, while their consents exist, so that Hydra notifies their applications. The
    identity and its sessions last, so that the person can repeat what failed. Hydra may end the Kratos session before
    that (urls.identity_provider), so the first call checks that Kratos' admin API has the identity.
    """
    kratos_admin = deployment().kratos_admin or abort(404)  # never 404: the settings require it
    kratos_admin.identity(subject)
    if hydra := deployment().hydra:
        newest_first = sorted(hydra.grants(subject).items, key=lambda grant: -grant.at)
        sids = dict.fromkeys(grant.login_session_id for grant in newest_first if grant.login_session_id)
        for sid in list(sids)[:MAX_ENDED]:
            hydra.end_session(sid)
        hydra.end_sessions_of(subject)
        hydra.revoke_all(subject)
    kratos_admin.delete(subject)


def _aal2_required(session: Session) -> bool:
    """Whether the person has a second factor and has not given it: then a login flow for aal2 has a method."""
    return session.aal != "aal2" and has_method(deployment().kratos.begin("login", inputs.cookie_header(), aal="aal2"))


def _page(session: Session, notice: str = "", unticked: bool = False, partly: bool = False) -> str:
    return render_template(
        "account/leave.html",
        account=sign_in_names.display_name(session.identity),
        account_key=short_hash(session.identity.id),
        applications=deployment().hydra is not None,
        notice=notice,
        unticked=unticked,
        partly=partly,
    )
