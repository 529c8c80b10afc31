"""Challenges that are garbage, old or used, and upstreams that are busy."""

import json

import pytest

from tests.support.cases import each_case
from tests.support.pages import heading, parsed
from tests.support.upstream import EXPIRED, KRATOS, PUBLIC, authorize


class TestChallenges:
    PATHS = ("/login?login_challenge=c", "/consent?consent_challenge=c")

    def gone(self, client, upstream, path, status, body):
        what = path[1:].split("?")[0]
        upstream.on("GET", upstream.url(what), status, body)
        return client.get(path)

    @each_case("path", [*PATHS, "/logout?logout_challenge=c"])
    def test_of_a_head_request_nothing_is_asked_or_answered(self, client, path):
        """N41: no server is faked here, so none may be called."""
        page = client.open(path, method="HEAD")
        assert (page.status_code, page.data) == (204, b"")

    @each_case("kind", ["login", "consent", "logout"])
    def test_the_page_is_in_the_language_the_application_asks_for(self, client, upstream, kind):
        upstream.asks(kind, request_url=authorize(prompt="registration", ui_locales="xx de"))
        upstream.signed_in()
        assert parsed(client.get(f"/{kind}?{kind}_challenge=c")).html["lang"] == "de"

    @each_case("path", PATHS)
    @each_case(
        "status, shown, title",
        [(401, 410, "This sign-in request expired"), (404, 404, "We can't find this sign-in request")],
    )
    def test_garbage_and_old_ones_say_how_to_go_on(self, client, upstream, path, status, shown, title):
        """N54."""
        page = self.gone(client, upstream, path, status, EXPIRED)
        assert (page.status_code, heading(page)) == (shown, title)
        assert "sign in again" in page.text

    @each_case("path", PATHS)
    def test_a_used_one_goes_on_where_hydra_says(self, client, upstream, path):
        """N54."""
        page = self.gone(client, upstream, path, 410, {"redirect_to": authorize()})
        assert page.headers["Location"] == authorize()

    @each_case("path", PATHS)
    @each_case("target", ["", None, 7, "https://evil.example/", "javascript:alert(1)", "//evil.example"])
    def test_a_used_one_that_leads_elsewhere_is_a_page(self, client, upstream, path, target):
        """N22 N54."""
        page = self.gone(client, upstream, path, 410, {"redirect_to": target})
        assert page.status_code == 410

    def test_a_used_one_is_not_followed_where_hydras_address_is_unknown(self, client_with, upstream):
        """Then there is nothing to compare the redirect with."""
        page = self.gone(client_with(hydra_public_url=""), upstream, self.PATHS[0], 410, {"redirect_to": authorize()})
        assert page.status_code == 410
        assert "Location" not in page.headers


class TestTooManyAttempts:
    @each_case(
        "retry_after, expected",
        [
            ("17", "17"),
            ("0", None),
            ("x", None),
            ("-1", None),
            ("9" * 9, None),
            ("Wed, 21 Oct 2026 07:28:00 GMT", None),
        ],
    )
    def test_a_busy_upstream_is_a_429_with_its_wait(self, client, upstream, retry_after, expected):
        """N55."""
        upstream.on("GET", f"{KRATOS}/sessions/whoami", 429, {}, headers={"Retry-After": retry_after})
        page = client.get("/")
        assert page.status_code == 429
        assert heading(page) == "Too many attempts"
        assert page.headers.get("Retry-After") == expected


def test_the_log_names_the_upstream_that_failed(client, upstream, logs):
    upstream.on("GET", f"{KRATOS}/sessions/whoami", 502, {})
    client.get("/")
    events = [json.loads(line) for line in logs.getvalue().splitlines()]
    [event] = [event for event in events if event["event"] == "upstream_error"]
    assert (event["service"], event["status"]) == ("Kratos", 502)


PAGES = {"login": "/login", "consent": "/consent", "logout": "/logout", "device": "/device"}


@pytest.mark.parametrize(
    ("page", "kind"),
    [(page, kind) for page in (*PAGES.values(), "/oauth2/page") for kind in PAGES if page != PAGES[kind]],
)
def test_a_challenge_at_another_address_than_its_page_is_led_to_its_own_and_the_log_names_the_key(
    client, logs, page, kind
):
    """N87: Hydra's `urls` are mixed up, which nobody can see from outside before somebody signs in."""
    answer = client.get(f"{page}?{kind}_challenge=a%2Bb%3D&x=1")
    key = "urls.device.verification" if kind == "device" else f"urls.{kind}"
    assert answer.headers["Location"] == f"{PUBLIC}{PAGES[kind]}?{kind}_challenge=a%2Bb%3D&x=1"
    events = map(json.loads, logs.getvalue().splitlines())
    assert [event["check"] for event in events if event["event"] == "challenge_elsewhere"] == [f"hydra.yml: {key}"]


def test_without_hydra_a_challenge_leads_nowhere(client_with):
    """N87: its page does not exist then, and a redirect to it would never end."""
    assert client_with(hydra_admin_url="").get("/consent?consent_challenge=c").status_code == 404
