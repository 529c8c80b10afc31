"""What a browser never sends and somebody else does: the stand-in says to it what the real Kratos says."""

from typing import Any
from uuid import uuid4

import pytest
import requests

from tests.contract.kratos_pages import error_of, messages
from tests.contract.kratos_people import Person
from tests.stack.browser import JSON, Browser, attribute
from tests.stack.kratos import Kratos

NOBODY = "00000000-0000-4000-8000-000000000000"
FLOWS = ["login", "registration", "recovery", "verification", "settings"]
PORTICO = "http://localhost:3000"
CORS = "Access-Control-Allow-Origin"


def identities(kratos: Kratos, method: str = "GET", path: str = "", **more: Any) -> requests.Response:
    return requests.request(method, f"{kratos.admin_url}/admin/identities{path}", timeout=60, **more)


# Names people sign in with


@pytest.mark.parametrize("typed", [" {} ", "{} ", "\t{}"])
def test_blanks_and_capitals_around_an_identifier_do_not_matter(typed: str, visitor: Browser, person: Person) -> None:
    visitor.post(visitor.login(), **person.by_password | {"identifier": typed.format(person.email.upper())})
    assert visitor.whoami().json()["identity"]["id"] == person.id


def test_nor_for_a_code_which_stands_in_the_form_as_it_was_typed(
    kratos: Kratos, visitor: Browser, person: Person
) -> None:
    page = visitor.land(visitor.post(visitor.login(), method="code", identifier=f" {person.email.upper()} "))
    assert (messages(page), attribute(page, "identifier")) == ([1010014], f" {person.email} ")
    assert recipients(kratos)[0] == person.email


@pytest.mark.parametrize(
    ("address", "valid"),
    [
        *((f"{local}@example.org", True) for local in ("a", "a.b", "é", '"a b"', " a")),
        *((f"a@{domain}", True) for domain in ("c", "1.2.3.4")),
        *((f"{local}@example.org", False) for local in ("a b", "a..b", ".a", "a@b")),
        *((f"a@{domain}", False) for domain in ("c .org", "-c.org", "c_d.org", "c.org.", "ü.org", "[::1]", "c.org ")),
    ],
)
def test_an_address_is_what_kratos_takes_for_one(address: str, valid: bool, visitor: Browser) -> None:
    answer = visitor.post(visitor.begin("recovery"), JSON, method="code", email=address)
    assert (answer.status_code, answer.json()["state"]) == ((200, "sent_email") if valid else (400, "choose_method"))


@pytest.mark.parametrize("flow", ["recovery", "verification"])
def test_blanks_behind_an_address_make_it_invalid_and_neither_those_before_it_nor_capitals_do(
    flow: str, kratos: Kratos, visitor: Browser, person: Person
) -> None:
    blank = visitor.post(visitor.begin(flow), JSON, method="code", email=f"{person.email} ")
    assert (blank.status_code, blank.json()["state"], messages(blank.json())[:1]) == (400, "choose_method", [4000040])
    loud = visitor.post(visitor.begin(flow), JSON, method="code", email=f" {person.email.upper()}")
    assert (loud.status_code, loud.json()["state"], recipients(kratos)[0]) == (200, "sent_email", person.email)


def recipients(kratos: Kratos) -> list[str]:
    """To whom mails went, the last one first."""
    queue = requests.get(f"{kratos.admin_url}/admin/courier/messages", timeout=60).json()
    return [message["recipient"] for message in queue]


# Bodies and ids that are none


@pytest.mark.parametrize("flow", FLOWS)
@pytest.mark.parametrize("body", ["[]", "[1]", '"x"', "null", "1"])
def test_json_that_is_no_object_is_a_message_of_the_flow(body: str, flow: str, signed_in: Browser) -> None:
    browser = signed_in if flow == "settings" else Browser(signed_in.public_url)
    begun = browser.begin(flow)
    headers = JSON | {"Content-Type": "application/json"}
    answer = browser.http.post(begun["ui"]["action"], data=body, headers=headers, timeout=60)
    assert (answer.status_code, answer.json()["id"], messages(answer.json())) == (400, begun["id"], [4000001])


@pytest.mark.parametrize("flow", FLOWS[:4])
@pytest.mark.parametrize("flow_id", ["", "nope"])
def test_a_post_to_what_is_no_flow_id_is_malformed(flow_id: str, flow: str, visitor: Browser) -> None:
    url = f"{visitor.public_url}/self-service/{flow}?flow={flow_id}"
    error = visitor.http.post(url, headers=JSON, timeout=60).json()["error"]
    assert (error["code"], error["reason"]) == (400, "The flow query parameter is missing or malformed.")


def test_ending_a_session_takes_an_id(signed_in: Browser) -> None:
    answers = [
        signed_in.http.delete(f"{signed_in.public_url}/sessions/{item}", timeout=60) for item in ("nope", NOBODY)
    ]
    assert [answer.status_code for answer in answers] == [400, 204]
    assert answers[0].json()["error"]["message"] == 'uuid: incorrect UUID length 4 in string "nope"'


@pytest.mark.parametrize(
    ("method", "path", "statuses"),
    [
        ("GET", "sessions/{}", (400, 404)),
        ("DELETE", "sessions/{}", (400, 404)),
        ("GET", "identities/{}", (404, 404)),
        ("DELETE", "identities/{}", (404, 404)),
        ("GET", "identities/{}/sessions", (400, 200)),
        ("DELETE", "identities/{}/sessions", (400, 404)),
    ],
)
def test_an_id_on_the_admin_api_is_malformed_or_unknown(
    method: str, path: str, statuses: tuple[int, int], kratos: Kratos
) -> None:
    urls = [f"{kratos.admin_url}/admin/{path.format(item)}" for item in ("nope", NOBODY)]
    assert tuple(requests.request(method, url, timeout=60).status_code for url in urls) == statuses


def test_a_session_is_told_on_the_admin_api(kratos: Kratos, signed_in: Browser, person: Person) -> None:
    session = signed_in.whoami().json()
    theirs = identities(kratos, path=f"/{person.id}/sessions").json()
    assert [(their["id"], their["identity"]["id"]) for their in theirs] == [(session["id"], person.id)]
    assert identities(kratos, path=f"/{person.id}/sessions", params={"active": "false"}).json() == []
    single = requests.get(f"{kratos.admin_url}/admin/sessions/{session['id']}", timeout=60).json()
    assert (single["id"], single["identity"], single["devices"]) == (session["id"], None, [])


# Lists and writes of identities


def test_identities_are_listed_by_ids(kratos: Kratos, new_person: Any) -> None:
    ids = [new_person().id, new_person().id]
    new_person()
    listed = identities(kratos, params={"ids": [*ids, NOBODY]}).json()
    assert {item["id"] for item in listed} == set(ids)
    assert ["credentials" in item for item in listed] + [item["metadata_admin"] for item in listed] == [False] * 2 + [
        None
    ] * 2


@pytest.mark.parametrize("ids", ["nope", "", f"{NOBODY},{NOBODY}"])
def test_ids_that_are_none_are_named(ids: str, kratos: Kratos) -> None:
    answer = identities(kratos, params={"ids": ids})
    assert (answer.status_code, answer.json()["error"]["reason"]) == (
        400,
        f"Invalid UUID value `{ids}` for parameter `ids`.",
    )


def test_two_filters_are_one_too_many(kratos: Kratos, person: Person) -> None:
    assert identities(kratos, params={"ids": person.id, "credentials_identifier": person.email}).status_code == 400


def test_an_identifier_is_looked_for_as_people_type_it(kratos: Kratos, person: Person) -> None:
    (identity,) = identities(kratos, params={"credentials_identifier": f" {person.email.upper()} "}).json()
    assert (identity["id"], "credentials" in identity) == (person.id, True)
    assert len(identities(kratos, params={"credentials_identifier": ""}).json()) > 1


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"schema_id": "nope"}, 400),
        ({"state": "weird"}, 400),
        ({"traits": {}}, 400),
        ({"traits": {"email": "no-address"}}, 400),
        ({"traits": {"email": "{new}", "unheard": "of"}}, 400),
        ({"traits": {"email": " {taken}"}}, 409),
    ],
    ids=str,
)
def test_what_is_no_identity_is_refused(changes: dict[str, Any], status: int, kratos: Kratos, person: Person) -> None:
    body = {"schema_id": "person", "traits": {"email": "{new}"}} | changes
    new = {"{new}": f"{uuid4()}@example.org", " {taken}": f" {person.email.upper()}"}
    body["traits"] = {name: new.get(value, value) for name, value in body["traits"].items()}
    assert identities(kratos, "POST", json=body).status_code == status


def test_a_body_that_is_no_object_is_refused(kratos: Kratos, person: Person) -> None:
    answers = [
        identities(kratos, "POST", json=[]),
        identities(kratos, "POST", data="{"),
        identities(kratos, "PATCH", f"/{person.id}", data="{"),
    ]
    assert [answer.status_code for answer in answers] == [400] * 3


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "replace", "path": "/traits/email", "value": "no-address"},
        {"op": "remove", "path": "/nothing"},
        {"op": "replace", "path": "/id", "value": NOBODY},
    ],
    ids=lambda operation: operation["path"],
)
def test_a_patch_that_fits_nothing_changes_nothing(operation: dict[str, str], kratos: Kratos, person: Person) -> None:
    assert identities(kratos, "PATCH", f"/{person.id}", json=[operation]).status_code == 400
    assert identities(kratos, path=f"/{person.id}").json()["traits"] == {"email": person.email}


# Scripts of other origins


@pytest.mark.parametrize(("origin", "allowed"), [(PORTICO, True), ("http://evil.example", False)])
def test_portico_alone_may_read_answers_with_a_script(origin: str, allowed: bool, kratos: Kratos) -> None:
    for path in ("/sessions/whoami", "/self-service/login/browser"):
        answer = requests.get(kratos.public_url + path, headers=JSON | {"Origin": origin}, timeout=60)
        assert answer.headers.get(CORS) == (origin if allowed else None)
        assert answer.headers.get("Access-Control-Allow-Credentials") == ("true" if allowed else None)
        assert answer.headers["Vary"] == "Origin, Cookie"


@pytest.mark.parametrize(("origin", "allowed"), [(PORTICO, True), ("http://evil.example", False)])
def test_so_says_the_preflight(origin: str, allowed: bool, kratos: Kratos) -> None:
    asking = {"Origin": origin, "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "max-age"}
    answer = requests.options(f"{kratos.public_url}/sessions/whoami", headers=asking, timeout=60)
    assert (answer.status_code, answer.headers.get("Access-Control-Allow-Methods")) == (204, "GET" if allowed else None)
    unusual = requests.options(answer.url, headers=asking | {"Access-Control-Request-Headers": "x-other"}, timeout=60)
    assert "Access-Control-Allow-Methods" not in unusual.headers


def test_the_admin_api_allows_no_origin(kratos: Kratos) -> None:
    answer = identities(kratos, headers={"Origin": PORTICO})
    assert (answer.status_code, CORS in answer.headers) == (200, False)


@pytest.mark.parametrize("method", ["POST", "PUT", "OPTIONS"])
def test_whoami_answers_whatever_the_method(method: str, kratos: Kratos) -> None:
    assert requests.request(method, f"{kratos.public_url}/sessions/whoami", timeout=60).status_code == 401


# Social providers


@pytest.mark.parametrize("flow", ["login", "registration"])
def test_a_script_is_told_where_the_provider_is(flow: str, visitor: Browser) -> None:
    answer = visitor.post(visitor.begin(flow), JSON, method="oidc", provider="demo-id")
    error, url = answer.json()["error"], answer.json()["redirect_browser_to"]
    assert (answer.status_code, error["id"]) == (422, "browser_location_change_required")
    assert url.partition("?")[0].endswith("/demo-id/authorize")
    assert error["reason"].endswith(url)


def test_an_unknown_provider_is_told(visitor: Browser) -> None:
    reason = 'OpenID Connect Provider "nope" is unknown or has not been configured'
    error_ = visitor.post(visitor.login(), JSON, method="oidc", provider="nope").json()["error"]
    shown = error_of(visitor, visitor.post(visitor.login(), method="oidc", provider="nope"))
    assert [(error["code"], error["reason"]) for error in (error_, shown)] == [(404, reason)] * 2
