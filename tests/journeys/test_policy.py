"""What an application or its operator demands beside a sign-in: a level, its age, whom it trusts, whom it expects."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from uuid import uuid4

import pytest

from tests.journeys.browsing import Page
from tests.journeys.site import Person, Site, Visitor, site_of
from tests.journeys.test_return_path_second_factor import key_of
from tests.journeys.test_return_path_social import be
from tests.journeys.traveller import Traveller, totp
from tests.stack.stack import Stack

AGE = 1  # second
POLICY = {"demo": {"required_aal": "aal2", "required_aal_max_age": AGE}, "first-party": {"identity_providers": []}}


@pytest.fixture(scope="module")
def site(kind: str) -> Iterator[Site]:
    """A site with these demands, whose Kratos shows a session also to who owes a second factor."""
    env = {"PORTICO_CLIENTS": json.dumps(POLICY), "PORTICO_AMR": json.dumps({"oidc": "fed"})}
    with site_of(Stack(kind, portico_env=env, kratos={"session.whoami.required_aal": "aal1"})) as site:
        yield site


@pytest.fixture
def key(site: Site, ada: Person) -> str:
    """The key in Ada's authenticator app."""
    return key_of(site, ada)


def test_a_level_wished_for_is_stepped_up_to(traveller: Traveller, ada: Person, key: str) -> None:
    traveller.begin()
    traveller.sign_in(ada)
    claims = traveller.arrive()
    assert (claims["acr"], claims["amr"]) == ("aal1", ["pwd"])
    traveller.begin(acr_values="aal2")
    assert traveller.page == "Two-step verification to continue to First Party"
    traveller.press("Continue", {"Code from your authenticator app": totp(key)})
    claims = traveller.arrive()
    assert (claims["acr"], claims["amr"]) == ("aal2", ["pwd", "otp", "mfa"])
    assert "auth_time" in claims


def test_a_level_nobody_knows_is_answered_with_the_one_reached(traveller: Traveller, ada: Person) -> None:
    traveller.begin(acr_values="urn:nobody:knows+0")
    traveller.sign_in(ada)
    assert traveller.arrive()["acr"] == "aal1"


def test_a_second_factor_that_has_grown_too_old_is_asked_for_again(traveller: Traveller, ada: Person, key: str) -> None:
    for attempt in range(2):
        traveller.begin("demo")
        if not attempt:
            traveller.sign_in(ada)
        assert traveller.page == "Two-step verification to continue to Demo"
        traveller.press("Continue", {"Code from your authenticator app": totp(key)})
        traveller.press("Allow")
        assert traveller.arrive()["acr"] == "aal2"
        time.sleep(AGE + 1.1)  # whoami's Date has whole seconds
    traveller.begin("demo", prompt="none")
    assert traveller.refused() == "interaction_required"


@pytest.fixture
def sophie(site: Site) -> Person:
    """Somebody whom only Demo ID knows."""
    return replace(site.stranger("Sophie"), first_name=f"Sophie {uuid4().hex[:8]}")


def test_who_came_by_a_provider_an_application_does_not_take_signs_in_another_way(
    site: Site, traveller: Traveller, ada: Person, sophie: Person
) -> None:
    """N82."""
    traveller.open(f"{site.portico}/login")
    traveller.press("Sign in with Demo ID")
    be(traveller, sophie.first_name, sophie.email)
    traveller.begin()
    assert traveller.page == "Verify it's you to continue to First Party"
    assert not traveller.says("Demo ID")
    traveller.press("Not you? Use a different account")
    assert traveller.page == "Sign in to continue to First Party"
    assert not traveller.says("Demo ID")
    traveller.sign_in(ada)
    assert traveller.arrive()["sub"] == ada.id


def test_a_recovery_code_alone_is_no_provider_an_application_takes(site: Site, visitor: Visitor, ada: Person) -> None:
    """N82: who controls a mailbox has used no method of the account; the password, which is Kratos' own, is one."""
    page = visitor.ask("first-party").click("Forgot your password?").press("method=code", {"email": ada.email})
    page = page.press("method=code", {"code": site.mailed_code(ada)})
    page = page.click("Continue to First Party without changing")
    assert page.title == "Verify it's you to continue to First Party", page
    assert not visitor.state("first-party")["signed_in"]
    assert visitor.claims(visitor.sign_in(page, ada), "first-party")["sub"] == ada.id


def test_whom_the_application_expects_need_not_type_their_address(traveller: Traveller, ada: Person) -> None:
    traveller.begin(login_hint=ada.email)
    assert traveller.field("Email")["value"] == ada.email
    traveller.press("Sign in with password", {"Password": ada.password})
    assert traveller.arrive()["sub"] == ada.id


def test_an_expected_stranger_finds_their_address_on_the_sign_up_page(site: Site, traveller: Traveller) -> None:
    nora = site.stranger()
    traveller.begin(login_hint=nora.email)
    traveller.follow("Create account")
    assert traveller.field("Email")["value"] == nora.email


def test_a_popup_is_a_narrow_page(traveller: Traveller) -> None:
    traveller.begin(display="popup")
    assert traveller.tab.soup.body["class"] == ["popup"]


def test_who_is_signed_in_may_sign_up_as_somebody_new(site: Site, traveller: Traveller, ada: Person) -> None:
    nora = site.stranger()
    traveller.begin()
    traveller.sign_in(ada)
    traveller.begin(prompt="registration")
    assert traveller.page == "Choose an account for First Party"
    traveller.press("Create account")
    assert traveller.page == "Create account to continue to First Party"
    traveller.press("Create account", {"Email": nora.email})
    traveller.press("Create account", {"Password": nora.password})
    traveller.follow("Continue to First Party and verify later")
    assert traveller.arrive()["email"] == nora.email


@pytest.mark.parametrize("chosen", ["ada", "bob"])
def test_who_is_signed_in_may_go_on_or_sign_in_as_somebody_else(
    site: Site, traveller: Traveller, ada: Person, bob: Person, chosen: str
) -> None:
    traveller.begin()
    traveller.sign_in(ada)
    traveller.begin(prompt="registration")
    if chosen == "ada":
        traveller.press(f"Continue as {ada.email}")
    else:
        traveller.press("Use a different account")
        traveller.sign_in(bob)
    assert traveller.arrive()["email"] == {"ada": ada, "bob": bob}[chosen].email


def test_prompt_none_shows_no_page_whatever_is_missing(
    site: Site, new_visitor: Callable[[], Visitor], ada: Person
) -> None:
    """N56."""
    visitor = new_visitor()
    visitor.enter(ada)
    for client, error in {"demo": "interaction_required", "first-party": ""}.items():
        page: Page = visitor.ask(client, prompt="none", acr_values="aal1")
        if error:
            assert visitor.error(page, client) == error
        else:
            visitor.claims(page, client)
        assert not [step for step in page.steps if step.url.startswith(site.portico) and step.status == 200]
