"""Offers a passkey after a typed password or code (`offer_passkey`, D13) if static/able.js has set its cookie."""

from flask import Response, current_app, request

from app.deployment import deployment
from app.errors import PorticoError
from app.http import inputs, time_budget
from app.http.security import see_other, send_cookie
from app.oauth2.assurance import LoginAttempt, is_fresh, was_typed
from app.ory.challenges import LoginRequest
from app.ory.models import Session
from app.selfservice.flow_kinds import PASSKEY, with_passkey_alone
from app.urls import with_query

REST = 90 * 24 * 3600  # seconds


def offer(session: Session, return_to: str) -> Response | None:
    """Return a redirect to the page that offers a passkey and continues at `return_to`; None if Kratos accepts none."""
    cookie = f"{current_app.config['SESSION_COOKIE_NAME']}-passkey"
    if not deployment().settings.offer_passkey or request.cookies.get(cookie) != "able":
        return None
    if not was_typed(session) or session.identity.raw.get("organization_id"):
        return None
    send_cookie(cookie, "offered", REST)
    try:
        with time_budget.reserving(time_budget.PAGE / 2):
            flow = deployment().kratos.begin("settings", inputs.cookie_header(), return_to=return_to)
    except PorticoError:
        return None
    page = with_query(f"{deployment().urls.public}/settings", flow=flow.id)
    return see_other(page) if with_passkey_alone(flow).nodes else None


def offer_in_login(
    login_request: LoginRequest, session: Session | None, attempt: LoginAttempt | None, round_trips: int
) -> Response | None:
    """Return the same after a sign-in for this challenge; None also if no page may be shown."""
    parameters = login_request.parameters
    unwanted = parameters.hidden or parameters.popup or "none" in parameters.prompt
    if session is None or unwanted or not is_fresh(session, "aal1", attempt):
        return None
    return offer(session, deployment().urls.login(login_request.challenge, round_trips, PASSKEY))
