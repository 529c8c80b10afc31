"""Walks through the flows of one Kratos as a browser does, with identities of its own."""

import json
import re
import sys
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import requests

from kratos.recorder.authenticator import Authenticator
from kratos.recorder.cases import EMAIL, PASSWORD, Case, Person, Post
from kratos.recorder.placeholders import RETURN_TO
from kratos.sandbox.totp import code_at
from tests.stack.browser import HTML, Browser, attribute, code_for, totp_secret
from tests.stack.kratos import Kratos

Body = dict[str, Any]
Begun = tuple[Browser, Body]
HOME = "http://localhost:3000/"
BACK = "http://localhost:3000/login?login_challenge=abc&n=1"  # where an application's login waits
BESIDE = ("at_provider", "refused", "wait")  # of a post, what is no field
KEYS = {
    "$passkey": ("passkey_create_data", "passkey_challenge"),
    "$security_key": ("webauthn_register_trigger", "webauthn_login_trigger"),
    "$wrong_key": ("webauthn_login_trigger",),
}


class Walker:
    """Creates people in one Kratos and posts its forms."""

    def __init__(self, kratos: Kratos) -> None:
        self.kratos, self.public_url = kratos, kratos.public_url
        self.used = ""
        self.authenticator = Authenticator(EMAIL)

    def new_person(self, email: str, **payload: Any) -> requests.Response:
        identity = {
            "schema_id": "person",
            "traits": {"email": email},
            "credentials": {"password": {"config": {"password": PASSWORD}}},
        }
        identities = f"{self.kratos.admin_url}/admin/identities"
        for old in requests.get(identities, params={"credentials_identifier": email}, timeout=60).json():
            requests.delete(f"{identities}/{old['id']}", timeout=60).raise_for_status()
        answer = requests.post(identities, json=identity | payload, timeout=60)
        answer.raise_for_status()
        return answer

    def signed_in(self, email: str = EMAIL) -> Browser:
        browser = Browser(self.public_url)
        browser.post(browser.login(), method="password", identifier=email, password=PASSWORD)
        return browser

    def begin(self, case: Case, return_to: str = BACK) -> Begun:
        """Begin the flow of a case as the person who comes to it."""
        browser = self.visitor(case.person) if case.person else Browser(self.public_url)
        if case.person and case.person.leaves:
            browser = Browser(self.public_url)
        elif case.person and "aal" in case.query and "refresh" not in case.query:  # with a password alone again
            browser = self.signed_in(case.person.email)
        return browser, browser.begin(case.flow, **case.query | ({"return_to": return_to} if case.back else {}))

    def visitor(self, person: Person) -> Browser:
        """Give a browser in which this person is signed in, with everything they have."""
        self.authenticator = Authenticator(person.email)
        if person.entry:
            browser, (flow, posts) = Browser(self.public_url), person.entry
            self.run(browser, browser.begin(flow), posts)
            return browser
        address = {"value": person.email, "verified": True, "via": "email", "status": "completed"}
        self.new_person(person.email, traits={"email": person.email} | person.traits, verifiable_addresses=[address])
        browser = self.signed_in(person.email)
        if person.posts:
            self.run(browser, browser.begin("settings"), person.posts)
        if person.spends:
            self.spend(browser)
        return browser

    def spend(self, browser: Browser) -> None:
        """Use a lookup secret, so that there is one that was used."""
        page = self.run(browser, browser.begin("settings"), [{"lookup_secret_reveal": "true"}])
        self.used = attribute(page, "lookup_secret_codes", "text")["context"]["secrets"][0]["context"]["secret"]
        browser.post(browser.login(refresh="true", aal="aal2"), method="lookup_secret", lookup_secret=self.used)

    def run(self, browser: Browser, flow: Body, posts: list[Post]) -> Body:
        """Post the forms one after the other, and give the body of the flow where that ends."""
        shown = flow
        for post in posts:
            answer = self.step(browser, flow, post)
            if answer.headers.get("Location") in (RETURN_TO, BACK, HOME):
                continue  # signed in: what the flow says to another post is asked of the flow itself
            shown = browser.land(answer)
            flow = shown if shown["ui"]["method"] == "POST" else flow
        return shown

    def step(self, browser: Browser, flow: Body, post: Post) -> requests.Response:
        if "open" in post:
            return browser.http.get(self.secret(flow, post["open"]), headers=HTML, allow_redirects=False, timeout=60)
        time.sleep(post.get("wait", 0))
        fields = {name: self.secret(flow, value) for name, value in post.items() if name not in BESIDE}
        answer = browser.post(flow, **fields)
        if "refused" in post:
            state = parse_qs(urlsplit(answer.headers["Location"]).query)["state"][0]
            callback = "/self-service/methods/oidc/callback/demo-id"
            return browser.get(callback, HTML, state=state, error="access_denied", error_description=post["refused"])
        if "at_provider" in post:
            typed = {name: self.secret(flow, value) for name, value in post["at_provider"].items()}
            answer = browser.at_provider(answer, **typed)
        return answer

    def secret(self, flow: Body, value: str) -> Any:
        if value == "$totp":
            return code_at(totp_secret(flow), time.time())
        if value == "$code":
            return code_for(self.kratos.admin_url)
        if value == "$link":
            queue = requests.get(f"{self.kratos.admin_url}/admin/courier/messages", timeout=60).json()
            return re.findall(r"https?://\S+self-service\S+", queue[0]["body"])[0]
        if value in KEYS:
            return self.press(flow, KEYS[value], forged=value == "$wrong_key")
        if value == "$first":
            return attribute(flow, "recovery_select_address")
        return {"$used": self.used, "$anybody": uuid4().hex}.get(value, value)

    def press(self, flow: Body, names: tuple[str, ...], forged: bool) -> str:
        values = {node["attributes"].get("name"): node["attributes"].get("value") for node in flow["ui"]["nodes"]}
        data = json.loads(next(values[name] for name in names if values.get(name)))
        options = data.get("credentialOptions", data)["publicKey"]
        return self.authenticator.create(options) if "user" in options else self.authenticator.sign(options, forged)


def patiently(act: Callable[..., Any], *arguments: Any) -> Any:
    """Try anew what failed: Kratos' database in memory is locked now and then, while the courier looks into it."""
    for _ in range(3):
        try:
            return act(*arguments)
        except (AssertionError, IndexError, requests.RequestException) as error:
            sys.stderr.write(f"once more: {error}\n")
    return act(*arguments)
