"""The applications that may use the person's account, and disconnecting them (`/apps`)."""

from typing import Any

import pytest

from app.ory import transport
from tests.payloads.bodies import load
from tests.support.cases import each_case
from tests.support.pages import fields, heading, parsed, words
from tests.support.upstream import ADA, BOB, BROWSER_KRATOS, CLIENT, HYDRA, KRATOS, PUBLIC, authorize, query

LIST = f"{HYDRA}/admin/oauth2/auth/sessions/consent"
ALL = ("action", "all")
DEMO = ("client", "demo")


def consent(client_id: str = "demo", request_url: str = "", client: Any = None, **about: Any) -> dict[str, Any]:
    """A consent session as Hydra tells it."""
    request = {"client": CLIENT | {"client_id": client_id} | (client or {}), "request_url": request_url or authorize()}
    body = {"grant_scope": ["openid", "email"], "remember": False, "remember_for": 0}
    return body | {"handled_at": "2026-11-20T09:00:00Z", "consent_request": request} | about


def allowed(upstream, *consents, more=""):
    """What the person allowed; `more` is the token of a next page."""
    link = f'</c?page_token=0>; rel="first",</c?page_size=50&page_token={more}>; rel="next"'
    return upstream.on("GET", LIST, body=list(consents), headers={"Link": link} if more else {})


def opened(client, upstream, *consents):
    """The page of Ada, who allowed this."""
    upstream.signed_in()
    allowed(upstream, *consents)
    return client.get("/apps")


def sections(page):
    return parsed(page).select("main section")


def facts(section):
    return [row.get_text(" ", strip=True) for row in section.select("dl > div")]


def deleted(upstream):
    """What Hydra was told to end."""
    return [query(call.url) for call in upstream.sent("DELETE")]


class TestList:
    def test_an_application_is_told_in_words(self, client, upstream):
        page = opened(client, upstream, consent())

        section, _ = sections(page)
        assert words(section.h2) == "Demo"
        assert facts(section) == [
            "Website app.example.org",
            ("Can See your account ID See your email address, and whether it's verified"),
            "Since 20 November 2026, 09:00 UTC",
            "Asks for permission every time you sign in",
        ]
        assert section.time["datetime"] == "2026-11-20T09:00:00Z"

    def test_scopes_have_the_operators_words(self, client_with, upstream):
        client = client_with(scopes={"photos": "Look at your pictures"})
        page = opened(client, upstream, consent(grant_scope=["photos"]))
        assert "Look at your pictures" in page.text

    @each_case(
        "about, when",
        [
            ({"remember": True}, "not anymore: you chose not to be asked again"),
            ({"remember": True, "remember_for": 86400}, "again after 21 November 2026, 09:00 UTC"),
            ({"client": {"skip_consent": True}}, "never: your administrator allows it for everyone"),
        ],
    )
    def test_whether_it_asks_again(self, client, upstream, about, when):
        assert facts(sections(opened(client, upstream, consent(**about)))[0])[-1] == f"Asks for permission {when}"

    def test_the_operators_own_application_comes_back_by_itself_which_is_told(self, client, upstream):
        own, other = consent("own", client={"skip_consent": True}), consent()
        page = opened(client, upstream, own, other)
        first, second, _ = sections(page)
        assert "it gets access again" in words(first)
        assert "it gets access again" not in words(second)
        assert words(parsed(page).main).count("It will ask for your permission first") == 1
        assert "It will ask for your permission first" not in words(parsed(opened(client, upstream, own)).main)

    def test_several_consents_of_one_application_are_one_entry(self, client, upstream):
        page = opened(client, upstream, consent(), consent(remember=True), consent("other"))
        assert [button["value"] for button in parsed(page).select("button[name=client]")] == ["demo", "other"]

    def test_the_page_says_what_disconnecting_does(self, client, upstream):
        text = words(parsed(opened(client, upstream, consent())).main)
        assert "If you remove one, it keeps what it already has" in text
        assert "it keeps what it already has" in text

    def test_nothing_allowed_is_told_and_all_can_be_disconnected_all_the_same(self, client, upstream):
        """A remembered consent that has run out is not listed, but its refresh token lives on."""
        page = opened(client, upstream)
        assert "No connected apps to show." in page.text
        assert [button["value"] for button in parsed(page).select("main button")] == ["all"]

    def test_a_hostile_application_is_only_text(self, client, upstream):
        hostile = {"client_name": "<script>alert(1)</script>", "client_id": '"><img src=x>'}
        request_url = authorize(redirect_uri="https://<b>.example/")
        page = opened(client, upstream, consent(request_url=request_url, client=hostile, grant_scope=["<i>all</i>"]))
        assert not parsed(page).main.find_all(["script", "img", "b", "i"])
        assert "<i>all</i>" in words(parsed(page).main)

    def test_hydra_is_asked_about_the_person_whoami_names(self, client, upstream):
        """N59: nothing a browser sends can name another subject."""
        upstream.signed_in()
        allowed(upstream)
        client.get(f"/apps?subject={BOB}")
        [request] = upstream.sent("GET", "/sessions/consent")
        assert request.url == f"{LIST}?page_size=10&page_token=&subject={ADA}"

    def test_all_pages_are_read(self, client, upstream):
        upstream.signed_in()
        allowed(upstream, consent("one"), more="next")
        allowed(upstream, consent("two"))
        page = client.get("/apps")
        assert len(parsed(page).select("button[name=client]")) == 2
        assert "page_token=next" in upstream.sent("GET", "/sessions/consent")[1].url
        assert "more connected apps than" not in page.text

    def test_there_is_an_end_to_it_which_is_told(self, client, upstream):
        upstream.signed_in()
        listed = allowed(upstream, consent(), more="again")
        page = client.get("/apps")
        assert listed.call_count == 21  # 10, then 50 at a time
        assert "There are more connected apps than this 1." in page.text

    def test_each_part_of_a_long_list_has_an_address(self, client, upstream):
        upstream.signed_in()
        allowed(upstream, *[consent(f"client-{number:02}") for number in range(25)])
        page = parsed(client.get("/apps?page=2"))
        assert len(page.select("button[name=client]")) == 5
        assert [link["href"] for link in page.select("nav.pages a")] == ["?page=1"]

    def test_the_larger_the_items_the_smaller_the_pages(self, client, upstream):
        """N95: any client can have any metadata, and comes with it in every item."""
        upstream.signed_in()
        allowed(upstream, *[consent(str(n), client={"metadata": {"x": "y" * 800_000}}) for n in range(10)], more="next")
        allowed(upstream, *[consent(f"b{n}", client={"metadata": {"x": "y" * 800_000}}) for n in range(5)], more="last")
        allowed(upstream, consent("small"))
        page = client.get("/apps")
        assert len(parsed(page).select("button[name=client]")) == 16
        assert [query(call.url)["page_size"] for call in upstream.sent("GET", "/sessions/consent")] == ["10", "5", "5"]

    def test_items_too_large_for_a_page_are_asked_for_one_by_one(self, client, upstream, monkeypatch):
        upstream.signed_in()
        monkeypatch.setattr(transport, "MAX_REPLY", 100_000)
        allowed(upstream, *[consent(str(n), client={"metadata": "x" * 60_000}) for n in range(2)])
        allowed(upstream, consent("0", client={"metadata": "x" * 60_000}), more="next")
        allowed(upstream, consent("1"))
        page = client.get("/apps")
        assert len(parsed(page).select("button[name=client]")) == 2
        assert [query(call.url)["page_size"] for call in upstream.sent("GET", "/sessions/consent")] == ["10", "1", "50"]

    @each_case("failure", [(500, {}), (200, b"[")])
    def test_what_was_read_before_a_failure_is_shown_as_not_all(self, client, upstream, failure):
        upstream.signed_in()
        allowed(upstream, consent(), more="next")
        upstream.on("GET", LIST, *failure)
        page = client.get("/apps")
        assert page.status_code == 200
        assert "There are more connected apps than this 1." in page.text

    @each_case("failure", [(500, {}), (200, {}), (429, {})])
    def test_a_list_that_cannot_be_read_takes_no_button_away(self, client, upstream, failure):
        upstream.signed_in()
        upstream.on("GET", LIST, *failure)
        upstream.on("DELETE", LIST, 204, b"")
        page = client.get("/apps")
        assert "can't list your" in page.text
        assert client.submit(page, "/apps", ALL).status_code == 303
        assert deleted(upstream) == [{"subject": ADA, "all": "true"}]
        assert "Remove all apps" in client.get("/apps").text  # as the page still says, right after it was done, too

    @each_case("failure", [(500, {}), (200, b"[")])
    def test_one_application_can_be_disconnected_although_the_list_cannot_be_read_now(self, client, upstream, failure):
        page = opened(client, upstream, consent())
        upstream.mock.remove("GET", LIST)
        upstream.on("GET", LIST, *failure)
        upstream.on("DELETE", LIST, 204, b"")
        client.submit(page, "/apps", DEMO)
        assert deleted(upstream) == [{"subject": ADA, "client": "demo"}]

    def test_also_one_that_is_further_down_than_the_list_is_read(self, client, upstream):
        upstream.signed_in()
        allowed(upstream, consent("other"), more="again")
        upstream.on("DELETE", LIST, 204, b"")
        client.submit(client.get("/apps"), "/apps", DEMO)
        assert deleted(upstream) == [{"subject": ADA, "client": "demo"}]

    @each_case("status, headers, wait", [(429, {"Retry-After": "17"}, "17"), (429, {}, None), (503, {}, "5")])
    def test_it_says_when_to_ask_for_the_list_again(self, client, upstream, status, headers, wait):
        upstream.signed_in()
        upstream.on("GET", LIST, status, {}, headers=headers)
        page = client.get("/apps")
        assert (page.status_code, page.headers.get("Retry-After")) == (status, wait)

    @each_case("status, body, shown", [(500, {}, 503), (200, {}, 502), (404, {}, 502)])
    def test_a_list_that_cannot_be_read_is_an_error_and_no_empty_page(self, client, upstream, status, body, shown):
        upstream.signed_in()
        upstream.on("GET", LIST, status, body)
        assert client.get("/apps").status_code == shown

    def test_without_hydra_there_is_no_such_page(self, client_with):
        client = client_with(hydra_admin_url="", hydra_public_url="")
        assert client.get("/apps").status_code == 404


class TestNobody:
    def test_signs_in_first_and_comes_back(self, client, upstream):
        upstream.nobody()
        target = client.get("/apps").headers["Location"]
        assert target.startswith(f"{BROWSER_KRATOS}/self-service/login/browser?")
        assert query(target) == {"return_to": f"{PUBLIC}/apps?n=1"}

    def test_a_second_factor_is_given_first(self, client, upstream):
        upstream.aal2_required()
        target = client.get("/apps?n=1").headers["Location"]
        assert query(target) == {"aal": "aal2", "return_to": f"{PUBLIC}/apps?n=2"}

    def test_who_came_back_gets_the_plain_address(self, client, upstream):
        upstream.signed_in()
        assert client.get("/apps?n=1").headers["Location"] == f"{PUBLIC}/apps"

    def test_whose_cookie_does_not_reach_us_is_told_so(self, client, upstream):
        upstream.nobody()
        client.get("/apps")
        assert heading(client.get("/apps?n=1")) == "We can't sign you in without cookies"

    def test_who_was_shown_a_page_in_between_is_not_told_that(self, client, upstream):
        """Signing up where Kratos signs nobody in, confirming an address: then comes signing in."""
        upstream.nobody()
        upstream.flow("login/choose_method")
        client.get("/apps")
        for round_trips in range(1, 6):
            client.get("/login?flow=f")
            assert client.get(f"/apps?n={round_trips}").status_code == 303

    def test_who_keeps_no_cookie_is_not_sent_round_for_ever(self, client, upstream):
        upstream.nobody()
        assert heading(client.without_jar().get("/apps?n=8")) == "We can't sign you in without cookies"

    def test_a_count_that_is_none_of_ours_says_nothing_of_cookies(self, client, upstream):
        upstream.nobody()
        assert client.without_jar().get("/apps?n=999").status_code == 303

    def test_who_has_just_signed_up_signs_in_and_is_told_why(self, client, upstream):
        upstream.nobody()
        body = load("registration/unified") | {"return_to": f"{PUBLIC}/apps?n=1", "request_url": ""}
        upstream.on("GET", f"{KRATOS}/self-service/registration/flows", 200, body)
        client.get("/registration?flow=f")
        assert query(client.get("/apps?n=1").headers["Location"])["notice"] == "ready"

    def test_who_has_just_signed_up_and_owes_a_second_factor_is_not_told_to_sign_in(self, client, upstream):
        upstream.aal2_required()
        body = load("registration/unified") | {"return_to": f"{PUBLIC}/apps?n=1", "request_url": ""}
        upstream.on("GET", f"{KRATOS}/self-service/registration/flows", 200, body)
        client.get("/registration?flow=f")
        for page in ("/apps?n=1", "/settings"):
            assert "notice" not in query(client.get(page).headers["Location"])
            client.get("/registration?flow=f")

    def test_who_has_been_shown_another_page_since_has_not_just_signed_up(self, client, upstream):
        upstream.nobody()
        for kind in ("registration", "login"):
            body = load(f"{kind}/unified") | {"return_to": f"{PUBLIC}/apps?n=1", "request_url": ""}
            upstream.on("GET", f"{KRATOS}/self-service/{kind}/flows", 200, body)
            client.get(f"/{kind}?flow=f")
        assert "notice" not in query(client.get("/apps?n=1").headers["Location"])

    def test_who_went_to_an_application_since_has_not_just_signed_up(self, client, upstream):
        upstream.nobody()
        upstream.asks("login")
        body = load("registration/unified") | {"return_to": f"{PUBLIC}/apps?n=1", "request_url": ""}
        upstream.on("GET", f"{KRATOS}/self-service/registration/flows", 200, body)
        client.get("/registration?flow=f")
        client.get("/login?login_challenge=c")
        assert "notice" not in query(client.get("/apps?n=1").headers["Location"])

    @each_case("state", ["nobody", "aal2_required"])
    @each_case("press", [DEMO, ALL])
    def test_disconnects_nothing(self, client, upstream, state, press):
        signed_in = upstream.signed_in()
        allowed(upstream, consent())
        page = client.get("/apps")
        upstream.mock.remove(signed_in)
        getattr(upstream, state)()
        assert client.submit(page, "/apps", press).headers["Location"] == f"{PUBLIC}/apps"
        assert deleted(upstream) == []


class TestDisconnect:
    def test_the_button_names_its_application(self, client, upstream):
        page = parsed(opened(client, upstream, consent()))
        [button] = page.select("button[name=client]")
        assert words(page.find(id=button["aria-labelledby"].split()[-1])) == "Demo"

    def test_pressing_it_ends_what_this_person_allowed_to_that_one(self, client, upstream):
        page = opened(client, upstream, consent(), consent("other"))
        upstream.on("DELETE", LIST, 204, b"")
        response = client.submit(page, "/apps", DEMO)
        assert response.headers["Location"] == f"{PUBLIC}/apps"
        assert deleted(upstream) == [{"subject": ADA, "client": "demo"}]

    def test_all_of_this_person_end_with_one_press(self, client, upstream):
        page = opened(client, upstream, consent(), consent("other"))
        upstream.on("DELETE", LIST, 204, b"")
        client.submit(page, "/apps", ALL)
        assert deleted(upstream) == [{"subject": ADA, "all": "true"}]

    @each_case("press, beginning", [(DEMO, "The app's access is"), (ALL, "All apps are")])
    def test_the_page_says_so_once(self, client, upstream, press, beginning):
        page = opened(client, upstream, consent())
        upstream.on("DELETE", LIST, 204, b"")
        client.submit(page, "/apps", press)
        assert f"{beginning} removed." in client.get("/apps").text
        assert f"{beginning} removed." not in client.get("/apps").text

    def test_when_hydra_fails_the_person_hears_of_it_and_nothing_is_said_to_be_done(self, client, upstream):
        page = opened(client, upstream, consent())
        upstream.on("DELETE", LIST, 503)
        assert client.submit(page, "/apps", DEMO).status_code == 503
        assert "removed." not in client.get("/apps").text

    def test_an_odd_client_id_stays_one_parameter(self, client, upstream):
        odd = "a&all=true&subject=x#?/../__subject__"
        page = opened(client, upstream, consent(odd))
        upstream.on("DELETE", LIST, 204, b"")
        client.submit(page, "/apps", ("client", odd))
        assert deleted(upstream) == [{"subject": ADA, "client": odd}]


class TestTampering:
    """N59: only what is the person's own, and only from a page of ours."""

    @each_case("other", ["bobs", "demo&all=true", "demo&subject=bob-identity", "demo ", "*"])
    def test_an_application_that_is_not_in_the_persons_list_is_not_disconnected(self, client, upstream, other):
        page = opened(client, upstream, consent())
        response = client.submit(page, "/apps", ("client", other))
        assert response.headers["Location"] == f"{PUBLIC}/apps"
        assert deleted(upstream) == []

    def test_a_subject_in_the_form_or_address_is_not_looked_at(self, client, upstream):
        page = opened(client, upstream, consent())
        upstream.on("DELETE", LIST, 204, b"")
        body = [*fields(page, "/apps"), ("subject", BOB), DEMO]
        client.send(f"/apps?subject={BOB}&client=other", body)
        assert deleted(upstream) == [{"subject": ADA, "client": "demo"}]

    @each_case("press", [DEMO, ALL])
    def test_a_page_opened_by_another_person_disconnects_nothing(self, client, upstream, press):
        """N90: two tabs: Bob has signed in since Ada opened hers."""
        ada = upstream.signed_in()
        allowed(upstream, consent())
        page = client.get("/apps")
        upstream.mock.remove(ada)
        upstream.signed_in(BOB)
        assert client.submit(page, "/apps", press).headers["Location"] == f"{PUBLIC}/apps"
        assert deleted(upstream) == []

    @each_case(
        "body",
        [[], [("client", "")], [DEMO, DEMO], [DEMO, ALL], [DEMO, ("action", "x")], [("action", "others")], [ALL, ALL]],
    )
    def test_a_form_no_page_of_ours_has_disconnects_nothing(self, client, upstream, body):
        page = opened(client, upstream, consent())
        assert client.send("/apps", fields(page, "/apps") + body).status_code == 400
        assert deleted(upstream) == []

    @each_case("press", [DEMO, ALL])
    def test_a_forged_form_shows_the_page_again_and_disconnects_nothing(self, client, upstream, press):
        opened(client, upstream, consent())
        page = client.send("/apps", [press])
        assert (page.status_code, heading(page)) == (400, "Connected apps")
        assert "so nothing has been decided yet" in page.text
        assert deleted(upstream) == []

    def test_a_form_from_another_site_disconnects_nothing(self, client, upstream):
        page = opened(client, upstream, consent())
        foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
        answer = client.send("/apps", [*fields(page, "/apps"), ALL], headers=foreign)
        assert answer.status_code == 400
        assert deleted(upstream) == []

    def test_a_get_disconnects_nothing(self, client, upstream):
        opened(client, upstream, consent())
        assert client.get("/apps?client=demo&action=all").status_code == 200
        assert deleted(upstream) == []


@pytest.mark.parametrize("press", [("client", "billing"), ALL])
def test_what_is_logged_names_nobody_but_by_id(client, upstream, logs, press):
    page = opened(client, upstream, consent("billing", "A private application"))
    upstream.on("DELETE", LIST, 204, b"")
    client.submit(page, "/apps", press)
    assert '"event": "authn_token_revoked"' in logs.getvalue()
    assert not [word for word in ("A private application", "ada@example.org") if word in logs.getvalue()]


def test_an_application_that_was_not_allowed_is_in_the_log(client, upstream, logs):
    client.submit(opened(client, upstream, consent()), "/apps", ("client", "bobs"))
    assert '"event": "authz_fail"' in logs.getvalue()
