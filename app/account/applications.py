"""The views of the applications page: what a person allowed, and how to revoke it (design section 7)."""

from flask import Blueprint, render_template, request
from flask import session as cookie
from flask.typing import ResponseReturnValue

from app.account.allowed_applications import applications
from app.account.pages import page_of
from app.account.signed_in import back_to_page, is_form_of, signed_in
from app.deployment import deployment, hydra
from app.errors import BadInput, UpstreamError
from app.http import errors, i18n, inputs, logs, time_budget
from app.http.events import ids
from app.http.security import if_forged
from app.oauth2.assurance import short_hash
from app.ory.models import Session

bp = Blueprint("apps", __name__)


@bp.before_request
def _only_with_hydra() -> None:
    hydra()


@bp.get("/apps")
@signed_in
def apps(session: Session, _: int) -> ResponseReturnValue:
    """List the allowed applications; if Hydra cannot list them, the person can still disconnect all."""
    settings, subject = deployment().settings, session.identity.id
    grants = None
    status_and_headers: tuple[int, dict[str, str]] = (200, {})
    try:
        grants = hydra().grants(subject)
    except UpstreamError as error:
        status_and_headers = errors.status_and_headers(error)
    allowed = grants.items if grants else ()
    listed = applications(allowed, settings.scopes, settings.audiences, i18n.language().tag)
    page = render_template(
        "account/apps.html",
        account_key=short_hash(subject),
        applications=page_of(listed),
        listed=grants is not None,
        more=grants is not None and grants.more,
        disconnected=cookie.pop("disconnected", ""),
        notice=errors.press_again(),
    )
    return page, *status_and_headers


@bp.post("/apps")
@if_forged(apps)
@signed_in
def disconnect(session: Session, _: int) -> ResponseReturnValue:
    """Disconnect one application (`client` is its id) or all (`action`=all) of the person signed in."""
    client_id, action = inputs.single(request.form, "client"), inputs.single(request.form, "action")
    if not is_form_of(session):
        return back_to_page()
    subject = session.identity.id
    if action == "all" and not client_id:
        hydra().revoke_all(subject)
        logs.event("authn_token_revoked", client_id="", **ids(session))
        cookie["disconnected"] = "all"
    elif client_id and not action:
        if _may_be_theirs(subject, client_id):
            hydra().revoke(subject, client_id)
            logs.event("authn_token_revoked", client_id=client_id, **ids(session))
            cookie["disconnected"] = "one"
        else:
            logs.event("authz_fail", client_id=client_id, **ids(session), reason="not_connected")
    else:
        raise BadInput("no application named")
    return back_to_page()


def _may_be_theirs(subject: str, client_id: str) -> bool:
    """Whether the person may have allowed this application anything: true also if Hydra's list is incomplete."""
    try:
        with time_budget.reserving(time_budget.PAGE / 2):  # the list may be large, and revoking comes next
            grants = hydra().grants(subject)
    except UpstreamError:
        return True
    return grants.more or any(grant.client.id == client_id for grant in grants.items)
