"""A person with second factors, for the Kratos contract tests."""

import time
from dataclasses import dataclass

from kratos.sandbox.totp import code_at
from tests.contract.kratos_people import Person
from tests.stack.browser import Browser, attribute, totp_secret


@dataclass
class Guarded:
    """A person with an authenticator app and lookup secrets, in the `browser` that set them up."""

    person: Person
    browser: Browser
    secret: str
    lookup_secrets: list[str]

    def totp(self) -> dict[str, str]:
        return {"method": "totp", "totp_code": code_at(self.secret, time.time())}

    def lookup_secret(self) -> dict[str, str]:
        """Use up the next lookup secret."""
        return {"method": "lookup_secret", "lookup_secret": self.lookup_secrets.pop(0)}


def guard(browser: Browser, person: Person) -> Guarded:
    """Set up both factors for `person`, who is signed in with the browser."""
    secret = add_totp(browser)
    made = browser.land(browser.post(browser.begin("settings"), lookup_secret_regenerate="true"))
    text = attribute(made, "lookup_secret_codes", "text")
    browser.post(made, lookup_secret_confirm="true")
    return Guarded(person, browser, secret, [it["context"]["secret"] for it in text["context"]["secrets"]])


def add_totp(browser: Browser) -> str:
    """Set up an authenticator app, and give its key."""
    flow = browser.begin("settings")
    secret = totp_secret(flow)
    browser.post(flow, method="totp", totp_code=code_at(secret, time.time()))
    return secret
