"""F18: a request that waited for too long before it was read is refused, at once and in full."""

import json

import pytest

from app.http.overload import TOO_LATE
from tests.support.pages import heading, parsed, words

LATE = {TOO_LATE: True}
PATHS = ["/", "/login?login_challenge=private", "/consent?consent_challenge=private", "/sessions", "/private"]


@pytest.mark.parametrize("path", PATHS)
def test_it_gets_a_page_and_a_time_to_come_again(client, upstream, path):
    """Twice, because the second is made of the first; the client checks all headers, nothing is asked upstream."""
    answers = [client.get(path, environ_overrides=LATE) for _ in range(2)]

    for page in answers:
        assert page.status_code == 503
        assert int(page.headers["Retry-After"]) > 0
        assert heading(page) == "Signing in is not possible right now"
        assert "reload this page" in words(parsed(page))
        assert "private" not in page.text
        assert page.headers["X-Request-Id"] in page.text
        assert "Set-Cookie" not in page.headers
    nonces = [page.text.partition('nonce="')[2].partition('"')[0] for page in answers]
    assert all(
        f"'nonce-{nonce}'" in page.headers["Content-Security-Policy"]
        for nonce, page in zip(nonces, answers, strict=True)
    )
    assert nonces[0] != nonces[1]


def test_it_is_said_in_the_languages_of_people(client, upstream):
    german, japanese = (
        heading(client.get("/", headers={"Accept-Language": tag}, environ_overrides=LATE)) for tag in ("de", "ja")
    )

    assert len({german, japanese, "Signing in is not possible right now"}) == 3


def test_a_decision_that_is_refused_is_not_sent_and_can_be_sent_again(client, upstream, consent_page, body):
    """Nothing is lost silently, and the same page's form counts once."""
    sent = [*body, ("action", "accept")]
    calls = len(upstream.mock.calls)

    refused = client.send("/consent", sent, environ_overrides=LATE)

    assert refused.status_code == 503
    assert "Nothing you did is lost" in refused.text
    assert "Try again" not in refused.text  # a link would not send the form
    assert len(upstream.mock.calls) == calls
    upstream.takes("consent", "accept", "https://hydra.example/back")
    assert client.send("/consent", sent).status_code in (303, 502)
    assert len([call for call in upstream.mock.calls if call.request.method == "PUT"]) == 1


def test_it_is_refused_before_its_form_and_its_host_are_looked_at(client, upstream):
    for answer in (
        client.post("/consent", data={"action": "accept"}, environ_overrides=LATE),
        client.get("/", headers={"Host": "elsewhere.example"}, environ_overrides=LATE),
    ):
        assert answer.status_code == 503


def test_health_and_files_are_served(client, upstream):
    for path in ("/health/alive", "/static/app.css"):
        assert client.get(path, environ_overrides=LATE).status_code == 200


def test_an_operator_is_told(client, upstream, logs):
    page = client.get("/", environ_overrides=LATE)

    lines = [json.loads(line) for line in logs.getvalue().splitlines()]
    assert [line["event"] for line in lines] == ["overloaded", "request"]
    assert {line["request_id"] for line in lines} == {page.headers["X-Request-Id"]}


def test_a_page_for_want_of_an_answer_says_when_to_come_again(client, upstream):
    upstream.on("GET", upstream.url("login"), 503)

    page = client.get("/login?login_challenge=c")

    assert (page.status_code, page.headers["Retry-After"]) == (503, "5")
