"""The return way through a forgotten password: recovery, a new password or none, and into the application."""

from tests.journeys.site import Person, Site
from tests.journeys.traveller import Traveller


def recover(site: Site, traveller: Traveller, person: Person) -> None:
    """From the page that asks for the address to the one that asks for a new password."""
    traveller.press("Send me a code", {"Email": person.email})
    traveller.press("Continue", {"Code": site.mailed_code(person)})
    assert traveller.page.startswith("Choose a new password to continue to ")


def test_a_new_password_after_a_recovery(site: Site, traveller: Traveller, ada: Person) -> None:
    traveller.begin("demo")
    traveller.follow("Forgot your password?")
    assert traveller.page == "Get back into your account to continue to Demo"
    recover(site, traveller, ada)
    traveller.press("Save", {"New password": f"another-{ada.password}"})
    traveller.press("Allow")
    assert traveller.arrive()["sub"] == ada.id


def test_the_new_password_may_wait(site: Site, traveller: Traveller, ada: Person) -> None:
    traveller.begin("demo")
    traveller.follow("Forgot your password?")
    recover(site, traveller, ada)
    traveller.follow("Continue to Demo without changing")
    traveller.press("Allow")
    assert traveller.arrive()["sub"] == ada.id


def test_a_new_password_that_is_refused_does_not_hold_anybody_up(site: Site, traveller: Traveller, ada: Person) -> None:
    traveller.begin()
    traveller.follow("Forgot your password?")
    recover(site, traveller, ada)
    traveller.press("Save", {"New password": "abc"})
    assert "password" in traveller.problem
    traveller.follow("Continue to First Party without changing")
    assert traveller.arrive()["sub"] == ada.id


def test_who_remembers_the_password_goes_back_to_the_login(traveller: Traveller, ada: Person) -> None:
    traveller.begin()
    traveller.follow("Forgot your password?")
    traveller.follow("Back to sign in")
    traveller.sign_in(ada)
    assert traveller.arrive()["sub"] == ada.id


def test_a_password_forgotten_by_somebody_who_is_signed_in(site: Site, traveller: Traveller, ada: Person) -> None:
    """prompt=login; Kratos begins no recovery with a session. The new password is what then proves who it is."""
    traveller.begin()
    traveller.sign_in(ada)
    traveller.arrive()
    traveller.begin(prompt="login")
    assert traveller.page == "Verify it's you to continue to First Party"
    traveller.press("Forgot your password?")
    recover(site, traveller, ada)
    traveller.press("Save", {"New password": f"another-{ada.password}"})
    assert traveller.page == "Verify it's you to continue to First Party"
    traveller.press("Sign in", {"Password": f"another-{ada.password}"})
    assert traveller.arrive()["sub"] == ada.id


def test_settings_opened_by_hand_and_left_without_changing_anything(
    site: Site, traveller: Traveller, ada: Person
) -> None:
    """In the middle of a login, and no part of it; the own page still knows where the person wanted to go."""
    traveller.begin()
    traveller.open(f"{site.portico}/settings", named=False)
    traveller.sign_in(ada, named=False)
    assert traveller.page == "Settings"
    traveller.follow("Back to your account", named=False)
    traveller.follow("Continue to First Party")
    assert traveller.arrive()["sub"] == ada.id
