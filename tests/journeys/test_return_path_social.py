"""The return way through a social provider: Demo ID, which the demo application plays, and Kratos asks."""

from collections.abc import Callable
from dataclasses import replace
from uuid import uuid4

import pytest

from tests.journeys.journey import Journey
from tests.journeys.site import Person, Site

ONLY_REAL = pytest.mark.parametrize("kind", [pytest.param("real", marks=pytest.mark.real)], indirect=True)


@pytest.fixture
def sophie(site: Site) -> Person:
    """Somebody whom only Demo ID knows: the name one types there is who one is."""
    return replace(site.stranger("Sophie"), first_name=f"Sophie {uuid4().hex[:8]}")


def be(journey: Journey, name: str, email: str) -> None:
    """Demo ID's own page."""
    assert journey.page == "Who are you?"
    journey.press("Continue", {"Name": name, "Email": email})


def test_a_social_sign_up_and_a_social_sign_in(
    site: Site, new_journey: Callable[[Site], Journey], sophie: Person
) -> None:
    """The first time an account is made, the second time it is known; Portico shows no page between."""
    sign_ins = []
    for _ in range(2):
        journey = new_journey(site)
        journey.begin("demo")
        journey.press("Sign in with Demo ID")
        be(journey, sophie.first_name, sophie.email)
        journey.press("Allow")
        sign_ins.append(journey.arrive())
    assert [(claims["email"], claims["email_verified"]) for claims in sign_ins] == [(sophie.email, True)] * 2
    assert sign_ins[0]["sub"] == sign_ins[1]["sub"]


def test_a_social_sign_up_from_the_sign_up_page(journey: Journey, sophie: Person) -> None:
    journey.begin()
    journey.follow("Create account")
    journey.press("Continue with Demo ID")
    be(journey, sophie.first_name, sophie.email)
    assert journey.arrive()["email"] == sophie.email


def test_a_social_sign_up_without_an_address_is_completed(journey: Journey, sophie: Person) -> None:
    """Demo ID tells no e-mail address, so Kratos asks for it, and then Demo ID once more."""
    journey.begin()
    journey.press("Sign in with Demo ID")
    be(journey, sophie.first_name, "")
    assert journey.page == "One more detail to continue to First Party"
    assert not journey.tab.soup.select(".error-summary")  # until something is posted
    journey.press("Continue", {"Email": sophie.email})
    journey.press("Continue")
    claims = journey.arrive()
    assert (claims["email"], claims["email_verified"]) == (sophie.email, False)


def test_who_cancels_at_the_provider_chooses_another_way(journey: Journey, ada: Person) -> None:
    journey.begin()
    journey.press("Sign in with Demo ID")
    journey.press("Cancel")
    assert journey.page == "Sign in to continue to First Party"
    journey.sign_in(ada)
    assert journey.arrive()["sub"] == ada.id


@ONLY_REAL
def test_a_social_account_is_linked_to_the_one_that_has_its_address(
    site: Site, new_journey: Callable[[Site], Journey], ada: Person, sophie: Person
) -> None:
    """Message 1010016. The sandbox leaves account linking out (design D8), so this is for the real Kratos alone."""
    journey = new_journey(site)
    journey.begin()
    journey.press("Sign in with Demo ID")
    be(journey, sophie.first_name, ada.email)
    assert journey.says("There's already an account for")
    journey.press("Sign in with password", {"Password": ada.password})
    assert journey.arrive()["sub"] == ada.id

    again = new_journey(site)
    again.begin()
    again.press("Sign in with Demo ID")
    be(again, sophie.first_name, ada.email)
    assert again.arrive()["sub"] == ada.id


@ONLY_REAL
def test_who_does_not_want_to_link_signs_in_another_way(journey: Journey, ada: Person, sophie: Person) -> None:
    """For the real Kratos alone, as above."""
    journey.begin()
    journey.press("Sign in with Demo ID")
    be(journey, sophie.first_name, ada.email)
    journey.follow("Sign in another way")
    assert not journey.says("There's already an account for")
    journey.sign_in(ada)
    assert journey.arrive()["sub"] == ada.id
