"""From the application's button to its verified ID token, for somebody who was never here."""

import pytest

from tests.journeys.site import Person, Site, Visitor


def test_a_first_login_and_consent_end_with_the_claims_that_were_granted(
    site: Site, visitor: Visitor, ada: Person
) -> None:
    login = visitor.open(site.demo).click("Sign in to Demo")
    assert login.title == "Sign in to continue to Demo"
    consent = visitor.sign_in(login, ada)
    assert consent.at(f"{site.portico}/consent")
    claims = visitor.claims(consent.press("action=accept"))
    assert claims["sub"] == ada.id
    assert (claims["email"], claims["email_verified"]) == (ada.email, True)
    assert (claims["name"], claims["given_name"], claims["family_name"]) == ("Ada Journey", "Ada", "Journey")
    assert (claims["acr"], claims["amr"]) == ("aal1", ["pwd"])
    state = visitor.state()
    assert state["scope"].split() == ["openid", "offline_access", "profile", "email", "address", "phone"]
    assert {name: state["userinfo"][name] for name in ("sub", "email")} == {"sub": ada.id, "email": ada.email}


def test_an_address_that_was_never_verified_is_not_called_verified(site: Site, visitor: Visitor) -> None:
    grace = site.person("Grace", verified=False)
    claims = visitor.enter(grace, "demo")
    assert (claims["email"], claims.get("email_verified", False)) == (grace.email, False)


def test_a_one_time_code_from_the_mailbox_signs_in(site: Site, visitor: Visitor, ada: Person) -> None:
    code_page = visitor.ask().press("method=code", {"identifier": ada.email})
    assert code_page.at(f"{site.portico}/login")
    consent = code_page.press("method=code", {"code": site.mailed_code(ada)})
    claims = visitor.claims(consent.press("action=accept"))
    assert (claims["sub"], claims["amr"]) == (ada.id, ["otp"])


def test_a_wrong_code_can_be_typed_again(site: Site, visitor: Visitor, ada: Person) -> None:
    code_page = visitor.ask("first-party").press("method=code", {"identifier": ada.email})
    code = site.mailed_code(ada)
    again = code_page.press("method=code", {"code": f"{(int(code) + 1) % 1_000_000:06}"})
    assert again.soup.select(".message-error")
    assert visitor.claims(again.press("method=code", {"code": code}), "first-party")["sub"] == ada.id


@pytest.mark.parametrize("client", ["demo", "first-party"])
def test_after_a_wrong_password_the_right_one_still_ends_at_the_application(
    site: Site, visitor: Visitor, ada: Person, client: str
) -> None:
    wrong = visitor.ask(client).press("method=password", {"identifier": ada.email, "password": "not-the-password"})
    assert wrong.at(f"{site.portico}/login")
    assert wrong.title.startswith("Error: Sign in to continue to ")
    assert wrong.soup.select_one("input[name=identifier]")["value"] == ada.email
    assert "not-the-password" not in wrong.text
    page = visitor.sign_in(wrong, ada)
    if client == "demo":
        page = page.press("action=accept")
    assert visitor.claims(page, client)["sub"] == ada.id


def test_who_does_not_want_to_sign_in_goes_back_with_access_denied(visitor: Visitor) -> None:
    cancelled = visitor.ask().press("Cancel and return to Demo")
    assert visitor.error(cancelled) == "access_denied"


def test_the_refresh_token_gives_the_application_new_tokens_of_the_same_person(
    site: Site, visitor: Visitor, ada: Person
) -> None:
    visitor.enter(ada, "demo")
    before = visitor.state()
    page = visitor.open(f"{site.demo}/demo").press("Refresh tokens")
    after = visitor.state()
    assert visitor.claims(page)["sub"] == ada.id
    assert after["raw"]["access_token"] != before["raw"]["access_token"]
    assert after["userinfo"] == before["userinfo"]


def test_the_application_can_begin_with_the_parameters_it_likes(site: Site, visitor: Visitor, ada: Person) -> None:
    """Its form, unlike its button, sends prompt, scope and all the others."""
    form = visitor.open(f"{site.demo}/demo")
    consent = visitor.sign_in(form.press("Sign in with these", {"prompt": "consent", "scope": "openid email"}), ada)
    visitor.claims(consent.press("action=accept"))
    assert visitor.state()["scope"] == "openid email"


@pytest.mark.parametrize("name", ["José Ñandú", "𝒜𝒹𝒶 😀", "עדה לאבלייס", "阿达"])
def test_names_arrive_as_they_are_written(site: Site, visitor: Visitor, name: str) -> None:
    """C08: through Kratos, Hydra's verifier URL and the ID token, to the last code point."""
    ada = site.person("Ada")
    change = [{"op": "replace", "path": "/traits/name/first", "value": name}]
    site.admin("PATCH", "kratos", f"/admin/identities/{ada.id}", json=change)
    assert visitor.enter(ada)["given_name"] == name
