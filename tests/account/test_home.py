"""The person's own page (`/`, `/welcome`)."""

import pytest

from tests.payloads.bodies import load
from tests.support.cases import each_case
from tests.support.pages import heading, parsed, words
from tests.support.upstream import ADA, BROWSER_KRATOS, KRATOS, PUBLIC, identity, proof, query

EMAIL = {"value": "ada@example.org", "via": "email"}
DOCS = "https%3A%2F%2Fdocs.example.org%2F"
PHONE = {"value": "+442079460001", "via": "sms"}


def home(client, upstream, **about):
    """The page of an identity with these fields."""
    upstream.signed_in(identity=identity() | about)
    return client.get("/")


@pytest.mark.parametrize("path", ["/", "/welcome"])
class TestBothAddresses:
    """Ory's suites open /welcome, with and without a session (design section 8)."""

    def test_signed_in(self, client, upstream, path):
        upstream.signed_in()
        page = client.get(path)
        assert (page.status_code, heading(page)) == (200, "Your account")

    def test_signed_out(self, client, upstream, path):
        upstream.nobody()
        page = client.get(path)
        assert (page.status_code, heading(page)) == (200, "Welcome")

    def test_with_a_second_factor_to_come(self, client, upstream, path):
        upstream.aal2_required()
        page = client.get(path)
        assert (page.status_code, heading(page)) == (200, "Two-step verification")


class TestAfterSigningUp:
    """Kratos sends who signs up outside an application here, signed in or not, as its hooks say."""

    READY = "Your account is ready"

    def after(self, client, upstream, kind, body, headers=None, who="nobody"):
        page = load(f"{kind}/{body}") | {"return_to": "", "request_url": ""}
        upstream.on("GET", f"{KRATOS}/self-service/{kind}/flows", 200, page)
        getattr(upstream, who)()
        client.get(f"/{kind}?flow=f")
        return client.get("/", headers=headers or {})

    @each_case("kind, body", [("registration", "credentials"), ("verification", "passed")])
    @each_case("site", [None, "same-site", "cross-site", "same-origin"])
    def test_who_is_not_signed_in_is_told_that_the_account_is_made(self, client, upstream, kind, body, site):
        headers = {"Sec-Fetch-Site": site} if site else {}
        assert self.READY in self.after(client, upstream, kind, body, headers).text
        assert self.READY not in client.get("/").text

    def test_who_types_the_address_is_not(self, client, upstream):
        headers = {"Sec-Fetch-Site": "none"}
        assert self.READY not in self.after(client, upstream, "registration", "profile", headers).text

    @each_case("who", ["signed_in", "aal2_required"])
    def test_who_is_signed_in_sees_the_account(self, client, upstream, who):
        assert self.READY not in self.after(client, upstream, "registration", "credentials", who=who).text

    @each_case("kind, body", [("recovery", "email"), ("login", "unified"), ("verification", "email")])
    def test_other_pages_make_no_account(self, client, upstream, kind, body):
        assert self.READY not in self.after(client, upstream, kind, body).text


class TestWho:
    def test_name_and_address(self, client, upstream):
        upstream.signed_in()
        assert "signed in as Ada Lovelace. ada@example.org verified" in words(parsed(client.get("/")))

    def test_an_address_that_is_not_among_those_that_are_verified(self, client, upstream):
        page = home(client, upstream, traits={"email": "new@example.org", "name": {"first": "Ada"}})
        assert "signed in as Ada, new@example.org." in words(parsed(page))

    def test_the_name_follows_the_operators_claim_rules(self, client_with, upstream):
        upstream.signed_in()
        client = client_with(claims={"profile": {"name": {"value": "traits.name.last"}}})
        assert "signed in as Lovelace. ada@example.org verified" in words(parsed(client.get("/")))

    @each_case("traits", [{"email": "ada@example.org"}, {}])
    def test_without_a_name_the_address_is_enough_and_stands_there_once(self, client, upstream, traits):
        page = words(parsed(home(client, upstream, traits=traits)).main)
        assert page.count("ada@example.org") == 1
        assert page.startswith("Your account ada@example.org verified")

    def test_without_anything_it_is_the_id(self, client, upstream):
        page = home(client, upstream, traits={}, verifiable_addresses=[], recovery_addresses=[])
        assert f"signed in as {ADA}." in words(parsed(page))

    def test_a_hostile_name_is_only_text(self, client, upstream):
        page = home(client, upstream, traits={"email": "a@b.example", "name": "<script>alert(1)</script>"})
        assert "<script>alert(1)" in words(parsed(page).main)
        assert not parsed(page).main.script


class TestAddresses:
    def test_a_confirmed_address_offers_nothing(self, client, upstream):
        [row] = parsed(home(client, upstream, verifiable_addresses=[EMAIL | {"verified": True}])).select("main li")
        assert words(row) == "ada@example.org verified"
        assert not row.a

    def test_an_unconfirmed_one_can_be_confirmed_at_kratos_and_back(self, client, upstream):
        [row] = parsed(home(client, upstream, verifiable_addresses=[EMAIL | {"verified": False}])).select("main li")
        assert words(row) == "ada@example.org not verified yet Verify"
        assert row.a["href"].startswith(f"{BROWSER_KRATOS}/self-service/verification/browser?")
        assert query(row.a["href"]) == {"return_to": f"{PUBLIC}/"}
        assert row.a["aria-label"] == "Verify ada@example.org"

    def test_of_thousands_a_page_has_the_first(self, client, upstream):
        """N95."""
        rows = [EMAIL | {"value": f"a{number}@example.org"} for number in range(1000)]
        assert len(parsed(home(client, upstream, verifiable_addresses=rows)).select("main li")) == 50

    def test_each_has_a_line(self, client, upstream):
        page = home(client, upstream, verifiable_addresses=[EMAIL | {"verified": True}, PHONE | {"verified": False}])
        assert [words(row.bdi) for row in parsed(page).select("main li")] == ["ada@example.org", "+442079460001"]

    def test_a_phone_is_not_sent_where_kratos_takes_emails_alone(self, client, upstream):
        """Its verification page has a field for an email (v26.2.0, code/strategy_verification.go)."""
        [row] = parsed(home(client, upstream, verifiable_addresses=[PHONE | {"verified": False}])).select("main li")
        assert words(row) == "+442079460001 not verified yet"

    @each_case("odd", [None, [], {}, "x", [None], [{}], [{"value": 5}]])
    def test_odd_ones_are_left_out(self, client, upstream, odd):
        page = home(client, upstream, verifiable_addresses=odd)
        assert page.status_code == 200
        assert not parsed(page).select("main li")

    @each_case("odd", [None, "true", 1])
    def test_only_true_counts_as_confirmed(self, client, upstream, odd):
        page = home(client, upstream, verifiable_addresses=[EMAIL | {"verified": odd}])
        assert "not verified yet" in page.text


class TestLinks:
    @each_case(
        "selector",
        [
            "a[href='/settings']",
            "a[href*='sessions']",
            "a[href='/apps']",
            "[data-testid='logout'] a[href*='logout']",
            "a[data-testid='logout-link']",
        ],
    )
    def test_signed_in(self, client, upstream, selector):
        """Design section 8."""
        upstream.signed_in()
        assert len(parsed(client.get("/")).select(selector)) == 1

    def test_without_hydra_there_are_no_applications(self, client_with, upstream):
        upstream.signed_in()
        page = client_with(hydra_admin_url="", hydra_public_url="").get("/")
        assert not parsed(page).select("a[href='/apps']")

    @each_case("selector", ["a[href='/login']", "a[href='/registration'][data-testid='signup-link']"])
    def test_signed_out(self, client, upstream, selector):
        upstream.nobody()
        assert len(parsed(client.get("/")).select(selector)) == 1

    def test_who_has_just_signed_up_is_offered_no_other_account(self, client, upstream):
        upstream.nobody()
        upstream.on("GET", f"{KRATOS}/self-service/registration/flows", 200, load("registration/unified"))
        client.get("/registration?flow=f")
        page = parsed(client.get("/"))
        assert len(page.select("a[href='/login']")) == 1
        assert not page.select("a[href='/registration']")

    def test_nobody_whose_sign_up_failed_at_kratos_is_told_of_an_account(self, client, upstream):
        upstream.nobody()
        upstream.on("GET", f"{KRATOS}/self-service/registration/flows", 200, load("registration/unified"))
        upstream.on("GET", f"{KRATOS}/self-service/errors", 200, {"id": "e", "error": {"code": 500}})
        client.get("/registration?flow=f")
        client.get("/error?id=e")
        assert "is ready" not in client.get("/").text

    @each_case("selector", ["a[href='/login?aal=aal2']", "a[data-testid='logout-link']"])
    def test_with_a_second_factor_to_come(self, client, upstream, selector):
        upstream.aal2_required()
        assert len(parsed(client.get("/")).select(selector)) == 1


class TestOnTheWayToTheSettings:
    """Kratos, asked for the settings, sends who owes them a second factor to prove it, and then here (26.2.0)."""

    @each_case(
        "begun, aal, seconds, leads_on",
        [
            ("/settings", "aal2", 5, "/settings"),
            (f"/settings?return_to={DOCS}", "aal2", 5, f"/settings?return_to={DOCS}"),
            (f"/settings?return_to={DOCS}{'x' * 2000}", "aal2", 5, "/settings"),
            ("/settings", "aal1", 5, None),
            ("/settings", "aal2", 90, None),
            ("/login?aal=aal2", "aal2", 5, None),
        ],
    )
    def test_who_has_just_given_a_second_factor_goes_on_to_them(self, client, upstream, begun, aal, seconds, leads_on):
        upstream.signed_in(aal=aal, proofs=[proof(5), *([proof(seconds, "totp", "aal2")] if aal == "aal2" else [])])
        flow = load("login/aal2_totp") | {"return_to": "", "request_url": ""}
        upstream.on("GET", f"{KRATOS}/self-service/login/flows", 200, flow)
        client.get(begun)
        client.get("/login?flow=f")
        page = client.get("/")
        assert page.headers.get("Location") == (leads_on and PUBLIC + leads_on)
        assert client.get("/").status_code == 200  # once

    def test_nobody_is_sent_round_where_kratos_shows_the_settings_at_this_address(self, client, upstream):
        """By a mistake in its settings.ui_url."""
        upstream.signed_in(aal="aal2", proofs=[proof(5), proof(5, "totp", "aal2")])
        client.get("/settings")
        assert client.get("/?flow=f").status_code == 200


class TestStrayCode:
    """Contracts E: Kratos adds `?code=` for a native app that named no return_to."""

    @pytest.mark.parametrize("path", ["/", "/welcome"])
    def test_it_is_ignored_and_not_logged(self, client, upstream, logs, path):
        """N34."""
        upstream.nobody()
        page = client.get(f"{path}?code=a-secret-exchange-code")
        assert page.status_code == 200
        assert "a-secret-exchange-code" not in page.text + str(page.headers) + logs.getvalue()
        assert f'"route": "{path}"' in logs.getvalue()
