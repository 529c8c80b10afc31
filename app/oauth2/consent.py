"""Hydra's consent challenge: whose it is, whether to ask, what is granted (docs/design.md, section 5)."""

from __future__ import annotations

from collections.abc import Iterable
from time import time

from flask import Blueprint, make_response, render_template, request
from flask.typing import ResponseReturnValue

from app.claims.evaluation import NO_ROOM, claims
from app.claims.rules import WRONG_TYPE
from app.deployment import deployment, hydra, to_hydra
from app.errors import BadInput, ChallengeGone, ChallengeUsed, UpstreamError
from app.http import branding, browser_session, errors, i18n, inputs, logs, time_budget
from app.http.security import if_forged
from app.oauth2 import audiences, device, earlier_consents, pending_logins
from app.oauth2 import consent_policy as rules
from app.oauth2.assurance import remaining
from app.oauth2.consent_ticket import check_ticket, ticket
from app.oauth2.repeat import can_be_repeated
from app.ory.challenges import ConsentRequest, Reject
from app.ory.consent_sessions import Grant
from app.ory.models import Session, Whoami
from app.ory.redirect_uris import hosts
from app.selfservice import trait_forms
from app.urls import https_link, netloc

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
    consent_request, whoami = _read(inputs.required_challenge("consent_challenge"))
    if browser_session.was_answered("consent", consent_request.challenge):
        return _answered(browser_session.ConsentPage.of(consent_request.client), consent_request.for_device)
    if (elsewhere := _not_theirs(consent_request, whoami)) is not None:
        return elsewhere
    session = _session(whoami)
    browser_session.remember_hydra_session(consent_request.login_session_id)
    if audiences.asks_for_unknown(consent_request):
        return _refuse(consent_request, NO_SUCH_RESOURCE)
    wanted = audiences.requested(consent_request)
    if rules.without_asking(consent_request, deployment().audience_descriptions):
        return _grant(consent_request, session, consent_request.requested_scope, wanted, remaining(session, whoami.now))
    before = _before(consent_request)
    scopes = earlier_consents.decided(consent_request, before, whoami.now, _required(consent_request))
    if scopes is not None:  # not remembered once more: that would renew the time it was remembered for
        return _grant(consent_request, session, scopes, wanted, None, listed=False)
    if "none" in consent_request.parameters.prompt:
        return _refuse(consent_request, MUST_ASK)
    return _page(consent_request, session, before)


def _before(consent_request: ConsentRequest) -> list[Grant]:
    """What this person allowed this application before, none where Hydra cannot tell it: then they are asked."""
    try:
        with time_budget.keeping(
            time_budget.PAGE / 2
        ):  # any application's grants can be large: the answer comes after them
            grants = hydra().grants(consent_request.subject, most=LOOKED_AT, client_id=consent_request.client.id)
    except UpstreamError as error:
        logs.event("choice_unknown", service=error.service, status=error.status)
        return []
    return [] if grants.more else grants.kept


def _required(consent_request: ConsentRequest) -> tuple[str, ...]:
    return deployment().rules_for(consent_request.client.id).required_scopes


@bp.errorhandler(ChallengeGone)
def too_late(gone: ChallengeGone) -> ResponseReturnValue:
    """Hydra does not wait any more: the page that was open too long says for which application it was."""
    challenge = request.values.get("consent_challenge", "")
    known = browser_session.consent_page_of(challenge)
    if known is None or isinstance(gone, ChallengeUsed):
        return errors.show(gone)
    branding.use_brand_of(known.client_id)
    if browser_session.was_answered("consent", challenge):
        return _answered(known)
    if not deployment().kratos.whoami(inputs.cookies()).session:
        return errors.show(gone)
    return make_response(render_template("oauth2/too_late.html", application=known), 410)


def ask_again() -> ResponseReturnValue:
    """The page once more, after a form whose CSRF token was not good; sends nothing, whatever the rules allow."""
    consent_request, whoami = _read(inputs.posted_challenge("consent_challenge"))
    session = whoami.session
    if (
        session is None
        or session.identity.state != "active"
        or not rules.begun_by_this_session(consent_request, whoami)
    ):
        raise BadInput("not the session this page was for")
    return _page(consent_request, session, _before(consent_request))


@bp.post("/consent")
@if_forged(ask_again)
def decide() -> ResponseReturnValue:
    """What the person decided; nothing but an explicit word counts, and only for what the page showed them."""
    action = inputs.single(request.form, "action")
    if action not in ("accept", "deny"):
        raise BadInput("no decision")
    consent_request, whoami = _read(inputs.posted_challenge("consent_challenge"))
    if (elsewhere := _not_theirs(consent_request, whoami)) is not None:
        return elsewhere
    check_ticket(inputs.single(request.form, "ticket"), consent_request)
    if browser_session.was_answered("consent", consent_request.challenge):
        return _answered(browser_session.ConsentPage.of(consent_request.client), consent_request.for_device)
    if action == "deny":
        pending_logins.forget(consent_request.client.id)
        answer = _refuse(consent_request, DENIED)
        browser_session.note_answered("consent", consent_request.challenge)
        return answer
    scopes = rules.granted(consent_request, request.form.getlist("grant_scope"), _required(consent_request))
    remember = inputs.single(request.form, "remember") == "true" and earlier_consents.can_be_remembered(consent_request)
    lifetime = deployment().rules_for(consent_request.client.id).consent_lifetime
    audience = audiences.requested(consent_request)
    answer = _grant(consent_request, _session(whoami), scopes, audience, lifetime if remember else None)
    browser_session.note_answered(
        "consent", consent_request.challenge
    )  # not before: where Hydra did not take it, the person may press again
    return answer


def _answered(application: browser_session.ConsentPage, for_device: bool = False) -> ResponseReturnValue:
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
    consent_request = hydra().consent_request(inputs.posted_challenge("consent_challenge"))
    if action == "another":
        deployment().kratos.sign_out(inputs.cookies())
    hydra().end_session(consent_request.login_session_id)
    return _again(consent_request, CHANGED)


def _read(challenge: str) -> tuple[ConsentRequest, Whoami]:
    consent_request = hydra().consent_request(challenge)
    i18n.prefer(consent_request.parameters.ui_locales)
    branding.use_brand_of(consent_request.client.id)
    return consent_request, deployment().kratos.whoami(inputs.cookies())


def _session(whoami: Whoami) -> Session:
    """The session that `_not_theirs` has found to be the right one."""
    if whoami.session is None:
        raise AssertionError("checked before")
    return whoami.session


def _not_theirs(consent_request: ConsentRequest, whoami: Whoami) -> ResponseReturnValue | None:
    """Where to go when the session that answered the login is not the one behind this browser; None when it is.

    No reference UI compares the two: with two tabs, B's email would be sent under A's `sub`.
    """
    session, silent = whoami.session, "none" in consent_request.parameters.prompt
    if session is not None and session.identity.id != consent_request.subject and not silent:
        return render_template(
            "oauth2/other_person.html", consent_request=consent_request, account=trait_forms.called(session.identity)
        )
    if session is not None and session.identity.state != "active":
        return _refuse(consent_request, INACTIVE)
    if rules.begun_by_this_session(consent_request, whoami):
        return None
    if silent:
        return _refuse(consent_request, NOBODY)
    return _again(consent_request, BEGIN_AGAIN)


def _again(consent_request: ConsentRequest, otherwise: Reject) -> ResponseReturnValue:
    """Let Hydra ask anew; where it cannot, the application has to."""
    if can_be_repeated(consent_request, time()):
        return to_hydra(consent_request.request_url, consent_request.request_url)
    return _refuse(consent_request, otherwise)


def _grant(
    consent_request: ConsentRequest,
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
    granted, token_rules = tuple(scopes), deployment().rules_for(consent_request.client.id).tokens
    admin = deployment().kratos_admin if token_rules.admin_scopes.intersection(granted) else None
    who = admin.identity(session.identity.id) if admin else session.identity
    id_token, access_token = (
        claims(who, granted, token_rules.id_token),
        claims(who, granted, token_rules.access_token),
    )
    for name, reason in (*id_token.left_out.items(), *access_token.left_out.items()):
        if reason in (WRONG_TYPE, NO_ROOM):
            logs.event("claim_dropped", claim=name, reason=reason)
    target = hydra().accept_consent(
        consent_request, granted, audience, id_token.values, access_token.values, remember_for, listed
    )
    pending_logins.forget(consent_request.client.id)
    return to_hydra(target, consent_request.request_url)


def _refuse(consent_request: ConsentRequest, reject: Reject) -> ResponseReturnValue:
    if consent_request.for_device:
        return device.refused()
    if reject.forgets:
        hydra().end_session(consent_request.login_session_id)
    return to_hydra(hydra().reject_consent(consent_request.challenge, reject), consent_request.request_url)


def _page(consent_request: ConsentRequest, session: Session, before: Iterable[Grant]) -> ResponseReturnValue:
    client = consent_request.client
    logo = https_link(client.raw.get("logo_uri"))
    browser_session.remember_consent(consent_request.challenge, client)
    return render_template(
        "oauth2/consent.html",
        consent_request=consent_request,
        account=trait_forms.called(session.identity),
        hosts=hosts(consent_request.redirect_uris, i18n.language().tag),
        scopes=rules.scopes(
            consent_request,
            deployment().scope_descriptions,
            _required(consent_request),
            earlier_consents.left_out(before),
        ),
        used_with=audiences.audience_descriptions(
            audiences.requested(consent_request), deployment().audience_descriptions
        ),
        can_remember=earlier_consents.can_be_remembered(consent_request),
        logo=logo if netloc(logo) in deployment().logo_hosts else "",
        privacy=https_link(client.raw.get("policy_uri")),
        terms=https_link(client.raw.get("tos_uri")),
        ticket=ticket(consent_request),
        popup=consent_request.parameters.popup,
        notice=errors.press_again(),
    )
