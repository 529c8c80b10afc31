"""The device flow (RFC 8628): what a page for codes is told, and what the device gets meanwhile."""

from dataclasses import dataclass, field

import pytest
import requests

from tests.contract.hydra_stacks import Browser, Hydra, Running, query
from tests.stack.clock import later

GRANT = "urn:ietf:params:oauth:grant-type:device_code"
TELEVISION = {"client_id": "tv", "scope": "openid profile"}


@dataclass
class Device:
    """Something without a keyboard that belongs to a public client (or `auth`); `codes` is what it shows."""

    hydra: Hydra
    request: dict[str, str] = field(default_factory=lambda: TELEVISION)
    auth: tuple[str, str] | None = None

    def __post_init__(self) -> None:
        answer = self.begin()
        assert answer.status_code == 200, answer.text
        self.codes = answer.json()

    def begin(self) -> requests.Response:
        return requests.post(f"{self.hydra.public}/oauth2/device/auth", data=self.request, auth=self.auth, timeout=60)

    def poll(self, **form: str) -> requests.Response:
        parameters = {"client_id": self.request["client_id"], "device_code": self.codes["device_code"]} | form
        return self.hydra.token(self.auth, grant_type=GRANT, **parameters)

    def error(self) -> str:
        answer = self.poll()
        assert answer.status_code == 400
        return str(answer.json()["error"])


@pytest.fixture
def device(hydra: Hydra) -> Device:
    return Device(hydra)


def accept(hydra: Hydra, challenge: str, code: str) -> requests.Response:
    path = "/oauth2/auth/requests/device/accept"
    return hydra.call("PUT", path, params={"device_challenge": challenge}, json={"user_code": code})


def challenge_of(browser: Browser, query_string: str = "") -> str:
    return query(browser.open(f"{browser.hydra.public}/oauth2/device/verify{query_string}"))["device_challenge"]


def login_of(browser: Browser, device: Device, query_string: str = "") -> str:
    """The login challenge that the right code leads to."""
    answer = accept(browser.hydra, challenge_of(browser, query_string), device.codes["user_code"])
    assert answer.status_code == 200, answer.text
    return query(browser.open(answer.json()["redirect_to"]))["login_challenge"]


def allow(browser: Browser, device: Device, subject: str, **consent: object) -> requests.Response:
    """Sign in and allow what the device asks for; the answer sends the browser to urls.device.success."""
    after_login = browser.log_in(login_of(browser, device), subject=subject)
    return browser.consent(query(after_login)["consent_challenge"], **consent)


def test_a_device_is_told_a_code_to_show(hydra: Hydra, device: Device) -> None:
    codes = device.codes
    assert codes["verification_uri"] == f"{hydra.public}/oauth2/device/verify"
    assert codes["verification_uri_complete"] == f"{codes['verification_uri']}?user_code={codes['user_code']}"
    assert (len(codes["user_code"]), codes["interval"]) == (8, 5)
    assert codes["device_code"].startswith("ory_dc_")


@pytest.mark.parametrize(
    ("parameters", "status", "error"),
    [
        ({}, 400, "invalid_request"),
        ({"client_id": "nobody"}, 401, "invalid_client"),
        ({"client_id": "tv", "scope": "openid admin"}, 400, "invalid_scope"),
        ({"client_id": "demo"}, 401, "invalid_client"),
    ],
)
def test_a_request_that_is_not_allowed_gets_no_code(
    device: Device, parameters: dict[str, str], status: int, error: str
) -> None:
    device.request = parameters
    answer = device.begin()
    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_a_client_without_the_grant_gets_no_code(device: Device) -> None:
    device.request, device.auth = {"client_id": "demo"}, ("demo", "demo-secret-for-localhost-only")
    assert device.begin().json()["error"] == "invalid_grant"
    assert device.poll().json()["error"] == "unauthorized_client"


def test_the_link_with_the_code_hands_it_to_the_page(browser: Browser, device: Device) -> None:
    answer = browser.open(device.codes["verification_uri_complete"])
    assert answer.headers["Location"].startswith("http://localhost:3000/device?")
    assert query(answer)["user_code"] == device.codes["user_code"]
    assert "user_code" not in query(browser.open(device.codes["verification_uri"]))


def test_a_code_is_taken_to_the_letter_and_may_be_sent_again(hydra: Hydra, browser: Browser, device: Device) -> None:
    challenge, code = challenge_of(browser), device.codes["user_code"]
    for wrong in (code.swapcase(), code[:-1], f"{code} ", "WRONGCOD", ""):
        answer = accept(hydra, challenge, wrong)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert [accept(hydra, challenge, code).status_code for _ in range(2)] == [200, 200]


def test_a_challenge_that_is_none_is_not_found(hydra: Hydra, browser: Browser, device: Device) -> None:
    for challenge in ("junk", browser.login_challenge()):
        assert accept(hydra, challenge, device.codes["user_code"]).status_code == 404


def test_another_browser_gets_no_further_with_the_challenge(hydra: Hydra, browser: Browser, device: Device) -> None:
    """N63."""
    answer = accept(hydra, challenge_of(browser), device.codes["user_code"])
    stranger = Browser(hydra).open(answer.json()["redirect_to"])
    assert (stranger.status_code, stranger.json()["error"]) == (403, "request_forbidden")


def test_the_login_request_names_the_client_but_no_code(hydra: Hydra, browser: Browser, device: Device) -> None:
    request = hydra.ask("login", login_of(browser, device, "?user_code=secret-code&prompt=login&max_age=0"))
    assert (request["client"]["client_id"], request["oidc_context"], request["skip"]) == ("tv", None, False)
    assert request["requested_scope"] == ["openid", "profile"]
    assert request["request_url"].startswith(f"{hydra.public}/oauth2/device/verify?client_id=tv&")
    assert query(request["request_url"])["user_code"] == "****"


def test_prompt_and_max_age_of_the_link_are_not_looked_at(
    hydra: Hydra, browser: Browser, device: Device, subject: str
) -> None:
    browser.sign_in(subject)
    request = hydra.ask("login", login_of(browser, device, "?prompt=login&max_age=0"))
    assert (request["skip"], request["subject"]) == (True, subject)


def test_the_device_waits_until_somebody_allows_it(browser: Browser, device: Device, subject: str) -> None:
    assert device.error() == "authorization_pending"
    assert device.error() == "authorization_pending"  # nobody is told to slow down
    done = allow(browser, device, subject, session={"id_token": {"name": "Ada"}})
    assert done.headers["Location"] == "http://localhost:3000/device/success?client_id=tv"
    tokens = device.poll().json()
    claims = device.hydra.userinfo(tokens["access_token"]).json()
    assert (claims["sub"], claims["name"], claims["aud"]) == (subject, "Ada", ["tv"])
    assert (tokens["scope"], "refresh_token" in tokens) == ("openid profile", False)
    assert device.error() == "invalid_grant"


def test_a_used_code_looks_like_a_wrong_one(hydra: Hydra, browser: Browser, device: Device, subject: str) -> None:
    """N61."""
    allow(browser, device, subject)
    challenge = challenge_of(browser)
    used, wrong = (accept(hydra, challenge, code) for code in (device.codes["user_code"], "WRONGCOD"))
    assert (used.status_code, used.text) == (400, wrong.text)


def test_an_expired_code_looks_like_a_wrong_one(hydra: Hydra) -> None:
    """N61."""
    with Running(hydra.kind, {"device_user_code": "1s"}) as running:
        device, challenge = Device(running.hydra), challenge_of(Browser(running.hydra))
        codes = (device.codes["user_code"], "WRONGCOD")
        with later(running.hydra.admin, 1.6):  # Hydra rounds the end to a second
            expired, wrong = (accept(running.hydra, challenge, code) for code in codes)
        assert (expired.status_code, expired.text) == (400, wrong.text)
        assert device.error() == "authorization_pending"


def test_a_remembered_consent_is_skipped_for_confidential_clients_only(
    hydra: Hydra, browser: Browser, subject: str
) -> None:
    """N13: So a page that believes `skip` signs devices in with one click (RFC 8628 section 5.4)."""
    client = hydra.create_client(grant_types=[GRANT])
    confidential = (client["client_id"], client["client_secret"])
    skips = {}
    for name, auth in (("tv", None), (client["client_id"], confidential)):
        allow(browser, Device(hydra, TELEVISION | {"client_id": name}, auth), subject, remember=True)
        again = browser.log_in(login_of(browser, Device(hydra, TELEVISION | {"client_id": name}, auth)))
        skips[name] = hydra.ask("consent", query(again)["consent_challenge"])["skip"]
    assert skips == {"tv": False, client["client_id"]: True}


def test_a_login_accepted_for_another_person_starts_over(
    hydra: Hydra, browser: Browser, device: Device, subject: str
) -> None:
    """With a prompt nobody reads: the next round comes back with the same person remembered, for ever."""
    browser.sign_in(subject)
    target = hydra.decide("login", "accept", login_of(browser, device), subject="another", remember=True)
    assert query(target)["prompt"] == "login"
    request = hydra.ask("login", login_of(browser, device, target[target.index("?") :]))
    assert (request["skip"], request["subject"]) == (True, subject)


def test_ending_the_session_and_starting_over_lets_another_person_in(
    hydra: Hydra, browser: Browser, device: Device, subject: str
) -> None:
    browser.sign_in(subject)
    request = hydra.ask("login", login_of(browser, device))
    hydra.call("DELETE", "/oauth2/auth/sessions/login", params={"sid": request["session_id"]})
    again = request["request_url"]
    assert hydra.ask("login", login_of(browser, device, again[again.index("?") :]))["skip"] is False


@pytest.mark.parametrize("kind", ["login", "consent"])
def test_a_refusal_is_json_in_the_browser_and_nothing_to_the_device(
    hydra: Hydra, browser: Browser, device: Device, subject: str, kind: str
) -> None:
    challenge = login_of(browser, device)
    if kind == "consent":
        challenge = query(browser.log_in(challenge, subject=subject))["consent_challenge"]
    answer = browser.open(hydra.decide(kind, "reject", challenge, error="access_denied"))
    assert "Location" not in answer.headers
    assert answer.json()["error"] == "access_denied"
    assert device.error() == "authorization_pending"
