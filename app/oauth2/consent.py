"""The views of Hydra's consent challenge: whose it is, whether to ask, what is granted (docs/design.md, section 5)."""

import json
from collections.abc import Hashable, Iterable, Sequence
from contextlib import suppress
from time import time

from flask import Blueprint, make_response, render_template, request
from flask.typing import ResponseReturnValue
from itsdangerous import BadSignature

from app.claims.rules import NO_ROOM, WRONG_TYPE, claims
from app.deployment import ask_whoami, asking_whoami, deployment, hydra, sign_out, signer, to_hydra
from app.errors import BadInput, ChallengeGone, ChallengeUsed, NotThisPage, UpstreamError
from app.http import audit, branding, browser_session, errors, i18n, inputs, logs, page_cache, time_budget
from app.http.error_texts import NOTICES
from app.http.events import ids
from app.http.security import if_forged
from app.oauth2 import consent_policy as policy
from app.oauth2 import device
from app.oauth2.assurance import remaining_seconds, short_hash
from app.ory.challenges import INACTIVE, ConsentRequest, Grant, Reject
from app.ory.models import Session, Whoami
from app.ory.redirect_uris import hosts
from app.selfservice import sign_in_names

bp = Blueprint("consent", __name__)

TEMPLATE = "oauth2/consent.html"
MAX_EARLIER = 200  # a person's consents that are searched for an earlier choice
TICKET_AGE = 3600  # seconds; longer than any challenge lives
DENIED = Reject("access_denied", "The person did not allow it.", by_person=True)
BEGIN_AGAIN = Reject("login_required", "The sign-in has to begin again.", ends_session=True)
CHANGED = Reject("login_required", "The person wants to use another account.")


@bp.get("/consent")
def consent() -> ResponseReturnValue:
    """Grant without a page if the rules or an earlier decision allow it, else ask."""
    consent_request, whoami, session = _read(inputs.challenge("consent_challenge", is_needed=True))
    if browser_session.was_answered("consent", consent_request.challenge, consent_request.login_id):
        return _answered(browser_session.Application.of(consent_request.client), consent_request.for_device)
    if session is None:
        return _of_another_session(consent_request, whoami)
    browser_session.remember_hydra_session(consent_request.login_session_id)
    if "" in consent_request.resources:  # one that is not registered
        return _refuse(consent_request, policy.NO_SUCH_RESOURCE, session)
    if policy.without_asking(consent_request, deployment().settings.audiences):
        return _grant(consent_request, session, consent_request.requested_scope, remaining_seconds(session, whoami.now))
    earlier, rules = _earlier_consents(consent_request), deployment().rules_for(consent_request.client.id)
    scopes = policy.remembered_scopes(consent_request, earlier, whoami.now, rules.required_scopes)
    if scopes is not None:  # not remembered, nor listed for longer than a second: the earlier decision stands
        return _grant(consent_request, session, scopes, 1, remember=False)
    if "none" in consent_request.parameters.prompt:
        return _refuse(consent_request, policy.MUST_ASK)
    return _page(consent_request, session, earlier)


def ask_again() -> ResponseReturnValue:
    """Show the page again after a form with a bad CSRF token; grant nothing, whatever the rules allow."""
    consent_request, _, session = _read(inputs.posted_challenge("consent_challenge"))
    if session is None:
        raise BadInput("not the session this page was for")
    return _page(consent_request, session, _earlier_consents(consent_request))


@bp.post("/consent")
@if_forged(ask_again)
def answer() -> ResponseReturnValue:
    """Act on the person's decision: only an explicit button counts, and only for what the page showed."""
    action = inputs.action("accept", "deny")
    consent_request, whoami, session = _read(inputs.posted_challenge("consent_challenge"))
    if session is None:
        return _of_another_session(consent_request, whoami)
    _check_ticket(inputs.single(request.form, "ticket"), consent_request)
    if browser_session.was_answered("consent", consent_request.challenge, consent_request.login_id):
        logs.event("sequence_fail", reason="answered_before")
        return _answered(browser_session.Application.of(consent_request.client), consent_request.for_device)
    client_id, repeatable = consent_request.client.id, consent_request.parameters.can_be_repeated(time())
    if action == "accept" and repeatable and browser_session.is_older(client_id, consent_request.challenge):
        browser_session.note_begun_again(client_id)
        return _begin_again(consent_request, BEGIN_AGAIN)
    if action == "accept":
        rules = deployment().rules_for(client_id)
        scopes = policy.granted(consent_request, request.form.getlist("grant_scope"), rules.required_scopes)
        remember = inputs.single(request.form, "remember") == "true" and policy.can_be_remembered(consent_request)
        response = _grant(consent_request, session, scopes, rules.consent_lifetime if remember else 0, remember)
    else:
        browser_session.forget_pending_login(client_id)
        response = _refuse(consent_request, DENIED, session)
    # Noted last: if Hydra did not take the answer, the person can press again.
    browser_session.note_answered("consent", consent_request.challenge, consent_request.login_id)
    return response


@bp.post("/consent/account")
def change_account() -> ResponseReturnValue:
    """Sign out (`another`) or continue with the account signed in; Hydra asks again, as a consent keeps its subject."""
    action = inputs.action("continue", "another")
    consent_request, whoami, _ = _read(inputs.posted_challenge("consent_challenge"))
    if action == "another":
        sign_out(whoami.session, "another_account", consent_request.client.id)
    hydra().end_session(consent_request.login_session_id)
    return _begin_again(consent_request, CHANGED)


@bp.errorhandler(ChallengeGone)
def too_late(gone: ChallengeGone) -> ResponseReturnValue:
    """Show that the challenge is no longer valid, with a link to its application if our cookie has it."""
    challenge = request.values.get("consent_challenge", "")
    application = browser_session.application_of_consent(challenge)
    if application and not isinstance(gone, ChallengeUsed):
        branding.use_brand_of(application.client_id)
        if browser_session.was_answered("consent", challenge):
            return _answered(application)
        try:
            session = ask_whoami().session
        except UpstreamError as error:  # an error raised in an error handler has no page
            return errors.show(error)
        if session:
            return make_response(render_template("oauth2/too_late.html", application=application), 410)
    return errors.show(gone)


def _read(challenge: str) -> tuple[ConsentRequest, Whoami, Session | None]:
    """Return the request, who is signed in, and the session of the login, None for any other."""
    with asking_whoami() as read_whoami:
        consent_request = hydra().consent_request(challenge)
        i18n.prefer(consent_request.parameters.ui_locales)
        branding.use_brand_of(consent_request.client.id)
        whoami = read_whoami()
        return consent_request, whoami, policy.session_of_login(consent_request, whoami)


def _answered(application: browser_session.Application, for_device: bool = False) -> ResponseReturnValue:
    """Return the page for a second answer (Back, then Allow): the first one counts, but Hydra does not say so."""
    return make_response(render_template("oauth2/answered.html", application=application, for_device=for_device), 410)


def _of_another_session(consent_request: ConsentRequest, whoami: Whoami) -> ResponseReturnValue:
    """Answer if the login belongs to another session (of another tab): B's email must not go out under A's `sub`."""
    session, silent = whoami.session, "none" in consent_request.parameters.prompt
    if session and session.identity.id != consent_request.subject and not silent:
        logs.event("authz_fail", client_id=consent_request.client.id, **ids(session), reason="another_person")
        account = sign_in_names.display_name(session.identity)
        return render_template("oauth2/other_person.html", consent_request=consent_request, account=account)
    if session and session.identity.state != "active":
        return _refuse(consent_request, INACTIVE, session)
    if silent:
        return _refuse(consent_request, policy.NOBODY)
    browser_session.note_begun_again(consent_request.client.id)
    return _begin_again(consent_request, BEGIN_AGAIN)


def _begin_again(consent_request: ConsentRequest, otherwise: Reject) -> ResponseReturnValue:
    """Let Hydra ask again; if it cannot, tell the application to ask again."""
    if consent_request.parameters.can_be_repeated(time()):
        return to_hydra(consent_request.request_url, consent_request.request_url)
    return _refuse(consent_request, otherwise)


def _refuse(consent_request: ConsentRequest, reject: Reject, session: Session | None = None) -> ResponseReturnValue:
    if consent_request.for_device:
        audit.consent_refused(consent_request, reject, session)
        return device.refused(reject)
    if reject.ends_session:
        hydra().end_session(consent_request.login_session_id)
    target = hydra().reject("consent", consent_request.challenge, reject)
    audit.consent_refused(consent_request, reject, session)
    return to_hydra(target, consent_request.request_url)


def _earlier_consents(consent_request: ConsentRequest) -> list[Grant]:
    """Return what this person allowed this application before; nothing if Hydra fails, so that they are asked."""
    try:
        with time_budget.reserving(time_budget.PAGE / 2):  # the list can be large, and the answer to Hydra comes next
            grants = hydra().grants(consent_request.subject, most=MAX_EARLIER, client_id=consent_request.client.id)
    except UpstreamError as error:
        logs.event("choice_unknown", service=error.service, status=error.status)
        return []
    return [] if grants.more else grants.items


def _page(consent_request: ConsentRequest, session: Session, earlier: Iterable[Grant]) -> str | bytes:
    """Return the consent page; scopes that the person did not allow the last time are not ticked."""
    client, settings = consent_request.client, deployment().settings
    application = browser_session.Application.of(client)
    required = deployment().rules_for(client.id).required_scopes
    same: dict[str, Hashable] = {
        "application": application,
        "full_name": client.full_name,
        "policy_uri": client.link("policy_uri"),
        "tos_uri": client.link("tos_uri"),
        "for_device": consent_request.for_device,
        "hosts": hosts(consent_request.redirect_uris, i18n.language().tag),
        "scopes": policy.scopes(consent_request, settings.scopes, required, policy.declined_scopes(earlier)),
        "used_with": policy.audience_descriptions(consent_request.audience, settings.audiences),
        "can_remember": policy.can_be_remembered(consent_request),
        "logo": deployment().logo_of(client),
        "popup": consent_request.parameters.popup,
        "notice": NOTICES["expired"] if browser_session.times_begun_again(client.id) else errors.press_again(),
    }
    browser_session.remember_consent(consent_request.challenge, application)
    account = sign_in_names.display_name(session.identity)
    ticket = signer("consent").sign(_ticket_content(consent_request)).decode()
    challenge, initial = consent_request.challenge, account[:1].upper()
    new = {"challenge": challenge, "account": account, "account_initial": initial, "ticket": ticket}
    return page_cache.page(TEMPLATE, same, new) or render_template(TEMPLATE, **same, **new)


def _check_ticket(ticket: str, consent_request: ConsentRequest) -> None:
    """Raise NotThisPage unless the ticket's page showed exactly this request, at most an hour ago."""
    with suppress(BadSignature):
        if signer("consent").unsign(ticket, max_age=TICKET_AGE).decode() == _ticket_content(consent_request):
            return
    raise NotThisPage("another_page")


def _ticket_content(consent_request: ConsentRequest) -> str:
    """Return a hash of the challenge, the person, and all scopes and audiences; computed again when the form comes."""
    challenge, subject = short_hash(consent_request.challenge), consent_request.subject
    return short_hash(json.dumps([challenge, subject, consent_request.requested_scope, consent_request.audience]))


def _grant(
    consent_request: ConsentRequest, session: Session, scopes: Sequence[str], seconds: int, remember: bool = True
) -> ResponseReturnValue:
    """Accept the challenge, with claims from the identity as it is now, for every kind of consent.

    Grants nothing if Kratos' admin API is needed and fails: without a claim (groups) tokens would give wrong rights.
    """
    rules = deployment().rules_for(consent_request.client.id).tokens
    admin = deployment().kratos_admin if rules.admin_scopes.intersection(scopes) else None
    identity = admin.identity(session.identity.id) if admin else session.identity
    id_token, access_token = claims(identity, scopes, rules.id_token), claims(identity, scopes, rules.access_token)
    for name, reason in (*id_token.left_out.items(), *access_token.left_out.items()):
        if reason in (WRONG_TYPE, NO_ROOM):
            logs.event("claim_dropped", claim=name, reason=reason)
    grant = {
        "grant_scope": scopes,
        "grant_access_token_audience": consent_request.audience,
        "remember": remember,
        "remember_for": seconds,
        "session": {"id_token": id_token.values, "access_token": access_token.values},
    }
    target = hydra().accept_consent(consent_request.challenge, grant)
    audit.granted(consent_request, session, scopes, by_page=request.method == "POST")
    browser_session.forget_pending_login(consent_request.client.id)
    browser_session.note_shown(consent_request.client.id, consent_request.challenge, has_page=False)
    return to_hydra(target, consent_request.request_url)
