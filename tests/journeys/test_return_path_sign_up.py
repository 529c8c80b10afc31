"""The return way: somebody without an account begins at an application, and ends in it with one.

Every page on the way names the application and shows one task (design section 8): `Traveller` looks at each of them.
"""

import pytest

from tests.journeys.site import Person, Site
from tests.journeys.traveller import Traveller


@pytest.fixture
def nora(site: Site) -> Person:
    """Somebody who has no account yet."""
    return site.stranger()


def choose_password(traveller: Traveller, person: Person) -> None:
    """From the first page of the sign-up through its second."""
    traveller.press("Create account", {"Email": person.email})
    traveller.press("Create account", {"Password": person.password})


def test_a_sign_up_with_a_password_and_a_confirmed_address(site: Site, traveller: Traveller, nora: Person) -> None:
    traveller.begin("demo")
    traveller.follow("Create account")
    choose_password(traveller, nora)
    traveller.press("Continue", {"Code": site.mailed_code(nora)})
    assert traveller.page == "Your email is verified"
    traveller.follow("Continue to Demo")
    traveller.press("Allow")
    claims = traveller.arrive()
    assert (claims["email"], claims["email_verified"]) == (nora.email, True)


def test_a_sign_up_whose_address_is_confirmed_later(traveller: Traveller, nora: Person) -> None:
    """Lost mail must not strand anybody: the person is signed in already."""
    traveller.begin()
    traveller.follow("Create account")
    choose_password(traveller, nora)
    assert traveller.page == "Check your email to continue to First Party"
    traveller.follow("Continue to First Party and verify later")
    claims = traveller.arrive()
    assert (claims["email"], claims["email_verified"]) == (nora.email, False)


def test_a_sign_up_with_a_wrong_code_and_then_the_right_one(site: Site, traveller: Traveller, nora: Person) -> None:
    traveller.begin()
    traveller.follow("Create account")
    choose_password(traveller, nora)
    code = site.mailed_code(nora)
    traveller.press("Continue", {"Code": f"{(int(code) + 1) % 1_000_000:06d}"})
    assert "code is wrong" in traveller.problem
    traveller.press("Continue", {"Code": code})
    traveller.follow("Continue to First Party")
    assert traveller.arrive()["email_verified"] is True


def test_a_sign_up_with_a_second_mail(site: Site, traveller: Traveller, nora: Person) -> None:
    traveller.begin()
    traveller.follow("Create account")
    choose_password(traveller, nora)
    site.mailed_code(nora)
    traveller.press("Send a new code")
    traveller.press("Continue", {"Code": site.mailed_code(nora, 2)})
    traveller.follow("Continue to First Party")
    assert traveller.arrive()["email_verified"] is True


def test_a_sign_up_with_a_one_time_code(site: Site, traveller: Traveller, nora: Person) -> None:
    traveller.begin()
    traveller.follow("Create account")
    traveller.press("Create account", {"Email": nora.email})
    traveller.press("Send me a code")
    assert traveller.page == "Enter your code to continue to First Party"
    traveller.press("Continue", {"Code": site.mailed_code(nora)})
    claims = traveller.arrive()
    assert (claims["email"], claims["email_verified"], claims["amr"]) == (nora.email, True, ["otp"])


def test_going_back_to_the_first_page_of_the_sign_up(traveller: Traveller, nora: Person) -> None:
    """With the page's own button; what was typed is still there."""
    traveller.begin()
    traveller.follow("Create account")
    traveller.press("Create account", {"Email": f"typo-{nora.email}"})
    traveller.press("Back")
    assert traveller.field("Email")["value"] == f"typo-{nora.email}"
    choose_password(traveller, nora)
    traveller.follow("Continue to First Party and verify later")
    assert traveller.arrive()["email"] == nora.email


def test_a_password_that_is_too_weak_and_then_a_better_one(traveller: Traveller, nora: Person) -> None:
    traveller.begin()
    traveller.follow("Create account")
    traveller.press("Create account", {"Email": nora.email})
    traveller.press("Create account", {"Password": "abc"})
    assert "password" in traveller.problem
    traveller.press("Create account", {"Password": nora.password})
    traveller.follow("Continue to First Party and verify later")
    assert traveller.arrive()["email"] == nora.email


def test_who_has_an_account_already_signs_in_instead(traveller: Traveller, ada: Person) -> None:
    traveller.begin()
    traveller.follow("Create account")
    choose_password(traveller, ada)
    assert "There's already an account" in traveller.problem
    traveller.follow("Sign in")
    traveller.sign_in(ada)
    assert traveller.arrive()["sub"] == ada.id


def test_an_application_that_asks_for_a_new_account_gets_one(traveller: Traveller, nora: Person) -> None:
    """prompt=registration: Hydra sends the browser to its urls.registration."""
    traveller.begin(prompt="registration")
    assert traveller.page == "Create account to continue to First Party"
    choose_password(traveller, nora)
    traveller.follow("Continue to First Party and verify later")
    assert traveller.arrive()["email"] == nora.email


def test_who_was_sent_to_the_sign_up_may_sign_in_instead(traveller: Traveller, ada: Person) -> None:
    traveller.begin(prompt="registration")
    traveller.follow("Sign in")
    traveller.sign_in(ada)
    assert traveller.arrive()["sub"] == ada.id
