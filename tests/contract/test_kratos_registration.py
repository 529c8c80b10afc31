"""Registration in two steps: what the stand-in and the real Kratos ask, accept and refuse alike."""

from typing import Any
from uuid import uuid4

import pytest

from tests.contract.kratos_pages import BACK, HOME, error_of, message_ids, messages, methods_of, names_of
from tests.contract.kratos_people import Person
from tests.stack.browser import HTML, JSON, Browser, attribute, code_for
from tests.stack.kratos import Kratos

BEGIN = "/self-service/registration/browser"
PASSWORD = "a-password-nobody-else-has"

Form = dict[str, str]


@pytest.fixture
def form() -> Form:
    return {"traits.email": f"{uuid4()}@example.org", "traits.name.first": "Ada"}


@pytest.fixture
def flow(visitor: Browser) -> dict[str, Any]:
    return visitor.begin("registration", return_to=BACK)


def test_the_first_step_asks_for_traits_and_the_second_for_a_credential(
    visitor: Browser, flow: dict[str, Any], form: Form
) -> None:
    assert {"traits.email", "traits.name.first", "provider"} < set(names_of(flow))
    second = visitor.land(visitor.post(flow, method="profile", **form))
    assert (second["id"], messages(second), attribute(second, "traits.email", "type")) == (
        flow["id"],
        [1040009],
        "hidden",
    )
    assert {"password", "screen"} < set(names_of(second))


@pytest.mark.parametrize("method", [{}, {"method": "profile"}])
def test_back_shows_what_was_entered(method: Form, visitor: Browser, flow: dict[str, Any], form: Form) -> None:
    visitor.post(flow, method="profile", **form)
    first = visitor.land(visitor.post(flow, screen="previous", **method, **form))
    shown = [
        attribute(first, "traits.email"),
        attribute(first, "traits.name.first"),
        attribute(first, "traits.nickname"),
    ]
    assert shown == [form["traits.email"], "Ada", None]


def test_a_password_signs_up_and_in_and_shows_the_verification_page(
    visitor: Browser, flow: dict[str, Any], form: Form
) -> None:
    """The hooks `session` and `show_verification_ui` of kratos.yml."""
    visitor.post(flow, method="profile", **form)
    page = visitor.land(visitor.post(flow, method="password", password=PASSWORD, **form))
    assert (page["state"], page["return_to"], page["request_url"]) == ("sent_email", BACK, flow["request_url"])
    identity = visitor.whoami().json()["identity"]
    assert identity["traits"] == {"email": form["traits.email"], "name": {"first": "Ada"}, "address": {}}
    assert [(it["verified"], it["status"]) for it in identity["verifiable_addresses"]] == [(False, "sent")]
    assert methods_of(visitor) == [("password", "aal1")]


def test_the_second_step_alone_is_enough(visitor: Browser, flow: dict[str, Any], form: Form) -> None:
    visitor.post(flow, method="password", password=PASSWORD, **form)
    assert visitor.whoami().status_code == 200


def test_who_signed_up_by_password_can_sign_in_with_it(kratos: Kratos, visitor: Browser, flow: Any, form: Form) -> None:
    visitor.post(flow, method="password", password=PASSWORD, **form)
    elsewhere = Browser(kratos.public_url)
    elsewhere.post(elsewhere.login(), method="password", identifier=form["traits.email"], password=PASSWORD)
    assert elsewhere.whoami().status_code == 200


def test_a_code_signs_up_and_confirms_the_address(kratos: Kratos, visitor: Browser, flow: Any, form: Form) -> None:
    visitor.post(flow, method="profile", **form)
    assert message_ids(visitor, visitor.post(flow, method="code", **form)) == [1040005]
    code = code_for(kratos.admin_url, form["traits.email"])
    assert visitor.post(flow, method="code", code=code, **form).headers["Location"] == BACK
    address = visitor.whoami().json()["identity"]["verifiable_addresses"][0]
    assert (address["verified"], address["status"], methods_of(visitor)) == (True, "completed", [("code", "aal1")])


@pytest.mark.parametrize("method", [{}, {"method": "code"}, {"method": "profile"}])
def test_from_the_code_screen_there_is_a_way_back(
    method: Form, visitor: Browser, flow: dict[str, Any], form: Form
) -> None:
    visitor.post(flow, method="profile", **form)
    visitor.post(flow, method="code", **form)
    shown = visitor.land(visitor.post(flow, screen="credential-selection", **method, **form))
    assert (messages(shown), "password" in names_of(shown)) == ([1040009], True)


def test_other_traits_than_the_code_was_asked_for_with_are_told_once(
    kratos: Kratos, visitor: Browser, flow: Any, form: Form
) -> None:
    """Kratos takes the new ones over: the same form posted again signs up."""
    visitor.post(flow, method="code", **form)
    changed = form | {"traits.name.first": "Bob", "code": code_for(kratos.admin_url, form["traits.email"])}
    assert message_ids(visitor, visitor.post(flow, method="code", **changed)) == [4000036]
    assert visitor.post(flow, method="code", **changed).headers["Location"] == BACK
    assert visitor.whoami().json()["identity"]["traits"]["name"] == {"first": "Bob"}


def test_the_first_step_posted_again_from_the_code_screen_leads_to_the_second(
    visitor: Browser, flow: dict[str, Any], form: Form
) -> None:
    """As somebody does who went back in their browser."""
    visitor.post(flow, method="profile", **form)
    visitor.post(flow, method="code", **form)
    assert message_ids(visitor, visitor.post(flow, method="profile", **form)) == [1040009]


def test_another_code_ends_the_one_before(kratos: Kratos, visitor: Browser, flow: Any, form: Form) -> None:
    visitor.post(flow, method="code", **form)
    first = code_for(kratos.admin_url, form["traits.email"])
    visitor.post(flow, method="code", resend="code", **form)
    second = code_for(kratos.admin_url, form["traits.email"])
    assert message_ids(visitor, visitor.post(flow, method="code", code=first, **form)) == [4040003]
    assert visitor.post(flow, method="code", code=second, **form).headers["Location"] == BACK


@pytest.mark.parametrize(
    ("password", "message"), [("", 4000002), ("short", 4000032), ("{email}", 4000031)], ids=["none", "short", "similar"]
)
def test_a_bad_password_is_told(password: str, message: int, visitor: Browser, flow: Any, form: Form) -> None:
    visitor.post(flow, method="profile", **form)
    password = password.format(email=form["traits.email"])
    page = visitor.land(visitor.post(flow, method="password", password=password, **form))
    assert (messages(page), attribute(page, "password")) == ([message], None)
    assert visitor.whoami().status_code == 401


@pytest.mark.parametrize(("email", "message"), [("", 4000002), ("nobody@", 4000040)])
def test_a_bad_address_is_told_at_the_first_step(email: str, message: int, visitor: Browser, flow: Any) -> None:
    answer = visitor.post(flow, method="profile", **{"traits.email": email})
    assert (answer.status_code, message_ids(visitor, answer)) == (302, [message])


def test_a_taken_address_is_told_at_the_second_step(visitor: Browser, flow: Any, person: Person) -> None:
    form = {"traits.email": person.email}
    assert message_ids(visitor, visitor.post(flow, method="profile", **form)) == [1040009]
    assert message_ids(visitor, visitor.post(flow, method="password", password=PASSWORD, **form)) == [4000007]


def test_a_taken_address_gets_a_code_all_the_same(kratos: Kratos, visitor: Browser, flow: Any, person: Person) -> None:
    form = {"traits.email": person.email}
    visitor.post(flow, method="profile", **form)
    assert message_ids(visitor, visitor.post(flow, method="code", **form)) == [1040005]
    code = code_for(kratos.admin_url, person.email)
    assert message_ids(visitor, visitor.post(flow, method="code", code=code, **form)) == [4000007]


def test_with_a_session_a_browser_goes_straight_back(signed_in: Browser) -> None:
    assert signed_in.get(BEGIN, HTML, return_to=BACK).headers["Location"] == BACK
    assert signed_in.get(BEGIN, HTML).headers["Location"] == HOME
    assert signed_in.get(BEGIN, JSON).json()["error"]["id"] == "session_already_available"


def test_a_form_posted_with_a_session_ends_at_the_default_page(signed_in: Browser, kratos: Kratos, form: Form) -> None:
    flow = Browser(kratos.public_url).begin("registration", return_to=BACK)
    assert signed_in.post(flow, method="profile", **form).headers["Location"] == HOME


def test_login_challenge_is_refused(visitor: Browser) -> None:
    """`oauth2_provider.url` is unset (design D1)."""
    assert visitor.get(BEGIN, login_challenge="any").json()["error"]["id"] == "invalid_configuration"


@pytest.mark.parametrize(
    "method", [{"method": "profile"}, {"method": "password", "password": PASSWORD}, {"method": "code"}]
)
def test_a_forged_token_is_an_error_page(method: Form, visitor: Browser, flow: Any, form: Form) -> None:
    error = error_of(visitor, visitor.post(flow, csrf_token="forged", **method, **form))
    assert (error["id"], error["code"]) == ("security_csrf_violation", 403)


def test_a_page_opened_before_signing_up_is_dead_after_it(visitor: Browser, flow: Any, form: Form) -> None:
    """Kratos renews the CSRF token: a second tab has to begin anew."""
    visitor.post(visitor.begin("registration"), method="password", password=PASSWORD, **form)
    assert visitor.read(flow["id"], "registration").json()["error"]["id"] == "security_csrf_violation"


@pytest.mark.parametrize(
    ("password", "message"), [("", 4000002), ("short", 4000032), ("{email}", 4000031), (PASSWORD, 4000007)]
)
def test_a_script_that_leaves_out_a_step_is_told_what_is_wrong(
    password: str, message: int, visitor: Browser, person: Person, form: Form
) -> None:
    """A password beside the traits, and one for somebody who is there already: the first step is shown again."""
    email = person.email if password == PASSWORD else form["traits.email"]
    fields = form | {"method": "password", "password": password.format(email=email), "traits.email": email}
    page = visitor.post(visitor.begin("registration"), JSON, **fields)
    assert (page.status_code, page.json()["state"], messages(page.json())) == (400, "choose_method", [message])
    assert attribute(page.json(), "traits.email", "type") == "email"
    again = visitor.post(page.json(), JSON, **fields | {"password": "short"})
    assert (again.status_code, messages(again.json())[-1:]) == (400, [4000032])
    second = visitor.land(visitor.post(page.json(), method="profile", **form))
    assert messages(second) == [1040009]
