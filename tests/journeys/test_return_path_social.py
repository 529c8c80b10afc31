"""The return way through a social provider: Demo ID, which the demo application plays, and Kratos asks."""

from collections.abc import Callable
from dataclasses import replace
from uuid import uuid4

import pytest

from tests.journeys.site import Person, Site
from tests.journeys.traveller import Traveller

ONLY_REAL = pytest.mark.parametrize("kind", [pytest.param("real", marks=pytest.mark.real)], indirect=True)


@pytest.fixture
def sophie(site: Site) -> Person:
    """Somebody whom only Demo ID knows: the name one types there is who one is."""
    return replace(site.stranger("Sophie"), first_name=f"Sophie {uuid4().hex[:8]}")


def be(traveller: Traveller, name: str, email: str) -> None:
    """Demo ID's own page."""
    assert traveller.page == "Who are you?"
    traveller.press("Continue", {"Name": name, "Email": email})


def test_a_social_sign_up_and_a_social_sign_in(
    site: Site, new_traveller: Callable[[Site], Traveller], sophie: Person
) -> None:
    """The first time an account is made, the second time it is known; Portico shows no page between."""
    sign_ins = []
    for _ in range(2):
        traveller = new_traveller(site)
        traveller.begin("demo")
        traveller.press("Sign in with Demo ID")
        be(traveller, sophie.first_name, sophie.email)
        traveller.press("Allow")
        sign_ins.append(traveller.arrive())
    assert [(claims["email"], claims["email_verified"]) for claims in sign_ins] == [(sophie.email, True)] * 2
    assert sign_ins[0]["sub"] == sign_ins[1]["sub"]


def test_a_social_sign_up_from_the_sign_up_page(traveller: Traveller, sophie: Person) -> None:
    traveller.begin()
    traveller.follow("Create account")
    traveller.press("Continue with Demo ID")
    be(traveller, sophie.first_name, sophie.email)
    assert traveller.arrive()["email"] == sophie.email


def test_a_social_sign_up_without_an_address_is_completed(traveller: Traveller, sophie: Person) -> None:
    """Demo ID tells no e-mail address, so Kratos asks for it, and then Demo ID once more."""
    traveller.begin()
    traveller.press("Sign in with Demo ID")
    be(traveller, sophie.first_name, "")
    assert traveller.page == "One more detail to continue to First Party"
    assert not traveller.tab.soup.select(".error-summary")  # until something is posted
    traveller.press("Continue", {"Email": sophie.email})
    traveller.press("Continue")
    claims = traveller.arrive()
    assert (claims["email"], claims["email_verified"]) == (sophie.email, False)


def test_who_cancels_at_the_provider_chooses_another_way(traveller: Traveller, ada: Person) -> None:
    traveller.begin()
    traveller.press("Sign in with Demo ID")
    traveller.press("Cancel")
    assert traveller.page == "Sign in to continue to First Party"
    traveller.sign_in(ada)
    assert traveller.arrive()["sub"] == ada.id


@ONLY_REAL
def test_a_social_account_is_linked_to_the_one_that_has_its_address(
    site: Site, new_traveller: Callable[[Site], Traveller], ada: Person, sophie: Person
) -> None:
    """Message 1010016. The sandbox leaves account linking out (design D8), so this is for the real Kratos alone."""
    traveller = new_traveller(site)
    traveller.begin()
    traveller.press("Sign in with Demo ID")
    be(traveller, sophie.first_name, ada.email)
    assert traveller.says("There's already an account for")
    traveller.press("Sign in with password", {"Password": ada.password})
    assert traveller.arrive()["sub"] == ada.id

    again = new_traveller(site)
    again.begin()
    again.press("Sign in with Demo ID")
    be(again, sophie.first_name, ada.email)
    assert again.arrive()["sub"] == ada.id


@ONLY_REAL
def test_who_does_not_want_to_link_signs_in_another_way(traveller: Traveller, ada: Person, sophie: Person) -> None:
    """For the real Kratos alone, as above."""
    traveller.begin()
    traveller.press("Sign in with Demo ID")
    be(traveller, sophie.first_name, ada.email)
    traveller.follow("Sign in another way")
    assert not traveller.says("There's already an account for")
    traveller.sign_in(ada)
    assert traveller.arrive()["sub"] == ada.id
