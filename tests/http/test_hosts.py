"""Under which names we answer, and whose word about it is believed (N27-N29)."""

from flask import request, request_started
from hypothesis import given, settings
from hypothesis import strategies as st

from app.http.mount import behind
from tests.support.cases import each_case
from tests.support.pages import parsed
from tests.support.upstream import PUBLIC

HTTPS = {"public_url": "https://login.example.org"}


class TestHost:
    """N27."""

    @each_case(
        "host",
        [
            *("evil.example", "localhost.evil.example", "evil.localhost", "a@localhost"),
            *("localhost@evil.example", "localhost:x", "localhost:99999"),
            *("localhost, evil.example", "localhost/", "[::1]", "127.0.0.1", "löcalhost", "", " "),
        ],
    )
    @each_case("path", ["/", "/login", "/consent", "/nowhere", "/error?error=x"])
    def test_another_name_is_not_answered(self, client, host, path):
        page = client.get(path, environ_overrides={"HTTP_HOST": host})
        assert page.status_code == 400
        assert "evil" not in page.text
        assert parsed(page).find("a", class_="button")["href"] == PUBLIC

    @each_case("host", ["LOCALHOST", "localhost:3000", "Localhost:1"])
    def test_capitals_and_ports_make_no_difference(self, client, host):
        assert client.get("/login", environ_overrides={"HTTP_HOST": host}).status_code == 303

    @each_case("host", ["10.0.0.7:3000", "evil.example", ""])
    def test_probes_come_by_address(self, client, host):
        assert client.get("/health/alive", environ_overrides={"HTTP_HOST": host}).status_code == 200

    def test_the_page_that_says_so_has_its_styles(self, client):
        assert client.get("/static/app.css", environ_overrides={"HTTP_HOST": "evil.example"}).status_code == 200

    @each_case("path", ["/health", "/healthy", "/health/../login", "/health/nothing", "/static/../login"])
    def test_nothing_else_is_exempt(self, client, path):
        assert client.get(path, environ_overrides={"HTTP_HOST": "evil.example"}).status_code in (400, 404)

    def test_the_operator_can_allow_other_names(self, client_with):
        client = client_with(allowed_hosts=["Login.internal"])
        assert client.get("/login", environ_overrides={"HTTP_HOST": "login.internal:8080"}).status_code == 303
        assert client.get("/login", environ_overrides={"HTTP_HOST": "localhost"}).status_code == 400

    @each_case("public", ["http://127.0.0.1:3000", "http://[::1]:3000"])
    def test_an_address_can_be_our_name(self, client_with, public):
        client = client_with(public_url=public)
        response = client.get("/login", environ_overrides={"HTTP_HOST": public.removeprefix("http://")})
        assert response.status_code == 303

    def test_our_own_links_do_not_follow_the_name(self, client_with, upstream):
        upstream.asks("login")
        upstream.nobody()
        client = client_with(allowed_hosts=["other.example"])
        location = client.get("/login?login_challenge=c", environ_overrides={"HTTP_HOST": "other.example"}).headers[
            "Location"
        ]
        assert "other.example" not in location


# Proxies' notations of an address, and what only looks like one.
WORDS = [
    "203.0.113.7",
    "203.0.113.7:51004",
    "2001:db8::7",
    "[2001:db8::7]:51004",
    "fe80::1%eth0",
    "_hidden",
    "unknown",
    "x",
]
ODD = "\"'\\,;= \t:[]%_.0é\xff"
FORWARDED = {
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Port": "1",
    "X-Forwarded-Prefix": "/evil",
    "Forwarded": "host=evil.example;proto=https",
    "X-Original-URL": "/nowhere",
    "X-Rewrite-URL": "/nowhere",
    "X-HTTP-Method-Override": "DELETE",
    "X-Forwarded-For": "a, " * 1000,
}


class TestForwardedHeaders:
    """N28 N29."""

    @each_case("name", FORWARDED)
    def test_nobody_is_believed_by_default(self, client, upstream, name):
        upstream.asks("login")
        upstream.nobody()
        response = client.get("/login?login_challenge=c", headers={name: FORWARDED[name]})
        assert response.status_code == 303
        assert "evil" not in str(response.headers)

    def test_a_configured_proxy_is(self, client_with):
        client = client_with(forwarded_hops=1, **HTTPS)
        inside = {"base_url": "http://10.0.0.7:3000", "headers": {"X-Forwarded-Host": "login.example.org"}}
        assert client.get("/login", **inside).status_code == 303

    def test_what_somebody_put_before_the_proxy_is_not(self, client_with):
        client = client_with(forwarded_hops=1, **HTTPS)
        inside = {
            "base_url": "http://10.0.0.7:3000",
            "headers": {"X-Forwarded-Host": "login.example.org, evil.example"},
        }
        assert client.get("/login", **inside).status_code == 400

    def test_that_it_is_https_says_the_public_address_where_no_proxy_tells(self, client_with, upstream):
        """Nothing is different for browsers: names and attributes of cookies, and the word to come by https alone."""
        seen = []
        for headers in ({}, {"X-Forwarded-Proto": "http"}, {"X-Forwarded-Proto": "https"}):
            upstream.asks("login")
            upstream.nobody()
            client = client_with(forwarded_hops=1, **HTTPS)
            response = client.get("/login?login_challenge=c", headers=headers, base_url="http://login.example.org")
            cookies = response.headers.getlist("Set-Cookie")
            assert cookies
            assert all(cookie.startswith("__Host-") and "; Secure;" in cookie for cookie in cookies)
            assert "return_to=https%3A%2F%2Flogin.example.org" in response.location
            seen.append((response.status_code, response.headers["Strict-Transport-Security"], len(cookies)))

        assert seen == [seen[0]] * 3

    @each_case(
        "hops, seen",
        [
            (0, ("192.0.2.9", "login.example.org", "http")),
            (1, ("198.51.100.3", "c.example.org", "http")),
            (2, ("198.51.100.2", "b.example.org", "https")),
            (3, ("198.51.100.1", "a.example.org", "http")),
        ],
    )
    def test_of_several_proxies_the_words_of_as_many_count_as_there_are(self, client_with, hops, seen):
        """Who asks, under which name, by which scheme: what the farthest of our own proxies saw."""
        names = ["login.example.org", "a.example.org", "b.example.org", "c.example.org"]
        client = client_with(forwarded_hops=hops, allowed_hosts=names, **HTTPS)
        headers = {
            "X-Forwarded-For": "198.51.100.1, 198.51.100.2, 198.51.100.3",
            "X-Forwarded-Host": "a.example.org, b.example.org, c.example.org",
            "X-Forwarded-Proto": "http, https, http",
        }
        environ = {"REMOTE_ADDR": "192.0.2.9", "HTTP_HOST": "login.example.org", "wsgi.url_scheme": "http"}

        read = []

        def note(_):
            read.extend(request.environ[name] for name in ("REMOTE_ADDR", "HTTP_HOST", "wsgi.url_scheme"))

        with request_started.connected_to(note):
            client.get("/nowhere", headers=headers, environ_overrides=environ)

        assert tuple(read) == seen

    @given(
        st.lists(st.sampled_from(WORDS) | st.text(ODD, max_size=9), max_size=5),
        st.lists(st.sampled_from(WORDS), min_size=2, max_size=2),
        st.sampled_from([", ", ",", " ,\t"]),
    )
    @settings(max_examples=300, deadline=None, derandomize=True)
    def test_whatever_a_browser_wrote_the_words_of_our_own_proxies_count(self, sent, added, comma):
        """Each of them adds what it saw at the end, the farthest first."""
        header = comma.join([*sent, *added])
        for hops, seen in ((1, added[1]), (2, added[0])):
            read = {}
            behind(hops, lambda environ, _, read=read: read.update(environ))({"HTTP_X_FORWARDED_FOR": header}, None)
            assert read["REMOTE_ADDR"] == seen, header

    @each_case("header", ["", "a", ",", "10.0.0.1", ', "', "  "])
    def test_where_a_word_is_missing_the_peer_counts(self, header):
        """A request that came past the proxies, or through one of two alone."""
        read = {}
        environ = {"HTTP_X_FORWARDED_FOR": header, "REMOTE_ADDR": "192.0.2.9"}
        behind(3, lambda environ, _: read.update(environ))(environ, None)
        assert read["REMOTE_ADDR"] == "192.0.2.9"

    @each_case("value", ["a", "a, " * 2000, "fe80::1%eth0", "10.0.0.1", "", "é", '"', '"a, b', '"\\'])
    def test_an_odd_address_is_no_failure(self, client_with, value):
        client = client_with(forwarded_hops=2)
        assert client.get("/login", headers={"X-Forwarded-For": value}).status_code == 303
