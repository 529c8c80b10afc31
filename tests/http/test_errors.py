"""Every error has a page: what Kratos and Hydra report, and what goes wrong here."""

import json

import pytest

from app.errors import BadInput, ChallengeExpired, ChallengeUsed, NotThisPage, TooManyRoundTrips
from app.oauth2 import login
from app.ory.kratos import Kratos
from app.urls import query
from kratos.sandbox.bodies import fill
from tests.support.cases import each_case
from tests.support.pages import fields, heading, parsed, words
from tests.support.upstream import BROWSER_KRATOS, KRATOS, PUBLIC, authorize

ERRORS = f"{KRATOS}/self-service/errors"


def _ways_on(page):
    return [link["href"] for link in parsed(page).select("main a.button")]


class TestKratosErrors:
    def test_a_forged_form_is_explained_in_our_words(self, client, upstream):
        upstream.on("GET", ERRORS, 200, {"id": "e", "error": fill("errors/csrf_mismatch")["error"]})
        page = client.get("/error?id=e")
        assert heading(page) == "This form expired"
        assert "CSRF" not in page.text

    def test_a_forged_form_of_ours_is_explained_as_one_of_kratos(self, client, upstream):
        upstream.on("GET", ERRORS, 200, {"id": "e", "error": fill("errors/csrf_mismatch")["error"]})
        browser = client.without_jar()
        pages = [browser.get("/error?id=e"), browser.send("/login/cancel", [("csrf_token", "old")])]
        for reason in ("you signed in or out in another tab", "your browser blocked our cookie"):
            assert [reason in page.text for page in pages] == [True, True]

    @each_case(
        "flow, title, way",
        [
            ("Registration", "You can't create an account here", "/login"),
            ("Recovery", "You can't reset a password here", "/login"),
            ("Verification", "You can't verify your email or phone here", "/"),
        ],
    )
    def test_a_flow_that_kratos_has_switched_off_is_not_called_a_broken_link(self, client, upstream, flow, title, way):
        reason = f"{flow} is not allowed because it was disabled."
        upstream.on("GET", ERRORS, 200, {"id": "e", "error": {"code": 400, "reason": reason}})
        page = client.get("/error?id=e")
        assert (page.status_code, heading(page), _ways_on(page)) == (403, title, [way])

    def test_a_mistake_of_the_form_is_told_with_kratos_reason(self, client, upstream):
        upstream.on("GET", ERRORS, 200, {"id": "e", "error": fill("errors/flow_missing")["error"]})
        page = client.get("/error?id=e")
        assert page.status_code == 400
        assert "The flow query parameter is missing" in page.text

    def test_a_closed_account_is_told_so(self, client, upstream):
        error = fill("errors/identity_disabled", identity_id="ada-identity")
        upstream.on("GET", ERRORS, 200, {"id": "e"} | error)
        page = client.get("/error?id=e")
        assert 400 <= page.status_code < 500
        assert heading(page) == "Your account is deactivated"
        assert "ada-identity" not in page.text

    @each_case("public_url, shown", [("http://localhost:3000", True), ("https://login.example.org", False)])
    def test_a_failure_of_kratos_is_explained_on_a_developers_machine_only(
        self, client_with, upstream, public_url, shown
    ):
        upstream.on("GET", ERRORS, 200, {"id": "e", "error": {"code": 500, "message": "no identifier found"}})
        page = client_with(public_url=public_url).get("/error?id=e", base_url=public_url)
        assert (page.status_code, heading(page)) == (502, "Something went wrong on our side")
        assert ("no identifier found" in words(parsed(page))) == shown

    def test_a_failure_of_kratos_is_an_event_without_its_words(self, client, upstream, logs):
        upstream.on("GET", ERRORS, 200, {"id": "e", "error": {"code": 500, "message": "sql: ada@example.org"}})
        for _ in range(3):  # the person reloads the page: it failed once
            client.get("/error?id=e")
        events = [json.loads(line) for line in logs.getvalue().splitlines()]
        [event] = [event for event in events if event["event"] == "upstream_error"]
        assert (event["service"], event["what"], event["status"]) == ("Kratos", "error page", 500)
        assert "ada@" not in logs.getvalue()

    @each_case("name", ["errors/stub_500", "errors/flow_missing"])
    def test_what_kratos_said_once_leads_to_where_it_can_be_tried_again(self, client, upstream, name):
        """The page itself would say the same for ever."""
        upstream.on("GET", ERRORS, 200, {"id": "e", "error": fill(name)["error"]})
        links = [_ways_on(client.get("/error?id=e"))]
        upstream.asks("login")
        upstream.nobody()
        client.get("/login?login_challenge=c")
        links.append(_ways_on(client.get("/error?id=e")))
        assert links == [["/"], [f"{PUBLIC}/login?login_challenge=c&n=0"]]

    def test_a_schema_that_an_application_may_not_ask_for_keeps_nobody_out(self, client, upstream):
        """Kratos would refuse it again each time; what it refuses was tried on the real one."""
        upstream.asks("login", request_url=authorize(identity_schema="no-such"))
        upstream.nobody()
        client.get("/login?login_challenge=c")
        for why in ("does not exist.", "is not enabled for self-service flows."):
            error = {"code": 400, "reason": f'Requested identity schema "no-such" {why}'}
            upstream.on("GET", ERRORS, 200, {"id": "e", "error": error})

            [way] = _ways_on(client.get("/error?id=e"))

            assert way.startswith(f"{BROWSER_KRATOS}/self-service/login/browser?")
            assert query(way) == {"return_to": f"{PUBLIC}/login?login_challenge=c&n=0"}

    @each_case("status", [403, 404, 410])
    def test_an_unknown_error_is_a_page(self, client, upstream, status):
        upstream.on("GET", ERRORS, status, fill("errors/csrf_mismatch") if status == 403 else fill("errors/not_found"))
        assert client.get("/error?id=e").status_code == 410

    @each_case("error", [None, [], "x", {}, {"code": "400"}, {"code": True}, {"code": 400, "reason": 7}])
    def test_an_error_of_another_shape_is_a_page(self, client, upstream, error):
        upstream.on("GET", ERRORS, 200, {"id": "e", "error": error})
        assert client.get("/error?id=e").status_code in (400, 502)

    def test_hostile_words_stay_words_and_are_cut(self, client, upstream):
        """N19."""
        text = "<script>alert(1)</script>" + "x" * 5000
        upstream.on("GET", ERRORS, 200, {"id": "e", "error": {"code": 400, "reason": text}})
        page = client.get("/error?id=e")
        assert "<script>alert" not in page.text
        assert len(page.data) < 10_000


KNOWN = [
    *("invalid_client", "invalid_request", "invalid_scope", "unsupported_response_type", "unauthorized_client"),
    *("request_forbidden", "access_denied", "login_required", "server_error", "temporarily_unavailable"),
]
MALFORMED = (  # what Hydra begins every invalid_request with
    "The request is missing a required parameter, includes an invalid parameter value, includes a parameter more than "
    "once, or is otherwise malformed. "
)
OF_LOGOUT = [
    "go-jose/go-jose: error in cryptographic primitive",  # another key
    "go-jose/go-jose: compact JWS format must have three parts",
    *("illegal base64 data at input byte 0", "invalid character 'x' looking for beginning of value"),
    "json: cannot unmarshal array into Go value of type map[string]interface {}",
    *("Token used before issued", "Token is not valid yet", "token is invalid"),
    "Logout failed because query parameter state is set but id_token_hint is missing.",
    "Logout failed because query parameter post_logout_redirect_uri is not a whitelisted as one.",
    "Logout failed because none of the listed audiences is a registered OAuth 2.0 Client.",
    "Logout failed because issuer claim value 'x' from query parameter id_token_hint does not match with issuer value.",
]
OF_AUTHORIZATION = [
    "",
    "The 'redirect_uri' parameter does not match any of the OAuth 2.0 Client's pre-registered redirect urls.",
    "The 'redirect_uri' parameter is required when using OpenID Connect 1.0.",
    "The redirect URI 'x' contains an illegal character (for example #) or is otherwise invalid.",
    "OpenID Connect parameters 'request' and 'request_uri' were both given, but you can use at most one.",
    "OpenID Connect 'request' or 'request_uri' context was given, but the client does not have any JSON Web Keys.",
    "The 'client_id' must match the one sent in the pushed authorization request.",
    "Unable to parse HTTP body, make sure to send a properly formatted form request body.",
    "Pushed Authorization Requests are enforced but no such request was sent.",
]
HOSTILE = [
    *("<script>alert(1)</script>", '"><svg onload=alert(1)>', "{{7*7}}", "\u202eevil"),
    "x" * 20_000,
    "a\nb\tc",
    "😀",
]


class TestOAuth2Errors:
    """N19: what Hydra could not tell the application."""

    @each_case("error", [*KNOWN, "brand_new"])
    def test_every_code_is_a_page_in_our_words(self, client, error):
        page = client.get("/error", query_string={"error": error, "error_description": "Detail of Hydra."})
        assert page.status_code == 400
        assert heading(page) == "The app couldn't sign you in"

    @each_case("hint", OF_LOGOUT)
    def test_a_refused_sign_out_is_not_called_a_sign_in(self, client, hint):
        page = client.get("/error", query_string={"error": "invalid_request", "error_description": MALFORMED + hint})
        assert page.status_code == 400
        assert heading(page) == "The app couldn't sign you out"
        assert "sign in" not in words(parsed(page).find("main")).lower()

    @each_case("hint", OF_AUTHORIZATION)
    def test_a_refused_sign_in_is_not_called_a_sign_out(self, client, hint):
        page = client.get("/error", query_string={"error": "invalid_request", "error_description": MALFORMED + hint})
        assert heading(page) == "The app couldn't sign you in"
        assert not parsed(page).find("button", {"name": "action"})

    @each_case(
        "error, description",
        [
            ("Not Found", "Unable to locate the requested resource"),  # the link was opened before
            (
                "request_unauthorized",
                "The request could not be authorized. The logout request has expired, please try.",
            ),
        ],
    )
    def test_a_sign_out_that_is_over_is_called_so(self, client, error, description):
        page = client.get("/error", query_string={"error": error, "error_description": description})
        assert (page.status_code, heading(page)) == (410, "This sign-out request is over")

    def test_where_an_application_cannot_sign_out_the_person_can(self, client, upstream):
        page = client.get(
            "/error", query_string={"error": "invalid_request", "error_description": MALFORMED + "go-jose"}
        )
        upstream.signed_in()
        upstream.signs_out()
        answer = client.submit(page, "/logout", ("action", "accept"))
        assert answer.headers["Location"] == f"{PUBLIC}/signed-out"

    def test_the_address_that_many_have_for_it_is_the_same_page(self, client):
        assert heading(client.get("/oauth2/error?error=invalid_client")) == "The app couldn't sign you in"

    @each_case("text", HOSTILE)
    @each_case("name", ["error", "error_description"])
    def test_hostile_words_are_a_detail_cut_and_escaped(self, client, name, text):
        page = client.get("/error", query_string={"error": "invalid_request"} | {name: text})
        main = parsed(page).find("main")
        assert len(page.data) < 8000
        assert text[:20] not in "".join(words(p) for p in main.find_all("p", recursive=False))

    def test_what_the_application_says_is_no_part_of_our_own_words(self, client):
        """A link to this page must not make us say what somebody else wants."""
        prose = "Your account is locked. Call 555-0100."
        page = client.get("/error", query_string={"error": "invalid_request", "error_description": prose})
        assert prose in words(parsed(page).find("details"))
        assert prose not in "".join(words(p) for p in parsed(page).find("main").find_all("p", recursive=False))
        assert not parsed(page).find("details").has_attr("open")

    def test_what_is_meant_for_developers_of_hydra_is_not_shown(self, client):
        parameters = {"error": "invalid_request", "error_hint": "the-hint", "error_debug": "the-debug"}
        page = client.get("/error", query_string=parameters)
        assert "the-hint" not in page.text
        assert "the-debug" not in page.text

    @each_case("public_url, named", [("http://localhost:3000", True), ("https://login.example.org", False)])
    def test_the_command_that_explains_it_is_named_on_a_developers_machine_only(self, client_with, public_url, named):
        page = client_with(public_url=public_url).get("/error?error=invalid_client", base_url=public_url)
        assert ("portico doctor --authorize-url" in page.text) == named

    def test_that_command_explains_a_refused_sign_out_too_but_not_one_that_is_over(self, client):
        page = client.get("/error?error=invalid_request&error_description=Logout failed because of something")
        assert heading(page) == "The app couldn't sign you out"
        assert "portico doctor --authorize-url" in page.text
        assert "portico doctor" not in client.get("/error?error=Not Found").text

    def test_a_code_given_twice_is_refused(self, client):
        assert client.get("/error?error=a&error=b").status_code == 400


def test_an_error_page_without_an_error_is_no_page(client):
    assert client.get("/error").status_code == 404


@each_case(
    "path",
    [
        *("/nowhere", "/LOGIN", "/LOGIN/", "/login/nowhere/", "/static/..%2fapp"),
        *("/static/nothing.css", "/static/../../pyproject.toml", "/.env"),
        *("/sessions/x.css", "/apps;x.js", "/consent.css", "/%2e%2e/login", "/static/..;/login"),  # to deceive a cache
    ],
)
def test_an_address_that_is_no_page_says_so(client, path):
    """N41 N32: nor what a careless cache would take for a file; the client looks for `no-store` on each answer."""
    page = client.get(path)
    assert page.status_code == 404
    assert heading(page) == "Page not found"


@each_case(
    "path, target",
    [
        ("/login/", "/login"),
        ("/login//", "/login"),
        ("//login/", "/login"),
        ("//login", "/login"),
        ("///health/ready", "/health/ready"),
        ("/device//success", "/device/success"),
        ("/error/", "/error"),
        ("/oauth2/error/", "/oauth2/error"),
        ("/device/success/", "/device/success"),
    ],
)
@each_case("query", ["", "?login_challenge=a%2Bb=&x=%C3%A9+%2F%2F"])
@each_case("method", ["GET", "HEAD"])
def test_a_slash_too_many_leads_to_the_page_with_the_query_as_it_was(client, method, path, target, query):
    """`urls.login` or a `ui_url` with a slash at its end is easily written, and nobody could sign in."""
    response = client.open(path="/", method=method, query_string=query[1:], environ_overrides={"PATH_INFO": path})
    assert (response.status_code, response.headers["Location"]) == (303, PUBLIC + target + query)


def test_two_slashes_at_the_beginning_are_another_path(client):
    """N42: what a proxy forbids or limits by its path (`/health/ready`, `/device`) is not to be had by `//`."""
    form = {"content_type": "application/x-www-form-urlencoded", "data": "user_code=CODE"}
    answers = [client.open(path="/", method="POST", environ_overrides={"PATH_INFO": "//device"}, **form)]
    answers += [client.open(path="/", environ_overrides={"PATH_INFO": "//static/app.css"})]
    assert [answer.status_code for answer in answers] == [404, 404]


def test_every_page_is_found_with_a_slash_too_many(client):
    pages = [
        rule.rule for rule in client.application.url_map.iter_rules() if "GET" in rule.methods and rule.rule != "/"
    ]
    answers = [client.get(f"{page}/") for page in pages if "<" not in page]
    assert [answer.headers["Location"] for answer in answers] == [PUBLIC + page for page in pages if "<" not in page]
    assert len(answers) > 15


@each_case(
    "path", ["//evil.example/", "//evil.example//login/", "/\\evil.example/", "//login@evil.example/", "/.//login/"]
)
def test_no_way_to_write_slashes_leads_to_another_host(client, path):
    assert client.open(path="/", environ_overrides={"PATH_INFO": path}).status_code == 404


@each_case(
    "path",
    ["", "/./login", "/login//account", "//consent//account", "/static//app.css", "//evil.example/login", "//nowhere"],
)
@each_case("method", ["GET", "POST"])
def test_a_path_written_otherwise_is_no_page_either(client, path, method):
    """N24: above all no 308, with which a browser posts again."""
    form = "application/x-www-form-urlencoded"
    response = client.open(path="/", method=method, content_type=form, environ_overrides={"PATH_INFO": path})
    assert response.status_code in (400, 404)


@each_case(
    "method, path",
    [
        ("POST", "/"),
        ("POST", "/error"),
        ("PUT", "/consent"),
        ("DELETE", "/logout"),
        ("TRACE", "/login"),
        ("PATCH", "/login"),
        ("GET", "/login/cancel"),
        ("GET", "/consent/account"),
    ],
)
def test_a_method_a_page_does_not_have_says_which_it_has(client, method, path):
    """N41."""
    page = client.open(path, method=method, content_type="application/x-www-form-urlencoded")
    assert page.status_code == 405
    assert page.headers["Allow"]
    assert heading(page) == "This page can't be used that way"


def test_the_words_of_an_error_nobody_foresaw_stay_inside(client, monkeypatch, logs):
    """N52."""

    def broken(*_):
        raise RuntimeError("the secret of ada@example.org")

    monkeypatch.setattr(Kratos, "whoami", broken)

    page = client.get("/")

    assert page.status_code == 500
    assert "secret" not in page.text + logs.getvalue()
    assert '"error": "RuntimeError"' in logs.getvalue()
    assert "test_errors.py" in logs.getvalue()


@pytest.mark.parametrize("value", ["1", "true"])
def test_no_variable_of_flasks_turns_its_debug_mode_on(client_with, monkeypatch, value):
    """N52: with it an error after a view is the server's own answer, without any header of ours."""
    monkeypatch.setenv("FLASK_DEBUG", value)
    client = client_with(default_language="en")
    client.application.after_request(lambda response: response.nobody_has_this)
    assert client.get("/nowhere").status_code == 500
    assert not client.application.jinja_env.auto_reload


def test_an_error_page_that_is_a_bug_itself_is_answered_like_all_others(client_with, tmp_path, logs):
    """N52: the server's own answer has no header of ours and is in no log; the client checks both."""
    (tmp_path / "error.html").write_text("{{ nobody_gives_this }}")
    page = client_with(templates_dir=str(tmp_path)).get("/nowhere")
    assert (page.status_code, page.data) == (404, b"")
    assert '"error": "UndefinedError"' in logs.getvalue()
    assert logs.getvalue().count('"event": "request"') == 1


def test_a_bug_after_the_view_is_logged_without_its_words_too(client, monkeypatch, logs, caplog):
    """Flask's own lines quote the path and the error."""
    monkeypatch.setitem(client.application.view_functions, "health.alive", lambda: object())
    assert client.get("/health/alive").status_code == 500
    assert '"error": "TypeError"' in logs.getvalue()
    assert "/health/alive [GET]" not in logs.getvalue() + caplog.text


@each_case("path", ["/nowhere", "/error?error=x", "/login?flow=%20", "/consent"])
def test_every_error_page_names_the_request(client, path):
    """N52."""
    page = client.get(path, headers={"X-Request-Id": "request-of-the-proxy"})
    reference = "Reference: request-of-the-proxy. Have it ready when you contact support."
    assert words(parsed(page).find("p", class_="small")) == reference


@pytest.mark.parametrize("error", [BadInput(), NotThisPage(), ChallengeExpired(), TooManyRoundTrips(), ChallengeUsed()])
def test_every_error_page_has_a_way_on(client, upstream, monkeypatch, error):
    """Hydra may wait no more, and who is told to go back has nothing to go back to."""

    def fail(*_):
        raise error

    monkeypatch.setattr(login, "_answer", fail)
    page = parsed(client.get("/login?login_challenge=c"))

    assert page.main.find("a", href="/")


@each_case(
    "path, requested, page",
    [("/consent", "consent", "/consent?consent_challenge=c"), ("/sessions", "whoami", "/sessions")],
)
def test_a_form_that_failed_leads_back_to_its_page_in_any_language(client, upstream, path, requested, page):
    """F08 F09: to reload would be to send it again."""
    upstream.signed_in()
    token = fields(client.get("/logout"), "/logout")
    challenge = [("consent_challenge", "c")] if requested == "consent" else []
    upstream.on("GET", f"{KRATOS}/sessions/whoami" if requested == "whoami" else upstream.url(requested), 503)

    answer = client.send(path, [*token, *challenge, ("user_code", "secret"), ("action", "accept")])

    assert answer.status_code == 503
    assert (words(parsed(answer).main.a), parsed(answer).main.a["href"]) == ("Try again", page)
    assert parsed(answer).find("input", {"name": "back"})["value"] == page
    assert "secret" not in answer.text


def test_a_form_without_its_token_leads_back_to_its_page(client, upstream):
    answer = client.post("/login/cancel", data={"login_challenge": "c"}, headers={"Origin": PUBLIC})
    assert heading(answer) == "This form expired"
    assert parsed(answer).main.a["href"] == "/login?login_challenge=c"


@each_case("path, status", [("/nowhere", 404), ("/logout", 413)])
def test_what_has_no_page_or_could_not_be_read_leads_home(client, path, status):
    answer = client.post(path, data={"x": "x" * 70_000} if status == 413 else {"x": "x"}, headers={"Origin": PUBLIC})
    assert answer.status_code == status
    assert parsed(answer).main.a["href"] == "/"
    assert not parsed(answer).find("input", {"name": "back"})
