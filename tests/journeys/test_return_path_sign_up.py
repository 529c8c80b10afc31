"""The return way: somebody without an account begins at an application, and ends in it with one.

Every page on the way names the application and shows one task (design section 8): `Journey` looks at each of them.
"""

import pytest

from tests.journeys.journey import Journey
from tests.journeys.site import Person, Site


@pytest.fixture
def nora(site: Site) -> Person:
    """Somebody who has no account yet."""
    return site.stranger()


def choose_password(journey: Journey, person: Person) -> None:
    """From the first page of the sign-up through its second."""
    journey.press("Create account", {"Email": person.email})
    journey.press("Create account", {"Password": person.password})


def test_a_sign_up_with_a_password_and_a_confirmed_address(site: Site, journey: Journey, nora: Person) -> None:
    journey.begin("demo")
    journey.follow("Create account")
    choose_password(journey, nora)
    journey.press("Continue", {"Code": site.mailed_code(nora)})
    assert journey.page == "Your email is verified"
    journey.follow("Continue to Demo")
    journey.press("Allow")
    claims = journey.arrive()
    assert (claims["email"], claims["email_verified"]) == (nora.email, True)


def test_a_sign_up_whose_address_is_confirmed_later(journey: Journey, nora: Person) -> None:
    """Lost mail must not strand anybody: the person is signed in already."""
    journey.begin()
    journey.follow("Create account")
    choose_password(journey, nora)
    assert journey.page == "Check your email to continue to First Party"
    journey.follow("Continue to First Party and verify later")
    claims = journey.arrive()
    assert (claims["email"], claims["email_verified"]) == (nora.email, False)


def test_a_sign_up_with_a_wrong_code_and_then_the_right_one(site: Site, journey: Journey, nora: Person) -> None:
    journey.begin()
    journey.follow("Create account")
    choose_password(journey, nora)
    code = site.mailed_code(nora)
    journey.press("Continue", {"Code": f"{(int(code) + 1) % 1_000_000:06d}"})
    assert "code is wrong" in journey.problem
    journey.press("Continue", {"Code": code})
    journey.follow("Continue to First Party")
    assert journey.arrive()["email_verified"] is True


def test_a_sign_up_with_a_second_mail(site: Site, journey: Journey, nora: Person) -> None:
    journey.begin()
    journey.follow("Create account")
    choose_password(journey, nora)
    site.mailed_code(nora)
    journey.press("Send a new code")
    journey.press("Continue", {"Code": site.mailed_code(nora, 2)})
    journey.follow("Continue to First Party")
    assert journey.arrive()["email_verified"] is True


def test_a_sign_up_with_a_one_time_code(site: Site, journey: Journey, nora: Person) -> None:
    journey.begin()
    journey.follow("Create account")
    journey.press("Create account", {"Email": nora.email})
    journey.press("Send me a code")
    assert journey.page == "Enter your code to continue to First Party"
    journey.press("Continue", {"Code": site.mailed_code(nora)})
    claims = journey.arrive()
    assert (claims["email"], claims["email_verified"], claims["amr"]) == (nora.email, True, ["otp"])


def test_going_back_to_the_first_page_of_the_sign_up(journey: Journey, nora: Person) -> None:
    """With the page's own button; what was typed is still there."""
    journey.begin()
    journey.follow("Create account")
    journey.press("Create account", {"Email": f"typo-{nora.email}"})
    journey.press("Back")
    assert journey.field("Email")["value"] == f"typo-{nora.email}"
    choose_password(journey, nora)
    journey.follow("Continue to First Party and verify later")
    assert journey.arrive()["email"] == nora.email


def test_a_password_that_is_too_weak_and_then_a_better_one(journey: Journey, nora: Person) -> None:
    journey.begin()
    journey.follow("Create account")
    journey.press("Create account", {"Email": nora.email})
    journey.press("Create account", {"Password": "abc"})
    assert "password" in journey.problem
    journey.press("Create account", {"Password": nora.password})
    journey.follow("Continue to First Party and verify later")
    assert journey.arrive()["email"] == nora.email


def test_who_has_an_account_already_signs_in_instead(journey: Journey, ada: Person) -> None:
    journey.begin()
    journey.follow("Create account")
    choose_password(journey, ada)
    assert "There's already an account" in journey.problem
    journey.follow("Sign in")
    journey.sign_in(ada)
    assert journey.arrive()["sub"] == ada.id


def test_an_application_that_asks_for_a_new_account_gets_one(journey: Journey, nora: Person) -> None:
    """prompt=registration: Hydra sends the browser to its urls.registration."""
    journey.begin(prompt="registration")
    assert journey.page == "Create account to continue to First Party"
    choose_password(journey, nora)
    journey.follow("Continue to First Party and verify later")
    assert journey.arrive()["email"] == nora.email


def test_who_was_sent_to_the_sign_up_may_sign_in_instead(journey: Journey, ada: Person) -> None:
    journey.begin(prompt="registration")
    journey.follow("Sign in")
    journey.sign_in(ada)
    assert journey.arrive()["sub"] == ada.id
