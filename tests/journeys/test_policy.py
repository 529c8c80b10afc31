"""What an application or its operator demands beside a sign-in: a level, its age, whom it trusts, whom it expects."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from uuid import uuid4

import pytest

from tests.journeys.browsing import Page
from tests.journeys.journey import Journey, totp
from tests.journeys.site import Person, Site, Visitor, site_of
from tests.journeys.test_return_path_second_factor import key_of
from tests.journeys.test_return_path_social import be
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


def test_a_level_wished_for_is_stepped_up_to(journey: Journey, ada: Person, key: str) -> None:
    journey.begin()
    journey.sign_in(ada)
    claims = journey.arrive()
    assert (claims["acr"], claims["amr"]) == ("aal1", ["pwd"])
    journey.begin(acr_values="aal2")
    assert journey.page == "Two-step verification to continue to First Party"
    journey.press("Continue", {"Code from your authenticator app": totp(key)})
    claims = journey.arrive()
    assert (claims["acr"], claims["amr"]) == ("aal2", ["pwd", "otp", "mfa"])
    assert "auth_time" in claims


def test_a_level_nobody_knows_is_answered_with_the_one_reached(journey: Journey, ada: Person) -> None:
    journey.begin(acr_values="urn:nobody:knows+0")
    journey.sign_in(ada)
    assert journey.arrive()["acr"] == "aal1"


def test_a_second_factor_that_has_grown_too_old_is_asked_for_again(journey: Journey, ada: Person, key: str) -> None:
    for attempt in range(2):
        journey.begin("demo")
        if not attempt:
            journey.sign_in(ada)
        assert journey.page == "Two-step verification to continue to Demo"
        journey.press("Continue", {"Code from your authenticator app": totp(key)})
        journey.press("Allow")
        assert journey.arrive()["acr"] == "aal2"
        time.sleep(AGE + 1.1)  # whoami's Date has whole seconds
    journey.begin("demo", prompt="none")
    assert journey.refused() == "interaction_required"


@pytest.fixture
def sophie(site: Site) -> Person:
    """Somebody whom only Demo ID knows."""
    return replace(site.stranger("Sophie"), first_name=f"Sophie {uuid4().hex[:8]}")


def test_who_came_by_a_provider_an_application_does_not_take_signs_in_another_way(
    site: Site, journey: Journey, ada: Person, sophie: Person
) -> None:
    """N82."""
    journey.open(f"{site.portico}/login")
    journey.press("Sign in with Demo ID")
    be(journey, sophie.first_name, sophie.email)
    journey.begin()
    assert journey.page == "Verify it's you to continue to First Party"
    assert not journey.says("Demo ID")
    journey.press("Not you? Use a different account")
    assert journey.page == "Sign in to continue to First Party"
    assert not journey.says("Demo ID")
    journey.sign_in(ada)
    assert journey.arrive()["sub"] == ada.id


def test_a_recovery_code_alone_is_no_provider_an_application_takes(site: Site, visitor: Visitor, ada: Person) -> None:
    """N82: who controls a mailbox has used no method of the account; the password, which is Kratos' own, is one."""
    page = visitor.ask("first-party").click("Forgot your password?").press("method=code", {"email": ada.email})
    page = page.press("method=code", {"code": site.mailed_code(ada)})
    page = page.click("Continue to First Party without changing")
    assert page.title == "Verify it's you to continue to First Party", page
    assert not visitor.state("first-party")["signed_in"]
    assert visitor.claims(visitor.sign_in(page, ada), "first-party")["sub"] == ada.id


def test_whom_the_application_expects_need_not_type_their_address(journey: Journey, ada: Person) -> None:
    journey.begin(login_hint=ada.email)
    assert journey.field("Email")["value"] == ada.email
    journey.press("Sign in with password", {"Password": ada.password})
    assert journey.arrive()["sub"] == ada.id


def test_an_expected_stranger_finds_their_address_on_the_sign_up_page(site: Site, journey: Journey) -> None:
    nora = site.stranger()
    journey.begin(login_hint=nora.email)
    journey.follow("Create account")
    assert journey.field("Email")["value"] == nora.email


def test_a_popup_is_a_narrow_page(journey: Journey) -> None:
    journey.begin(display="popup")
    assert journey.tab.soup.body["class"] == ["popup"]


def test_who_is_signed_in_may_sign_up_as_somebody_new(site: Site, journey: Journey, ada: Person) -> None:
    nora = site.stranger()
    journey.begin()
    journey.sign_in(ada)
    journey.begin(prompt="registration")
    assert journey.page == "Choose an account for First Party"
    journey.press("Create account")
    assert journey.page == "Create account to continue to First Party"
    journey.press("Create account", {"Email": nora.email})
    journey.press("Create account", {"Password": nora.password})
    journey.follow("Continue to First Party and verify later")
    assert journey.arrive()["email"] == nora.email


@pytest.mark.parametrize("chosen", ["ada", "bob"])
def test_who_is_signed_in_may_go_on_or_sign_in_as_somebody_else(
    site: Site, journey: Journey, ada: Person, bob: Person, chosen: str
) -> None:
    journey.begin()
    journey.sign_in(ada)
    journey.begin(prompt="registration")
    if chosen == "ada":
        journey.press(f"Continue as {ada.email}")
    else:
        journey.press("Use a different account")
        journey.sign_in(bob)
    assert journey.arrive()["email"] == {"ada": ada, "bob": bob}[chosen].email


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
