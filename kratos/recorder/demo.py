"""Records what the real Kratos answers with kratos/kratos.yml: the bodies the sandbox replays (kratos/bodies/demo).

Every state is reached anew by its script of posts, and read the way Portico reads it. What differs from run to run
(ids, times, tokens, addresses) is written as placeholders, so recording twice gives no diff.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import requests

from kratos.recorder.cases import DEMO, EMAIL, PASSWORD, TAKEN, Case, Post
from kratos.recorder.placeholders import RETURN_TO, placed, placed_flow
from kratos.recorder.walker import Begun, Walker, patiently
from kratos.sandbox.selfservice import named
from tests.stack.browser import JSON, Browser, code_for, wait_until

Bodies = Iterator[tuple[str, Any]]
UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"
BAD = {"http://evil.example/": "return_to", "aal9": "aal", "nowhere": "template"}
WRONG_PASSWORD = DEMO.scripts["login"]["wrong_password"][0]


class DemoRecorder(Walker):
    """Drives one Kratos that has identities of the recorder's own, and gives (name, body with placeholders)."""

    def everything(self) -> Bodies:
        """Record all bodies; the flows that have to expire first are begun first."""
        self.new_person(TAKEN)
        taken = self.signed_in(TAKEN)
        self.run(taken, taken.begin("settings"), DEMO.scripts["settings"]["oidc_taken"])
        expiring = {kind: patiently(self.begin_kind, kind, f"{kind}@example.org") for kind in DEMO.scripts}
        yield from self.identity_and_session()
        for kind, scripts in DEMO.scripts.items():
            for state, posts in scripts.items():
                yield state if "/" in state else f"{kind}/{state}", patiently(self.reach, kind, posts)
        yield from self.messages()
        yield from self.errors()
        yield from self.expired(expiring)
        yield from self.disabled()

    def begin_kind(self, kind: str, email: str = EMAIL, return_to: str = RETURN_TO) -> Begun:
        """Begin a flow for a new person who has what its page shall show."""
        case = DEMO.begin.get(kind, Case(flow=kind)).model_copy(update={"back": True})
        if case.person:
            case.person = case.person.model_copy(update={"email": email})
        else:
            self.new_person(email)
        return self.begin(case, return_to)

    def reach(self, kind: str, posts: list[Post]) -> Any:
        # settings that lead nowhere show what was saved
        browser, flow = self.begin_kind(kind, return_to="" if kind == "settings" else RETURN_TO)
        return placed_flow(self.public_url, self.run(browser, flow, posts))

    # What is recorded beside the scripts

    def identity_and_session(self) -> Bodies:
        created = self.new_person(EMAIL).json()
        names = {created["id"]: "id", EMAIL: "email"}
        variable = {key: f"${key}" for key in ("credentials", "traits", "metadata_public", "state")}
        yield "identity", placed(self.public_url, created | variable, names)
        body = self.signed_in().whoami().json()
        body |= {key: f"${key}" for key in ("identity", "authentication_methods", "active")}
        body["devices"][0] |= {"id": "$device_id", "ip_address": "$ip_address", "user_agent": "$user_agent"}
        yield "session", placed(self.public_url, body, {body["id"]: "id"})

    def messages(self) -> Bodies:
        for kind in ("login", "registration", "verification", "recovery"):
            browser, flow = self.begin_kind(kind)
            self.run(browser, flow, DEMO.scripts[kind]["sent_email"])
            queue = f"{self.kratos.admin_url}/admin/courier/messages"
            message = requests.get(queue, timeout=60).json()[0]
            code = code_for(self.kratos.admin_url)
            message |= {"status": "queued", "send_count": 0}  # as it is before the courier has seen it
            names = {message["recipient"]: "recipient", code: "code", flow["id"]: "id"}
            yield f"messages/{kind}", placed(self.public_url, message, names)

    def expired(self, begun: dict[str, Begun]) -> Bodies:
        """Record what becomes of flows that outlived their lifespan; waits for that."""
        end = max(datetime.fromisoformat(flow["expires_at"]).timestamp() for _, flow in begun.values())
        wait_until(end + 0.1)
        for kind, (browser, old) in begun.items():
            if kind not in DEMO.begin or kind == "settings":
                yield from self.gone(kind, browser, old)
            else:
                shown = browser.post(old, JSON, **WRONG_PASSWORD).json()
                yield f"{kind}/session_detected", placed_flow(self.public_url, shown)
        yield from self.stale(begun["settings"][0])

    def gone(self, kind: str, browser: Browser, old: dict[str, Any]) -> Bodies:
        """Record the error of a flow nobody may read any more, and the flow that follows it."""
        error = browser.read(old["id"], kind).json()
        names = {error["error"]["details"]["redirect_to"]: "redirect_to", RETURN_TO: "return_to"}
        yield "errors/" + named("flow_expired", kind), placed(self.public_url, error, names)
        form = {"method": "password", "identifier": EMAIL, "password": PASSWORD + "2"}
        if kind != "settings":
            form = {"method": "code", "identifier": EMAIL, "email": EMAIL}
        if kind in ("login", "registration", "settings"):
            replaced = browser.post(old, JSON, **form).json()
            names = {replaced["use_flow_id"]: "use_flow_id"}
            yield "errors/" + named("flow_replaced", kind), placed(self.public_url, replaced, names)
        yield f"{kind}/expired", placed_flow(self.public_url, browser.land(browser.post(old, **form)))

    # Errors

    def errors(self) -> Bodies:
        stranger, signed_in = self.begin_kind("login")[0], self.begin_kind("refresh")[0]
        flow, public_url = stranger.login(return_to=RETURN_TO), self.public_url
        detected = signed_in.post(flow, JSON, **WRONG_PASSWORD).json()
        yield "login/session_detected", placed_flow(public_url, detected)
        for who, browser in (("stranger", stranger), ("signed_in", signed_in)):
            for name, (path, query) in DEMO.errors[who].items():
                yield f"errors/{name}", placed(public_url, browser.get(path, JSON, **query).json(), BAD)
        for name, answer in self.others(stranger, signed_in, flow).items():
            yield f"errors/{name}", placed(public_url, answer.json(), {})
        nowhere = f"{public_url}/self-service/recovery?flow={UNKNOWN_ID}"
        unknown = stranger.http.post(nowhere, headers=JSON, timeout=60)
        yield "errors/flow_unknown", placed(public_url, unknown.json(), {"recovery": "flow"})
        weak = self.begin_kind("aal2")[0].whoami().json()
        names = {weak["redirect_browser_to"]: "redirect_browser_to"}
        yield "errors/session_aal2_required", placed(public_url, weak, names)

    def others(self, stranger: Browser, signed_in: Browser, flow: dict[str, Any]) -> dict[str, requests.Response]:
        """Give the errors that take more than one request."""
        public_url, flows = self.public_url, "/self-service/login/flows"
        current = f"{public_url}/sessions/{signed_in.whoami().json()['id']}"
        other = self.signed_in(TAKEN).begin("settings")
        identities = f"{self.kratos.admin_url}/admin/identities"
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

    def stale(self, browser: Browser) -> Bodies:
        """Record what a session hears that signed in too long ago to change a password."""
        answer = browser.post(browser.begin("settings"), JSON, method="password", password=PASSWORD + "3").json()
        names = {answer["redirect_browser_to"]: "redirect_browser_to"}
        yield "errors/session_refresh_required", placed(self.public_url, answer, names)

    def disabled(self) -> Bodies:
        identity_id = self.new_person(EMAIL).json()["id"]
        path = f"{self.kratos.admin_url}/admin/identities/{identity_id}"
        change = [{"op": "replace", "path": "/state", "value": "inactive"}]
        requests.patch(path, json=change, timeout=60).raise_for_status()
        browser = Browser(self.public_url)
        refused = browser.post(browser.login(), JSON, method="password", identifier=EMAIL, password=PASSWORD)
        yield "errors/identity_disabled", placed(self.public_url, refused.json(), {identity_id: "identity_id"})
        requests.delete(path, timeout=60).raise_for_status()
