"""What the Basic OP plan of the OpenID conformance suite asks of the pages in front of Hydra, and of the claims.

Each test ports a module: its purpose, written anew from OpenID Connect Core; the docstring names it.
"""

import base64
import hashlib
import json
import time
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from tests.conformance.conftest import TRAITS
from tests.conformance.guest import Guest
from tests.conformance.libraries import Login, changed
from tests.journeys.browsing import Page
from tests.journeys.site import Person

CLAIMS: dict[str, dict[str, Any]] = {
    "profile": {
        "name": "Ada King Lovelace",
        "given_name": "Ada",
        "middle_name": "King",
        "family_name": "Lovelace",
        "preferred_username": "ada",
        **{name: TRAITS[name] for name in ("nickname", "profile", "picture", "website", "gender", "birthdate")},
        **{name: TRAITS[name] for name in ("zoneinfo", "locale")},
    },
    "address": {"address": TRAITS["address"] | {"formatted": "\n".join(TRAITS["address"].values())}},
    "phone": {"phone_number": TRAITS["phone"], "phone_number_verified": False},
}
STANDARD = {*(name for claims in CLAIMS.values() for name in claims), "updated_at", "email", "email_verified"}


def expected(person: Person, *scopes: str) -> dict[str, Any]:
    """The standard claims of these scopes, but for updated_at."""
    claims = CLAIMS | {"email": {"email": person.email, "email_verified": True}}
    return {name: value for scope in scopes for name, value in claims[scope].items()}


def standard(claims: Any) -> dict[str, Any]:
    """The standard claims that were told, of the types that Core 5.1 has for them, but for updated_at."""
    values = {name: value for name, value in claims.items() if name in STANDARD}
    assert type(values.pop("updated_at", 0)) is int
    return values


def tells(login: Login, person: Person, *scopes: str) -> bool:
    """Whether the ID token and userinfo have all claims of these scopes and no other's."""
    wanted = expected(person, *scopes)
    assert standard(login.claims) == standard(login.userinfo) == wanted
    return all(("updated_at" in claims) == ("profile" in scopes) for claims in (login.claims, login.userinfo))


def sign_in(login: Login) -> list[Any]:
    """What one sign-in of somebody to an application is known by."""
    return [login.claims[name] for name in ("iss", "aud", "sub", "auth_time", "acr", "amr")]


def asks_for_the_password(page: Page) -> bool:
    return page.has_button("method=password")


def test_a_sign_in_says_who_when_how_and_for_which_request(guest: Guest, provider: dict[str, Any]) -> None:
    """E2E-01: oidcc-server, oidcc-alternate-happy-flow, oidcc-ensure-request-with-valid-pkce-succeeds."""
    begun = int(time.time())
    login = guest.login()
    claims, access_token = login.claims, login.tokens["access_token"]
    assert (claims["iss"], claims["aud"]) == (provider["issuer"], [guest.application.registration["client_id"]])
    assert claims["sub"] == login.userinfo["sub"] == guest.person.id
    assert claims["nonce"] == guest.application.begun["nonce"]
    assert begun <= claims["auth_time"] <= claims["iat"] <= time.time()
    assert (claims["acr"], claims["amr"]) == ("aal1", ["pwd"])
    half = hashlib.sha256(access_token.encode()).digest()[:16]  # Core 3.1.3.6
    assert claims["at_hash"] == base64.urlsafe_b64encode(half).rstrip(b"=").decode()


@pytest.mark.parametrize("scope", ["profile", "email", "address", "phone"])
def test_a_scope_tells_all_its_claims_and_no_other(guest: Guest, scope: str) -> None:
    """E2E-02 to E2E-05: oidcc-scope-profile, oidcc-scope-email, oidcc-scope-address, oidcc-scope-phone."""
    assert tells(guest.login(scope=f"openid {scope}"), guest.person, scope)


def test_all_scopes_together_tell_every_standard_claim(guest: Guest) -> None:
    """E2E-06: oidcc-scope-all."""
    login = guest.login(scope="openid profile email address phone")
    assert tells(login, guest.person, "profile", "email", "address", "phone")


def test_openid_may_stand_last_among_the_scopes(guest: Guest) -> None:
    """E2E-07: oidcc-ensure-other-scope-order-succeeds."""
    assert tells(guest.login(scope="email openid"), guest.person, "email")


def test_openid_alone_tells_nothing_about_the_person(guest: Guest) -> None:
    """E2E-08: oidcc-server, with no scope but openid (C02)."""
    assert tells(guest.login(scope="openid"), guest.person)


def test_the_claims_parameter_does_no_harm_and_tells_nothing_that_was_not_granted(guest: Guest) -> None:
    """E2E-09: oidcc-claims-essential. Hydra v26.2.0 ignores the parameter."""
    login = guest.login(scope="openid email", claims=json.dumps({"userinfo": {"name": {"essential": True}}}))
    assert tells(login, guest.person, "email")


def test_prompt_login_asks_again_and_is_a_later_sign_in(guest: Guest) -> None:
    """E2E-10: oidcc-prompt-login."""
    first = guest.login()
    time.sleep(1.1)  # auth_time counts whole seconds
    page = guest.open(guest.application.begin(prompt="login"))
    assert asks_for_the_password(page)
    second = guest.login(prompt="login")
    assert second.claims["sub"] == first.claims["sub"]
    assert second.claims["auth_time"] > first.claims["auth_time"]


def test_prompt_none_with_nobody_signed_in_is_login_required(guest: Guest) -> None:
    """E2E-11: oidcc-prompt-none-not-logged-in (N56)."""
    page = guest.open(guest.application.begin(prompt="none"))
    assert page.at(guest.application.redirect_uri)
    assert page.parameter("error") == "login_required"
    assert page.parameter("state") == guest.application.begun["state"]


def test_prompt_none_with_somebody_signed_in_is_silent_and_the_same_sign_in(guest: Guest) -> None:
    """E2E-12: oidcc-prompt-none-logged-in (N56: every answer on the way is a redirect)."""
    first = guest.login()
    page = guest.open(guest.application.begin(prompt="none", scope="openid"))
    assert all(step.status in (302, 303) for step in page.steps[:-1])
    assert not page.passed(f"{guest.site.kratos}/self-service/")
    second = guest.application.finish(page)
    assert sign_in(second) == sign_in(first)


def test_prompt_none_where_permission_would_have_to_be_asked_is_consent_required(guest: Guest) -> None:
    """E2E-13: oidcc-prompt-none-logged-in, before the person has allowed anything (N56)."""
    nora = guest.site.person("Nora")
    guest.enter(nora, "first-party")
    page = guest.open(guest.application.begin(prompt="none"))
    assert page.at(guest.application.redirect_uri)
    assert page.parameter("error") == "consent_required"


def test_max_age_1_asks_again_and_is_a_later_sign_in(guest: Guest) -> None:
    """E2E-14: oidcc-max-age-1."""
    first = guest.login()
    time.sleep(2.1)
    assert asks_for_the_password(guest.open(guest.application.begin(max_age="1")))
    second = guest.login(max_age="1")
    assert second.claims["sub"] == first.claims["sub"]
    assert second.claims["auth_time"] > first.claims["auth_time"]


def test_max_age_10000_is_silent_and_the_same_sign_in(guest: Guest) -> None:
    """E2E-15: oidcc-max-age-10000."""
    first = guest.login()
    page = guest.open(guest.application.begin(max_age="10000"))
    second = guest.application.finish(page)
    assert sign_in(second) == sign_in(first)


def test_an_id_token_hint_of_the_person_is_silent(guest: Guest) -> None:
    """E2E-16: oidcc-id-token-hint."""
    first = guest.login()
    hint = str(first.tokens["id_token"])
    second = guest.application.finish(guest.open(guest.application.begin(prompt="none", id_token_hint=hint)))
    assert sign_in(second) == sign_in(first)


def test_a_login_hint_stands_in_the_field(guest: Guest) -> None:
    """E2E-17: oidcc-login-hint."""
    page = guest.open(guest.application.begin(login_hint=guest.person.email))
    field = page.soup.select_one("input[name=identifier]")
    assert field is not None
    assert field["value"] == guest.person.email
    assert guest.login(login_hint=guest.person.email).claims["sub"] == guest.person.id


@pytest.mark.parametrize(
    ("ui_locales", "language"), [("se", "en"), ("en-GB fr de", "en"), ("se fr-CA de", "fr"), ("ar", "ar")]
)
def test_ui_locales_are_the_language_of_the_pages(guest: Guest, ui_locales: str, language: str) -> None:
    """E2E-18: oidcc-ui-locales; the first language there is, on the login page and on the consent page."""
    page = guest.open(guest.application.begin(ui_locales=ui_locales, prompt="login consent"))
    assert page.soup.select_one(f"html[lang={language}]")
    consent = guest.sign_in(page, guest.person)
    assert consent.has_button("action=accept")
    assert consent.soup.select_one(f"html[lang={language}]")
    assert guest.login(ui_locales=ui_locales).claims["sub"] == guest.person.id


@pytest.mark.parametrize(
    "parameters",
    [{"claims_locales": "se"}, {"display": "page"}, {"display": "popup"}, {"extra": "foobar"}],
    ids=["claims-locales", "display-page", "display-popup", "ensure-request-with-unknown-parameter-succeeds"],
)
def test_what_portico_has_no_use_for_does_no_harm(guest: Guest, parameters: dict[str, str]) -> None:
    """E2E-19 to E2E-22: oidcc-, and then what stands in brackets in the test's name."""
    assert guest.login(**parameters).claims["sub"] == guest.person.id


@pytest.mark.parametrize(("acr_values", "acr"), [("1 2", "1"), ("never-heard-of", "aal1")])
def test_acr_tells_the_level_reached_in_the_words_of_the_question(guest: Guest, acr_values: str, acr: str) -> None:
    """E2E-23: oidcc-ensure-request-with-acr-values-succeeds. "0" is what Hydra says when nobody vouches."""
    assert guest.login(acr_values=acr_values).claims["acr"] == acr


def test_an_authorization_request_may_be_posted(guest: Guest) -> None:
    """E2E-24: oidcc-ensure-post-request-succeeds, with what Hydra has to know later in the query."""
    page = guest.send("POST", guest.application.begin(), [("display", "page")], guest.site.demo)
    assert guest.application.finish(guest.agree(page)).claims["sub"] == guest.person.id


def test_a_request_posted_without_a_query_ends_at_a_page_that_says_so(guest: Guest) -> None:
    """E2E-25: oidcc-ensure-post-request-succeeds, with everything in the body.

    Hydra v26.2.0 loses it (consent/strategy_default.go keeps the query alone), whatever a login page does.
    """
    parts = urlsplit(guest.application.begin())
    page = guest.send("POST", parts._replace(query="").geturl(), parse_qsl(parts.query), guest.site.demo)
    page = guest.agree(page)
    assert (page.at(f"{guest.site.portico}/error"), page.status) == (True, 400)
    assert "invalid_client" in page.text


@pytest.mark.parametrize("field", ["logo_uri", "policy_uri", "tos_uri"])
def test_the_login_page_has_the_logo_and_the_links_that_the_application_registered(guest: Guest, field: str) -> None:
    """E2E-40: oidcc-registration-logo-uri, -policy-uri, -tos-uri, of the Dynamic OP plan."""
    page = guest.open(guest.application.begin())
    assert asks_for_the_password(page)
    address = guest.application.registration[field]
    assert page.soup.select_one(f'main :is(img[src="{address}"], a[href="{address}"])')


def test_an_address_that_is_not_registered_gets_nothing_and_the_page_says_why(guest: Guest) -> None:
    """E2E-26: oidcc-ensure-registered-redirect-uri."""
    url = guest.application.begin()
    page = guest.open(changed(url, redirect_uri=f"{guest.application.redirect_uri}/elsewhere"))
    assert (page.at(f"{guest.site.portico}/error"), page.status) == (True, 400)
    assert page.title == "The app couldn't sign you in"
    assert "redirect_uri" in page.text
    assert not page.passed(guest.application.redirect_uri)


def test_a_code_is_good_once_and_then_its_tokens_are_gone(guest: Guest, provider: dict[str, Any]) -> None:
    """E2E-27: oidcc-codereuse, oidcc-codereuse-30seconds."""
    page = guest.arrive()
    login = guest.application.finish(page)
    with pytest.raises(guest.application.REFUSED):
        guest.application.finish(page)
    userinfo, headers = provider["userinfo_endpoint"], {"Authorization": f"Bearer {login.tokens['access_token']}"}
    assert guest.http.get(userinfo, headers=headers, timeout=60).status_code == 401


def test_a_refresh_token_gives_tokens_of_the_same_sign_in(guest: Guest) -> None:
    """E2E-28: oidcc-refresh-token."""
    first = guest.login(scope="openid offline_access email")
    second = guest.application.refresh()
    assert second.tokens["access_token"] != first.tokens["access_token"]
    assert sign_in(second) == sign_in(first)
    assert tells(second, guest.person, "email")


@pytest.mark.parametrize("kind", [pytest.param("real", marks=pytest.mark.real)], indirect=True)
def test_the_code_may_come_by_a_posted_form(guest: Guest) -> None:
    """E2E-29: the form post plan's oidcc-server, with response_mode=form_post; the sandbox answers by query only."""
    page = guest.arrive(response_mode="form_post")
    form = page.soup.select_one("form")
    assert form is not None
    assert form["action"] == guest.application.redirect_uri
    answer = {str(field["name"]): str(field["value"]) for field in form.select("input[name]")}
    posted = guest.open(f"{guest.application.redirect_uri}?{urlencode(answer)}")
    assert guest.application.finish(posted).claims["sub"] == guest.person.id
