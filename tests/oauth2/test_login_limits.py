"""A login challenge that cannot be read, goes round for ever, or would lead elsewhere."""

import json
from datetime import timedelta

from tests.payloads.bodies import load
from tests.support.cases import each_case
from tests.support.pages import fields, heading, parsed
from tests.support.upstream import (
    ADA,
    BROWSER_HYDRA,
    BROWSER_KRATOS,
    HYDRA,
    KRATOS,
    NOW,
    PUBLIC,
    authorize,
    proof,
    query,
)

LOGIN = "/login?login_challenge=c"
KINDS = ("login", "consent", "logout", "device")


@each_case(
    "method, headers",
    [("HEAD", {}), ("GET", {"Sec-Purpose": "prefetch"}), ("GET", {"Sec-Purpose": "prefetch;prerender"})],
)
@each_case(
    "path", [LOGIN, "/registration?login_challenge=c", "/consent?consent_challenge=c", "/logout?logout_challenge=c"]
)
def test_nothing_is_answered_for_a_browser_that_only_looks(client, upstream, method, headers, path):
    """N41 B10: not even asked, as `upstream` knows no answer at all here."""
    assert client.open(path, method=method, headers=headers).status_code == 204


@each_case(
    "target",
    [
        *("https://evil.example/", "javascript:alert(1)"),
        *("http://localhost:4444@evil.example/", "//evil.example/", "http://localhost:4445/"),
    ],
)
@each_case("answer", ["accept", "reject"])
def test_nobody_is_sent_where_hydra_does_not_live(client, upstream, target, answer):
    """N22."""
    upstream.asks("login", request_url=authorize(prompt="none" if answer == "reject" else ""))
    upstream.signed_in() if answer == "accept" else upstream.nobody()
    upstream.takes("login", answer, target)
    response = client.get(LOGIN)
    assert response.status_code == 502
    assert "evil" not in response.text


def test_without_a_configured_address_hydra_lives_where_its_own_request_came_to(client_with, upstream):
    upstream.asks("login")
    upstream.signed_in()
    upstream.takes("login", "accept", "https://evil.example/")
    assert client_with(hydra_public_url="").get(LOGIN).status_code == 502


def test_a_restart_leads_to_hydra_only(client, upstream):
    upstream.asks(
        "login", skip=True, subject=ADA, request_url="https://evil.example/oauth2/auth?client_id=demo&max_age=1"
    )
    upstream.signed_in()
    assert client.get(LOGIN).status_code == 502


class TestSessionInvisible:
    """N86."""

    def back_at_once(self, client, upstream):
        """Sent to Kratos, which asks for nothing and sends back: it knows the browser, and we see nobody."""
        upstream.asks("login")
        upstream.nobody()
        sent = client.get(LOGIN)
        return client.get(query(sent.headers["Location"])["return_to"])

    def test_coming_back_from_kratos_unknown_is_a_page_not_a_loop(self, client, upstream, logs):
        page = self.back_at_once(client, upstream)
        assert page.status_code == 400
        assert heading(page) == "We can't sign you in without cookies"

    def test_the_page_offers_to_start_again(self, client, upstream):
        again = parsed(self.back_at_once(client, upstream)).find("a", string="Try again")
        assert again["href"].startswith(f"{BROWSER_KRATOS}/self-service/login/browser?refresh=true&")
        assert query(again["href"]) == {"refresh": "true", "return_to": f"{PUBLIC}/login?login_challenge=c&n=2"}

    def test_the_operator_reads_one_event_with_both_hosts(self, client, upstream, logs):
        self.back_at_once(client, upstream)
        events = [json.loads(line) for line in logs.getvalue().splitlines()]
        [event] = [event for event in events if event["event"] == "cookie_invisible"]
        assert event["portico_host"] == PUBLIC
        assert event["kratos_host"] == BROWSER_KRATOS
        assert event["check"] == "cookies.domain"


class TestBackFromAPage:
    """Where Kratos showed something in between, nobody signed in is nobody signed in."""

    def shown(self, client, upstream, kind, body):
        upstream.asks("login")
        upstream.nobody()
        return_to = query(client.get(LOGIN).headers["Location"])["return_to"]
        upstream.on("GET", f"{KRATOS}/self-service/{kind}/flows", 200, load(body) | {"return_to": return_to})
        client.get(f"/{kind}?flow=f")
        return return_to

    def back_from(self, client, upstream, kind, body):
        return client.get(self.shown(client, upstream, kind, body))

    @each_case("kind, body", [("registration", "unified"), ("registration", "credentials"), ("verification", "passed")])
    def test_who_has_an_account_now_signs_in_and_is_told_so(self, client, upstream, kind, body):
        location = self.back_from(client, upstream, kind, f"{kind}/{body}").headers["Location"]
        assert location.startswith(f"{BROWSER_KRATOS}/self-service/login/browser?")
        assert query(location) == {"return_to": f"{PUBLIC}/login?login_challenge=c&n=2", "notice": "ready"}

    def test_whose_sign_up_failed_at_kratos_is_not_told_of_an_account(self, client, upstream):
        """A hook that answers nonsense, a list of leaked passwords out of reach: Kratos' error page, and from it."""
        self.shown(client, upstream, "registration", "registration/unified")
        upstream.on("GET", f"{KRATOS}/self-service/errors", 200, {"id": "e", "error": {"code": 500}})
        [again] = parsed(client.get("/error?id=e")).select("main a[href*=login_challenge]")
        assert "notice" not in query(client.get(again["href"]).headers["Location"])

    @each_case("kind, body", [("login", "unified"), ("recovery", "email"), ("verification", "code_sent")])
    def test_everybody_else_signs_in(self, client, upstream, kind, body):
        location = self.back_from(client, upstream, kind, f"{kind}/{body}").headers["Location"]
        assert query(location) == {"return_to": f"{PUBLIC}/login?login_challenge=c&n=2"}

    def test_a_cookie_that_is_lost_is_seen_at_the_next_turn(self, client, upstream):
        """Kratos has signed the person in: its login page asks for nothing."""
        sent = self.back_from(client, upstream, "login", "login/unified")
        assert (
            heading(client.get(query(sent.headers["Location"])["return_to"])) == "We can't sign you in without cookies"
        )


def test_a_note_that_another_tab_has_overwritten_is_made_again_by_the_page(client, upstream):
    """N84: two tabs that load at once: the browser keeps the cookies of the one that answers last."""
    upstream.asks("login", request_url=authorize(prompt="login"))
    whoami = upstream.aal2_required()
    return_to = query(client.get(LOGIN).headers["Location"])["return_to"]
    for cookie in ("portico", "portico-way0"):
        client.delete_cookie(cookie)
    issued_at = (NOW + timedelta(milliseconds=300)).isoformat()
    upstream.flow("login/choose_method", return_to=return_to, issued_at=issued_at)
    client.get("/login?flow=f")
    assert client.get_cookie("portico-way0").value.startswith("c!")
    upstream.mock.remove(whoami)
    upstream.signed_in(proofs=[proof(-0.4), proof(-0.6, "totp", "aal2")], aal="aal2")
    upstream.takes("login", "accept")

    assert client.get(return_to).headers["Location"].startswith(BROWSER_HYDRA)


def test_of_two_tabs_of_one_application_the_newer_sign_in_is_gone_on_with(client, upstream):
    """N84: Hydra has the cookie of the newer one alone, and refuses the older; a typo there changes nothing."""
    upstream.asks("login")
    nobody = upstream.nobody()
    returns = [client.get(LOGIN + tab).headers["Location"] for tab in ("older", "newer")]
    older, newer = (query(location)["return_to"] for location in returns)
    for tab in (older, newer, older):
        shown = upstream.flow("login/wrong_password", return_to=tab)
        client.get("/login?flow=f")
        answer = client.get(older)
        upstream.mock.remove(shown)
    assert answer.headers["Location"].startswith(BROWSER_KRATOS)  # as nobody is signed in yet
    upstream.mock.remove(nobody)
    upstream.signed_in(proofs=[proof(-5)])
    assert client.get(older).headers["Location"] == newer.replace("&n=1", "&n=0")

    upstream.takes("login", "accept")
    assert client.get(newer).headers["Location"].startswith(BROWSER_HYDRA)


class TestBegunElsewhere:
    """N85: a way back in a browser that never saw the challenge: by a link in a mail, on a phone."""

    @each_case("who", ["signed_in", "nobody"])
    @each_case("home", ["https://demo.example.org/", f"https://demo.example.org/{'a' * 200}"])
    def test_nothing_is_answered_and_the_person_is_told_where_to_go_on(self, client, upstream, who, home):
        upstream.asks("login", client={"client_uri": home})
        getattr(upstream, who)()
        page = client.get(f"{LOGIN}&n=1")
        assert (page.status_code, heading(page)) == (200, "Continue where you started")
        assert parsed(page).find("a", {"href": home})

    @each_case("proofs, aal", [([proof(30)], "aal1"), ([proof(99), proof(5, "totp", "aal2")], "aal2")])
    def test_who_has_just_signed_in_began_here_where_another_tabs_note_was_kept(self, client, upstream, proofs, aal):
        """N84: of two tabs that were restored at once every second one ended in that page, for good."""
        upstream.asks("login")
        upstream.signed_in(proofs=proofs, aal=aal)
        upstream.takes("login", "accept")
        assert client.get(f"{LOGIN}&n=1").headers["Location"].startswith(BROWSER_HYDRA)

    def test_who_signed_in_more_than_half_a_minute_ago_did_so_for_something_else(self, client, upstream):
        upstream.asks("login")
        upstream.signed_in(proofs=[proof(31)])
        assert heading(client.get(f"{LOGIN}&n=1")) == "Continue where you started"

    @each_case("method", ["link_recovery", "code_recovery"])
    @each_case("demand", [{"prompt": "login"}, {"max_age": "0"}])
    def test_who_recovered_elsewhere_proves_nothing_more_there(self, client, upstream, method, demand):
        """A sign-in that ends in this browser would end in Hydra's request_forbidden."""
        upstream.asks("login", request_url=authorize(**demand))
        upstream.signed_in(proofs=[proof(5, method)])
        assert heading(client.get(f"{LOGIN}&n=1")) == "Continue where you started"

    def test_who_has_given_a_password_proves_it_again(self, client, upstream):
        """The note may be lost in the right browser too."""
        upstream.asks("login", request_url=authorize(prompt="login"))
        upstream.signed_in(proofs=[proof(5, "code_recovery"), proof(60)])
        assert client.get(f"{LOGIN}&n=1").status_code == 303

    @each_case("uri", ["http://demo.example.org/", "javascript:alert(1)", None])
    def test_a_link_that_is_not_https_is_left_out(self, client, upstream, uri):
        """N14."""
        upstream.asks("login", client={"client_uri": uri})
        upstream.nobody()
        assert parsed(client.get(f"{LOGIN}&n=1")).find("main").find("a") is None


def test_a_challenge_that_comes_back_too_often_is_given_up(client, upstream):
    """N11."""
    upstream.asks("login", request_url=authorize(prompt="login"))
    upstream.signed_in()
    page = client.get(f"{LOGIN}&n=8")
    assert heading(page) == "We couldn't sign you in"


def test_an_old_address_of_an_answered_challenge_starts_over_once(client, upstream):
    upstream.asks("login", request_url=authorize(prompt="login"))
    whoami = upstream.signed_in()
    client.get(LOGIN)
    upstream.mock.remove(whoami)
    upstream.signed_in(proofs=[proof(60), proof(-5)], now=NOW + timedelta(seconds=9))
    upstream.takes("login", "accept")
    client.get(f"{LOGIN}&n=8")
    assert query(client.get(f"{LOGIN}&n=8").headers["Location"])["refresh"] == "true"
    assert heading(client.get(f"{LOGIN}&n=8")) == "We couldn't sign you in"


def test_a_browser_that_keeps_no_cookie_is_not_sent_round_for_ever(client_with, upstream):
    """N30: a lost marker costs another sign-in, so a browser without cookies would never arrive."""
    upstream.asks("login", request_url=authorize(prompt="login"))
    upstream.signed_in()
    where, round_trips = LOGIN, 0
    while (response := client_with().get(where)).status_code == 303 and round_trips < 20:
        where, round_trips = query(response.headers["Location"])["return_to"], round_trips + 1
    assert round_trips == 8
    assert response.status_code == 400


def test_an_accept_that_hydra_answers_with_prompt_login_again_and_again_ends_at_a_page(client, upstream):
    """N11: each new challenge costs a proof of the person, never a second silent accept; a challenge alone ends too."""
    first = upstream.asks("login")
    upstream.signed_in()
    upstream.takes("login", "accept", authorize(prompt="login"))
    assert client.get(LOGIN).headers["Location"] == authorize(prompt="login")
    upstream.mock.remove(first)
    upstream.asks("login", request_url=authorize(prompt="login"))
    where, hops = "/login?login_challenge=d", 0
    while (response := client.get(where)).status_code == 303 and hops < 12:
        assert query(response.headers["Location"])["refresh"] == "true"
        where, hops = query(response.headers["Location"])["return_to"], hops + 1

    assert (hops, heading(response)) == (8, "We couldn't sign you in")
    assert len(upstream.sent("PUT")) == 1


@each_case("n", ["x", "-1", "1e3", "٣", "99999"])
def test_a_hop_count_nobody_wrote_counts_as_none(client, upstream, n):
    upstream.asks("login")
    upstream.nobody()
    location = client.get("/login", query_string={"login_challenge": "c", "n": n}).headers["Location"]
    assert query(query(location)["return_to"])["n"] == "1"


@each_case(
    "challenge", ["a b", "a\0", "é", "a\nb", "<script>", "a&b", 'a"b', "a#b", "a?b", "%", "😀", "x" * 16385, "a\u2028b"]
)
def test_a_challenge_of_impossible_characters_goes_nowhere(client, upstream, challenge):
    """N25 N39 N38."""
    response = client.get("/login", query_string={"login_challenge": challenge})
    assert response.status_code == 400
    assert "Location" not in response.headers


@each_case("raw", ["%ff", "%c0%ae", "%ed%a0%80", "a%20b", "a+b+", "%2e%2e%2f%00", "a%26accept=1", "a&accept=1#x"])
@each_case("kind", ["login", "consent", "logout"])
def test_a_challenge_in_odd_encodings_reaches_hydra_as_one_parameter_or_not_at_all(client, upstream, kind, raw):
    """N39: overlong and broken UTF-8, spaces, another parameter inside."""
    upstream.mock.assert_all_requests_are_fired = False
    upstream.on("GET", upstream.url(kind), 404)
    upstream.nobody()
    client.get(f"/{kind}?{kind}_challenge={raw}")
    assert [query(call.url) for call in upstream.sent("GET", "requests")] in ([], [{f"{kind}_challenge": "a"}])


@each_case("challenge", ["../../clients", "a//b", "a/../b", "a=b=", "~.-_"])
def test_a_challenge_that_looks_like_a_path_is_a_parameter_all_the_same(client, upstream, challenge):
    """N39."""
    upstream.on("GET", upstream.url("login"), 404)
    client.get("/login", query_string={"login_challenge": challenge})
    [call] = upstream.sent("GET", "requests")
    assert call.url.partition("?")[0] == upstream.url("login")
    assert query(call.url) == {"login_challenge": challenge}


@each_case("length", [1, 1100, 4000, 6000, 8000, 16384])
def test_long_challenges_travel_whole(client, upstream, length):
    """N38."""
    challenge = "x" * length
    upstream.asks("login")
    upstream.nobody()
    location = client.get("/login", query_string={"login_challenge": challenge}).headers["Location"]
    assert query(query(location)["return_to"])["login_challenge"] == challenge


@each_case("name", ["login_challenge", "n", "flow"])
def test_a_parameter_given_twice_is_refused(client, upstream, name):
    """N37."""
    if name == "n":
        upstream.asks("login")
        upstream.nobody()
    extra = "login_challenge=c&" if name == "n" else ""
    assert client.get(f"/login?{extra}{name}=1&{name}=2").status_code == 400


def test_registration_is_answered_by_the_same_rules(client, upstream):
    upstream.asks("login", request_url=authorize(prompt="registration"))
    upstream.nobody()
    location = client.get("/registration?login_challenge=c").headers["Location"]
    assert query(query(location)["return_to"])["login_challenge"] == "c"


@each_case("kind", ["registration", "login"])
def test_the_schema_an_application_asks_for_is_who_signs_up(client, upstream, kind):
    """Hydra passes it on to the page; who is signed in has theirs already."""
    upstream.asks("login", request_url=authorize(prompt="login", identity_schema="a customer"))
    upstream.nobody()
    begun = client.get(f"/{kind}?login_challenge=c&identity_schema=a+customer").headers["Location"]
    back = client.get("/login?login_challenge=c").headers["Location"]  # from Kratos, to an address of ours
    upstream.signed_in()
    again = client.get("/login?login_challenge=c").headers["Location"]
    assert [query(url).get("identity_schema") for url in (begun, back, again)] == ["a customer", "a customer", None]
    assert begun.startswith(f"{BROWSER_KRATOS}/self-service/{kind}/browser?")


def test_so_is_one_that_only_hydra_has_read(client, upstream):
    """Of what came by `request_uri` or POST there is nothing in the request's own address."""
    upstream.asks("login", request_url=f"{BROWSER_HYDRA}/oauth2/auth?client_id=demo&request_uri=urn:x")
    upstream.nobody()
    begun = client.get("/login?login_challenge=c&identity_schema=customer").headers["Location"]
    assert query(begun)["identity_schema"] == "customer"


def test_where_nobody_can_sign_up_an_application_that_asks_for_it_gets_a_sign_in(client_with, upstream):
    """Kratos would say on an error page that it is switched off, and the application would hear nothing."""
    upstream.asks("login", request_url=authorize(prompt="registration"))
    upstream.nobody()
    location = client_with(kratos_flows=["recovery"]).get("/registration?login_challenge=c").headers["Location"]
    assert location.startswith(f"{BROWSER_KRATOS}/self-service/login/browser?")


def test_registration_without_a_challenge_begins_a_flow_of_kratos(client, upstream):
    assert client.get("/registration").headers["Location"] == f"{BROWSER_KRATOS}/self-service/registration/browser"


@each_case("path", [LOGIN, "/consent?consent_challenge=c", "/registration?login_challenge=c"])
def test_without_hydras_address_there_are_no_oauth2_pages(client_with, upstream, path):
    """D12 N58: not only their links are gone."""
    client = client_with(hydra_admin_url="")
    assert client.get(path).status_code == 404


@each_case(
    "path, action",
    [
        *(("/consent", "accept"), ("/consent/account", "another"), ("/login/cancel", "cancel")),
        *(("/login/account", "continue"), ("/device", "accept"), ("/apps", "all")),
    ],
)
def test_without_hydras_address_nothing_can_be_posted_to_them_either(client_with, upstream, path, action):
    """N58."""
    upstream.mock.assert_all_requests_are_fired = False
    upstream.signed_in()
    client = client_with(hydra_admin_url="")
    body = [*fields(client.get("/logout"), "/logout"), *((f"{kind}_challenge", "c") for kind in KINDS)]
    assert client.send(path, [*body, ("action", action)]).status_code == 404


def test_only_the_cookies_of_the_browser_reach_kratos(client, upstream):
    """N99: whoami would honour a token in a header before the cookie."""
    upstream.asks("login")
    upstream.nobody()
    client.get(LOGIN, headers={"Authorization": "Bearer evil", "X-Session-Token": "evil", "X-Forwarded-For": "1.2.3.4"})
    [whoami] = upstream.sent("GET", "whoami")
    assert "ory_kratos_session=the-session-cookie" in whoami.headers["Cookie"]
    assert not {"Authorization", "X-Session-Token", "X-Forwarded-For"} & set(whoami.headers)


def test_hydra_is_sent_no_cookie(client, upstream):
    """N99."""
    upstream.asks("login")
    upstream.signed_in()
    upstream.takes("login", "accept")
    client.get(LOGIN)
    assert [call for call in upstream.sent("PUT") + upstream.sent("GET", HYDRA) if "Cookie" in call.headers] == []
