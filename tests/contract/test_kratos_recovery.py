"""Recovery by code: from a forgotten password to a new one, alike on the stand-in and the real Kratos."""

from typing import Any

import pytest

from tests.contract.kratos_pages import BACK, HOME, error_of, message_ids, messages, methods_of, names_of
from tests.contract.kratos_people import Person
from tests.stack.browser import HTML, Browser, attribute, code_for
from tests.stack.kratos import Kratos

BEGIN = "/self-service/recovery/browser"


@pytest.fixture
def flow(visitor: Browser, person: Person) -> dict[str, Any]:
    """A flow whose code is on its way to `person`."""
    return visitor.land(visitor.post(visitor.begin("recovery", return_to=BACK), method="code", email=person.email))


@pytest.fixture
def recovered(kratos: Kratos, visitor: Browser, flow: Any, person: Person) -> dict[str, Any]:
    """The settings that follow the right code."""
    return visitor.land(visitor.post(flow, method="code", code=code_for(kratos.admin_url, person.email)))


def test_the_right_code_signs_in_and_asks_for_a_new_password(visitor: Browser, recovered: Any, person: Person) -> None:
    assert (recovered["return_to"], recovered["state"], messages(recovered)) == (BACK, "show_form", [1060001])
    assert recovered["ui"]["action"].endswith(f"/self-service/settings?flow={recovered['id']}")
    session = visitor.whoami().json()
    assert (session["identity"]["id"], session["authenticator_assurance_level"]) == (person.id, "aal1")
    assert methods_of(visitor) == [("code_recovery", "aal1")]


def test_the_code_confirms_the_address(visitor: Browser, recovered: Any) -> None:
    assert visitor.whoami().json()["identity"]["verifiable_addresses"][0]["verified"] is True


def test_the_new_password_leads_back_and_adds_no_method(
    kratos: Kratos, visitor: Browser, recovered: Any, person: Person
) -> None:
    answer = visitor.post(recovered, method="password", password=f"new-{person.password}")
    assert (answer.headers["Location"], methods_of(visitor)) == (BACK, [("code_recovery", "aal1")])
    elsewhere = Browser(kratos.public_url)
    for password, status in ((person.password, 401), (f"new-{person.password}", 200)):
        elsewhere.post(elsewhere.login(), **person.by_password | {"password": password})
        assert elsewhere.whoami().status_code == status


def test_the_address_stands_on_the_button_that_sends_again(visitor: Browser, flow: Any, person: Person) -> None:
    assert (attribute(flow, "email"), attribute(flow, "email", "type")) == (person.email, "submit")
    assert message_ids(visitor, visitor.post(flow, method="code", email=person.email)) == [1060003]


def test_an_unknown_address_is_seemingly_sent_a_code(visitor: Browser) -> None:
    sent = visitor.land(visitor.post(visitor.begin("recovery"), method="code", email="nobody@example.org"))
    assert (sent["state"], messages(sent)) == ("sent_email", [1060003])


@pytest.mark.parametrize("code", ["", "wrong"])
def test_a_missing_or_wrong_code_is_told(code: str, visitor: Browser, flow: Any) -> None:
    assert message_ids(visitor, visitor.post(flow, method="code", code=code)) == [4060006]
    assert visitor.whoami().status_code == 401


def test_five_wrong_codes_end_the_flow_and_the_next_forgets_the_way_back(visitor: Browser, flow: Any) -> None:
    for _ in range(5):
        assert message_ids(visitor, visitor.post(flow, method="code", code="wrong")) == [4060006]
    new = visitor.land(visitor.post(flow, method="code", code="wrong"))
    assert (new["id"] != flow["id"], "return_to" in new, messages(new)) == (True, False, [4000001])


def test_the_first_page_asks_for_an_address(visitor: Browser) -> None:
    assert sorted(names_of(visitor.begin("recovery"))) == ["csrf_token", "email", "method"]


def test_with_a_session_a_browser_goes_to_the_default_page(signed_in: Browser) -> None:
    """The way back is dropped, and the redirect is a 302."""
    answer = signed_in.get(BEGIN, HTML, return_to=BACK)
    assert (answer.status_code, answer.headers["Location"]) == (302, HOME)
    assert signed_in.get(BEGIN).json()["error"]["id"] == "session_already_available"


def test_a_forged_token_is_an_error_page(visitor: Browser, flow: Any) -> None:
    error = error_of(visitor, visitor.post(flow, method="code", csrf_token="forged", email="a@example.org"))
    assert error["id"] == "security_csrf_violation"


@pytest.mark.parametrize("flow", ["recovery", "verification"])
def test_a_post_to_an_unknown_flow_is_404(flow: str, kratos: Kratos, visitor: Browser) -> None:
    url = f"{kratos.public_url}/self-service/{flow}?flow=00000000-0000-4000-8000-000000000000"
    answer = visitor.http.post(url, headers={"Accept": "application/json"}, timeout=60)
    assert (answer.status_code, flow in answer.json()["error"]["reason"]) == (404, True)
