"""Records what the real Kratos answers with kratos/kratos.yml: the bodies the sandbox replays (kratos/bodies/demo).

Every state is reached anew by its script of posts, and read the way Portico reads it. What differs from run to run
(ids, times, tokens, addresses) is written as placeholders, so recording twice gives no diff.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import requests

from kratos.recorder import errors
from kratos.recorder.cases import DEMO, EMAIL, PASSWORD, TAKEN, Case, Post
from kratos.recorder.placeholders import RETURN_TO, placed, placed_flow
from kratos.recorder.walker import Begun, Walker, patiently
from kratos.sandbox.selfservice import named
from tests.stack.browser import JSON, Browser, code_for, wait_until

Bodies = Iterator[tuple[str, Any]]
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
        yield from errors.errors(self)
        yield from self.expired(expiring)
        yield from errors.disabled(self)

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
        return placed_flow(self.kratos.public_url, self.run(browser, flow, posts))

    # What is recorded beside the scripts

    def identity_and_session(self) -> Bodies:
        created = self.new_person(EMAIL).json()
        names = {created["id"]: "id", EMAIL: "email"}
        variable = {key: f"${key}" for key in ("credentials", "traits", "metadata_public", "state")}
        yield "identity", placed(self.kratos.public_url, created | variable, names)
        body = self.signed_in().whoami().json()
        body |= {key: f"${key}" for key in ("identity", "authentication_methods", "active")}
        body["devices"][0] |= {"id": "$device_id", "ip_address": "$ip_address", "user_agent": "$user_agent"}
        yield "session", placed(self.kratos.public_url, body, {body["id"]: "id"})

    def messages(self) -> Bodies:
        """Record the mail of every flow that sends codes."""
        for kind in ("login", "registration", "verification", "recovery"):
            browser, flow = self.begin_kind(kind)
            self.run(browser, flow, DEMO.scripts[kind]["sent_email"])
            queue = f"{self.kratos.admin_url}/admin/courier/messages"
            message = requests.get(queue, timeout=60).json()[0]
            code = code_for(self.kratos.admin_url)
            message |= {"status": "queued", "send_count": 0}  # as it is before the courier has seen it
            names = {message["recipient"]: "recipient", code: "code", flow["id"]: "id"}
            yield f"messages/{kind}", placed(self.kratos.public_url, message, names)

    def expired(self, begun: dict[str, Begun]) -> Bodies:
        """Record what becomes of flows that outlived their lifespan; waits for that."""
        end = max(datetime.fromisoformat(flow["expires_at"]).timestamp() for _, flow in begun.values())
        wait_until(end + 0.1)
        for kind, (browser, old) in begun.items():
            if kind not in DEMO.begin or kind == "settings":
                yield from self.gone(kind, browser, old)
            else:
                shown = browser.post(old, JSON, **WRONG_PASSWORD).json()
                yield f"{kind}/session_detected", placed_flow(self.kratos.public_url, shown)
        yield from errors.stale(self, begun["settings"][0])

    def gone(self, kind: str, browser: Browser, old: dict[str, Any]) -> Bodies:
        """Record the error of a flow nobody may read any more, and the flow that follows it."""
        error = browser.read(old["id"], kind).json()
        names = {error["error"]["details"]["redirect_to"]: "redirect_to", RETURN_TO: "return_to"}
        yield "errors/" + named("flow_expired", kind), placed(self.kratos.public_url, error, names)
        form = {"method": "password", "identifier": EMAIL, "password": PASSWORD + "2"}
        if kind != "settings":
            form = {"method": "code", "identifier": EMAIL, "email": EMAIL}
        if kind in ("login", "registration", "settings"):
            replaced = browser.post(old, JSON, **form).json()
            names = {replaced["use_flow_id"]: "use_flow_id"}
            yield "errors/" + named("flow_replaced", kind), placed(self.kratos.public_url, replaced, names)
        yield f"{kind}/expired", placed_flow(self.kratos.public_url, browser.land(browser.post(old, **form)))
