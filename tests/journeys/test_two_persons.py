"""Two people at one browser: nobody's claims are ever sent under another's name."""

import re
import time
from collections.abc import Callable

import pytest

from tests.journeys.browsing import Page
from tests.journeys.site import Person, Site, Visitor
from tests.journeys.test_single_sign_on import HYDRA_SESSION, sign_in_at_portico

KRATOS_SESSION = "ory_kratos_session"
OTHER_PERSON = "You're signed in with a different account"


def hand_over(visitor: Visitor, person: Person) -> None:
    """Let another person sign in at Kratos behind the back of Hydra and Portico."""
    visitor.end_cookie(KRATOS_SESSION)
    sign_in_at_portico(visitor, person)


@pytest.fixture
def consent(visitor: Visitor, ada: Person, bob: Person) -> Page:
    """Ada's consent page, opened just before Bob signed in."""
    page = visitor.sign_in(visitor.ask(), ada)
    assert page.has_button("action=accept")
    hand_over(visitor, bob)
    return page


def test_a_consent_begun_by_somebody_else_is_not_shown(
    site: Site, visitor: Visitor, consent: Page, ada: Person, bob: Person
) -> None:
    """N03."""
    page = consent.reload()
    assert (page.title, page.at(f"{site.portico}/consent")) == (OTHER_PERSON, True)
    assert bob.email in page.text
    assert ada.email not in page.text
    assert not visitor.state()["signed_in"]


def test_a_consent_form_of_somebody_else_grants_nothing(visitor: Visitor, consent: Page) -> None:
    """N03, the form having been open before the other person came."""
    assert consent.press("action=accept").title == OTHER_PERSON
    assert consent.press("action=deny").title == OTHER_PERSON
    state = visitor.state()
    assert (state["signed_in"], state["error"]) == (False, None)


def test_going_on_as_the_other_person_ends_in_a_code_for_them(visitor: Visitor, consent: Page, bob: Person) -> None:
    claims = visitor.claims(consent.reload().press("action=continue").press("action=accept"))
    assert (claims["sub"], claims["email"]) == (bob.id, bob.email)


def test_the_other_person_may_make_room_for_the_first(
    visitor: Visitor, consent: Page, site: Site, ada: Person, bob: Person
) -> None:
    login = consent.reload().press("action=another")
    assert login.at(f"{site.portico}/login")
    assert visitor.whoami() is None
    claims = visitor.claims(visitor.sign_in(login, ada).press("action=accept"))
    assert (claims["sub"], claims["email"]) == (ada.id, ada.email)


def test_not_you_on_the_consent_page_signs_out_and_lets_somebody_else_in(
    visitor: Visitor, site: Site, ada: Person, bob: Person
) -> None:
    consent = visitor.sign_in(visitor.ask(), ada)
    login = consent.press("Not you? Use a different account")
    assert login.title == "Sign in to continue to Demo"
    assert visitor.whoami() is None
    claims = visitor.claims(visitor.sign_in(login, bob).press("action=accept"))
    assert (claims["sub"], claims["email"]) == (bob.id, bob.email)


@pytest.mark.parametrize("client", ["demo", "first-party"])
def test_who_is_signed_in_is_asked_when_hydra_remembers_somebody_else(
    site: Site, visitor: Visitor, ada: Person, bob: Person, client: str
) -> None:
    visitor.enter(ada)
    hand_over(visitor, bob)
    page = visitor.ask(client)
    assert site.login_request(page)["subject"] == ada.id
    assert page.title.startswith("Choose an account for ")
    assert ada.email not in page.text
    page = page.press("action=continue")
    if client == "demo":
        page = page.press("action=accept")
    claims = visitor.claims(page, client)
    assert (claims["sub"], claims["email"]) == (bob.id, bob.email)


def test_who_is_signed_in_may_leave_to_the_one_hydra_remembers(visitor: Visitor, ada: Person, bob: Person) -> None:
    visitor.enter(ada)
    hand_over(visitor, bob)
    login = visitor.ask("first-party").press("action=another")
    assert visitor.whoami() is None
    assert visitor.claims(visitor.sign_in(login, ada), "first-party")["sub"] == ada.id


def test_prompt_none_is_login_required_when_hydra_remembers_somebody_else(
    visitor: Visitor, ada: Person, bob: Person
) -> None:
    visitor.enter(ada)
    hand_over(visitor, bob)
    assert visitor.error(visitor.ask("first-party", prompt="none"), "first-party") == "login_required"
    assert visitor.signed_in_as() == bob.id


def test_somebody_else_who_signs_in_where_hydra_remembers_a_person_is_asked(
    visitor: Visitor, ada: Person, bob: Person
) -> None:
    visitor.enter(ada)
    visitor.end_cookie(KRATOS_SESSION)
    page = visitor.sign_in(visitor.ask("first-party"), bob)
    assert page.title == "Choose an account for First Party"
    assert visitor.claims(page.press("action=continue"), "first-party")["sub"] == bob.id


def test_somebody_else_may_answer_a_demand_to_prove_it_again(visitor: Visitor, ada: Person, bob: Person) -> None:
    """prompt=login asks for a proof; who gives it is who the application gets."""
    visitor.enter(ada)
    login = visitor.ask("first-party", prompt="login")
    time.sleep(1.1)  # whoami's Date has whole seconds, and in doubt a proof of another session counts as the older one
    page = visitor.sign_in(login, bob)
    claims = visitor.claims(page, "first-party")
    assert (claims["sub"], claims["email"]) == (bob.id, bob.email)


def test_an_application_that_expects_another_person_makes_the_visitor_choose(
    visitor: Visitor, ada: Person, bob: Person
) -> None:
    """id_token_hint of Ada while Bob is signed in."""
    visitor.enter(ada)
    visitor.end_cookie(HYDRA_SESSION)
    hand_over(visitor, bob)
    page = visitor.ask("first-party", id_token_hint="same")
    assert page.title == "Choose an account for First Party"
    claims = visitor.claims(visitor.sign_in(page.press("action=another"), ada), "first-party")
    assert claims["sub"] == ada.id


def test_who_goes_on_although_another_person_is_expected_gets_nothing(
    visitor: Visitor, ada: Person, bob: Person
) -> None:
    """Hydra refuses a subject that the id_token_hint does not name."""
    visitor.enter(ada)
    visitor.end_cookie(HYDRA_SESSION)
    hand_over(visitor, bob)
    page = visitor.ask("first-party", id_token_hint="same").press("action=continue")
    assert visitor.error(page, "first-party") == "login_required"
    assert visitor.state("first-party")["id_token"]["sub"] == ada.id


def test_an_account_switched_off_before_the_consent_form_is_sent_gets_nothing(
    site: Site, visitor: Visitor, ada: Person
) -> None:
    """N44."""
    consent = visitor.sign_in(visitor.ask(), ada)
    site.deactivate(ada)
    login = consent.press("action=accept")
    assert not visitor.state()["signed_in"]
    assert login.at(f"{site.portico}/login")
    refused = visitor.sign_in(login, ada)
    assert refused.status == 403
    assert refused.title == "Your account is deactivated"
    assert not visitor.state()["signed_in"]


def test_an_account_switched_off_is_not_signed_in_silently(site: Site, visitor: Visitor, ada: Person) -> None:
    """N44 at a remembered login."""
    visitor.enter(ada)
    site.deactivate(ada)
    assert visitor.error(visitor.ask("first-party", prompt="none"), "first-party") == "login_required"
    assert visitor.ask("first-party").at(f"{site.portico}/login")


def test_a_login_form_that_somebody_else_filled_in_signs_nobody_in(
    site: Site, new_visitor: Callable[[], Visitor], visitor: Visitor, bob: Person
) -> None:
    """N07: Kratos wants its own cookie with the form, and what comes of it is a page of ours."""
    theirs = new_visitor().ask("first-party")
    form, entries = theirs.entries("method=password")
    typed = {"identifier": bob.email, "password": bob.password}
    posted = [(name, typed.get(name, value)) for name, value in entries]
    page = visitor.send("POST", str(form["action"]), posted, "https://evil.example")
    assert visitor.signed_in_as() == ""
    assert page.url.startswith(site.portico)
    assert bob.email not in page.text


OF_ONE_PAGE = re.compile(  # nonces, tokens, the challenge of passkeys, ids
    r'(?<=nonce=")[^"]+|(?<=name="csrf_token" value=")[^"]+|(?<=&#34;)[\w-]{43}(?=&#34;)'
    r"|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
)


def shown_to(visitor: Visitor, person: Person, flow: str) -> str:
    """The page somebody gets who types this person's address, what differs from page to page left out."""
    page = visitor.open(f"{visitor.site.portico}/{flow}")
    if flow == "login":
        page = page.press("method=password", {"identifier": person.email, "password": "wrong"})
    else:
        page = page.press("method=code", {"email": person.email})
    return f"{page.status} {OF_ONE_PAGE.sub('', page.text.replace(person.email, 'them'))}"


@pytest.mark.parametrize("flow", ["login", "recovery"])
def test_a_page_does_not_tell_whether_somebody_has_an_account(
    site: Site, new_visitor: Callable[[], Visitor], ada: Person, flow: str
) -> None:
    """N55: what Kratos keeps to itself no byte of ours tells."""
    assert shown_to(new_visitor(), ada, flow) == shown_to(new_visitor(), site.stranger(), flow)
