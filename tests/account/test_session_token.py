"""The session as a JWT for other origins' scripts (`/session/token/<template>`): who gets it, and nobody else."""

import base64
import json

import pytest

from app.config.settings import Settings
from app.factory import create_app
from tests.support.cases import each_case
from tests.support.fixtures import SETTINGS, browser
from tests.support.pages import CheckedClient
from tests.support.upstream import KRATOS, PUBLIC, query, session

APP, STRANGER = "https://app.example.org", "https://evil.example.org"
HERE = "/session/token/ui_jwt"
CORS = ("Access-Control-Allow-Origin", "Access-Control-Allow-Credentials")
FOREIGN = [
    *(STRANGER, "null", "", "*", f"{APP}.evil.example", f"{APP}/", f"{APP}:8443"),
    APP.upper(),
    APP.replace("https", "http"),
    f"{APP}, {STRANGER}",
    "https://sub.app.example.org",
]


def jwt(**claims):
    parts = [{"alg": "ES256"}, {"exp": 1795262700} | claims]
    return (
        ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts) + ".c2ln"
    )


@pytest.fixture
def here(client_with):
    return client_with(session_tokens={"ui_jwt": {"origins": [APP]}, "other": {"origins": [STRANGER]}})


def tokenizes(upstream, token=None):
    return upstream.whoami(session(tokenized=jwt() if token is None else token))


def test_a_page_of_a_listed_origin_gets_the_token(here, upstream):
    tokenizes(upstream)

    answer = here.get(HERE, headers={"Origin": APP})

    assert answer.json == {"token": jwt(), "expires_at": "2026-11-21T12:05:00Z"}
    assert [answer.headers[name] for name in CORS] == [APP, "true"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Origin" in answer.vary
    [whoami] = upstream.sent("GET", "/sessions/whoami")
    assert query(whoami.url) == {"tokenize_as": "ui_jwt"}
    assert "ory_kratos_session=the-session-cookie" in whoami.headers["Cookie"]


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
@pytest.mark.parametrize("origin", FOREIGN)
def test_any_other_origin_is_refused_before_kratos_is_asked(here, upstream, origin, method):
    """N91: the browser alone would keep the answer from it, but a token is better not made."""
    answer = here.open(HERE, method=method, headers={"Origin": origin})
    assert answer.status_code == 403
    assert method == "HEAD" or answer.json == {"error": "origin_not_allowed"}
    assert not [name for name in answer.headers.keys() if name.startswith("Access-Control-")]  # noqa: SIM118
    assert "Origin" in answer.vary
    assert upstream.sent("GET") == []


def test_a_listed_origin_of_another_template_is_refused_and_is_in_the_log(here, logs):
    assert here.get(HERE, headers={"Origin": STRANGER}).status_code == 403
    assert '"event": "malicious_cors"' in logs.getvalue()


@pytest.mark.parametrize("headers", [{}, {"Sec-Fetch-Site": "none"}, {"Sec-Fetch-Site": "same-origin"}])
def test_without_an_origin_nobody_gets_it_unless_portico_itself_is_listed(here, upstream, headers):
    assert here.get(HERE, headers=headers).status_code == 403
    assert upstream.sent("GET") == []


@each_case("site, status", [("same-origin", 200), ("same-site", 403), ("none", 403), ("", 403)])
def test_portico_listed_serves_pages_of_its_own_origin(client_with, upstream, site, status):
    """Browsers send no Origin with these; `none` is an address typed."""
    if status == 200:
        tokenizes(upstream)
    answer = client_with(session_tokens={"ui_jwt": {"origins": [PUBLIC]}}).get(HERE, headers={"Sec-Fetch-Site": site})
    assert answer.status_code == status


def test_a_preflight_is_answered_without_asking_kratos(here, upstream):
    headers = {"Origin": APP, "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "content-type"}
    answer = here.options(HERE, headers=headers)
    assert (answer.status_code, answer.data) == (204, b"")
    assert [answer.headers[name] for name in CORS] == [APP, "true"]
    assert answer.headers["Access-Control-Allow-Methods"] == "GET"
    assert answer.headers["Access-Control-Allow-Headers"] == "Content-Type"
    assert answer.headers["Access-Control-Max-Age"] == "600"
    assert upstream.sent("GET") == []


@pytest.mark.parametrize("path", ["/session/token/unknown", "/session/token/*", "/session/token/UI_JWT"])
@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_a_template_that_is_not_named_is_not_there(here, upstream, path, method):
    answer = here.open(path, method=method, headers={"Origin": APP})
    assert (answer.status_code, answer.json) == (404, {"error": "not_found"})
    assert not set(CORS) & set(answer.headers.keys())
    assert upstream.sent("GET") == []


def test_it_is_off_unless_the_operator_names_a_template(client):
    """N91."""
    assert client.get(HERE, headers={"Origin": APP}).status_code == 404


@pytest.mark.parametrize(
    ("whoami", "status", "word"),
    [
        (lambda up: up.nobody(), 401, "session_inactive"),
        (lambda up: up.aal2_required(), 403, "session_aal2_required"),
        (lambda up: up.whoami({}, 429), 429, "too_many_requests"),
        (lambda up: up.whoami({}, 500), 503, "temporarily_unavailable"),
        (lambda up: up.whoami({"error": {"code": 400}}, 400), 502, "server_error"),
        (lambda up: tokenizes(up, ""), 502, "server_error"),
        (lambda up: tokenizes(up, "not.a.token"), 502, "server_error"),
        (lambda up: tokenizes(up, jwt(exp=None)), 502, "server_error"),
        (lambda up: tokenizes(up, jwt(exp=10**20)), 502, "server_error"),
    ],
    ids=["nobody", "second factor", "busy", "down", "no such template", "none", "garbage", "for ever", "too far"],
)
def test_no_token_is_told_in_json_that_the_page_may_read(here, upstream, whoami, status, word):
    whoami(upstream)
    answer = here.get(HERE, headers={"Origin": APP})
    assert (answer.status_code, answer.json) == (status, {"error": word})
    assert answer.headers["Access-Control-Allow-Origin"] == APP


def test_how_long_to_wait_is_passed_on(here, upstream):
    upstream.on("GET", f"{KRATOS}/sessions/whoami", 429, {}, headers={"Retry-After": "7"})
    answer = here.get(HERE, headers={"Origin": APP})
    assert answer.headers["Retry-After"] == "7"
    assert answer.headers["Access-Control-Expose-Headers"] == "Retry-After, X-Request-Id"


def test_a_name_that_is_not_ours_is_told_in_json_too(here):
    answer = here.get(HERE, headers={"Origin": APP}, environ_overrides={"HTTP_HOST": "evil.example"})
    assert (answer.status_code, answer.json) == (400, {"error": "invalid_request"})


def test_an_error_nobody_foresaw_is_json_too(here, monkeypatch, logs):
    monkeypatch.setattr("app.ory.kratos_account.KratosAccount.session_token", lambda *_: 1 / 0)
    answer = here.get(HERE, headers={"Origin": APP})
    assert (answer.status_code, answer.json) == (500, {"error": "server_error"})
    assert "ZeroDivisionError" in logs.getvalue()


def test_no_log_has_the_token_or_the_template_asked_for(upstream, logs):
    """N91: the route is logged as it is declared, so what a stranger puts into the path is not."""
    app = create_app(Settings(**SETTINGS, session_tokens={"ui_jwt": {"origins": [APP]}}))
    app.test_client_class = CheckedClient
    tokenizes(upstream)
    here = browser(app)
    here.get(HERE, headers={"Origin": APP})
    here.get("/session/token/somebodys-secret", headers={"Origin": APP})

    written = logs.getvalue()
    assert written.count('"/session/token/<template>"') == 2
    assert jwt().split(".")[1] not in written
    assert "somebodys-secret" not in written
