"""Who is signed in at Kratos gets into further applications without a page; `prompt=none` never shows one."""

import pytest

from tests.journeys.site import Person, Site, Visitor

HYDRA_SESSION = "ory_hydra_session"


def sign_in_at_portico(visitor: Visitor, person: Person) -> None:
    """Make a Kratos session without any application."""
    home = visitor.sign_in(visitor.open(f"{visitor.site.portico}/login"), person)
    assert home.at(f"{visitor.site.portico}/"), home
    assert visitor.signed_in_as() == person.id


def test_a_kratos_session_opens_a_first_party_application_without_any_page(
    site: Site, visitor: Visitor, ada: Person
) -> None:
    """Hydra never met this browser: skip is false at login and at consent."""
    sign_in_at_portico(visitor, ada)
    page = visitor.ask("first-party")
    assert visitor.claims(page, "first-party")["sub"] == ada.id
    assert site.login_request(page)["skip"] is False
    assert not page.passed(f"{site.kratos}/self-service/")


def test_a_kratos_session_outlives_the_loss_of_hydras_cookie(site: Site, visitor: Visitor, ada: Person) -> None:
    visitor.enter(ada, "first-party")
    visitor.end_cookie(HYDRA_SESSION)
    page = visitor.ask("first-party")
    assert visitor.claims(page, "first-party")["email"] == ada.email
    assert site.login_request(page)["skip"] is False
    assert not page.passed(f"{site.kratos}/self-service/")


def test_a_second_application_asks_for_consent_but_not_for_the_password(
    site: Site, visitor: Visitor, ada: Person
) -> None:
    visitor.enter(ada, "first-party")
    consent = visitor.ask("demo")
    assert consent.at(f"{site.portico}/consent")
    assert visitor.claims(consent.press("action=accept"))["sub"] == ada.id


def test_consent_is_asked_for_every_time_unless_it_was_to_be_remembered(
    site: Site, visitor: Visitor, ada: Person
) -> None:
    visitor.enter(ada, "demo")
    assert visitor.ask("demo").at(f"{site.portico}/consent")


def test_a_remembered_consent_is_not_asked_for_again_and_gives_the_same_claims(
    site: Site, visitor: Visitor, ada: Person
) -> None:
    consent = visitor.sign_in(visitor.ask(), ada)
    visitor.claims(consent.press("action=accept", {"remember": ["true"]}))
    first = visitor.state()["userinfo"]
    page = visitor.ask()
    assert visitor.claims(page)["sub"] == ada.id
    assert not page.passed(f"{site.kratos}/self-service/")
    assert {n: v for n, v in visitor.state()["userinfo"].items() if n not in ("rat", "iat", "auth_time")} == {
        n: v for n, v in first.items() if n not in ("rat", "iat", "auth_time")
    }


def test_a_remembered_consent_is_asked_for_again_when_more_is_wanted(site: Site, visitor: Visitor, ada: Person) -> None:
    consent = visitor.sign_in(visitor.ask(scope="openid"), ada)
    visitor.claims(consent.press("action=accept", {"remember": ["true"]}))
    assert visitor.ask(scope="openid email").at(f"{site.portico}/consent")


def test_prompt_consent_asks_although_the_consent_is_remembered(site: Site, visitor: Visitor, ada: Person) -> None:
    consent = visitor.sign_in(visitor.ask(), ada)
    visitor.claims(consent.press("action=accept", {"remember": ["true"]}))
    assert visitor.ask(prompt="consent").at(f"{site.portico}/consent")


def test_prompt_consent_asks_even_for_a_first_party_application(site: Site, visitor: Visitor, ada: Person) -> None:
    sign_in_at_portico(visitor, ada)
    assert visitor.ask("first-party", prompt="consent").at(f"{site.portico}/consent")


def test_prompt_none_renews_a_first_party_sign_in_without_a_page(site: Site, visitor: Visitor, ada: Person) -> None:
    visitor.enter(ada, "first-party")
    page = visitor.ask("first-party", prompt="none")
    assert visitor.claims(page, "first-party")["sub"] == ada.id
    assert not page.passed(f"{site.kratos}/self-service/")


def test_prompt_none_renews_a_remembered_consent_without_a_page(visitor: Visitor, ada: Person) -> None:
    consent = visitor.sign_in(visitor.ask(), ada)
    visitor.claims(consent.press("action=accept", {"remember": ["true"]}))
    assert visitor.claims(visitor.ask(prompt="none"))["sub"] == ada.id


def test_prompt_none_for_nobody_is_login_required(site: Site, visitor: Visitor) -> None:
    page = visitor.ask(prompt="none")
    assert visitor.error(page) == "login_required"
    assert not page.passed(f"{site.kratos}/self-service/")


def test_prompt_none_without_a_remembered_consent_is_consent_required(visitor: Visitor, ada: Person) -> None:
    visitor.enter(ada, "demo")
    assert visitor.error(visitor.ask(prompt="none")) == "consent_required"


def test_prompt_none_is_login_required_once_the_kratos_session_has_ended(
    site: Site, visitor: Visitor, ada: Person
) -> None:
    """Hydra's own session lives on and says skip=true: that is no licence to accept (N48)."""
    visitor.enter(ada, "first-party")
    site.admin("DELETE", "kratos", f"/admin/identities/{ada.id}/sessions")
    page = visitor.ask("first-party", prompt="none")
    assert visitor.error(page, "first-party") == "login_required"
    assert site.login_request(page)["skip"] is True


def test_an_ended_kratos_session_means_a_password_although_hydra_remembers(
    site: Site, visitor: Visitor, ada: Person
) -> None:
    visitor.enter(ada, "first-party")
    site.admin("DELETE", "kratos", f"/admin/identities/{ada.id}/sessions")
    login = visitor.ask("first-party")
    assert login.at(f"{site.portico}/login")
    assert visitor.claims(visitor.sign_in(login, ada), "first-party")["sub"] == ada.id


@pytest.mark.parametrize("by", ["sid", "subject"])
def test_a_login_after_hydras_session_was_ended_elsewhere_succeeds(
    site: Site, visitor: Visitor, ada: Person, by: str
) -> None:
    """N49: by its sid Kratos' session ends as well. A login that Hydra is not to remember would end in an error."""
    claims = visitor.enter(ada, "first-party")
    ended = {"sid": claims["sid"], "subject": ada.id}
    site.admin("DELETE", "hydra", "/admin/oauth2/auth/sessions/login", params={by: ended[by]})
    page = visitor.ask("first-party")
    page = visitor.sign_in(page, ada) if by == "sid" else page
    assert visitor.claims(page, "first-party")["sub"] == ada.id
    assert visitor.claims(visitor.ask("first-party", prompt="none"), "first-party")["sub"] == ada.id
