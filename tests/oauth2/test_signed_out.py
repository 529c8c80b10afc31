"""The person signs out on their own, and what the pages say afterwards (design section 7)."""

import json

from kratos.sandbox.bodies import fill
from tests.support.cases import each_case
from tests.support.pages import heading, parsed
from tests.support.upstream import ADA, HYDRA, KRATOS, PUBLIC, ended, owning

SIGN_OUT, STAY = ("action", "accept"), ("action", "deny")
SESSIONS = f"{HYDRA}/admin/oauth2/auth/sessions/login"


class TestOwnSignOut:
    def test_a_link_alone_signs_nobody_out(self, client, upstream):
        """N45: ASVS 10.6.2."""
        upstream.signed_in()
        page = client.get("/logout")
        assert heading(page) == "Sign out?"
        assert "ada@example.org" in page.text

    def test_pressing_the_button_ends_hydras_sessions_and_kratos(self, client, upstream, logs):
        """N46: By their ids: by subject Hydra tells no application."""
        owning(client, upstream, "hydra-1", "hydra-2")
        upstream.signed_in()
        upstream.ends_sessions()
        upstream.signs_out()

        response = client.submit(client.get("/logout"), "/logout", SIGN_OUT)

        assert response.headers["Location"] == f"{PUBLIC}/signed-out"
        assert response.headers["Clear-Site-Data"] == '"cache"'
        assert ended(upstream) == ["hydra-1", "hydra-2"]
        assert client.get_cookie("portico") is None
        [event] = [json.loads(line) for line in logs.getvalue().splitlines() if '"session_expired"' in line]
        assert event["reason"] == "logout"
        assert event["session_id"]

    @each_case("name", ["post_logout_redirect_uri", "redirect_to", "return_to", "next"])
    def test_no_address_in_the_query_is_where_it_ends(self, client, upstream, name):
        """N23."""
        upstream.signed_in()
        upstream.signs_out()
        page = client.get("/logout", query_string={name: "https://evil.example/"})
        answer = client.submit(page, "/logout", SIGN_OUT)
        assert answer.headers["Location"] == f"{PUBLIC}/signed-out"
        assert "evil" not in page.text + client.get(f"/signed-out?{name}=https://evil.example/").text

    def test_staying_ends_nothing(self, client, upstream):
        upstream.signed_in()
        assert client.submit(client.get("/logout"), "/logout", STAY).headers["Location"] == f"{PUBLIC}/"

    def test_somebody_who_owes_a_second_factor_can_sign_out(self, client, upstream):
        upstream.aal2_required()
        upstream.signs_out()
        assert client.submit(client.get("/logout"), "/logout", SIGN_OUT).status_code == 303

    def test_a_session_that_is_over_already_is_no_failure(self, client, upstream):
        upstream.signed_in()
        page = client.get("/logout")
        upstream.on("GET", f"{KRATOS}/self-service/logout/browser", 401, fill("errors/session_inactive"))
        assert client.submit(page, "/logout", SIGN_OUT).headers["Location"] == f"{PUBLIC}/signed-out"

    def test_a_hydra_session_that_is_over_already_is_no_failure(self, client, upstream):
        owning(client, upstream, "hydra-1")
        upstream.signed_in()
        upstream.on("DELETE", SESSIONS, 404, {})
        upstream.signs_out()
        assert client.submit(client.get("/logout"), "/logout", SIGN_OUT).status_code == 303

    def test_pressed_again_after_back_it_says_that_it_is_done(self, client, upstream):
        """Our cookie is gone, and with it what the old form's token was made for."""
        who = upstream.signed_in()
        upstream.signs_out()
        page = client.get("/logout")
        client.submit(page, "/logout", SIGN_OUT)
        upstream.mock.remove(who)
        upstream.nobody()

        again = client.submit(page, "/logout", SIGN_OUT)

        assert (again.status_code, heading(again)) == (400, "You're signed out")
        assert not parsed(again).select("main form, .notice")
        assert len(upstream.sent("GET", "self-service/logout?")) == 1

    def test_a_forged_form_asks_once_more(self, client, upstream):
        """N05."""
        upstream.signed_in()
        page = client.send("/logout", [SIGN_OUT])
        assert (page.status_code, heading(page)) == (400, "Sign out?")
        assert "so nothing has been decided yet" in page.text

    def test_with_nobody_signed_in_there_is_nothing_to_press(self, client, upstream):
        upstream.nobody()
        page = client.get("/logout")
        assert heading(page) == "You're signed out"
        assert parsed(page).main.find_all("form") == []


class TestPartlySignedOut:
    """N47."""

    def test_when_hydra_fails_the_rest_still_ends_and_the_page_says_so(self, client, upstream, logs):
        owning(client, upstream, "hydra-1")
        upstream.signed_in()
        upstream.signs_out()
        upstream.on("DELETE", SESSIONS, 503)

        page = client.submit(client.get("/logout"), "/logout", SIGN_OUT)

        assert page.status_code == 502
        assert heading(page) == "You're not fully signed out"
        assert len(upstream.sent("GET", "self-service/logout?")) == 1
        assert '"event": "sign_out_failed"' in logs.getvalue()

    def test_when_kratos_fails_the_page_says_so(self, client, upstream):
        who = upstream.signed_in()
        page = client.get("/logout")
        upstream.mock.remove(who)
        upstream.mock.assert_all_requests_are_fired = False
        upstream.whoami({}, 503)
        upstream.on("GET", f"{KRATOS}/self-service/logout/browser", 503)
        assert heading(client.submit(page, "/logout", SIGN_OUT)) == "You're not fully signed out"

    def test_pressing_again_tries_again(self, client, upstream):
        owning(client, upstream, "hydra-1")
        upstream.signed_in()
        upstream.signs_out()
        failing = upstream.on("DELETE", SESSIONS, 503)
        page = client.submit(client.get("/logout"), "/logout", SIGN_OUT)
        upstream.mock.remove(failing)
        upstream.ends_sessions()
        assert client.submit(page, "/logout", SIGN_OUT).headers["Location"] == f"{PUBLIC}/signed-out"
        assert ended(upstream) == ["hydra-1", "hydra-1"]


class TestSignedOutPage:
    def test_it_says_that_nobody_is_signed_in(self, client, upstream):
        upstream.nobody()
        assert heading(client.get("/signed-out")) == "You're signed out"

    def test_it_does_not_say_so_while_somebody_is(self, client, upstream):
        upstream.signed_in()
        page = client.get("/signed-out")
        assert heading(page) == "You're still signed in"
        assert "ada@example.org" in page.text


class TestHome:
    def test_it_says_who_is_signed_in(self, client, upstream):
        upstream.signed_in()
        assert "ada@example.org" in client.get("/").text

    def test_it_offers_to_sign_in(self, client, upstream):
        upstream.nobody()
        assert parsed(client.get("/")).find("a", {"href": "/login"})

    def test_it_offers_the_second_factor_to_who_owes_it(self, client, upstream):
        upstream.aal2_required()
        assert parsed(client.get("/")).find("a", {"href": "/login?aal=aal2"})

    def test_somebody_without_a_name_is_called_by_their_id(self, client, upstream):
        upstream.signed_in()
        upstream.mock.reset()
        upstream.signed_in(identity={"id": ADA, "state": "active", "traits": {}})
        assert ADA in client.get("/").text
