"""Verification by code: what the stand-in and the real Kratos do alike."""

from typing import Any

import pytest

from tests.contract.kratos_pages import BACK, HOME, error_of, message_ids, messages, names_of
from tests.contract.kratos_people import Person
from tests.stack.browser import HTML, JSON, Browser, attribute, code_for
from tests.stack.kratos import Kratos


@pytest.fixture
def flow(visitor: Browser, person: Person) -> dict[str, Any]:
    """A flow whose code is on its way to `person`."""
    begun = visitor.begin("verification", return_to=BACK)
    return visitor.land(visitor.post(begun, method="code", email=person.email))


def test_the_right_code_confirms_the_address_and_links_back(
    kratos: Kratos, visitor: Browser, flow: dict[str, Any], person: Person
) -> None:
    """The page that is left is no form but a link (contract C4)."""
    answer = visitor.post(flow, method="code", code=code_for(kratos.admin_url, person.email))
    passed = visitor.land(answer)
    assert (passed["state"], messages(passed)) == ("passed_challenge", [1080002])
    assert (passed["ui"]["method"], passed["ui"]["action"], attribute(passed, "continue", "href")) == (
        "GET",
        BACK,
        BACK,
    )
    visitor.post(visitor.login(), **person.by_password)
    assert visitor.whoami().json()["identity"]["verifiable_addresses"][0]["verified"] is True


def test_without_return_to_it_links_to_the_default_page(kratos: Kratos, visitor: Browser, person: Person) -> None:
    flow = visitor.land(visitor.post(visitor.begin("verification"), method="code", email=person.email))
    passed = visitor.land(visitor.post(flow, method="code", code=code_for(kratos.admin_url, person.email)))
    assert (passed["ui"]["action"], attribute(passed, "continue", "href"), "return_to" in passed) == (HOME, HOME, False)


def test_a_code_confirms_for_whoever_is_signed_in_and_signs_nobody_in(
    kratos: Kratos, visitor: Browser, flow: Any, person: Person
) -> None:
    visitor.post(flow, method="code", code=code_for(kratos.admin_url, person.email))
    assert visitor.whoami().status_code == 401


def test_the_address_is_sent_again_with_a_button_that_carries_it(
    kratos: Kratos, visitor: Browser, flow: Any, person: Person
) -> None:
    first = code_for(kratos.admin_url, person.email)
    assert (attribute(flow, "email"), attribute(flow, "email", "type")) == (person.email, "submit")
    assert message_ids(visitor, visitor.post(flow, method="code", email=person.email)) == [1080003]
    assert code_for(kratos.admin_url, person.email) != first
    assert message_ids(visitor, visitor.post(flow, method="code", code=first)) == [4070006]


def test_the_link_in_the_mail_fills_the_code_in_and_confirms_nothing_by_itself(
    kratos: Kratos, visitor: Browser, flow: Any, person: Person
) -> None:
    """Programs that follow links in mails confirm nothing so."""
    code = code_for(kratos.admin_url, person.email)
    link = f"{flow['ui']['action']}&code={code}"
    shown = visitor.land(visitor.http.get(link, headers=HTML, allow_redirects=False, timeout=60))
    assert (shown["id"], shown["state"], attribute(shown, "code")) == (flow["id"], "sent_email", code)
    visitor.post(shown, method="code", code=code)
    again = visitor.land(visitor.http.get(link, headers=HTML, allow_redirects=False, timeout=60))
    assert (again["id"] != flow["id"], messages(again)) == (True, [4070002])


def test_a_return_to_that_is_not_allowed_is_json_for_browsers_too(visitor: Browser) -> None:
    """The other kinds lead to the error page."""
    there = {"return_to": "http://evil.example/"}
    refused = [visitor.get("/self-service/verification/browser", accept, **there) for accept in (HTML, JSON)]
    errors = [(answer.status_code, answer.json()["error"]["id"]) for answer in refused]
    assert errors == [(400, "self_service_flow_return_to_forbidden")] * 2
    assert error_of(visitor, visitor.get("/self-service/recovery/browser", HTML, **there))["id"] == errors[0][1]


def test_an_unknown_address_is_seemingly_sent_a_code(visitor: Browser) -> None:
    answer = visitor.post(visitor.begin("verification"), method="code", email="nobody@example.org")
    sent = visitor.land(answer)
    assert (sent["state"], messages(sent)) == ("sent_email", [1080003])
    assert message_ids(visitor, visitor.post(sent, method="code", code="000000")) == [4070006]


def test_a_code_serves_once(kratos: Kratos, visitor: Browser, flow: Any, person: Person) -> None:
    """What follows is a new flow, and it does not know the way back."""
    code = code_for(kratos.admin_url, person.email)
    visitor.post(flow, method="code", code=code)
    again = visitor.land(visitor.post(flow, method="code", code=code))
    assert (again["id"] != flow["id"], "return_to" in again, messages(again)) == (True, False, [4070002])


def test_five_wrong_codes_end_the_flow_and_the_next_forgets_the_way_back(visitor: Browser, flow: Any) -> None:
    for _ in range(5):
        assert message_ids(visitor, visitor.post(flow, method="code", code="wrong")) == [4070006]
    new = visitor.land(visitor.post(flow, method="code", code="wrong"))
    assert (new["id"] != flow["id"], "return_to" in new, messages(new)) == (True, False, [4000001])


def test_the_page_takes_no_phone(visitor: Browser) -> None:
    """So pages lead nobody there to verify one."""
    flow = visitor.land(visitor.post(visitor.begin("verification"), method="code", email="+4930123456"))
    assert (flow["state"], messages(flow)) == ("choose_method", [4000040])


def test_the_first_page_asks_for_an_address(visitor: Browser) -> None:
    assert sorted(names_of(visitor.begin("verification"))) == ["csrf_token", "email", "method"]


def test_a_forged_token_gets_no_code_but_a_code_serves_without_a_token(
    kratos: Kratos, visitor: Browser, flow: Any, person: Person
) -> None:
    """Kratos asks for the token where mail is sent, and not where a code is tried."""
    error = error_of(visitor, visitor.post(flow, method="code", csrf_token="forged", email=person.email))
    assert error["id"] == "security_csrf_violation"
    code = code_for(kratos.admin_url, person.email)
    assert message_ids(visitor, visitor.post(flow, method="code", csrf_token="forged", code=code)) == [1080002]
