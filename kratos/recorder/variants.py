"""Records what the real Kratos answers with other configurations than the demo's (kratos/bodies/variants)."""

import base64
import json
from typing import Any

import requests

from kratos.recorder.authenticator import Authenticator
from kratos.recorder.cases import Case, Person
from kratos.recorder.configurations import VARIANTS, Variant
from kratos.recorder.demo import Bodies
from kratos.recorder.placeholders import placed_case
from kratos.recorder.walker import Walker, patiently
from kratos.sandbox.browser import Browser
from kratos.sandbox.servers import Kratos, running

NO_COURIER = "http://127.0.0.1:9/"  # nobody listens there; mails stay queued


def variants() -> Bodies:
    """Record the cases of all configurations."""
    for variant in VARIANTS:
        yield from recorded(variant)


def recorded(variant: Variant) -> Bodies:
    """Start a real Kratos with this configuration, and record its cases."""
    settings = variant.settings
    if variant.traits is not None:
        schemas = [{"id": "person", "url": schema(variant.traits, variant.required)}]
        settings = settings | {"identity.schemas": schemas}
    with running("real", NO_COURIER, settings) as kratos:
        recorder = VariantRecorder(kratos, variant)
        for name, case in variant.cases.items():
            yield name, patiently(recorder.record, case)


def schema(traits: dict[str, Any], required: tuple[str, ...]) -> str:
    """Give an identity schema as a URL: an e-mail address, a name, and these traits."""
    email = {
        "type": "string",
        "format": "email",
        "title": "Email",
        "minLength": 3,
        "ory.sh/kratos": {
            "credentials": {
                "password": {"identifier": True},
                "code": {"identifier": True, "via": "email"},
                "webauthn": {"identifier": True},
                "passkey": {"display_name": True},
                "totp": {"account_name": True},
            },
            "verification": {"via": "email"},
            "recovery": {"via": "email"},
        },
    }
    parts = {name: {"type": "string", "title": f"{name.title()} name"} for name in ("first", "last")}
    properties = {"email": email, "name": {"type": "object", "properties": parts}} | traits
    person = {"type": "object", "properties": properties, "required": ["email", *required]}
    document = {"type": "object", "properties": {"traits": person}}
    return "base64://" + base64.b64encode(json.dumps(document).encode()).decode()


class VariantRecorder(Walker):
    """Records the cases of one configuration, each with nobody but its accounts."""

    def __init__(self, kratos: Kratos, variant: Variant) -> None:
        super().__init__(kratos)
        self.accounts = variant.accounts

    def record(self, case: Case) -> Any:
        self.forget_everybody()
        for account in self.accounts:
            self.new_person(account["traits"]["email"], **account)
        browser = Browser(self.kratos.public_url)
        if case.person:
            browser = self.visitor(case.person)
            if case.person.leaves:
                browser = Browser(self.kratos.public_url)
            elif "aal" in case.query and "refresh" not in case.query:  # with a password alone again
                browser = self.signed_in(case.person.email)
        return placed_case(
            self.kratos.public_url, self.run(browser, browser.begin(case.flow, **case.query), list(case.posts))
        )

    def forget_everybody(self) -> None:
        identities = f"{self.kratos.admin_url}/admin/identities"
        for identity in requests.get(identities, timeout=60).json():
            requests.delete(f"{identities}/{identity['id']}", timeout=60).raise_for_status()

    def visitor(self, person: Person) -> Browser:
        """Give a browser in which this person is signed in, with everything they have."""
        self.authenticator = Authenticator(person.email)
        if person.entry:
            browser, (flow, posts) = Browser(self.kratos.public_url), person.entry
            self.run(browser, browser.begin(flow), list(posts))
            return browser
        address = {"value": person.email, "verified": True, "via": "email", "status": "completed"}
        self.new_person(person.email, traits={"email": person.email} | person.traits, verifiable_addresses=[address])
        browser = self.signed_in(person.email)
        if person.posts:
            self.run(browser, browser.begin("settings"), list(person.posts))
        if person.spends:
            self.spend(browser)
        return browser
