"""What a browser fetches before anybody wants to see it changes nothing, anywhere (N41 B10)."""

import pytest

from app.http.security import CACHEABLE
from tests.account.test_sessions import opened, others
from tests.http.test_security import ALL
from tests.support.cases import each_case
from tests.support.pages import heading, parsed, words
from tests.support.upstream import BROWSER_KRATOS, KRATOS

AHEAD = [
    {"Sec-Purpose": "prefetch"},
    {"Sec-Purpose": "Prefetch"},
    {"Sec-Purpose": "prefetch;prerender"},
    {"Sec-Purpose": "prefetch; anonymous-client-ip"},
    {"Sec-Purpose": 'prefetch;prerender;preview="1"'},
    {"Sec-Purpose": "PRERENDER"},
    {"Purpose": "prefetch"},
    {"Purpose": "Preview"},
    {"X-Purpose": "preview"},
    {"X-Purpose": " : preview"},
    {"X-Purpose": "instant"},
    {"x-moz": "prefetch"},
    {"X-Moz": "PREFETCH"},
    {"Sec-Purpose": "", "Purpose": "prefetch"},
]
RULES = {
    rule.rule for rule in ALL.url_map.iter_rules() if rule.endpoint not in CACHEABLE and "GET" in (rule.methods or ())
}
PAGES = sorted(rule.replace("<template>", "web") for rule in RULES if not rule.startswith("/health/"))
PAGES += ["/recovery?flow=f", "/settings?flow=f", "/login?flow=f", "/registration?flow=f"]
QUERIES = {
    "/login": "?login_challenge=c",
    "/registration": "?login_challenge=c",
    "/consent": "?consent_challenge=c",
    "/logout": "?logout_challenge=c",
    "/device": "?device_challenge=c&user_code=ABCDEFGH",
    "/error": "?id=e",
}
CONSENT = "/consent?consent_challenge=c"


def test_the_crawl_knows_the_pages():
    assert {*QUERIES, "/", "/sessions", "/apps", "/verify", "/recovery", "/settings"} <= set(PAGES)


@each_case("headers", AHEAD)
def test_a_prefetch_gets_no_page_and_asks_nobody_anything(client, upstream, headers):
    """`upstream` knows no answer at all here; the empty answer makes the browser ask again when it is wanted."""
    with client.session_transaction() as cookie:
        cookie["notice"] = cookie["ended"] = cookie["disconnected"] = "expired"
    for path in PAGES:
        answer = client.get(path + QUERIES.get(path, ""), headers=headers)
        assert (answer.status_code, answer.data) == (204, b""), path
        assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("headers", AHEAD[:4], ids=str)
def test_nor_does_a_form_that_says_so(client, consent_page, body, headers):
    """No browser sends one; it is answered like everything else that nobody asked for."""
    assert client.send("/consent", [*body, ("action", "accept")], headers=headers).status_code == 204


@each_case(
    "headers", [{}, {"Sec-Purpose": ""}, {"Purpose": "navigate"}, {"X-Purpose": "page"}, {"Sec-Fetch-Mode": "navigate"}]
)
def test_who_asks_for_a_page_gets_it(client, upstream, headers):
    upstream.asks("consent")
    upstream.signed_in()
    assert heading(client.get(CONSENT, headers=headers)) == "Allow Demo to access your account?"


@each_case("headers", AHEAD[:3])
def test_files_and_health_are_for_everybody(client, headers):
    assert client.get("/static/app.css", headers=headers).status_code == 200
    assert client.get("/health/alive", headers=headers).json == {"status": "ok"}


def test_a_wrong_host_is_no_less_wrong_ahead_of_time(client):
    answer = client.get("/", headers={"Sec-Purpose": "prefetch"}, environ_overrides={"HTTP_HOST": "evil.example"})
    assert answer.status_code == 400


class TestHead:
    """Monitors and link checkers ask for the head of a page alone: nobody has read what it says."""

    def test_what_was_done_is_told_to_who_reads_it(self, client, upstream):
        with client.session_transaction() as cookie:
            cookie["ended"] = "one"
        upstream.signed_in()
        others(upstream)
        client.head("/sessions")
        assert "signed out" in words(parsed(opened(client, upstream)).find(class_="notice"))

    def test_a_flow_that_cannot_be_had_is_led_to_a_new_one_without_a_note(self, client, upstream):
        upstream.on("GET", f"{KRATOS}/self-service/login/flows", 404, {"error": {"id": "", "code": 404}})
        answer = client.head("/login?flow=flow-1")
        assert answer.headers["Location"].startswith(BROWSER_KRATOS)
        assert "Set-Cookie" not in answer.headers

    def test_no_challenge_is_looked_at_or_answered(self, client, upstream):
        """`upstream` knows no answer: Hydra would be told what nobody has seen."""
        for path in ("/login", "/registration", "/consent", "/logout"):
            assert client.head(path + QUERIES[path]).status_code == 204, path
