"""Logs one event for each answer to a challenge, after Hydra has accepted it (app/http/events.py)."""

from collections.abc import Sequence
from functools import cache

from app.http import logs, metrics
from app.http.events import ids
from app.ory.challenges import ConsentRequest, LoginRequest, Reject
from app.ory.models import Session, Whoami

_consents = cache(metrics.CONSENTS.labels)


def accepted(login_request: LoginRequest, whoami: Whoami) -> None:
    """Log a sign-in: methods, level, person; `remembered` if Hydra's session answered it."""
    session = whoami.session
    methods = " ".join(dict.fromkeys(method.name for method in session.methods)) if session else ""
    logs.event(
        "authn_login_success",
        client_id=login_request.client.id,
        **ids(session),
        aal=session.aal if session else "",
        methods=methods,
        remembered=login_request.skip,
    )


def demanded(session: Session | None, refresh: object, aal: str, client_id: str = "") -> None:
    """Log that a session lacks a second factor (`aal`) or is too old (`refresh`); a first sign-in is no event."""
    if aal or refresh:
        logs.event(
            "authn_second_factor_required" if aal else "authn_reauthentication_required",
            client_id=client_id,
            **ids(session),
        )


def login_refused(login_request: LoginRequest, reject: Reject, session: Session | None) -> None:
    """Log a rejected sign-in: cancelled by the person, impossible without a page, or refused."""
    client_id, error, reason = login_request.client.id, reject.error, reject.reason
    if reject.by_person:
        logs.event("authn_login_cancel", client_id=client_id)
    elif reject.needs_interaction:
        logs.event("authn_interaction_required", client_id=client_id, error=error, reason=reason)
    else:
        logs.event("authn_login_fail", client_id=client_id, **ids(session), error=error, reason=reason)


def granted(consent_request: ConsentRequest, session: Session, scopes: Sequence[str], by_page: bool) -> None:
    """Log a consent; without `by_page` the operator's rules or an earlier decision gave it."""
    _consents("allowed" if by_page else "allowed_without_page").inc()
    logs.event(
        "privilege_permissions_changed",
        client_id=consent_request.client.id,
        **ids(session),
        scopes=" ".join(scopes),
        by_page=by_page,
        device=consent_request.for_device,
    )


def consent_refused(consent_request: ConsentRequest, reject: Reject, session: Session | None) -> None:
    """Log a rejected consent: denied by the person, impossible without a page, or refused."""
    client_id, reason = consent_request.client.id, reject.reason
    outcome = "denied" if reject.by_person else "page_needed" if reject.needs_interaction else "refused"
    _consents(outcome).inc()
    if reject.by_person:
        device = consent_request.for_device
        logs.event("privilege_permissions_denied", client_id=client_id, **ids(session), device=device)
    elif reject.needs_interaction:
        logs.event("authn_interaction_required", client_id=client_id, error=reject.error, reason=reason)
    else:
        logs.event("authz_fail", client_id=client_id, **ids(session), reason=reason)
