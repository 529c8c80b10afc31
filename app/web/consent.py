"""Hydra's consent challenge: whose it is, whether to ask, what is granted (design section 5)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue
from itsdangerous import BadSignature, URLSafeTimedSerializer

from app.domain import consent as rules
from app.domain.assurance import remaining, short_hash
from app.domain.challenges import ConsentRequest
from app.domain.claims import NO_ROOM, WRONG_TYPE, claims
from app.domain.errors import BadInput, NotThisPage
from app.domain.login import Reject
from app.domain.models import Session, Whoami
from app.domain.redirects import hosts
from app.domain.urls import https_link, netloc
from app.web import branding, device, i18n, inputs, marks, observability
from app.web.context import hydra, portico, to_hydra
from app.web.pages import NOTICES
from app.web.security import if_forged

bp = Blueprint("consent", __name__)

TICKET_AGE = 3600  # seconds; longer than any challenge lives
DENIED = Reject("access_denied", "The person did not allow it.")
NOBODY = Reject("login_required", "The person who began this is not signed in any more.")
MUST_ASK = Reject("consent_required", "The person has to be asked, which prompt=none forbids.")
INACTIVE = Reject("access_denied", "This account is not active.")


@bp.get("/consent")
def consent() -> ResponseReturnValue:
    """Grant without a page where the rules allow it, else ask."""
    if inputs.only_looking():
        return "", 204
    asked, whoami = _read(inputs.challenge("consent_challenge"))
    if (elsewhere := _not_theirs(asked, whoami)) is not None:
        return elsewhere
    session = _session(whoami)
    marks.remember_hydra_session(asked.login_session_id)
    if rules.without_asking(asked):
        return _grant(asked, session, asked.requested_scope, remaining(session, whoami.now))
    if "none" in asked.parameters.prompt:
        return _refuse(asked, MUST_ASK)
    return _page(asked, session)


def ask_again() -> ResponseReturnValue:
    """The page once more, after a form whose CSRF token was not good; sends nothing, whatever the rules allow."""
    asked, whoami = _read(inputs.posted_challenge("consent_challenge"))
    session = whoami.session
    if session is None or session.identity.state != "active" or not rules.begun_by_this_session(asked, whoami):
        raise BadInput("not the session this page was for")
    return _page(asked, session)


@bp.post("/consent")
@if_forged(ask_again)
def decide() -> ResponseReturnValue:
    """What the person decided; nothing but an explicit word counts, and only for what the page showed them."""
    action = inputs.single(request.form, "action")
    if action not in ("accept", "deny"):
        raise BadInput("no decision")
    asked, whoami = _read(inputs.posted_challenge("consent_challenge"))
    if (elsewhere := _not_theirs(asked, whoami)) is not None:
        return elsewhere
    shown = _read_ticket(inputs.single(request.form, "ticket"), asked)
    if action == "deny":
        marks.forget_way(asked.client.id)
        return _refuse(asked, DENIED)
    required = portico().required_scopes.get(asked.client.id, ())
    scopes = rules.granted(asked, shown, request.form.getlist("grant_scope"), required)
    remember = inputs.single(request.form, "remember") == "true" and not asked.for_device
    lifetime = portico().consent_lifetimes.get(asked.client.id, 0)
    return _grant(asked, _session(whoami), scopes, lifetime if remember else None)


@bp.post("/consent/account")
def change_account() -> ResponseReturnValue:
    """`another`: sign out ("not you?"). `continue`: go on as who is signed in now. Either way Hydra asks anew.

    A consent challenge cannot change its subject, so its Hydra session ends and the authorization starts over.
    """
    action = inputs.single(request.form, "action")
    if action not in ("continue", "another"):
        raise BadInput("unknown action")
    asked = hydra().consent_request(inputs.posted_challenge("consent_challenge"))
    if action == "another":
        portico().kratos.sign_out(request.headers.get("Cookie", ""))
    hydra().end_session(asked.login_session_id)
    return to_hydra(asked.request_url, asked.request_url)


def _read(challenge: str) -> tuple[ConsentRequest, Whoami]:
    if not challenge:
        raise BadInput("consent_challenge is missing")
    asked = hydra().consent_request(challenge)
    i18n.prefer(asked.parameters.ui_locales)
    branding.wear(asked.client.id)
    return asked, portico().kratos.whoami(request.headers.get("Cookie", ""))


def _session(whoami: Whoami) -> Session:
    """The session that `_not_theirs` has found to be the right one."""
    if whoami.session is None:
        raise AssertionError("checked before")
    return whoami.session


def _not_theirs(asked: ConsentRequest, whoami: Whoami) -> ResponseReturnValue | None:
    """Where to go when the session that answered the login is not the one behind this browser; None when it is.

    No reference UI compares the two: with two tabs, B's email would be sent under A's `sub`.
    """
    session, silent = whoami.session, "none" in asked.parameters.prompt
    if session is not None and session.identity.id != asked.subject and not silent:
        return render_template(
            "oauth2/other_person.html", asked=asked, account=session.identity.name or session.identity.id
        )
    if session is not None and session.identity.state != "active":
        return _refuse(asked, INACTIVE)
    if rules.begun_by_this_session(asked, whoami):
        return None
    if silent:
        return _refuse(asked, NOBODY)
    return to_hydra(asked.request_url, asked.request_url)


def _grant(
    asked: ConsentRequest, session: Session, scopes: Iterable[str], remember_for: int | None
) -> ResponseReturnValue:
    """Tell Hydra; the claims are computed the same way for every kind of consent, of the person as read just now.

    Where Kratos' admin API has to be asked and does not answer, nothing is granted: without a claim about them (their
    groups, say) a person would get the wrong rights, and Hydra would keep that answer as long as the tokens.
    """
    granted, told = tuple(scopes), portico().rules_for(asked.client.id)
    admin = portico().kratos_admin if told.admin_scopes.intersection(granted) else None
    who = admin.identity(session.identity.id) if admin else session.identity
    id_token, access_token = claims(who, granted, told.id_token), claims(who, granted, told.access_token)
    for name, reason in (*id_token.left_out.items(), *access_token.left_out.items()):
        if reason in (WRONG_TYPE, NO_ROOM):
            observability.event("claim_dropped", claim=name, reason=reason)
    target = hydra().accept_consent(asked, granted, id_token.values, access_token.values, remember_for)
    marks.forget_way(asked.client.id)
    return to_hydra(target, asked.request_url)


def _refuse(asked: ConsentRequest, reject: Reject) -> ResponseReturnValue:
    if asked.for_device:
        return device.refused()
    return to_hydra(hydra().reject_consent(asked.challenge, reject), asked.request_url)


def _page(asked: ConsentRequest, session: Session) -> ResponseReturnValue:
    client = asked.client
    rows = rules.scopes(asked, portico().scope_words, portico().required_scopes.get(client.id, ()))
    logo = https_link(client.raw.get("logo_uri"))
    return render_template(
        "oauth2/consent.html",
        asked=asked,
        account=session.identity.name or session.identity.id,
        hosts=hosts(asked.redirect_uris, i18n.language().tag),
        scopes=rows,
        logo=logo if netloc(logo) in portico().logo_hosts else "",
        privacy=https_link(client.raw.get("policy_uri")),
        terms=https_link(client.raw.get("tos_uri")),
        ticket=_tickets(portico().secret_keys).dumps(
            [short_hash(asked.challenge), asked.subject, [row.name for row in rows]]
        ),
        popup=asked.parameters.popup,
        notice=NOTICES["press_again"] if "press_again" in g else "",
    )


def _read_ticket(ticket: str, asked: ConsentRequest) -> list[str]:
    """The scopes that the page for this very challenge and person showed; NotThisPage for any other ticket."""
    try:
        challenge, subject, shown = _tickets(portico().secret_keys).loads(ticket, max_age=TICKET_AGE)
    except (BadSignature, ValueError):
        raise NotThisPage from None
    if (challenge, subject) != (short_hash(asked.challenge), asked.subject):
        raise NotThisPage
    return list(shown)


@cache
def _tickets(secret_keys: tuple[str, ...]) -> URLSafeTimedSerializer:
    """Signs with the newest key, believes the older ones too (itsdangerous wants the newest last)."""
    return URLSafeTimedSerializer(list(reversed(secret_keys)), salt="consent")
