"""What has to wait: flows that expired, and sessions too old to change settings. One wait serves all."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.conftest import maker_of_people
from tests.contract.kratos_pages import BACK, messages, methods_of
from tests.contract.kratos_people import Person
from tests.stack.browser import HTML, JSON, Browser
from tests.stack.clock import later
from tests.stack.kratos import Kratos

PRIVILEGED: list[dict[str, str]] = [
    {"method": "password", "password": "another-long-password"},
    {"method": "profile", "traits.email": "new@example.org"},
    {"method": "totp", "totp_code": ""},
    {"totp_unlink": "true"},
    {"lookup_secret_reveal": "true"},
    {"lookup_secret_regenerate": "true"},
    {"lookup_secret_confirm": "true"},
    {"lookup_secret_disable": "true"},
    {"link": "demo-id"},
    {"unlink": "demo-id"},
]


class Waited:
    """A browser signed in, and flows begun, longer ago than either server allows."""

    def __init__(self, kratos: Kratos, person: Person) -> None:
        self.person = person
        self.browser, stranger = Browser(kratos.public_url), Browser(kratos.public_url)
        self.sign_in(self.browser, refresh="false")
        self.expired = {
            flow: stranger.begin(flow, return_to=BACK) for flow in ("registration", "recovery", "verification")
        }
        self.browsers = dict.fromkeys(self.expired, stranger) | {"settings": self.browser}
        self.expired["settings"] = self.browser.begin("settings", return_to=BACK)

    def sign_in(self, browser: Browser, **query: str) -> str:
        return browser.post(browser.login(**query), **self.person.by_password).headers["Location"]


@pytest.fixture(scope="module")
def waited(kratos: Kratos) -> Iterator[Waited]:
    waiting = Waited(kratos, maker_of_people(kratos)())
    with later(kratos.admin_url, 10.1):
        yield waiting


@pytest.mark.parametrize(
    ("flow", "error_id"),
    [("registration", "self_service_flow_expired"), ("recovery", None), ("verification", None), ("settings", None)],
)
def test_an_expired_flow_is_410_and_tells_where_to_begin_anew(
    flow: str, error_id: str | None, kratos: Kratos, waited: Waited
) -> None:
    """Only those of login and registration have an error id."""
    gone = waited.browsers[flow].read(waited.expired[flow]["id"], flow)
    details = gone.json()["error"]["details"]
    assert (gone.status_code, gone.json()["error"].get("id"), details["return_to"]) == (410, error_id, BACK)
    assert details["redirect_to"].startswith(
        f"{kratos.public_url}/self-service/{flow}/browser?return_to=http%3A%2F%2Flocalhost"
    )


@pytest.mark.parametrize(
    ("flow", "fields", "message"),
    [
        ("registration", {"method": "profile", "traits.email": "somebody@example.org"}, 4040001),
        ("recovery", {"method": "code", "email": "somebody@example.org"}, 4060005),
        ("verification", {"method": "code", "email": "somebody@example.org"}, 4070005),
        ("settings", {"method": "password", "password": "another-long-password"}, 4050001),
    ],
)
def test_a_post_to_an_expired_flow_begins_another_that_knows_the_way_back(
    flow: str, fields: dict[str, str], message: int, waited: Waited
) -> None:
    old, browser = waited.expired[flow], waited.browsers[flow]
    new = browser.land(browser.post(old, **fields))
    assert (new["id"] != old["id"], new["return_to"], new["request_url"]) == (True, BACK, old["request_url"])
    assert messages(new) == [message]


@pytest.mark.parametrize("fields", PRIVILEGED, ids=lambda fields: "-".join(fields))
def test_what_needs_a_fresh_session_is_sent_to_sign_in_again(
    fields: dict[str, str], kratos: Kratos, waited: Waited
) -> None:
    flow = waited.browser.begin("settings")
    refused = waited.browser.post(flow, JSON, **fields)
    assert (refused.status_code, refused.json()["error"]["id"]) == (403, "session_refresh_required")
    location = waited.browser.post(waited.browser.begin("settings"), **fields).headers["Location"]
    begin = f"{kratos.public_url}/self-service/login/browser?refresh=true&return_to="
    assert refused.json()["redirect_browser_to"].startswith(begin)
    assert location.startswith(begin)


@pytest.mark.parametrize("fields", [{"method": "password", "password": ""}, {}])
def test_what_changes_nothing_does_not_need_it(fields: dict[str, str], waited: Waited) -> None:
    flow = waited.browser.begin("settings")
    assert waited.browser.land(waited.browser.post(flow, **fields))["id"] == flow["id"]


def test_the_rest_of_the_profile_does_not_need_it(waited: Waited) -> None:
    form: dict[str, Any] = {"method": "profile", "traits.email": waited.person.email, "traits.nickname": "A"}
    browser = waited.browser
    assert browser.land(browser.post(browser.begin("settings"), **form))["state"] == "success"


def test_the_url_of_a_form_nobody_posted_is_only_the_page(waited: Waited) -> None:
    flow = waited.browser.begin("settings")
    page = waited.browser.http.get(flow["ui"]["action"], headers=HTML, allow_redirects=False, timeout=60)
    assert page.headers["Location"] == f"http://localhost:3000/settings?flow={flow['id']}"


def test_a_form_that_had_to_wait_is_taken_up_after_signing_in_again(kratos: Kratos, waited: Waited) -> None:
    """The last test here: it makes the session fresh. Kratos keeps the form behind its continuity cookie."""
    browser = waited.browser
    flow = browser.begin("settings", return_to=BACK)
    held = browser.post(flow, method="password", password="another-long-password")
    query = held.headers["Location"].partition("?")[2]
    page = browser.http.get(held.headers["Location"], headers=HTML, allow_redirects=False, timeout=60)
    login = browser.land(page)
    assert (login["refresh"], login["return_to"], messages(login)) == (True, flow["ui"]["action"], [1010003])
    assert query.startswith("refresh=true&return_to=")
    back = browser.post(login, **waited.person.by_password)
    assert back.headers["Location"] == flow["ui"]["action"]
    done = browser.http.get(back.headers["Location"], headers=HTML, allow_redirects=False, timeout=60)
    assert (done.headers["Location"], methods_of(browser)) == (BACK, [("password", "aal1")] * 2)
    elsewhere = Browser(kratos.public_url)
    elsewhere.post(elsewhere.login(), **waited.person.by_password | {"password": "another-long-password"})
    assert elsewhere.whoami().status_code == 200
