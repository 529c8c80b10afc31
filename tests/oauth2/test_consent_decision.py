"""What a person decides on the consent page, and everything that is not a decision."""

import pytest

from tests.support.cases import each_case
from tests.support.pages import fields, heading, parsed, words
from tests.support.upstream import BOB, BROWSER_HYDRA, KRATOS, authorize, identity, session

CONSENT = "/consent?consent_challenge=c"
VERIFIER = f"{BROWSER_HYDRA}/oauth2/auth?consent_verifier=v"
SCOPES = ["openid", "email", "photos"]
ALLOW, DENY = ("action", "accept"), ("action", "deny")


def without(body, name, value=None):
    return [field for field in body if field[0] != name or value not in (None, field[1])]


def test_allowing_grants_what_was_ticked_and_asked_for(client, upstream, consent_page):
    upstream.takes("consent", "accept", VERIFIER)
    response = client.submit(consent_page, "/consent", ALLOW)
    assert response.headers["Location"] == VERIFIER
    accept = upstream.body("consent/accept")
    assert accept["grant_scope"] == SCOPES
    assert accept["grant_access_token_audience"] == ["https://api"]
    assert (accept["remember"], accept["remember_for"]) == (False, 0)


def test_denying_tells_the_application_and_the_log(client, upstream, consent_page, logs):
    upstream.takes("consent", "reject", VERIFIER)
    assert client.submit(consent_page, "/consent", DENY).headers["Location"] == VERIFIER
    reject = upstream.body("consent/reject")
    assert reject["error"] == "access_denied"
    assert '"event": "privilege_permissions_denied"' in logs.getvalue()


def test_an_unticked_scope_is_not_granted(client, upstream, body):
    upstream.takes("consent", "accept", VERIFIER)
    client.send("/consent", [*without(body, "grant_scope", "photos"), ALLOW])
    assert upstream.body("consent/accept")["grant_scope"] == ["openid", "email"]


@each_case("scope", ["read.a\nb", "read.a\rb", "read.\0", "read.\t", "read.<b>", "%s", "{{7*7}}", "read.\u2028é"])
def test_a_scope_of_odd_letters_is_granted_when_it_is_ticked(client, upstream, scope):
    """No value of a form has a line break or NUL: browsers would change them."""
    upstream.asks("consent", requested_scope=["openid", scope])
    upstream.signed_in()
    upstream.chose()
    upstream.takes("consent", "accept", VERIFIER)
    page = client.get(CONSENT)
    assert not {"\n", "\r", "\0"}.intersection("".join(value for _, value in fields(page, "/consent")))
    client.submit(page, "/consent", ALLOW)
    assert upstream.body("consent/accept")["grant_scope"] == ["openid", scope]


def test_allowing_only_what_is_required_is_possible(client, upstream, body):
    upstream.takes("consent", "accept", VERIFIER)
    client.send("/consent", [*without(body, "grant_scope"), ALLOW])
    assert upstream.body("consent/accept")["grant_scope"] == ["openid"]


def test_claims_of_a_scope_that_was_not_allowed_are_not_sent(client, upstream, body):
    """C03."""
    upstream.takes("consent", "accept", VERIFIER)
    client.send("/consent", [*without(body, "grant_scope", "email"), ALLOW])
    assert upstream.body("consent/accept")["session"] == {"id_token": {}, "access_token": {}}


def test_remembering_is_for_ever_and_only_when_ticked(client, upstream, body):
    upstream.takes("consent", "accept", VERIFIER)
    client.send("/consent", [*body, ("remember", "true"), ALLOW])
    accept = upstream.body("consent/accept")
    assert (accept["remember"], accept["remember_for"]) == (True, 0)


def test_remembering_lasts_as_long_as_the_operator_says(client_with, upstream):
    upstream.asks("consent")
    upstream.signed_in()
    upstream.takes("consent", "accept")
    site = client_with(clients={"demo": {"consent_lifetime": 86400}})
    body = fields(site.get("/consent?consent_challenge=c"), "/consent")
    site.send("/consent", [*body, ("remember", "true"), ALLOW])
    accept = upstream.body("consent/accept")
    assert (accept["remember"], accept["remember_for"]) == (True, 86400)


def test_what_is_not_remembered_has_no_time(client_with, upstream):
    upstream.asks("consent")
    upstream.signed_in()
    upstream.takes("consent", "accept")
    site = client_with(clients={"demo": {"consent_lifetime": 86400}})
    site.submit(site.get("/consent?consent_challenge=c"), "/consent", ALLOW)
    accept = upstream.body("consent/accept")
    assert (accept["remember"], accept["remember_for"]) == (False, 0)


@pytest.mark.parametrize("value", ["", "false", "0", "TRUE"])
def test_only_the_ticked_box_remembers(client, upstream, body, value):
    """`for ever` is nothing to be guessed from a value our page does not have."""
    upstream.takes("consent", "accept", VERIFIER)
    client.send("/consent", [*body, ("remember", value), ALLOW])
    assert upstream.body("consent/accept")["remember"] is False


class TestBetweenPageAndPress:
    """What may have changed since the page was shown."""

    def now(self, upstream, who):
        upstream.mock.remove("GET", f"{KRATOS}/sessions/whoami")
        who()

    def test_another_person_is_signed_in(self, client, upstream, body):
        """N03."""
        self.now(upstream, lambda: upstream.signed_in(BOB))
        response = client.send("/consent", [*body, ALLOW])
        assert heading(response) == "You're signed in with a different account"
        assert upstream.sent("PUT") == []

    @pytest.mark.parametrize("press", [ALLOW, DENY])
    def test_nobody_is_signed_in(self, client, upstream, body, press):
        """N04."""
        self.now(upstream, upstream.nobody)
        assert client.send("/consent", [*body, press]).headers["Location"] == authorize()
        assert upstream.sent("PUT") == []

    def test_the_same_person_signed_in_anew(self, client, upstream, body):
        self.now(upstream, lambda: upstream.signed_in(id="session-2"))
        assert client.send("/consent", [*body, ALLOW]).headers["Location"] == authorize()

    def test_the_account_was_closed(self, client, upstream, body):
        """N44."""
        self.now(upstream, lambda: upstream.whoami(session() | {"identity": identity(state="inactive")}))
        upstream.takes("consent", "reject", VERIFIER)
        client.send("/consent", [*body, ALLOW])
        assert upstream.body("consent/reject")["error"] == "access_denied"

    def test_claims_are_of_the_moment_of_the_press(self, client, upstream, body):
        """C13."""
        changed = identity(email="ada@new.example")
        self.now(upstream, lambda: upstream.whoami(session() | {"identity": changed}))
        upstream.takes("consent", "accept", VERIFIER)
        client.send("/consent", [*body, ALLOW])
        claims = upstream.body("consent/accept")["session"]["id_token"]
        assert claims == {"email": "ada@new.example", "email_verified": False}


WAYS = {
    "skip": {"skip": True},
    "skip_consent": {"client": {"skip_consent": True}},
    "asked": {},
    "device": {"request_url": f"{BROWSER_HYDRA}/oauth2/device/verify?client_id=demo"},
}


@each_case("way", WAYS)
def test_claims_are_the_same_by_every_way(client, upstream, way):
    """C09."""
    upstream.asks("consent", requested_scope=["openid", "profile", "email"], **WAYS[way])
    upstream.signed_in()
    upstream.takes("consent", "accept", VERIFIER)

    response = client.get(CONSENT)
    if response.status_code == 200:
        client.submit(response, "/consent", ALLOW)

    claims = upstream.body("consent/accept")["session"]
    assert claims["access_token"] == {}
    id_token = claims["id_token"]
    assert isinstance(id_token.pop("updated_at"), int)
    assert id_token == {
        "name": "Ada Lovelace",
        "given_name": "Ada",
        "family_name": "Lovelace",
        "email": "ada@example.org",
        "email_verified": True,
    }


def test_the_access_token_gets_what_its_own_rules_say(client_with, upstream):
    upstream.asks("consent", skip=True, requested_scope=["openid", "email"])
    upstream.signed_in()
    upstream.takes("consent", "accept", VERIFIER)
    client_with(access_token_claims={"email": {"mail": {"value": "traits.email"}}}).get(CONSENT)
    assert upstream.body("consent/accept")["session"]["access_token"] == {"mail": "ada@example.org"}


def test_a_claim_there_is_no_room_for_is_logged_by_name_only(client, upstream, logs):
    """C10 C16."""
    upstream.asks("consent", skip=True, requested_scope=["openid", "profile"])
    upstream.whoami(session() | {"identity": identity(nickname="x" * 3000)})
    upstream.takes("consent", "accept", VERIFIER)
    client.get(CONSENT)
    assert '"claim": "nickname"' in logs.getvalue()
    assert "xxxx" not in logs.getvalue()


class TestTwoTabs:
    """N51."""

    @pytest.fixture(autouse=True)
    def somebody(self, upstream):
        upstream.signed_in()
        upstream.takes("consent", "accept", VERIFIER)

    def page(self, client, upstream, challenge, client_id, **more):
        about = self.asks(upstream, challenge, client_id, **more)
        page = client.get(f"/consent?consent_challenge={challenge}")
        upstream.mock.remove(about)
        return page

    def asks(self, upstream, challenge, client_id, **more):
        client = {"client_id": client_id}
        return upstream.asks("consent", requested_scope=SCOPES, client=client, challenge=challenge, **more)

    def answered(self, client, upstream, page, client_id, answer=ALLOW, **more):
        challenge = dict(fields(page, "/consent"))["consent_challenge"]
        about = self.asks(upstream, challenge, client_id, **more)
        said = client.submit(page, "/consent", answer)
        upstream.mock.remove(about)
        return said.status_code, said.headers["Location"]

    def test_of_two_applications_are_answered_in_either_order(self, client, upstream):
        pages = {name: self.page(client, upstream, f"c-{name}", name) for name in ("one", "two")}
        answers = [self.answered(client, upstream, pages[name], name) for name in ("two", "one")]
        assert answers == [(303, VERIFIER)] * 2
        challenges = [call.url.rpartition("=")[2] for call in upstream.sent("PUT", "accept")]
        assert challenges == ["c-two", "c-one"]

    def test_of_one_application_the_older_one_begins_again(self, client, upstream):
        """Hydra would only tell the application that a cookie does not match."""
        older, newer = (self.page(client, upstream, name, "demo") for name in ("older", "newer"))
        assert self.answered(client, upstream, older, "demo") == (303, authorize())
        assert upstream.sent("PUT", "accept") == []
        assert self.answered(client, upstream, newer, "demo") == (303, VERIFIER)

    def test_an_older_one_that_cannot_be_repeated_is_answered(self, client, upstream):
        """To refuse it would end the session that the newer one needs, and Hydra takes neither answer."""
        urls = {"older": authorize(request_uri="urn:x"), "newer": authorize()}
        older, _ = (self.page(client, upstream, name, "demo", request_url=url) for name, url in urls.items())
        assert self.answered(client, upstream, older, "demo", request_url=urls["older"]) == (303, VERIFIER)

    def test_to_reload_the_older_one_makes_it_no_newer(self, client, upstream):
        older, newer, _ = (self.page(client, upstream, name, "demo") for name in ("older", "newer", "older"))
        assert self.answered(client, upstream, newer, "demo") == (303, VERIFIER)
        assert self.answered(client, upstream, older, "demo") == (303, authorize())

    def test_another_applications_page_between_changes_nothing(self, client, upstream):
        tabs = (("older", "demo"), ("newer", "demo"), ("other", "tv"))
        older, _, other = (self.page(client, upstream, *tab) for tab in tabs)
        assert self.answered(client, upstream, other, "tv") == (303, VERIFIER)
        assert self.answered(client, upstream, older, "demo") == (303, authorize())

    def test_a_newer_one_without_a_page_counts(self, client, upstream):
        """Hydra's cookie is then of that one, which an earlier choice answered, say."""
        older = self.page(client, upstream, "older", "demo")
        silent = upstream.asks("consent", challenge="newer", client={"client_id": "demo", "skip_consent": True})
        assert client.get("/consent?consent_challenge=newer").headers["Location"] == VERIFIER
        upstream.mock.remove(silent)
        assert self.answered(client, upstream, older, "demo") == (303, authorize())

    def test_the_page_that_begins_again_says_why_and_only_that_one(self, client, upstream):
        """Else it looks as if the press had not worked."""
        older, newer = (self.page(client, upstream, name, "demo") for name in ("older", "newer"))
        self.answered(client, upstream, older, "demo")
        pages = [newer, *(self.page(client, upstream, *tab) for tab in (("again", "demo"), ("other", "tv")))]
        says = ["The page expired, so here's a new one." in words(parsed(page).main) for page in pages]
        assert says == [False, True, False]
        assert self.answered(client, upstream, pages[1], "demo") == (303, VERIFIER)

    def test_the_older_one_may_still_be_refused(self, client, upstream):
        """Hydra tells the application of a no whatever its cookie says."""
        upstream.takes("consent", "reject", VERIFIER)
        older, newer = (self.page(client, upstream, name, "demo") for name in ("older", "newer"))
        assert self.answered(client, upstream, older, "demo", DENY) == (303, VERIFIER)
        assert self.answered(client, upstream, newer, "demo") == (303, VERIFIER)
