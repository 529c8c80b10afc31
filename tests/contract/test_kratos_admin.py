"""The admin API's identities and sessions: what the stand-in and the real Kratos do alike."""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
import requests

from tests.contract.kratos_people import Person
from tests.stack.browser import Browser, code_for
from tests.stack.kratos import Kratos
from tests.stack.stack import ROOT

UNKNOWN = "00000000-0000-4000-8000-000000000000"
FLAGS = ("true", "false")


@pytest.fixture
def call(kratos: Kratos) -> Callable[..., requests.Response]:
    def ask(method: str, path: str, **arguments: Any) -> requests.Response:
        return requests.request(method, f"{kratos.admin_url}/admin{path}", timeout=60, **arguments)

    return ask


Call = Callable[..., requests.Response]


def test_a_created_identity_can_be_read(call: Call) -> None:
    traits = {"email": f"{uuid4()}@example.org", "name": {"first": "Ada"}}
    metadata = {"metadata_public": {"a": 1}, "metadata_admin": {"b": [2]}, "external_id": str(uuid4())}
    created = call("POST", "/identities", json={"schema_id": "person", "traits": traits, **metadata})
    assert created.status_code == 201
    assert created.headers["Location"].endswith(f"/identities/{created.json()['id']}")
    read = call("GET", f"/identities/{created.json()['id']}").json()
    assert (read["traits"], read["state"], read["schema_id"]) == (traits, "active", "person")
    assert {key: read[key] for key in metadata} == metadata
    assert read["verifiable_addresses"][0]["verified"] is False


def test_an_address_can_be_created_verified(call: Call) -> None:
    email = f"{uuid4()}@example.org"
    address = {"value": email, "verified": True, "via": "email", "status": "completed"}
    body = {"schema_id": "person", "traits": {"email": email}, "verifiable_addresses": [address]}
    created = call("POST", "/identities", json=body).json()["verifiable_addresses"][0]
    assert (created["verified"], created["status"], "verified_at" in created) == (True, "completed", True)


def test_the_demo_persons_can_be_created_and_sign_in(call: Call, kratos: Kratos) -> None:
    verified = {}
    for demo in json.loads((ROOT / "kratos" / "identities.json").read_text()):
        assert call("POST", "/identities", json=demo).status_code == 201
        browser, password = Browser(kratos.public_url), demo["credentials"]["password"]["config"]["password"]
        browser.post(browser.login(), method="password", identifier=demo["traits"]["email"], password=password)
        identity = browser.whoami().json()["identity"]
        assert identity["traits"] == demo["traits"]
        verified[demo["traits"]["email"]] = identity["verifiable_addresses"][0]["verified"]
    assert verified == {"ada@example.org": True, "grace@example.org": False}


def test_an_email_is_taken_once(call: Call, person: Person) -> None:
    body = {"schema_id": "person", "traits": {"email": person.email.upper()}}
    assert call("POST", "/identities", json=body).status_code == 409


def test_traits_without_an_email_are_refused(call: Call) -> None:
    assert call("POST", "/identities", json={"schema_id": "person", "traits": {}}).status_code == 400


def test_an_identity_is_found_by_its_identifier(call: Call, person: Person) -> None:
    identities = call("GET", "/identities", params={"credentials_identifier": person.email}).json()
    assert [it["id"] for it in identities] == [person.id]
    assert call("GET", "/identities", params={"credentials_identifier": "nobody@example.org"}).json() == []


def test_all_identities_are_listed_without_credentials(call: Call, person: Person) -> None:
    listed = call("GET", "/identities").json()
    assert person.id in [it["id"] for it in listed]
    assert not [it for it in listed if "credentials" in it]


def test_traits_are_changed_by_json_patch_and_seen_by_whoami(call: Call, signed_in: Browser, person: Person) -> None:
    change = [
        {"op": "add", "path": "/traits/nickname", "value": "A"},
        {"op": "add", "path": "/traits/name", "value": {"first": "Ada", "last": "L"}},
        {"op": "replace", "path": "/traits/name/last", "value": "Lovelace"},
        {"op": "remove", "path": "/traits/name/first"},
    ]
    assert call("PATCH", f"/identities/{person.id}", json=change).status_code == 200
    traits = signed_in.whoami().json()["identity"]["traits"]
    assert traits == {"email": person.email, "nickname": "A", "name": {"last": "Lovelace"}}


def test_a_put_replaces_traits_and_keeps_password_session_and_verified_address(
    call: Call, kratos: Kratos, visitor: Browser, person: Person
) -> None:
    flow = visitor.login()
    visitor.post(flow, **person.by_code)
    visitor.post(flow, **person.by_code, code=code_for(kratos.admin_url, person.email))
    body = {"schema_id": "person", "state": "active", "traits": {"email": person.email, "nickname": "A"}}
    assert call("PUT", f"/identities/{person.id}", json=body).status_code == 200
    identity = visitor.whoami().json()["identity"]
    assert identity["traits"] == body["traits"]
    assert identity["verifiable_addresses"][0]["verified"] is True
    assert visitor.post(visitor.login(refresh="true"), **person.by_password).status_code == 303


def test_a_deleted_identity_takes_its_sessions_along(call: Call, signed_in: Browser, person: Person) -> None:
    assert call("DELETE", f"/identities/{person.id}").status_code == 204
    assert signed_in.whoami().status_code == 401
    assert call("GET", f"/identities/{person.id}").status_code == 404


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_an_unknown_identity_is_404(method: str, call: Call) -> None:
    body = [] if method == "PATCH" else {"schema_id": "person", "state": "active", "traits": {"email": "x@example.org"}}
    assert call(method, f"/identities/{UNKNOWN}", json=body).status_code == 404


def test_a_session_is_disabled_once_and_for_all(call: Call, signed_in: Browser) -> None:
    session_id = signed_in.whoami().json()["id"]
    assert call("DELETE", f"/sessions/{session_id}").status_code == 204
    assert signed_in.whoami().status_code == 401
    assert call("DELETE", f"/sessions/{session_id}").status_code == 204
    assert call("DELETE", f"/sessions/{UNKNOWN}").status_code == 404


def test_sessions_are_listed_newest_first_with_what_is_asked_for(call: Call, signed_in: Browser) -> None:
    mine = signed_in.whoami().json()
    bare = call("GET", "/sessions").json()[0]
    assert bare == mine | {"identity": None, "devices": None}
    full = call("GET", "/sessions", params={"expand": ["identity", "devices"], "active": "true"}).json()[0]
    assert (full["identity"]["id"], full["devices"]) == (mine["identity"]["id"], mine["devices"])


def test_disabled_sessions_are_listed_apart(call: Call, signed_in: Browser) -> None:
    session_id = signed_in.whoami().json()["id"]
    call("DELETE", f"/sessions/{session_id}")
    listed = {flag: [it["id"] for it in call("GET", "/sessions", params={"active": flag}).json()] for flag in FLAGS}
    assert (session_id in listed["true"], session_id in listed["false"]) == (False, True)


def test_all_sessions_of_an_identity_can_be_ended(call: Call, signed_in: Browser, person: Person) -> None:
    assert call("DELETE", f"/identities/{person.id}/sessions").status_code == 204
    assert signed_in.whoami().status_code == 401
    assert call("DELETE", f"/identities/{person.id}/sessions").status_code == 404


def test_messages_are_listed_newest_first_and_by_recipient(call: Call, visitor: Browser, person: Person) -> None:
    flow = visitor.login()
    visitor.post(flow, **person.by_code)
    visitor.post(flow, **person.by_code, resend="code")
    mails = call("GET", "/courier/messages", params={"recipient": person.email}).json()
    assert [it["recipient"] for it in mails] == [person.email] * 2
    assert mails[0]["created_at"] > mails[1]["created_at"]
    assert call("GET", "/courier/messages", params={"recipient": "nobody@example.org"}).json() == []
