"""Every error has a page: what Kratos and Hydra report, and what goes wrong here."""

import pytest

from app.upstream.kratos import Kratos
from kratos.sandbox.bodies import fill
from tests.web.pages import heading, parsed, words
from tests.web.upstream import KRATOS

ERRORS = f"{KRATOS}/self-service/errors"


class TestKratosErrors:
    def test_a_forged_form_is_explained_in_our_words(self, client, upstream):
        upstream.on("GET", ERRORS, 200, {"id": "e", "error": fill("errors/csrf_mismatch")["error"]})

        page = client.get("/error?id=e")

        assert heading(page) == "Please go back and press again"
        assert "CSRF" not in page.text

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
        assert heading(page) == "This account is not active"
        assert "ada-identity" not in page.text

    def test_a_failure_of_kratos_shows_nothing_of_it(self, client, upstream):
        upstream.on("GET", ERRORS, 200, fill("errors/stub_500"))

        page = client.get("/error?id=stub:500")

        assert page.status_code == 502
        assert "stub" not in words(parsed(page))

    @pytest.mark.parametrize("status", [403, 404, 410])
    def test_an_unknown_error_is_a_page(self, client, upstream, status):
        upstream.on("GET", ERRORS, status, fill("errors/csrf_mismatch") if status == 403 else fill("errors/not_found"))

        assert client.get("/error?id=e").status_code == 410

    @pytest.mark.parametrize("error", [None, [], "x", {}, {"code": "400"}, {"code": True}, {"code": 400, "reason": 7}])
    def test_an_error_of_another_shape_is_a_page(self, client, upstream, error):
        upstream.on("GET", ERRORS, 200, {"id": "e", "error": error})

        assert client.get("/error?id=e").status_code in (400, 502)

    def test_hostile_words_stay_words_and_are_cut(self, client, upstream):
        text = "<script>alert(1)</script>" + "x" * 5000
        upstream.on("GET", ERRORS, 200, {"id": "e", "error": {"code": 400, "reason": text}})

        page = client.get("/error?id=e")

        assert "<script>alert" not in page.text
        assert len(page.data) < 10_000


KNOWN = [
    "invalid_client",
    "invalid_request",
    "invalid_scope",
    "unsupported_response_type",
    "unauthorized_client",
    "request_forbidden",
    "access_denied",
    "login_required",
    "server_error",
    "temporarily_unavailable",
]
HOSTILE = [
    "<script>alert(1)</script>",
    '"><svg onload=alert(1)>',
    "{{7*7}}",
    "\u202eevil",
    "x" * 20_000,
    "a\nb\tc",
    "😀",
]


class TestOAuth2Errors:
    """N19: what Hydra could not tell the application."""

    @pytest.mark.parametrize("error", [*KNOWN, "brand_new"])
    def test_every_code_is_a_page_in_our_words(self, client, error):
        page = client.get("/error", query_string={"error": error, "error_description": "Detail of Hydra."})

        assert page.status_code == 400
        assert heading(page) == "This application could not sign you in"

    def test_a_refused_sign_out_is_not_called_a_sign_in(self, client):
        said = "Logout failed because query parameter state is set but id_token_hint is missing."
        page = client.get("/error", query_string={"error": "invalid_request", "error_description": said})

        assert heading(page) == "This application could not sign you out"

    @pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
    @pytest.mark.parametrize("name", ["error", "error_description"])
    def test_hostile_words_are_a_detail_cut_and_escaped(self, client, name, text):
        page = client.get("/error", query_string={"error": "invalid_request"} | {name: text})

        main = parsed(page).find("main")
        assert len(page.data) < 4000
        assert text[:20] not in "".join(words(p) for p in main.find_all("p", recursive=False))

    def test_what_the_application_says_is_no_part_of_our_own_words(self, client):
        """A link to this page must not make us say what somebody else wants."""
        prose = "Your account is locked. Call 555-0100."

        page = client.get("/error", query_string={"error": "invalid_request", "error_description": prose})

        assert prose in words(parsed(page).find("details"))
        assert prose not in "".join(words(p) for p in parsed(page).find("main").find_all("p", recursive=False))
        assert not parsed(page).find("details").has_attr("open")

    def test_what_is_meant_for_developers_of_hydra_is_not_shown(self, client):
        asked = {"error": "invalid_request", "error_hint": "the-hint", "error_debug": "the-debug"}

        page = client.get("/error", query_string=asked)

        assert "the-hint" not in page.text
        assert "the-debug" not in page.text

    @pytest.mark.parametrize(
        ("public_url", "named"), [("http://localhost:3000", True), ("https://login.example.org", False)]
    )
    def test_the_command_that_explains_it_is_named_on_a_developers_machine_only(self, client_with, public_url, named):
        page = client_with(public_url=public_url).get("/error?error=invalid_client", base_url=public_url)

        assert ("portico doctor --authorize-url" in page.text) == named

    def test_a_code_given_twice_is_refused(self, client):
        assert client.get("/error?error=a&error=b").status_code == 400


def test_an_error_page_without_an_error_is_no_page(client):
    assert client.get("/error").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/nowhere",
        "/LOGIN",
        "/login/",
        "/login%2f",
        "/static/..%2fapp",
        "/static/nothing.css",
        "/static/../../pyproject.toml",
        "/.env",
    ],
)
def test_an_address_that_is_no_page_says_so(client, path):
    """N41."""
    page = client.get(path)

    assert page.status_code == 404
    assert heading(page) == "There is no page here"


@pytest.mark.parametrize(
    "path", ["/./login", "/login//account", "//consent//account", "/static//app.css", "//evil.example/login"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_path_written_otherwise_is_no_page_either(client, path, method):
    """N24: above all no 308, with which a browser posts again."""
    form = "application/x-www-form-urlencoded"
    response = client.open(path="/", method=method, content_type=form, environ_overrides={"PATH_INFO": path})

    assert response.status_code in (400, 404)


@pytest.mark.parametrize(
    ("method", "path"),
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
    page = client.open(path, method=method, content_type="application/x-www-form-urlencoded")

    assert page.status_code == 405
    assert page.headers["Allow"]
    assert heading(page) == "This page cannot be used that way"


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


@pytest.mark.parametrize("path", ["/nowhere", "/error?error=x", "/login?flow=%20", "/consent"])
def test_every_error_page_names_the_request(client, path):
    page = client.get(path, headers={"X-Request-Id": "request-of-the-proxy"})

    assert words(parsed(page).find(class_="fine")) == "Request request-of-the-proxy"
