"""Sign-in with a social provider: what the stand-in and the real Kratos make of it alike."""

from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest

from tests.contract.kratos_pages import BACK, error_of, messages, methods_of, names_of
from tests.contract.kratos_people import Person
from tests.stack.browser import HTML, JSON, Browser, attribute
from tests.stack.kratos import Kratos

CALLBACK = "/self-service/methods/oidc/callback/demo-id"


@pytest.fixture
def typed() -> dict[str, str]:
    """Somebody the provider knows by name and e-mail address."""
    unique = uuid4().hex
    return {"name": f"Ada {unique}", "email": f"{unique}@example.org"}


def test_the_provider_is_asked_with_a_state_a_challenge_and_the_scopes(kratos: Kratos, visitor: Browser) -> None:
    url = urlsplit(visitor.post(visitor.login(), provider="demo-id").headers["Location"])
    parameters = {key: value for key, [value] in parse_qs(url.query).items()}
    assert (url.path, parameters.pop("state") != parameters.pop("code_challenge")) == ("/demo-id/authorize", True)
    assert parameters == {
        "client_id": "kratos",
        "code_challenge_method": "S256",
        "redirect_uri": kratos.public_url + CALLBACK,
        "response_type": "code",
        "scope": "openid email profile",
    }


@pytest.mark.parametrize("begun", ["login", "registration"])
def test_somebody_new_is_signed_up_with_what_the_provider_tells(
    begun: str, visitor: Browser, typed: dict[str, str]
) -> None:
    answer = visitor.at_provider(visitor.post(visitor.begin(begun, return_to=BACK), provider="demo-id"), **typed)
    assert answer.headers["Location"] == BACK
    session = visitor.whoami().json()
    [method] = session["authentication_methods"]
    assert (method["method"], method["aal"], method["provider"]) == ("oidc", "aal1", "demo-id")
    first_name, _, family = typed["name"].partition(" ")
    traits = session["identity"]["traits"]
    assert traits == {"email": typed["email"], "name": {"first": first_name, "last": family}, "address": {}}
    assert session["identity"]["verifiable_addresses"][0]["verified"] is True


@pytest.mark.parametrize("begun", ["login", "registration"])
def test_somebody_known_is_signed_in(begun: str, kratos: Kratos, visitor: Browser, typed: dict[str, str]) -> None:
    visitor.at_provider(visitor.post(visitor.login(), provider="demo-id"), **typed)
    again = Browser(kratos.public_url)
    answer = again.at_provider(again.post(again.begin(begun, return_to=BACK), provider="demo-id"), **typed)
    assert (answer.headers["Location"], again.whoami().json()["identity"]["id"]) == (
        BACK,
        visitor.whoami().json()["identity"]["id"],
    )


@pytest.mark.parametrize("begun", ["login", "registration"])
def test_a_missing_address_is_asked_for_and_the_provider_once_more(
    begun: str, visitor: Browser, typed: dict[str, str]
) -> None:
    claims = {"name": typed["name"]}
    answer = visitor.at_provider(visitor.post(visitor.begin(begun, return_to=BACK), provider="demo-id"), **claims)
    page = visitor.land(answer)
    assert (answer.status_code, page["return_to"], messages(page)) == (302, BACK, [4000002])
    assert attribute(page, "traits.name.first") == "Ada"
    form = {"traits.email": typed["email"], "traits.name.first": "Augusta"}
    done = visitor.at_provider(visitor.post(page, provider="demo-id", **form), **claims)
    assert done.headers["Location"] == BACK
    identity = visitor.whoami().json()["identity"]
    assert (identity["traits"]["email"], identity["verifiable_addresses"][0]["verified"]) == (typed["email"], False)
    assert identity["traits"]["name"]["first"] == "Augusta"


@pytest.mark.parametrize("begun", ["login", "registration"])
def test_who_changes_their_mind_is_told_so(begun: str, visitor: Browser) -> None:
    flow = visitor.begin(begun, return_to=BACK)
    page = visitor.land(visitor.at_provider(visitor.post(flow, provider="demo-id"), cancel="1"))
    assert (page["id"], page["return_to"], messages(page)) == (flow["id"], BACK, [4000001])


def test_a_refresh_asks_the_provider_to_ask_again(visitor: Browser, typed: dict[str, str]) -> None:
    visitor.at_provider(visitor.post(visitor.login(), provider="demo-id"), **typed)
    before = visitor.whoami().json()
    flow = visitor.login(refresh="true", return_to=BACK)
    assert ("provider" in names_of(flow), "password" in names_of(flow)) == (True, False)
    answer = visitor.post(flow, provider="demo-id")
    assert parse_qs(urlsplit(answer.headers["Location"]).query)["prompt"] == ["login"]
    assert visitor.at_provider(answer, **typed).headers["Location"] == BACK
    assert visitor.whoami().json()["authenticated_at"] > before["authenticated_at"]


def test_a_refresh_at_the_provider_makes_a_session_of_its_own(visitor: Browser, typed: dict[str, str]) -> None:
    """Unlike a password's, which keeps the session: the old one lives on beside the new one."""
    visitor.at_provider(visitor.post(visitor.login(), provider="demo-id"), **typed)
    before = visitor.whoami().json()
    page = visitor.login(return_to=BACK, refresh="true")
    visitor.at_provider(visitor.post(page, provider="demo-id"), **typed)
    after = visitor.whoami().json()
    assert (after["id"] != before["id"], after["identity"]["id"]) == (True, before["identity"]["id"])
    assert (methods_of(visitor), [it["id"] for it in visitor.get("/sessions").json()]) == (
        [("oidc", "aal1")],
        [before["id"]],
    )
    assert visitor.read(page["id"]).status_code == 200  # the CSRF token stays, pages opened before live on


def test_a_refresh_offers_no_provider_to_who_has_none(signed_in: Browser) -> None:
    assert "provider" not in names_of(signed_in.login(refresh="true"))


def test_an_account_is_linked_signs_in_and_is_unlinked(
    kratos: Kratos, signed_in: Browser, person: Person, typed: Any
) -> None:
    flow = signed_in.begin("settings", return_to=BACK)
    assert "link" in names_of(flow)
    assert signed_in.at_provider(signed_in.post(flow, link="demo-id"), **typed).headers["Location"] == BACK
    elsewhere = Browser(kratos.public_url)
    elsewhere.at_provider(elsewhere.post(elsewhere.login(), provider="demo-id"), **typed)
    assert elsewhere.whoami().json()["identity"]["id"] == person.id
    linked = signed_in.begin("settings")
    saved = signed_in.land(signed_in.post(linked, unlink="demo-id"))
    assert ("unlink" in names_of(linked), "link" in names_of(saved), messages(saved)) == (True, True, [1050001])


def test_linking_counts_as_a_method_and_makes_the_session_no_younger(signed_in: Browser, typed: dict[str, str]) -> None:
    before = signed_in.whoami().json()
    signed_in.at_provider(signed_in.post(signed_in.begin("settings"), link="demo-id"), **typed)
    assert methods_of(signed_in) == [("password", "aal1"), ("oidc", "aal1")]
    after = signed_in.whoami().json()
    assert (after["id"], after["authenticated_at"]) == (before["id"], before["authenticated_at"])
    assert after["authentication_methods"][1]["provider"] == "demo-id"


def test_anothers_account_is_not_linked(kratos: Kratos, signed_in: Browser, typed: dict[str, str]) -> None:
    other = Browser(kratos.public_url)
    other.at_provider(other.post(other.login(), provider="demo-id"), **typed)
    page = signed_in.land(signed_in.at_provider(signed_in.post(signed_in.begin("settings"), link="demo-id"), **typed))
    assert messages(page) == [4000007]


def test_a_callback_nobody_asked_for_is_an_error_page(visitor: Browser) -> None:
    answer = visitor.get(CALLBACK, HTML, state="forged", code="any")
    assert error_of(visitor, answer)["code"] == 400


def test_a_callback_in_another_browser_is_an_error(kratos: Kratos, visitor: Browser, typed: dict[str, str]) -> None:
    sent = visitor.post(visitor.login(), provider="demo-id")
    back = visitor.http.post(sent.headers["Location"], data=typed, allow_redirects=False, timeout=60)
    thief = Browser(kratos.public_url)
    answer = thief.http.get(back.headers["Location"], headers=JSON, allow_redirects=False, timeout=60)
    assert (answer.status_code, thief.whoami().status_code) == (400, 401)
