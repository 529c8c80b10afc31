"""The applications that may use the person's account, and how to take that back (design section 7)."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask import session as cookie
from flask.typing import ResponseReturnValue

from app.domain.applications import applications
from app.domain.assurance import short_hash
from app.domain.errors import BadInput
from app.domain.models import Session
from app.web import i18n, inputs, signed_in
from app.web.context import hydra, portico
from app.web.security import if_forged

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

    Hydra ends whatever it is told, so the subject is the one whoami has just named, and the client one of theirs.
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
        if any(grant.client.id == one for grant in hydra().grants(subject).found):
            hydra().revoke(subject, one)
            cookie["disconnected"] = "one"
    else:
        raise BadInput("no application named")
    return signed_in.back()


def _page(session: Session, _: int, notice: str) -> ResponseReturnValue:
    grants = hydra().grants(session.identity.id)
    return render_template(
        "account/apps.html",
        account_key=short_hash(session.identity.id),
        applications=applications(grants.found, portico().scope_words, portico().audience_words, i18n.language().tag),
        more=grants.more,
        disconnected=cookie.pop("disconnected", ""),
        notice=notice,
    )
