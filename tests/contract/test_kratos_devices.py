"""A person's sessions elsewhere: listed and ended alike on the stand-in and the real Kratos."""

from collections.abc import Callable

import pytest
import requests

from tests.contract.kratos_people import Person
from tests.stack.browser import HTML, JSON, Browser
from tests.stack.kratos import Kratos

NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def elsewhere(kratos: Kratos, signed_in: Browser, person: Person) -> Browser:
    """Another browser the same person is signed in with."""
    browser = Browser(kratos.public_url)
    browser.http.headers["User-Agent"] = "Elsewhere/1.0"
    browser.post(browser.login(), **person.by_password)
    return browser


def delete(browser: Browser, path: str) -> requests.Response:
    return browser.http.delete(browser.public_url + path, headers=JSON, timeout=60)


def test_the_other_sessions_are_listed_and_not_ones_own(signed_in: Browser, elsewhere: Browser, person: Person) -> None:
    [other] = signed_in.get("/sessions").json()
    mine = elsewhere.whoami().json()
    assert {key: other[key] for key in other if key != "identity"} == {
        key: mine[key] for key in mine if key != "identity"
    }
    assert (other["identity"]["id"], other["devices"][0]["user_agent"]) == (person.id, "Elsewhere/1.0")


def test_the_list_leaves_the_addresses_out(signed_in: Browser, elsewhere: Browser) -> None:
    identity = signed_in.get("/sessions").json()[0]["identity"]
    assert not [key for key in identity if key.endswith("_addresses")]
    assert (identity["schema_url"], identity["traits"]) == ("", elsewhere.whoami().json()["identity"]["traits"])


def test_one_session_is_ended(signed_in: Browser, elsewhere: Browser) -> None:
    session_id = elsewhere.whoami().json()["id"]
    for _ in range(2):
        assert delete(signed_in, f"/sessions/{session_id}").status_code == 204
    assert (elsewhere.whoami().status_code, signed_in.whoami().status_code) == (401, 200)
    assert signed_in.get("/sessions").json() == []


def test_all_others_are_ended(signed_in: Browser, elsewhere: Browser) -> None:
    answer = delete(signed_in, "/sessions")
    assert (answer.status_code, answer.json()) == (200, {"count": 1})
    assert (elsewhere.whoami().status_code, signed_in.whoami().status_code) == (401, 200)


def test_ones_own_session_is_not_ended_here(signed_in: Browser) -> None:
    assert delete(signed_in, f"/sessions/{signed_in.whoami().json()['id']}").status_code == 400
    assert signed_in.whoami().status_code == 200


def test_anothers_session_survives_though_the_answer_is_the_same(
    signed_in: Browser, kratos: Kratos, new_person: Callable[..., Person]
) -> None:
    other = Browser(kratos.public_url)
    other.post(other.login(), **new_person().by_password)
    for session_id in (other.whoami().json()["id"], NOBODY):
        assert delete(signed_in, f"/sessions/{session_id}").status_code == 204
    assert other.whoami().status_code == 200


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/sessions"), ("DELETE", "/sessions"), ("DELETE", f"/sessions/{NOBODY}")]
)
def test_without_a_session_it_is_401_without_an_error_id(method: str, path: str, visitor: Browser) -> None:
    for headers in (JSON, HTML):
        answer = visitor.http.request(method, visitor.public_url + path, headers=headers, timeout=60)
        assert (answer.status_code, "id" in answer.json()["error"]) == (401, False)
