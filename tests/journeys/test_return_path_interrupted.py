"""The return way of somebody who is interrupted: wrong passwords, other tabs, Back, lost cookies, a change of mind."""

from collections.abc import Callable

import pytest

from tests.journeys.site import Person, Site
from tests.journeys.traveller import Traveller

UNKNOWN = "00000000-0000-4000-8000-000000000000"
SIGN_IN = "Sign in to continue to First Party"


def test_a_wrong_password_thrice_and_then_the_right_one(traveller: Traveller, ada: Person) -> None:
    traveller.begin()
    for wrong in ("one", "two", "three"):
        traveller.press("Sign in with password", {"Email": ada.email, "Password": wrong})
        assert "Wrong email or password" in traveller.problem
    traveller.sign_in(ada)
    assert traveller.arrive()["sub"] == ada.id


def test_a_login_by_a_one_time_code(site: Site, traveller: Traveller, ada: Person) -> None:
    traveller.begin("demo")
    traveller.press("Send me a code", {"Email": ada.email})
    assert traveller.page == "Enter your code to continue to Demo"
    traveller.press("Continue", {"Code": site.mailed_code(ada)})
    traveller.press("Allow")
    assert traveller.arrive()["amr"] == ["otp"]


def test_two_tabs_with_two_applications(traveller: Traveller, ada: Person) -> None:
    """Kratos answers the second login, posted while signed in, with its default address and forgets the way."""
    other = traveller.new_tab()
    traveller.begin()
    other.begin("demo")
    traveller.sign_in(ada)
    assert traveller.arrive()["sub"] == ada.id
    other.sign_in(ada, named=False)
    assert other.page == "Your account"
    other.follow("Continue to Demo")
    other.press("Allow")
    assert other.arrive()["sub"] == ada.id


def test_back_from_the_consent_page(traveller: Traveller, ada: Person) -> None:
    """The login page is used up by then; who is signed in already comes to the consent page again."""
    traveller.begin("demo")
    traveller.sign_in(ada)
    traveller.back(named=False)
    assert traveller.page == "Allow Demo to access your account?"
    traveller.press("Allow")
    assert traveller.arrive()["sub"] == ada.id


def test_back_from_the_consent_page_and_once_more_from_the_application(traveller: Traveller, ada: Person) -> None:
    """Nobody has to sign in again."""
    traveller.begin("demo")
    traveller.sign_in(ada)
    traveller.back(named=False)
    traveller.begin("demo")
    traveller.press("Allow")
    assert traveller.arrive()["sub"] == ada.id


def test_back_from_the_sign_up_and_a_reload(traveller: Traveller, ada: Person) -> None:
    traveller.begin()
    traveller.follow("Create account")
    traveller.reload()
    assert traveller.page == "Create account to continue to First Party"
    traveller.back()
    traveller.reload()
    assert traveller.page == SIGN_IN
    traveller.sign_in(ada)
    assert traveller.arrive()["sub"] == ada.id


def test_a_reload_of_every_step_of_a_sign_up(site: Site, traveller: Traveller) -> None:
    nora = site.stranger()
    traveller.begin("demo")
    traveller.follow("Create account")
    traveller.press("Create account", {"Email": nora.email})
    traveller.reload()
    assert traveller.page == "Choose how to sign in to continue to Demo"
    traveller.press("Create account", {"Password": nora.password})
    traveller.reload()
    assert traveller.page == "Check your email to continue to Demo"
    traveller.press("Continue", {"Code": site.mailed_code(nora)})
    traveller.reload()
    assert traveller.page == "Your email is verified"
    traveller.follow("Continue to Demo")
    traveller.reload()
    traveller.press("Allow")
    assert traveller.arrive()["email"] == nora.email


def test_another_language_in_the_middle(traveller: Traveller, ada: Person) -> None:
    traveller.begin()
    traveller.visitor.http.headers["Accept-Language"] = "ar, de;q=0.8"
    traveller.reload()
    assert traveller.tab.soup.html["lang"] == "ar"
    page = traveller.visitor.sign_in(traveller.tab, ada)
    assert traveller.visitor.claims(page, "first-party")["sub"] == ada.id


@pytest.mark.parametrize("page", ["login", "registration", "recovery"])
def test_a_page_that_kratos_does_not_know(site: Site, traveller: Traveller, ada: Person, page: str) -> None:
    traveller.begin()
    traveller.open(f"{site.portico}/{page}?flow={UNKNOWN}")
    assert traveller.notice == "That page expired. Start again below."
    back = {"login": [], "registration": ["Sign in"], "recovery": ["Back to sign in"]}
    for link in back[page]:
        traveller.follow(link)
    traveller.sign_in(ada)
    assert traveller.arrive()["sub"] == ada.id


def test_an_unknown_verification_after_a_sign_up(site: Site, traveller: Traveller) -> None:
    nora = site.stranger()
    traveller.begin()
    traveller.follow("Create account")
    traveller.press("Create account", {"Email": nora.email})
    traveller.press("Create account", {"Password": nora.password})
    traveller.open(f"{site.portico}/verification?flow={UNKNOWN}")
    traveller.follow("Continue to First Party and verify later")
    assert traveller.arrive()["email"] == nora.email


@pytest.mark.parametrize("page", ["login", "registration", "recovery"])
def test_a_form_without_kratos_cookie(traveller: Traveller, ada: Person, page: str) -> None:
    """N07: Kratos' error page for it does not know the way; the browser does."""
    traveller.begin()
    if page != "login":
        traveller.follow({"registration": "Create account", "recovery": "Forgot your password?"}[page])
    traveller.visitor.end_cookie("csrf_token_")
    button = {"login": "Send me a code", "registration": "Create account", "recovery": "Send me a code"}[page]
    traveller.press(button, {"Email": ada.email}, named=False)
    assert traveller.page == "This form expired"
    traveller.follow("Try again")
    assert traveller.page == SIGN_IN
    traveller.sign_in(ada)
    assert traveller.arrive()["sub"] == ada.id


def login(traveller: Traveller, ada: Person) -> None:
    traveller.begin()


def wrong_password(traveller: Traveller, ada: Person) -> None:
    traveller.begin()
    traveller.press("Sign in with password", {"Email": ada.email, "Password": "wrong"})


def login_code(traveller: Traveller, ada: Person) -> None:
    traveller.begin()
    traveller.press("Send me a code", {"Email": ada.email})


def sign_up(traveller: Traveller, ada: Person) -> None:
    traveller.begin()
    traveller.follow("Create account")


def second_step(traveller: Traveller, ada: Person) -> None:
    sign_up(traveller, ada)
    traveller.press("Create account", {"Email": f"new-{ada.email}"})


def sign_up_code(traveller: Traveller, ada: Person) -> None:
    second_step(traveller, ada)
    traveller.press("Send me a code")


def recovery(traveller: Traveller, ada: Person) -> None:
    traveller.begin()
    traveller.follow("Forgot your password?")


def recovery_code(traveller: Traveller, ada: Person) -> None:
    recovery(traveller, ada)
    traveller.press("Send me a code", {"Email": ada.email})


def confirmation(traveller: Traveller, ada: Person) -> None:
    traveller.begin()
    traveller.sign_in(ada)
    traveller.begin(prompt="login")


@pytest.mark.parametrize(
    "go",
    [login, wrong_password, login_code, sign_up, second_step, sign_up_code, recovery, recovery_code, confirmation],
    ids=lambda go: go.__name__,
)
def test_cancelling(traveller: Traveller, ada: Person, go: Callable[[Traveller, Person], None]) -> None:
    go(traveller, ada)
    traveller.press("Cancel and return to First Party")
    assert traveller.refused() == "access_denied"


def test_not_allowing(traveller: Traveller, ada: Person) -> None:
    traveller.begin("demo")
    traveller.sign_in(ada)
    traveller.press("Don't allow")
    assert traveller.refused() == "access_denied"
