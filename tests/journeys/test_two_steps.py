"""Sign-up in two steps: what somebody empties at the first one is gone, though Kratos keeps every value it once had.

The sandbox has one schema only (design D8).
"""

from uuid import uuid4

import pytest

from tests.journeys.browsing import Page
from tests.journeys.schemas import configured
from tests.journeys.site import Site, Visitor, WithKratos

pytestmark = pytest.mark.parametrize("kind", [pytest.param("real", marks=pytest.mark.real)], indirect=True)

CONFIGURATION = {
    "identity.schemas": configured(),
    "selfservice.flows.registration.style": "profile_first",
    "selfservice.methods.passkey.enabled": False,
    "selfservice.flows.registration.after": {"password": {"hooks": [{"hook": "session"}]}},
}
NEXT = "method=profile"


@pytest.fixture(scope="module")
def site(with_kratos: WithKratos) -> Site:
    return with_kratos(CONFIGURATION)


@pytest.fixture
def address() -> str:
    return f"ada-{uuid4().hex[:12]}@example.org"


def first_step(visitor: Visitor) -> Page:
    return visitor.open(f"{visitor.site.portico}/registration?identity_schema=member")


def stored(visitor: Visitor, second_step: Page) -> dict[str, object]:
    """The traits of the account that a password at the second step makes."""
    second_step.press("method=password", {"password": f"{uuid4().hex}-secret"})
    session = visitor.whoami()
    assert session is not None
    return dict(session["identity"]["traits"])


def test_what_is_emptied_after_an_error_is_not_stored(visitor, address):
    page = first_step(visitor).press(NEXT, {"traits.email": "ada@", "traits.nickname": "Countess", "traits.age": "36"})
    assert stored(visitor, page.press(NEXT, {"traits.email": address, "traits.nickname": ""})) == {
        "email": address,
        "age": 36,
    }


def test_a_number_that_is_too_large_can_be_left_out(visitor, address):
    page = first_step(visitor).press(NEXT, {"traits.email": address, "traits.age": "151"})
    assert stored(visitor, page.press(NEXT, {"traits.age": ""})) == {"email": address}


def test_what_is_emptied_after_going_back_is_not_stored(visitor, address):
    page = first_step(visitor).press(NEXT, {"traits.email": address, "traits.nickname": "Countess", "traits.age": "36"})
    page = page.press("screen=previous")
    assert stored(visitor, page.press(NEXT, {"traits.age": ""})) == {"email": address, "nickname": "Countess"}


def test_an_address_that_was_emptied_is_not_filled_in_again(visitor, address):
    page = first_step(visitor).press(NEXT, {"traits.email": address, "traits.age": "151"})
    page = page.press(NEXT, {"traits.email": "", "traits.age": "36"})
    assert page.soup.find("input", {"name": "traits.email"})["value"] == ""
    assert page.soup.find("input", {"name": "traits.age"})["value"] == "36"
