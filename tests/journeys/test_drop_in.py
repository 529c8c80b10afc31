"""Portico in the place of Ory's reference UI, with nothing but its variables, behind one proxy (design D12).

At its root, and below the path that the reference UI had as BASE_PATH.
"""

from collections.abc import Iterator

import pytest

from tests.journeys.drop_in_stack import DropInStack
from tests.journeys.site import Site, Visitor, site_of


@pytest.fixture(scope="module", params=["", "/sign-in/ui"])
def replaced(kind: str, request: pytest.FixtureRequest) -> Iterator[Site]:
    with site_of(DropInStack(kind, path=request.param)) as site:
        yield site


@pytest.fixture
def visitor(replaced: Site) -> Iterator[Visitor]:
    visitor = Visitor(replaced)
    yield visitor
    visitor.close()


def test_a_person_signs_in_with_a_password_and_out_again(replaced, visitor):
    ada = replaced.person("Ada")
    page = visitor.sign_in(visitor.open(f"{replaced.portico}/login"), ada)
    left = visitor.open(f"{replaced.portico}/logout").press("action=accept")
    assert page.at(f"{replaced.portico}/")
    assert ada.email in page.text
    assert left.at(f"{replaced.portico}/signed-out")
    assert visitor.whoami() is None


def test_an_application_signs_a_person_in_who_forgot_the_password(replaced, visitor):
    """The way back survives two kinds of flow, though Kratos was given only a path."""
    ada = replaced.person("Ada")
    page = visitor.ask().click("Forgot your password?")
    page = page.press("method=code", {"email": ada.email})
    page = page.press("method=code", {"code": replaced.mailed_code(ada)})
    assert "Demo" in page.title
    page = page.press("method=password", {"password": f"another-{ada.password}"})
    claims = visitor.claims(page.press("action=accept"))
    assert claims["sub"] == ada.id


def test_a_flow_that_was_mixed_up_is_begun_again_on_the_same_way(replaced, visitor):
    ada = replaced.person("Ada")
    visitor.ask()
    page = visitor.open(f"{replaced.portico}/login?flow=00000000-0000-0000-0000-000000000000")
    claims = visitor.claims(visitor.sign_in(page, ada).press("action=accept"))
    assert claims["sub"] == ada.id
