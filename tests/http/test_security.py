"""What every answer carries and every request must pass (N01 N27 N28 N32): no route can forget it.

The checks themselves are in the client fixture (tests/support/pages.py); here every route is led to every status."""

import re
import time
from functools import cache

import pytest
from flask import Flask
from pydantic import ValidationError
from werkzeug.urls import iri_to_uri

from app import __version__
from app.config.settings import Settings
from app.factory import create_app
from app.http.security import Answer, csp, if_forged, see_other
from app.oauth2 import login
from app.ory.kratos import Kratos
from tests.payloads.bodies import load
from tests.support.cases import each_case
from tests.support.fixtures import SETTINGS, _app, browser
from tests.support.pages import CheckedClient, fields, heading, parsed
from tests.support.upstream import BOB, KRATOS

ALL = create_app(Settings(**SETTINGS))
PATHS = sorted({rule.rule.replace("<path:filename>", "app.css") for rule in ALL.url_map.iter_rules()})
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW")
QUERIES = ("", "?login_challenge=c", "?consent_challenge=c", "?logout_challenge=c", "?flow=f", "?id=e", "?error=x")
# What no view takes is not led to every query.
REQUESTS = [(method, query) for method in METHODS for query in QUERIES[: 7 if method in METHODS[:3] else 2]]
HTTPS = {"public_url": "https://login.example.org"}
DELETION = {"account_deletion": True, "kratos_admin_url": "http://kratos.internal:4434"}


def test_the_crawl_knows_the_routes():
    assert {"/", "/login", "/consent", "/logout", "/error", "/health/ready", "/static/app.css"} <= set(PATHS)


def test_pages_and_redirects_are_html_in_utf_8(client, upstream):
    upstream.nobody()
    answers = [client.get("/"), client.get("/no-such-page"), client.get("/login")]
    assert [answer.status_code for answer in answers] == [200, 404, 303]
    assert {answer.headers["Content-Type"] for answer in answers} == {"text/html; charset=utf-8"}


@cache
def crawled(scheme):
    """One application for all routes."""
    return _app(**DELETION | (HTTPS if scheme == "https" else {}))


@pytest.mark.no_cover  # tracing these pages is slower than making them; see tests/stack/coverage_in_process.py
@each_case("scheme", ["http", "https"])
@each_case("path", PATHS)
def test_every_route_keeps_the_rules_while_kratos_and_hydra_are_down(upstream, path, scheme):
    """N01 N24."""
    upstream.mock.assert_all_requests_are_fired = False
    for verb in ("GET", "PUT", "DELETE"):
        upstream.on(verb, re.compile(".*"), 503)
    client = browser(crawled(scheme))
    statuses = {client.open(path + query, method=method).status_code for method, query in REQUESTS}
    assert statuses <= {200, 204, 303, 400, 404, 405, 503}


@pytest.mark.no_cover
@pytest.mark.parametrize("path", PATHS)
def test_every_route_keeps_the_rules_when_nobody_foresaw_the_error(client, monkeypatch, path):
    def broken(*_, **__):
        raise RuntimeError

    for name in ("whoami", "flow", "error", "sign_out", "check_ready"):
        monkeypatch.setattr(Kratos, name, broken)
    monkeypatch.setattr(login, "_answer", broken)

    queries = ("", "?flow=f", "?id=e")
    statuses = {client.open(path + query, method=method).status_code for method in METHODS for query in queries}

    assert statuses <= {200, 204, 303, 400, 404, 405, 500}


@pytest.mark.no_cover
@each_case("path", sorted({*PATHS, "/nowhere"} - {"/health/ready"}))
def test_no_stranger_reads_which_version_it_is(client, upstream, path):
    """Readiness tells it, which is for probes from inside; the proxies' samples answer 404 there."""
    upstream.mock.assert_all_requests_are_fired = False
    upstream.nobody()
    upstream.on("GET", re.compile(".*"), 503)
    answers = [client.open(path + query, method=method) for method in ("GET", "BREW") for query in QUERIES]
    assert not any(__version__ in f"{answer.headers}{answer.text}" for answer in answers)


ODD_PATHS = [
    *("//evil.example", "//evil.example/", "///evil.example/", "//evil.example/login/", "//evil.example/login"),
    *("/\\evil.example/", "/\\evil.example/login/", "/\t/evil.example/", "/login//evil.example/", "/%2F/evil.example/"),
    *("//evil.example/..", "//evil.example/consent/", "//evil.example/verify/", "//evil.example/static/app.css/"),
]


@cache
def drop_in():
    """A Portico without an address of its own."""
    app = create_app(Settings(**SETTINGS | {"public_url": ""}))
    app.test_client_class = CheckedClient
    return app


@each_case("app", [drop_in, lambda: crawled("http"), lambda: crawled("https")])
@each_case("path", ODD_PATHS)
def test_no_path_is_taken_for_another_site(app, path):
    """N21 N41: an address of ours is led to its right form, a host in its place never; the client checks."""
    client = browser(app())
    for method in ("GET", "HEAD"):
        answer = client.open("/", method=method, environ_overrides={"PATH_INFO": path, "RAW_URI": path})
        assert answer.status_code in (303, 400, 404)


STATUSES = {
    200: lambda client, upstream: (upstream.nobody(), client.get("/"))[1],
    303: lambda client, upstream: client.get("/login"),
    400: lambda client, upstream: client.get("/consent"),
    403: lambda client, upstream: _tampered(client, upstream),
    404: lambda client, upstream: client.get("/nowhere"),
    405: lambda client, upstream: client.put("/login"),
    413: lambda client, upstream: client.send("/logout", [("x", "x" * 70_000)]),
    429: lambda client, upstream: (upstream.whoami({}, 429), client.get("/"))[1],
    502: lambda client, upstream: (upstream.whoami({}, 404), client.get("/"))[1],
    503: lambda client, upstream: (upstream.whoami({}, 500), client.get("/"))[1],
}


@each_case("settings", [{}, HTTPS])
@each_case("status", STATUSES)
def test_every_status_keeps_the_rules(client_with, upstream, status, settings):
    """N01."""
    assert STATUSES[status](client_with(**settings), upstream).status_code == status


def _tampered(client, upstream):
    upstream.asks("consent")
    upstream.signed_in()
    page = client.get("/consent?consent_challenge=c")
    upstream.mock.remove("GET", upstream.url("consent"))
    upstream.mock.remove("GET", f"{KRATOS}/sessions/whoami")
    upstream.asks("consent", subject=BOB)
    upstream.signed_in(BOB)
    return client.submit(page, "/consent", ("action", "accept"))


def test_even_the_last_resort_is_a_page(client, monkeypatch):
    """An error in the middle of Flask itself."""
    monkeypatch.setattr(Flask, "dispatch_request", lambda self: 1 / 0)
    assert heading(client.get("/")) == "Something went wrong on our side"


def test_browsers_that_came_by_https_never_come_otherwise_for_a_year(client_with):
    answer = client_with(**HTTPS).get("/nowhere")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


@each_case("own_fonts", [True, False])
def test_fonts_are_loaded_only_where_there_are_any_and_from_here(own_fonts):
    policy = csp([], [], own_fonts).split("; ")
    assert [part for part in policy if part.startswith("font-src")] == ["font-src 'self'"] * own_fonts


@pytest.mark.parametrize("cache_control", ["public, max-age=60", "private", "no-cache", "max-age=31536000, immutable"])
def test_no_page_can_be_kept_whatever_its_view_says(client, monkeypatch, cache_control):
    """N32."""
    kept = lambda: ("for everybody", 200, {"Cache-Control": cache_control, "Content-Type": "text/plain"})  # noqa: E731
    monkeypatch.setitem(client.application.view_functions, "account.robots", kept)
    assert client.get("/robots.txt").headers.getlist("Cache-Control") == ["no-store"]


def test_settings_in_other_letters_leave_headers_ascii(client_with):
    """N26: hosts that an operator names stand in the Content-Security-Policy."""
    with pytest.raises(ValidationError, match="client_logo_hosts"):
        client_with(client_logo_hosts=["b\u00fccher.example"])


def test_a_stricter_policy_of_a_view_stands_alone(client, monkeypatch):
    """As of a brand's files, which may be pictures with scripts in them."""
    strict = lambda: ("svg", 200, {"Content-Security-Policy": "sandbox"})  # noqa: E731
    monkeypatch.setitem(client.application.view_functions, "account.robots", strict)
    client.checking = False
    assert client.get("/robots.txt").headers.getlist("Content-Security-Policy") == ["sandbox"]


class TestStatic:
    """N32 N33."""

    def test_what_is_named_by_its_content_is_kept_for_a_year(self, client, upstream):
        upstream.nobody()
        address = parsed(client.get("/")).find("link", rel="stylesheet")["href"]
        assert client.get(address).headers["Cache-Control"] == "public, max-age=31536000"

    @each_case("version", ["", "?v=", "?v=another"])
    def test_anything_else_is_asked_for_again(self, client, version):
        assert client.get(f"/static/app.css{version}").headers["Cache-Control"] == "no-cache"

    def test_an_unchanged_file_is_not_sent_again(self, client):
        etag = client.get("/static/app.css").headers["ETag"]
        assert client.get("/static/app.css", headers={"If-None-Match": etag}).status_code == 304

    def test_it_needs_no_cookie(self, client):
        response = client.get("/static/app.js")
        assert "Cookie" not in response.headers.get("Vary", "")


FORMS = {  # and a button of each
    "/login/cancel": "cancel",
    "/login/account": "continue",
    "/login/forgot": "forgot",
    "/consent": "accept",
    "/consent/account": "another",
    "/logout": "accept",
    "/device": "accept",
    "/sessions": "others",
    "/apps": "all",
    "/leave": "delete",
}


class TestSameForms:
    """N05: every form of our own is refused when it is forged, and nothing is sent."""

    @each_case("path", ["/login/cancel", "/login/account", "/login/forgot", "/consent/account"])
    @each_case("action", ["accept", "continue", "another", "deny"])
    def test_without_a_token(self, client, path, action):
        body = [("login_challenge", "c"), ("consent_challenge", "c"), ("logout_challenge", "c"), ("action", action)]
        page = client.send(path, body)
        assert page.status_code == 400
        assert heading(page) == "This form expired"

    def test_a_view_stays_itself_when_it_is_marked_with_what_a_forged_form_shows(self):
        def view(): ...

        def again(): ...

        assert if_forged(again)(view) is view
        assert vars(view) == {"if_forged": again}

    @each_case("path", sorted(FORMS))
    @each_case("headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}])
    def test_from_elsewhere_with_a_good_token(self, client_with, upstream, path, headers):
        """N06: somebody may have planted the token's cookie."""
        client = client_with(**DELETION)
        upstream.mock.assert_all_requests_are_fired = False
        upstream.signed_in()
        upstream.asks("consent")
        upstream.asks("logout")
        upstream.on("GET", f"{KRATOS}/sessions", 200, [])
        upstream.on("GET", f"{KRATOS}/self-service/login/browser", 200, load("login/aal2_none"))
        [token] = [field for field in fields(client.get("/logout"), "/logout") if field[0] == "csrf_token"]
        body = [token, *((f"{kind}_challenge", "c") for kind in ("login", "consent", "logout", "device"))]

        page = client.send(path, [*body, ("action", FORMS[path]), ("user_code", "aB3xY")], headers=headers)

        assert (page.status_code, {call.request.method for call in upstream.mock.calls}) == (400, {"GET"})

    def test_every_route_that_takes_a_form_is_in_the_list_above(self):
        """/language decides nothing (test_languages)."""
        posts = {rule.rule for rule in ALL.url_map.iter_rules() if "POST" in (rule.methods or ())}
        assert posts == FORMS.keys() | {"/language"}

    def test_a_good_token_of_one_form_is_good_for_the_same_persons_other_forms_only(self, client_with, upstream):
        upstream.signed_in()
        mine, theirs = client_with(), client_with()
        theirs.get("/logout")
        page = mine.get("/logout")
        assert theirs.submit(page, "/logout", ("action", "deny")).status_code == 400

    @each_case("ahead", [3, -7200])
    def test_a_form_of_a_replica_whose_clock_is_ahead_is_good_and_so_is_one_of_this_morning(
        self, client, upstream, monkeypatch, ahead
    ):
        """F13: the cookie that a token goes with is what ends it."""
        upstream.signed_in()
        with monkeypatch.context() as other:
            now = time.time() + ahead
            other.setattr(time, "time", lambda: now)
            page = client.get("/logout")
        assert client.submit(page, "/logout", ("action", "deny")).status_code == 303


def test_each_answer_has_a_nonce_of_its_own(client):
    """The client fixture compares."""
    for _ in range(50):
        client.get("/nowhere")
    assert len(client.nonces) == 50


PARAMETERS = [
    *(f"/{kind}?{kind}_challenge" for kind in ("login", "consent", "logout", "device")),
    *("/registration?login_challenge", "/login?flow", "/login?return_to"),
    *("/login?via", "/settings?return_to", "/error?id"),
    *("/device?user_code", "/device/success?client_id", "/login?login_challenge=c&n", "/?code"),
]
CONTROLS = [
    "%0d%0aSet-Cookie:%20a=b",
    "%0a",
    "%00",
    "%E2%80%A8",
    "%C2%85",
    "%EF%BF%BD",
    "\u20ac",
    "%F0%9F%98%80",
    "%ff",
]


@each_case("value", CONTROLS)
@each_case("parameter", PARAMETERS)
def test_no_parameter_breaks_a_header_or_leaves_latin_1(client, upstream, parameter, value):
    """N25 N26: whatever becomes of it is a page or a quoted address; the client checks that headers are ASCII."""
    upstream.mock.assert_all_requests_are_fired = False
    upstream.asks("login")
    upstream.nobody()
    answer = client.open(f"{parameter}=x{value}y", headers={"Accept-Language": "\u20ac".encode().decode("latin-1")})
    assert answer.status_code in (200, 303, 400, 404)
    assert "Set-Cookie: a" not in str(answer.headers)


@each_case("parameter", [name for name in PARAMETERS if name.endswith("_challenge")])
def test_a_challenge_given_twice_is_refused_everywhere(client, parameter):
    """N37; that Hydra is not asked the fixture knows: nothing is prepared."""
    assert client.get(f"{parameter}=a&{parameter.partition('?')[2]}=b").status_code == 400


@each_case(
    "url, is_copied",
    [
        ("http://localhost:4444/oauth2/auth?consent_verifier=aB3_-.~%2B%3D&scope=openid+email", True),
        ("https://a.example:8443/x/y;z?y=!$&'()*,:@/?#frag/?", True),
        ("/settings#password", True),
        ("/a?b=\u00e9", False),
        ('/a"<>|\\^`{}[] b?c="<>', False),
        ("http://[::1]:4444/a", False),
        ("http://b\u00fccher.example/a", False),
    ],
)
def test_an_address_to_go_to_is_the_one_that_werkzeug_would_write(url, is_copied):
    """N26: one that has to be quoted is; the others are sent as they are."""
    answer = see_other(url)
    sent = answer.get_wsgi_headers({})
    assert (sent["Location"], sent["Content-Length"]) == (iri_to_uri(url), "0")
    assert (sent is answer.headers) is is_copied


@each_case("headers", [{}, {"Content-Length": "3"}])
@each_case("status, lengths", [(200, ["3"]), (204, []), (304, [])])
def test_an_answer_has_a_length_where_http_wants_one(status, lengths, headers):
    """RFC 9110 section 8.6: a 204 must not have one, and what is sent of a 304 has none."""
    assert Answer([b"abc"], status, headers).get_wsgi_headers({}).getlist("Content-Length") == lengths


def test_what_the_server_sends_by_itself_has_the_headers_of_every_answer(client):
    """It finds them at the application, as no view is asked."""
    assert set(client.application.extensions["headers"]) <= set(client.get("/nowhere").headers)
