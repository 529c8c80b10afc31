"""Hydra's consent challenge: whose it is, whether to ask, what is granted (docs/design.md, section 5)."""

from __future__ import annotations

from collections.abc import Iterable
from time import time

from flask import Blueprint, g, make_response, render_template, request
from flask.typing import ResponseReturnValue

from app.claims.evaluation import NO_ROOM, claims
from app.claims.rules import WRONG_TYPE
from app.domain import audiences, choices
from app.domain import consent as rules
from app.domain.applications import Grant
from app.domain.assurance import remaining
from app.domain.challenges import ConsentRequest
from app.domain.errors import BadInput, ChallengeGone, ChallengeUsed, UpstreamError
from app.domain.login import Reject
from app.domain.models import Session, Whoami
from app.domain.redirects import hosts
from app.domain.repeat import can_be_repeated
from app.domain.urls import https_link, netloc
from app.web import branding, budget, device, errors, i18n, inputs, marks, observability, traits, ways
from app.web.context import deployment, hydra, to_hydra
from app.web.pages import NOTICES
from app.web.security import if_forged
from app.web.tickets import check_ticket, ticket

bp = Blueprint("consent", __name__)

LOOKED_AT = 200  # consents of a person that are looked through for what they chose before
DENIED = Reject("access_denied", "The person did not allow it.")
NOBODY = Reject("login_required", "The person who began this is not signed in any more.")
BEGIN_AGAIN = Reject("login_required", "The sign-in has to begin again.", forgets=True)
CHANGED = Reject("login_required", "The person wants to use another account.")
MUST_ASK = Reject("consent_required", "The person has to be asked, which prompt=none forbids.")
INACTIVE = Reject("access_denied", "This account is not active.")
NO_SUCH_RESOURCE = Reject("invalid_target", "A resource is no absolute URI, or not among the client's audience.")


@bp.get("/consent")
def consent() -> ResponseReturnValue:
    """Grant without a page where the rules or an earlier decision allow it, else ask."""
    if inputs.is_prefetch_or_head():
        return "", 204
    asked, whoami = _read(inputs.required_challenge("consent_challenge"))
    if marks.was_answered("consent", asked.challenge):
        return _answered(marks.ConsentPage.of(asked.client), asked.for_device)
    if (elsewhere := _not_theirs(asked, whoami)) is not None:
        return elsewhere
    session = _session(whoami)
    marks.remember_hydra_session(asked.login_session_id)
    if audiences.asks_for_unknown(asked):
        return _refuse(asked, NO_SUCH_RESOURCE)
    wanted = audiences.requested(asked)
    if rules.without_asking(asked, deployment().audience_descriptions):
        return _grant(asked, session, asked.requested_scope, wanted, remaining(session, whoami.now))
    before = _before(asked)
    scopes = choices.decided(asked, before, whoami.now, _required(asked))
    if scopes is not None:  # not remembered once more: that would renew the time it was remembered for
        return _grant(asked, session, scopes, wanted, None, listed=False)
    if "none" in asked.parameters.prompt:
        return _refuse(asked, MUST_ASK)
    return _page(asked, session, before)


def _before(asked: ConsentRequest) -> list[Grant]:
    """What this person allowed this application before, none where Hydra cannot tell it: then they are asked."""
    try:
        with budget.keeping(budget.PAGE / 2):  # any application's grants can be large: the answer comes after them
            grants = hydra().grants(asked.subject, most=LOOKED_AT, client_id=asked.client.id)
    except UpstreamError as error:
        observability.event("choice_unknown", service=error.service, status=error.status)
        return []
    return [] if grants.more else grants.kept


def _required(asked: ConsentRequest) -> tuple[str, ...]:
    return deployment().required_scopes.get(asked.client.id, ())


@bp.errorhandler(ChallengeGone)
def too_late(gone: ChallengeGone) -> ResponseReturnValue:
    """Hydra does not wait any more: the page that was open too long says for which application it was."""
    challenge = request.values.get("consent_challenge", "")
    known = marks.consent_page_of(challenge)
    if known is None or isinstance(gone, ChallengeUsed):
        return errors.show(gone)
    branding.use_brand_of(known.client_id)
    if marks.was_answered("consent", challenge):
        return _answered(known)
    if not deployment().kratos.whoami(inputs.cookies()).session:
        return errors.show(gone)
    return make_response(render_template("oauth2/too_late.html", application=known), 410)


def ask_again() -> ResponseReturnValue:
    """The page once more, after a form whose CSRF token was not good; sends nothing, whatever the rules allow."""
    asked, whoami = _read(inputs.posted_challenge("consent_challenge"))
    session = whoami.session
    if session is None or session.identity.state != "active" or not rules.begun_by_this_session(asked, whoami):
        raise BadInput("not the session this page was for")
    return _page(asked, session, _before(asked))


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
    check_ticket(inputs.single(request.form, "ticket"), asked)
    if marks.was_answered("consent", asked.challenge):
        return _answered(marks.ConsentPage.of(asked.client), asked.for_device)
    if action == "deny":
        ways.forget(asked.client.id)
        answer = _refuse(asked, DENIED)
        marks.note_answered("consent", asked.challenge)
        return answer
    scopes = rules.granted(asked, request.form.getlist("grant_scope"), _required(asked))
    remember = inputs.single(request.form, "remember") == "true" and choices.can_be_remembered(asked)
    lifetime = deployment().consent_lifetimes.get(asked.client.id, 0)
    audience = audiences.requested(asked)
    answer = _grant(asked, _session(whoami), scopes, audience, lifetime if remember else None)
    marks.note_answered(
        "consent", asked.challenge
    )  # not before: where Hydra did not take it, the person may press again
    return answer


def _answered(application: marks.ConsentPage, for_device: bool = False) -> ResponseReturnValue:
    """This browser has answered before (Back, and Allow once more), and an answer counts once: Hydra cannot tell."""
    return make_response(render_template("oauth2/answered.html", application=application, for_device=for_device), 410)


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
        deployment().kratos.sign_out(inputs.cookies())
    hydra().end_session(asked.login_session_id)
    return _again(asked, CHANGED)


def _read(challenge: str) -> tuple[ConsentRequest, Whoami]:
    asked = hydra().consent_request(challenge)
    i18n.prefer(asked.parameters.ui_locales)
    branding.use_brand_of(asked.client.id)
    return asked, deployment().kratos.whoami(inputs.cookies())


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
        return render_template("oauth2/other_person.html", asked=asked, account=traits.called(session.identity))
    if session is not None and session.identity.state != "active":
        return _refuse(asked, INACTIVE)
    if rules.begun_by_this_session(asked, whoami):
        return None
    if silent:
        return _refuse(asked, NOBODY)
    return _again(asked, BEGIN_AGAIN)


def _again(asked: ConsentRequest, otherwise: Reject) -> ResponseReturnValue:
    """Let Hydra ask anew; where it cannot, the application has to."""
    if can_be_repeated(asked, time()):
        return to_hydra(asked.request_url, asked.request_url)
    return _refuse(asked, otherwise)


def _grant(
    asked: ConsentRequest,
    session: Session,
    scopes: Iterable[str],
    audience: Iterable[str],
    remember_for: int | None,
    listed: bool = True,
) -> ResponseReturnValue:
    """Tell Hydra; the claims are computed the same way for every kind of consent, of the person as read just now.

    Where Kratos' admin API has to be asked and does not answer, nothing is granted: without a claim about them (their
    groups, say) a person would get the wrong rights, and Hydra would keep that answer as long as the tokens.
    """
    granted, told = tuple(scopes), deployment().rules_for(asked.client.id)
    admin = deployment().kratos_admin if told.admin_scopes.intersection(granted) else None
    who = admin.identity(session.identity.id) if admin else session.identity
    id_token, access_token = claims(who, granted, told.id_token), claims(who, granted, told.access_token)
    for name, reason in (*id_token.left_out.items(), *access_token.left_out.items()):
        if reason in (WRONG_TYPE, NO_ROOM):
            observability.event("claim_dropped", claim=name, reason=reason)
    target = hydra().accept_consent(
        asked, granted, audience, id_token.values, access_token.values, remember_for, listed
    )
    ways.forget(asked.client.id)
    return to_hydra(target, asked.request_url)


def _refuse(asked: ConsentRequest, reject: Reject) -> ResponseReturnValue:
    if asked.for_device:
        return device.refused()
    if reject.forgets:
        hydra().end_session(asked.login_session_id)
    return to_hydra(hydra().reject_consent(asked.challenge, reject), asked.request_url)


def _page(asked: ConsentRequest, session: Session, before: Iterable[Grant]) -> ResponseReturnValue:
    client = asked.client
    logo = https_link(client.raw.get("logo_uri"))
    marks.remember_consent(asked.challenge, client)
    return render_template(
        "oauth2/consent.html",
        asked=asked,
        account=traits.called(session.identity),
        hosts=hosts(asked.redirect_uris, i18n.language().tag),
        scopes=rules.scopes(asked, deployment().scope_descriptions, _required(asked), choices.left_out(before)),
        used_with=audiences.audience_descriptions(audiences.requested(asked), deployment().audience_descriptions),
        can_remember=choices.can_be_remembered(asked),
        logo=logo if netloc(logo) in deployment().logo_hosts else "",
        privacy=https_link(client.raw.get("policy_uri")),
        terms=https_link(client.raw.get("tos_uri")),
        ticket=ticket(asked),
        popup=asked.parameters.popup,
        notice=NOTICES["press_again"] if "press_again" in g else "",
    )
