"""The errors the recorder records: each is what Kratos answers a script."""

from typing import TYPE_CHECKING

import requests

from kratos.recorder.placeholders import RETURN_TO, placed, placed_flow
from kratos.recorder.scripts import EMAIL, PASSWORD, TAKEN, WRONG_PASSWORD
from kratos.sandbox.browser import JSON, Browser

if TYPE_CHECKING:
    from kratos.recorder.demo import Bodies, DemoRecorder

UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"
OTHER_COOKIE = {"Cookie": "other=cookie"}
EVIL = "http://evil.example/"
CALLBACK = "/self-service/methods/oidc/callback/demo-id"


def errors(recorder: "DemoRecorder") -> "Bodies":
    stranger, signed_in = recorder.begin("login")[0], recorder.begin("refresh")[0]
    flow = stranger.login(return_to=RETURN_TO)
    answers = of_sessions(recorder, stranger, signed_in) | of_requests(recorder, stranger, signed_in, flow["id"])
    answers["csrf_mismatch"] = stranger.post(flow, JSON, **WRONG_PASSWORD, csrf_token="forged")
    yield (
        "login/session_detected",
        placed_flow(recorder.kratos.public_url, signed_in.post(flow, JSON, **WRONG_PASSWORD).json()),
    )
    public_url, bad = recorder.kratos.public_url, {EVIL: "return_to", "aal9": "aal", "nowhere": "template"}
    for name, answer in answers.items():
        yield f"errors/{name}", placed(public_url, answer.json(), bad)
    yield "errors/flow_unknown", placed(public_url, unknown(stranger, "recovery").json(), {"recovery": "flow"})
    weak = recorder.begin("aal2")[0].whoami().json()
    names = {weak["redirect_browser_to"]: "redirect_browser_to"}
    yield "errors/session_aal2_required", placed(public_url, weak, names)


def of_sessions(recorder: "DemoRecorder", stranger: Browser, signed_in: Browser) -> dict[str, requests.Response]:
    current = f"{recorder.kratos.public_url}/sessions/{signed_in.whoami().json()['id']}"
    other = recorder.signed_in(TAKEN).begin("settings")
    return {
        "no_session": stranger.whoami(),
        "no_session_cookie": stranger.get("/sessions"),
        "tokenizer_unknown": signed_in.get("/sessions/whoami", tokenize_as="nowhere"),
        "session_is_current": signed_in.http.delete(current, headers=JSON, timeout=60),
        "session_inactive": stranger.get("/self-service/logout/browser"),
        "session_inactive_settings": stranger.get("/self-service/settings/browser"),
        "session_missing": stranger.read(UNKNOWN_ID, "settings"),
        "identity_mismatch": signed_in.read(other["id"], "settings"),
        "session_already_available": signed_in.get("/self-service/login/browser"),
        "session_already_available_registration": signed_in.get("/self-service/registration/browser"),
        "session_already_available_recovery": signed_in.get("/self-service/recovery/browser"),
        "session_aal1_required": stranger.get("/self-service/login/browser", aal="aal2"),
        "logout_token_missing": signed_in.get("/self-service/logout"),
        "logout_token_mismatch": signed_in.get("/self-service/logout", token="wrong"),
    }


def of_requests(
    recorder: "DemoRecorder", stranger: Browser, signed_in: Browser, flow_id: str
) -> dict[str, requests.Response]:
    begin, flows = "/self-service/login/browser", "/self-service/login/flows"
    identities = f"{recorder.kratos.admin_url}/admin/identities"
    identity = {"schema_id": "person", "traits": {"email": EMAIL}}
    nowhere = f"{recorder.kratos.public_url}/self-service/login"
    return {
        "aal_unknown": stranger.get(begin, aal="aal9"),
        "return_to_forbidden": stranger.get(begin, return_to=EVIL),
        "invalid_configuration": stranger.get(begin, login_challenge="any"),
        "not_found": stranger.read(UNKNOWN_ID),
        "csrf_no_cookies": Browser(recorder.kratos.public_url).read(flow_id),
        "csrf_no_csrf_cookie": Browser(recorder.kratos.public_url).get(flows, JSON | OTHER_COOKIE, id=flow_id),
        "csrf_no_token": signed_in.read(flow_id),
        "flow_missing": stranger.http.post(nowhere, headers=JSON, timeout=60),
        "oidc_state_invalid": stranger.get(CALLBACK, state="wrong", code="any"),
        "stub_500": stranger.get("/self-service/errors", id="stub:500"),
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
