"""`prompt=login` and `max_age` are kept, which Hydra leaves to the login pages.

Hydra reports both as skip=false, like a browser it never met, and takes the time of any accept for the time of a login.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.journeys.browsing import Page
from tests.journeys.site import Person, Site, Visitor
from tests.journeys.test_single_sign_on import HYDRA_SESSION
from tests.stack.clock import later

LATE = {"real": 10, "sandbox": 50}  # seconds; a busy machine needs some of them to ask again, Demo believes a minute


def asks_for_the_password(page: Page) -> bool:
    """Whether this is the page that wants a proof although somebody is signed in."""
    return page.title == "Verify it's you to continue to First Party" and page.has_button("method=password")


def test_prompt_login_asks_again_although_signed_in(visitor: Visitor, ada: Person) -> None:
    before = visitor.enter(ada)
    time.sleep(1.1)  # auth_time counts whole seconds
    again = visitor.ask("first-party", prompt="login")
    assert asks_for_the_password(again)
    after = visitor.claims(visitor.sign_in(again, ada), "first-party")
    assert after["sub"] == ada.id
    assert after["auth_time"] > before["auth_time"]


def test_the_page_that_asks_again_knows_who_has_to_prove_it(visitor: Visitor, ada: Person) -> None:
    visitor.enter(ada)
    identifier = visitor.ask("first-party", prompt="login").soup.select_one("input[name=identifier]")
    assert identifier is not None
    assert identifier["value"] == ada.email


def test_the_same_login_url_opened_later_asks_once_more(site: Site, visitor: Visitor, ada: Person) -> None:
    """N57: a proof answers one challenge once."""
    visitor.enter(ada)
    again = visitor.ask("first-party", prompt="login")
    visitor.claims(visitor.sign_in(again, ada), "first-party")
    login_url = next(step.url for step in again.steps if step.url.startswith(f"{site.portico}/login?login_challenge="))
    reopened = visitor.open(login_url)
    assert asks_for_the_password(reopened)


def test_going_back_to_portico_without_a_password_asks_again(site: Site, visitor: Visitor, ada: Person) -> None:
    """The page's own way back, taken without having proved anything."""
    visitor.enter(ada)
    again = visitor.ask("first-party", prompt="login")
    way_back = again.parameter("return_to")
    assert asks_for_the_password(visitor.open(way_back))
    assert asks_for_the_password(visitor.open(way_back))


def test_a_proof_given_for_one_application_does_not_answer_the_next_demand(visitor: Visitor, ada: Person) -> None:
    """N83."""
    visitor.enter(ada)
    visitor.claims(visitor.sign_in(visitor.ask("first-party", prompt="login"), ada), "first-party")
    assert asks_for_the_password(visitor.ask("first-party", prompt="login"))


def test_prompt_login_by_a_one_time_code(site: Site, visitor: Visitor, ada: Person) -> None:
    visitor.enter(ada)
    code_page = visitor.ask("first-party", prompt="login").press("method=code", {"identifier": ada.email})
    claims = visitor.claims(code_page.press("method=code", {"code": site.mailed_code(ada)}), "first-party")
    assert claims["sub"] == ada.id
    assert set(claims["amr"]) == {"pwd", "otp"}


@pytest.mark.parametrize("demand", [{"prompt": "login"}, {"max_age": 0}], ids=str)
def test_who_was_not_signed_in_gives_the_password_once(visitor: Visitor, ada: Person, demand: dict[str, str]) -> None:
    assert visitor.claims(visitor.sign_in(visitor.ask("first-party", **demand), ada), "first-party")["sub"] == ada.id


def test_max_age_0_asks_again(visitor: Visitor, ada: Person) -> None:
    visitor.enter(ada)
    again = visitor.ask("first-party", max_age=0)
    assert asks_for_the_password(again)
    assert visitor.claims(visitor.sign_in(again, ada), "first-party")["sub"] == ada.id


def test_max_age_1_asks_again_after_two_seconds(visitor: Visitor, ada: Person) -> None:
    visitor.enter(ada)
    time.sleep(2.1)
    again = visitor.ask("first-party", max_age=1)
    assert asks_for_the_password(again)
    assert visitor.claims(visitor.sign_in(again, ada), "first-party")["sub"] == ada.id


def test_max_age_10000_is_silent(site: Site, visitor: Visitor, ada: Person) -> None:
    visitor.enter(ada)
    page = visitor.ask("first-party", max_age=10000)
    assert visitor.claims(page, "first-party")["sub"] == ada.id
    assert not page.passed(f"{site.kratos}/self-service/")


def test_max_age_10000_is_silent_where_hydra_does_not_know_the_browser(
    site: Site, visitor: Visitor, ada: Person
) -> None:
    visitor.enter(ada)
    visitor.end_cookie(HYDRA_SESSION)
    page = visitor.ask("first-party", max_age=10000)
    assert visitor.claims(page, "first-party")["sub"] == ada.id
    assert not page.passed(f"{site.kratos}/self-service/")


@pytest.fixture
def late(site: Site, visitor: Visitor, ada: Person) -> Iterator[int]:
    """Hydra took an automatic accept for a login: the password is so much older than Hydra believes."""
    visitor.enter(ada)
    seconds = LATE[site.stack.kind]
    with later(site.urls["kratos_admin"], seconds + 1.1), ExitStack() as stack:
        if site.stack.kind == "sandbox":
            stack.enter_context(later(site.urls["hydra_admin"], seconds + 1.1))
        visitor.end_cookie(HYDRA_SESSION)
        visitor.claims(visitor.ask("first-party"), "first-party")
        yield seconds


def test_max_age_is_measured_from_the_password_although_hydra_says_skip(
    visitor: Visitor, ada: Person, late: int
) -> None:
    again = visitor.ask("first-party", max_age=late)
    requests = [step.url for step in again.steps if "/oauth2/auth?" in step.url]
    assert "prompt=login" not in requests[0]
    assert asks_for_the_password(again)
    assert visitor.claims(visitor.sign_in(again, ada), "first-party")["sub"] == ada.id


def test_max_age_with_prompt_none_is_login_required_although_hydra_says_skip(
    site: Site, visitor: Visitor, late: int
) -> None:
    page = visitor.ask("first-party", max_age=late, prompt="none")
    assert visitor.error(page, "first-party") == "login_required"
    assert site.login_request(page)["skip"] is True


def test_an_id_token_hint_of_the_person_signed_in_is_silent(visitor: Visitor, ada: Person) -> None:
    visitor.enter(ada)
    page = visitor.ask("first-party", id_token_hint="same")
    assert visitor.claims(page, "first-party")["sub"] == ada.id
    assert "id_token_hint" in page.steps[1].url
