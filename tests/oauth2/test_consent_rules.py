"""Whose consent it is, and whether to ask (design section 5)."""

import pytest

from tests.support.cases import each_case
from tests.support.pages import heading
from tests.support.upstream import ADA, BOB, BROWSER_HYDRA, CALLBACK, authorize, identity, query, session

CONSENT = "/consent?consent_challenge=c"
VERIFIER = f"{BROWSER_HYDRA}/oauth2/auth?consent_verifier=v"
TRUSTED = {"skip_consent": True}


def asking(upstream, **fields):
    upstream.asks("consent", **fields)
    upstream.signed_in()


ACCEPTED = [
    {"skip": True, "client": TRUSTED},
    {"client": TRUSTED},
    {"client": TRUSTED | {"token_endpoint_auth_method": "none"}},
    {
        "client": TRUSTED | {"token_endpoint_auth_method": "none", "redirect_uris": ["http://127.0.0.1/cb"]},
        "request_url": authorize(redirect_uri="http://127.0.0.1:9/cb"),
    },
    {"client": TRUSTED, "request_url": authorize(prompt="none")},
]


@each_case("fields", ACCEPTED)
def test_a_consent_already_given_is_granted_without_a_page(client, upstream, fields):
    asking(upstream, requested_scope=["openid", "email"], requested_access_token_audience=["https://api"], **fields)
    upstream.takes("consent", "accept", VERIFIER)
    assert client.get(CONSENT).headers["Location"] == VERIFIER
    accept = upstream.body("consent/accept")
    assert accept["grant_scope"] == ["openid", "email"]
    assert accept["grant_access_token_audience"] == ["https://api"]


def test_skip_consent_is_remembered_for_as_long_as_the_session_lives(client, upstream):
    """So that prompt=none works, and a client that loses skip_consent is asked about soon (0 would be for ever)."""
    asking(upstream, client=TRUSTED)
    upstream.takes("consent", "accept", VERIFIER)
    client.get(CONSENT)
    accept = upstream.body("consent/accept")
    assert (accept["remember"], accept["remember_for"]) == (True, 3600)


DEVICE = f"{BROWSER_HYDRA}/oauth2/device/verify?client_id=demo"
ASKED = [
    {"client": {"skip_consent": "true"}},
    {"client": {"skip_consent": 1}},
    {"client": {"skip_consent": None}},
    {"client": TRUSTED, "request_url": authorize(prompt="consent")},
    {"client": TRUSTED, "request_url": authorize(prompt="login consent")},
    {"client": TRUSTED, "request_url": f"{BROWSER_HYDRA}/oauth2/auth"},
    {"client": TRUSTED, "request_url": authorize(request_uri="https://app.example.org/r")},
    {"client": TRUSTED, "request_url": DEVICE},
    {"skip": True, "request_url": DEVICE},
    {
        "client": TRUSTED
        | {"token_endpoint_auth_method": "none", "redirect_uris": [CALLBACK, "com.example.app:/callback"]},
        "request_url": authorize(redirect_uri="com.example.app:/callback"),
    },
    {
        "client": TRUSTED
        | {"token_endpoint_auth_method": "none", "redirect_uris": [CALLBACK, "http://app.example.org/callback"]},
        "request_url": authorize(redirect_uri="http://app.example.org/callback"),
    },
    {"skip": "true"},
    {"skip": 1},
]


@each_case("fields", ASKED)
def test_everybody_else_is_asked(client, upstream, fields):
    """N12 N13."""
    asking(upstream, **fields)
    assert heading(client.get(CONSENT)) == "Allow Demo to access your account?"


def test_prompt_none_is_told_that_consent_is_required(client, upstream):
    asking(upstream, request_url=authorize(prompt="none"))
    upstream.takes("consent", "reject", VERIFIER)
    assert client.get(CONSENT).headers["Location"] == VERIFIER
    assert upstream.body("consent/reject")["error"] == "consent_required"


class TestSomebodyElse:
    """N03: no other UI compares the two, and would send B's email under A's sub."""

    @pytest.fixture(params=[{}, {"skip": True}, {"client": TRUSTED}], ids=["asked", "skip", "skip_consent"])
    def page(self, request, client, upstream):
        upstream.asks("consent", **request.param)
        upstream.signed_in(BOB)
        return client.get(CONSENT)

    def test_another_person_gets_a_page_and_no_claims_and_is_in_the_log(self, page, logs):
        assert heading(page) == "You're signed in with a different account"
        assert "bob@example.org" in page.text
        assert "ada@example.org" not in page.text
        assert ADA not in page.text
        assert '"reason": "another_person"' in logs.getvalue()

    @pytest.mark.parametrize("action", ["continue", "another"])
    def test_going_on_ends_hydras_session_and_starts_over(self, client, upstream, page, action):
        upstream.ends_sessions()
        if action == "another":
            upstream.signs_out()
        response = client.submit(page, "/consent/account", ("action", action))
        assert response.headers["Location"] == authorize()
        assert query(upstream.sent("DELETE")[0].url) == {"sid": "hydra-1"}

    def test_without_a_known_choice_nothing_happens(self, client, page):
        assert client.submit(page, "/consent/account", ("action", "accept")).status_code == 400


REFERRED = authorize(request_uri="https://app.example.org/request.jwt")


@each_case("action", ["continue", "another"])
def test_a_request_that_cannot_be_repeated_goes_back_to_the_application(client, upstream, action):
    upstream.asks("consent", request_url=REFERRED)
    upstream.signed_in(BOB)
    page = client.get(CONSENT)
    upstream.ends_sessions()
    upstream.takes("consent", "reject", VERIFIER)
    if action == "another":
        upstream.signs_out()

    response = client.submit(page, "/consent/account", ("action", action))

    assert response.headers["Location"] == VERIFIER
    assert upstream.body("consent/reject")["error"] == "login_required"
    assert [query(call.url) for call in upstream.sent("DELETE")] == [{"sid": "hydra-1"}]


def test_somebody_without_a_name_is_called_by_their_id(client, upstream):
    upstream.asks("consent", subject="another-identity")
    body = session()
    body["identity"] |= {"traits": {}, "verifiable_addresses": [], "recovery_addresses": []}
    upstream.whoami(body)
    assert ADA in client.get(CONSENT).text


def test_another_person_and_prompt_none_is_no_page(client, upstream):
    """N56."""
    upstream.asks("consent", request_url=authorize(prompt="none"))
    upstream.signed_in(BOB)
    upstream.takes("consent", "reject", VERIFIER)
    assert client.get(CONSENT).headers["Location"] == VERIFIER
    assert upstream.body("consent/reject")["error"] == "login_required"


OTHER_SESSIONS = {
    "nobody": lambda upstream: upstream.nobody(),
    "owes a second factor": lambda upstream: upstream.aal2_required(),
    "another session": lambda upstream: upstream.signed_in(id="session-2"),
    "not active": lambda upstream: upstream.whoami(session() | {"active": False}),
}


@each_case("who", OTHER_SESSIONS.values())
@each_case("fields", [{}, {"skip": True}, {"client": TRUSTED}])
def test_without_the_session_that_signed_in_the_login_rules_run_again(client, upstream, who, fields):
    """N04."""
    upstream.asks("consent", **fields)
    who(upstream)
    assert client.get(CONSENT).headers["Location"] == authorize()


@each_case("who", OTHER_SESSIONS.values())
@each_case("request_url", [REFERRED, f"{BROWSER_HYDRA}/oauth2/auth"])
def test_without_the_session_that_signed_in_nothing_is_repeated_that_cannot_be(client, upstream, who, request_url):
    """The next request of the application meets no memory of Hydra's, so that it ends in a sign-in."""
    upstream.asks("consent", request_url=request_url)
    who(upstream)
    upstream.ends_sessions()
    upstream.takes("consent", "reject", VERIFIER)
    assert client.get(CONSENT).headers["Location"] == VERIFIER
    assert upstream.body("consent/reject")["error"] == "login_required"
    assert [query(call.url) for call in upstream.sent("DELETE")] == [{"sid": "hydra-1"}]


@each_case("who", OTHER_SESSIONS.values())
def test_without_the_session_that_signed_in_prompt_none_is_rejected(client, upstream, who):
    upstream.asks("consent", request_url=authorize(prompt="none"))
    who(upstream)
    upstream.takes("consent", "reject", VERIFIER)
    client.get(CONSENT)
    assert upstream.body("consent/reject")["error"] == "login_required"


def test_a_consent_that_always_begins_again_ends_in_a_page(client, upstream):
    """Hydra may lose what it was told at the login; the login before it is answered at once, so nobody sees a page."""
    upstream.asks("consent", context={})
    upstream.signed_in()
    statuses = [client.get(CONSENT).status_code for _ in range(4)]
    assert statuses == [303, 303, 303, 400]
    assert client.get(CONSENT).headers["Location"] == authorize(), "another press of the application's button"


def test_a_page_in_between_is_an_end_of_it(client, upstream):
    upstream.signed_in()
    for context in ({}, {}, {"kratos_session": "session-1"}, {}, {}, {}):
        consent_request = upstream.asks("consent", context=context)
        assert client.get(CONSENT).status_code == (200 if context else 303)
        upstream.mock.remove(consent_request)


def test_so_is_an_answer(client, upstream):
    upstream.signed_in()
    upstream.takes("consent", "accept", VERIFIER)
    for context in ({}, {}, {"kratos_session": "session-1"}, {}, {}, {}):
        consent_request = upstream.asks("consent", context=context, client=TRUSTED)
        assert client.get(CONSENT).headers["Location"] == (VERIFIER if context else authorize())
        upstream.mock.remove(consent_request)


def test_other_applications_do_not_count(client, upstream):
    upstream.signed_in()
    for client_id in ("one", "other") * 3:
        consent_request = upstream.asks("consent", context={}, client={"client_id": client_id})
        assert client.get(CONSENT).headers["Location"] == authorize()
        upstream.mock.remove(consent_request)


@each_case("context", [None, {}, [], "x", {"kratos_session": None}, {"kratos_session": 7}, {"other": 1}])
def test_a_login_that_portico_did_not_accept_is_asked_again(client, upstream, context):
    upstream.asks("consent", context=context)
    upstream.signed_in()
    assert client.get(CONSENT).headers["Location"] == authorize()


@each_case("fields", [{}, {"skip": True}, {"client": TRUSTED}])
def test_an_account_that_is_not_active_gets_nothing(client, upstream, fields):
    """N44."""
    upstream.asks("consent", **fields)
    upstream.whoami(session() | {"identity": identity(state="inactive")})
    upstream.takes("consent", "reject", VERIFIER)
    client.get(CONSENT)
    assert upstream.body("consent/reject")["error"] == "access_denied"


def test_a_challenge_is_needed(client):
    assert client.get("/consent").status_code == 400


def test_nobody_is_sent_where_hydra_does_not_live(client, upstream):
    """N22."""
    asking(upstream, skip=True)
    upstream.takes("consent", "accept", "https://evil.example/")
    assert client.get(CONSENT).status_code == 502


@each_case("nobody", [None, {}, {"client_id": ""}, {"client_id": None}, [], "demo"])
def test_a_request_of_no_client_is_answered_for_none(client, upstream, nobody):
    """F03: no id must not count as any client's, whose decision would then answer for it."""
    upstream.chose({"consent_request": {"client": {"client_id": "other"}}, "remember": True, "remember_for": 0})
    for kind in ("login", "consent"):
        upstream.on("GET", upstream.url(kind), 200, {"challenge": "c", "subject": ADA, "client": nobody})
        assert client.get(f"/{kind}?{kind}_challenge=c").status_code == 502


def test_hydra_alone_learns_what_was_granted(client, upstream):
    """N18: nothing of what the application registered is fetched."""
    address = "http://169.254.169.254/latest"
    names = (
        *("logo_uri", "jwks_uri", "client_uri", "policy_uri"),
        *("tos_uri", "sector_identifier_uri", "backchannel_logout_uri"),
    )
    upstream.asks("consent", client=dict.fromkeys(names, address) | {"request_uris": [address]}, skip=True)
    upstream.whoami(session() | {"identity": identity(picture=address, website=address)})
    upstream.takes("consent", "accept", VERIFIER)

    client.get(CONSENT)

    assert {str(call.request.url).split("/")[2] for call in upstream.mock.calls} == {
        "hydra.internal:4445",
        "kratos.internal:4433",
    }
