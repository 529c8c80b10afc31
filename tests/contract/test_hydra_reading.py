"""Portico reads an authorization request as the real Hydra does: where the answer goes is what a person was shown."""

from collections.abc import Callable
from http.client import HTTPConnection
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from app.ory.challenges import ConsentRequest
from tests.contract.hydra_stacks import Browser, Hydra, query

pytestmark = [pytest.mark.parametrize("hydra", [pytest.param("real", marks=pytest.mark.real)], indirect=True)]

BANK, OWN, THIRD = "https://accounts.bank.example/", "https://own.example.org/cb", "http://127.0.0.1/cb"
KEY = RSAKey.generate_key(2048, parameters={"kid": "jar", "use": "sig", "alg": "RS256"})


def uri(address: str) -> str:
    return f"redirect_uri={quote(address, safe='')}"


def signed(**claims: Any) -> str:
    return jwt.encode({"alg": "RS256", "kid": "jar"}, claims, KEY)


INSIDE_BANK = signed(redirect_uri=BANK)
UNSIGNED = f"eyJhbGciOiJub25lIn0.{INSIDE_BANK.split('.')[1]}."
REQUESTS = {
    "plain": f"scope=openid&{uri(OWN)}",
    "a raw semicolon": f"scope=openid&{uri(BANK)};&{uri(OWN)}",
    "a semicolon in the name": f"scope=openid&x;{uri(BANK)}&{uri(OWN)}",
    "a semicolon that is escaped": f"scope=openid&x=%3B&{uri(BANK)}&{uri(OWN)}",
    "a broken escape": f"scope=openid&{uri(BANK)}%zz&{uri(OWN)}",
    "an escape cut short": f"scope=openid&{uri(BANK)}%2&{uri(OWN)}",
    "a broken escape in the name": f"scope=openid&%{uri(BANK)}&{uri(OWN)}",
    "an escaped name": f"scope=openid&%72{uri(BANK)[1:]}&{uri(OWN)}",
    "twice": f"scope=openid&{uri(OWN)}&{uri(BANK)}",
    "another case": f"scope=openid&Redirect_uri={BANK}&{uri(OWN)}",
    "unescaped": f"scope=openid&redirect_uri={BANK}&{uri(OWN)}",
    "an empty pair": f"&&=&scope=openid&={BANK}&{uri(OWN)}",
    "a plus in the name": f"scope=openid&redirect_uri+={BANK}&{uri(OWN)}",
    "many pairs": "&".join(["scope=openid", *(f"x{number}=1" for number in range(400)), uri(OWN)]),
    "a loopback port": f"scope=openid&{uri('http://127.0.0.1:51004/cb')}",
    "an object": f"scope=openid&{uri(OWN)}&request={INSIDE_BANK}",
    "an object without openid": f"scope=profile&{uri(OWN)}&request={INSIDE_BANK}",
    "an object without a scope": f"{uri(OWN)}&request={INSIDE_BANK}",
    "openid in another case": f"scope=OPENID&{uri(OWN)}&request={INSIDE_BANK}",
    "openid with a dotted capital": f"scope=open%C4%B0d&{uri(OWN)}&request={INSIDE_BANK}",
    "openid behind a line feed": f"scope=profile+%0Aopenid&{uri(OWN)}&request={INSIDE_BANK}",
    "openid dropped": f"scope=openid;&scope=profile&{uri(OWN)}&request={INSIDE_BANK}",
    "an unsigned object": f"scope=openid&{uri(OWN)}&request={UNSIGNED}",
    "an object with spaces": f"scope=openid&{uri(OWN)}&request=+{INSIDE_BANK[:40]}%0A{INSIDE_BANK[40:]}%09",
    "two objects": f"scope=openid&{uri(OWN)}&request={signed(x='y')}&request={INSIDE_BANK}",
    "an object dropped": f"scope=openid&{uri(OWN)}&request={INSIDE_BANK};&request={signed(x='y')}",
    "an empty object": f"scope=openid&{uri(OWN)}&request=&request={INSIDE_BANK}",
}


@pytest.fixture(scope="module")
def client_id(hydra: Hydra) -> str:
    """A client that may use either address and request objects."""
    made = hydra.create_client(
        redirect_uris=[BANK, OWN, THIRD],
        post_logout_redirect_uris=[],
        scope="openid OPENID openİd profile",
        jwks={"keys": [KEY.as_dict(private=False)]},
    )
    return str(made["client_id"])


@pytest.fixture
def open_as_it_is(hydra: Hydra, browser: Browser) -> Callable[[str], dict[str, str]]:
    """Opens an authorization request without putting its query right, which requests would."""

    def open_(text: str) -> dict[str, str]:
        parts = urlsplit(hydra.public)
        connection = HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        connection.putrequest("GET", f"/oauth2/auth?{text}")
        connection.endheaders()
        answer = connection.getresponse()
        for name, value in answer.getheaders():
            if name == "Set-Cookie":
                key, _, content = value.partition(";")[0].partition("=")
                browser.session.cookies.set(key, content, domain="localhost.local")
        answer.read()
        connection.close()
        return query(answer.getheader("Location") or "")

    return open_


@pytest.mark.parametrize("text", REQUESTS.values(), ids=REQUESTS)
def test_the_answer_goes_where_the_consent_page_says(
    hydra: Hydra,
    browser: Browser,
    subject: str,
    client_id: str,
    open_as_it_is: Callable[[str], dict[str, str]],
    text: str,
) -> None:
    """N72 N75."""
    challenge = open_as_it_is(f"client_id={client_id}&response_type=code&state=state-12345678&{text}")[
        "login_challenge"
    ]
    consent = query(browser.log_in(challenge, subject=subject))["consent_challenge"]
    shown = ConsentRequest.parse(consent, hydra.ask("consent", consent)).redirect_uris
    went = browser.consent(consent).headers["Location"]
    assert "code=" in went
    assert (went.partition("?")[0],) == shown


def test_what_is_posted_beside_the_query_sends_the_answer_nowhere_else(
    hydra: Hydra, browser: Browser, subject: str, client_id: str
) -> None:
    """Hydra reads a posted form first, and has forgotten it when it comes back to this address."""
    request = f"client_id={client_id}&response_type=code&state=state-12345678&scope=openid&{uri(OWN)}"
    url = f"{hydra.public}/oauth2/auth?{request}"
    to_login = browser.session.post(url, data={"redirect_uri": BANK}, allow_redirects=False, timeout=60)
    consent = query(browser.log_in(query(to_login)["login_challenge"], subject=subject))["consent_challenge"]
    shown = ConsentRequest.parse(consent, hydra.ask("consent", consent)).redirect_uris
    assert (browser.consent(consent).headers["Location"].partition("?")[0],) == shown == (OWN,)
