"""A television and somebody with a browser: the device flow (RFC 8628) from the code to the tokens, N60 to N64."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.journeys.journey import Journey
from tests.journeys.site import Person, Site, Visitor
from tests.journeys.test_single_sign_on import sign_in_at_portico
from tests.journeys.test_two_persons import hand_over

CODE = "Code on your device"
CONSENT = "Allow Demo TV to access your account?"
DONE = "You can go back to your device"
WARNING = "Only continue if you started this on your own device"
GRANT = "urn:ietf:params:oauth:grant-type:device_code"


class Television:
    """The demo application's device: what it shows and what it has got."""

    def __init__(self, site: Site, visitor: Visitor) -> None:
        self.address, self.visitor = f"{site.demo}/devices/tv", visitor
        visitor.open(self.address).press("Sign in to a device")
        self.shown = self.state()["device"]

    def state(self) -> dict[str, Any]:
        answer: dict[str, Any] = self.visitor.http.get(f"{self.address}.json", timeout=60).json()
        return answer

    def waits(self) -> bool:
        """Whether it still shows the code after asking Hydra once more."""
        return self.shown["user_code"] in self.visitor.open(self.address).text

    def claims(self) -> dict[str, Any]:
        """The verified claims of the ID token it has got by now."""
        assert not self.waits()
        state = self.state()
        assert state["error"] is None, state
        claims: dict[str, Any] = state["id_token"]
        return claims


@pytest.fixture
def television(site: Site, new_visitor: Callable[[], Visitor]) -> Television:
    return Television(site, new_visitor())


def test_a_link_with_the_code_asks_before_anything_happens(
    journey: Journey, television: Television, ada: Person
) -> None:
    """N60 N62."""
    journey.open(television.shown["verification_uri_complete"])
    assert journey.field(CODE)["value"] == television.shown["user_code"]
    assert journey.says(WARNING)
    journey.press("Continue")
    assert journey.page == "Sign in to continue to Demo TV"
    journey.sign_in(ada)
    assert journey.page == CONSENT
    assert journey.says(WARNING)
    assert television.waits()
    journey.press("Allow")
    assert journey.page == DONE
    claims = television.claims()
    assert (claims["sub"], claims["email"], claims["acr"]) == (ada.id, ada.email, "aal1")


def test_a_code_may_be_typed_as_people_write_it_down(visitor: Visitor, television: Television, ada: Person) -> None:
    """Hydra's own have no dashes; a code that is tried in vain first does not end the device's challenge."""
    code = television.shown["user_code"]
    page = visitor.open(television.shown["verification_uri"]).press(
        "Continue", {"user_code": f" {code[:4]} - {code[4:6]}-{code[6:]}"}
    )
    assert visitor.sign_in(page, ada).press("action=accept").title == DONE
    assert television.claims()["sub"] == ada.id


def test_a_mistyped_code_may_be_corrected_and_a_used_one_looks_like_it(
    journey: Journey, television: Television, ada: Person
) -> None:
    """N61."""
    code = television.shown["user_code"]
    journey.open(television.shown["verification_uri"])
    journey.press("Continue", {CODE: code.swapcase()})
    wrong = journey.read(".error-summary")
    journey.press("Continue", {CODE: f" {code} "})
    journey.sign_in(ada)
    journey.press("Allow")
    assert journey.page == DONE
    journey.open(television.shown["verification_uri_complete"])
    journey.press("Continue")
    assert journey.read(".error-summary") == wrong


def test_who_is_signed_in_is_asked_each_time(site: Site, visitor: Visitor, ada: Person) -> None:
    """N13 N62: neither single sign-on nor a trusted application makes it one click."""
    secret = "a-secret-of-the-trusted-device"
    client = {"client_id": f"trusted-{ada.id}", "client_name": "Trusted", "client_secret": secret}
    client |= {"grant_types": [GRANT], "scope": "openid", "skip_consent": True}
    site.admin("POST", "hydra", "/admin/clients", json=client)
    request, auth = {"client_id": client["client_id"], "scope": "openid"}, (client["client_id"], secret)
    sign_in_at_portico(visitor, ada)
    for _ in range(2):
        codes = site.http.post(f"{site.hydra}/oauth2/device/auth", data=request, auth=auth, timeout=60).json()
        consent = visitor.open(codes["verification_uri_complete"]).press("Continue")
        assert consent.title == "Allow Trusted to access your account?"
        entries = [*consent.entries("action=accept")[1], ("remember", "true"), ("grant_scope", "offline_access")]
        assert consent.submit(consent.entries("action=accept")[0], entries).title == DONE
        form = {"grant_type": GRANT, "device_code": codes["device_code"]}
        tokens = site.http.post(f"{site.hydra}/oauth2/token", data=form, auth=auth, timeout=60).json()
        assert tokens["scope"] == "openid"


@pytest.mark.parametrize("step", ["login", "consent"])
def test_saying_no_ends_on_a_page_and_the_device_gets_nothing(
    journey: Journey, television: Television, ada: Person, step: str
) -> None:
    journey.open(television.shown["verification_uri_complete"])
    journey.press("Continue")
    if step == "login":
        journey.press("Cancel and return to Demo TV")
    else:
        journey.sign_in(ada)
        journey.press("Don't allow")
    assert journey.page == "Your device isn't signed in"
    assert television.waits()


def test_another_person_starts_over_with_the_code(
    site: Site, visitor: Visitor, television: Television, ada: Person, bob: Person
) -> None:
    """Hydra remembers Ada while Bob is signed in: accepting him would come back the same for ever (contract H)."""
    visitor.enter(ada)
    hand_over(visitor, bob)
    page = visitor.open(television.shown["verification_uri_complete"]).press("Continue")
    assert page.title == "Choose an account for Demo TV"
    page = page.press("action=continue")
    assert page.at(f"{site.portico}/device")
    assert "****" not in page.text
    page = page.press("Continue", {"user_code": television.shown["user_code"]}).press("action=accept")
    assert page.title == DONE
    assert television.claims()["sub"] == bob.id


def test_of_two_devices_codes_in_two_tabs_the_older_one_needs_one_press_more(
    site: Site, new_visitor: Callable[[], Visitor], visitor: Visitor, ada: Person
) -> None:
    """N63: Hydra's cookie is the newer page's; the older one's code would end in 403 and JSON."""
    devices = [Television(site, new_visitor()) for _ in range(2)]
    older, _ = (visitor.open(device.shown["verification_uri_complete"]) for device in devices)
    again = older.press("Continue")
    assert again.at(f"{site.portico}/device")
    assert visitor.sign_in(again.press("Continue"), ada).press("action=accept").title == DONE
    assert devices[0].claims()["sub"] == ada.id
    assert devices[1].waits()


def test_not_you_on_the_consent_page_starts_over_with_the_code(
    visitor: Visitor, television: Television, ada: Person, bob: Person
) -> None:
    code = {"user_code": television.shown["user_code"]}
    login = visitor.open(television.shown["verification_uri_complete"]).press("Continue")
    page = visitor.sign_in(login, ada).press("Not you? Use a different account")
    login = page.press("Continue", code)
    assert login.title == "Sign in to continue to Demo TV"
    assert visitor.sign_in(login, bob).press("action=accept").title == DONE
    assert television.claims()["sub"] == bob.id


def test_a_page_made_for_another_browser_leads_nowhere(
    new_visitor: Callable[[], Visitor], television: Television, ada: Person
) -> None:
    """N63: Hydra's cookie is missing. What it says is JSON, but nobody's account is given away."""
    page = new_visitor().open(television.shown["verification_uri_complete"])
    victim = new_visitor()
    sign_in_at_portico(victim, ada)
    refused = victim.open(page.url).press("Continue")
    assert (refused.status, refused.answer.json()["error"]) == (403, "request_forbidden")
    assert television.waits()


def test_an_address_typed_by_hand_finds_its_way(site: Site, visitor: Visitor, television: Television) -> None:
    """N63."""
    page = visitor.open(f"{site.portico}/device")
    assert (page.status, page.title) == (404, "This page has expired")
    page = page.click("Try again").press("Continue", {"user_code": television.shown["user_code"]})
    assert page.title == "Sign in to continue to Demo TV"


def test_success_is_a_page_for_anybody_and_says_nothing_of_the_client(site: Site, visitor: Visitor) -> None:
    """N64."""
    page = visitor.open(f"{site.portico}/device/success?client_id=%3Cscript%3Ealert(1)")
    assert page.title == DONE
    assert "alert" not in page.text
