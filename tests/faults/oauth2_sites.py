"""Where login, consent, logout and the code of a device ask Kratos and Hydra."""

from werkzeug.test import TestResponse

from tests.faults.call_site import (
    ADMIN,
    CHALLENGE,
    CONSENT,
    END_SESSION,
    GRANTS,
    LOGIN,
    LOGOUT,
    SIGNED_OUT,
    WHOAMI,
    CallSite,
    Step,
    answer,
    kratos,
    sign_out,
)
from tests.payloads.bodies import load
from tests.support.pages import CheckedClient, fields
from tests.support.upstream import ADA, BOB, EXPIRED, Upstream, authorize, identity, owning, proof

REFERRED = authorize(request_uri="https://app.example.org/request.jwt")
BEGIN = kratos("GET", "self-service/settings/browser")
ANOTHER, CONTINUE, ACCEPT, DENY = (("action", action) for action in ("another", "continue", "accept", "deny"))

OWNER: list[str] = []  # the cookie of a browser that owns two sessions of Hydra's, whose consents it saw


def at(client: CheckedClient, kind: str) -> TestResponse:
    """Open a challenge."""
    return client.get(f"/{kind}?{kind}_challenge=c")


def login(client: CheckedClient, upstream: Upstream) -> Step:
    """Somebody signed in comes with a challenge."""
    upstream.asks("login")
    upstream.signed_in()
    upstream.takes("login", "accept")
    return lambda: at(client, "login")


def offered_passkey(client: CheckedClient, upstream: Upstream) -> Step:
    """Somebody has just signed in with a password, at a browser that can make a passkey."""
    client.set_cookie("portico-passkey", "able", domain="localhost")
    upstream.asks("login")
    nobody = upstream.nobody()
    at(client, "login")
    upstream.mock.remove(nobody)
    upstream.signed_in(proofs=[proof(-5)])
    upstream.on(*BEGIN, 200, load("settings/nothing_enrolled"))
    upstream.takes("login", "accept")
    return lambda: at(client, "login")


def silent_login(client: CheckedClient, upstream: Upstream) -> Step:
    """Nobody is signed in, and no page may be shown."""
    upstream.asks("login", request_url=authorize(prompt="none"))
    upstream.nobody()
    upstream.takes("login", "reject")
    return lambda: at(client, "login")


def late_login(client: CheckedClient, upstream: Upstream) -> Step:
    """Somebody signs in for a challenge that is over by then."""
    old, nobody = upstream.asks("login"), upstream.nobody()
    at(client, "login")
    upstream.mock.remove(old)
    upstream.mock.remove(nobody)
    upstream.on("GET", LOGIN[1], 401, EXPIRED)
    upstream.signed_in()
    return lambda: at(client, "login")


def account(client: CheckedClient, upstream: Upstream, action: tuple[str, str], **about: object) -> Step:
    """The page to choose an account, and a press there."""
    upstream.asks("login", **{"skip": True, "subject": BOB, "session_id": "hydra-9"} | about)
    upstream.signed_in()
    upstream.signs_out()
    upstream.ends_sessions()
    upstream.takes("login", "reject")
    page = at(client, "login")
    return lambda: client.submit(page, "/login/account", action)


def other_account(client: CheckedClient, upstream: Upstream) -> Step:
    """Somebody wants to be another person."""
    return account(client, upstream, ANOTHER)


def this_account(client: CheckedClient, upstream: Upstream) -> Step:
    """Somebody wants to go on as they are."""
    return account(client, upstream, CONTINUE)


def account_of_a_used_request(client: CheckedClient, upstream: Upstream) -> Step:
    """The same for a request that Hydra cannot be asked again."""
    return account(client, upstream, CONTINUE, request_url=REFERRED)


def account_form(client: CheckedClient, upstream: Upstream) -> list[tuple[str, str]]:
    """What a form of the page to choose an account posts."""
    upstream.asks("login", oidc_context={"id_token_hint_claims": {"sub": BOB}})
    upstream.signed_in()
    return [pair for pair in fields(at(client, "login"), "/login/account") if pair[0] != "account"]


def cancelled(client: CheckedClient, upstream: Upstream) -> Step:
    """Somebody does not want to sign in."""
    form = account_form(client, upstream)
    upstream.takes("login", "reject")
    return lambda: client.send("/login/cancel", form)


def forgot(client: CheckedClient, upstream: Upstream) -> Step:
    """Somebody cannot confirm that it is them."""
    form = account_form(client, upstream)
    upstream.signs_out()
    return lambda: client.send("/login/forgot", form)


def consent_by_skip(client: CheckedClient, upstream: Upstream) -> Step:
    """A consent that nobody is asked for, with claims of Kratos' admin API."""
    upstream.asks("consent", skip=True, requested_scope=["openid", "plan"])
    upstream.signed_in()
    upstream.on("GET", f"{ADMIN}/admin/identities/{ADA}", 200, identity())
    upstream.takes("consent", "accept")
    return lambda: at(client, "consent")


def consent_page(client: CheckedClient, upstream: Upstream) -> Step:
    """The page that asks."""
    upstream.asks("consent")
    upstream.signed_in()
    return lambda: at(client, "consent")


def silent_consent(client: CheckedClient, upstream: Upstream) -> Step:
    """A consent that has to be asked for and may not be."""
    upstream.asks("consent", request_url=authorize(prompt="none"))
    upstream.signed_in()
    upstream.takes("consent", "reject")
    return lambda: at(client, "consent")


def unrepeatable_consent(client: CheckedClient, upstream: Upstream) -> Step:
    """Nobody is signed in any more, and Hydra cannot be asked again."""
    upstream.asks("consent", request_url=REFERRED)
    upstream.nobody()
    upstream.ends_sessions()
    upstream.takes("consent", "reject")
    return lambda: at(client, "consent")


def allowed(client: CheckedClient, upstream: Upstream) -> Step:
    """Somebody allows it."""
    page = consent_page(client, upstream)()
    upstream.takes("consent", "accept")
    return lambda: client.submit(page, "/consent", ACCEPT)


def denied(client: CheckedClient, upstream: Upstream) -> Step:
    """Somebody does not allow it."""
    page = consent_page(client, upstream)()
    upstream.takes("consent", "reject")
    return lambda: client.submit(page, "/consent", DENY)


def late_consent(client: CheckedClient, upstream: Upstream) -> Step:
    """The page was open for too long."""
    page = consent_page(client, upstream)()
    upstream.mock.remove(*CONSENT)
    upstream.on(*CONSENT, 401, EXPIRED)
    return lambda: client.submit(page, "/consent", ACCEPT)


def consent_of_another(client: CheckedClient, upstream: Upstream) -> Step:
    """Somebody else is signed in by now, and wants to be another person."""
    upstream.asks("consent")
    upstream.signed_in(BOB)
    upstream.signs_out()
    upstream.ends_sessions()
    page = at(client, "consent")
    return lambda: client.submit(page, "/consent/account", ANOTHER)


def logout(client: CheckedClient, upstream: Upstream, who: str = ADA) -> Step:
    """An application wants a person signed out."""
    if not OWNER:
        owning(client, upstream, "hydra-1", "hydra-2")
        OWNER.append(client.get_cookie("portico").value)
    client.set_cookie("portico", OWNER[0])
    upstream.asks("logout", client={"skip_logout_consent": True}, subject=who)
    upstream.signed_in()
    upstream.ends_sessions()
    upstream.signs_out()
    upstream.takes("logout", "accept")
    upstream.on(*answer("logout", "reject"), 204, b"")
    return lambda: at(client, "logout")


def logout_question(client: CheckedClient, upstream: Upstream) -> Step:
    """The same of another person: a page asks first."""
    return logout(client, upstream, BOB)


def logout_allowed(client: CheckedClient, upstream: Upstream) -> Step:
    """And somebody presses there."""
    page = logout(client, upstream, BOB)()
    return lambda: client.submit(page, "/logout", ACCEPT)


def logout_denied(client: CheckedClient, upstream: Upstream) -> Step:
    """Or does not want to."""
    page = logout(client, upstream, BOB)()
    return lambda: client.submit(page, "/logout", DENY)


def own_logout(client: CheckedClient, upstream: Upstream) -> Step:
    """Somebody signs out here."""
    logout(client, upstream)
    page = client.get("/logout")
    return lambda: client.submit(page, "/logout", ACCEPT)


def logout_again(client: CheckedClient, upstream: Upstream) -> Step:
    """A form of before, whose token is not good any more."""
    upstream.signed_in()
    return lambda: client.send("/logout", [ACCEPT])


def signed_out(client: CheckedClient, upstream: Upstream) -> Step:
    """The page after it."""
    upstream.nobody()
    return lambda: client.get("/signed-out")


def code(client: CheckedClient, upstream: Upstream) -> Step:
    """Somebody types the code of a device."""
    upstream.takes("device", "accept")
    page = client.get("/device?device_challenge=c&user_code=aB3xY")
    return lambda: client.submit(page, "/device")


_LOGIN, _CONSENT, _LOGOUT = ("oauth2/login.py", "oauth2/consent.py", "oauth2/logout.py")
LATE = CHALLENGE | {404: 410}  # the page says for which application it was
REJECT_LOGOUT = answer("logout", "reject")
ENDED = {404: 303, 410: 303}
SITES = [
    CallSite(f"{_LOGIN} _read", "login_request", LOGIN, login, 303, CHALLENGE),
    CallSite(f"{_LOGIN} _read", "asking_whoami", WHOAMI, login, 303, SIGNED_OUT),
    CallSite(f"{_LOGIN} _act_on", "accept_login", answer("login", "accept"), login, 303, CHALLENGE),
    CallSite("selfservice/passkey_offer.py offer", "begin", BEGIN, offered_passkey, 303, otherwise=303),
    CallSite(f"{_LOGIN} _refuse", "reject", answer("login", "reject"), silent_login, 303, CHALLENGE),
    CallSite(f"{_LOGIN} _refuse", "end_session", END_SESSION, account_of_a_used_request, 303, ENDED, body="any object"),
    CallSite(f"{_LOGIN} too_late", "whoami", WHOAMI, late_login, 410, {401: 410}),
    CallSite(f"{_LOGIN} _read", "login_request", LOGIN, this_account, 303, LATE),
    CallSite(f"{_LOGIN} _read", "asking_whoami", WHOAMI, this_account, 303, SIGNED_OUT),
    *sign_out(f"{_LOGIN} choose_account", other_account),
    CallSite(f"{_LOGIN} _begin_again", "end_session", END_SESSION, this_account, 303, ENDED, body="any object"),
    CallSite(f"{_LOGIN} cancel", "login_request", LOGIN, cancelled, 303, LATE),
    CallSite("selfservice/views.py forgot", "whoami", WHOAMI, forgot, 303, SIGNED_OUT),
    *sign_out("selfservice/views.py forgot", forgot),
    CallSite(f"{_CONSENT} _read", "consent_request", CONSENT, consent_page, 200, CHALLENGE),
    CallSite(f"{_CONSENT} _read", "consent_request", CONSENT, allowed, 303, LATE),
    CallSite(f"{_CONSENT} _read", "asking_whoami", WHOAMI, consent_page, 200, SIGNED_OUT),
    CallSite(f"{_CONSENT} _read", "asking_whoami", WHOAMI, allowed, 303, SIGNED_OUT),
    CallSite(f"{_CONSENT} _earlier_consents", "grants", GRANTS, consent_page, 200, otherwise=200, body="list"),
    CallSite(f"{_CONSENT} _grant", "accept_consent", answer("consent", "accept"), consent_by_skip, 303, CHALLENGE),
    CallSite(f"{_CONSENT} _grant", "accept_consent", answer("consent", "accept"), allowed, 303, LATE),
    CallSite(f"{_CONSENT} _grant", "identity", ("GET", f"{ADMIN}/admin/identities/{ADA}"), consent_by_skip, 303),
    CallSite(f"{_CONSENT} _refuse", "reject", answer("consent", "reject"), silent_consent, 303, CHALLENGE),
    CallSite(f"{_CONSENT} _refuse", "reject", answer("consent", "reject"), denied, 303, LATE),
    CallSite(f"{_CONSENT} _refuse", "end_session", END_SESSION, unrepeatable_consent, 303, ENDED, body="any object"),
    CallSite(f"{_CONSENT} too_late", "whoami", WHOAMI, late_consent, 410, {401: 410}),
    CallSite(f"{_CONSENT} _read", "consent_request", CONSENT, consent_of_another, 303, CHALLENGE),
    *sign_out(f"{_CONSENT} change_account", consent_of_another),
    CallSite(
        f"{_CONSENT} change_account", "end_session", END_SESSION, consent_of_another, 303, ENDED, body="any object"
    ),
    CallSite(f"{_LOGOUT} logout", "whoami", WHOAMI, logout_question, 200, {401: 200}),
    CallSite(f"{_LOGOUT} _read", "logout_request", LOGOUT, logout_question, 200, {404: 410, 410: 410}),
    CallSite(f"{_LOGOUT} ask_again", "whoami", WHOAMI, logout_again, 400, {401: 400}, otherwise=400),
    CallSite(f"{_LOGOUT} answer", "logout_request", LOGOUT, logout_allowed, 303, ENDED),
    CallSite(f"{_LOGOUT} answer", "whoami", WHOAMI, logout_allowed, 303, SIGNED_OUT),
    CallSite(
        f"{_LOGOUT} answer",
        "reject_logout",
        answer("logout", "reject"),
        logout_denied,
        303,
        ENDED,
        body="any object",
    ),
    CallSite(f"{_LOGOUT} signed_out", "whoami", WHOAMI, signed_out, 200, {401: 200}),
    CallSite(f"{_LOGOUT} _accept", "end_session", END_SESSION, logout, 303, ENDED, body="any object"),
    *sign_out(f"{_LOGOUT} _accept", logout),
    CallSite(f"{_LOGOUT} _accept", "accept_logout", answer("logout", "accept"), logout, 303, ENDED),
    CallSite(
        f"{_LOGOUT} _sign_out", "end_session", END_SESSION, own_logout, 303, ENDED, otherwise=502, body="any object"
    ),
    CallSite(f"{_LOGOUT} _session_for_log", "whoami", WHOAMI, own_logout, 303, SIGNED_OUT, otherwise=303),
    *sign_out(f"{_LOGOUT} _sign_out", own_logout, otherwise=502),
    CallSite(
        "oauth2/device.py _accepted",
        "accept_user_code",
        answer("device", "accept"),
        code,
        303,
        {400: 400, 404: 404, 410: 404},
    ),
]
