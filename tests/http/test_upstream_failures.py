"""Whatever Kratos or Hydra answer, at every place where they are asked (F03 F04 F08 F09 F11): a page, and no accept."""

import gzip
import json
from functools import partial
from typing import Any

import pytest
import requests

from app.ory.transport import MAX_REPLY
from tests.support.upstream import KRATOS, Upstream

STATUSES = (202, 301, 302, 307, 400, 401, 403, 404, 409, 410, 418, 422, 429, 500, 502, 503, 504)
FORM = "/consent"


def login(client, upstream):
    return client.get("/login?login_challenge=c")


def consent(client, upstream):
    return client.get("/consent?consent_challenge=c")


def signed_in_login(client, upstream):
    upstream.asks("login")
    upstream.signed_in()
    return login(client, upstream)


def silent_login(client, upstream):
    upstream.asks("login", request_url="http://localhost:4444/oauth2/auth?client_id=demo&prompt=none")
    upstream.nobody()
    return login(client, upstream)


def login_whoami(client, upstream):
    upstream.asks("login")
    return login(client, upstream)


def consent_whoami(client, upstream):
    upstream.asks("consent", skip=True)
    return consent(client, upstream)


def skipped_consent(client, upstream):
    upstream.asks("consent", skip=True)
    upstream.signed_in()
    return consent(client, upstream)


def silent_consent(client, upstream):
    upstream.asks("consent", request_url="http://localhost:4444/oauth2/auth?client_id=demo&prompt=none")
    upstream.signed_in()
    return consent(client, upstream)


def allowed_consent(client, upstream):
    upstream.asks("consent")
    upstream.signed_in()
    return client.submit(consent(client, upstream), FORM, ("action", "accept"))


def flow_page(client, upstream):
    return client.get("/login?flow=f")


def page_of(kind, client, upstream):
    return client.get(f"/{kind}?flow=f")


def error_page(client, upstream):
    return client.get("/error?id=e")


def home(client, upstream):
    return client.get("/")


def signed_out(client, upstream):
    return client.get("/signed-out")


def logout(client, upstream):
    upstream.nobody()
    return client.get("/logout?logout_challenge=c")


def accepted_logout(client, upstream):
    upstream.asks("logout")
    upstream.nobody()
    page = client.get("/logout?logout_challenge=c")
    return client.submit(page, "/logout", ("action", "accept"))


CHALLENGE = {404: 404, 410: 410}  # a 401 that is not Hydra's own is of whatever guards its admin API
WHOAMI = ("GET", f"{KRATOS}/sessions/whoami")
LOGIN, CONSENT, LOGOUT = (Upstream.url(what) for what in ("login", "consent", "logout"))
SITES: dict[str, tuple[Any, ...]] = {
    "login request": (login, "GET", LOGIN, CHALLENGE),
    "login accept": (signed_in_login, "PUT", f"{LOGIN}/accept", CHALLENGE),
    "login reject": (silent_login, "PUT", f"{LOGIN}/reject", CHALLENGE),
    "whoami at login": (login_whoami, *WHOAMI, {401: 303}),
    "consent request": (consent, "GET", CONSENT, CHALLENGE),
    "whoami at consent": (consent_whoami, *WHOAMI, {401: 303}),
    "consent accept by skip": (skipped_consent, "PUT", f"{CONSENT}/accept", CHALLENGE),
    "consent reject": (silent_consent, "PUT", f"{CONSENT}/reject", CHALLENGE),
    "consent accept by form": (allowed_consent, "PUT", f"{CONSENT}/accept", CHALLENGE | {404: 410}),
    "logout request": (logout, "GET", LOGOUT, {404: 303, 410: 303}),
    "logout accept": (accepted_logout, "PUT", f"{LOGOUT}/accept", CHALLENGE),
    "flow": (flow_page, "GET", f"{KRATOS}/self-service/login/flows", {401: 303, 404: 303, 410: 303}),
    "error": (error_page, "GET", f"{KRATOS}/self-service/errors", {401: 401, 404: 410, 410: 410}),
    **{
        kind: (partial(page_of, kind), "GET", f"{KRATOS}/self-service/{kind}/flows", {401: 303, 404: 303, 410: 303})
        for kind in ("registration", "recovery", "verification", "settings")
    },
    "whoami at home": (home, *WHOAMI, {401: 200}),
    "whoami when signed out": (signed_out, *WHOAMI, {401: 200}),
}
DATE = {"Date": "Sat, 21 Nov 2026 12:00:00 GMT"}


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("site", SITES)
def test_every_status_has_its_page(client, upstream, site, status):
    act, method, url, special = SITES[site]
    upstream.on(
        method, url, status, {"error": {"message": "inside"}}, headers=DATE | {"Location": "https://evil.example/"}
    )

    page = act(client, upstream)

    usual = 429 if status == 429 else 503 if status >= 500 else 502
    assert page.status_code == special.get(status, usual)
    assert "inside" not in page.text
    assert "evil.example" not in page.headers.get("Location", "")


BOMB = gzip.compress(b'{"a": "' + b"x" * 40_000_000 + b'"}')
BODIES = {
    "empty": (b"", {}),
    "cut": (b'{"challenge": "c", "client": {"client_id"', {}),
    "html": (b"<html>down for maintenance</html>", {"Content-Type": "text/html"}),
    "null": (b"null", {}),
    "list": (b"[]", {}),
    "word": (b'"ok"', {}),
    "number": (b"1e999", {}),
    "deep": (b"[" * 100_000, {}),
    "deep objects": (b'{"a":' * 100_000, {}),
    "no text": (b"\xff\xfe\x00{", {}),
    "too large": (b'{"a": "' + b"x" * MAX_REPLY + b'"}', {}),
    "bomb": (BOMB, {"Content-Encoding": "gzip"}),
    "no gzip": (b"{}", {"Content-Encoding": "gzip"}),
}


@pytest.mark.parametrize("kind", BODIES)
@pytest.mark.parametrize("site", SITES)
def test_a_body_that_is_none_is_an_error_page(client, upstream, site, kind):
    """F03: above all it is never "nobody is signed in" (F11)."""
    act, method, url, _ = SITES[site]
    body, headers = BODIES[kind]
    upstream.on(method, url, 200, body, headers=DATE | {"Content-Type": "application/json"} | headers)

    assert act(client, upstream).status_code in (502, 503)


FAULTS = [
    requests.ConnectionError("refused"),
    requests.Timeout("late"),
    requests.exceptions.SSLError("expired"),
    requests.exceptions.ChunkedEncodingError("cut"),
    requests.exceptions.InvalidURL("x"),
    OSError("reset"),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
@pytest.mark.parametrize("site", SITES)
def test_no_answer_is_a_page_that_says_to_wait(client, upstream, site, fault):
    """F01 F07: nothing is sent twice, least of all to a server that is slow."""
    act, method, url, _ = SITES[site]
    upstream.mock.add(method, url, body=fault)

    page = act(client, upstream)

    assert page.status_code == 503
    assert len(upstream.sent(method, url)) == 1


@pytest.mark.parametrize("value", [None, 7, [], {}, "", "relative", "/oauth2/auth"], ids=json.dumps)
@pytest.mark.parametrize("site", [name for name in SITES if "accept" in name or "reject" in name])
def test_an_answer_that_leads_nowhere_is_an_error_page(client, upstream, site, value):
    act, method, url, _ = SITES[site]
    upstream.on(method, url, 200, {"redirect_to": value})

    assert act(client, upstream).status_code == 502


def test_kratos_cookie_stays_with_its_person(client_with, upstream):
    """A shared cookie jar would hand one person's session to the next."""
    headers = DATE | {"Set-Cookie": "ory_kratos_session=stolen; Path=/"}
    upstream.on("GET", f"{KRATOS}/sessions/whoami", 401, {}, headers=headers)
    client_with().get("/")

    client_with().without_jar().get("/")

    assert "Cookie" not in upstream.sent("GET", "whoami")[-1].headers
