"""How the answer comes to the application, and what nobody should send: the stand-in answers as the real Hydra."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import pytest
import requests
from bs4 import BeautifulSoup

from tests.contract.hydra_stacks import CALLBACK, Browser, Hydra, query

MODES = ["query", "fragment", "form_post"]


def way_and_answer(answer: requests.Response) -> tuple[str, dict[str, str]]:
    """By which way the application is told what, and that it is told at its own address."""
    assert answer.headers["Cache-Control"] == "no-store"
    if answer.status_code == 200:
        (form,) = BeautifulSoup(answer.text, "html.parser").select("form[method=post]")
        assert form["action"] == CALLBACK
        return "form_post", {str(field["name"]): str(field["value"]) for field in form.select("input[type=hidden]")}
    assert answer.status_code == 303
    url = urlsplit(answer.headers["Location"])
    assert url._replace(query="", fragment="").geturl() == CALLBACK
    return ("fragment", dict(parse_qsl(url.fragment))) if url.fragment else ("query", dict(parse_qsl(url.query)))


@pytest.mark.parametrize("mode", MODES)
def test_a_code_comes_by_the_way_that_was_asked_for(mode: str, browser: Browser, subject: str) -> None:
    after_login = browser.log_in(browser.login_challenge(response_mode=mode), subject=subject)
    way, answer = way_and_answer(browser.consent(query(after_login)["consent_challenge"]))
    assert (way, answer["state"], answer["scope"]) == (mode, "state-12345678", "openid profile")
    assert browser.hydra.exchange(answer["code"])["access_token"]


@pytest.mark.parametrize("mode", MODES)
def test_so_does_an_error_of_the_login_page(mode: str, browser: Browser, hydra: Hydra) -> None:
    challenge = browser.login_challenge(response_mode=mode)
    answer = browser.open(hydra.decide("login", "reject", challenge, error="access_denied", error_description="No."))
    assert way_and_answer(answer) == (
        mode,
        {"error": "access_denied", "error_description": "No.", "state": "state-12345678"},
    )


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"scope": "openid nope"}, "invalid_scope"),
        ({"prompt": "none"}, "login_required"),
        ({"state": "short"}, "invalid_state"),
        ({"response_type": "code token"}, "unsupported_response_type"),
        ({"registration": "x"}, "registration_not_supported"),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
def test_so_do_errors_of_hydra(mode: str, changes: dict[str, str], error: str, browser: Browser) -> None:
    way, answer = way_and_answer(browser.authorize(response_mode=mode, **changes))
    assert (way, answer["error"]) == (mode, error)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("changes", [{"client_id": "none"}, {"redirect_uri": "http://evil.example/"}])
def test_but_nothing_goes_to_an_address_that_is_not_the_clients(
    mode: str, changes: dict[str, str], browser: Browser
) -> None:
    answer = browser.authorize(response_mode=mode, **changes)
    assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (302, "http://localhost:3000/error")


@pytest.mark.parametrize("mode", ["jwt", "web_message"])
def test_an_unknown_way_is_refused_on_our_error_page(mode: str, browser: Browser) -> None:
    answer = browser.authorize(response_mode=mode)
    assert answer.headers["Location"].startswith("http://localhost:3000/error?error=unsupported_response_mode")


def test_no_way_is_the_usual_one(browser: Browser) -> None:
    assert "login_challenge" in query(browser.authorize(response_mode=""))


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"redirect_uris": ["nope"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["http://localhost/#x"]}, "invalid_redirect_uri"),
        ({"client_secret": "short"}, "invalid_client_metadata"),
        ({"subject_type": "weird"}, "invalid_client_metadata"),
        ({"scope": 7}, "The request was malformed or contained invalid parameters"),
        ([], "The request was malformed or contained invalid parameters"),
    ],
    ids=str,
)
def test_what_is_no_client_is_refused(body: Any, error: str, hydra: Hydra) -> None:
    answer = hydra.call("POST", "/clients", json=body)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


def test_a_new_client_has_an_address(hydra: Hydra) -> None:
    client_id = str(uuid4())
    answer = hydra.call("POST", "/clients", json={"client_id": client_id})
    assert answer.headers["Location"] == f"/admin/clients/{client_id}"


def test_clients_are_not_listed_in_pages_of_no_number(hydra: Hydra) -> None:
    assert hydra.call("GET", "/clients", params={"page_size": "x"}).status_code == 400


def test_a_patch_is_a_list(hydra: Hydra) -> None:
    assert hydra.call("PATCH", "/clients/demo", json={}).status_code == 500


def test_nothing_to_introspect_is_an_error(hydra: Hydra) -> None:
    answers = [hydra.call("POST", "/oauth2/introspect", data=form) for form in ({}, {"token": "x"})]
    assert [answer.status_code for answer in answers] == [400, 200]
    assert answers[1].json() == {"active": False}


@pytest.mark.parametrize("path", ["/oauth2/token", "/oauth2/device/auth", "/nothing"])
def test_there_is_nothing_to_read_where_one_posts(path: str, hydra: Hydra) -> None:
    assert requests.get(hydra.public + path, timeout=60).status_code == 404
