"""The return way of somebody who is interrupted: wrong passwords, other tabs, Back, lost cookies, a change of mind."""

from collections.abc import Callable

import pytest

from tests.journeys.journey import Journey
from tests.journeys.site import Person, Site

UNKNOWN = "00000000-0000-4000-8000-000000000000"
SIGN_IN = "Sign in to continue to First Party"


def test_a_wrong_password_thrice_and_then_the_right_one(journey: Journey, ada: Person) -> None:
    journey.begin()
    for wrong in ("one", "two", "three"):
        journey.press("Sign in with password", {"Email": ada.email, "Password": wrong})
        assert "Wrong email or password" in journey.problem
    journey.sign_in(ada)
    assert journey.arrive()["sub"] == ada.id


def test_a_login_by_a_one_time_code(site: Site, journey: Journey, ada: Person) -> None:
    journey.begin("demo")
    journey.press("Send me a code", {"Email": ada.email})
    assert journey.page == "Enter your code to continue to Demo"
    journey.press("Continue", {"Code": site.mailed_code(ada)})
    journey.press("Allow")
    assert journey.arrive()["amr"] == ["otp"]


def test_two_tabs_with_two_applications(journey: Journey, ada: Person) -> None:
    """Kratos answers the second login, posted while signed in, with its default address and forgets the way."""
    other = journey.new_tab()
    journey.begin()
    other.begin("demo")
    journey.sign_in(ada)
    assert journey.arrive()["sub"] == ada.id
    other.sign_in(ada, named=False)
    assert other.page == "Your account"
    other.follow("Continue to Demo")
    other.press("Allow")
    assert other.arrive()["sub"] == ada.id


def test_back_from_the_consent_page(journey: Journey, ada: Person) -> None:
    """The login page is used up by then; who is signed in already comes to the consent page again."""
    journey.begin("demo")
    journey.sign_in(ada)
    journey.back(named=False)
    assert journey.page == "Allow Demo to access your account?"
    journey.press("Allow")
    assert journey.arrive()["sub"] == ada.id


def test_back_from_the_consent_page_and_once_more_from_the_application(journey: Journey, ada: Person) -> None:
    """Nobody has to sign in again."""
    journey.begin("demo")
    journey.sign_in(ada)
    journey.back(named=False)
    journey.begin("demo")
    journey.press("Allow")
    assert journey.arrive()["sub"] == ada.id


def test_back_from_the_sign_up_and_a_reload(journey: Journey, ada: Person) -> None:
    journey.begin()
    journey.follow("Create account")
    journey.reload()
    assert journey.page == "Create account to continue to First Party"
    journey.back()
    journey.reload()
    assert journey.page == SIGN_IN
    journey.sign_in(ada)
    assert journey.arrive()["sub"] == ada.id


def test_a_reload_of_every_step_of_a_sign_up(site: Site, journey: Journey) -> None:
    nora = site.stranger()
    journey.begin("demo")
    journey.follow("Create account")
    journey.press("Create account", {"Email": nora.email})
    journey.reload()
    assert journey.page == "Choose how to sign in to continue to Demo"
    journey.press("Create account", {"Password": nora.password})
    journey.reload()
    assert journey.page == "Check your email to continue to Demo"
    journey.press("Continue", {"Code": site.mailed_code(nora)})
    journey.reload()
    assert journey.page == "Your email is verified"
    journey.follow("Continue to Demo")
    journey.reload()
    journey.press("Allow")
    assert journey.arrive()["email"] == nora.email


def test_another_language_in_the_middle(journey: Journey, ada: Person) -> None:
    journey.begin()
    journey.visitor.http.headers["Accept-Language"] = "ar, de;q=0.8"
    journey.reload()
    assert journey.tab.soup.html["lang"] == "ar"
    page = journey.visitor.sign_in(journey.tab, ada)
    assert journey.visitor.claims(page, "first-party")["sub"] == ada.id


@pytest.mark.parametrize("page", ["login", "registration", "recovery"])
def test_a_page_that_kratos_does_not_know(site: Site, journey: Journey, ada: Person, page: str) -> None:
    journey.begin()
    journey.open(f"{site.portico}/{page}?flow={UNKNOWN}")
    assert journey.notice == "That page expired. Start again below."
    back = {"login": [], "registration": ["Sign in"], "recovery": ["Back to sign in"]}
    for link in back[page]:
        journey.follow(link)
    journey.sign_in(ada)
    assert journey.arrive()["sub"] == ada.id


def test_an_unknown_verification_after_a_sign_up(site: Site, journey: Journey) -> None:
    nora = site.stranger()
    journey.begin()
    journey.follow("Create account")
    journey.press("Create account", {"Email": nora.email})
    journey.press("Create account", {"Password": nora.password})
    journey.open(f"{site.portico}/verification?flow={UNKNOWN}")
    journey.follow("Continue to First Party and verify later")
    assert journey.arrive()["email"] == nora.email


@pytest.mark.parametrize("page", ["login", "registration", "recovery"])
def test_a_form_without_kratos_cookie(journey: Journey, ada: Person, page: str) -> None:
    """N07: Kratos' error page for it does not know the way; the browser does."""
    journey.begin()
    if page != "login":
        journey.follow({"registration": "Create account", "recovery": "Forgot your password?"}[page])
    journey.visitor.end_cookie("csrf_token_")
    button = {"login": "Send me a code", "registration": "Create account", "recovery": "Send me a code"}[page]
    journey.press(button, {"Email": ada.email}, named=False)
    assert journey.page == "This form expired"
    journey.follow("Try again")
    assert journey.page == SIGN_IN
    journey.sign_in(ada)
    assert journey.arrive()["sub"] == ada.id


def login(journey: Journey, ada: Person) -> None:
    journey.begin()


def wrong_password(journey: Journey, ada: Person) -> None:
    journey.begin()
    journey.press("Sign in with password", {"Email": ada.email, "Password": "wrong"})


def login_code(journey: Journey, ada: Person) -> None:
    journey.begin()
    journey.press("Send me a code", {"Email": ada.email})


def sign_up(journey: Journey, ada: Person) -> None:
    journey.begin()
    journey.follow("Create account")


def second_step(journey: Journey, ada: Person) -> None:
    sign_up(journey, ada)
    journey.press("Create account", {"Email": f"new-{ada.email}"})


def sign_up_code(journey: Journey, ada: Person) -> None:
    second_step(journey, ada)
    journey.press("Send me a code")


def recovery(journey: Journey, ada: Person) -> None:
    journey.begin()
    journey.follow("Forgot your password?")


def recovery_code(journey: Journey, ada: Person) -> None:
    recovery(journey, ada)
    journey.press("Send me a code", {"Email": ada.email})


def confirmation(journey: Journey, ada: Person) -> None:
    journey.begin()
    journey.sign_in(ada)
    journey.begin(prompt="login")


@pytest.mark.parametrize(
    "go",
    [login, wrong_password, login_code, sign_up, second_step, sign_up_code, recovery, recovery_code, confirmation],
    ids=lambda go: go.__name__,
)
def test_cancelling(journey: Journey, ada: Person, go: Callable[[Journey, Person], None]) -> None:
    go(journey, ada)
    journey.press("Cancel and return to First Party")
    assert journey.refused() == "access_denied"


def test_not_allowing(journey: Journey, ada: Person) -> None:
    journey.begin("demo")
    journey.sign_in(ada)
    journey.press("Don't allow")
    assert journey.refused() == "access_denied"
