"""The return way through a forgotten password: recovery, a new password or none, and into the application."""

from tests.journeys.journey import Journey
from tests.journeys.site import Person, Site


def recover(site: Site, journey: Journey, person: Person) -> None:
    """From the page that asks for the address to the one that asks for a new password."""
    journey.press("Send me a code", {"Email": person.email})
    journey.press("Continue", {"Code": site.mailed_code(person)})
    assert journey.page.startswith("Choose a new password to continue to ")


def test_a_new_password_after_a_recovery(site: Site, journey: Journey, ada: Person) -> None:
    journey.begin("demo")
    journey.follow("Forgot your password?")
    assert journey.page == "Get back into your account to continue to Demo"
    recover(site, journey, ada)
    journey.press("Save", {"New password": f"another-{ada.password}"})
    journey.press("Allow")
    assert journey.arrive()["sub"] == ada.id


def test_the_new_password_may_wait(site: Site, journey: Journey, ada: Person) -> None:
    journey.begin("demo")
    journey.follow("Forgot your password?")
    recover(site, journey, ada)
    journey.follow("Continue to Demo without changing")
    journey.press("Allow")
    assert journey.arrive()["sub"] == ada.id


def test_a_new_password_that_is_refused_does_not_hold_anybody_up(site: Site, journey: Journey, ada: Person) -> None:
    journey.begin()
    journey.follow("Forgot your password?")
    recover(site, journey, ada)
    journey.press("Save", {"New password": "abc"})
    assert "password" in journey.problem
    journey.follow("Continue to First Party without changing")
    assert journey.arrive()["sub"] == ada.id


def test_who_remembers_the_password_goes_back_to_the_login(journey: Journey, ada: Person) -> None:
    journey.begin()
    journey.follow("Forgot your password?")
    journey.follow("Back to sign in")
    journey.sign_in(ada)
    assert journey.arrive()["sub"] == ada.id


def test_a_password_forgotten_by_somebody_who_is_signed_in(site: Site, journey: Journey, ada: Person) -> None:
    """prompt=login; Kratos begins no recovery with a session. The new password is what then proves who it is."""
    journey.begin()
    journey.sign_in(ada)
    journey.arrive()
    journey.begin(prompt="login")
    assert journey.page == "Verify it's you to continue to First Party"
    journey.press("Forgot your password?")
    recover(site, journey, ada)
    journey.press("Save", {"New password": f"another-{ada.password}"})
    assert journey.page == "Verify it's you to continue to First Party"
    journey.press("Sign in", {"Password": f"another-{ada.password}"})
    assert journey.arrive()["sub"] == ada.id


def test_settings_opened_by_hand_and_left_without_changing_anything(site: Site, journey: Journey, ada: Person) -> None:
    """In the middle of a login, and no part of it; the own page still knows where the person wanted to go."""
    journey.begin()
    journey.open(f"{site.portico}/settings", named=False)
    journey.sign_in(ada, named=False)
    assert journey.page == "Settings"
    journey.follow("Back to your account", named=False)
    journey.follow("Continue to First Party")
    assert journey.arrive()["sub"] == ada.id
