"""The errors the recorder records: each is what Kratos answers a script."""

from typing import TYPE_CHECKING, Any

import requests

from kratos.recorder.cases import DEMO, EMAIL, PASSWORD, TAKEN
from kratos.recorder.placeholders import RETURN_TO, placed, placed_flow
from tests.stack.browser import JSON, Browser

if TYPE_CHECKING:
    from kratos.recorder.demo import Bodies, DemoRecorder

UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"
BAD = {"http://evil.example/": "return_to", "aal9": "aal", "nowhere": "template"}
WRONG_PASSWORD = DEMO.scripts["login"]["wrong_password"][0]


def errors(recorder: "DemoRecorder") -> "Bodies":
    stranger, signed_in = recorder.begin_kind("login")[0], recorder.begin_kind("refresh")[0]
    flow, public_url = stranger.login(return_to=RETURN_TO), recorder.kratos.public_url
    detected = signed_in.post(flow, JSON, **WRONG_PASSWORD).json()
    yield "login/session_detected", placed_flow(public_url, detected)
    for who, asked in (("stranger", stranger), ("signed_in", signed_in)):
        for name, (path, query) in DEMO.errors[who].items():
            yield f"errors/{name}", placed(public_url, asked.get(path, JSON, **query).json(), BAD)
    for name, answer in others(recorder, stranger, signed_in, flow).items():
        yield f"errors/{name}", placed(public_url, answer.json(), {})
    yield "errors/flow_unknown", placed(public_url, unknown(stranger, "recovery").json(), {"recovery": "flow"})
    weak = recorder.begin_kind("aal2")[0].whoami().json()
    names = {weak["redirect_browser_to"]: "redirect_browser_to"}
    yield "errors/session_aal2_required", placed(public_url, weak, names)


def others(
    recorder: "DemoRecorder", stranger: Browser, signed_in: Browser, flow: dict[str, Any]
) -> dict[str, requests.Response]:
    """Give the errors that take more than one request."""
    public_url, flows = recorder.kratos.public_url, "/self-service/login/flows"
    current = f"{public_url}/sessions/{signed_in.whoami().json()['id']}"
    other = recorder.signed_in(TAKEN).begin("settings")
    identities = f"{recorder.kratos.admin_url}/admin/identities"
    identity = {"schema_id": "person", "traits": {"email": EMAIL}}
    return {
        "session_is_current": signed_in.http.delete(current, headers=JSON, timeout=60),
        "identity_mismatch": signed_in.read(other["id"], "settings"),
        "csrf_no_cookies": Browser(public_url).read(flow["id"]),
        "csrf_no_csrf_cookie": Browser(public_url).get(flows, JSON | {"Cookie": "other=cookie"}, id=flow["id"]),
        "csrf_no_token": signed_in.read(flow["id"]),
        "csrf_mismatch": stranger.post(flow, JSON, **WRONG_PASSWORD, csrf_token="forged"),
        "flow_missing": stranger.http.post(f"{public_url}/self-service/login", headers=JSON, timeout=60),
        "identity_conflict": requests.post(identities, json=identity, timeout=60),
        "identity_invalid": requests.post(identities, json=identity | {"traits": {}}, timeout=60),
    }


def unknown(browser: Browser, flow: str) -> requests.Response:
    url = f"{browser.public_url}/self-service/{flow}"
    return browser.http.post(url, params={"flow": UNKNOWN_ID}, headers=JSON, timeout=60)


def stale(recorder: "DemoRecorder", browser: Browser) -> "Bodies":
    """Record what a session hears that signed in too long ago to change a password."""
    answer = browser.post(browser.begin("settings"), JSON, method="password", password=PASSWORD + "3").json()
    names = {answer["redirect_browser_to"]: "redirect_browser_to"}
    yield "errors/session_refresh_required", placed(recorder.kratos.public_url, answer, names)


def disabled(recorder: "DemoRecorder") -> "Bodies":
    identity_id = recorder.new_person(EMAIL).json()["id"]
    path = f"{recorder.kratos.admin_url}/admin/identities/{identity_id}"
    change = [{"op": "replace", "path": "/state", "value": "inactive"}]
    requests.patch(path, json=change, timeout=60).raise_for_status()
    browser = Browser(recorder.kratos.public_url)
    refused = browser.post(browser.login(), JSON, method="password", identifier=EMAIL, password=PASSWORD)
    yield "errors/identity_disabled", placed(recorder.kratos.public_url, refused.json(), {identity_id: "identity_id"})
    requests.delete(path, timeout=60).raise_for_status()
