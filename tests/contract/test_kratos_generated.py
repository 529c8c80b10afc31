"""Portico reads what began a flow, and where it leads back to, as the real Kratos does, over hundreds of addresses."""

import json
import random
from collections.abc import Callable
from http.client import HTTPConnection
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import uuid4

import pytest
import requests

from app import urls
from app.http.security import Request
from app.ory.flows import Flow
from app.ory.identity_names import display_name
from app.ory.transport import Reply
from app.urls import ReturnTo, Urls
from tests.contract.kratos_people import Person
from tests.stack.browser import Browser
from tests.stack.kratos import Kratos

pytestmark = [pytest.mark.parametrize("kratos", [pytest.param("real", marks=pytest.mark.real)], indirect=True)]

COUNT = 300
PORTICO = "http://localhost:3000"
BEGINNINGS = [
    *[f"{PORTICO}/login?login_challenge=c&n=1"] * 4,
    PORTICO,
    "HTTP://LOCALHOST:3000",
    "/login?login_challenge=c",
]
PIECES = [
    *("/", "//", "\\", "@", "evil.example", ".", ":", ":3000"),
    *("#", "?", "&", ";", "%", "%2e%2e/", "/../", "%5c", "%zz"),
    *("\t", "\n", " ", "%00", "%0a", "é", "http:", "[", "]"),
    *("login_challenge=d&", "+", "%2B", "localhost", "//localhost:3000"),
    *(
        "ſ",
        "%61",
        "。",
        "\u00ad",
        "xn--",
        ":0",
        ":03000",
        "a:b@",
        "/\\",
        "login_challenge=" + "x" * 9000,
        "\r",
        "\u202e",
    ),
]


def begun(kratos: Kratos, text: str) -> dict[str, Any] | None:
    """The login flow that this query begins, None where Kratos refuses it."""
    parts = urlsplit(kratos.public_url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    connection.putrequest("GET", f"/self-service/login/browser?{text}")
    connection.putheader("Accept", "application/json")
    connection.endheaders()
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return dict(json.loads(content)) if answer.status == 200 else None


def mutated(generator: random.Random, text: str) -> str:
    """The address with a few pieces put into it, or in the place of a part of it."""
    for _ in range(generator.randrange(4)):
        at = generator.randrange(len(text) + 1)
        text = text[:at] + generator.choice(PIECES) + text[at + generator.choice([0, 0, 1, 5]) :]
    return text


def test_what_kratos_lets_a_flow_return_to_is_ours_or_is_no_way_back_to_us(kratos: Kratos) -> None:
    """And a challenge in it is the one that the login page will be asked with."""
    generator, taken, ours = random.Random(1), 0, Urls(PORTICO, kratos.public_url)
    allowed = (PORTICO, kratos.public_url, "http://127.0.0.1:5556")
    for address in [mutated(generator, generator.choice(BEGINNINGS)) for _ in range(COUNT)]:
        body = begun(kratos, f"return_to={quote(address, safe='')}")
        if body is None:
            continue
        taken += 1
        back = Flow.parse(body).return_to
        assert not ours.can_return_to(back) or urls.same_origin(back, *allowed), address
        if target := ours.return_to_of(back):
            assert urls.same_origin(back, PORTICO), address
            assert urls.query(body["return_to"])["login_challenge"] == target.challenge, address
    assert taken > COUNT // 5


@pytest.mark.parametrize("challenge", ["c", "a+b/c=~._-", "x" * 6000, "é &?#;%", "%2B"])
def test_our_own_way_back_is_let_through_as_it_is(kratos: Kratos, challenge: str) -> None:
    ours = Urls(PORTICO, kratos.public_url)
    body = begun(kratos, f"return_to={quote(ours.login(challenge, 2, 'second_factor'), safe='')}")
    assert body
    assert ours.return_to_of(Flow.parse(body).return_to) == ReturnTo(challenge, 2, "second_factor")


def test_a_flow_was_begun_with_what_portico_reads_out_of_its_address(kratos: Kratos) -> None:
    """Where Kratos tells nothing of its own, Portico reads the query that it has kept."""
    generator, taken = random.Random(2), 0
    pairs = [
        *(
            "return_to=http://localhost:3000/a",
            "return_to=http://localhost:3000/%3Fb=%26",
            "%72eturn_to=/x",
            "return_to+=/y",
        ),
        *("refresh=true", "aal=aal2", "x;return_to=/z", "return_to=/w;"),
        *("return_to=%zz", "&", "=", "via=%C3%A9", "return_to="),
    ]
    for _ in range(COUNT // 2):
        body = begun(kratos, "&".join(generator.choices(pairs, k=generator.randrange(1, 6))))
        if body is None:
            continue
        taken += 1
        assert urls.query(body["request_url"]).get("return_to", "") == body.get("return_to", ""), body["request_url"]
    assert taken > COUNT // 10


def test_of_two_living_sessions_in_one_cookie_header_kratos_takes_the_first(
    kratos: Kratos, new_person: Callable[..., Person]
) -> None:
    """Portico hands the header on as it came, so it cannot mean another one than Kratos does."""
    sessions = []
    for person in (new_person(), new_person()):
        browser = Browser(kratos.public_url)
        browser.post(browser.login(), **person.by_password)
        name, value = next(cookie for cookie in browser.http.cookies.items() if "session" in cookie[0])
        sessions.append((f"{name}={value}", person.id))
        browser.http.close()
    dead = f"{name}=x"
    for (cookie, first), (other, _) in (sessions, sessions[::-1]):
        for header in (f"{cookie}; {other}", f"{dead}; {cookie}; {other}"):
            answer = requests.get(f"{kratos.public_url}/sessions/whoami", headers={"Cookie": header}, timeout=60)
            assert answer.json()["identity"]["id"] == first, header


def test_portico_divides_a_cookie_header_as_kratos_does(kratos: Kratos, signed_in: Browser, person: Person) -> None:
    """Whatever else a host's programs have set: where Kratos finds its session, Portico would find a cookie of its own.

    Of several of one name Kratos takes the first that lives, see below, and Portico the first.
    """
    generator, taken = random.Random(3), 0
    name, session = next(cookie for cookie in signed_in.http.cookies.items() if "session" in cookie[0])
    ours = [f"{name}={session}"] * 4 + [f'{name}="{session}"', f"{name} ={session}", f" {name}={session}\t"]
    others = [
        *('a="x', 'b=y"', 'c="', 'd="\\"', "e", "", "=", "=f", f"={name}=x", "g=h=i", "j=k l", "m=n,o", '{"p":1}'),
        *(f"{name}x={session}", f"x{name}=x", f"{name.upper()}=x", f"q={name}=x", f"q={name}"),
        *(f"\xa0{name}=x", f"\xe2\x80\x80{name}=x", f"{name}\xa0=x", "r=\xff", "s=\xe2\x82\xac", f"t=u,{name}=x"),
        "v=" + "w" * 4000,
    ]
    for _ in range(COUNT):
        pieces = generator.choices(others, k=generator.randrange(5))
        pieces.insert(generator.randrange(len(pieces) + 1), generator.choice(ours))
        header = generator.choice(["; ", ";", " ;  ", ";\t"]).join(["z", *pieces]).rstrip(" \t")
        answer = requests.get(f"{kratos.public_url}/sessions/whoami", headers={"Cookie": header}, timeout=60)
        is_theirs = answer.status_code == 200 and answer.json()["identity"]["id"] == person.id
        read = Request({"HTTP_COOKIE": header}).cookies.get(name) == session
        taken += read
        assert read == is_theirs, header
    assert taken > COUNT // 5


def test_of_a_trait_that_is_there_twice_the_last_counts_to_both(kratos: Kratos, visitor: Browser) -> None:
    """Kratos keeps the text of traits as it came, and tells it so."""
    first, last, password = f"a-{uuid4()}@example.org", f"b-{uuid4()}@example.org", f"password-{uuid4()}"
    traits = f'{{"email": "{first}", "email": "{last}"}}'
    credentials = json.dumps({"password": {"config": {"password": password}}})
    body = f'{{"schema_id": "person", "traits": {traits}, "credentials": {credentials}}}'
    headers = {"Content-Type": "application/json"}
    made = requests.post(f"{kratos.admin_url}/admin/identities", data=body, headers=headers, timeout=60)
    assert made.status_code == 201, made.text
    visitor.post(visitor.login(), method="password", identifier=last, password=password)
    whoami = visitor.whoami()
    assert whoami.text.count('"email":') == 2
    assert display_name(whoami.json()["identity"]) == last


def test_numbers_stay_as_they_were_written_and_portico_reads_each(kratos: Kratos) -> None:
    """JSON sets no limit to them, and Kratos looks at none that the schema does not speak of."""
    numbers = ["1e400", "-1E+999", "1e-400", "0.1e1", "-0", "12345678901234567890.123456789", "9" * 5000]
    metadata = ", ".join(f'"{place}": {number}' for place, number in enumerate(numbers))
    body = (
        f'{{"schema_id": "person", "traits": {{"email": "{uuid4()}@example.org"}}, "metadata_public": {{{metadata}}}}}'
    )
    headers = {"Content-Type": "application/json"}
    made = requests.post(f"{kratos.admin_url}/admin/identities", data=body, headers=headers, timeout=60)
    assert all(f":{number}" in made.text for number in numbers)
    identity = Reply(201, {}, made.content).json()
    # Another test lists all identities, by a reader with a limit.
    requests.delete(f"{kratos.admin_url}/admin/identities/{identity['id']}", timeout=60)
    read = identity["metadata_public"]
    assert list(read.values()) == ["1e400", "-1E+999", 0.0, 1.0, 0, float(numbers[5]), numbers[6]]
    json.dumps(read, allow_nan=False)
