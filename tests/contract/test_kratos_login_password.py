"""Login by password, and CSRF: what the stand-in and the real Kratos accept and refuse alike."""

import pytest

from tests.contract.kratos_pages import BACK, HOME, error_of, flow_of, message_ids
from tests.contract.kratos_people import Person
from tests.stack.browser import HTML, JSON, Browser, attribute, csrf_token
from tests.stack.kratos import Kratos


def test_the_right_password_gives_a_session_and_goes_back(visitor: Browser, person: Person) -> None:
    answer = visitor.post(visitor.login(return_to=BACK), **person.by_password)
    assert (answer.status_code, answer.headers["Location"]) == (303, BACK)
    cookie = next(it for it in answer.raw.headers.getlist("Set-Cookie") if it.startswith("ory_kratos_session="))
    assert {"Path=/", "HttpOnly", "SameSite=Lax"} < set(cookie.split("; "))
    assert visitor.whoami().json()["identity"]["id"] == person.id


def test_without_return_to_it_goes_to_the_default_page(visitor: Browser, person: Person) -> None:
    assert visitor.post(visitor.login(), **person.by_password).headers["Location"] == HOME


def test_a_script_gets_the_session_and_where_to_go(visitor: Browser, person: Person) -> None:
    flow = visitor.login(return_to=BACK)
    body = {"csrf_token": csrf_token(flow), **person.by_password}
    answer = visitor.http.post(flow["ui"]["action"], json=body, headers=JSON, timeout=60)
    assert answer.status_code == 200
    assert answer.json()["session"] == visitor.whoami().json()
    assert answer.json()["continue_with"] == [{"action": "redirect_browser_to", "redirect_browser_to": BACK}]


def test_an_unconfirmed_address_is_no_hindrance(signed_in: Browser) -> None:
    address = signed_in.whoami().json()["identity"]["verifiable_addresses"][0]
    assert (address["verified"], address["status"]) == (False, "pending")


def test_capital_letters_of_an_identifier_do_not_matter(visitor: Browser, person: Person) -> None:
    visitor.post(visitor.login(), **person.by_password | {"identifier": person.email.upper()})
    assert visitor.whoami().status_code == 200


@pytest.mark.parametrize(("around", "status"), [(" %s\u00a0", 200), ("\u202a%s\u202c", 401), ("%s\u200b", 401)])
def test_of_what_surrounds_an_identifier_only_spaces_are_ignored(
    visitor: Browser, person: Person, around: str, status: int
) -> None:
    """Marks that nobody sees make another name of it, so app.js leaves them out."""
    visitor.post(visitor.login(), **person.by_password | {"identifier": around % person.email})
    assert visitor.whoami().status_code == status


def test_a_wrong_password_and_an_unknown_person_are_told_alike(visitor: Browser, person: Person) -> None:
    """N55."""
    for wrong in ({"password": "wrong"}, {"identifier": "nobody@example.org"}):
        flow = visitor.login()
        assert message_ids(visitor, visitor.post(flow, **person.by_password | wrong)) == [4000006]
        assert visitor.whoami().status_code == 401


def test_what_was_entered_as_identifier_stays_and_the_password_does_not(visitor: Browser, person: Person) -> None:
    flow = visitor.login()
    visitor.post(flow, **person.by_password | {"password": "wrong"})
    shown = visitor.read(flow["id"]).json()
    assert attribute(shown, "identifier") == person.email
    assert attribute(shown, "password") is None


@pytest.mark.parametrize("empty", [["identifier"], ["password"], ["identifier", "password"]])
def test_every_empty_field_is_named(empty: list[str], visitor: Browser, person: Person) -> None:
    answer = visitor.post(visitor.login(), **person.by_password | dict.fromkeys(empty, ""))
    assert message_ids(visitor, answer) == [4000002] * len(empty)


@pytest.mark.parametrize("method", ["", "totp", "nonsense"])
def test_a_post_without_a_method_it_knows_is_told_so(method: str, visitor: Browser, person: Person) -> None:
    assert message_ids(visitor, visitor.post(visitor.login(), **person.by_password | {"method": method})) == [4010002]


def test_after_a_mistake_the_same_flow_goes_on(visitor: Browser, person: Person) -> None:
    flow = visitor.login(return_to=BACK)
    assert flow_of(visitor.post(flow, **person.by_password | {"password": "wrong"})) == flow["id"]
    again = visitor.read(flow["id"]).json()
    assert visitor.post(again, **person.by_password).headers["Location"] == BACK


def test_a_form_posted_twice_ends_at_the_default_page(visitor: Browser, person: Person) -> None:
    flow = visitor.login(return_to=BACK)
    visitor.post(flow, **person.by_password)
    assert visitor.post(flow, **person.by_password).headers["Location"] == HOME


def test_a_page_opened_before_signing_in_is_dead_after_it(visitor: Browser, person: Person) -> None:
    """Kratos renews the CSRF token at sign-in."""
    flow = visitor.login()
    visitor.post(visitor.login(), **person.by_password)
    assert visitor.read(flow["id"]).json()["error"]["id"] == "security_csrf_violation"


def test_a_forged_token_is_an_error_page_and_signs_nobody_in(visitor: Browser, person: Person) -> None:
    answer = visitor.post(visitor.login(), **person.by_password, csrf_token="forged")
    error = error_of(visitor, answer)
    assert (error["id"], error["code"]) == ("security_csrf_violation", 403)
    assert "do not match" in error["details"]["reject_reason"]
    assert visitor.whoami().status_code == 401


def test_a_post_without_cookies_is_an_error_page(kratos: Kratos, visitor: Browser, person: Person) -> None:
    """N07."""
    stranger = Browser(kratos.public_url)
    error = error_of(visitor, stranger.post(visitor.login(), **person.by_password))
    assert error["details"]["reject_reason"] == "The HTTP Cookie Header is empty or not set."


def test_another_browsers_token_does_not_count(kratos: Kratos, visitor: Browser, person: Person) -> None:
    """N07."""
    stranger = Browser(kratos.public_url)
    token = csrf_token(stranger.login())
    error = error_of(visitor, visitor.post(visitor.login(), **person.by_password, csrf_token=token))
    assert error["id"] == "security_csrf_violation"


@pytest.mark.parametrize(("query", "status"), [("", 400), ("?flow=00000000-0000-4000-8000-000000000000", 404)])
def test_a_post_to_no_flow_is_an_error(query: str, status: int, kratos: Kratos, visitor: Browser) -> None:
    url = f"{kratos.public_url}/self-service/login{query}"
    assert visitor.http.post(url, headers=JSON, timeout=60).status_code == status
    page = visitor.http.post(url, headers=HTML, allow_redirects=False, timeout=60)
    assert error_of(visitor, page)["code"] == status
