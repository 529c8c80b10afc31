"""F18: who has waited for too long is refused, at once and in full, by an answer that is made in advance."""

import json

import pytest
from werkzeug.test import Client

from app.http import overload
from tests.support import fixtures
from tests.support.pages import check, heading, parsed, words
from tests.support.upstream import KRATOS, PUBLIC

TITLE = "Sign-in isn't available right now"
PATHS = ["/", "/login?login_challenge=private", "/consent?consent_challenge=private", "/private"]


@pytest.fixture
def refused(client):
    """A browser at a worker that cannot keep up."""
    nonces = set()
    browser = Client(client.application.extensions["refusals"], use_cookies=False)

    def send(method, path, **options):
        answer = browser.open(path, base_url=PUBLIC, method=method, **options)
        check(answer, PUBLIC, nonces)
        return answer

    return send


@pytest.mark.parametrize("path", PATHS)
def test_it_gets_a_page_and_a_time_to_come_again(refused, upstream, path):
    """With all headers; the second is made of the first, and has a nonce and an id of its own."""
    answers = [refused("GET", path) for _ in range(2)]

    for page in answers:
        assert page.status_code == 503
        assert int(page.headers["Retry-After"]) > 0
        assert heading(page) == TITLE
        assert "Wait a moment" in words(parsed(page))
        assert "Try again" in page.text
        assert "private" not in page.text
        assert page.headers["X-Request-Id"] in page.text
        assert "Set-Cookie" not in page.headers
    nonces = [page.text.partition('nonce="')[2].partition('"')[0] for page in answers]
    for nonce, page in zip(nonces, answers, strict=True):
        assert f"'nonce-{nonce}'" in page.headers["Content-Security-Policy"]
    assert nonces[0] != nonces[1]


SPARED = {
    "/health/alive": True,
    "/health/serving": True,
    "/health/ready": True,
    "/static/app.css": True,
    "/static/brand/\xc3\xa4rger.svg": True,  # as WSGI writes ärger.svg
    **dict.fromkeys(("/health/nope", "/static/nope", "/static/", "/static/../login", "/login", ""), False),
}


def test_who_asks_for_what_is_not_there_waits_as_everybody(tmp_path):
    """Its page costs what others cost, and anybody can ask for it under as many names as they like."""
    (tmp_path / "ärger.svg").write_text("<svg/>")
    refusals = fixtures._app(brand_dir=tmp_path).extensions["refusals"]
    for method in ("GET", "HEAD", "POST"):
        exempt = {path: refusals.is_exempt({"PATH_INFO": path, "REQUEST_METHOD": method}) for path in SPARED}
        assert exempt == (SPARED if method != "POST" else dict.fromkeys(SPARED, False)), method


def test_it_is_what_any_page_without_an_answer_is(client, refused, upstream):
    upstream.on("GET", upstream.url("login"), 503)
    page, refusal = client.get("/login?login_challenge=c"), refused("GET", "/login?login_challenge=c")
    assert (page.status_code, heading(page)) == (refusal.status_code, heading(refusal))
    assert page.headers["Retry-After"] == refusal.headers["Retry-After"]
    assert set(page.headers.keys()) == set(refusal.headers.keys())


def test_it_is_said_in_the_languages_of_people(refused):
    cases = [{}, {"Accept-Language": "de-AT, en"}, {"Accept-Language": "ja"}]
    cases += [{"Accept-Language": "ja", "Cookie": "__Host-language=de; language=fr"}]
    pages = [parsed(refused("GET", "/", headers=headers)) for headers in cases]
    assert [page.html["lang"] for page in pages] == ["en", "de", "ja", "fr"]
    assert len({page.h1.get_text() for page in pages}) == 4


def test_a_form_is_told_that_nothing_is_lost_and_to_reload(refused):
    """A link would not send it again; what it says is not read."""
    page = refused("POST", "/consent", data={"action": "accept"})
    assert page.status_code == 503
    assert "Nothing you've done is lost" in page.text
    assert "Try again" not in words(parsed(page).main)


def test_head_has_no_body(refused):
    assert refused("HEAD", "/login").get_data() == b""


def test_the_proxys_request_id_is_kept(refused):
    page = refused("GET", "/", headers={"X-Request-Id": "from-the-proxy"})
    assert page.headers["X-Request-Id"] == "from-the-proxy"
    assert "from-the-proxy" in page.text


def test_each_is_logged_and_one_event_tells_of_many(client, logs, monkeypatch):
    now = 1000.0
    monkeypatch.setattr(overload, "monotonic", lambda: now)
    counted = []
    refusals = overload.Refusals(client.application, lambda *line: counted.append(line))
    refusals._answer = client.application.extensions["refusals"]._answer
    browser = Client(refusals)

    for seconds in (0, 1, 2, overload.EVERY):
        now = 1000.0 + seconds
        browser.get("/login?login_challenge=private")

    lines = [json.loads(line) for line in logs.getvalue().splitlines()]
    assert [line["event"] for line in lines] == ["overloaded", "request", "request", "request", "overloaded", "request"]
    assert [line["refused"] for line in lines if line["event"] == "overloaded"] == [1, 3]
    assert counted == [("unknown", "GET", 503, 0)] * 4
    assert "private" not in logs.getvalue()


def test_all_of_it_is_made_before_the_first_is_refused(client, logs):
    """And not logged."""
    application = client.application
    refusals = application.extensions["refusals"]
    refusals.read_ahead(application.extensions["languages"])
    assert refusals._page.cache_info().currsize == 2 * len(application.extensions["languages"].files)
    assert logs.getvalue() == ""


def test_a_page_for_want_of_an_answer_says_when_to_come_again(client, upstream):
    upstream.on("GET", f"{KRATOS}/sessions/whoami", 503)
    page = client.get("/sessions")
    assert (page.status_code, page.headers["Retry-After"]) == (503, "5")
