"""Portico reads an authorization request as the real Hydra does, over hundreds made of what two readers disagree on.

What Hydra refuses is no request; what it takes is compared with Portico's own reading of the same address.
"""

import json
import random
import re
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from http.client import HTTPConnection
from urllib.parse import quote, urlsplit

import pytest

from app.oauth2.consent_policy import granted, scopes
from app.ory.authorization_request import Parameters
from app.ory.challenges import ConsentRequest
from app.ory.redirect_uris import matches
from app.ory.visible_names import in_form
from tests.contract.hydra_stacks import Browser, Hydra, query

pytestmark = [pytest.mark.parametrize("hydra", [pytest.param("real", marks=pytest.mark.real)], indirect=True)]

COUNT = 400
BANK, OWN = "https://accounts.bank.example/", "https://own.example.org/cb"
SPACES = ["+", "%20", "++", "%0A", "%09+", "%C2%A0", "+%1F", "%E2%80%83", "%1C+"]
WORDS = {
    "scope": ["openid", "OPENID", "open%C4%B0d", "profile"],
    "prompt": ["registration", "Registration", "consent", "registration;"],
    "acr_values": ["aal1", "aal2", "%C3%A9", "%FF", "a%2Bb"],
    "ui_locales": ["de", "de-AT", "%zz", "%EF%BF%BD"],
    "display": ["popup", "page", "Popup"],
    "login_hint": ["ada@example.org", "%F0%9F%98%80", "%ED%A0%80", "a%00b", "%"],
    "max_age": ["0", "+1", "1_0", "%D9%A3"],
    "resource": ["https://api.example/", "%FE"],
}
NAMES = {"prompt": "%70rompt", "acr_values": "acr%5fvalues", "display": "Display", "login_hint": "login_hint+"}
# What stands in a request object; two readers of JSON agree least on these.
CLAIMS = [
    *(
        '"acr_values":"aal2 aal1"',
        '"acr_values":["aal2","aal1"]',
        '"acr_values":{"b":1,"a":"c"}',
        '"ACR_VALUES":"aal2"',
    ),
    *('"prompt":"registration"', '"prompt":["registration"]', '"prompt":null', r'"prompt":"registration"'),
    *(r'"login_hint":"\ud83d\ude00"', r'"login_hint":"\ud83d"', r'"login_hint":"\u0000a"', '"login_hint":1e400'),
    *('"login_hint":9223372036854775807', '"login_hint":1.50', '"login_hint":true', '"login_hint":-0'),
    *(
        '"display":"popup"',
        '"display":"page","display":"popup"',
        '"ui_locales":" de \\n fr"',
        '"ui_locales":[[["de"]]]',
    ),
    *('"exp":NaN', '"":""', '"client_id":"another"'),
    *('"scope":"profile openid"', '"login_hint":[1,"a",null,{"b":false}]'),
]


@pytest.fixture(scope="module")
def client_id(hydra: Hydra) -> str:
    """A client that may use either address and request objects without a signature."""
    made = hydra.create_client(
        redirect_uris=[BANK, OWN],
        post_logout_redirect_uris=[],
        scope="openid OPENID openİd profile read.*",
        jwks={"keys": []},
        request_object_signing_alg="none",
    )
    return str(made["client_id"])


def test_what_portico_reads_is_what_hydra_says_it_read(hydra: Hydra, client_id: str) -> None:
    """In the query and in request objects: acr_values, display, login_hint, ui_locales; registration in its own way."""
    generator, taken, different = random.Random(1), 0, {}
    for _ in range(COUNT):
        text = f"client_id={client_id}&{generated(generator)}"
        to = urlsplit(location(hydra, text))
        if not (challenge := query(to.geturl()).get("login_challenge")):
            continue
        raw = hydra.ask("login", challenge)
        read = Parameters.parse(raw["request_url"])
        if not read.hidden:
            taken += 1
            if read != (as_hydra := Parameters.parse(raw["request_url"], raw["oidc_context"])):
                different[text] = (read, as_hydra)
        if to.path == "/registration":
            assert read.hidden or "registration" in read.prompt, text
    assert not different
    assert taken > COUNT // 5


def test_a_max_age_is_read_as_hydra_reads_it(hydra: Hydra, subject: str) -> None:
    """A sign-in of before is none to a max_age of 0, however that is written; it is to one of days."""
    generator, taken, browser = random.Random(4), 0, Browser(hydra)
    browser.sign_in(subject)
    for _ in range(COUNT // 4):
        sign, zeros = generator.choice(["", "+", "-"]), "0" * generator.choice([0, 1, 64, 65, 100, 5000])
        text = sign + zeros + generator.choice(["0", "0", "987654", " 0", "0x0", "0_0", "٠", ""])
        if challenge := query(browser.authorize(max_age=text)).get("login_challenge"):
            taken += 1
            request = hydra.ask("login", challenge)
            assert (Parameters.parse(request["request_url"]).max_age == 0) is not request["skip"], text
    browser.session.close()
    assert taken > COUNT // 10


def test_the_answer_goes_where_portico_says(hydra: Hydra, client_id: str, subject: str) -> None:
    generator, taken = random.Random(2), 0
    for text in [f"client_id={client_id}&{generated(generator)}" for _ in range(COUNT // 4)]:
        browser = Browser(hydra)
        challenge = query(location(hydra, text, browser)).get("login_challenge")
        if not challenge:
            continue
        consent = query(browser.log_in(challenge, subject=subject)).get("consent_challenge")
        if consent:
            taken += 1
            shown = ConsentRequest.parse(consent, hydra.ask("consent", consent)).redirect_uris
            went = browser.consent(consent).headers["Location"]
            assert any(went.startswith(uri) for uri in shown), text
            assert len(shown) == 1 or Parameters.parse(f"{hydra.public}?{text}").hidden, text
        browser.session.close()
    assert taken > COUNT // 20


def test_of_any_scopes_a_person_grants_those_that_were_ticked(hydra: Hydra, client_id: str, subject: str) -> None:
    """Hydra divides what is asked for at spaces alone, and gives a token of exactly what Portico grants."""
    generator, browser, odd, taken = random.Random(5), Browser(hydra), 0, 0
    words = [*WORDS["scope"], *(f"read.{letter}" for letter in ("a", "%0A", "%0D", "%00", "%09a", "%ED%A0%80", "%25s"))]
    words += [
        "read.%3Cb%3E",
        "read.%7B%7B7%7D%7D",
        "read.a%E2%80%8B",
        "READ.a",
        "email",
        *["read.x"] * 2,
        "read.%0D%0A",
    ]
    for _ in range(COUNT // 8):
        scope = [word + generator.choice(["+", *SPACES]) for word in generator.choices(words, k=generator.randrange(6))]
        text = f"client_id={client_id}&response_type=code&state=state-12345678&redirect_uri={quote(OWN, safe='')}"
        login = query(location(hydra, f"{text}&scope={''.join(scope)}", browser)).get("login_challenge")
        if not login:
            continue
        challenge = query(browser.log_in(login, subject=subject))["consent_challenge"]
        request = ConsentRequest.parse(challenge, hydra.ask("consent", challenge))
        rows = [row for row in scopes(request, {}) if row.required or generator.random() < 0.8]
        grant = granted(request, [as_a_browser_sends(in_form(row.name)) for row in rows])
        taken, odd = taken + 1, odd + any(in_form(row.name) != row.name for row in rows)
        assert set(grant) == {row.name for row in rows}, scope
        answer = query(browser.consent(challenge, grant_scope=list(grant)))
        assert answer["scope"].split(" ") == list(grant or [""]), scope
    browser.session.close()
    assert taken > COUNT // 20
    assert odd


def as_a_browser_sends(value: str) -> str:
    """A value of a form, as HTML and the rules for forms change it."""
    return re.sub("\r\n?|\n", "\r\n", value.replace("\0", "\ufffd"))


def test_a_redirect_uri_that_hydra_takes_for_a_registered_one_is_one_to_portico(hydra: Hydra) -> None:
    generator, taken = random.Random(3), 0
    registered = [
        *("http://127.0.0.1/cb", "http://127.0.0.1:80/cb?x=1", "http://[::1]/a%20b"),
        *("http://[::ffff:127.0.0.1]/", "https://own.example/cb", "com.app:/cb"),
    ]
    client = hydra.create_client(redirect_uris=registered, post_logout_redirect_uris=[])["client_id"]
    for wanted in redirect_uris(generator, registered):
        text = f"client_id={client}&response_type=code&scope=openid&state=state-12345678"
        answer = location(hydra, f"{text}&redirect_uri={quote(wanted, safe='')}")
        if "login_challenge" in query(answer):
            taken += wanted not in registered
            assert matches(wanted, registered), wanted
    assert taken > 20


def generated(generator: random.Random) -> str:
    """The query of an authorization request."""
    pairs = ["response_type=code", "state=state-12345678"]
    names = ["scope", *generator.choices(list(WORDS), k=4)]
    for name in names:
        words = generator.choices(WORDS[name], k=generator.randrange(1, 4))
        value = "".join(word + generator.choice(SPACES) * generator.randrange(2) for word in words)
        pairs.append(f"{generator.choice([name, name, NAMES.get(name, name)])}={value}")
    pairs += [f"redirect_uri={quote(uri, safe='')}" for uri in generator.sample([BANK, OWN], generator.randrange(1, 3))]
    if generator.random() < 0.6:
        pairs.append(f"request={request_object(generator)}")
    generator.shuffle(pairs)
    odd = generator.choice(
        ["", "", "", "&", "&=", "&%", "&x;y", "&x=%3B", "?&", "&a=b=c", "#", "#&prompt=registration"]
    )
    at = generator.randrange(len(pairs))
    return "&".join(pairs[:at]) + odd + "&" + "&".join(pairs[at:])


def request_object(generator: random.Random) -> str:
    """An unsigned one with a claim or three, its JSON as it stands."""
    claims = generator.sample(CLAIMS, generator.randrange(1, 4))
    if generator.random() < 0.3:
        claims.append(f'"redirect_uri":{json.dumps(generator.choice([BANK, OWN]))}')
    payload = "{" + generator.choice([",", " ,\n"]).join(claims) + "}"
    parts = [urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in ('{"alg":"none"}', payload)]
    return f"{'.'.join(parts)}.{generator.choice(['', '', '+', '%0A'])}"


def redirect_uris(generator: random.Random, registered: list[str]) -> Iterator[str]:
    """Addresses that begin as registered ones: another port, a piece more or less."""
    pieces = [
        ":1",
        ":0",
        ":99999",
        ":",
        "@",
        "a@",
        "%62",
        "%2F",
        "/",
        "?",
        "#",
        ".",
        "\\",
        " ",
        "0",
        "?x=1",
        "HTTP",
        "\t",
    ]
    for _ in range(COUNT):
        uri = generator.choice(registered)
        host = uri.index("/", 7) if uri.startswith("http") else 0
        at = generator.choice([host, host, generator.randrange(len(uri))])
        yield uri[:at] + generator.choice(pieces) + uri[at + generator.choice([0, 0, 1]) :]


def location(hydra: Hydra, text: str, browser: Browser | None = None) -> str:
    """Where Hydra sends an authorization request whose query nothing puts right; "" for nowhere."""
    parts = urlsplit(hydra.public)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    connection.putrequest("GET", f"/oauth2/auth?{text}")
    connection.endheaders()
    answer = connection.getresponse()
    for name, value in answer.getheaders() if browser else ():
        if browser and name == "Set-Cookie":
            key, _, content = value.partition(";")[0].partition("=")
            browser.session.cookies.set(key, content, domain="localhost.local")
    answer.read()
    connection.close()
    return answer.getheader("Location") or ""
