"""What the RP-initiated logout plan of the OpenID conformance suite asks, and that nobody is signed out by accident.

Each test ports a module: its purpose, written anew from OpenID Connect RP-Initiated Logout 1.0; the docstring names it.
"""

from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.conformance.guest import Guest
from tests.conformance.libraries import Login, changed
from tests.journeys.browsing import Page


@pytest.fixture
def login(guest: Guest) -> Login:
    """What the application knows of the guest, who is signed in."""
    return guest.login()


def sign_out(guest: Guest, **parameters: str) -> Page:
    """Open a logout request of exactly these parameters."""
    query = f"?{urlencode(parameters)}" if parameters else ""
    return guest.open(guest.application.provider["end_session_endpoint"] + query)


def is_signed_out(guest: Guest) -> bool:
    """Whether neither Kratos nor Hydra knows the browser any more."""
    silent = guest.open(guest.application.begin(prompt="none"))
    return guest.whoami() is None and silent.parameter("error") == "login_required"


def says_signed_out(page: Page, guest: Guest) -> bool:
    return page.at(f"{guest.site.portico}/signed-out") and page.title == "You're signed out"


def refused(page: Page, guest: Guest, why: str) -> bool:
    """Whether an error page names the reason, the application is not called, and the person is still signed in."""
    shown = page.at(f"{guest.site.portico}/error") and page.status == 400 and why in page.text
    return shown and not page.passed(guest.application.signed_out_uri) and guest.signed_in_as() == guest.person.id


def test_the_person_is_asked_signed_out_and_sent_back_with_the_state(guest: Guest, login: Login) -> None:
    """E2E-30: oidcc-rp-initiated-logout, oidcc-rp-initiated-logout-discovery-endpoint-verification."""
    url = guest.application.sign_out_url(login)
    question = guest.open(url)
    assert question.at(f"{guest.site.portico}/logout")
    assert guest.signed_in_as() == guest.person.id
    page = question.press("action=accept")
    assert page.url == f"{guest.application.signed_out_uri}?state={parse_qs(urlsplit(url).query)['state'][0]}"
    assert is_signed_out(guest)


def test_without_state_none_comes_back(guest: Guest, login: Login) -> None:
    """E2E-31: oidcc-rp-initiated-logout-no-state."""
    target = guest.application.signed_out_uri
    question = sign_out(guest, id_token_hint=login.tokens["id_token"], post_logout_redirect_uri=target)
    assert question.press("action=accept").url == target
    assert is_signed_out(guest)


def test_without_an_address_the_page_says_that_the_person_is_signed_out(guest: Guest, login: Login) -> None:
    """E2E-32: oidcc-rp-initiated-logout-no-post-logout-redirect-uri."""
    question = sign_out(guest, id_token_hint=login.tokens["id_token"], state="state-of-the-test")
    assert says_signed_out(question.press("action=accept"), guest)
    assert is_signed_out(guest)


def test_without_any_parameter_the_person_is_asked_and_told(guest: Guest, login: Login) -> None:
    """E2E-33: oidcc-rp-initiated-logout-no-params."""
    question = sign_out(guest)
    assert question.at(f"{guest.site.portico}/logout")
    assert guest.signed_in_as() == guest.person.id
    assert says_signed_out(question.press("action=accept"), guest)
    assert is_signed_out(guest)


def test_a_state_alone_is_refused(guest: Guest, login: Login) -> None:
    """E2E-34: oidcc-rp-initiated-logout-only-state."""
    assert refused(sign_out(guest, state="state-of-the-test"), guest, "id_token_hint")


def test_without_a_hint_nobody_is_sent_anywhere(guest: Guest, login: Login) -> None:
    """E2E-35: oidcc-rp-initiated-logout-no-id-token-hint."""
    target = guest.application.signed_out_uri
    page = sign_out(guest, post_logout_redirect_uri=target, state="state-of-the-test")
    assert refused(page, guest, "id_token_hint")


@pytest.mark.parametrize("target", ["{}/elsewhere", "{}?foo=bar"], ids=["bad", "query-added"])
def test_an_address_that_is_not_registered_is_refused(guest: Guest, login: Login, target: str) -> None:
    """E2E-36 and E2E-37: oidcc-rp-initiated-logout-bad-post-logout-redirect-uri, -query-added-to-post-logout-..."""
    url = guest.application.sign_out_url(login)
    page = guest.open(changed(url, post_logout_redirect_uri=target.format(guest.application.signed_out_uri)))
    assert refused(page, guest, "post_logout_redirect_uri")


def test_a_changed_hint_is_refused(guest: Guest, login: Login) -> None:
    """E2E-38: oidcc-rp-initiated-logout-modified-id-token-hint."""
    head, body, signature = str(login.tokens["id_token"]).split(".")
    turned = signature[:9] + ("A" if signature[9] != "A" else "B") + signature[10:]
    page = guest.open(changed(guest.application.sign_out_url(login), id_token_hint=f"{head}.{body}.{turned}"))
    assert refused(page, guest, "invalid_request")


def test_a_hint_that_is_no_id_token_is_refused(guest: Guest, login: Login) -> None:
    """E2E-39: oidcc-rp-initiated-logout-bad-id-token-hint."""
    page = guest.open(changed(guest.application.sign_out_url(login), id_token_hint="not.an.id-token"))
    assert refused(page, guest, "invalid_request")
