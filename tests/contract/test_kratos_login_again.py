"""Refresh, second factor, disabled persons, expired flows: alike on the stand-in and the real Kratos."""

import time
from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlencode

import pytest
import requests

from tests.contract.kratos_pages import BACK, BEGIN, error_of, flow_of, message_ids
from tests.contract.kratos_people import Person
from tests.stack.browser import JSON, Browser, code_for
from tests.stack.clock import later
from tests.stack.kratos import Kratos


def test_a_refresh_keeps_the_session_and_makes_it_younger(signed_in: Browser, person: Person) -> None:
    before = signed_in.whoami().json()
    flow = signed_in.login(refresh="true", return_to=BACK)
    assert (flow["refresh"], flow["ui"]["messages"][0]["id"]) == (True, 1010003)
    assert signed_in.post(flow, **person.by_password).headers["Location"] == BACK
    after = signed_in.whoami().json()
    assert after["id"] == before["id"]
    assert after["authenticated_at"] > before["authenticated_at"]
    assert after["expires_at"] > before["expires_at"]
    assert after["issued_at"] == before["issued_at"]


def test_a_refresh_appends_the_method(kratos: Kratos, signed_in: Browser, person: Person) -> None:
    flow = signed_in.login(refresh="true")
    signed_in.post(flow, **person.by_code)
    signed_in.post(flow, **person.by_code, code=code_for(kratos.admin_url, person.email))
    methods = signed_in.whoami().json()["authentication_methods"]
    assert [(it["method"], it["aal"]) for it in methods] == [("password", "aal1"), ("code", "aal1")]
    assert methods[0]["completed_at"] < methods[1]["completed_at"]


def test_a_wrong_password_in_a_refresh_changes_nothing(signed_in: Browser, person: Person) -> None:
    before = signed_in.whoami().json()
    flow = signed_in.login(refresh="true")
    assert message_ids(signed_in, signed_in.post(flow, **person.by_password | {"password": "wrong"})) == [4000006]
    assert signed_in.whoami().json() == before


def test_another_person_in_a_refresh_gets_a_session_of_their_own(
    kratos: Kratos, signed_in: Browser, new_person: Callable[..., Person]
) -> None:
    """The first one stays alive: only this browser has left it."""
    before, old_cookie = signed_in.whoami().json(), signed_in.http.cookies["ory_kratos_session"]
    other = new_person()
    signed_in.post(signed_in.login(refresh="true"), **other.by_password)
    after = signed_in.whoami().json()
    assert (after["identity"]["id"], after["id"] != before["id"]) == (other.id, True)
    left = Browser(kratos.public_url).get("/sessions/whoami", JSON | {"Cookie": f"ory_kratos_session={old_cookie}"})
    assert left.json()["id"] == before["id"]


@pytest.mark.parametrize(("refresh", "messages"), [("false", [1010004]), ("true", [1010003, 1010004])])
def test_who_has_no_second_factor_gets_a_flow_with_nothing_but_the_token(
    refresh: str, messages: list[int], signed_in: Browser
) -> None:
    flow = signed_in.login(aal="aal2", refresh=refresh)
    assert [node["attributes"]["name"] for node in flow["ui"]["nodes"]] == ["csrf_token"]
    assert [it["id"] for it in flow["ui"]["messages"]] == messages


def test_a_password_is_no_second_factor(signed_in: Browser, person: Person) -> None:
    flow = signed_in.login(aal="aal2")
    assert message_ids(signed_in, signed_in.post(flow, **person.by_password)) == [4010002]


def test_a_second_factor_without_a_session_is_an_error(kratos: Kratos, signed_in: Browser, person: Person) -> None:
    flow = signed_in.login(aal="aal2")
    del signed_in.http.cookies["ory_kratos_session"]
    assert error_of(signed_in, signed_in.post(flow, **person.by_password))["id"] == "session_aal1_required"


@pytest.fixture
def disabled(kratos: Kratos, person: Person) -> Person:
    change = [{"op": "replace", "path": "/state", "value": "inactive"}]
    requests.patch(f"{kratos.admin_url}/admin/identities/{person.id}", json=change, timeout=60).raise_for_status()
    return person


def test_a_disabled_person_is_refused_after_the_right_password(visitor: Browser, disabled: Person) -> None:
    error = error_of(visitor, visitor.post(visitor.login(), **disabled.by_password))
    assert (error["code"], error["message"], error.get("id")) == (401, "identity is disabled", None)
    assert visitor.whoami().status_code == 401


def test_a_disabled_person_is_refused_after_the_right_code(kratos: Kratos, visitor: Browser, disabled: Person) -> None:
    flow = visitor.login()
    visitor.post(flow, **disabled.by_code)
    answer = visitor.post(flow, **disabled.by_code, code=code_for(kratos.admin_url, disabled.email))
    assert error_of(visitor, answer)["details"] == {"identity_id": disabled.id}


def test_what_becomes_of_an_expired_flow(signed_in: Browser, kratos: Kratos, person: Person) -> None:
    """One test, because it has to wait: reading is 410, a post begins a new flow that still knows the way back."""
    visitor = Browser(kratos.public_url)
    flow, refresh = visitor.login(return_to=BACK), signed_in.login(refresh="true", return_to=BACK)
    with later(kratos.admin_url, datetime.fromisoformat(refresh["expires_at"]).timestamp() - time.time() + 0.1):
        gone = visitor.read(flow["id"])
        assert (gone.status_code, gone.json()["error"]["id"]) == (410, "self_service_flow_expired")
        restart = f"{kratos.public_url}{BEGIN}?{urlencode({'return_to': BACK})}"
        assert gone.json()["error"]["details"] == {"redirect_to": restart, "return_to": BACK}

        answer = visitor.post(flow, **person.by_password)
        assert message_ids(visitor, answer) == [4010001]
        new = visitor.read(flow_of(answer)).json()
        assert (new["id"] != flow["id"], new["request_url"]) == (True, flow["request_url"])
        assert visitor.whoami().status_code == 401
        assert visitor.post(new, **person.by_password).headers["Location"] == BACK

        assert flow_of(signed_in.post(refresh, **person.by_password)) == refresh["id"]  # Kratos finds no way but this
        assert signed_in.read(refresh["id"]).status_code == 410
