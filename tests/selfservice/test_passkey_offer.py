"""A passkey, offered to who has just signed in by typing something (setting `offer_passkey`, design D13)."""

import pytest

from tests.payloads.bodies import load, name_of, nodes
from tests.support.cases import each_case
from tests.support.pages import heading, parsed, words
from tests.support.upstream import (
    ADA,
    BROWSER_HYDRA,
    BROWSER_KRATOS,
    KRATOS,
    PUBLIC,
    Upstream,
    authorize,
    identity,
    proof,
    query,
)

LOGIN = "/login?login_challenge=c"
BEGIN, READ = f"{KRATOS}/self-service/settings/browser", f"{KRATOS}/self-service/settings/flows"
PAGE = "/settings?flow=s"
BACK = f"{PUBLIC}/login?login_challenge=c&n=1&task=passkey"
JUST = [proof(-5)]


def settings(removable=False, addable=True, **about):
    """Kratos' settings of somebody with or without a passkey."""
    body = load("settings/everything") | {"id": "s", "return_to": BACK} | about
    left_out = {"passkey_remove"} if not removable else set()
    left_out |= {"passkey_register_trigger"} if not addable else set()
    body["ui"]["nodes"] = [node for node in nodes(body) if name_of(node) not in left_out]
    return body


@pytest.fixture
def able(client_with):
    """A browser that can make passkeys, at a Portico that offers them."""
    client = client_with(offer_passkey=True)
    client.set_cookie("portico-passkey", "able", domain="localhost")
    return client


def arrives(client, upstream: Upstream, proofs=JUST, identity_=None, **request):
    """Ada comes back from Kratos, where she signed in so for this challenge."""
    upstream.asks("login", **request)
    nobody = upstream.nobody()
    client.get(LOGIN)
    upstream.mock.remove(nobody)
    upstream.signed_in(proofs=proofs, **({"identity": identity_} if identity_ else {}))
    return client.get(f"{LOGIN}&n=1")


def went_on(answer):
    """Whether this browser is sent to Hydra, which took the sign-in."""
    return answer.headers["Location"].startswith(BROWSER_HYDRA)


class TestWhoIsOffered:
    @pytest.mark.parametrize("method", ["password", "code"])
    def test_who_signed_in_by_typing_has_none_and_can_make_one(self, able, upstream, method):
        upstream.on("GET", BEGIN, 200, settings())
        answer = arrives(able, upstream, [proof(-5, method)])
        assert answer.headers["Location"] == f"{PUBLIC}{PAGE}"
        [begun] = upstream.sent("GET", "settings/browser")
        assert query(begun.url) == {"return_to": BACK}
        assert "ory_kratos_session=" in begun.headers["Cookie"]
        assert not upstream.sent("PUT")

    def test_once_in_ninety_days_on_a_device(self, able, upstream):
        upstream.on("GET", BEGIN, 200, settings())
        answer = arrives(able, upstream)
        upstream.takes("login", "accept")
        again = able.get(f"{LOGIN}&n=2")
        assert went_on(again)
        assert len(upstream.sent("GET", "settings/browser")) == 1
        [cookie] = [line for line in answer.headers.getlist("Set-Cookie") if line.startswith("portico-passkey=")]
        assert {"portico-passkey=offered", "Max-Age=7776000", "HttpOnly", "Path=/"} <= set(cookie.split("; "))

    def test_who_has_one_goes_on_and_kratos_is_not_asked_at_the_next_sign_in(self, able, upstream):
        upstream.on("GET", BEGIN, 200, settings(removable=True))
        upstream.takes("login", "accept")
        assert went_on(arrives(able, upstream))
        assert went_on(arrives(able, upstream))
        assert len(upstream.sent("GET", "settings/browser")) == 1

    @pytest.mark.parametrize(
        ("status", "body"),
        [
            (200, settings(addable=False)),
            (200, {}),
            (401, {"error": {"id": "session_inactive"}}),
            (403, {"error": {"id": "session_aal2_required"}, "redirect_browser_to": f"{BROWSER_KRATOS}/x"}),
            (403, {"error": {"id": "session_refresh_required"}, "redirect_browser_to": f"{BROWSER_KRATOS}/x"}),
            (400, {"error": {"id": "self_service_flow_return_to_forbidden"}}),
            (500, {}),
        ],
    )
    def test_what_kratos_would_refuse_is_not_offered_and_costs_no_sign_in(self, able, upstream, status, body):
        upstream.on("GET", BEGIN, status, body)
        upstream.takes("login", "accept")
        assert went_on(arrives(able, upstream))


class TestWhoIsNot:
    """Nothing is asked of Kratos' settings then: the mock would tell."""

    @pytest.mark.parametrize(
        "request_url",
        [
            authorize(display="popup"),
            f"{BROWSER_HYDRA}/oauth2/auth",
            authorize(request_uri="https://app.example.org/r"),
        ],
        ids=["popup", "POST", "request_uri"],
    )
    def test_an_application_that_wants_no_page_of_ours_or_may_want_none(self, able, upstream, request_url):
        upstream.takes("login", "accept")
        assert went_on(arrives(able, upstream, request_url=request_url))

    def test_who_still_owes_a_second_factor(self, client_with, upstream):
        client = client_with(offer_passkey=True, clients={"demo": {"required_aal": "aal2"}})
        client.set_cookie("portico-passkey", "able", domain="localhost")
        assert query(arrives(client, upstream).headers["Location"])["aal"] == "aal2"

    def test_prompt_none_of_which_a_page_was_shown(self, able, upstream):
        """Kratos begins a login for any address of ours that somebody gives it."""
        upstream.flow("login/choose_method", return_to=f"{PUBLIC}{LOGIN}")
        upstream.asks("login", request_url=authorize(prompt="none"), skip=True, subject=ADA)
        able.get("/login?flow=flow-1")
        upstream.signed_in(proofs=JUST)
        upstream.takes("login", "accept")
        assert went_on(able.get(LOGIN))

    def test_prompt_none(self, able, upstream):
        upstream.asks("login", request_url=authorize(prompt="none"), skip=True, subject=ADA)
        upstream.signed_in(proofs=JUST)
        upstream.takes("login", "accept")
        assert went_on(able.get(LOGIN))

    @pytest.mark.parametrize("method", ["oidc", "passkey", "webauthn", "code_recovery", "totp", "unheard-of"])
    def test_who_typed_nothing(self, able, upstream, method):
        upstream.takes("login", "accept")
        assert went_on(arrives(able, upstream, [proof(-5, method)]))

    def test_who_was_signed_in_before(self, able, upstream):
        upstream.asks("login")
        upstream.signed_in()
        upstream.takes("login", "accept")
        assert went_on(able.get(LOGIN))

    def test_who_belongs_to_an_organisation(self, able, upstream):
        upstream.takes("login", "accept")
        assert went_on(arrives(able, upstream, identity_=identity() | {"organization_id": "acme"}))

    @each_case("cookie", ["", "offered", "x"])
    def test_a_browser_that_cannot_or_was_asked(self, client_with, upstream, cookie):
        client = client_with(offer_passkey=True)
        if cookie:
            client.set_cookie("portico-passkey", cookie, domain="localhost")
        upstream.takes("login", "accept")
        assert went_on(arrives(client, upstream))

    def test_nobody_while_it_is_off(self, client, upstream):
        client.set_cookie("portico-passkey", "able", domain="localhost")
        upstream.takes("login", "accept")
        assert went_on(arrives(client, upstream))


class TestThePage:
    def test_it_has_one_thing_to_do_and_the_way_on(self, able, upstream):
        upstream.on("GET", READ, 200, settings())
        upstream.asks("login")

        page = parsed(able.get(PAGE))

        assert words(page.h1) == "Sign in faster next time"
        assert [button["name"] for button in page.select("main button")] == ["passkey_register_trigger"]
        assert page.select_one("main form input[name=csrf_token]")["value"]
        assert page.select_one("main form button")["class"] == ["button", "button-primary"]
        [on] = page.select("main a.button")
        assert (words(on), on["href"]) == ("Not now", f"{PUBLIC}/login?login_challenge=c&n=1")
        assert page.select_one("script[src*='webauthn.js']")

    def test_an_error_of_kratos_stands_on_it(self, able, upstream):
        body = settings()
        body["ui"]["messages"] = [{"id": 4000001, "type": "error", "text": "No."}]
        upstream.on("GET", READ, 200, body)
        upstream.asks("login")
        page = able.get(PAGE)
        assert parsed(page).title.string.startswith("Error: Sign in faster")
        assert "Not now" in page.text

    def test_who_has_added_one_in_another_tab_goes_on(self, able, upstream):
        upstream.on("GET", READ, 200, settings(removable=True))
        upstream.asks("login")
        assert able.get(PAGE).headers["Location"] == f"{PUBLIC}/login?login_challenge=c&n=1"

    def test_a_page_that_took_too_long_begins_anew_with_the_same_way_on(self, able, upstream):
        gone = {"error": {"id": "self_service_flow_expired", "code": 410, "details": {"return_to": BACK}}}
        upstream.on("GET", READ, 410, gone)
        assert query(able.get(PAGE).headers["Location"])["return_to"] == BACK


class TestWithoutAnApplication:
    def test_who_has_just_signed_in_is_offered_one_on_the_way_to_the_account(self, able, upstream):
        upstream.signed_in(proofs=JUST)
        upstream.on("GET", BEGIN, 200, settings())
        assert able.get("/").headers["Location"] == f"{PUBLIC}{PAGE}"
        assert query(upstream.sent("GET", "settings/browser")[0].url) == {"return_to": f"{PUBLIC}/?task=passkey"}

    def test_the_page_leads_to_the_account(self, able, upstream):
        upstream.on("GET", READ, 200, settings(return_to=f"{PUBLIC}/?task=passkey"))
        page = able.get(PAGE)
        assert heading(page) == "Sign in faster next time"
        assert [on["href"] for on in parsed(page).select("main a.button")] == [f"{PUBLIC}/"]

    def test_the_account_page_of_who_signed_in_long_ago_is_shown(self, able, upstream):
        upstream.signed_in(proofs=[proof(61)])
        assert able.get("/").status_code == 200


class TestTheScript:
    def test_login_and_sign_up_say_whether_this_browser_can(self, able, upstream):
        upstream.on("GET", f"{KRATOS}/self-service/login/flows", 200, load("login/unified"))
        [script] = parsed(able.get("/login?flow=f")).select("script[src*='able.js']")
        assert script["nonce"]

    def test_no_page_has_it_while_it_is_off(self, client, upstream):
        upstream.on("GET", f"{KRATOS}/self-service/login/flows", 200, load("login/unified"))
        assert "able.js" not in client.get("/login?flow=f").text
