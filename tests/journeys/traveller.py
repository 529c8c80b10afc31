"""Somebody at a Chromium without JavaScript, on the way from an application through Portico and back into it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import struct
import time
from collections.abc import Mapping
from typing import Any

import playwright.sync_api as playwright

from tests.journeys.site import Person, Site

NARROW = {"width": 320, "height": 640}
TITLES = {"demo": "Demo", "first-party": "First Party"}
TASKS = ({"password", "passkey"}, {"totp", "webauthn", "lookup_secret"})  # what the settings may show on the way
# What is looked at on every page, in one question: each takes Chromium and its driver some milliseconds.
SEEN = """() => {
    const all = (selector, read) => Array.from(document.querySelectorAll(selector), read);
    return {
        page: document.querySelector("h1")?.innerText ?? "",
        tasks: document.querySelectorAll("h1").length,
        title: document.title,
        headings: all("h1, h2, h3", one => one.innerText),
        width: document.documentElement.scrollWidth,
        groups: all(".methods > details > .stack", one => one.id),
        links: all("main a:not([href^='#'])", one => one.pathname),
    };
}"""


def totp(secret: str, moment: float | None = None) -> str:
    """What an authenticator app shows for the key (RFC 6238 with SHA-1, six digits, 30 seconds)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    count = struct.pack(">Q", int(time.time() if moment is None else moment) // 30)
    digest = hmac.digest(key, count, hashlib.sha1)
    number = struct.unpack_from(">I", digest, digest[-1] & 15)[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"


class Traveller:
    """Fills in, presses and reads as people do; whatever page of Portico that leads to, it is looked at.

    From `begin` to `arrive` each one has to name the application and to show one task. `named=False` is for pages
    that cannot know it.
    """

    def __init__(self, site: Site, tab: playwright.Page) -> None:
        self.site, self.tab, self.client = site, tab, ""

    def new_tab(self) -> Traveller:
        """The same person with one more tab."""
        return Traveller(self.site, self.tab.context.new_page())

    def begin(self, client: str = "first-party", **parameters: str) -> None:
        """Press the sign-in button of an application, which adds these parameters to its authorization request."""
        self.client = client
        query = "&".join(f"{name}={value}" for name, value in parameters.items())
        self.open(f"{self.site.demo}/{client}/login" + (f"?{query}" if query else ""))

    def open(self, url: str, named: bool = True) -> None:
        """Type an address."""
        self._look(self.tab.goto(url), named)

    def fill(self, fields: Mapping[str, str]) -> None:
        """Type into the fields with these labels."""
        for label, value in fields.items():
            assert self.field(label).count() == 1, self
            self.field(label).fill(value)

    def field(self, label: str) -> playwright.Locator:
        """The field with this label."""
        return self.tab.locator("input").and_(self.tab.get_by_label(label, exact=True))

    def press(self, words: str, fields: Mapping[str, str] | None = None, named: bool = True) -> None:
        """Fill in these fields and press the button with these words, be it marked as the last used way or not."""
        self.fill(fields or {})
        self._click(self.tab.get_by_role("button", name=re.compile(f"^{re.escape(words)}( Last used)?$")), named)

    def follow(self, words: str, named: bool = True) -> None:
        """Click the link with these words."""
        self._click(self.tab.get_by_role("link", name=words, exact=True), named)

    def sign_in(self, person: Person, named: bool = True) -> None:
        """Fill in a login page."""
        self.press("Sign in with password", {"Email": person.email, "Password": person.password}, named)

    def reload(self) -> None:
        self._look(self.tab.reload(), True)

    def back(self, named: bool = True) -> None:
        self._return(self.tab.go_back(wait_until="commit"), named)

    def forward(self) -> None:
        self._return(self.tab.go_forward(wait_until="commit"), True)

    def forget_cookie(self, prefix: str) -> None:
        """Lose the cookie whose name begins with `prefix`; there has to be one."""
        [name] = [cookie["name"] for cookie in self.tab.context.cookies() if cookie["name"].startswith(prefix)]
        self.tab.context.clear_cookies(name=name)

    @property
    def page(self) -> str:
        """What the page is called."""
        return " ".join(self.tab.inner_text("h1").split())

    @property
    def problem(self) -> str:
        """What the page says went wrong."""
        return self.tab.inner_text(".error-summary .message, .message-error").strip()

    @property
    def notice(self) -> str:
        """What the page says has happened meanwhile."""
        return self.tab.inner_text(".notice").strip()

    def says(self, words: str) -> bool:
        """Whether the page has these words."""
        return words in " ".join(self.tab.inner_text("main").split())

    def arrive(self) -> dict[str, Any]:
        """The verified claims of the ID token; the browser has to be at the application, signed in."""
        state = self._known()
        assert state["error"] is None, (state["error"], self)
        assert state["signed_in"], self
        assert self.page.startswith("Hello, "), self
        claims: dict[str, Any] = state["id_token"]
        return claims

    def refused(self) -> str:
        """The OAuth error that the application got, given that the browser is back at it."""
        state = self._known()
        assert state["error"], (state, self)
        code: str = state["error"]["error"]
        return code

    def _known(self) -> dict[str, Any]:
        assert self.tab.url == f"{self.site.demo}/{self.client}", self
        state: dict[str, Any] = self.tab.request.get(f"{self.site.demo}/{self.client}.json").json()
        return state

    def __repr__(self) -> str:
        shown = re.sub(r"(?<=\?)\S{80,}", "...", self.tab.locator("body").aria_snapshot())
        return f"{self.tab.url[:120]}\n{shown}"

    def _click(self, control: playwright.Locator, named: bool) -> None:
        assert control.count() == 1, self  # nothing appears later on a page without scripts
        with self.tab.expect_navigation() as navigation:
            control.click()
        self._look(navigation.value, named)

    def _return(self, answer: playwright.Response | None, named: bool) -> None:
        self.tab.wait_for_selector("h1")  # a page that the browser has kept is not loaded again
        self._look(answer, named)

    def _look(self, answer: playwright.Response | None, named: bool) -> None:
        """What holds for every page between the application's button and its code."""
        assert self.tab.url.startswith((self.site.portico, self.site.demo)), self  # nobody else has pages for people
        if answer:  # none for a page the browser had kept
            assert answer.status < 500, self
        if not self.tab.url.startswith(self.site.portico):
            return
        seen = self.tab.evaluate(SEEN)
        assert seen["tasks"] == 1, self
        assert len(seen["headings"]) == len(set(seen["headings"])), seen["headings"]
        assert seen["width"] <= NARROW["width"], self
        if named and self.client:
            self._look_for_application(seen)

    def _look_for_application(self, seen: Mapping[str, Any]) -> None:
        title = TITLES[self.client]
        is_for_all = "is verified" in seen["title"]
        assert is_for_all or title in " ".join(seen["page"].split()), self
        assert is_for_all or title in seen["title"], seen["title"]
        groups = set(seen["groups"])
        assert not groups or any(groups <= task for task in TASKS), groups
        assert not {"/", "/welcome", "/sessions", "/apps", "/settings", "/logout"} & set(seen["links"]), seen["links"]


def waited(moment: float) -> None:
    """Let the clock of this machine reach `moment`, seconds since 1970."""
    time.sleep(max(0.0, moment - time.time()))


def authenticator_key(traveller: Traveller) -> str:
    """The key that a page offers for an authenticator app."""
    key = traveller.tab.get_by_test_id("node/text/totp_secret_key/text").locator("code").inner_text()
    return key.strip()


def backup_codes(traveller: Traveller) -> list[str]:
    """The backup codes a page shows."""
    return traveller.tab.get_by_test_id("node/text/lookup_secret_codes/text").locator("code").all_inner_texts()
