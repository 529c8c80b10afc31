"""Signing out, at an application or here, ends all that belongs to the person at the browser, and nothing else."""

import re
from collections.abc import Callable
from functools import partial
from urllib.parse import urljoin

import pytest

from app.urls import origin
from tests.journeys.site import APPLICATIONS, Person, Site, Visitor, soon
from tests.journeys.test_single_sign_on import sign_in_at_portico


def told_by_hydra(visitor: Visitor, client: str) -> bool:
    """Whether a back-channel logout has ended the application's own session."""
    state = visitor.state(client)
    return not state["signed_in"] and state["notice"] == "Hydra ended this sign-in (back-channel logout)."


def sign_out_at(visitor: Visitor, client: str) -> None:
    """Press the application's sign-out button, and Portico's where it asks."""
    page = visitor.open(f"{visitor.site.demo}/{client}").click("Sign out")
    if page.has_button("action=accept"):
        page = page.press("action=accept")
    assert page.at(f"{visitor.site.demo}/{client}"), page
    assert visitor.state(client)["notice"].endswith("and at Hydra.")


def test_signing_out_of_an_application_asks_and_ends_hydras_and_kratos_sessions(
    site: Site, visitor: Visitor, ada: Person
) -> None:
    visitor.enter(ada, "demo")
    question = visitor.open(f"{site.demo}/demo").click("Sign out")
    assert question.title == "Sign out?"
    assert visitor.signed_in_as() == ada.id
    page = question.press("action=accept")
    assert page.at(f"{site.demo}/demo")
    assert visitor.whoami() is None
    login = visitor.ask()
    assert login.title == "Sign in to continue to Demo"
    assert site.login_request(login)["skip"] is False


def test_an_application_of_the_house_signs_out_without_a_question(site: Site, visitor: Visitor, ada: Person) -> None:
    visitor.enter(ada, "first-party")
    page = visitor.open(f"{site.demo}/first-party").click("Sign out")
    assert page.at(f"{site.demo}/first-party")
    assert visitor.whoami() is None


def test_signing_out_of_one_application_signs_out_of_the_other(visitor: Visitor, ada: Person) -> None:
    visitor.enter(ada, "demo")
    visitor.claims(visitor.ask("first-party"), "first-party")
    sign_out_at(visitor, "demo")
    assert soon(lambda: told_by_hydra(visitor, "first-party"))


def test_signing_out_ends_every_hydra_session_of_this_browser(visitor: Visitor, ada: Person) -> None:
    """N89: each prompt=login makes a session of its own, and Hydra itself ends only the one of the ID token."""
    visitor.enter(ada, "first-party")
    consent = visitor.sign_in(visitor.ask("demo", prompt="login"), ada)
    visitor.claims(consent.press("action=accept"))
    assert visitor.state("demo")["id_token"]["sid"] != visitor.state("first-party")["id_token"]["sid"]
    sign_out_at(visitor, "demo")
    assert soon(lambda: told_by_hydra(visitor, "first-party"))


def test_who_rather_stays_stays_signed_in(site: Site, visitor: Visitor, ada: Person) -> None:
    visitor.enter(ada, "demo")
    page = visitor.open(f"{site.demo}/demo").click("Sign out").press("action=deny")
    assert page.at(f"{site.portico}/")
    assert visitor.signed_in_as() == ada.id
    assert visitor.ask("first-party").at(f"{site.demo}/first-party")


@pytest.mark.parametrize("answer", ["accept", "deny"])
def test_a_logout_link_made_of_somebody_elses_id_token_ends_nothing_of_the_visitors(
    site: Site, visitor: Visitor, new_visitor: Callable[[], Visitor], ada: Person, bob: Person, answer: str
) -> None:
    """N88."""
    visitor.enter(ada)
    victim = new_visitor()
    victim.enter(bob)
    hint = visitor.state("first-party")["raw"]["id_token"]
    question = victim.open(f"{site.hydra}/oauth2/sessions/logout?id_token_hint={hint}")
    assert question.at(f"{site.portico}/logout")
    assert victim.signed_in_as() == bob.id
    assert not question.says("Ada")
    question.press(f"action={answer}")
    assert victim.signed_in_as() == bob.id
    assert victim.state("first-party")["signed_in"]
    page = victim.ask("first-party")
    assert victim.claims(page, "first-party")["sub"] == bob.id
    assert not page.passed(f"{site.kratos}/self-service/")


def test_signing_out_at_portico_ends_everything_at_every_application(site: Site, visitor: Visitor, ada: Person) -> None:
    visitor.enter(ada, "first-party")
    consent = visitor.sign_in(visitor.ask("demo", prompt="login"), ada)
    visitor.claims(consent.press("action=accept"))
    question = visitor.open(f"{site.portico}/").click("Sign out")
    assert visitor.signed_in_as() == ada.id
    signed_out = question.press("action=accept")
    assert (signed_out.title, signed_out.at(f"{site.portico}/signed-out")) == ("You're signed out", True)
    assert signed_out.steps[0].status == 303
    assert visitor.whoami() is None
    for client in APPLICATIONS:
        assert soon(partial(told_by_hydra, visitor, client)), client
        login = visitor.ask(client)
        assert site.login_request(login)["skip"] is False
        assert login.at(f"{site.portico}/login")


def test_signing_out_tells_the_browser_to_forget(site: Site, visitor: Visitor, ada: Person) -> None:
    sign_in_at_portico(visitor, ada)
    form, entries = visitor.open(f"{site.portico}/logout").entries("action=accept")
    answer = visitor.http.post(
        urljoin(site.portico, str(form["action"])),
        data=entries,
        headers={"Origin": origin(site.portico)},
        allow_redirects=False,
    )
    assert (answer.status_code, answer.headers["Clear-Site-Data"]) == (303, '"cache"')


def test_a_link_alone_does_not_sign_out(site: Site, visitor: Visitor, ada: Person) -> None:
    """N45."""
    sign_in_at_portico(visitor, ada)
    assert visitor.open(f"{site.portico}/logout").has_button("action=accept")
    assert visitor.signed_in_as() == ada.id


def test_signing_out_when_nobody_is_signed_in_says_so(site: Site, visitor: Visitor) -> None:
    assert visitor.open(f"{site.portico}/logout").title == "You're signed out"


def test_after_signing_out_the_next_person_meets_nothing_of_the_first(
    site: Site, visitor: Visitor, ada: Person, bob: Person
) -> None:
    """N46."""
    consent = visitor.sign_in(visitor.ask(), ada)
    visitor.claims(consent.press("action=accept", {"remember": ["true"]}))
    visitor.claims(visitor.ask("first-party"), "first-party")
    sign_out_at(visitor, "demo")
    soon(lambda: told_by_hydra(visitor, "first-party"))
    pages = [visitor.ask("first-party")]
    pages.append(visitor.sign_in(pages[0], bob))
    claims = [visitor.claims(pages[1], "first-party")]
    pages.append(visitor.ask("demo"))
    assert pages[2].at(f"{site.portico}/consent"), "Ada's remembered consent is not Bob's"
    pages.append(pages[2].press("action=accept"))
    claims.append(visitor.claims(pages[3]))
    pages += [visitor.open(f"{site.portico}{path}") for path in ("/", "/logout", "/signed-out")]
    assert {claim["sub"] for claim in claims} == {bob.id}
    texts = [page.text for page in pages] + [str(visitor.state(client)) for client in APPLICATIONS]
    for trace in (ada.id, ada.email, "Ada"):
        word = re.compile(rf"(?<![\w-]){re.escape(trace)}(?![\w-])")  # challenges have letters of all kinds
        assert not any(word.search(text) for text in texts), trace


def test_an_old_id_token_signs_nobody_out_later(site: Site, visitor: Visitor, ada: Person, bob: Person) -> None:
    """The first person's ID token, kept by the browser's history, after another person signed in."""
    visitor.enter(ada)
    hint = visitor.state("first-party")["raw"]["id_token"]
    sign_out_at(visitor, "first-party")
    visitor.enter(bob)
    page = visitor.open(f"{site.hydra}/oauth2/sessions/logout?id_token_hint={hint}")
    assert page.status == 200
    assert visitor.signed_in_as() == bob.id
