"""The return way: every page on the way into an application names it and leads back to it."""

from urllib.parse import urlencode

import pytest

from tests.payloads.bodies import kind_of, load
from tests.support.cases import each_case
from tests.support.pages import heading, parsed, words
from tests.support.upstream import BROWSER_KRATOS, EXPIRED, HYDRA, KRATOS, PUBLIC, authorize, identity, query

CHALLENGE = "/login?login_challenge=c"
BACK = f"{PUBLIC}/login?login_challenge=c&n=1"
ENROL = f"{BACK}&task=second_factor"
HOME = "https://demo.example.org/"
# A page of every kind, in its steps.
BODIES = [
    *("login/unified", "login/code_sent", "login/aal2_all", "login/refresh_everything", "login/account_linking"),
    *("registration/unified", "registration/profile", "registration/credentials", "registration/social_email_missing"),
    *("recovery/email", "recovery/code_sent", "recovery/v2_choice"),
    *("verification/email", "verification/after_registration", "verification/passed"),
    *("settings/after_recovery", "settings/everything"),
]


def opened(client, upstream, name, return_to=BACK, **more):
    """The page of a captured body that was begun with this way back."""
    kind = kind_of(name)
    body = load(name) | {"return_to": return_to} | more
    upstream.on("GET", f"{KRATOS}/self-service/{kind}/flows", 200, body)
    names_who = body.get("refresh") or body.get("requested_aal") == "aal2"
    if names_who or (kind == "verification" and name != "verification/passed"):
        upstream.signed_in(identity=identity(verified=False))
    return client.get(f"/{kind}?flow={body['id']}")


def named(page, name):
    """Whether heading and title say what this is for; what is verified is so for all applications."""
    said = [heading(page), words(parsed(page).title).removesuffix(" – Portico")]
    is_done = load(name)["state"] == "passed_challenge"
    return [text.endswith("to continue to Demo") for text in said] == [not is_done] * 2


def begin(client, upstream, challenge="c", **client_fields):
    """Begin an application's login in this browser, with nobody signed in, so that it is not finished."""
    login_request, who = upstream.asks("login", client=client_fields), upstream.nobody()
    client.get(f"/login?login_challenge={challenge}")
    for answer in (login_request, who):
        upstream.mock.remove(answer)


LOGO = "https://cdn.example.org/logo.png"
REGISTERED = {"policy_uri": f"{HOME}privacy", "tos_uri": f"{HOME}terms", "logo_uri": LOGO}

ASKING = ("login/unified", "login/code_sent", "login/account_linking", *(n for n in BODIES if "registration/" in n))


class TestWhatTheApplicationRegistered:
    """OpenID Connect Registration 1.0, section 2: policy_uri, tos_uri and logo_uri are for people to see."""

    @each_case("name", ASKING)
    def test_privacy_and_terms_are_linked_without_telling_from_where(self, client, upstream, name):
        """Who has skip_consent is never on the consent page."""
        upstream.asks("login", client=REGISTERED)
        links = parsed(opened(client, upstream, name)).select("a[target]")
        assert [(link["href"], words(link)) for link in links] == [
            (f"{HOME}privacy", "Privacy policy (opens in a new tab)"),
            (f"{HOME}terms", "Terms of use (opens in a new tab)"),
        ]
        assert all({"noopener", "noreferrer"} <= set(link["rel"]) for link in links)

    @each_case("name", [name for name in BODIES if name not in ASKING])
    def test_nothing_of_it_stands_on_the_other_pages(self, client_with, upstream, name):
        """Somebody who is back is asked for a password, and not what they think of the terms."""
        upstream.asks("login", client=REGISTERED)
        page = opened(client_with(client_logo_hosts=["cdn.example.org"]), upstream, name)
        assert not any(address in page.text for address in REGISTERED.values())

    @each_case("name", ASKING)
    def test_a_logo_is_shown_from_a_host_that_the_operator_named_and_from_no_other(self, client_with, upstream, name):
        """N17: the picture's host learns who signs in where."""
        upstream.asks("login", client=REGISTERED)
        logo = parsed(opened(client_with(client_logo_hosts=["cdn.example.org"]), upstream, name)).select_one("main img")
        assert (logo["src"], logo["referrerpolicy"], logo["alt"]) == (LOGO, "no-referrer", "Demo")
        other = opened(client_with(client_logo_hosts=["other.example.org"]), upstream, name)
        assert LOGO not in other.text

    @each_case("scheme", ["http:", "javascript:", "data:"])
    def test_an_address_that_is_not_https_is_left_out(self, client_with, upstream, scheme):
        """N14."""
        upstream.asks("login", client=dict.fromkeys(REGISTERED, f"{scheme}//cdn.example.org/x"))
        page = parsed(opened(client_with(client_logo_hosts=["cdn.example.org"]), upstream, "login/unified"))
        assert page.select("main a[target], main img") == []


class TestEveryPage:
    @each_case("name", BODIES)
    def test_it_names_the_application(self, client, upstream, name):
        upstream.asks("login")
        page = opened(client, upstream, name)
        assert named(page, name)

    @each_case("name", BODIES)
    @each_case("status", [401, 404, 503])
    def test_when_hydra_cannot_say_only_the_name_is_missing(self, client, upstream, name, status):
        upstream.on("GET", upstream.url("login"), status, {})
        page = opened(client, upstream, name)
        assert page.status_code == 200
        assert "Demo<" not in page.text

    @each_case("name", BODIES)
    def test_when_hydra_cannot_say_the_cookie_may_know(self, client, upstream, name):
        begin(client, upstream)
        upstream.on("GET", upstream.url("login"), 503, {})
        assert named(opened(client, upstream, name), name)

    def test_the_cookie_names_no_other_application(self, client, upstream):
        begin(client, upstream, "another")
        upstream.on("GET", upstream.url("login"), 503, {})
        assert heading(opened(client, upstream, "login/unified")) == "Sign in"

    @each_case("name", BODIES)
    @each_case("back", ["https://app.example.org/", f"{PUBLIC}/", f"{PUBLIC}/settings", "", "https://["])
    def test_a_page_that_leads_elsewhere_names_none(self, client, upstream, name, back):
        """Hydra is not asked: the fake upstream would fail."""
        page = opened(client, upstream, name, return_to=back, request_url="")
        assert page.status_code == 200
        assert parsed(page).h1.find("span") is None

    def test_a_sign_up_that_leads_to_an_offered_passkey_names_none(self, client, upstream):
        """An address of the account's that anybody can give to Kratos."""
        page = opened(client, upstream, "registration/unified", return_to=f"{PUBLIC}/?task=passkey", request_url="")
        assert heading(page) == "Create account"

    def test_a_second_factor_that_nobody_has_is_not_passed_over_to_offer_a_passkey(self, client, upstream):
        """The same address, given to a login: only the settings that are begun to offer one lead there."""
        page = opened(client, upstream, "login/aal2_none", return_to=f"{PUBLIC}/?task=passkey", request_url="")
        assert page.status_code == 200

    def test_without_hydra_there_are_no_applications(self, client_with, upstream):
        assert heading(opened(client_with(hydra_admin_url=""), upstream, "login/unified")) == "Sign in"

    @each_case("name", BODIES)
    def test_hydra_is_asked_once(self, client, upstream, name):
        upstream.asks("login")
        opened(client, upstream, name)
        assert len(upstream.sent("GET", HYDRA)) == 1

    @each_case("name", [name for name in BODIES if kind_of(name) in ("login", "registration", "recovery")])
    def test_it_can_be_cancelled(self, client, upstream, name):
        upstream.asks("login")
        upstream.takes("login", "reject")
        page = opened(client, upstream, name)
        client.submit(page, "/login/cancel")
        assert upstream.body("login/reject")["error"] == "access_denied"

    @each_case("name", ["login/unified", "recovery/email", "registration/unified"])
    def test_links_to_other_flows_lead_back_too(self, client, upstream, name):
        upstream.asks("login")
        links = parsed(opened(client, upstream, name)).select(f".links a[href^='{BROWSER_KRATOS}']")
        assert {query(link["href"])["return_to"] for link in links} == {BACK}


class TestVerification:
    @each_case("name", ["verification/email", "verification/code_sent", "verification/link_sent"])
    def test_it_can_wait(self, client, upstream, name):
        """The person is signed in already, and mail can be lost."""
        upstream.asks("login")
        link = parsed(opened(client, upstream, name)).find("a", {"href": BACK})
        assert words(link) == "Continue to Demo and verify later"

    def test_it_can_wait_too_where_no_application_does(self, client, upstream):
        page = opened(client, upstream, "verification/email", return_to="", request_url="")
        assert words(parsed(page).find("a", {"href": "/"})) == "Verify later"

    def test_another_sites_page_is_come_back_to_by_way_of_kratos_which_checks_it(self, client, upstream):
        there = "https://shop.example/x"
        signed_in = opened(client, upstream, "verification/email", return_to=there, request_url="")
        upstream.nobody()
        for page, text in ((signed_in, "Verify later"), (client.get("/verification?flow=f"), "Back to sign in")):
            link = parsed(page).find("a", string=text)["href"]
            assert link.startswith(f"{BROWSER_KRATOS}/self-service/login/browser?")
            assert query(link) == {"return_to": there}

    def test_who_is_not_signed_in_is_not_told_that_it_can_wait(self, client, upstream):
        """Where Kratos signs nobody in after a registration."""
        upstream.asks("login")
        upstream.nobody()
        upstream.on(
            "GET", f"{KRATOS}/self-service/verification/flows", 200, load("verification/email") | {"return_to": BACK}
        )
        page = client.get("/verification?flow=f")
        assert "later" not in page.text
        assert words(parsed(page).find("a", {"href": BACK})) == "Back to sign in"

    def test_a_passed_one_in_another_browser_leads_back_to_where_it_was_begun(self, client, upstream):
        upstream.asks("login", client={"client_uri": HOME})
        page = opened(client, upstream, "verification/passed")
        assert "continue where you started signing in to" in page.text
        assert parsed(page).find("a", {"data-testid": "node/anchor/continue"}) is None
        assert words(parsed(page).find("a", {"href": HOME})) == "Go to Demo"

    def test_a_passed_one_leads_on(self, client, upstream):
        begin(client, upstream)
        upstream.asks("login")
        link = parsed(opened(client, upstream, "verification/passed")).find(
            "a", {"data-testid": "node/anchor/continue"}
        )
        assert words(link) == "Continue to Demo"


class TestSettings:
    """One task while an application waits, not the account."""

    def sections(self, page):
        return [element["id"] for element in parsed(page).select(".methods > details > .stack")]

    def test_after_recovery_the_task_is_a_new_password(self, client, upstream):
        upstream.asks("login")
        page = opened(client, upstream, "settings/after_recovery")
        assert heading(page) == "Choose a new password to continue to Demo"
        assert set(self.sections(page)) == {"password", "passkey"}
        assert page.text.count("sign in next time") == 1

    def test_on_the_way_nothing_of_the_account_is_offered_after_a_change(self, client, upstream):
        upstream.asks("login")
        page = parsed(opened(client, upstream, "settings/after_recovery", state="success"))
        assert not page.select("a[href='/apps'], a[href='/sessions']")

    def test_the_settings_can_be_left_without_a_change(self, client, upstream):
        upstream.asks("login")
        link = parsed(opened(client, upstream, "settings/after_recovery")).find("a", {"href": BACK})
        assert words(link) == "Continue to Demo without changing"

    def test_for_a_demanded_second_factor_the_task_is_to_set_one_up(self, client, upstream):
        upstream.asks("login")
        page = opened(client, upstream, "settings/nothing_enrolled", return_to=ENROL)
        assert heading(page) == "Set up two-step verification to continue to Demo"
        assert set(self.sections(page)) == {"totp", "webauthn", "lookup_secret"}

    def test_a_demanded_one_cannot_be_left_out_only_cancelled(self, client, upstream):
        upstream.asks("login")
        upstream.takes("login", "reject")
        page = opened(client, upstream, "settings/nothing_enrolled", return_to=ENROL)
        assert "without changing" not in page.text
        client.submit(page, "/login/cancel")
        assert upstream.body("login/reject")["error"] == "access_denied"

    def test_a_task_nobody_knows_is_the_usual_one(self, client, upstream):
        upstream.asks("login")
        page = opened(client, upstream, "settings/everything", return_to=f"{BACK}&task=x")
        assert set(self.sections(page)) == {"password", "passkey"}

    def test_a_page_without_the_tasks_methods_says_so(self, client, upstream):
        upstream.asks("login")
        body = load("settings/password_only")
        script = {"type": "script", "group": "webauthn", "attributes": {"src": f"{BROWSER_KRATOS}/webauthn.js"}}
        ui = body["ui"] | {"nodes": [*body["ui"]["nodes"], script]}  # as where passkeys are on
        page = opened(client, upstream, "settings/password_only", return_to=ENROL, ui=ui)
        assert "you can't set it up here" in page.text
        assert "Set it up now" not in page.text


class TestConfirmingForTheSettings:
    """A privileged change: Kratos asks who it is, with its own submit address as the way back."""

    SUBMIT = f"{BROWSER_KRATOS}/self-service/settings?flow=s"

    def confirm(self, client, upstream, return_to):
        return opened(client, upstream, "login/refresh_password", return_to=return_to, request_url="")

    def behind(self, upstream, status=200, **more):
        body = load("settings/everything") | more
        upstream.on("GET", f"{KRATOS}/self-service/settings/flows", status, body if status == 200 else {})

    def test_it_names_the_application_the_settings_lead_back_to(self, client, upstream):
        self.behind(upstream, return_to=BACK)
        upstream.asks("login")
        page = self.confirm(client, upstream, self.SUBMIT)
        assert heading(page) == "Verify it's you to continue to Demo"
        assert query(upstream.sent("GET", "settings/flows")[0].url) == {"id": "s"}

    def test_settings_that_lead_nowhere_name_none(self, client, upstream):
        self.behind(upstream, return_to="", request_url="")
        assert heading(self.confirm(client, upstream, self.SUBMIT)) == "Verify it's you"

    @each_case("status", [401, 403, 404, 410, 429, 500])
    def test_settings_that_kratos_cannot_show_cost_only_the_name(self, client, upstream, status):
        self.behind(upstream, status)
        assert heading(self.confirm(client, upstream, self.SUBMIT)) == "Verify it's you"

    @each_case(
        "return_to",
        [
            *("https://evil.example/self-service/settings?flow=s", f"{BROWSER_KRATOS}/self-service/login?flow=s"),
            *(f"{BROWSER_KRATOS}@evil.example/self-service/settings?flow=s", "/self-service/settings?flow=s"),
        ],
    )
    def test_nothing_else_is_looked_up(self, client, upstream, return_to):
        """The fake upstream fails a test that asks unforeseen."""
        assert heading(self.confirm(client, upstream, return_to)) == "Verify it's you"


class TestWhereKratosLosesTheWay:
    def continue_link(self, page):
        return parsed(page).find("a", class_="button-primary", href=lambda href: href and "login_challenge" in href)

    @each_case("path", ["/", "/welcome"])
    def test_the_persons_page_offers_to_continue(self, client, upstream, path):
        begin(client, upstream)
        upstream.asks("login")
        upstream.signed_in()
        link = self.continue_link(client.get(path))
        assert words(link) == "Continue to Demo"
        assert link["href"] == f"{PUBLIC}/login?login_challenge=c&n=0"

    def test_also_to_somebody_who_is_not_signed_in(self, client, upstream):
        begin(client, upstream)
        upstream.asks("login")
        upstream.nobody()
        assert words(self.continue_link(client.get("/"))) == "Continue to Demo"

    @each_case("status", [401, 404, 410, 503])
    def test_not_when_hydra_does_not_wait_any_more(self, client, upstream, status):
        begin(client, upstream)
        upstream.on("GET", upstream.url("login"), status, {})
        upstream.signed_in()
        page = client.get("/")
        assert page.status_code == 200
        assert self.continue_link(page) is None

    def test_not_when_there_was_no_sign_in(self, client, upstream):
        upstream.signed_in()
        assert self.continue_link(client.get("/")) is None

    def test_not_when_the_challenge_was_too_long_to_keep(self, client, upstream):
        begin(client, upstream, "c" * 4000)
        upstream.signed_in()
        assert self.continue_link(client.get("/")) is None

    def refused(self, client, upstream, error_id):
        body = {"id": "e", "error": {"id": error_id, "code": 403}}
        upstream.on("GET", f"{KRATOS}/self-service/errors", 200, body)
        page = parsed(client.get("/error?id=e"))
        assert page.h1.get_text() == "This form expired"
        return [link["href"] for link in page.main.find_all("a")]

    def test_a_form_that_kratos_refuses_leads_back_into_the_sign_in(self, client, upstream):
        begin(client, upstream)
        upstream.asks("login")
        assert self.refused(client, upstream, "security_csrf_violation") == [f"{PUBLIC}/login?login_challenge=c&n=0"]

    @each_case("error_id", ["security_csrf_violation", "session_aal1_required", "security_identity_mismatch"])
    def test_a_form_that_kratos_refuses_outside_of_one_leads_to_the_login_page(self, client, upstream, error_id):
        """The second: the session ended during the search for the authenticator app. The third: it is another's."""
        assert self.refused(client, upstream, error_id) == ["/login"]


@pytest.mark.parametrize("kind", ["recovery", "verification"])
class TestACodeThatCannotBeUsedAnyMore:
    """Tried too often, or twice: Kratos begins another flow by itself, without the way back."""

    def answered(self, client, upstream, kind, **more):
        return opened(client, upstream, f"{kind}/expired", return_to="", request_url="", **more)

    def test_the_flow_is_begun_once_more_with_the_way_back_and_says_why(self, client, upstream, kind):
        begin(client, upstream)
        upstream.asks("login")
        location = self.answered(client, upstream, kind).headers["Location"]
        upstream.mock.remove("GET", f"{KRATOS}/self-service/{kind}/flows")
        if kind == "verification":
            upstream.mock.remove("GET", f"{KRATOS}/sessions/whoami")

        page = opened(client, upstream, f"{kind}/email", request_url=location)

        assert location.startswith(f"{BROWSER_KRATOS}/self-service/{kind}/browser?")
        assert query(location) == {"return_to": f"{PUBLIC}/login?login_challenge=c&n=0", "notice": "replaced"}
        assert "code has expired" in words(parsed(page).find(class_="notice"))

    def test_it_does_not_go_round(self, client, upstream, kind):
        """The flow that is begun has the way back."""
        begin(client, upstream)
        upstream.asks("login")
        assert opened(client, upstream, f"{kind}/expired").status_code == 200

    def test_without_a_sign_in_to_go_back_to_it_is_a_page(self, client, upstream, kind):
        assert self.answered(client, upstream, kind).status_code == 200

    def test_a_page_without_an_error_is_left_as_it_is(self, client, upstream, kind):
        """Somebody may have come to it by themselves."""
        begin(client, upstream)
        assert opened(client, upstream, f"{kind}/email", return_to="", request_url="").status_code == 200


def test_so_it_is_where_kratos_asks_for_any_address_of_a_person(client, upstream):
    """Its feature_flags.choose_recovery_address has names of its own for what a recovery waits for."""
    begin(client, upstream)
    upstream.asks("login")
    first = {"return_to": "", "request_url": "", "state": "recovery_awaiting_address"}
    begun = query(opened(client, upstream, "recovery/expired", **first).headers["Location"])
    assert begun == {"return_to": f"{PUBLIC}/login?login_challenge=c&n=0", "notice": "replaced"}


class TestTooLate:
    def late(self, client, upstream, challenge="c"):
        upstream.on("GET", upstream.url("login"), 401, EXPIRED)
        return client.get(f"/login?login_challenge={challenge}")

    def test_who_is_signed_in_by_now_only_goes_back_to_the_application(self, client, upstream):
        begin(client, upstream, client_uri=HOME)
        upstream.signed_in()
        page = self.late(client, upstream)
        assert (page.status_code, heading(page)) == (410, "You're signed in")
        assert words(parsed(page).find("a", {"href": HOME})) == "Go to Demo"

    @each_case("uri", ["http://demo.example.org/", "javascript:alert(1)", "", None])
    def test_a_link_that_is_not_https_is_left_out(self, client, upstream, uri):
        begin(client, upstream, client_uri=uri)
        upstream.signed_in()
        page = self.late(client, upstream)
        assert heading(page) == "You're signed in"
        assert [link["href"] for link in parsed(page).find("main").find_all("a")] == ["/"]

    def test_who_is_not_gets_the_usual_page(self, client, upstream):
        begin(client, upstream)
        upstream.nobody()
        assert heading(self.late(client, upstream)) == "This sign-in request expired"

    def test_a_sign_in_this_browser_did_not_begin_gets_the_usual_page(self, client, upstream):
        """Nobody is asked who it is: the fake upstream would fail."""
        begin(client, upstream, "another")
        assert heading(self.late(client, upstream)) == "This sign-in request expired"


class TestForgot:
    """Kratos begins no recovery for who is signed in, and drops its way back."""

    def test_a_page_of_confirmation_signs_out_and_recovers_on_the_way_back(self, client, upstream, logs):
        upstream.asks("login")
        upstream.signs_out()
        page = opened(client, upstream, "login/refresh_password")
        location = client.submit(page, "/login/forgot").headers["Location"]
        assert location.startswith(f"{BROWSER_KRATOS}/self-service/recovery/browser?")
        assert query(location) == {"return_to": f"{PUBLIC}/login?login_challenge=c&n=0"}
        assert '"reason": "recovery"' in logs.getvalue()

    def test_outside_of_an_applications_login_it_just_recovers(self, client, upstream):
        upstream.signs_out()
        page = opened(client, upstream, "login/refresh_password", return_to="", request_url="")
        location = client.submit(page, "/login/forgot").headers["Location"]
        assert location == f"{BROWSER_KRATOS}/self-service/recovery/browser"

    def test_a_forged_form_signs_nobody_out(self, client, upstream):
        """The fake upstream would fail."""
        assert client.send("/login/forgot", [("login_challenge", "c"), ("csrf_token", "x")]).status_code == 400

    def test_when_kratos_fails_nothing_is_begun(self, client, upstream):
        page = opened(client, upstream, "login/refresh_password", return_to="", request_url="")
        upstream.on("GET", f"{KRATOS}/self-service/logout/browser", 500, {})
        assert client.submit(page, "/login/forgot").status_code == 503

    @each_case("name", ["login/refresh_password", "login/aal2_totp"])
    def test_somebody_else_can_take_over(self, client, upstream, name):
        upstream.asks("login")
        upstream.signs_out()
        page = opened(client, upstream, name)
        if name == "login/aal2_totp":
            upstream.aal2_required()
        response = client.submit(page, "/login/account", ("action", "another"))
        assert response.headers["Location"] == f"{PUBLIC}/login?login_challenge=c&n=0"

    def test_outside_of_an_applications_login_there_is_the_way_to_sign_out(self, client, upstream):
        page = opened(client, upstream, "login/refresh_password", return_to="", request_url="")
        assert parsed(page).find("a", {"data-testid": "logout-link"})["href"] == "/logout"


def test_a_sign_in_that_was_lost_is_found_and_finished(client, upstream):
    """From the application's request to Kratos' dead end, over our page, to the application."""
    begin(client, upstream)
    upstream.asks("login", request_url=authorize())
    upstream.signed_in()
    upstream.takes("login", "accept")
    offered = parsed(client.get("/")).find("a", class_="button-primary")["href"]

    client.get(offered)

    assert upstream.body("login/accept")["subject"]
    upstream.asks("consent", skip=True)
    upstream.takes("consent", "accept")
    client.get("/consent?consent_challenge=c")
    assert "Continue to" not in client.get("/").text


def test_a_hostile_name_is_only_a_name(client, upstream):
    """N16."""
    begin(
        client,
        upstream,
        client_name="<script>alert(1)</script>" + "x" * 500,
        client_uri=f"{HOME}?{urlencode({'a': '<'})}",
    )
    upstream.on("GET", upstream.url("login"), 401, EXPIRED)
    upstream.signed_in()

    page = client.get(CHALLENGE)

    assert "<script>alert" not in page.text
    assert "x" * 61 not in page.text
