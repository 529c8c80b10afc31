"""Where the account's pages, those of Kratos' flows and readiness ask Kratos and Hydra."""

from functools import partial

from tests.account.test_applications import consent
from tests.account.test_session_token import APP, jwt
from tests.faults.call_site import (
    ADMIN,
    CHALLENGE,
    GRANTS,
    LOGIN,
    ONE,
    REVOKE,
    SESSIONS,
    SIGNED_OUT,
    WHOAMI,
    CallSite,
    Step,
    flows,
    hydra,
    kratos,
)
from tests.payloads.bodies import load
from tests.support.pages import CheckedClient
from tests.support.upstream import ADA, BROWSER_KRATOS, HYDRA, KRATOS, PUBLIC, Upstream, identity, session

BEGIN, ERRORS = kratos("GET", "self-service/registration/browser"), kratos("GET", "self-service/errors")
ONE_SESSION, OTHERS = kratos("DELETE", f"sessions/{ONE}"), kratos("DELETE", "sessions")
BEGIN_VERIFICATION = kratos("GET", "self-service/verification/browser")
HYDRAS, BEGIN_LOGIN = hydra("DELETE", "sessions/login"), kratos("GET", "self-service/login/browser")
KNOWN, IDENTITY = ((method, f"{ADMIN}/admin/identities/{ADA}") for method in ("GET", "DELETE"))
BACK = f"{PUBLIC}/login?login_challenge=c&n=1"
KINDS = ("login", "registration", "recovery", "verification", "settings")
BODIES = {
    "login": "login/unified",
    "registration": "registration/credentials",
    "recovery": "recovery/email",
    "verification": "verification/code_sent",
    "settings": "settings/everything",
}


def home(client: CheckedClient, upstream: Upstream) -> Step:
    """The person's own page."""
    upstream.signed_in()
    return lambda: client.get("/")


def sessions(client: CheckedClient, upstream: Upstream) -> Step:
    """Where the person is signed in."""
    upstream.signed_in()
    upstream.on(*SESSIONS, 200, [session(id=ONE)])
    upstream.on("DELETE", f"{SESSIONS[1]}/{ONE}", 204, b"")
    upstream.on("DELETE", SESSIONS[1], 200, {"count": 1})
    upstream.ends_sessions()
    return lambda: client.get("/sessions")


def one_session(client: CheckedClient, upstream: Upstream) -> Step:
    """One of them is ended."""
    page = sessions(client, upstream)()
    return lambda: client.submit(page, "/sessions", ("session", ONE))


def other_sessions(client: CheckedClient, upstream: Upstream) -> Step:
    """All others are ended."""
    page = sessions(client, upstream)()
    return lambda: client.submit(page, "/sessions", ("action", "others"))


def applications(client: CheckedClient, upstream: Upstream) -> Step:
    """What the person allowed."""
    upstream.signed_in()
    upstream.on(*GRANTS, 200, [consent()])
    upstream.on(*REVOKE, 204, b"")
    return lambda: client.get("/apps")


def one_application(client: CheckedClient, upstream: Upstream) -> Step:
    """One of them is disconnected."""
    page = applications(client, upstream)()
    return lambda: client.submit(page, "/apps", ("client", "demo"))


def all_applications(client: CheckedClient, upstream: Upstream) -> Step:
    """All are disconnected."""
    page = applications(client, upstream)()
    return lambda: client.submit(page, "/apps", ("action", "all"))


def leaving(client: CheckedClient, upstream: Upstream) -> Step:
    """Who may leave, and has no second factor."""
    upstream.signed_in()
    upstream.on(*BEGIN_LOGIN, 200, load("login/aal2_none"))
    return lambda: client.get("/leave")


def downloading(client: CheckedClient, upstream: Upstream) -> Step:
    """What is known of the person, as a file."""
    leaving(client, upstream)
    upstream.on(*SESSIONS, 200, [])
    upstream.on(*GRANTS, 200, [consent()])
    return lambda: client.get("/leave/data")


def deleting(client: CheckedClient, upstream: Upstream, *sids: str) -> Step:
    """The account is deleted."""
    page = leaving(client, upstream)()
    request = consent()["consent_request"]
    upstream.on(*GRANTS, 200, [consent(consent_request=request | {"login_session_id": sid}) for sid in sids])
    upstream.ends_sessions()
    upstream.on(*REVOKE, 204, b"")
    upstream.on(*KNOWN, 200, identity())
    upstream.on(*IDENTITY, 204, b"")
    return lambda: client.submit(page, "/leave", ("sure", "yes"))


def deleting_told(client: CheckedClient, upstream: Upstream) -> Step:
    """The same, with an application that is told."""
    return deleting(client, upstream, "hydra-1")


def token(client: CheckedClient, upstream: Upstream) -> Step:
    """The session as a JWT."""
    upstream.whoami(session(tokenized=jwt()))
    return lambda: client.get("/session/token/ui_jwt", headers={"Origin": APP})


def flow(kind: str, client: CheckedClient, upstream: Upstream) -> Step:
    """A page of Kratos'."""
    upstream.on(*flows(kind), 200, load(BODIES[kind]) | {"return_to": BACK})
    upstream.asks("login")
    upstream.nobody()
    return lambda: client.get(f"/{kind}?flow=f")


def shown(client: CheckedClient, upstream: Upstream, kind: str, name: str, **more: object) -> Step:
    """A page of Kratos' with this body, for somebody signed in."""
    upstream.on(*flows(kind), 200, load(name) | more)
    upstream.signed_in()
    return lambda: client.get(f"/{kind}?flow=f")


def login_flow(client: CheckedClient, upstream: Upstream) -> Step:
    """The page of an application's login."""
    return flow("login", client, upstream)


def confirming(client: CheckedClient, upstream: Upstream) -> Step:
    """Somebody has to confirm that it is them, for their settings."""
    upstream.on(*flows("settings"), 200, load("settings/everything") | {"return_to": BACK})
    upstream.asks("login")
    settings = f"{BROWSER_KRATOS}/self-service/settings?flow=s"
    return shown(client, upstream, "login", "login/refresh_password", return_to=settings, request_url="")


def half_signed_in(client: CheckedClient, upstream: Upstream) -> Step:
    """Somebody has given one of two factors, so whoami does not say who it is."""
    upstream.aal2_required()
    upstream.on(*BEGIN_LOGIN, 200, load("login/refresh_password"))
    return shown(client, upstream, "login", "login/aal2_totp", return_to="", request_url="")


def verifying(client: CheckedClient, upstream: Upstream) -> Step:
    """Somebody confirms an address."""
    return shown(client, upstream, "verification", "verification/code_sent", return_to="", request_url="")


def verified_meanwhile(client: CheckedClient, upstream: Upstream) -> Step:
    """Somebody whose address was verified on another device begins again here."""
    return shown(client, upstream, "verification", "verification/email", return_to="", request_url="/?notice=foreign")


def recovered_before(client: CheckedClient, upstream: Upstream) -> Step:
    """Somebody goes back to the page of a recovery that is over."""
    over = {"state": "passed_challenge", "return_to": "", "request_url": ""}
    return shown(client, upstream, "recovery", "recovery/code_sent", **over)


def without_second_factor(client: CheckedClient, upstream: Upstream) -> Step:
    """A second factor is wished for, and there is none."""
    upstream.asks("login")
    return shown(client, upstream, "login", "login/aal2_none", return_to=BACK)


def begun_settings(client: CheckedClient, upstream: Upstream) -> Step:
    """Somebody wants to see their settings."""
    upstream.signed_in()
    return lambda: client.get("/settings")


def away_after_it(client: CheckedClient, upstream: Upstream) -> Step:
    """An application sends somebody to verify an address and to come back."""
    upstream.on(*BEGIN_VERIFICATION, 200, load("verification/email"))
    return lambda: client.get("/verification?return_to=https://app.example.org/")


def second_try(client: CheckedClient, upstream: Upstream) -> Step:
    """The first step of a sign-up once more."""
    nodes = [
        {"type": "input", "group": "default", "attributes": {"name": name, "type": kind, "value": value}}
        for name, kind, value in (
            ("csrf_token", "hidden", "t"),
            ("traits.nickname", "text", "Countess"),
            ("method", "submit", "profile"),
        )
    ]
    address = f"{BROWSER_KRATOS}/self-service/registration"
    body = {"id": "old", "request_url": f"{address}/browser", "ui": {"action": f"{address}?flow=old", "nodes": nodes}}
    upstream.on(*flows("registration"), 200, body)
    upstream.mock.remove(*BEGIN)
    upstream.on(*BEGIN, 200, body | {"id": "new"})
    return lambda: client.get("/registration?flow=old")


WITH_TRAITS = load("registration/credentials") | {"return_to": "", "request_url": f"{KRATOS}/self-service/registration"}


def traits(client: CheckedClient, upstream: Upstream) -> Step:
    """A sign-up, whose fields a schema explains."""
    upstream.on(*flows("registration"), 200, WITH_TRAITS | {"identity_schema": ""})
    upstream.nobody()
    return lambda: client.get("/registration?flow=f")


def one_schema(client: CheckedClient, upstream: Upstream) -> Step:
    """The same where Kratos names the schema."""
    upstream.on(*flows("registration"), 200, WITH_TRAITS | {"identity_schema": "person"})
    upstream.nobody()
    return lambda: client.get("/registration?flow=f")


def error(client: CheckedClient, upstream: Upstream) -> Step:
    """What Kratos could not do."""
    upstream.on(*ERRORS, 200, {"id": "e", "error": {"code": 400, "reason": "Because."}})
    return lambda: client.get("/error?id=e")


def going_round(client: CheckedClient, upstream: Upstream) -> Step:
    """One flow after another cannot be shown."""
    upstream.on(*flows("login"), 403, {"error": {"id": "security_csrf_violation", "code": 403}})
    upstream.signed_in()
    for number in range(2):
        client.get(f"/login?flow=f{number}")
    return lambda: client.get("/login?flow=f")


def readiness(client: CheckedClient, upstream: Upstream) -> Step:
    """What a load balancer asks."""
    for server in (KRATOS, HYDRA, ADMIN):
        upstream.on("GET", f"{server}/health/ready", 200, {"status": "ok"})
    return lambda: client.get("/health/ready")


_SELF, _APPS, _SESSIONS = "selfservice", "account/applications.py", "account/sessions.py"
_LEAVING = "account/leaving.py"
FLOW = {401: 303, 404: 303, 410: 303}
SITES = [
    CallSite("account/home.py home", "whoami", WHOAMI, home, 200, {401: 200}),
    CallSite("account/signed_in.py guarded", "whoami", WHOAMI, sessions, 200, SIGNED_OUT),
    CallSite(f"{_SESSIONS} sessions", "sessions", SESSIONS, sessions, 200, {401: 401}, body="list"),
    CallSite(f"{_SESSIONS} end", "end_session", ONE_SESSION, one_session, 303, {401: 303, 404: 303}, body="any"),
    CallSite(f"{_SESSIONS} _end_others", "end_other_sessions", OTHERS, other_sessions, 303, SIGNED_OUT, body="any"),
    CallSite(f"{_SESSIONS} _end_others", "end_sessions_of", HYDRAS, other_sessions, 303, otherwise=303),
    CallSite("account/session_token.py token", "session_token", WHOAMI, token, 200, {401: 401, 404: 410, 410: 410}),
    CallSite(f"{_APPS} apps", "grants", GRANTS, applications, 200, body="list"),
    CallSite(f"{_APPS} disconnect", "revoke", REVOKE, one_application, 303, CHALLENGE, body="any object"),
    CallSite(f"{_APPS} disconnect", "revoke_all", REVOKE, all_applications, 303, CHALLENGE, body="any object"),
    CallSite(f"{_APPS} _may_be_theirs", "grants", GRANTS, one_application, 303, otherwise=303, body="list"),
    CallSite(f"{_LEAVING} _aal2_required", "begin", BEGIN_LOGIN, leaving, 200, {401: 401, 404: 410, 410: 410}),
    CallSite(f"{_LEAVING} download", "sessions", SESSIONS, downloading, 200, {401: 401}, body="list"),
    CallSite(f"{_LEAVING} download", "grants", GRANTS, downloading, 200, body="list"),
    CallSite(f"{_LEAVING} _delete", "identity", KNOWN, deleting, 200, {404: 303}),
    CallSite(f"{_LEAVING} _delete", "grants", GRANTS, deleting, 200, body="list"),
    CallSite(f"{_LEAVING} _delete", "end_session", HYDRAS, deleting_told, 200, {404: 200, 410: 200}, body="any object"),
    CallSite(f"{_LEAVING} _delete", "end_sessions_of", HYDRAS, deleting, 200, {404: 200, 410: 200}, body="any object"),
    CallSite(f"{_LEAVING} _delete", "revoke_all", REVOKE, deleting, 200, CHALLENGE, body="any object"),
    CallSite(f"{_LEAVING} _delete", "delete", IDENTITY, deleting, 200, {404: 303}),
    CallSite(f"{_SELF}/error_page.py _kratos_error", "error", ERRORS, error, 400, {401: 401, 404: 410, 410: 410}),
    CallSite(f"{_SELF}/return_path.py _return_path", "login_request", LOGIN, login_flow, otherwise=200),
    CallSite(f"{_SELF}/return_path.py _through_settings", "flow", flows("settings"), confirming, otherwise=200),
    CallSite(f"{_SELF}/flow_repairs.py _in_a_new_flow", "begin", BEGIN, second_try, otherwise=200),
    CallSite(f"{_SELF}/sign_in_names.py schemas", "of_id", kratos("GET", "schemas"), traits, otherwise=200),
    CallSite(f"{_SELF}/sign_in_names.py schemas", "of_id", kratos("GET", "schemas/person"), one_schema, otherwise=200),
    CallSite(f"{_SELF}/views.py _begin_new", "whoami", WHOAMI, begun_settings, 303, SIGNED_OUT),
    CallSite(f"{_SELF}/views.py _is_forbidden", "begin", BEGIN_VERIFICATION, away_after_it, 303, otherwise=303),
    CallSite(f"{_SELF}/sign_in_names.py identifier_of", "whoami", WHOAMI, confirming, 200, {401: 200}),
    CallSite(f"{_SELF}/sign_in_names.py _of_half_signed_in", "begin", BEGIN_LOGIN, half_signed_in, otherwise=200),
    CallSite(f"{_SELF}/page.py _is_signed_in", "whoami", WHOAMI, verifying, otherwise=200),
    CallSite(f"{_SELF}/views.py _redirect_if_verified", "whoami", WHOAMI, verified_meanwhile, 303, {401: 200}),
    CallSite(f"{_SELF}/views.py _redirect_if_recovered", "whoami", WHOAMI, recovered_before, 303, SIGNED_OUT),
    CallSite(f"{_SELF}/views.py _loop_page", "whoami", WHOAMI, going_round, 410, {401: 400}),
    CallSite(f"{_SELF}/views.py _no_second_factor", "whoami", WHOAMI, without_second_factor, 303, SIGNED_OUT),
    CallSite(f"{_SELF}/views.py show", "flow", flows("login"), partial(flow, "login"), 200, FLOW | {401: 502}),
    *(CallSite(f"{_SELF}/views.py show", "flow", flows(kind), partial(flow, kind), 200, FLOW) for kind in KINDS[1:]),
    *(
        CallSite(
            "http/health.py ready",
            "check_ready",
            ("GET", f"{server}/health/ready"),
            readiness,
            otherwise=503,
            body="any",
        )
        for server in (KRATOS, HYDRA, ADMIN)
    ),
]
