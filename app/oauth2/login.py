"""The views of Hydra's login challenge: read, decide, answer (docs/design.md, section 4)."""

from time import time

from flask import Blueprint, make_response, render_template, request
from flask.typing import ResponseReturnValue

from app.deployment import ask_whoami, asking_whoami, deployment, hydra, sign_out, to_hydra
from app.errors import ChallengeGone, ChallengeUsed, CookieInvisible, TooManyRoundTrips, UpstreamError
from app.http import audit, branding, browser_session, detours, errors, i18n, inputs, metrics
from app.http.security import see_other
from app.oauth2 import device
from app.oauth2 import login_policy as policy
from app.oauth2.assurance import LoginAttempt, is_older, newest_proof_at, short_hash
from app.oauth2.login_policy import Authenticate, Decision, SessionInvisible
from app.ory.challenges import Accept, LoginRequest, Reject
from app.ory.models import Session, Whoami
from app.selfservice import last_used, passkey_offer, sign_in_names, views
from app.urls import with_query, without_registration

bp = Blueprint("login", __name__)

JUST_NOW = 30  # seconds; after a sign-in at Kratos a browser is back here within this time
CANCELLED = Reject("access_denied", "The person cancelled the sign-in.", by_person=True)
ANOTHER_ACCOUNT = Reject("login_required", "The person wants to use another account.", ends_session=True)


@bp.get("/registration", endpoint="registration", defaults={"kind": "registration"})  # Hydra's urls.registration
@bp.get("/login", defaults={"kind": "login"})
def login(kind: str) -> ResponseReturnValue:
    """Answer an application's login (`?login_challenge=`), or show a flow of Kratos (`?flow=`, or a new one)."""
    if not (challenge := inputs.challenge("login_challenge")):
        return views.show(kind)
    detours.note_page("")
    return _answer(challenge, kind)


@bp.errorhandler(ChallengeGone)
def too_late(gone: ChallengeGone) -> ResponseReturnValue:
    """Tell a person who is signed in that the challenge has expired, with a link to its application."""
    pending = browser_session.pending_login(request.values.get("login_challenge", ""))
    try:
        session = ask_whoami().session if pending else None
    except UpstreamError as error:  # an error raised in an error handler has no page
        return errors.show(error)
    if pending is None or session is None or isinstance(gone, ChallengeUsed):
        return errors.show(gone)
    branding.use_brand_of(pending.client_id)
    return make_response(render_template("oauth2/too_late.html", application=pending), 410)


def _answer(challenge: str, kind: str) -> ResponseReturnValue:
    """Decide a login challenge and act on it; `kind` is the Kratos flow to begin if nobody is signed in."""
    login_request, whoami = _read(challenge)
    rules, attempt = deployment().rules_for(login_request.client.id), browser_session.login_attempt(challenge)
    starts_over = attempt is None and browser_session.was_answered("login", challenge)  # after going Back
    round_trips = 0 if starts_over else inputs.round_trips()
    decision = policy.decide(login_request, whoami, rules, attempt, round_trips)
    if attempt is None and round_trips and _began_elsewhere(decision, whoami):
        client = login_request.client  # a mailed link in another browser: without Hydra's cookie, Hydra refuses it
        application = browser_session.Application(client.id, client.title, client.link("client_uri"))
        return render_template("oauth2/elsewhere.html", application=application)
    newer = browser_session.newer_challenge(challenge, login_request.client.id) if attempt else ""
    if isinstance(decision, Accept):
        if newer:  # if one application has two tabs, Hydra refuses the older one
            return see_other(deployment().urls.login(newer))
        if offer := passkey_offer.offer_in_login(login_request, whoami.session, attempt, round_trips):
            return offer
    if isinstance(decision, Authenticate | policy.ChooseAccount):
        _note_challenge(login_request, whoami, attempt, newer)
    # A sign-up without Kratos' `session` hook ends here. Without a round trip it failed: they come from an error page.
    signed_up = round_trips and attempt and attempt.page in ("registration", "verification") and whoami.is_nobody
    return _act_on(decision, login_request, whoami, kind, "ready" if signed_up else "")


def _read(challenge: str) -> tuple[LoginRequest, Whoami]:
    with asking_whoami() as whoami:
        login_request = hydra().login_request(challenge)
        i18n.prefer(login_request.parameters.ui_locales)
        branding.use_brand_of(login_request.client.id)
        return login_request, whoami()


def _began_elsewhere(decision: Decision, whoami: Whoami) -> bool:
    """Whether another browser began this sign-in: this one has no note of it, and nothing is left to do here.

    Not if the person has just signed in here: then two tabs have overwritten each other's cookie, and the note is lost.
    """
    session = whoami.session
    if session is None:
        return isinstance(decision, SessionInvisible)
    if not newest_proof_at(session, "aal1"):
        return isinstance(decision, Accept | Authenticate)
    return isinstance(decision, Accept) and all(
        is_older(session, aal, JUST_NOW, whoami.now) for aal in ("aal1", "aal2")
    )


def _note_challenge(login_request: LoginRequest, whoami: Whoami, attempt: LoginAttempt | None, newer: str) -> None:
    """Note the challenge in our cookie before the person goes to Kratos or chooses an account."""
    attempt = attempt or LoginAttempt.of(whoami)
    if whoami.is_nobody:  # what was noted about one person must not count for the next
        attempt = LoginAttempt(attempt.first_seen)
    if whoami.session:
        attempt = attempt.enrolling(whoami.session)
    browser_session.remember_login_attempt(login_request.challenge, attempt)
    if not newer:
        application = browser_session.Application.of(login_request.client)
        browser_session.remember_pending_login(login_request.challenge, application)


def _act_on(
    decision: Decision, login_request: LoginRequest, whoami: Whoami, kind: str, notice: str
) -> ResponseReturnValue:
    challenge = login_request.challenge
    metrics.LOGIN_DECISIONS.labels(type(decision).__name__).inc()
    match decision:
        case Accept() as accept:
            target = hydra().accept_login(challenge, accept)
            audit.accepted(login_request, whoami)
            last_used.note(whoami.session)
            browser_session.forget_login_attempt(challenge)  # last: if Hydra fails, the fresh sign-in still counts
            return to_hydra(target, login_request.request_url)
        case Reject() as reject:
            return _refuse(login_request, reject, whoami.session)
        case policy.Restart(url):
            return to_hydra(url, login_request.request_url)
        case Authenticate() as authenticate:
            audit.demanded(whoami.session, authenticate.refresh, authenticate.aal, login_request.client.id)
            return see_other(_kratos_login_url(login_request, authenticate, kind, notice))
        case policy.ChooseAccount(session):
            return _account_page(login_request, session)
        case SessionInvisible():
            raise CookieInvisible(_kratos_login_url(login_request, Authenticate(refresh=True)))
        case policy.GiveUp():
            raise TooManyRoundTrips("too_many_round_trips")


def _refuse(login_request: LoginRequest, reject: Reject, session: Session | None = None) -> ResponseReturnValue:
    browser_session.forget_login_attempt(login_request.challenge)
    browser_session.forget_pending_login(login_request.client.id)
    if login_request.for_device:
        audit.login_refused(login_request, reject, session)
        return device.refused(reject)
    if reject.ends_session:
        hydra().end_session(login_request.session_id)
    target = hydra().reject("login", login_request.challenge, reject)
    audit.login_refused(login_request, reject, session)
    return to_hydra(target, login_request.request_url)


def _kratos_login_url(login_request: LoginRequest, how: Authenticate, kind: str = "login", notice: str = "") -> str:
    """Return the URL at which Kratos signs the person in, or begins `kind` if nobody is signed in, and returns here."""
    urls, schema = deployment().urls, login_request.parameters.identity_schema
    return urls.kratos_flow(
        kind if how == Authenticate() and not notice and kind in deployment().settings.kratos_flows else "login",
        refresh="true" if how.refresh else "",
        aal=how.aal,
        return_to=urls.login(login_request.challenge, inputs.round_trips() + 1),
        identity_schema=schema or inputs.single(request.args, "identity_schema") if how == Authenticate() else "",
        notice=notice,
    )


def _account_page(login_request: LoginRequest, session: Session) -> ResponseReturnValue:
    identity, hint, parameters = session.identity, login_request.hint_subject, login_request.parameters
    return render_template(
        "oauth2/account.html",
        login_request=login_request,
        account=sign_in_names.display_name(identity),
        account_id=identity.id,
        account_key=short_hash(identity.id),
        expects_another=hint not in ("", identity.id) and not login_request.client.pairwise,
        can_sign_up="registration" in parameters.prompt and "registration" in deployment().settings.kratos_flows,
        popup=parameters.popup,
    )


@bp.post("/login/account")
def choose_account() -> ResponseReturnValue:
    """Continue with this account, use another, or sign up; Hydra's remembered session of the account is ended."""
    challenge, action = inputs.posted_challenge("login_challenge"), inputs.action("continue", "another", "register")
    (login_request, whoami), urls = _read(challenge), deployment().urls
    if action == "continue":
        if not login_request.skip or (whoami.session and whoami.session.identity.id == login_request.subject):
            _note_choice(challenge, whoami)
            return see_other(urls.login(challenge))
    else:
        sign_out(whoami.session, "another_account", login_request.client.id)
        browser_session.forget_login_attempt(challenge)  # what was noted about one person must not count for the next
    if login_request.skip:
        return _begin_again(login_request, action)
    registration = with_query(f"{urls.public}/registration", login_challenge=challenge)
    return see_other(registration if action == "register" else urls.login(challenge))


def _begin_again(login_request: LoginRequest, action: str) -> ResponseReturnValue:
    """Let Hydra ask again, without its remembered session; if it cannot, tell the application to ask again."""
    if not login_request.parameters.can_be_repeated(time()):
        return _refuse(login_request, ANOTHER_ACCOUNT)
    hydra().end_session(login_request.session_id)
    again = without_registration(login_request.request_url) if action == "another" else login_request.request_url
    return to_hydra(again, login_request.request_url)


def _note_choice(challenge: str, whoami: Whoami) -> None:
    """Note the chosen account, if the person signed in is still the one the page named."""
    shown = inputs.single(request.form, "account")
    if whoami.session and short_hash(whoami.session.identity.id) == shown:
        attempt = browser_session.login_attempt(challenge) or LoginAttempt.of(whoami)
        browser_session.remember_login_attempt(challenge, attempt._replace(chosen=shown))


@bp.post("/login/cancel")
def cancel() -> ResponseReturnValue:
    """Tell the application `access_denied`, because the person cancelled the sign-in."""
    login_request = hydra().login_request(inputs.posted_challenge("login_challenge"))
    branding.use_brand_of(login_request.client.id)
    return _refuse(login_request, CANCELLED)
