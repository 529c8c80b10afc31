"""Kratos' flows as pages: how they begin, begin again, lead to each other, and end."""

import pytest

from tests.payloads.bodies import load
from tests.support.cases import each_case
from tests.support.pages import heading, parsed, words
from tests.support.upstream import BROWSER_KRATOS, KRATOS, PUBLIC, flow, identity, query

KINDS = ("login", "registration", "recovery", "verification", "settings")
PATHS = [*((kind, f"/{kind}") for kind in KINDS), ("verification", "/verify")]
BACK = f"{PUBLIC}/login?login_challenge=c&n=1"
TAKES = {
    "login": {"aal", "refresh", "return_to", "organization", "via", "identity_schema"},
    "registration": {"return_to", "organization", "identity_schema", "after_verification_return_to"},
    "recovery": {"return_to", "identity_schema"},
    "verification": {"return_to", "identity_schema"},
    "settings": {"return_to", "identity_schema"},
}
ASKED = {
    "aal": "aal2",
    "refresh": "true",
    "return_to": f"{PUBLIC}/",
    "organization": "o",
    "via": "v",
    "identity_schema": "person",
    "after_verification_return_to": "https://app.example.org/",
}
CSRF = {"error": {"id": "security_csrf_violation", "code": 403}}
SOMEBODY_ELSES = {"error": {"id": "security_identity_mismatch", "code": 403}}
EXPIRED = {"error": {"id": "self_service_flow_expired", "code": 410, "details": {"return_to": BACK}}}
UNKNOWN = {"error": {"code": 404}}
GONE = [(410, EXPIRED), (404, UNKNOWN), (403, CSRF), (403, SOMEBODY_ELSES)]
WHY = {410: "The page expired", 404: "That page expired", 403: "That page expired"}


def answers(upstream, kind, status=200, body=None):
    """Kratos' answer to the browser's flow of that kind."""
    return upstream.on("GET", f"{KRATOS}/self-service/{kind}/flows", status, body)


def init(kind):
    """Where Kratos begins flows of that kind."""
    return f"{BROWSER_KRATOS}/self-service/{kind}/browser"


def begun(response):
    """(where, with what) the browser is sent to."""
    where, _, parameters = response.headers["Location"].partition("?")
    return where, query(f"?{parameters}") if parameters else {}


class TestBeginning:
    @each_case("kind, path", PATHS)
    def test_without_a_flow_kratos_begins_one(self, client, upstream, kind, path):
        if kind == "settings":
            upstream.signed_in()
        assert begun(client.get(path)) == (init(kind), {})

    @each_case("kind, path", PATHS)
    def test_the_parameters_it_takes_are_passed_on_and_no_others(self, client, upstream, kind, path):
        if kind == "settings":
            upstream.signed_in()
        odd = {"login_challenge": "", "next": "https://evil.example/", "id": "x", "return_session_token": "true"}
        response = client.get(path, query_string=ASKED | odd)
        assert begun(response) == (init(kind), {name: ASKED[name] for name in TAKES[kind]})

    @each_case("name", ["return_to", "after_verification_return_to"])
    @each_case("bad", ["javascript:alert(1)", "//evil.example", "https:/\\evil.example", "https://a@b/"])
    def test_a_way_back_that_is_no_plain_address_is_left_out(self, client, upstream, name, bad):
        """Kratos checks the rest against its allowed_return_urls."""
        assert begun(client.get("/registration", query_string={name: bad})) == (init("registration"), {})

    def test_a_verification_that_kratos_would_refuse_in_json_ends_at_our_page(self, client, upstream):
        """Kratos v26.2.0 redirects to its error page for the other kinds."""
        refused = {"error": {"id": "self_service_flow_return_to_forbidden", "code": 400}}
        upstream.on("GET", f"{KRATOS}/self-service/verification/browser", 400, refused)
        page = client.get("/verification", query_string={"return_to": "https://unknown.example/"})
        assert (page.status_code, heading(page)) == (400, "This link doesn't work")

    @each_case("status, body", [(200, load("verification/email")), (503, {}), (400, {"error": {"id": "other"}})])
    def test_a_verification_that_leads_elsewhere_begins_unless_kratos_refuses_that(
        self, client, upstream, status, body
    ):
        upstream.on("GET", f"{KRATOS}/self-service/verification/browser", status, body)
        there = {"return_to": "https://app.example.org/"}
        assert begun(client.get("/verification", query_string=there)) == (init("verification"), there)

    @each_case("name", sorted(TAKES["login"] | {"flow"}))
    def test_a_parameter_that_is_given_twice_is_refused(self, client, upstream, name):
        """N21 N37."""
        assert client.get(f"/login?{name}=a&{name}=b").status_code == 400

    @each_case("path", ["/recoveries", "/profile", "/self-service", "/oidc", "/settings/x"])
    def test_there_are_no_other_kinds(self, client, upstream, path):
        assert client.get(path).status_code == 404


class TestSettingsAreForPeopleWhoAreSignedIn:
    def test_nobody_signs_in_first_and_comes_back(self, client, upstream):
        upstream.nobody()
        assert begun(client.get("/settings")) == (init("login"), {"return_to": f"{PUBLIC}/settings?n=1"})

    def test_who_owes_a_second_factor_gives_it_first(self, client, upstream):
        upstream.aal2_required()
        response = client.get("/settings")
        assert begun(response) == (init("login"), {"aal": "aal2", "return_to": f"{PUBLIC}/settings?n=1"})

    def test_where_the_settings_were_to_lead_is_kept(self, client, upstream):
        upstream.nobody()
        _, parameters = begun(client.get("/settings", query_string={"return_to": BACK}))
        assert parameters["return_to"].startswith(f"{PUBLIC}/settings?")
        assert query(parameters["return_to"]) == {"return_to": BACK, "n": "1"}

    def test_a_session_that_ended_meanwhile_begins_again_and_comes_back_to_the_flow(self, client, upstream):
        """Kratos answers 401, with or without an id."""
        answers(upstream, "settings", 401, {"error": {"id": "session_inactive", "code": 401}})
        response = client.get("/settings?flow=f")
        assert begun(response) == (init("login"), {"return_to": f"{PUBLIC}/settings?flow=f&anew=1&n=1"})

    def test_a_form_from_before_signing_in_is_begun_anew_with_its_way_back(self, client, upstream):
        """Kratos has renewed the token, so it would refuse the old form."""
        answers(upstream, "settings", 200, load("settings/everything") | {"id": "f", "return_to": BACK})
        assert begun(client.get("/settings?flow=f&anew=1&n=1")) == (init("settings"), {"return_to": BACK})

    @each_case("address", ["/settings?n=1", "/settings?flow=f&n=1"])
    def test_whose_cookie_does_not_reach_us_is_told_so_instead_of_sent_round(self, client, upstream, address):
        """Kratos sends a browser it knows straight back."""
        if "flow" in address:
            answers(upstream, "settings", 401, {"error": {"id": "session_inactive", "code": 401}})
        else:
            upstream.nobody()
        client.get(address.replace("?n=1", "").replace("&n=1", ""))
        page = client.get(address)
        assert (page.status_code, heading(page)) == (400, "We can't sign you in without cookies")

    def test_who_went_away_before_signing_in_may_come_again(self, client, upstream):
        upstream.nobody()
        client.get("/settings")
        assert client.get("/settings").status_code == 303

    @each_case("kind", ["login", "registration", "recovery", "verification"])
    def test_other_pages_ask_nobody_who_they_are(self, client, upstream, kind):
        """The fake upstream fails a test that asks whoami unforeseen."""
        assert client.get(f"/{kind}").status_code == 303


class TestASaveAfterTheSessionEnded:
    """Kratos begins a login that does not lead back."""

    def shown(self, client, upstream, then="", site="same-site", **more):
        """The answer to the login that follows the settings page, by default because Kratos redirects there."""
        answers(upstream, "settings", 200, load("settings/everything") | {"id": "of-settings"})
        client.get("/settings?flow=of-settings")
        if then:
            upstream.nobody()
            client.get(then)
        upstream.flow("login/choose_method", **more)
        return client.get("/login?flow=f", headers={"Sec-Fetch-Site": site})

    def test_they_sign_in_and_come_back_to_the_settings(self, client, upstream):
        """It is said in the login whose address tells so."""
        where, parameters = begun(self.shown(client, upstream))
        assert (where, parameters["return_to"]) == (init("login"), f"{PUBLIC}/settings?flow=of-settings&anew=1")
        request_url = f"{init('login')}?notice={parameters['notice']}"
        upstream.flow("login/choose_method", return_to=parameters["return_to"], request_url=request_url)
        assert "Your session ended, so your change wasn't saved." in words(parsed(client.get("/login?flow=g")))

    def test_only_once(self, client, upstream):
        self.shown(client, upstream)
        assert client.get("/login?flow=f").status_code == 200

    def test_a_login_with_an_aim_keeps_it(self, client, upstream):
        assert self.shown(client, upstream, return_to=f"{PUBLIC}/").status_code == 200

    @each_case("more", [{"refresh": True}, {"requested_aal": "aal2"}])
    def test_nor_does_more_proof_of_who_is_signed_in(self, client, upstream, more):
        upstream.signed_in()
        assert self.shown(client, upstream, **more).status_code == 200

    def test_nor_is_it_said_to_who_went_on_to_another_page(self, client, upstream):
        assert self.shown(client, upstream, then="/").status_code == 200

    def test_nor_to_who_types_the_address(self, client, upstream):
        assert self.shown(client, upstream, site="none").status_code == 200


class TestAnotherPageFirst:
    """F12."""

    STEP_UP = f"{init('login')}?aal=aal2"
    CONFIRM = (
        f"{init('login')}?refresh=true&return_to=http%3A%2F%2Flocalhost%3A4433%2Fself-service%2Fsettings%3Fflow%3Df"
    )

    @each_case("status", [403, 422])
    def test_kratos_sends_on_and_we_add_the_way_back(self, client, upstream, status):
        answers(upstream, "settings", status, {"error": {"id": "x"}, "redirect_browser_to": self.STEP_UP})
        response = client.get("/settings?flow=f")
        assert begun(response) == (init("login"), {"aal": "aal2", "return_to": f"{PUBLIC}/settings?flow=f&n=1"})

    def test_a_way_back_of_kratos_own_is_kept(self, client, upstream):
        answers(upstream, "settings", 403, {"redirect_browser_to": self.CONFIRM})
        _, parameters = begun(client.get("/settings?flow=f"))
        assert parameters == {"refresh": "true", "return_to": f"{BROWSER_KRATOS}/self-service/settings?flow=f"}

    @each_case(
        "target",
        [
            *("https://evil.example/", "//evil.example/", "javascript:alert(1)", "/login"),
            *(f"{BROWSER_KRATOS}@evil.example/", "http://localhost:4433.evil.example/", "http://localhost:4434/"),
        ],
    )
    def test_a_foreign_place_is_not_gone_to(self, client, upstream, target):
        answers(upstream, "settings", 403, {"redirect_browser_to": target})
        assert client.get("/settings?flow=f").status_code == 502


def test_a_login_page_that_asks_for_a_session_is_not_begun_for_ever(client, upstream):
    """F12: something in front of Kratos, say, that wants to know who asks."""
    answers(upstream, "login", 401, {"error": {"code": 401}})
    assert client.get("/login?flow=f").status_code == 502


def test_why_a_page_is_a_fresh_one_is_not_said_once_its_mail_is_sent_or_its_code_is_taken(client, upstream):
    """F12: "This link has expired" above "we've sent it a link" is untrue; what is asked for anew has not expired."""
    upstream.nobody()
    for kind in ("recovery", "verification"):
        for state, said in (("choose_method", True), ("sent_email", False), ("passed_challenge", False)):
            body = PAGES[kind] | {"state": state, "request_url": f"{init(kind)}?notice=replaced"}
            answer = answers(upstream, kind, 200, body)
            notice = parsed(client.get(f"/{kind}?flow=f")).find(class_="notice")
            upstream.mock.remove(answer)
            assert (notice is not None) is said, (kind, state)


@pytest.mark.parametrize(("kind", "path"), PATHS)
class TestFlowsThatAreGone:
    """F12."""

    @each_case("status, body", GONE)
    def test_another_one_is_begun_and_its_page_and_no_other_says_why(self, client, upstream, kind, path, status, body):
        gone = answers(upstream, kind, status, body)
        again = client.get(f"{path}?flow=f")
        upstream.mock.remove(gone)
        answers(upstream, kind, 200, PAGES[kind])
        asks_who(upstream, kind)
        other = parsed(client.get(f"{path}?flow=h"))
        upstream.mock.remove("GET", f"{KRATOS}/self-service/{kind}/flows")
        answers(upstream, kind, 200, PAGES[kind] | {"request_url": f"{init(kind)}?notice={begun(again)[1]['notice']}"})

        notice = parsed(client.get(f"{path}?flow=g")).find(class_="notice")

        address, begun_with = begun(again)
        begun_with.pop("notice")
        assert (address, begun_with) == (init(kind), {"return_to": BACK} if status == 410 else {})
        assert WHY[status] in words(notice)
        assert other.find(class_="notice") is None

    @pytest.mark.parametrize(("status", "body"), GONE[2:], ids=["csrf", "somebody-elses"])
    def test_a_third_new_one_in_a_row_is_a_page(self, client, upstream, kind, path, status, body, logs):
        """A browser whose cookies do not reach us would go round and round, each time with another flow."""
        answers(upstream, kind, status, body)
        who = upstream.nobody()
        client.get(f"{path}?flow=f")
        client.get(f"{path}?flow=g")
        assert heading(client.get(f"{path}?flow=h")) == "We can't sign you in without cookies"
        assert '"event": "cookie_invisible"' in logs.getvalue()
        assert who.call_count == 1

    @pytest.mark.parametrize(("status", "body"), GONE[:2], ids=["410", "404"])
    def test_a_kratos_that_keeps_no_flow_is_not_called_a_browser_without_cookies(
        self, client, upstream, kind, path, status, body, logs
    ):
        """Two Kratos with a memory each, say."""
        answers(upstream, kind, status, body)
        assert [client.get(f"{path}?flow={flow_id}").status_code for flow_id in "fgh"] == [303, 303, 410]
        assert '"event": "cookie_invisible"' not in logs.getvalue()

    def test_after_a_page_that_was_shown_they_are_counted_anew(self, client, upstream, kind, path):
        asks_who(upstream, kind)
        statuses = []
        for flow_id in ("a", "b", "shown", "c", "d"):
            body = (200, PAGES[kind]) if flow_id == "shown" else (403, CSRF)
            known = answers(upstream, kind, *body)
            statuses.append(client.get(f"{path}?flow={flow_id}").status_code)
            upstream.mock.remove(known)
        assert statuses == [303, 303, 200, 303, 303]

    def test_old_tabs_that_are_opened_one_after_another_do_not_go_round(self, client, upstream, kind, path):
        """Kratos' tokens change when somebody signs in; each tab leads to where who is signed in belongs."""
        answers(upstream, kind, 403, CSRF)
        upstream.signed_in()
        ways = [client.get(f"{path}?flow={flow_id}").status_code for flow_id in "abcd" if client.get("/")]
        assert ways == [303] * 4

    def test_who_is_signed_in_is_never_told_that_we_cannot_see_it(self, client, upstream, kind, path, logs):
        answers(upstream, kind, 403, CSRF)
        upstream.signed_in()
        pages = [client.get(f"{path}?flow={flow_id}") for flow_id in "fghij"]
        assert {page.status_code for page in pages} == {303, 410}
        assert '"event": "cookie_invisible"' not in logs.getvalue()

    def test_one_that_is_opened_again_and_again_does_not_go_round(self, client, upstream, kind, path):
        answers(upstream, kind, 403, CSRF)
        assert {client.get(f"{path}?flow=f").status_code for _ in range(9)} == {303}

    def test_a_link_to_another_browsers_page_begins_a_new_one_that_says_so(self, client, upstream, kind, path):
        """To a browser that was never here Kratos says the same as to one that keeps no cookies; ours tells."""
        answers(upstream, kind, 403, CSRF)
        client.delete_cookie("csrf_token_0123")
        location = client.get(client.get(f"{path}?flow=f").headers["Location"]).headers["Location"]
        assert location == f"{BROWSER_KRATOS}/self-service/{kind}/browser?notice=elsewhere"

    def test_a_browser_that_does_not_get_kratos_cookie_is_not_sent_round(self, client, upstream, kind, path):
        answers(upstream, kind, 403, CSRF)
        client.delete_cookie("csrf_token_0123")
        client.get(client.get(f"{path}?flow=f").headers["Location"])
        page = client.get(f"{path}?flow=next")
        assert page.status_code == 400
        assert parsed(page).find("a", string="Try again")["href"] == path

    def test_one_that_another_took_the_place_of_leads_to_that(self, client, upstream, kind, path):
        gone = answers(upstream, kind, 410, {"error": {"code": 410}, "use_flow_id": "next"})
        location = client.get(f"{path}?flow=f").headers["Location"]
        upstream.mock.remove(gone)
        answers(upstream, kind, 200, PAGES[kind])
        asks_who(upstream, kind)
        page = client.get(location)
        assert location == f"{PUBLIC}{path}?flow=next&notice=expired"
        assert WHY[410] in words(parsed(page).find(class_="notice"))

    @each_case("successor", ["x&return_to=https://evil.example/", "//evil.example/", "a b#c"])
    def test_the_id_of_the_next_one_stays_an_id(self, client, upstream, kind, path, successor):
        answers(upstream, kind, 410, {"error": {"code": 410}, "use_flow_id": successor})
        location = client.get(f"{path}?flow=f").headers["Location"]
        assert (location.partition("?")[0], query(location)) == (
            f"{PUBLIC}{path}",
            {"flow": successor, "notice": "expired"},
        )

    @each_case("status, body", GONE[1:])
    def test_the_way_back_is_that_of_the_sign_in_not_finished(self, client, upstream, kind, path, status, body):
        """Kratos tells it of expired flows only."""
        upstream.asks("login")
        upstream.nobody()
        client.get("/login?login_challenge=c")
        answers(upstream, kind, status, body)
        location = client.get(f"{path}?flow=f").headers["Location"]
        assert query(location)["return_to"] == f"{PUBLIC}/login?login_challenge=c&n=0"

    def test_what_kratos_tells_comes_before_what_the_cookie_knows(self, client, upstream, kind, path):
        upstream.asks("login")
        upstream.nobody()
        client.get("/login?login_challenge=another")
        answers(upstream, kind, 410, EXPIRED)
        assert query(client.get(f"{path}?flow=f").headers["Location"])["return_to"] == BACK


def asks_who(upstream, kind):
    """The page that waits for a confirmation asks whether anybody is signed in."""
    if kind == "verification":
        upstream.signed_in(identity=identity(verified=False))


# Bodies that no application waits for.
PAGES = {
    "login": flow("login/choose_method"),
    "registration": load("registration/password_only") | {"return_to": "", "request_url": ""},
    "recovery": load("recovery/email") | {"return_to": "", "request_url": ""},
    "verification": load("verification/email") | {"return_to": "", "request_url": ""},
    "settings": load("settings/password_only") | {"return_to": "", "request_url": ""},
}


class TestThePage:
    @each_case(
        "name, title",
        [
            ("login/unified", "Sign in"),
            ("login/code_sent", "Enter your code"),
            ("login/aal2_totp", "Two-step verification"),
            ("registration/unified", "Create account"),
            ("registration/profile", "Create account"),
            ("registration/credentials", "Choose how to sign in"),
            ("registration/code_sent", "Enter your code"),
            ("registration/social_email_missing", "One more detail"),
            ("recovery/email", "Get back into your account"),
            ("recovery/code_sent", "Check your email"),
            ("verification/email", "Verify your email"),
            ("verification/code_sent", "Check your email"),
            ("verification/sms_sent", "Check your phone"),
            ("made/verification/sms_sent", "Check your phone"),
            ("recovery/v2_code_sent", "Check your email"),
            ("recovery/v2_sms_sent", "Check your phone"),
            ("verification/passed", "Your email is verified"),
            ("made/verification/sms_passed", "Your phone number is verified"),
            ("settings/everything", "Settings"),
            ("settings/after_recovery", "Settings"),
        ],
    )
    def test_it_is_called_after_the_step(self, client, upstream, name, title):
        kind = name.split("/")[-2]
        answers(upstream, kind, 200, load(name) | {"return_to": "", "request_url": ""})
        asks_who(upstream, kind if not name.endswith("passed") else "")
        if "aal2" in name:
            upstream.half_signed_in()
        assert heading(client.get(f"/{kind}?flow=f")) == title

    @each_case(
        "name, said",
        [
            ("recovery/email", "We'll send you a code that signs you in."),
            ("recovery/v2_address", "We'll send you a code that signs you in."),
            ("recovery/link_email", "We'll send you a link that signs you in."),
            ("recovery/code_sent", ""),
            ("recovery/v2_choice", ""),
            ("verification/email", ""),
        ],
    )
    def test_before_a_recovery_it_says_what_follows(self, client, upstream, name, said):
        kind = name.partition("/")[0]
        answers(upstream, kind, 200, load(name) | {"return_to": "", "request_url": ""})
        asks_who(upstream, kind)
        shown = words(parsed(client.get(f"/{kind}?flow=f")).main)
        assert said in shown
        assert ("We'll send you" in shown) == bool(said)

    def test_nothing_was_sent_where_an_administrator_made_the_code(self, client, upstream):
        """Kratos' admin API: such a flow has no button that sends it once more."""
        body = load("recovery/code_sent") | {"return_to": "", "request_url": ""}
        nodes = [node for node in body["ui"]["nodes"] if node["attributes"].get("name") != "email"]
        answers(upstream, "recovery", 200, body | {"ui": body["ui"] | {"nodes": nodes, "messages": []}})
        assert heading(client.get("/recovery?flow=f")) == "Enter your code"

    @each_case("kind", KINDS)
    @each_case("action", ["javascript:alert(1)", "https://evil.example/", "//evil.example/", "", None])
    def test_what_is_typed_is_sent_to_kratos_only(self, client, upstream, kind, action):
        body = PAGES[kind] | {"ui": PAGES[kind]["ui"] | {"action": action}}
        answers(upstream, kind, 200, body)
        assert client.get(f"/{kind}?flow=f").status_code == 502

    @each_case(
        "kind, links",
        [
            ("login", {"recovery", "registration"}),
            ("registration", {"login"}),
            ("recovery", {"login"}),
            ("verification", {"login"}),
            ("settings", {"login"}),
        ],
    )
    def test_links_to_other_flows_begin_with_what_this_one_began_with(self, client, upstream, kind, links):
        """The way back above all; each kind gets what it takes."""
        begun_with = {"return_to": "https://app.example.org/x?a=b", "organization": "o", "identity_schema": "person"}
        answers(
            upstream,
            kind,
            200,
            PAGES[kind]
            | {"request_url": init(kind) + "?organization=o&identity_schema=person"}
            | {"return_to": begun_with["return_to"], "organization_id": None},
        )
        asks_who(upstream, kind)

        anchors = parsed(client.get(f"/{kind}?flow=f")).select(f"a[href^='{BROWSER_KRATOS}']")

        other = {anchor["href"].split("/")[-2]: query(anchor["href"]) for anchor in anchors}
        assert other == {
            name: {key: value for key, value in begun_with.items() if key in TAKES[name]} for name in links
        }

    def test_who_does_not_want_to_link_accounts_signs_in_another_way(self, client, upstream):
        """Kratos stays in the linking flow; a new one, with the same way back, leads out of it."""
        answers(upstream, "login", 200, load("login/account_linking") | {"return_to": BACK})
        upstream.asks("login")
        link = parsed(client.get("/login?flow=f")).find("a", {"data-testid": "cancel-link"})
        assert link["href"].startswith(f"{init('login')}?")
        assert query(link["href"]) == {"return_to": BACK}

    @each_case("body, return_to", [("passed", "ours"), ("passed_without_return_to", "")])
    def test_a_passed_verification_is_a_link_and_no_form(self, client, upstream, body, return_to):
        """Kratos' form is a GET, whose query browsers would drop."""
        answers(upstream, "verification", 200, load(f"verification/{body}"))
        if return_to:
            upstream.asks("login")
            upstream.nobody()
            [back] = [node for node in load(f"verification/{body}")["ui"]["nodes"] if node["type"] == "a"]
            client.get("/login", query_string={"login_challenge": query(back["attributes"]["href"])["login_challenge"]})
        page = parsed(client.get("/verification?flow=f"))

        link = page.find("a", {"data-testid": "node/anchor/continue"})
        [node] = [node for node in load(f"verification/{body}")["ui"]["nodes"] if node["type"] == "a"]
        assert link["href"] == node["attributes"]["href"]
        assert words(link).startswith("Continue")
        assert page.main.find("form") is None

    @each_case("href", ["javascript:alert(1)", "data:text/html,x", "/x", "https://a@b/", None])
    def test_a_passed_verification_leads_nowhere_odd(self, client, upstream, href):
        body = load("verification/passed_without_return_to")
        [node] = [node for node in body["ui"]["nodes"] if node["type"] == "a"]
        node["attributes"]["href"] = body["ui"]["action"] = href
        answers(upstream, "verification", 200, body)
        page = client.get("/verification?flow=f")
        assert page.status_code == 200
        assert parsed(page).find("a", {"data-testid": "node/anchor/continue"}) is None
        assert not parsed(page).main.find_all("form")


class TestACodeAskedForAgain:
    """Kratos shows the same page; only the token that each post renews tells."""

    SAID = "You asked for a new code. Use the one in the newest message."

    def shown(self, client, upstream, name, token, wrong=False, flow_id="f"):
        kind, body = name.partition("/")[0], load(name) | {"id": flow_id, "return_to": "", "request_url": ""}
        for node in body["ui"]["nodes"]:
            if node["attributes"].get("name") == "csrf_token":
                node["attributes"]["value"] = token
            if wrong and node["attributes"].get("name") == "code":
                node["messages"] = [{"id": 4000002, "text": "Property code is missing.", "type": "error"}]
        answers(upstream, kind, 200, body)
        return words(parsed(client.get(f"/{kind}?flow={flow_id}")))

    @each_case("name", ["login/code_sent", "registration/code_sent", "recovery/code_sent", "verification/code_sent"])
    def test_is_said_to_be_a_new_one_and_a_reload_is_none(self, client, upstream, name):
        if name.startswith("verification"):
            upstream.nobody()
        assert self.SAID not in self.shown(client, upstream, name, "first")
        assert self.SAID not in self.shown(client, upstream, name, "first")
        assert self.SAID in self.shown(client, upstream, name, "second")

    def test_nor_is_a_wrong_code(self, client, upstream):
        self.shown(client, upstream, "login/code_sent", "first")
        assert self.SAID not in self.shown(client, upstream, "login/code_sent", "second", wrong=True)
        assert self.SAID in self.shown(client, upstream, "login/code_sent", "third")

    def test_nor_the_code_of_another_flow(self, client, upstream):
        self.shown(client, upstream, "login/code_sent", "first")
        assert self.SAID not in self.shown(client, upstream, "login/code_sent", "second", flow_id="g")


class TestNoWayOn:
    def test_a_second_factor_that_nobody_has_set_up_is_explained(self, client, upstream):
        answers(upstream, "login", 200, load("login/aal2_none"))
        upstream.half_signed_in()
        assert "can't continue with this account" in client.get("/login?flow=f").text

    def test_it_can_be_set_up_where_none_is_owed_or_gone_on_without(self, client, upstream):
        answers(upstream, "login", 200, load("login/aal2_none") | {"return_to": f"{PUBLIC}/apps", "request_url": ""})
        upstream.signed_in()
        page = parsed(client.get("/login?flow=f"))
        assert "Two-step verification isn't set up for this account." in words(page)
        set_up, go_on = (link["href"] for link in page.select("main a[href*=return_to]"))
        assert (set_up.partition("?")[0], query(set_up)) == ("/settings", {"return_to": f"{PUBLIC}/apps"})
        assert (go_on.partition("?")[0], query(go_on)) == (init("login"), {"return_to": f"{PUBLIC}/apps"})

    def test_a_demanded_one_is_set_up_in_the_settings(self, client_with, upstream):
        client = client_with(clients={"demo": {"required_aal": "aal2"}})
        answers(upstream, "login", 200, load("login/aal2_none") | {"return_to": BACK})
        upstream.asks("login")
        response = client.get("/login?flow=f")
        assert begun(response) == (init("settings"), {"return_to": f"{BACK}&task=second_factor"})

    def test_a_wished_one_is_done_without(self, client, upstream):
        answers(upstream, "login", 200, load("login/aal2_none") | {"return_to": BACK})
        upstream.asks("login")
        upstream.signed_in()
        assert client.get("/login?flow=f").headers["Location"] == BACK

    def test_nothing_is_decided_while_hydra_cannot_say_whose_login_it_is(self, client_with, upstream):
        """Nobody goes on without a factor that the application may demand."""
        client = client_with(clients={"demo": {"required_aal": "aal2"}})
        answers(upstream, "login", 200, load("login/aal2_none") | {"return_to": BACK})
        upstream.on("GET", upstream.url("login"), 503, {})
        upstream.mock.assert_all_requests_are_fired = False
        upstream.signed_in()

        client.get("/login?flow=f")
        upstream.mock.reset()
        upstream.asks("login", request_url="http://localhost:4444/oauth2/auth?client_id=demo&acr_values=aal2")
        upstream.signed_in()

        assert begun(client.get(BACK))[1]["aal"] == "aal2"


def test_a_sign_up_that_failed_at_a_provider_can_start_again(client, upstream):
    """Kratos leaves that provider's button in the flow and nothing else (selfservice/strategy/oidc, HandleError).

    Whether there is another way nobody can say.
    """
    upstream.asks("login")
    body = load("registration/social_email_missing")
    body["ui"]["nodes"] = [node for node in body["ui"]["nodes"] if "traits" not in node["attributes"]["name"]]
    body["ui"]["messages"] = [{"id": 4000001, "text": "Unable to complete OpenID Connect flow", "type": "error"}]
    upstream.on("GET", f"{KRATOS}/self-service/registration/flows", 200, body)
    page = parsed(client.get(f"/registration?flow={body['id']}"))
    [another] = [link for link in page.select("main a") if link.get_text() == "Start again"]
    assert another["href"].startswith(f"{BROWSER_KRATOS}/self-service/registration/browser?return_to=")


def test_what_a_provider_did_not_tell_is_no_problem_before_it_was_asked_for(client, upstream):
    """Kratos sends the same flow when its page is shown first and after an empty post."""
    upstream.asks("login")
    body = load("registration/social_email_missing")
    upstream.on("GET", f"{KRATOS}/self-service/registration/flows", 200, body)
    first, posted = (parsed(client.get(f"/registration?flow={body['id']}")) for _ in range(2))
    assert first.select_one("[name='traits.email']")["aria-required"] == "true"
    assert not first.select(".error-summary, [aria-invalid], .message-error")
    assert not first.title.get_text().startswith("Error")
    assert words(posted.select_one(".error-summary li")) == "Enter your email."


def test_who_recovered_an_account_and_has_nothing_to_choose_goes_on_to_the_application(client, upstream):
    """Where people sign in with codes alone there is no password to be chosen."""
    upstream.asks("login")
    body = load("settings/after_recovery") | {"return_to": BACK}
    body["ui"]["nodes"] = [node for node in body["ui"]["nodes"] if node["group"] in ("default", "profile")]
    upstream.on("GET", f"{KRATOS}/self-service/settings/flows", 200, body)
    assert client.get(f"/settings?flow={body['id']}").headers["Location"] == BACK


ALREADY_DONE = {"id": 4070002, "type": "error", "text": "The request was already completed successfully."}


class TestAnAddressVerifiedOnAnotherDevice:
    """Kratos gives the flow of a mailed link to the browser that opens it; where it was begun it begins anew."""

    @each_case("reason", ["notice", "message"])
    def test_is_not_asked_for_again(self, client, upstream, reason):
        upstream.asks("login")
        upstream.signed_in()
        for return_to, way_on in (("", f"{PUBLIC}/"), (BACK, BACK)):
            known = answers(upstream, "verification", 200, self.begun_anew(reason, return_to))
            assert client.get("/verification?flow=f").headers["Location"] == way_on
            upstream.mock.remove(known)

    @each_case("who", ["nobody", "unverified"])
    def test_whoever_else_begins_again_is_asked_for_one(self, client, upstream, who):
        answers(upstream, "verification", 200, self.begun_anew("notice", ""))
        upstream.nobody() if who == "nobody" else upstream.signed_in(identity=identity(verified=False))
        assert client.get("/verification?flow=f").status_code == 200

    def test_who_is_not_signed_in_there_is_told_so_without_an_error(self, client, upstream):
        body = self.begun_anew("message", "")
        body["ui"]["messages"] = [ALREADY_DONE | {"text": f"{ALREADY_DONE['text'][:-1]} and can not be retried."}]
        answers(upstream, "verification", 200, body)
        upstream.nobody()
        page = parsed(client.get("/verification?flow=f"))
        assert "You've already verified this. There's nothing more to do here." in words(page.main)
        assert not page.select(".error-summary")

    def begun_anew(self, reason, return_to):
        body = load("verification/email")
        body["ui"]["messages"] = [ALREADY_DONE] if reason == "message" else []
        begun = init("verification") + ("?notice=foreign" if reason == "notice" else "")
        return body | {"return_to": return_to, "request_url": begun}


class TestARecoveryThatIsOver:
    """Its page comes back by the browser's Back and by an administrator's link; Kratos leaves a link to itself."""

    def test_leads_whom_it_signed_in_on_to_the_settings(self, client, upstream):
        upstream.asks("login")
        upstream.signed_in()
        self.is_over(upstream)
        where = client.get("/recovery?flow=f").headers["Location"]
        assert (where.partition("?")[0], query(where)) == (f"{PUBLIC}/settings", {"return_to": BACK})

    def test_leads_who_owes_a_second_factor_there_too(self, client, upstream):
        upstream.asks("login")
        upstream.aal2_required()
        self.is_over(upstream)
        assert client.get("/recovery?flow=f").headers["Location"].startswith(f"{PUBLIC}/settings?")

    def test_begins_again_for_nobody_and_says_so(self, client, upstream):
        upstream.asks("login")
        upstream.nobody()
        self.is_over(upstream)
        assert begun(client.get("/recovery?flow=f")) == (init("recovery"), {"notice": "unknown", "return_to": BACK})

    def is_over(self, upstream):
        """Kratos' answer after the right code: the flow as it was, but for its state."""
        body = load("recovery/code_sent") | {"state": "passed_challenge", "return_to": BACK}
        answers(upstream, "recovery", 200, body)
