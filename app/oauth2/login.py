"""Hydra's login challenge: read, decide, answer (docs/design.md, section 4)."""

from __future__ import annotations

from dataclasses import replace
from time import time

from flask import Blueprint, make_response, render_template, request
from flask.typing import ResponseReturnValue

from app.deployment import ask_whoami, asking_whoami, deployment, hydra, to_hydra
from app.errors import BadInput, ChallengeGone, CookieInvisible, TooManyRoundTrips
from app.http import branding, browser_session, errors, i18n, inputs, logs
from app.http.error_texts import ERROR_TEXTS
from app.http.security import see_other
from app.oauth2 import device, pending_logins
from app.oauth2.assurance import LoginAttempt, by_recovery_alone, short_hash
from app.oauth2.login_policy import (
    Authenticate,
    ChooseAccount,
    Decision,
    GiveUp,
    OtherPerson,
    Restart,
    SessionInvisible,
    decide,
)
from app.ory.challenges import Accept, LoginRequest, Reject
from app.ory.models import Session, Whoami
from app.selfservice import trait_forms, views
from app.urls import with_query, without_registration

bp = Blueprint("login", __name__)

CANCELLED = Reject("access_denied", "The person cancelled the sign-in.")
ANOTHER_ACCOUNT = Reject("login_required", "The person wants to use another account.", forgets=True)


@bp.get("/login")
def login() -> ResponseReturnValue:
    """An application's login (`?login_challenge=`) or a login page of Kratos (`?flow=`, or a new one)."""
    return _either("login")


@bp.get("/registration")
def registration() -> ResponseReturnValue:
    """Hydra's `urls.registration` (a login challenge with prompt=registration) or a registration page of Kratos."""
    return _either("registration")


def _either(kind: str) -> ResponseReturnValue:
    challenge = inputs.challenge("login_challenge")
    if not challenge:
        return views.show(kind)
    if inputs.is_prefetch_or_head():
        return "", 204
    try:
        return _answer(challenge, kind)
    except ChallengeGone as gone:
        return _too_late(challenge, gone)


def _answer(challenge: str, kind: str) -> ResponseReturnValue:
    """Decide a login challenge and do what was decided; who has to sign in first begins a flow of that kind."""
    login_request, whoami = _read(challenge)
    policy, attempt = deployment().rules_for(login_request.client.id).login, browser_session.login_attempt(challenge)
    starts_over = attempt is None and browser_session.was_answered("login", challenge)  # an old address
    round_trips = 0 if starts_over else inputs.round_trips()
    decision = decide(login_request, whoami, policy, attempt, round_trips)
    mailed = isinstance(decision, Authenticate) and by_recovery_alone(whoami.session)
    if attempt is None and round_trips and (mailed or isinstance(decision, Accept | SessionInvisible)):
        return _begun_elsewhere(login_request)
    if isinstance(decision, Authenticate | ChooseAccount | OtherPerson):
        _remember(login_request, whoami, attempt or LoginAttempt.of(whoami))
    ready = whoami.session is None and attempt is not None and attempt.page in ("registration", "verification")
    return _do(login_request, decision, kind, "ready" if ready else None)


def _read(challenge: str) -> tuple[LoginRequest, Whoami]:
    with asking_whoami() as whoami:
        login_request = hydra().login_request(challenge)
        i18n.prefer(login_request.parameters.ui_locales)
        branding.use_brand_of(login_request.client.id)
        return login_request, whoami()


def _remember(login_request: LoginRequest, whoami: Whoami, attempt: LoginAttempt) -> None:
    """Note the challenge, and that no page has been shown since."""
    now = replace(attempt.enrolling(whoami.session) if whoami.session else attempt, page="")
    browser_session.remember_login_attempt(login_request.challenge, now)
    client = login_request.client
    pending_logins.remember(login_request.challenge, client.id, client.title, client.link("client_uri"))


def _do(login_request: LoginRequest, decision: Decision, kind: str, notice: str | None) -> ResponseReturnValue:
    challenge = login_request.challenge
    match decision:
        case Accept() as accept:
            target = hydra().accept_login(challenge, accept)
            browser_session.forget_login_attempt(challenge)  # not before: after a failure a fresh sign-in still counts
            return to_hydra(target, login_request.request_url)
        case Reject() as reject:
            return _reject(login_request, reject)
        case Restart(url):
            return to_hydra(url, login_request.request_url)
        case Authenticate() as authenticate:
            return _authenticate(challenge, authenticate, kind, notice)
        case ChooseAccount(session) | OtherPerson(session):
            return _account_page(login_request, session)
        case SessionInvisible():
            return _invisible(challenge)
        case GiveUp():
            raise TooManyRoundTrips


def _reject(login_request: LoginRequest, reject: Reject) -> ResponseReturnValue:
    browser_session.forget_login_attempt(login_request.challenge)
    pending_logins.forget(login_request.client.id)
    if login_request.for_device:
        return device.refused()
    if reject.forgets:
        hydra().end_session(login_request.session_id)
    return to_hydra(hydra().reject_login(login_request.challenge, reject), login_request.request_url)


def _too_late(challenge: str, gone: ChallengeGone) -> ResponseReturnValue:
    """Hydra does not wait any more; who is signed in by now need not do that again, only begin at the application."""
    known = pending_logins.of(short_hash(challenge))
    if known is None or not ask_whoami().session:
        raise gone
    branding.use_brand_of(known.client_id)
    return make_response(render_template("oauth2/too_late.html", application=known), 410)


def _begun_elsewhere(login_request: LoginRequest) -> ResponseReturnValue:
    """Somebody back from Kratos in a browser that never saw the challenge, by a link in a mail say.

    Hydra would refuse what is answered here: only the browser that began has its cookie.
    """
    client = login_request.client
    return render_template("oauth2/elsewhere.html", application=client.title, home=client.link("client_uri"))


def _authenticate(challenge: str, how: Authenticate, kind: str, notice: str | None) -> ResponseReturnValue:
    """To Kratos, which comes back here by `return_to`; it never hears of the challenge itself.

    Who has just signed up is not sent to do that again. Kratos keeps `notice` in the flow's request_url.
    """
    urls = deployment().urls
    return see_other(
        urls.kratos_flow(
            kind if how == Authenticate() and not notice else "login",
            refresh="true" if how.refresh else None,
            aal=how.aal or None,
            return_to=urls.login(challenge, inputs.round_trips() + 1),
            notice=notice,
        )
    )


def _invisible(challenge: str) -> ResponseReturnValue:
    """The operators' commonest mistake, told to both: a page for the person, one event with the hosts for the log."""
    urls = deployment().urls
    logs.event("session_invisible", portico_host=urls.public, kratos_host=urls.kratos, check="cookies.domain")
    again = urls.kratos_flow("login", refresh="true", return_to=urls.login(challenge, inputs.round_trips() + 1))
    return errors.page(ERROR_TEXTS[CookieInvisible], again=again)


def _account_page(login_request: LoginRequest, session: Session) -> ResponseReturnValue:
    return render_template(
        "oauth2/account.html",
        login_request=login_request,
        account=trait_forms.called(session.identity),
        account_id=session.identity.id,
        account_key=short_hash(session.identity.id),
        expects_another=login_request.hint_subject not in ("", session.identity.id)
        and not login_request.client.pairwise,
        can_sign_up="registration" in login_request.parameters.prompt and "registration" in deployment().kratos_flows,
        popup=login_request.parameters.popup,
    )


@bp.post("/login/account")
def choose_account() -> ResponseReturnValue:
    """Continue as who is signed in here, as somebody else, or as somebody new.

    Hydra's memory of another person ends either way.
    """
    challenge = inputs.posted_challenge("login_challenge")
    action = inputs.single(request.form, "action")
    if action not in ("continue", "another", "register"):
        raise BadInput("unknown action")
    login_request = hydra().login_request(challenge)
    if action == "continue":
        whoami = ask_whoami()
        if not login_request.skip or (whoami.session and whoami.session.identity.id == login_request.subject):
            _note_choice(challenge, whoami)
            return see_other(deployment().urls.login(challenge))
    else:
        deployment().kratos.sign_out(inputs.cookies())
        browser_session.forget_login_attempt(challenge)  # what was noted of one person does not hold for the next
    if login_request.skip and not login_request.parameters.can_be_repeated(time()):
        return _reject(login_request, ANOTHER_ACCOUNT)
    if login_request.skip:
        hydra().end_session(login_request.session_id)
        again = without_registration(login_request.request_url) if action == "another" else login_request.request_url
        return to_hydra(again, login_request.request_url)
    if action == "register":
        return see_other(with_query(f"{deployment().urls.public}/registration", login_challenge=challenge))
    return see_other(deployment().urls.login(challenge))


def _note_choice(challenge: str, whoami: Whoami) -> None:
    """Note whom the person agreed to be, if it is still the one the page named."""
    shown = inputs.single(request.form, "account")
    if whoami.session and short_hash(whoami.session.identity.id) == shown:
        attempt = browser_session.login_attempt(challenge) or LoginAttempt.of(whoami)
        browser_session.remember_login_attempt(challenge, replace(attempt, chosen=shown))


@bp.post("/login/cancel")
def cancel() -> ResponseReturnValue:
    """The person does not want to sign in: tell the application `access_denied`."""
    challenge = inputs.posted_challenge("login_challenge")
    login_request = hydra().login_request(challenge)
    branding.use_brand_of(login_request.client.id)
    return _reject(login_request, CANCELLED)


@bp.post("/login/forgot")
def forgot() -> ResponseReturnValue:
    """Recovery for who cannot confirm that it is them: signed out first, because Kratos begins none with a session."""
    challenge = inputs.posted_challenge("login_challenge") if "login_challenge" in request.form else ""
    deployment().kratos.sign_out(inputs.cookies())
    back = deployment().urls.login(challenge) if challenge else None
    return see_other(deployment().urls.kratos_flow("recovery", return_to=back))
