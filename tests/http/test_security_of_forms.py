"""Which forms are taken: of one shape, from our own pages; which token they need is in test_security."""

import json

import pytest

from tests.account.test_applications import ALL
from tests.support.cases import each_case
from tests.support.upstream import PUBLIC

LANGUAGE = {"language": "de", "back": "/"}  # the one form without a token: only where it comes from is looked at
HTTPS = "https://login.example.org"


def status(client, headers):
    return client.post("/language", data=LANGUAGE, headers=headers).status_code


@each_case(
    "headers",
    [
        {},
        {"Origin": PUBLIC},
        {"Origin": PUBLIC, "Referer": "https://evil.example/"},
        {"Referer": f"{PUBLIC}/login?flow=f"},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_a_form_of_ours_is_taken(client, headers):
    assert status(client, headers) == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": f"{PUBLIC}1"},
        {"Origin": "null", "Referer": f"{PUBLIC}/"},
        {"Referer": "https://evil.example/"},
        {"Origin": PUBLIC, "Sec-Fetch-Site": "cross-site"},
        {"Origin": PUBLIC, "Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": ""},
    ],
    ids=str,
)
def test_a_form_from_elsewhere_is_refused_and_logged(client, logs, headers):
    assert status(client, headers) == 400
    [event] = [json.loads(line) for line in logs.getvalue().splitlines() if '"malicious_cors"' in line]
    assert event["route"] == "/language"


@each_case("headers, answer", [({}, 400), ({"Referer": f"{HTTPS}/"}, 303), ({"Origin": HTTPS}, 303)])
def test_by_https_every_browser_says_where_a_form_is_from(client_with, headers, answer):
    assert status(client_with(public_url=HTTPS), headers) == answer


@each_case(
    "headers, answer",
    [
        ({}, 303),
        ({"Origin": "http://localhost:4456"}, 303),
        ({"Origin": "HTTP://LOCALHOST:4456"}, 303),
        ({"Origin": "http://localhost:4455", "X-Forwarded-Host": "LocalHost:4455"}, 303),
        ({"Origin": "http://localhost:4455"}, 400),
        ({"Origin": "http://evil.example", "X-Forwarded-Host": "evil.example"}, 400),
        ({"Origin": "nonsense", "X-Forwarded-Host": "nonsense"}, 400),
    ],
)
def test_without_an_address_of_our_own_it_is_from_where_it_was_sent_to(client_with, headers, answer):
    assert status(client_with(public_url=""), headers) == answer


@each_case("kind", ["application/json", "multipart/form-data; boundary=x", "text/plain", ""])
def test_a_form_of_another_shape_is_refused(client, kind):
    assert client.post("/language", data=b"language=de&back=/", content_type=kind).status_code == 400


def test_a_form_of_no_announced_length_is_refused(client):
    more = {"content_type": "application/x-www-form-urlencoded", "environ_overrides": {"CONTENT_LENGTH": ""}}
    assert client.post("/language", **more).status_code == 400


@each_case("length, answer", [(64 * 1024, 303), (64 * 1024 + 1, 413)])
def test_a_form_has_64_kibibytes_at_most(client, length, answer):
    form = "application/x-www-form-urlencoded"
    assert (
        client.post("/language", data="language=de&back=/&x=".ljust(length, "x"), content_type=form).status_code
        == answer
    )


@each_case("path, answer", [("/nowhere", 404), ("/error", 405)])
def test_a_form_for_no_view_gets_the_page_of_that(client, path, answer):
    assert client.send(path, []).status_code == answer


def test_a_forged_form_of_nobodys_leads_to_where_somebody_would_find_it(client, upstream, logs):
    """What is shown again keeps a status of its own: here Location would mean nothing with a 400."""
    upstream.nobody()
    answer = client.send("/apps", [ALL])
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{PUBLIC}/apps")
    [event] = [json.loads(line) for line in logs.getvalue().splitlines() if '"input_validation_fail"' in line]
    assert event["reason"] == "csrf_token"


def test_our_name_may_be_an_address_of_ipv6_and_no_other_one_is(client_with):
    client = client_with(public_url="http://[::1]:3000")
    hosts = {"[::1]": 303, "[::1]:3000": 303} | dict.fromkeys(("[::2]", "[::1]:", "[::1]x", "[::1]:123456", "::1"), 400)
    answers = {host: client.get("/login", environ_overrides={"HTTP_HOST": host}).status_code for host in hosts}
    assert answers == hosts


def test_who_asks_by_another_name_is_led_to_ours(client):
    page = client.get("/error", environ_overrides={"HTTP_HOST": "evil.example"})
    assert f'href="{PUBLIC}"' in page.text
