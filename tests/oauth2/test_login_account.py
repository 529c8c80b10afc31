"""Choosing an account for an application, and cancelling."""

from datetime import timedelta

from tests.support.cases import each_case
from tests.support.pages import fields, heading, parsed, words
from tests.support.upstream import (
    ADA,
    BOB,
    BROWSER_HYDRA,
    BROWSER_KRATOS,
    EXPIRED,
    KRATOS,
    NOW,
    PUBLIC,
    authorize,
    proof,
    query,
)

LOGIN = "/login?login_challenge=c"
HINT = {"oidc_context": {"id_token_hint_claims": {"sub": BOB}}}


class TestChoosingAnAccount:
    def page(self, browser, upstream, /, **fields):
        upstream.asks("login", **fields)
        upstream.signed_in()
        response = browser.get(LOGIN)
        assert response.status_code == 200
        return response

    def test_a_hint_of_another_person_shows_who_is_signed_in_and_the_choice(self, client, upstream):
        page = self.page(client, upstream, **HINT)
        assert heading(page) == "Choose an account for Demo"
        assert "ada@example.org" in page.text

    def test_prompt_registration_asks_who_somebody_signed_in_wants_to_be(self, client, upstream):
        self.page(client, upstream, request_url=authorize(prompt="registration"))

    def test_any_hint_of_a_pairwise_client_asks(self, client, upstream):
        self.page(
            client,
            upstream,
            client={"subject_type": "pairwise"},
            oidc_context={"id_token_hint_claims": {"sub": "what-the-client-knows"}},
        )

    def test_continue_is_accepted_afterwards(self, client, upstream):
        page = self.page(client, upstream, **HINT)
        upstream.takes("login", "accept")
        back = client.submit(page, "/login/account", ("action", "continue"))
        client.get(back.headers["Location"])
        assert upstream.body("login/accept")["subject"] == ADA

    def test_who_is_expected_to_be_another_is_told_what_may_happen(self, client, upstream):
        """Hydra refuses a subject that the id_token_hint does not name."""
        assert "Demo asked for a different account" in parsed(self.page(client, upstream, **HINT)).main.text

    @each_case(
        "fields",
        [
            {"request_url": authorize(prompt="registration")},
            {
                "client": {"subject_type": "pairwise"},
                "oidc_context": {"id_token_hint_claims": {"sub": "what-the-client-knows"}},
            },
        ],
    )
    def test_of_whom_nobody_knows_no_other_is_expected(self, client, upstream, fields):
        assert "asked for a different account" not in parsed(self.page(client, upstream, **fields)).main.text

    def test_an_application_may_ask_for_a_small_window(self, client, upstream):
        page = self.page(client, upstream, request_url=authorize(prompt="registration", display="popup"))
        assert parsed(page).body["class"] == ["popup"]

    def test_prompt_registration_offers_to_sign_up(self, client, upstream):
        page = self.page(client, upstream, request_url=authorize(prompt="registration"))
        assert parsed(page).select("[value=register]")
        upstream.signs_out()

        location = client.submit(page, "/login/account", ("action", "register"))

        assert location.headers["Location"] == f"{PUBLIC}/registration?login_challenge=c"
        upstream.mock.remove("GET", f"{KRATOS}/sessions/whoami")
        upstream.nobody()
        begun = client.get(location.headers["Location"]).headers["Location"]
        assert begun.startswith(f"{BROWSER_KRATOS}/self-service/registration/browser?")
        assert query(begun)["return_to"] == f"{PUBLIC}/login?login_challenge=c&n=1"

    def test_who_hydra_remembers_may_go_on_and_its_session_stays(self, client, upstream):
        page = self.page(client, upstream, skip=True, subject=ADA, request_url=authorize(prompt="registration"))
        assert "another account was used" not in page.text
        upstream.takes("login", "accept")
        back = client.submit(page, "/login/account", ("action", "continue"))
        client.get(back.headers["Location"])
        assert upstream.body("login/accept")["subject"] == ADA
        assert not upstream.sent("DELETE")

    def test_who_is_signed_out_meanwhile_cannot_go_on_as_who_hydra_remembers(self, client, upstream):
        page = self.page(client, upstream, skip=True, subject=ADA, request_url=authorize(prompt="registration"))
        upstream.mock.remove("GET", f"{KRATOS}/sessions/whoami")
        upstream.nobody()
        upstream.ends_sessions()
        location = client.submit(page, "/login/account", ("action", "continue")).headers["Location"]
        assert location == authorize(prompt="registration")

    def test_who_is_signed_out_meanwhile_signs_in(self, client, upstream):
        page = self.page(client, upstream, **HINT)
        upstream.mock.remove("GET", f"{KRATOS}/sessions/whoami")
        upstream.nobody()
        location = client.submit(page, "/login/account", ("action", "continue")).headers["Location"]
        assert location == f"{PUBLIC}{LOGIN}&n=0"

    def test_a_proof_given_before_the_choice_still_counts_after(self, client, upstream):
        upstream.asks("login", request_url=authorize(prompt="login"), **HINT)
        upstream.takes("login", "accept")
        whoami = upstream.signed_in()
        client.get(LOGIN)
        upstream.mock.remove(whoami)
        upstream.signed_in(proofs=[proof(-5)], now=NOW + timedelta(seconds=9))

        location = client.submit(client.get(f"{LOGIN}&n=1"), "/login/account", ("action", "continue")).headers[
            "Location"
        ]

        assert client.get(location).headers["Location"].startswith(BROWSER_HYDRA)

    def test_the_choice_counts_where_the_note_was_lost(self, client, upstream):
        page = self.page(client, upstream, **HINT)
        upstream.takes("login", "accept")
        with client.session_transaction(base_url=client.public_url) as cookie:
            del cookie["attempts"]
        location = client.submit(page, "/login/account", ("action", "continue")).headers["Location"]
        assert client.get(location).headers["Location"].startswith(BROWSER_HYDRA)

    @each_case("action, prompt", [("another", "consent"), ("register", "consent registration")])
    def test_a_change_from_who_hydra_remembers_starts_over(self, client, upstream, action, prompt):
        """With registration still in it Hydra would send somebody who has an account to the page for who has none."""
        request_url = authorize(prompt="consent registration")
        page = self.page(client, upstream, skip=True, subject=ADA, session_id="hydra-9", request_url=request_url)
        upstream.signs_out()
        upstream.ends_sessions()
        location = client.submit(page, "/login/account", ("action", action)).headers["Location"]
        assert query(location)["prompt"] == prompt
        assert query(upstream.sent("DELETE")[0].url) == {"sid": "hydra-9"}

    @each_case("fields", [HINT, {"skip": True, "subject": BOB}])
    def test_nobody_else_is_offered_to_sign_up(self, client, upstream, fields):
        assert not parsed(self.page(client, upstream, **fields)).select("[value=register]")

    def test_without_registration_at_kratos_there_is_none(self, client_with, upstream):
        page = self.page(client_with(kratos_flows=[]), upstream, request_url=authorize(prompt="registration"))
        assert not parsed(page).select("[value=register]")

    def test_select_account_asks_where_hydra_knows_it(self, client_with, upstream):
        site = client_with(hydra_prompts=["none", "login", "consent", "registration", "select_account"])
        self.page(site, upstream, request_url=authorize(prompt="select_account"))

    def test_the_choice_counts_for_this_challenge_only(self, client, upstream):
        page = self.page(client, upstream, **HINT)
        client.submit(page, "/login/account", ("action", "continue"))
        assert client.get("/login?login_challenge=d").status_code == 200

    def test_the_choice_counts_for_the_person_on_the_page_only(self, client, upstream):
        """N90."""
        page = self.page(client, upstream, **HINT)
        upstream.mock.remove("GET", f"{KRATOS}/sessions/whoami")
        upstream.signed_in(BOB, id="session-2")
        back = client.submit(page, "/login/account", ("action", "continue"))
        upstream.mock.remove("GET", f"{KRATOS}/sessions/whoami")
        upstream.signed_in(ADA)
        assert client.get(back.headers["Location"]).status_code == 200

    def test_another_account_signs_out_and_asks_again(self, client, upstream, logs):
        page = self.page(client, upstream, **HINT)
        upstream.signs_out()
        back = client.submit(page, "/login/account", ("action", "another"))
        assert back.headers["Location"].startswith(f"{PUBLIC}/login?login_challenge=c")
        assert '"reason": "another_account"' in logs.getvalue()

    def test_somebody_else_than_hydra_remembers_gets_a_page_and_no_accept(self, client, upstream):
        page = self.page(client, upstream, skip=True, subject=BOB, session_id="hydra-9")
        assert "another account was used in this browser before" in page.text

    @each_case("action", ["continue", "another"])
    def test_hydras_memory_of_somebody_else_ends_before_it_is_asked_anew(self, client, upstream, action):
        page = self.page(client, upstream, skip=True, subject=BOB, session_id="hydra-9")
        upstream.ends_sessions()
        if action == "another":
            upstream.signs_out()
        back = client.submit(page, "/login/account", ("action", action))
        assert back.headers["Location"] == authorize()
        [ended] = upstream.sent("DELETE")
        assert query(ended.url) == {"sid": "hydra-9"}

    @each_case("action", ["continue", "another"])
    def test_what_cannot_be_asked_anew_goes_back_to_the_application(self, client, upstream, action):
        """A request_uri is often good for one use; Hydra forgets, so that the application's next request is new."""
        fields = {"request_url": authorize(request_uri="https://app.example.org/request.jwt")}
        page = self.page(client, upstream, skip=True, subject=BOB, session_id="hydra-9", **fields)
        upstream.ends_sessions()
        upstream.takes("login", "reject", f"{BROWSER_HYDRA}/oauth2/auth?login_verifier=no")
        if action == "another":
            upstream.signs_out()

        back = client.submit(page, "/login/account", ("action", action))

        assert back.headers["Location"] == f"{BROWSER_HYDRA}/oauth2/auth?login_verifier=no"
        assert upstream.body("login/reject")["error"] == "login_required"
        [ended] = upstream.sent("DELETE")
        assert query(ended.url) == {"sid": "hydra-9"}

    def test_what_was_noted_of_one_person_does_not_hold_for_the_next(self, client, upstream):
        """A proof given before "Use a different account" is not the next person's."""
        page = self.page(client, upstream, **HINT)
        upstream.signs_out()
        client.submit(page, "/login/account", ("action", "another"))
        with client.session_transaction(base_url=client.public_url) as cookie:
            assert not cookie.get("attempts")

    @each_case("press", [None, ("action", ""), ("action", "accept")])
    def test_without_a_known_choice_nothing_happens(self, client, upstream, press):
        page = self.page(client, upstream, **HINT)
        assert client.submit(page, "/login/account", press).status_code == 400

    def test_one_name_twice_is_nobodys_choice(self, client, upstream):
        page = self.page(client, upstream, **HINT)
        body = [*fields(page, "/login/account"), ("action", "continue"), ("action", "another")]
        assert client.send("/login/account", body).status_code == 400


class TestAPressThatComesTooLate:
    """Who is signed in reads for which application it was, whatever was pressed, and gets there by a link."""

    HOME = "https://demo.example.org/"

    def pressed(self, client, upstream, path, press, *, status=401, body=EXPIRED):
        old = upstream.asks("login", client={"client_uri": self.HOME}, **HINT)
        upstream.signed_in()
        page = client.get(LOGIN)
        upstream.mock.remove(old)
        upstream.on("GET", upstream.url("login"), status, body)
        return client.submit(page, path, press)

    PRESSES = (
        ("/login/account", ("action", "continue")),
        ("/login/account", ("action", "another")),
        ("/login/cancel", None),
    )

    @each_case("path, press", PRESSES)
    @each_case("status", [401, 404])
    def test_it_names_the_application_and_leads_back(self, client, upstream, path, press, status):
        late = self.pressed(client, upstream, path, press, status=status)
        assert late.status_code == 410
        assert "Open Demo again" in words(parsed(late))
        assert parsed(late).find("a", href=self.HOME)

    @each_case("path, press", PRESSES)
    def test_one_that_was_used_goes_on_where_hydra_says(self, client, upstream, path, press):
        late = self.pressed(client, upstream, path, press, status=410, body={"redirect_to": authorize()})
        assert late.headers["Location"] == authorize()

    def test_while_kratos_fails_it_says_that_first(self, client, upstream):
        old, who = upstream.asks("login", **HINT), upstream.signed_in()
        page = client.get(LOGIN)
        upstream.mock.remove(old)
        upstream.mock.remove(who)
        upstream.on("GET", upstream.url("login"), 401, EXPIRED)
        upstream.whoami({}, 500)
        assert client.submit(page, "/login/cancel").status_code == 503


def test_cancelling_tells_the_application(client, upstream):
    upstream.asks("login", oidc_context={"id_token_hint_claims": {"sub": BOB}})
    upstream.signed_in()
    page = client.get(LOGIN)
    upstream.takes("login", "reject")
    assert client.submit(page, "/login/cancel").status_code == 303
    assert upstream.body("login/reject")["error"] == "access_denied"


def test_a_devices_sign_in_that_was_cancelled_ends_in_the_applications_brand(client_with, upstream):
    client = client_with(clients={"demo": {"brand": {"name": "Demo & Co"}}})
    verify = f"{BROWSER_HYDRA}/oauth2/device/verify?client_id=demo&user_code=%2A"
    upstream.asks("login", request_url=verify, oidc_context={"id_token_hint_claims": {"sub": BOB}})
    upstream.signed_in()
    page = client.submit(client.get(LOGIN), "/login/cancel")
    assert heading(page) == "Your device isn't signed in"
    assert "Demo &amp; Co" in page.text
