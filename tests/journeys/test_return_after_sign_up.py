"""Signing up inside an application, by whatever hooks the operator gave Kratos: it ends in the application.

Kratos signs nobody in after a registration unless it is told to (its hook `session`), and with
`require_verified_address` nobody signs in who has not confirmed an address.
"""

from collections.abc import Iterator

import pytest

from tests.journeys.browsing import Page
from tests.journeys.site import Person, Site, Visitor, WithKratos, soon

pytestmark = pytest.mark.parametrize("kind", [pytest.param("real", marks=pytest.mark.real)], indirect=True)

SESSION, SHOW = {"hook": "session"}, {"hook": "show_verification_ui"}
REQUIRE = {"hook": "require_verified_address"}
AFTER = "selfservice.flows.registration.after"
HOOKS = {
    "none": ([], []),
    "session": ([SESSION], []),
    "show_verification_ui": ([SHOW], []),
    "both": ([SESSION, SHOW], []),
    "require_verified_address": ([], [REQUIRE]),
    "require_verified_address and show_verification_ui": ([SHOW], [REQUIRE]),
}
READY = "Your account is ready. Sign in to continue."


@pytest.fixture(scope="module", params=[*HOOKS, "none, unified"])
def hooks(request: pytest.FixtureRequest) -> str:
    """What the operator told Kratos to do after a registration and a login."""
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def hooked(with_kratos: WithKratos, hooks: str) -> Site:
    """A site whose Kratos has these hooks."""
    hooks, _, style = hooks.partition(", ")
    registration, login = HOOKS[hooks]
    settings = {
        f"{AFTER}.password.hooks": registration,
        f"{AFTER}.code.hooks": registration,
        "selfservice.flows.registration.style": style or "profile_first",
        "selfservice.flows.login.after.hooks": login,
    }
    return with_kratos(settings)


@pytest.fixture
def nora(hooked: Site) -> Iterator[Visitor]:
    visitor = Visitor(hooked)
    yield visitor
    visitor.close()


def sign_up(page: Page, who: Person, method: str) -> Page:
    """From a login page to what Kratos shows when the account is made."""
    page = page.click("Create account")
    secret = {"password": who.password} if method == "password" else {}
    if page.has_button("method=profile"):
        page = page.press("method=profile", {"traits.email": who.email})
        page = page.press(f"method={method}", secret)
    else:
        page = page.press(f"method={method}", {"traits.email": who.email, **secret})
    if method == "code":
        page = page.press("method=code", {"code": page.browser.site.mailed_code(who)})  # type: ignore[attr-defined]
    return page


def mails(site: Site, who: Person) -> int:
    """How many mails this person has got."""
    return len(site.http.get(f"{site.demo}/mailbox.json", params={"recipient": who.email}, timeout=30).json())


def sign_in(page: Page, who: Person, method: str, number: int) -> Page:
    if method == "password":
        return page.press("method=password", {"identifier": who.email, "password": who.password})
    page = page.press("method=code", {"identifier": who.email})
    return page.press("method=code", {"code": page.browser.site.mailed_code(who, number)})  # type: ignore[attr-defined]


@pytest.mark.parametrize("method", ["password", "code"])
def test_a_sign_up_inside_an_application_ends_in_it(hooked: Site, nora: Visitor, hooks: str, method: str) -> None:
    who = hooked.stranger()
    page = sign_up(nora.ask("first-party"), who, method)
    is_ready, tried = READY in page.text, set[str]()
    for _ in range(8):  # confirm and sign in as often as the hooks want
        assert not page.says("We can't sign you in without cookies"), page
        if page.at(f"{hooked.demo}/first-party"):
            break
        if page.at(f"{hooked.portico}/verification"):
            if page.has_button("method=code"):
                signed_in = bool(nora.signed_in_as())
                assert ("verify later" in page.text) is signed_in, page
                code = soon(lambda: {hooked.mailed_code(who)} - tried).pop()  # the newest mail may not be there yet
                tried.add(code)
                page = page.press("method=code", {"code": code})
            else:
                page = page.click("Continue to First Party")
        else:
            assert page.title.startswith("Sign in to continue to First Party"), page
            is_ready = is_ready or READY in page.text
            mails = len(
                hooked.http.get(f"{hooked.demo}/mailbox.json", params={"recipient": who.email}, timeout=10).json()
            )
            page = sign_in(page, who, method, mails + 1)
    assert nora.claims(page, "first-party")
    assert is_ready is ("session" not in hooks and hooks != "both"), page


@pytest.mark.parametrize("method", ["password", "code"])
def test_a_sign_up_outside_any_application_says_that_the_account_is_made(
    hooked: Site, nora: Visitor, hooks: str, method: str
) -> None:
    who = hooked.stranger()
    page = sign_up(nora.open(f"{hooked.portico}/login"), who, method)
    if page.at(f"{hooked.portico}/verification"):
        assert ("Verify later" in page.text) is bool(nora.signed_in_as()), page
        page = page.press("method=code", {"code": hooked.mailed_code(who)}).click("Continue")
    assert page.at(f"{hooked.portico}/"), page
    if nora.signed_in_as():
        assert page.title.startswith("Your account")
        assert READY not in page.text
    else:
        assert READY in page.text
        assert READY not in page.reload().text
