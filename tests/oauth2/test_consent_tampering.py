"""Everything posted to the consent page that is not a decision of the person it was shown to (N05-N10 N36 N37 N40)."""

from urllib.parse import urlencode

import pytest
from itsdangerous import TimestampSigner

from tests.support.cases import each_case
from tests.support.pages import fields, heading
from tests.support.upstream import BOB, BROWSER_HYDRA, KRATOS, identity, session

CONSENT = "/consent?consent_challenge=c"
VERIFIER = f"{BROWSER_HYDRA}/oauth2/auth?consent_verifier=v"
HERE = {"Origin": "http://localhost:3000", "Sec-Fetch-Site": "same-origin"}
SCOPES = ["openid", "email", "photos"]
ALLOW, DENY = ("action", "accept"), ("action", "deny")


def without(body, name, value=None):
    return [field for field in body if field[0] != name or value not in (None, field[1])]


class TestTampering:
    def test_a_scope_that_was_not_requested_is_not_granted(self, client, upstream, body):
        """N10: Hydra grants whatever it is told."""
        upstream.takes("consent", "accept", VERIFIER)
        client.send("/consent", [*body, ("grant_scope", "admin"), ("grant_scope", "offline_access"), ALLOW])
        assert upstream.body("consent/accept")["grant_scope"] == SCOPES

    @pytest.mark.parametrize("scopes", [[*SCOPES, "phone"], ["openid"]], ids=["more", "less"])
    def test_nothing_is_granted_where_the_page_showed_another_request(self, client, upstream, body, scopes):
        """N09: the person saw a page with other scopes."""
        upstream.mock.remove("GET", upstream.url("consent"))
        upstream.asks("consent", requested_scope=scopes, requested_access_token_audience=["https://api"])
        assert client.send("/consent", [*body, ("grant_scope", "phone"), ALLOW]).status_code == 403

    def test_fields_no_page_has_change_nothing(self, client, upstream, body):
        """N10: mass assignment."""
        extra = ("grant_access_token_audience", "audience", "remember_for", "subject", "session", "id_token", "context")
        upstream.takes("consent", "accept", VERIFIER)
        client.send("/consent", [*body, *((name, "evil") for name in extra), ALLOW])
        assert "evil" not in str(upstream.body("consent/accept"))

    @pytest.mark.parametrize(
        "press", [[], [("action", "")], [("action", "yes")], [("action", "ACCEPT")], [ALLOW, DENY]]
    )
    def test_only_one_explicit_word_is_a_decision(self, client, body, press):
        """N08."""
        assert client.send("/consent", [*body, *press]).status_code == 400

    def test_nothing_at_all_is_no_decision(self, client, consent_page):
        """N08."""
        assert client.send("/consent", []).status_code == 400

    def test_another_challenge_than_the_pages_is_refused(self, client, upstream, body):
        """N09: the ticket is for one challenge."""
        tampered = [*without(body, "consent_challenge"), ("consent_challenge", "d"), ALLOW]
        response = client.send("/consent", tampered)
        assert response.status_code == 403
        assert "Location" not in response.headers

    def test_another_persons_page_is_refused(self, client, upstream, body):
        upstream.mock.remove("GET", upstream.url("consent"))
        upstream.mock.remove("GET", f"{KRATOS}/sessions/whoami")
        upstream.asks("consent", subject=BOB, requested_scope=SCOPES)
        upstream.signed_in(BOB)
        assert client.send("/consent", [*body, ALLOW]).status_code == 403

    @pytest.mark.parametrize("ticket", ["", "x", "a.b.c", "é", "\0", "x" * 9000])
    def test_a_forged_ticket_is_refused(self, client, body, ticket):
        assert client.send("/consent", [*without(body, "ticket"), ("ticket", ticket), ALLOW]).status_code == 403

    @pytest.mark.parametrize(("age", "status"), [(3500, 303), (3700, 403)])
    def test_a_ticket_is_good_for_an_hour(self, client, upstream, body, monkeypatch, age, status):
        """With a fresh token: the page may have been reloaded since."""
        upstream.mock.assert_all_requests_are_fired = False
        upstream.takes("consent", "accept", VERIFIER)
        now = TimestampSigner.get_timestamp
        monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda signer: now(signer) + age)
        fresh = fields(client.get(CONSENT), "/consent")
        tickets = [field for field in body if field[0] == "ticket"]

        response = client.send("/consent", [*without(fresh, "ticket"), *tickets, ALLOW])

        assert response.status_code == status
        assert len(upstream.sent("PUT")) == (status == 303)

    def test_denying_needs_the_ticket_too(self, client, body):
        assert client.send("/consent", [*without(body, "ticket"), DENY]).status_code == 403

    @pytest.mark.parametrize("name", ["consent_challenge", "csrf_token", "ticket", "remember"])
    def test_a_name_given_twice_is_nobodys_decision(self, client, body, name):
        """N37."""
        twice = [*body, ("remember", "true"), (name, "other"), ALLOW]
        assert client.send("/consent", twice).status_code == 400

    def test_a_challenge_in_the_address_as_well_is_refused(self, client, body):
        """N37: query and body."""
        assert client.send("/consent?consent_challenge=d", [*body, ALLOW]).status_code == 400


class TestForgedForms:
    """N05 N06: nothing is sent, the page is shown again."""

    def forged(self, response):
        assert response.status_code == 400
        assert heading(response) == "Allow Demo to access your account?"
        assert "so nothing has been decided yet" in response.text

    @pytest.mark.parametrize("token", [None, "", "x", "a.b.c"])
    def test_without_a_good_token_the_page_is_shown_again(self, client, body, token):
        forged = without(body, "csrf_token") + ([] if token is None else [("csrf_token", token)])
        self.forged(client.send("/consent", [*forged, ALLOW]))

    def test_a_ticket_is_no_token_and_a_token_no_ticket(self, client, body):
        """One key signs both, each for its purpose."""
        signed = dict(body)
        for name, other in (("csrf_token", "ticket"), ("ticket", "csrf_token")):
            response = client.send("/consent", [*without(body, name), (name, signed[other]), ALLOW])
            assert response.status_code == (400 if name == "csrf_token" else 403)

    def test_the_page_shown_again_can_be_answered(self, client, upstream, body):
        again = client.send("/consent", [*without(body, "csrf_token"), ALLOW])
        upstream.takes("consent", "accept", VERIFIER)
        assert client.submit(again, "/consent", ALLOW).headers["Location"] == VERIFIER

    def test_another_browsers_token_is_not_good(self, client_with, body):
        self.forged(client_with().send("/consent", [*body, ALLOW]))

    def test_a_token_of_an_hour_ago_is_not_good(self, client, body, monkeypatch):
        monkeypatch.setitem(client.application.config, "WTF_CSRF_TIME_LIMIT", -1)
        self.forged(client.send("/consent", [*body, ALLOW]))

    @pytest.mark.parametrize(
        "headers",
        [
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Origin": "http://localhost:3001"},
            {"Origin": "https://localhost:3000"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Origin": "", "Referer": "https://evil.example/"},
        ],
        ids=str,
    )
    def test_a_form_from_elsewhere_is_not_ours_even_with_a_good_token(self, client, body, headers):
        self.forged(client.send("/consent", [*body, ALLOW], headers=headers))

    def test_a_browser_may_say_that_no_page_of_another_site_sent_it(self, client, upstream, body):
        """Where the person reloads the answer of a form or opens it from history: `none`."""
        upstream.takes("consent", "accept", VERIFIER)
        assert client.send("/consent", [*body, ALLOW], headers={"Sec-Fetch-Site": "none"}).status_code == 303

    def test_a_form_whose_length_nobody_told_is_none_of_ours(self, client, body):
        """It could end early unseen. (The server says that it ends such a body itself.)"""
        environ = {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
        response = client.send("/consent", [*body, ALLOW], environ_overrides=environ)
        assert (response.status_code, heading(response)) == (400, "This request didn't work")

    @pytest.mark.parametrize("media", ["text/plain", "multipart/form-data; boundary=x", "application/json", ""])
    def test_nor_is_one_of_another_kind(self, client, body, media):
        """Pages of other sites can make browsers send some of them."""
        response = client.post("/consent", data=urlencode([*body, ALLOW]), content_type=media, headers=HERE)
        assert (response.status_code, heading(response)) == (400, "This request didn't work")

    @each_case("public_url, status", [("http://localhost:3000", 303), ("https://login.example.org", 400)])
    def test_a_browser_that_says_nothing_of_where_it_is_may_post_on_this_machine_only(
        self, client_with, upstream, public_url, status
    ):
        upstream.asks("consent")
        upstream.signed_in()
        upstream.mock.assert_all_requests_are_fired = False
        upstream.takes("consent", "accept", VERIFIER)
        client = client_with(public_url=public_url)
        posted = urlencode([*fields(client.get(CONSENT), "/consent"), ALLOW])
        response = client.post("/consent", data=posted, content_type="application/x-www-form-urlencoded")
        assert response.status_code == status

    def test_a_forged_form_rejects_nothing_either(self, client, upstream, body):
        upstream.mock.remove("GET", f"{KRATOS}/sessions/whoami")
        upstream.whoami(session() | {"identity": identity(state="inactive")})
        response = client.send("/consent", [*without(body, "csrf_token"), ALLOW])
        assert (response.status_code, heading(response)) == (400, "This form expired")
        assert upstream.sent("PUT") == []
