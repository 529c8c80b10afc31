"""Hydra's consent challenge: whose it is, whether to ask, what is granted (docs/design.md, section 5)."""

from __future__ import annotations

from time import time

from flask import Blueprint, make_response, render_template, request
from flask.typing import ResponseReturnValue

from app.claims.evaluation import NO_ROOM, claims
from app.claims.rules import WRONG_TYPE
from app.deployment import ask_whoami, asking_whoami, deployment, hydra, to_hydra
from app.errors import BadInput, ChallengeGone, ChallengeUsed, UpstreamError
from app.http import branding, browser_session, errors, i18n, inputs, logs, time_budget
from app.http.security import if_forged
from app.oauth2 import audiences, consent_page, device, pending_logins
from app.oauth2 import consent_policy as policy
from app.oauth2.assurance import remaining
from app.ory.challenges import ConsentRequest, Grant, Reject
from app.ory.models import Session, Whoami
from app.selfservice import trait_forms

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
        return _answered(browser_session.Application.of(consent_request.client), consent_request.for_device)
    session = policy.session_of_login(consent_request, whoami)
    if session is None:
        return _not_theirs(consent_request, whoami)
    browser_session.remember_hydra_session(consent_request.login_session_id)
    if audiences.asks_for_unknown(consent_request):
        return _refuse(consent_request, NO_SUCH_RESOURCE)
    if policy.without_asking(consent_request, deployment().audience_descriptions):
        return _grant(consent_request, session, consent_request.requested_scope, remaining(session, whoami.now))
    earlier = _earlier_consents(consent_request)
    scopes = policy.remembered_scopes(consent_request, earlier, whoami.now, _required_scopes(consent_request))
    if scopes is not None:  # not remembered once more: that would renew the time it was remembered for
        return _grant(consent_request, session, scopes, None, listed=False)
    if "none" in consent_request.parameters.prompt:
        return _refuse(consent_request, MUST_ASK)
    return consent_page.page(consent_request, session, earlier)


def ask_again() -> ResponseReturnValue:
    """The page once more, after a form whose CSRF token was not good; sends nothing, whatever the rules allow."""
    consent_request, whoami = _read(inputs.posted_challenge("consent_challenge"))
    session = policy.session_of_login(consent_request, whoami)
    if session is None:
        raise BadInput("not the session this page was for")
    return consent_page.page(consent_request, session, _earlier_consents(consent_request))


@bp.post("/consent")
@if_forged(ask_again)
def decide() -> ResponseReturnValue:
    """What the person decided; nothing but an explicit word counts, and only for what the page showed them."""
    action = inputs.single(request.form, "action")
    if action not in ("accept", "deny"):
        raise BadInput("no decision")
    consent_request, whoami = _read(inputs.posted_challenge("consent_challenge"))
    session = policy.session_of_login(consent_request, whoami)
    if session is None:
        return _not_theirs(consent_request, whoami)
    consent_page.check_ticket(inputs.single(request.form, "ticket"), consent_request)
    if browser_session.was_answered("consent", consent_request.challenge):
        return _answered(browser_session.Application.of(consent_request.client), consent_request.for_device)
    if action == "deny":
        pending_logins.forget(consent_request.client.id)
        answer = _refuse(consent_request, DENIED)
    else:
        answer = _grant(consent_request, session, _chosen_scopes(consent_request), _remember_for(consent_request))
    # Not noted before: where Hydra did not take it, the person may press again.
    browser_session.note_answered("consent", consent_request.challenge)
    return answer


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
    return _begin_again(consent_request, CHANGED)


@bp.errorhandler(ChallengeGone)
def too_late(gone: ChallengeGone) -> ResponseReturnValue:
    """Hydra does not wait any more: the page that was open too long says for which application it was."""
    challenge = request.values.get("consent_challenge", "")
    application = browser_session.application_of_consent(challenge)
    if application is None or isinstance(gone, ChallengeUsed):
        return errors.show(gone)
    branding.use_brand_of(application.client_id)
    if browser_session.was_answered("consent", challenge):
        return _answered(application)
    if not ask_whoami().session:
        return errors.show(gone)
    return make_response(render_template("oauth2/too_late.html", application=application), 410)


def _read(challenge: str) -> tuple[ConsentRequest, Whoami]:
    with asking_whoami() as whoami:
        consent_request = hydra().consent_request(challenge)
        i18n.prefer(consent_request.parameters.ui_locales)
        branding.use_brand_of(consent_request.client.id)
        return consent_request, whoami()


def _answered(application: browser_session.Application, for_device: bool = False) -> ResponseReturnValue:
    """This browser has answered before (Back, and Allow once more), and an answer counts once: Hydra cannot tell."""
    return make_response(render_template("oauth2/answered.html", application=application, for_device=for_device), 410)


def _not_theirs(consent_request: ConsentRequest, whoami: Whoami) -> ResponseReturnValue:
    """Where to go when the session that answered the login is not the one behind this browser.

    No reference UI compares the two: with two tabs, B's email would be sent under A's `sub`.
    """
    session, silent = whoami.session, "none" in consent_request.parameters.prompt
    if session is not None and session.identity.id != consent_request.subject and not silent:
        account = trait_forms.called(session.identity)
        return render_template("oauth2/other_person.html", consent_request=consent_request, account=account)
    if session is not None and session.identity.state != "active":
        return _refuse(consent_request, INACTIVE)
    return _refuse(consent_request, NOBODY) if silent else _begin_again(consent_request, BEGIN_AGAIN)


def _begin_again(consent_request: ConsentRequest, otherwise: Reject) -> ResponseReturnValue:
    """Let Hydra ask anew; where it cannot, the application has to."""
    if consent_request.parameters.can_be_repeated(time()):
        return to_hydra(consent_request.request_url, consent_request.request_url)
    return _refuse(consent_request, otherwise)


def _earlier_consents(consent_request: ConsentRequest) -> list[Grant]:
    """What this person allowed this application before, none where Hydra cannot tell it: then they are asked."""
    try:
        with time_budget.keeping(time_budget.PAGE / 2):  # what applications register can be large; the answer is next
            grants = hydra().grants(consent_request.subject, most=LOOKED_AT, client_id=consent_request.client.id)
    except UpstreamError as error:
        logs.event("choice_unknown", service=error.service, status=error.status)
        return []
    return [] if grants.more else grants.kept


def _required_scopes(consent_request: ConsentRequest) -> tuple[str, ...]:
    return deployment().rules_for(consent_request.client.id).required_scopes


def _chosen_scopes(consent_request: ConsentRequest) -> tuple[str, ...]:
    return policy.granted(consent_request, request.form.getlist("grant_scope"), _required_scopes(consent_request))


def _remember_for(consent_request: ConsentRequest) -> int | None:
    """The seconds for which the person does not want to be asked again, 0 for ever; None: not at all."""
    remember = inputs.single(request.form, "remember") == "true" and policy.can_be_remembered(consent_request)
    return deployment().rules_for(consent_request.client.id).consent_lifetime if remember else None


def _grant(
    consent_request: ConsentRequest,
    session: Session,
    scopes: tuple[str, ...],
    remember_for: int | None,
    listed: bool = True,
) -> ResponseReturnValue:
    """Tell Hydra; the claims are computed the same way for every kind of consent, of the person as read just now.

    Where Kratos' admin API has to be asked and does not answer, nothing is granted: without a claim about them (their
    groups, say) a person would get the wrong rights, and Hydra would keep that answer as long as the tokens.
    """
    rules = deployment().rules_for(consent_request.client.id).tokens
    admin = deployment().kratos_admin if rules.admin_scopes.intersection(scopes) else None
    identity = admin.identity(session.identity.id) if admin else session.identity
    id_token, access_token = claims(identity, scopes, rules.id_token), claims(identity, scopes, rules.access_token)
    for name, reason in (*id_token.left_out.items(), *access_token.left_out.items()):
        if reason in (WRONG_TYPE, NO_ROOM):
            logs.event("claim_dropped", claim=name, reason=reason)
    audience = audiences.requested(consent_request)
    target = hydra().accept_consent(
        consent_request, scopes, audience, id_token.values, access_token.values, remember_for, listed
    )
    pending_logins.forget(consent_request.client.id)
    return to_hydra(target, consent_request.request_url)


def _refuse(consent_request: ConsentRequest, reject: Reject) -> ResponseReturnValue:
    if consent_request.for_device:
        return device.refused()
    if reject.forgets:
        hydra().end_session(consent_request.login_session_id)
    return to_hydra(hydra().reject_consent(consent_request.challenge, reject), consent_request.request_url)
