"""Where the person is signed in, and ending that elsewhere (`/sessions`)."""

from kratos.sandbox.bodies import fill
from tests.support.cases import each_case
from tests.support.pages import fields, heading, parsed, words
from tests.support.upstream import ADA, BOB, BROWSER_KRATOS, HYDRA, KRATOS, PUBLIC, owning, proof, query, session

LIST = f"{KRATOS}/sessions"
PHONE, LAPTOP = "6afc0bd6-3dd0-4b67-b1e2-e66152260225", "1853dc42-f51a-4d86-bf20-1096a63f6b8f"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/26.0 Mobile/15E148 Safari/604.1"
)
OTHERS = ("action", "others")
HYDRAS = f"{HYDRA}/admin/oauth2/auth/sessions/login"


def device(agent=FIREFOX, address="192.0.2.7:58474", place="Leipzig, DE"):
    """A device as Kratos tells it."""
    return [{"id": "device-1", "ip_address": address, "user_agent": agent, "location": place}]


def others(upstream, *sessions, more=""):
    """The other sessions of the person; `more` is the token of a next page."""
    link = f'</sessions?page=1&page_size=50&page_token={more}&per_page=50>; rel="next",</sessions>; rel="last"'
    return upstream.on("GET", LIST, body=list(sessions), headers={"Link": link if more else '</sessions>; rel="last"'})


def opened(client, upstream, *sessions, **about):
    """The page of a person with these other sessions."""
    upstream.signed_in(devices=device(), **about)
    others(upstream, *sessions)
    return client.get("/sessions")


def phone(**about):
    """A session on a telephone."""
    return session(id=PHONE, devices=device(SAFARI)) | about


def ending(upstream, session_id=PHONE, status=204):
    """Kratos is asked to end one."""
    upstream.on("DELETE", f"{LIST}/{session_id}", status, b"" if status == 204 else fill("errors/no_session"))


class TestList:
    def test_this_device_comes_first_and_can_only_be_signed_out(self, client, upstream):
        page = opened(client, upstream)
        [section] = parsed(page).select("main section")
        assert words(section.h2) == "This device: Firefox on Linux"
        assert words(section.a) == "Sign out"
        assert section.a["href"] == "/logout"
        assert {button["value"] for button in parsed(page).select("main button")} == {"last_used_off"}
        assert "You're not signed in anywhere else." in words(parsed(page).main)

    def test_another_device_is_told_in_words(self, client, upstream):
        proofs = [proof(60), proof(60, "totp", "aal2")]
        about = {"authentication_methods": proofs, "authenticator_assurance_level": "aal2"}
        page = opened(client, upstream, phone(**about, issued_at="2026-11-21T09:00:00.5Z"))

        section = parsed(page).select("main section")[1]
        assert words(section.h2) == "Safari on iPhone"
        assert [" ".join(row.get_text(" ").split()) for row in section.select("dl div")] == [
            "Signed in 21 November 2026, 09:00 UTC (3 hours ago)",
            "Sign-in method password and authenticator app (two-step verification)",
            "Location Leipzig, DE",
            "IP address 192.0.2.7",
        ]
        assert section.time["datetime"] == "2026-11-21T09:00:00Z"
        assert section.h2.svg["aria-hidden"] == "true"

    def test_what_is_not_known_is_left_out(self, client, upstream):
        bare = phone(issued_at=None, authenticated_at=None, authentication_methods=None, devices=[])
        section = parsed(opened(client, upstream, bare)).select("main section")[1]
        assert words(section.h2) == "Unknown browser"
        assert not section.select("dl div")

    def test_a_hostile_user_agent_and_place_are_only_text(self, client, upstream):
        hostile = device("<script>alert(1)</script> Firefox/1", "<img src=x>", "<b>here</b>")
        page = opened(client, upstream, phone(devices=hostile))
        assert not parsed(page).main.find_all(["script", "img", "b"])
        assert "<b>here</b>" in words(parsed(page).main)

    def test_what_is_over_or_nobodys_is_left_out(self, client, upstream):
        page = opened(client, upstream, phone(active=False), phone(identity=None), "x", None)
        assert len(parsed(page).select("main section")) == 1

    def test_what_is_asked_of_kratos_is_asked_as_this_browser(self, client, upstream):
        opened(client, upstream)
        [request] = upstream.sent("GET", "/sessions?")
        assert "ory_kratos_session=the-session-cookie" in request.headers["Cookie"]

    def test_no_answer_of_it_is_kept(self, client, upstream):
        assert opened(client, upstream).headers["Cache-Control"] == "no-store"


class TestPages:
    def test_all_pages_are_read(self, client, upstream):
        upstream.signed_in()
        others(upstream, phone(), more="next token=")
        others(upstream, session(id=LAPTOP))

        page = client.get("/sessions")

        assert len(parsed(page).select("button[name=session]")) == 2
        assert [call.url.partition("?")[2] for call in upstream.sent("GET", "/sessions?")] == [
            "page_size=50&page_token=",
            "page_size=50&page_token=next%20token=",
        ]
        assert "on more devices" not in page.text

    def test_there_is_an_end_to_it_which_is_told(self, client, upstream):
        upstream.signed_in()
        listed = others(upstream, *[session(id=f"{number:08}{PHONE[8:]}") for number in range(50)], more="again")
        page = client.get("/sessions")
        assert listed.call_count == 5
        assert "on more devices than these" not in page.text
        assert parsed(page).select("button[value=others]")
        last = client.get("/sessions?page=13")
        assert "You're signed in on more devices than these 250." in words(parsed(last).main)

    @each_case(
        "query, first, count, links",
        [
            ("", 0, 20, ["?page=2"]),
            ("?page=2", 20, 20, ["?page=1", "?page=3"]),
            ("?page=3", 40, 5, ["?page=2"]),
            ("?page=99", 40, 5, ["?page=2"]),
            ("?page=0", 0, 20, ["?page=2"]),
            ("?page=-1", 0, 20, ["?page=2"]),
            ("?page=x", 0, 20, ["?page=2"]),
            ("?page=%D9%A2", 20, 20, ["?page=1", "?page=3"]),
            ("?page=" + "9" * 5000, 0, 20, ["?page=2"]),
        ],
    )
    def test_each_part_of_a_long_list_has_an_address(self, client, upstream, query, first, count, links):
        upstream.signed_in()
        ids = [f"{number:08}{PHONE[8:]}" for number in range(45)]
        others(upstream, *[session(id=session_id) for session_id in ids])
        page = parsed(client.get(f"/sessions{query}"))
        assert [button["value"] for button in page.select("button[name=session]")] == ids[first : first + count]
        assert [link["href"] for link in page.select("nav.pages a")] == links
        assert page.select_one("[action='/language'] [name=back]")["value"].startswith("/sessions")

    def test_a_list_of_one_part_names_no_others(self, client, upstream):
        assert not parsed(opened(client, upstream, phone())).select("nav.pages")

    def test_an_empty_page_is_the_last_whatever_kratos_says_of_a_next_one(self, client, upstream):
        """Of a list of none it names a next page, and after that one another: the way of most people's lists."""
        upstream.signed_in()
        listed = others(upstream, more="again")
        page = client.get("/sessions")
        assert listed.call_count == 1
        assert "on more devices" not in page.text

    @each_case("trait, size", [(100, 50), (600_000, 6), (5_000_000, 1)])
    def test_the_larger_the_person_the_smaller_the_pages(self, client, upstream, trait, size):
        """N95: each item has the whole identity in it, and the page before may not be another size than the next."""
        large = {"id": ADA, "traits": {"email": "ada@example.org", "about": "x" * trait}}
        upstream.signed_in(identity=large)
        others(upstream, phone(identity=large), more="next")
        others(upstream, session(id=LAPTOP) | {"identity": large})
        page = client.get("/sessions")
        assert len(parsed(page).select("button[name=session]")) == 2
        assert [query(call.url)["page_size"] for call in upstream.sent("GET", "/sessions?")] == [str(size)] * 2

    @each_case("failure", [(500, {}), (200, {}), (200, b"["), (429, {})])
    def test_a_list_that_cannot_be_read_takes_no_button_away(self, client, upstream, failure):
        upstream.signed_in()
        upstream.on("GET", LIST, *failure)
        upstream.on("DELETE", LIST, 200, {"count": 1})
        upstream.on("DELETE", HYDRAS, 204, b"")

        page = client.get("/sessions")

        assert "can't list your" in page.text
        assert "not signed in anywhere else" not in page.text
        assert client.submit(page, "/sessions", OTHERS).status_code == 303
        assert upstream.sent("DELETE", LIST)

    @each_case("link", ["", "x", "<>", '<http://[>; rel="next"', '</sessions>; rel="next"', "; rel=next"])
    def test_an_odd_link_is_no_next_page(self, client, upstream, link):
        upstream.signed_in()
        upstream.on("GET", LIST, body=[phone()], headers={"Link": link})
        assert len(parsed(client.get("/sessions")).select("button[name=session]")) == 1

    @each_case("status, headers, wait", [(429, {"Retry-After": "17"}, "17"), (429, {}, None), (503, {}, "5")])
    def test_it_says_when_to_ask_for_the_list_again(self, client, upstream, status, headers, wait):
        upstream.signed_in()
        upstream.on("GET", LIST, status, {}, headers=headers)
        page = client.get("/sessions")
        assert (page.status_code, page.headers.get("Retry-After")) == (status, wait)

    @each_case("status, body, shown", [(500, {}, 503), (200, {}, 502), (200, b"[", 502)])
    def test_a_list_that_cannot_be_read_is_an_error_and_no_empty_page(self, client, upstream, status, body, shown):
        """Nobody is to believe they are signed in nowhere else because Kratos had a hiccup."""
        upstream.signed_in()
        upstream.on("GET", LIST, status, body)
        assert client.get("/sessions").status_code == shown

    def test_who_was_signed_out_meanwhile_reads_that(self, client, upstream):
        """Kratos' 401 a moment after whoami: from another device, say."""
        upstream.signed_in(devices=device())
        upstream.on("GET", LIST, 401, fill("errors/no_session"))
        page = client.get("/sessions")
        assert (page.status_code, heading(page)) == (401, "You're not signed in")


class TestNobody:
    def test_signs_in_first_and_comes_back(self, client, upstream):
        upstream.nobody()
        target = client.get("/sessions").headers["Location"]
        assert target.startswith(f"{BROWSER_KRATOS}/self-service/login/browser?")
        assert query(target) == {"return_to": f"{PUBLIC}/sessions?n=1"}

    def test_a_second_factor_is_given_first(self, client, upstream):
        """Kratos' whoami says session_aal2_required, without a way back."""
        upstream.aal2_required()
        target = client.get("/sessions?n=1").headers["Location"]
        assert query(target) == {"aal": "aal2", "return_to": f"{PUBLIC}/sessions?n=2"}

    def test_who_came_back_gets_the_plain_address(self, client, upstream):
        """Else a reload after signing out would count the detours of long ago."""
        upstream.signed_in()
        assert client.get("/sessions?n=2").headers["Location"] == f"{PUBLIC}/sessions"

    def test_whose_cookie_does_not_reach_us_is_told_so_instead_of_sent_round(self, client, upstream, logs):
        """Kratos sends a browser it knows straight back."""
        upstream.nobody()
        client.get("/sessions")
        page = client.get("/sessions?n=1")
        assert (page.status_code, heading(page)) == (400, "We can't sign you in without cookies")
        assert parsed(page).find("a", string="Try again")["href"] == "/sessions"
        assert '"event": "cookie_invisible"' in logs.getvalue()

    def test_who_left_another_page_on_the_way_to_kratos_is_not(self, client, upstream):
        """A tab that was closed before the page was there; what is missing here is a second factor."""
        upstream.aal2_required()
        client.get("/apps")
        target = client.get("/sessions?n=1").headers["Location"]
        assert query(target) == {"aal": "aal2", "return_to": f"{PUBLIC}/sessions?n=2"}

    @each_case("state", ["nobody", "aal2_required"])
    @each_case("body", [[("session", PHONE)], [OTHERS]])
    def test_ends_nothing(self, client, upstream, state, body):
        """Kratos itself would let a session that owes its second factor end the others."""
        signed_in = upstream.signed_in()
        listed = others(upstream, phone())
        token = fields(client.get("/sessions"), "/sessions")
        upstream.mock.remove(signed_in)
        upstream.mock.remove(listed)
        getattr(upstream, state)()

        response = client.send("/sessions", token + body)

        assert response.headers["Location"] == f"{PUBLIC}/sessions"
        assert upstream.sent("DELETE") == []


class TestSomebodyElse:
    @each_case("press", [("session", PHONE), OTHERS])
    def test_a_page_opened_by_another_person_ends_nothing(self, client, upstream, press):
        """N90: two tabs: Bob has signed in since Ada opened hers."""
        ada = upstream.signed_in()
        listed = others(upstream, phone())
        page = client.get("/sessions")
        upstream.mock.remove(ada)
        upstream.mock.remove(listed)
        upstream.signed_in(BOB)
        assert client.submit(page, "/sessions", press).headers["Location"] == f"{PUBLIC}/sessions"
        assert upstream.sent("DELETE") == []


class TestEndOne:
    def test_the_button_names_its_session(self, client, upstream):
        page = parsed(opened(client, upstream, phone()))
        [button] = page.select("button[name=session]")
        assert button["value"] == PHONE
        assert words(page.find(id=button["aria-labelledby"].split()[-1])) == "Safari on iPhone"

    def test_pressing_it_ends_that_one(self, client, upstream, logs):
        page = opened(client, upstream, phone())
        ending(upstream)
        response = client.submit(page, "/sessions", ("session", PHONE))
        assert response.headers["Location"] == f"{PUBLIC}/sessions"
        [request] = upstream.sent("DELETE")
        assert request.url == f"{LIST}/{PHONE}"
        assert "ory_kratos_session=the-session-cookie" in request.headers["Cookie"]
        assert '"reason": "revoked"' in logs.getvalue()

    def test_the_page_says_so_once(self, client, upstream):
        page = opened(client, upstream, phone())
        ending(upstream)
        client.submit(page, "/sessions", ("session", PHONE))
        assert "You're signed out of that device." in client.get("/sessions").text
        assert "You're signed out of that device." not in client.get("/sessions").text

    @each_case("status", [401, 404])
    def test_one_that_is_over_already_is_no_failure(self, client, upstream, status):
        page = opened(client, upstream, phone())
        ending(upstream, status=status)
        assert client.submit(page, "/sessions", ("session", PHONE)).headers["Location"] == f"{PUBLIC}/sessions"

    def test_when_kratos_fails_the_person_hears_of_it(self, client, upstream):
        page = opened(client, upstream, phone())
        ending(upstream, status=500)
        assert client.submit(page, "/sessions", ("session", PHONE)).status_code == 503

    def test_the_browsers_own_session_ends_by_signing_out_only(self, client, upstream):
        """Which ends Hydra's sessions too, and empties our cookie."""
        page = opened(client, upstream, phone(), id=LAPTOP)
        assert client.submit(page, "/sessions", ("session", LAPTOP)).status_code == 400

    @each_case(
        "body",
        [
            [],
            [("session", "")],
            [("session", "whoami")],
            [("session", f"{PHONE}/../{LAPTOP}")],
            [("session", f"{PHONE}\n")],
            [("session", PHONE), ("session", LAPTOP)],
            [("session", PHONE), OTHERS],
            [("session", PHONE), ("action", "x")],
            [("action", "all")],
            [OTHERS, OTHERS],
            [("session", PHONE), ("action", "last_used_off")],
        ],
    )
    def test_a_form_no_page_of_ours_has_ends_nothing(self, client, upstream, body):
        page = opened(client, upstream, phone())
        response = client.send("/sessions", fields(page, "/sessions") + body)
        assert response.status_code == 400
        assert upstream.sent("DELETE") == []
        assert client.get_cookie("last-used") is None

    def test_a_forged_form_shows_the_page_again_and_ends_nothing(self, client, upstream):
        opened(client, upstream, phone())
        page = client.send("/sessions", [("session", PHONE)])
        assert (page.status_code, heading(page)) == (400, "Your devices")
        assert "so nothing has been decided yet" in page.text
        assert upstream.sent("DELETE") == []

    def test_a_forged_form_of_somebody_signed_out_leads_to_signing_in(self, client, upstream):
        upstream.nobody()
        assert client.send("/sessions", [("session", PHONE)]).headers["Location"] == f"{PUBLIC}/sessions"


class TestEndOthers:
    def test_the_page_says_first_what_it_does(self, client, upstream):
        page = parsed(opened(client, upstream, phone()))
        form = page.main.form
        assert words(form.button) == "Sign out of all other devices"
        assert "You stay signed in here;" in words(form.p)
        assert "open apps may take a while to notice" in words(form.p)
        assert form.find_next("section").h2["id"] == "current", "before all lists"

    def test_kratos_sessions_end_and_hydras_of_this_person(self, client, upstream, logs):
        """Design section 7."""
        page = opened(client, upstream, phone())
        upstream.on("DELETE", LIST, body={"count": 1})
        upstream.ends_sessions()
        response = client.submit(page, "/sessions", OTHERS)
        assert response.headers["Location"] == f"{PUBLIC}/sessions"
        assert [call.url for call in upstream.sent("DELETE")] == [LIST, f"{HYDRAS}?subject={ADA}"]
        assert "You're signed out of all other devices." in client.get("/sessions").text
        assert '"reason": "all_others_revoked"' in logs.getvalue()

    def test_the_page_offers_to_disconnect_the_applications_once(self, client, upstream):
        """Their refresh tokens outlive the sessions."""
        page = opened(client, upstream, phone())
        upstream.on("DELETE", LIST, body={"count": 1})
        upstream.ends_sessions()
        client.submit(page, "/sessions", OTHERS)
        assert parsed(client.get("/sessions")).select("a[href='/apps']")
        assert not parsed(client.get("/sessions")).select("a[href='/apps']")

    def test_without_hydra_kratos_sessions_end(self, client_with, upstream):
        client = client_with(hydra_admin_url="", hydra_public_url="")
        page = opened(client, upstream, phone())
        upstream.on("DELETE", LIST, body={"count": 1})
        assert client.submit(page, "/sessions", OTHERS).status_code == 303

    def test_when_hydra_fails_kratos_sessions_have_ended_and_it_can_be_pressed_again(self, client, upstream, logs):
        page = opened(client, upstream, phone())
        upstream.on("DELETE", LIST, body={"count": 1})
        upstream.on("DELETE", HYDRAS, 503)
        client.submit(page, "/sessions", OTHERS)
        upstream.mock.replace("GET", LIST, json=[])

        page = client.get("/sessions")

        assert "we couldn't reach every app on them" in page.text
        assert parsed(page).select("button[value=others]")
        assert '"event": "sign_out_failed"' in logs.getvalue()

    def test_when_kratos_fails_the_person_hears_of_it(self, client, upstream):
        page = opened(client, upstream, phone())
        upstream.on("DELETE", LIST, 500)
        assert client.submit(page, "/sessions", OTHERS).status_code == 503

    def test_that_the_own_session_is_over_meanwhile_is_no_failure(self, client, upstream):
        page = opened(client, upstream, phone())
        upstream.on("DELETE", LIST, 401, fill("errors/no_session"))
        upstream.ends_sessions()
        assert client.submit(page, "/sessions", OTHERS).status_code == 303

    def test_what_the_cookie_knows_of_this_browser_stays(self, client, upstream):
        """Signing out here is to end Hydra's newest session all the same."""
        owning(client, upstream, "hydra-1")
        page = opened(client, upstream, phone())
        upstream.on("DELETE", LIST, body={"count": 1})
        upstream.ends_sessions()
        client.submit(page, "/sessions", OTHERS)
        upstream.signs_out()
        client.submit(client.get("/logout"), "/logout", ("action", "accept"))
        assert query(upstream.sent("DELETE")[-1].url) == {"sid": "hydra-1"}
