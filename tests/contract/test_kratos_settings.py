"""Settings: what the stand-in and the real Kratos save, refuse and show alike."""

from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests.contract.kratos_pages import BACK, error_of, message_ids, messages, names_of
from tests.contract.kratos_people import Person
from tests.stack.browser import HTML, JSON, Browser, attribute, code_for, csrf_token, totp_secret
from tests.stack.kratos import Kratos

BEGIN = "/self-service/settings/browser"


@pytest.fixture
def flow(signed_in: Browser) -> dict[str, Any]:
    return signed_in.begin("settings")


def test_settings_tell_whose_they_are(signed_in: Browser, flow: dict[str, Any], person: Person) -> None:
    assert (flow["identity"]["id"], flow["state"]) == (person.id, "show_form")
    assert not {"credentials", "metadata_admin"} & set(flow["identity"])
    assert attribute(flow, "traits.email") == person.email


def test_what_is_saved_is_shown_by_the_same_flow_whose_form_is_anothers(
    signed_in: Browser, flow: dict[str, Any], person: Person
) -> None:
    """Kratos begins a new flow that knows no way back, and its form stands on the old one's page."""
    form = {"method": "profile", "traits.email": person.email, "traits.nickname": "A", "traits.name.first": "Ada"}
    saved = signed_in.land(signed_in.post(flow, **form))
    assert (saved["id"], saved["state"], messages(saved)) == (flow["id"], "success", [1050001])
    assert attribute(saved, "traits.nickname") == "A"
    traits = {"email": person.email, "nickname": "A", "name": {"first": "Ada"}, "address": {}}
    assert signed_in.whoami().json()["identity"]["traits"] == traits
    assert flow["id"] not in saved["ui"]["action"]
    next_page = signed_in.land(signed_in.post(saved, method="password", password="short"))
    assert (next_page["state"], next_page["ui"]["action"]) == ("show_form", saved["ui"]["action"])
    assert next_page["request_url"] == flow["ui"]["action"]


def test_what_is_saved_leads_back_where_a_way_is_known(signed_in: Browser, person: Person) -> None:
    flow = signed_in.begin("settings", return_to=BACK)
    assert signed_in.post(flow, method="profile", **{"traits.email": person.email}).headers["Location"] == BACK


def test_a_new_password_replaces_the_old_one(kratos: Kratos, signed_in: Browser, flow: Any, person: Person) -> None:
    new = f"new-{person.password}"
    assert message_ids(signed_in, signed_in.post(flow, method="password", password=new)) == [1050001]
    elsewhere = Browser(kratos.public_url)
    for password, status in ((person.password, 401), (new, 200)):
        elsewhere.post(elsewhere.login(), **person.by_password | {"password": password})
        assert elsewhere.whoami().status_code == status


@pytest.mark.parametrize(("password", "message"), [("", 4000002), ("short", 4000032), ("old", 4000039)])
def test_a_bad_new_password_is_told(password: str, message: int, signed_in: Browser, flow: Any, person: Person) -> None:
    password = person.password if password == "old" else password
    shown = signed_in.land(signed_in.post(flow, method="password", password=password))
    assert (shown["id"], shown["state"], messages(shown)) == (flow["id"], "show_form", [message])


@pytest.mark.parametrize(("email", "message"), [("", 4000002), ("nobody@", 4000040)])
def test_a_bad_address_is_told(email: str, message: int, signed_in: Browser, flow: Any) -> None:
    shown = signed_in.land(signed_in.post(flow, method="profile", **{"traits.email": email}))
    assert (messages(shown), attribute(shown, "traits.email")) == ([message], email or None)


def test_anothers_address_is_refused(signed_in: Browser, flow: Any, new_person: Callable[..., Person]) -> None:
    answer = signed_in.post(flow, method="profile", **{"traits.email": new_person().email})
    assert message_ids(signed_in, answer) == [4000007]


def test_a_new_address_has_to_be_confirmed_anew(kratos: Kratos, signed_in: Browser, flow: Any, person: Person) -> None:
    email = f"new-{person.email}"
    signed_in.post(flow, method="profile", **{"traits.email": email})
    [address] = signed_in.whoami().json()["identity"]["verifiable_addresses"]
    assert (address["value"], address["verified"], address["status"]) == (email, False, "sent")
    assert code_for(kratos.admin_url, email)


def test_a_post_without_a_method_is_told_so(signed_in: Browser, flow: Any) -> None:
    assert message_ids(signed_in, signed_in.post(flow)) == [4010004]


@pytest.mark.parametrize(
    "fields",
    [
        {"method": "profile", "traits.email": "a@example.org"},
        {"method": "password", "password": "any"},
        {"totp_unlink": "true"},
    ],
)
def test_a_forged_token_is_an_error_page(fields: dict[str, str], signed_in: Browser, flow: Any) -> None:
    error = error_of(signed_in, signed_in.post(flow, csrf_token="forged", **fields))
    assert error["id"] == "security_csrf_violation"


# Who may


def test_without_a_session_a_browser_signs_in_and_goes_where_settings_were_to_lead(
    kratos: Kratos, visitor: Browser
) -> None:
    """Not to the settings: Kratos passes return_to on as it is."""
    login = f"{kratos.public_url}/self-service/login/browser"
    assert visitor.get(BEGIN, HTML).headers["Location"] == login
    back = visitor.get(BEGIN, HTML, return_to="http://localhost:3000/b").headers["Location"]
    assert back == f"{login}?return_to=http%3A%2F%2Flocalhost%3A3000%2Fb"


def test_without_a_session_a_script_is_told_so(visitor: Browser) -> None:
    answer = visitor.get(BEGIN, JSON)
    assert (answer.status_code, answer.json()["error"]["id"]) == (401, "session_inactive")


def test_a_flow_without_a_session_is_401_without_an_error_id(kratos: Kratos, flow: Any) -> None:
    stranger = Browser(kratos.public_url)
    read, posted = stranger.read(flow["id"], "settings"), stranger.post(flow, JSON, method="password", password="any")
    for answer in (read, posted):
        assert (answer.status_code, "id" in answer.json()["error"]) == (401, False)
    page = stranger.post(flow, method="password", password="any")
    assert (page.status_code, page.headers["Location"]) == (302, "http://localhost:3000/login")


def test_a_flow_of_somebody_else_is_refused(kratos: Kratos, flow: Any, new_person: Callable[..., Person]) -> None:
    other = Browser(kratos.public_url)
    other.post(other.login(), **new_person().by_password)
    read = other.read(flow["id"], "settings")
    assert (read.status_code, read.json()["error"]["id"]) == (403, "security_identity_mismatch")
    token = csrf_token(other.begin("settings"))
    page = other.post(flow, method="password", password="any-other-password", csrf_token=token)
    assert error_of(other, page)["id"] == "security_identity_mismatch"


def test_an_unknown_flow_is_404(signed_in: Browser) -> None:
    assert signed_in.read("00000000-0000-4000-8000-000000000000", "settings").status_code == 404


# Authenticator app and lookup secrets: what they do to a login is in test_kratos_second_factor.py


def test_each_page_has_a_key_of_its_own_and_keeps_it(signed_in: Browser, flow: Any) -> None:
    assert totp_secret(flow) == totp_secret(signed_in.read(flow["id"], "settings").json())
    assert totp_secret(flow) != totp_secret(signed_in.begin("settings"))
    assert attribute(flow, "totp_qr", "src").startswith("data:image/png;base64,")


@pytest.mark.parametrize(("code", "message"), [("", 4000002), ("000000", 4000008)])
def test_a_missing_or_wrong_code_enrols_nothing(code: str, message: int, signed_in: Browser, flow: Any) -> None:
    shown = signed_in.land(signed_in.post(flow, method="totp", totp_code=code))
    assert (messages(shown), totp_secret(shown)) == ([message], totp_secret(flow))
    assert "totp_unlink" not in names_of(signed_in.begin("settings"))


def test_lookup_secrets_are_made_shown_and_then_confirmed(signed_in: Browser, flow: Any) -> None:
    made = signed_in.land(signed_in.post(flow, lookup_secret_regenerate="true"))
    assert made["id"] == flow["id"]
    text = attribute(made, "lookup_secret_codes", "text")
    codes = [it["context"]["secret"] for it in text["context"]["secrets"]]
    assert (len(set(codes)), {len(code) for code in codes}, text["text"]) == (12, {8}, ", ".join(codes))
    assert "lookup_secret_reveal" not in names_of(signed_in.begin("settings"))
    saved = signed_in.land(signed_in.post(made, lookup_secret_confirm="true"))
    assert (messages(saved), "lookup_secret_reveal" in names_of(saved)) == ([1050001], True)
    shown = signed_in.land(signed_in.post(signed_in.begin("settings"), lookup_secret_reveal="true"))
    assert attribute(shown, "lookup_secret_codes", "text") == text


def test_lookup_secrets_can_be_done_away_with(signed_in: Browser, flow: Any) -> None:
    made = signed_in.land(signed_in.post(flow, lookup_secret_regenerate="true"))
    saved = signed_in.land(signed_in.post(made, lookup_secret_confirm="true"))
    gone = signed_in.land(signed_in.post(saved, lookup_secret_disable="true"))
    assert {"lookup_secret_reveal", "lookup_secret_disable"} & set(names_of(gone)) == set()


def test_a_script_gets_what_was_saved(signed_in: Browser, flow: Any, person: Person) -> None:
    answer: requests.Response = signed_in.post(flow, JSON, method="profile", **{"traits.email": person.email})
    assert (answer.status_code, answer.json()["id"], answer.json()["state"]) == (200, flow["id"], "success")
