"""An application asks to sign somebody out: whose session ends (design section 7)."""

import json

import pytest

from tests.support.cases import each_case
from tests.support.pages import heading, parsed
from tests.support.upstream import BOB, BROWSER_HYDRA, KRATOS, PUBLIC, ended, owning, query

LOGOUT = "/logout?logout_challenge=c"
DONE = f"{BROWSER_HYDRA}/oauth2/sessions/logout?logout_verifier=v"
TRUSTED = {"skip_logout_consent": True}
SIGN_OUT, STAY = ("action", "accept"), ("action", "deny")


class TestAnApplicationAsks:
    def test_the_person_is_asked_first(self, client, upstream):
        """N45: a link must not sign anybody out."""
        upstream.asks("logout")
        upstream.signed_in()
        page = client.get(LOGOUT)
        assert heading(page) == "Sign out?"
        assert "ada@example.org" in page.text
        assert "Demo wants to sign you out" in parsed(page).get_text()

    def test_yes_ends_kratos_session_and_then_hydras(self, client, upstream):
        upstream.asks("logout")
        upstream.signed_in()
        upstream.signs_out()
        upstream.takes("logout", "accept", DONE)
        page = client.get(LOGOUT)

        response = client.submit(page, "/logout", SIGN_OUT)

        assert response.headers["Location"] == DONE
        order = [call.request.url.split("?")[0].rpartition("/")[2] for call in upstream.mock.calls][-3:]
        assert order == ["browser", "logout", "accept"]
        [ending] = upstream.sent("GET", f"{KRATOS}/self-service/logout?")
        assert query(ending.url) == {"token": "t"}
        assert "ory_kratos_session" in ending.headers["Cookie"]

    @pytest.mark.parametrize(("application", "client_id"), [({}, "demo"), (None, "")], ids=["demo", "nobody"])
    def test_yes_is_in_the_log_with_who_asked(self, client, upstream, logs, application, client_id):
        upstream.asks("logout", client=application)
        upstream.signed_in()
        upstream.signs_out()
        upstream.takes("logout", "accept", DONE)
        client.submit(client.get(LOGOUT), "/logout", SIGN_OUT)
        [event] = [json.loads(line) for line in logs.getvalue().splitlines() if '"session_expired"' in line]
        assert (event["reason"], event["client_id"]) == ("logout", client_id)

    def test_yes_ends_this_browsers_other_sessions_too(self, client, upstream):
        """N89."""
        owning(client, upstream, "hydra-1", "hydra-2")
        upstream.asks("logout", sid="hydra-2")
        upstream.signed_in()
        upstream.signs_out()
        upstream.ends_sessions()
        upstream.takes("logout", "accept", DONE)
        client.submit(client.get(LOGOUT), "/logout", SIGN_OUT)
        assert ended(upstream) == ["hydra-1"]

    def test_afterwards_back_shows_nothing(self, client, upstream):
        """N46."""
        owning(client, upstream, "hydra-1")
        upstream.asks("logout")
        upstream.signed_in()
        upstream.signs_out()
        upstream.takes("logout", "accept", DONE)
        response = client.submit(client.get(LOGOUT), "/logout", SIGN_OUT)
        assert response.headers["Clear-Site-Data"] == '"cache"'
        assert "portico=;" in response.headers["Set-Cookie"]

    def test_no_leaves_everything_and_says_so_to_hydra(self, client, upstream):
        upstream.asks("logout")
        upstream.signed_in()
        upstream.on("PUT", upstream.url("logout") + "/reject", 204, b"")
        response = client.submit(client.get(LOGOUT), "/logout", STAY)
        assert response.headers["Location"] == f"{PUBLIC}/"

    @each_case("press", [None, ("action", ""), ("action", "yes")])
    def test_anything_else_is_no_answer(self, client, upstream, press):
        upstream.asks("logout")
        upstream.signed_in()
        assert client.submit(client.get(LOGOUT), "/logout", press).status_code == 400

    def test_a_forged_form_signs_nobody_out_and_asks_once_more(self, client, upstream):
        """N05."""
        upstream.asks("logout")
        upstream.signed_in()
        page = client.send("/logout", [("logout_challenge", "c"), SIGN_OUT])
        assert (page.status_code, heading(page)) == (400, "Sign out?")
        assert "so nothing has been decided yet" in page.text
        assert parsed(page).find("input", {"name": "logout_challenge"})["value"] == "c"

    def test_of_a_forged_form_only_what_can_be_a_challenge_is_taken_to_hydra(self, client, upstream):
        """N05 N37."""
        assert client.send("/logout", [("logout_challenge", "c d"), SIGN_OUT]).status_code == 400
        assert client.send("/logout?logout_challenge=b", [("logout_challenge", "c"), SIGN_OUT]).status_code == 400

    def test_a_failure_leaves_the_challenge_to_be_answered_again(self, client, upstream):
        upstream.asks("logout")
        upstream.signed_in()
        page = client.get(LOGOUT)
        upstream.on("GET", f"{KRATOS}/self-service/logout/browser", 503)
        response = client.submit(page, "/logout", SIGN_OUT)
        assert response.status_code == 503
        assert upstream.sent("PUT") == []

    def test_nobody_is_sent_where_hydra_does_not_live(self, client, upstream):
        """N23 N22."""
        upstream.asks("logout")
        upstream.signed_in(BOB)
        upstream.takes("logout", "accept", "https://evil.example/")
        response = client.submit(
            client.get(f"{LOGOUT}&post_logout_redirect_uri=https://evil.example"), "/logout", SIGN_OUT
        )
        assert response.status_code == 502


ASKED = {
    "not trusted": {},
    "trusted in words only": {"client": {"skip_logout_consent": "true"}},
    "not begun by the application": {"client": TRUSTED, "rp_initiated": False},
    "begun by nobody": {"client": None},
    "another session": {"client": TRUSTED, "sid": "hydra-9"},
    "no session": {"client": TRUSTED, "sid": None},
    "another person": {"client": TRUSTED, "subject": BOB},
}


class TestWithoutAsking:
    def test_a_trusted_application_ends_the_session_of_this_browser_and_person(self, client, upstream):
        owning(client, upstream, "hydra-1")
        upstream.asks("logout", client=TRUSTED)
        upstream.signed_in()
        upstream.signs_out()
        upstream.takes("logout", "accept", DONE)
        assert client.get(LOGOUT).headers["Location"] == DONE

    @each_case("fields", ASKED.values())
    def test_everything_else_is_asked(self, client, upstream, fields):
        """N45."""
        owning(client, upstream, "hydra-1")
        upstream.asks("logout", **fields)
        upstream.signed_in()
        assert client.get(LOGOUT).status_code == 200


class TestSomebodyElsesToken:
    """N88: the challenge's subject comes from an id_token_hint that anybody may have put into a link."""

    @pytest.fixture(params=["signed_in", "nobody", "aal2_required"])
    def page(self, request, client, upstream):
        owning(client, upstream, "hydra-1", "hydra-2")
        upstream.asks("logout", subject=BOB, sid="hydra-bob", client=TRUSTED)
        getattr(upstream, request.param)()
        upstream.takes("logout", "accept", DONE)
        return client.get(LOGOUT)

    def test_nothing_of_the_visitors_ends_and_the_log_says_whose_does(self, client, upstream, page, logs):
        response = client.submit(page, "/logout", SIGN_OUT)
        assert response.headers["Location"] == DONE
        assert upstream.sent("DELETE") == []
        assert upstream.sent("GET", "self-service/logout") == []
        assert "Clear-Site-Data" not in response.headers
        [event] = [json.loads(line) for line in logs.getvalue().splitlines() if '"session_expired"' in line]
        assert (event["reason"], event["session_id"]) == ("logout_elsewhere", "")


GONE = {
    "garbage or answered": (404, {"error": "Unable to locate the resource", "error_description": ""}),
    "too old": (401, {"error": "request_unauthorized"}),
    "used": (410, {"redirect_to": "/oauth2/sessions/logout?id_token_hint=x"}),
    "used, to elsewhere": (410, {"redirect_to": "https://evil.example/"}),
}


@pytest.mark.parametrize(("status", "body"), GONE.values(), ids=GONE)
class TestAChallengeThatIsGone:
    """N54: Contract B5: a logout that is over."""

    def test_opening_it_says_what_is_true_now(self, client, upstream, status, body):
        upstream.on("GET", upstream.url("logout"), status, body)
        upstream.nobody()
        assert client.get(LOGOUT).headers["Location"] == f"{PUBLIC}/signed-out"

    def test_a_form_of_before_says_what_is_true_now(self, client, upstream, status, body):
        """Pressed again after Back: our cookie is gone, and with it what the old form's token was made for."""
        upstream.on("GET", upstream.url("logout"), status, body)
        upstream.nobody()
        answer = client.send("/logout", [("logout_challenge", "c"), SIGN_OUT])
        assert answer.headers["Location"] == f"{PUBLIC}/signed-out"

    @each_case("who, ends", [("ada-identity", ["hydra-2"]), (BOB, [])])
    def test_a_no_in_another_tab_at_the_same_moment_as_this_yes(self, client, upstream, status, body, who, ends):
        """Kratos' session has ended by then: Hydra's ends, too, and the page says who is signed in."""
        upstream.asks("logout", sid="hydra-2")
        upstream.signed_in(who)
        upstream.signs_out()
        upstream.ends_sessions()
        upstream.mock.assert_all_requests_are_fired = False
        upstream.on("PUT", f"{upstream.url('logout')}/accept", status, body)
        answer = client.submit(client.get(LOGOUT), "/logout", SIGN_OUT)
        assert (answer.status_code, answer.headers["Location"]) == (303, f"{PUBLIC}/signed-out")
        assert ended(upstream) == ends

    def test_a_sign_out_that_somebody_else_took_back_is_in_no_log(self, client, upstream, logs, status, body):
        upstream.asks("logout")
        upstream.signed_in(BOB)
        upstream.on("PUT", f"{upstream.url('logout')}/accept", status, body)
        client.submit(client.get(LOGOUT), "/logout", SIGN_OUT)
        assert "/logout" in logs.getvalue()
        assert "logout_elsewhere" not in logs.getvalue()

    def test_a_yes_in_another_tab_at_the_same_moment_as_this_no(self, client, upstream, status, body):
        upstream.asks("logout")
        upstream.signed_in()
        upstream.on("PUT", f"{upstream.url('logout')}/reject", status, body)
        answer = client.submit(client.get(LOGOUT), "/logout", STAY)
        assert answer.headers["Location"] == f"{PUBLIC}/"

    @each_case("somebody", ["signed_in", "aal2_required"])
    def test_nobody_who_is_still_here_is_told_that_an_app_signed_them_out(
        self, client, upstream, status, body, somebody
    ):
        upstream.on("GET", upstream.url("logout"), status, body)
        getattr(upstream, somebody)()
        page = client.get(LOGOUT)
        assert (page.status_code, heading(page)) == (410, "This sign-out request is over")
        assert parsed(page).find("form", action="/logout").find("button", value="accept")

    @each_case("press, back", [(SIGN_OUT, LOGOUT), (STAY, "/")])
    def test_answering_it_leads_where_the_first_press_led(self, client, upstream, status, body, press, back):
        logout_request = upstream.asks("logout")
        upstream.signed_in()
        page = client.get(LOGOUT)
        upstream.mock.remove(logout_request)
        upstream.on("GET", upstream.url("logout"), status, body)
        assert client.submit(page, "/logout", press).headers["Location"] == f"{PUBLIC}{back}"


@each_case("challenge", ["a b", "é", "<x>", "\0", "x" * 16385])
def test_an_impossible_challenge_goes_nowhere(client, upstream, challenge):
    assert client.get("/logout", query_string={"logout_challenge": challenge}).status_code == 400
