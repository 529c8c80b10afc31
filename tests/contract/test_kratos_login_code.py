"""Login by one-time code: what the stand-in and the real Kratos send, accept and refuse alike."""

import json
import time
from collections.abc import Callable

import pytest

from tests.contract.kratos_pages import BACK, HOME, message_ids
from tests.contract.kratos_people import Mailbox, Person
from tests.stack.browser import Browser, attribute, code_for
from tests.stack.kratos import Kratos
from tests.stack.processes import PATIENCE


def test_a_code_is_six_digits_by_mail_and_signs_in(kratos: Kratos, visitor: Browser, person: Person) -> None:
    flow = visitor.login(return_to=BACK)
    assert message_ids(visitor, visitor.post(flow, **person.by_code, password="")) == [1010014]
    assert visitor.read(flow["id"]).json()["state"] == "sent_email"
    code = code_for(kratos.admin_url, person.email)
    answer = visitor.post(flow, **person.by_code, code=code)
    assert answer.headers["Location"] == BACK
    assert [it["method"] for it in visitor.whoami().json()["authentication_methods"]] == ["code"]


def test_the_code_screen_keeps_the_identifier_hidden_and_in_small_letters(visitor: Browser, person: Person) -> None:
    flow = visitor.login()
    visitor.post(flow, method="code", identifier=person.email.upper())
    shown = visitor.read(flow["id"]).json()
    assert (attribute(shown, "identifier"), attribute(shown, "identifier", "type")) == (person.email, "hidden")


def test_a_code_confirms_the_address(kratos: Kratos, visitor: Browser, person: Person) -> None:
    flow = visitor.login()
    visitor.post(flow, **person.by_code)
    visitor.post(flow, **person.by_code, code=code_for(kratos.admin_url, person.email))
    address = visitor.whoami().json()["identity"]["verifiable_addresses"][0]
    assert (address["verified"], address["status"], "verified_at" in address) == (True, "completed", True)


def test_no_code_goes_to_somebody_unknown(visitor: Browser) -> None:
    answer = visitor.post(visitor.login(), method="code", identifier="nobody@example.org")
    assert message_ids(visitor, answer) == [4000035]


@pytest.mark.parametrize(("code", "message"), [("", 4000002), ("wrong", 4010008)])
def test_a_missing_or_wrong_code_is_told(code: str, message: int, visitor: Browser, person: Person) -> None:
    flow = visitor.login()
    visitor.post(flow, **person.by_code)
    assert message_ids(visitor, visitor.post(flow, **person.by_code, code=code)) == [message]
    assert visitor.whoami().status_code == 401


def test_another_code_ends_the_one_before(kratos: Kratos, visitor: Browser, person: Person) -> None:
    flow = visitor.login()
    visitor.post(flow, **person.by_code)
    first = code_for(kratos.admin_url, person.email)
    assert message_ids(visitor, visitor.post(flow, **person.by_code, resend="code")) == [1010014]
    second = code_for(kratos.admin_url, person.email)
    assert message_ids(visitor, visitor.post(flow, **person.by_code, code=first)) == [4010008]
    assert visitor.post(flow, **person.by_code, code=second).headers["Location"] == HOME


def test_five_wrong_codes_end_the_flows_codes_for_good(kratos: Kratos, visitor: Browser, person: Person) -> None:
    flow = visitor.login()
    visitor.post(flow, **person.by_code)
    for _ in range(5):
        assert message_ids(visitor, visitor.post(flow, **person.by_code, code="wrong")) == [4010008]
    assert message_ids(visitor, visitor.post(flow, **person.by_code, code="wrong")) == [4000001]
    visitor.post(flow, **person.by_code, resend="code")
    fresh = code_for(kratos.admin_url, person.email)
    assert message_ids(visitor, visitor.post(flow, **person.by_code, code=fresh)) == [4000001]


def test_a_code_belongs_to_its_flow(kratos: Kratos, visitor: Browser, person: Person) -> None:
    first, second = visitor.login(), visitor.login()
    visitor.post(first, **person.by_code)
    code = code_for(kratos.admin_url, person.email)
    visitor.post(second, **person.by_code)
    assert message_ids(visitor, visitor.post(second, **person.by_code, code=code)) == [4010008]


def test_a_code_belongs_to_its_person(
    kratos: Kratos, visitor: Browser, person: Person, new_person: Callable[..., Person]
) -> None:
    flow = visitor.login()
    visitor.post(flow, **person.by_code)
    code = code_for(kratos.admin_url, person.email)
    assert message_ids(visitor, visitor.post(flow, **new_person().by_code, code=code)) == [4010008]


def test_a_code_serves_once(kratos: Kratos, signed_in: Browser, person: Person) -> None:
    """Tried on a refresh: elsewhere the second post meets the session, and not the code."""
    flow = signed_in.login(refresh="true")
    signed_in.post(flow, **person.by_code)
    code = code_for(kratos.admin_url, person.email)
    assert signed_in.post(flow, **person.by_code, code=code).headers["Location"] == HOME
    assert message_ids(signed_in, signed_in.post(flow, **person.by_code, code=code)) == [4010002]


def test_the_right_password_still_serves_after_a_code_was_sent(visitor: Browser, person: Person) -> None:
    flow = visitor.login()
    visitor.post(flow, **person.by_code)
    assert visitor.post(flow, **person.by_password).headers["Location"] == HOME


def test_the_courier_posts_each_code_to_the_mailbox(
    kratos: Kratos, mailbox: Mailbox, visitor: Browser, person: Person
) -> None:
    """The fields are those of kratos/courier.jsonnet."""
    visitor.post(visitor.login(), **person.by_code)
    code = code_for(kratos.admin_url, person.email)
    deadline = time.monotonic() + PATIENCE  # the real courier looks into its queue once a second
    while not (posts := [it for it in mailbox.posts if person.email.encode() in it[1]]) and time.monotonic() < deadline:
        time.sleep(0.05)
    [(content_type, body)] = posts
    mail = json.loads(body)
    assert content_type == "application/json"
    assert sorted(mail) == ["body", "recipient", "subject", "template_type"]
    assert (mail["recipient"], mail["template_type"]) == (person.email, "login_code_valid")
    assert (f"\n{code}\n" in mail["body"], mail["subject"]) == (True, f"Use code {code} to log in")
