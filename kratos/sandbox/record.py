"""`python -m kratos.sandbox.record` (`make record`): records the bodies the stand-in replays from the real Kratos.

Every state is reached anew by its script of posts, and read the way Portico reads it. What differs from run to run
(ids, times, tokens, addresses) is written as the placeholders bodies.py fills in, so recording twice gives no diff.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from uuid import uuid4

import requests

from kratos.sandbox import record_errors
from kratos.sandbox.bodies import RECORDED
from kratos.sandbox.browser import JSON, Browser, attribute, code_for, totp_secret, wait_until
from kratos.sandbox.placeholders import RETURN_TO, placed, placed_flow
from kratos.sandbox.scripts import (
    BEGIN,
    EMAIL,
    LINK,
    PASSWORD,
    PREPARED,
    SCRIPTS,
    SEND,
    SIGNED_IN,
    TAKEN,
    WRONG_PASSWORD,
    Post,
)
from kratos.sandbox.selfservice import named
from kratos.sandbox.servers import HOW_TO_GET_KRATOS, Kratos, real_kratos, running
from kratos.sandbox.totp import code_at

Bodies = Iterator[tuple[str, Any]]
Begun = tuple[Browser, dict[str, Any]]


class Recorder:
    """Drives one Kratos that has identities of the recorder's own, and gives (name, body with placeholders)."""

    def __init__(self, kratos: Kratos) -> None:
        self.kratos = kratos
        self.used = ""

    def everything(self) -> Bodies:
        """Record all bodies; the flows that have to expire first are begun first."""
        self.new_person(TAKEN)
        taken = self.signed_in(TAKEN)
        self.run(taken, taken.begin("settings"), [LINK | {"at_provider": {"name": "Taken Person"}}])
        expiring = {kind: patiently(self.begin, kind, f"{kind}@example.org") for kind in SCRIPTS}
        yield from self.identity_and_session()
        for kind, scripts in SCRIPTS.items():
            for state, posts in scripts.items():
                yield state if "/" in state else f"{kind}/{state}", patiently(self.reach, kind, posts)
        yield from self.messages()
        yield from record_errors.errors(self)
        yield from self.expired(expiring)
        yield from record_errors.disabled(self)

    # People

    def new_person(self, email: str) -> requests.Response:
        """Create an identity anew, and give Kratos' answer."""
        credentials = {"password": {"config": {"password": PASSWORD}}}
        identity = {"schema_id": "person", "traits": {"email": email}, "credentials": credentials}
        identities = f"{self.kratos.admin_url}/admin/identities"
        for old in requests.get(identities, params={"credentials_identifier": email}, timeout=60).json():
            requests.delete(f"{identities}/{old['id']}", timeout=60).raise_for_status()
        answer = requests.post(identities, json=identity, timeout=60)
        answer.raise_for_status()
        return answer

    def signed_in(self, email: str = EMAIL) -> Browser:
        browser = Browser(self.kratos.public_url)
        browser.post(browser.login(), method="password", identifier=email, password=PASSWORD)
        return browser

    # Flows

    def begin(self, kind: str, email: str = EMAIL, return_to: str = RETURN_TO) -> Begun:
        """Begin a flow for a new person who has what its page shall show."""
        flow, query = BEGIN.get(kind, (kind, {}))
        query = query | {"return_to": return_to}
        self.new_person(email)
        if kind not in SIGNED_IN:
            browser = Browser(self.kratos.public_url)
            return browser, browser.begin(flow, **query)
        browser = self.signed_in(email)
        if kind in PREPARED:
            self.run(browser, browser.begin("settings"), PREPARED[kind])
        if kind.endswith("aal2") and kind in PREPARED:
            self.spend(browser)
        if kind == "aal2":
            browser = self.signed_in(email)
        return browser, browser.begin(flow, **query)

    def spend(self, browser: Browser) -> None:
        """Use a lookup secret, so that there is one that was used."""
        page = self.run(browser, browser.begin("settings"), [{"lookup_secret_reveal": "true"}])
        self.used = attribute(page, "lookup_secret_codes", "text")["context"]["secrets"][0]["context"]["secret"]
        browser.post(browser.login(refresh="true", aal="aal2"), method="lookup_secret", lookup_secret=self.used)

    def reach(self, kind: str, posts: list[Post]) -> Any:
        # settings that lead nowhere show what was saved
        browser, flow = self.begin(kind, return_to="" if kind == "settings" else RETURN_TO)
        return placed_flow(self.kratos.public_url, self.run(browser, flow, posts))

    def run(self, browser: Browser, flow: dict[str, Any], posts: list[Post]) -> dict[str, Any]:
        """Post the forms one after the other, and give the body of the flow where that ends."""
        shown = flow
        for post in posts:
            fields = {name: self.secret(flow, value) for name, value in post.items() if name != "at_provider"}
            answer = browser.post(flow, **fields)
            if "at_provider" in post:
                typed = {name: self.secret(flow, value) for name, value in post["at_provider"].items()}
                answer = browser.at_provider(answer, **typed)
            if answer.headers.get("Location") == RETURN_TO:
                continue  # signed in: what the flow says to another post is asked of the flow itself
            shown = browser.land(answer)
            flow = shown if shown["ui"]["method"] == "POST" else flow
        return shown

    def secret(self, flow: dict[str, Any], value: str) -> Any:
        if value == "$totp":
            return code_at(totp_secret(flow), time.time())
        if value == "$code":
            return code_for(self.kratos.admin_url)
        return {"$used": self.used, "$anybody": uuid4().hex}.get(value, value)

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
            browser, flow = self.begin(kind)
            self.run(browser, flow, SCRIPTS[kind]["sent_email"])
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
            flow = BEGIN.get(kind, (kind, {}))[0]
            if kind == flow:
                yield from self.gone(kind, browser, old)
            elif flow == "login":
                shown = browser.post(old, JSON, **WRONG_PASSWORD).json()
                yield f"{kind}/session_detected", placed_flow(self.kratos.public_url, shown)
        yield from record_errors.stale(self, begun["settings"][0])

    def gone(self, kind: str, browser: Browser, old: dict[str, Any]) -> Bodies:
        """Record the error of a flow nobody may read any more, and the flow that follows it."""
        error = browser.read(old["id"], kind).json()
        names = {error["error"]["details"]["redirect_to"]: "redirect_to", RETURN_TO: "return_to"}
        yield "errors/" + named("flow_expired", kind), placed(self.kratos.public_url, error, names)
        form = WRONG_PASSWORD | {"password": PASSWORD + "2"} if kind == "settings" else SEND | {"email": EMAIL}
        if kind in ("login", "registration", "settings"):
            replaced = browser.post(old, JSON, **form).json()
            names = {replaced["use_flow_id"]: "use_flow_id"}
            yield "errors/" + named("flow_replaced", kind), placed(self.kratos.public_url, replaced, names)
        yield f"{kind}/expired", placed_flow(self.kratos.public_url, browser.land(browser.post(old, **form)))


def patiently(act: Callable[..., Any], *arguments: Any) -> Any:
    """Try anew what failed: Kratos' database in memory is locked now and then, while the courier looks into it."""
    for _ in range(3):
        try:
            return act(*arguments)
        except (AssertionError, requests.RequestException) as error:
            sys.stderr.write(f"once more: {error}\n")
    return act(*arguments)


def write(bodies: Bodies) -> int:
    """Write each body to its file, remove files nobody recorded, and say how many there are."""
    kept = set()
    for name, body in list(bodies):  # all of them or none: a failure half-way leaves the files alone
        path = RECORDED / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(body, indent=2, ensure_ascii=False) + "\n")
        kept.add(path)
    for stale in set(RECORDED.rglob("*.json")) - kept:
        stale.unlink()
    return len(kept)


def main() -> int:
    """Record from a real Kratos started for it; 1 when there is none."""
    if real_kratos() is None:
        sys.stderr.write(f"kratos recorder: {HOW_TO_GET_KRATOS}\n")
        return 1
    with running("real", courier_url="http://127.0.0.1:9/") as kratos:  # nobody listens there; mails stay queued
        count = write(Recorder(kratos).everything())
    sys.stdout.write(f"{count} bodies recorded in {RECORDED}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
