"""What an answer costs, counted: signatures, calls upstream, cookies sent, long addresses quoted (no clock is read)."""

import urllib.parse
from collections import Counter
from collections.abc import Callable

import pytest
from itsdangerous.signer import HMACAlgorithm
from werkzeug.test import TestResponse

from app import urls
from tests.gallery.entries import BY_ID
from tests.gallery.entry import answer
from tests.payloads.bodies import load
from tests.support.cases import each_case
from tests.support.counting import calls as counted_calls
from tests.support.pages import CheckedClient
from tests.support.upstream import BROWSER_HYDRA, KRATOS, PUBLIC, Upstream

CHALLENGE = "aB3_-" * 220 + "="  # two in three of Hydra's end so
BACK = f"{PUBLIC}/login?{urllib.parse.urlencode({'login_challenge': CHALLENGE, 'n': 1})}"
Page = Callable[[CheckedClient, Upstream], TestResponse]


def consent(client: CheckedClient, upstream: Upstream) -> TestResponse:
    upstream.asks("consent", requested_scope=["openid", "email"])
    upstream.signed_in()
    return client.get(f"/consent?consent_challenge={CHALLENGE}")


def skip_consent(client: CheckedClient, upstream: Upstream) -> TestResponse:
    upstream.asks("consent", client={"skip_consent": True})
    upstream.signed_in()
    upstream.takes("consent", "accept", f"{BROWSER_HYDRA}/oauth2/auth?consent_verifier=v")
    return client.get(f"/consent?consent_challenge={CHALLENGE}")


def begin(client: CheckedClient, upstream: Upstream) -> TestResponse:
    upstream.asks("login")
    upstream.nobody()
    return client.get(f"/login?login_challenge={CHALLENGE}")


def flow(client: CheckedClient, upstream: Upstream) -> TestResponse:
    body = load("login/unified") | {"return_to": BACK}
    upstream.asks("login")
    upstream.on("GET", f"{KRATOS}/self-service/login/flows", 200, body)
    return client.get(f"/login?flow={body['id']}")


@pytest.fixture
def signatures(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How many were made or checked."""
    counted, original = Counter[str](), HMACAlgorithm.get_signature

    def get_signature(self: HMACAlgorithm, key: bytes, value: bytes) -> bytes:
        counted["all"] += 1
        return original(self, key, value)

    monkeypatch.setattr(HMACAlgorithm, "get_signature", get_signature)
    return counted


@pytest.mark.parametrize(
    ("page", "first", "again"),
    [
        (consent, 3, 3),  # the CSRF token, the ticket and our cookie; then our cookie is read, and has not changed
        (skip_consent, 1, 1),  # our cookie: which Hydra session it was
        (begin, 2, 2),  # our cookie and that of the way back
        (flow, 3, 3),  # the CSRF token of "cancel" and the same two cookies
    ],
)
def test_signatures(client, upstream, signatures, page: Page, first: int, again: int):
    page(client, upstream)
    once = signatures["all"]
    page(client, upstream)
    assert (once, signatures["all"] - once) == (first, again)


@each_case("page", [consent, skip_consent, begin, flow])
def test_a_cookie_that_has_not_changed_is_not_sent_again(client, upstream, page: Page):
    page(client, upstream)
    assert "Set-Cookie" not in page(client, upstream).headers


@each_case(
    "page, calls",
    [
        (consent, ["GET consent", "GET whoami", "GET consent"]),  # what is asked, who is asked, what they chose before
        (skip_consent, ["GET consent", "GET whoami", "PUT accept"]),
        (begin, ["GET login", "GET whoami"]),
        (flow, ["GET flows", "GET login"]),
    ],
)
def test_calls_upstream(client, upstream, page: Page, calls: list[str]):
    page(client, upstream)
    paths = [(call.request.method, urllib.parse.urlsplit(call.request.url).path) for call in upstream.mock.calls]
    assert [f"{method} {path.rpartition('/')[2]}" for method, path in paths] == calls


@pytest.mark.parametrize(("page", "times"), [(consent, 1), (skip_consent, 0), (begin, 2), (flow, 2)])
def test_a_challenge_is_written_into_an_address_once(client, upstream, monkeypatch, page: Page, times: int):
    """Once more where our address is a parameter of Kratos'; never byte by byte, which takes 20 times as long."""
    quoted, slow, original = [], [], urllib.parse.quote_from_bytes

    def quote_from_bytes(value: bytes, safe: str = "/") -> str:
        if len(value) > len(CHALLENGE) / 2 and value.decode() != original(value, safe):
            slow.append(value)
        return original(value, safe)

    def count(value: str, quote: Callable[[str], str] = urls.quoted) -> str:
        quoted.extend([value] if len(value) >= len(CHALLENGE) else [])
        return quote(value)

    monkeypatch.setattr(urls, "quoted", count)
    monkeypatch.setattr(urllib.parse, "quote_from_bytes", quote_from_bytes)
    page(client, upstream)

    assert (len(quoted), slow) == (times, [])


@each_case("entry, most", [("login/password_only", 2115), ("consent/usual", 2200), ("settings/everything", 8660)])
def test_functions_called_for_a_page(entry: str, most: int):
    """Two or three in a hundred more than now: who needs a greater number says in the commit what is worth it."""
    answer(BY_ID[entry])  # what is kept from page to page
    assert counted_calls(lambda: answer(BY_ID[entry]))[1] <= most
