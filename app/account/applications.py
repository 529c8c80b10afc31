"""The applications that may use the person's account, and how to take that back (design section 7)."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint, make_response, render_template, request
from flask import session as cookie
from flask.typing import ResponseReturnValue

from app.account import signed_in
from app.account.allowed_applications import Application, applications
from app.deployment import deployment, hydra
from app.errors import BadInput, UpstreamError
from app.http import errors, i18n, inputs, time_budget
from app.http.security import if_forged
from app.oauth2.assurance import short_hash
from app.ory.consent_sessions import Grant
from app.ory.models import Session

bp = Blueprint("apps", __name__)


@bp.before_request
def _only_with_hydra() -> None:
    hydra()


@bp.get("/apps")
def apps() -> ResponseReturnValue:
    """What the person, or the operator for them, allowed."""
    return signed_in.show(_page)


def ask_again() -> ResponseReturnValue:
    """The page once more, after a form whose CSRF token was not good."""
    return signed_in.show_again(_page)


@bp.post("/apps")
@if_forged(ask_again)
def disconnect() -> ResponseReturnValue:
    """Disconnect one application (`client`, its id) or all of them (`action`=all).

    Hydra ends whatever it is told, so the subject is the one whoami has just named, and the client one of theirs, if
    Hydra can tell.
    """
    one, action = inputs.single(request.form, "client"), inputs.single(request.form, "action")
    session = signed_in.pressed_by()
    if session is None:
        return signed_in.back()
    subject = session.identity.id
    if action == "all" and not one:
        hydra().revoke_all(subject)
        cookie["disconnected"] = "all"
    elif one and not action:
        if _may_be_theirs(subject, one):
            hydra().revoke(subject, one)
            cookie["disconnected"] = "one"
    else:
        raise BadInput("no application named")
    return signed_in.back()


def _may_be_theirs(subject: str, client_id: str) -> bool:
    """Whether the person allowed this application something, as far as Hydra's list of it can be read."""
    try:
        with time_budget.keeping(time_budget.PAGE / 2):  # ending it comes after a list that may be large
            grants = hydra().grants(subject)
    except UpstreamError:
        return True
    return grants.more or any(grant.client.id == client_id for grant in grants.kept)


def _page(session: Session, _: int, notice: str) -> ResponseReturnValue:
    """What is allowed; where that cannot be listed, everything can still be ended at once."""
    status, grants = 200, None
    try:
        grants = hydra().grants(session.identity.id)
    except UpstreamError as error:
        status = errors.status_of(error)
    body = render_template(
        "account/apps.html",
        account_key=short_hash(session.identity.id),
        applications=_applications(grants.kept if grants else ()),
        listed=grants is not None,
        more=grants is not None and grants.more,
        disconnected=cookie.pop("disconnected", ""),
        notice=notice,
    )
    return make_response(body, status)


def _applications(grants: Iterable[Grant]) -> tuple[Application, ...]:
    scopes, audiences = deployment().scope_descriptions, deployment().audience_descriptions
    return applications(grants, scopes, audiences, i18n.language().tag)
