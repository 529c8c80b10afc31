"""The return way through a second factor: asked for, wished for, or demanded by Demo and set up on the way."""

from collections.abc import Callable

import pytest

from tests.journeys.journey import Journey, authenticator_key, backup_codes, totp
from tests.journeys.site import Person, Site, Visitor, WithKratos

WRONG = "000000"


@pytest.fixture
def journey(strict: Site, new_journey: Callable[[Site], Journey]) -> Journey:
    """Somebody at the strict site."""
    return new_journey(strict)


@pytest.fixture
def ada(strict: Site) -> Person:
    return strict.person("Ada")


@pytest.fixture
def key(strict: Site, ada: Person) -> str:
    """The key in Ada's authenticator app."""
    return key_of(strict, ada)


def key_of(site: Site, person: Person) -> str:
    """The key in the authenticator app that this person has set up before, in another browser."""
    visitor = Visitor(site)
    visitor.enter(person)
    page = visitor.open(f"{site.portico}/settings")
    shown = page.soup.select_one("[data-testid='node/text/totp_secret_key/text'] code")
    assert shown is not None
    page = page.press("method=totp", {"totp_code": totp(shown.text)})
    assert page.soup.select_one("[name=totp_unlink]"), page
    visitor.close()
    return shown.text


@pytest.fixture
def codes(strict: Site, ada: Person) -> list[str]:
    """Ada's backup codes, which she has made before, in another browser."""
    visitor = Visitor(strict)
    visitor.enter(ada)
    page = visitor.open(f"{strict.portico}/settings").press("lookup_secret_regenerate=true")
    shown = [element.text for element in page.soup.select("[data-testid='node/text/lookup_secret_codes/text'] code")]
    page = page.press("lookup_secret_confirm=true")
    assert page.soup.select_one("[name=lookup_secret_reveal]"), page
    visitor.close()
    return shown


def test_the_code_of_an_authenticator_app(journey: Journey, ada: Person, key: str) -> None:
    journey.begin()
    journey.sign_in(ada)
    assert journey.page == "Two-step verification to continue to First Party"
    journey.press("Continue", {"Code from your authenticator app": WRONG})
    assert "Wrong code" in journey.problem
    journey.press("Continue", {"Code from your authenticator app": totp(key)})
    claims = journey.arrive()
    assert (claims["sub"], claims["acr"]) == (ada.id, "aal2")


@pytest.mark.parametrize("kind", [pytest.param("real", marks=pytest.mark.real)], indirect=True)
def test_the_account_is_named_though_whoami_does_not_say_it(
    with_kratos: WithKratos, new_journey: Callable[[Site], Journey]
) -> None:
    """Kratos names it in a flow for the first factor, unless people sign in with codes, too (strategy/code)."""
    site = with_kratos({"selfservice.methods.code.passwordless_enabled": False})
    ada = site.person("Ada")
    key_of(site, ada)
    journey = new_journey(site)
    journey.begin()
    journey.sign_in(ada)
    assert journey.page == "Two-step verification to continue to First Party"
    assert journey.says(f"You're signed in as {ada.email}"), journey


def test_a_backup_code(journey: Journey, ada: Person, codes: list[str]) -> None:
    journey.begin()
    journey.sign_in(ada)
    assert journey.page == "Two-step verification to continue to First Party"
    journey.press("Continue with backup code", {"Backup code": codes[3]})
    claims = journey.arrive()
    assert (claims["sub"], claims["acr"]) == (ada.id, "aal2")


def test_a_used_backup_code_and_then_another(
    strict: Site, new_journey: Callable[[Site], Journey], ada: Person, codes: list[str]
) -> None:
    for tried in ([codes[0]], [codes[0], codes[1]]):
        journey = new_journey(strict)
        journey.begin()
        journey.sign_in(ada)
        for code in tried:
            journey.press("Continue with backup code", {"Backup code": code})
        assert journey.arrive()["sub"] == ada.id


def test_a_demanded_second_factor_that_the_person_has(journey: Journey, ada: Person, key: str) -> None:
    journey.begin("demo")
    journey.sign_in(ada)
    journey.press("Continue", {"Code from your authenticator app": totp(key)})
    journey.press("Allow")
    assert journey.arrive()["acr"] == "aal2"


def test_a_demanded_authenticator_app_is_set_up_on_the_way(journey: Journey, ada: Person) -> None:
    journey.begin("demo")
    journey.sign_in(ada)
    assert journey.page == "Set up two-step verification to continue to Demo"
    journey.press("Turn on", {"Code from your authenticator app": WRONG})
    assert "Wrong code" in journey.problem
    journey.press("Turn on", {"Code from your authenticator app": totp(authenticator_key(journey))})
    journey.press("Allow")
    claims = journey.arrive()
    assert (claims["sub"], claims["acr"]) == (ada.id, "aal2")


def test_demanded_backup_codes_are_made_on_the_way(journey: Journey, ada: Person) -> None:
    journey.begin("demo")
    journey.sign_in(ada)
    journey.press("Create new backup codes")
    [*codes] = backup_codes(journey)
    assert len(codes) == 12
    journey.press("I've saved my codes")
    journey.press("Allow")
    assert journey.arrive()["acr"] == "aal2"


def test_a_demanded_second_factor_after_a_sign_up(strict: Site, journey: Journey) -> None:
    nora = strict.stranger()
    journey.begin("demo")
    journey.follow("Create account")
    journey.press("Create account", {"Email": nora.email})
    journey.press("Create account", {"Password": nora.password})
    journey.follow("Continue to Demo and verify later")
    journey.press("Turn on", {"Code from your authenticator app": totp(authenticator_key(journey))})
    journey.press("Allow")
    claims = journey.arrive()
    assert (claims["email"], claims["acr"]) == (nora.email, "aal2")


def test_a_wished_second_factor_that_the_person_has_not(journey: Journey, ada: Person) -> None:
    """acr_values is a wish (OpenID Connect Core 3.1.2.1): nobody is held up who cannot grant it."""
    journey.begin(acr_values="aal2")
    journey.sign_in(ada)
    claims = journey.arrive()
    assert (claims["sub"], claims["acr"]) == (ada.id, "aal1")


def test_both_factors_are_confirmed_where_that_is_asked_for(journey: Journey, ada: Person, key: str) -> None:
    journey.begin()
    journey.sign_in(ada)
    journey.press("Continue", {"Code from your authenticator app": totp(key)})
    journey.arrive()
    journey.begin("demo", prompt="login")
    assert journey.page == "Verify it's you to continue to Demo"
    journey.press("Sign in", {"Password": ada.password})
    assert journey.page == "Two-step verification to continue to Demo"
    journey.press("Continue", {"Code from your authenticator app": totp(key)})
    journey.press("Allow")
    assert journey.arrive()["acr"] == "aal2"


def test_a_recovery_of_somebody_with_a_second_factor(strict: Site, journey: Journey, ada: Person, key: str) -> None:
    """Kratos' settings want the second factor before they show the new password's field."""
    journey.begin()
    journey.follow("Forgot your password?")
    journey.press("Send me a code", {"Email": ada.email})
    journey.press("Continue", {"Code": strict.mailed_code(ada)})
    assert journey.page == "Two-step verification to continue to First Party"
    journey.press("Continue", {"Code from your authenticator app": totp(key)})
    assert journey.page == "Choose a new password to continue to First Party"
    journey.press("Save", {"New password": f"another-{ada.password}"})
    assert journey.arrive()["sub"] == ada.id


def test_somebody_else_s_second_factor_is_asked_for(strict: Site, journey: Journey, ada: Person, key: str) -> None:
    """Who has typed another person's password by mistake gets out of it, and still to the application."""
    bob = strict.person("Bob")
    journey.begin()
    journey.sign_in(ada)
    journey.press("Not you? Use a different account")
    journey.sign_in(bob)
    assert journey.arrive()["sub"] == bob.id


def test_cancelling_the_second_step(journey: Journey, ada: Person, key: str) -> None:
    journey.begin()
    journey.sign_in(ada)
    journey.press("Cancel and return to First Party")
    assert journey.refused() == "access_denied"


def test_cancelling_the_set_up_of_a_demanded_second_factor(journey: Journey, ada: Person) -> None:
    journey.begin("demo")
    journey.sign_in(ada)
    journey.press("Cancel and return to Demo")
    assert journey.refused() == "access_denied"
