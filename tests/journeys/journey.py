"""Somebody at a browser without JavaScript, on the way from an application through Portico and back into it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

from bs4 import Tag

from tests.journeys.browsing import Page, visible_text
from tests.journeys.site import Person, Site, Visitor

TITLES = {"demo": "Demo", "first-party": "First Party"}
TASKS = ([], ["sign-in"], ["two-step"])  # what the settings may show on the way
ELSEWHERE = {"/", "/welcome", "/sessions", "/apps", "/settings", "/logout"}  # where the way would end


def totp(secret: str, moment: float | None = None) -> str:
    """What an authenticator app shows for the key (RFC 6238 with SHA-1, six digits, 30 seconds)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    count = struct.pack(">Q", int(time.time() if moment is None else moment) // 30)
    digest = hmac.digest(key, count, hashlib.sha1)
    number = struct.unpack_from(">I", digest, digest[-1] & 15)[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"


class Journey:
    """Fills in, presses and reads as people do; whatever page of Portico that leads to, it is looked at.

    From `begin` to `arrive` each one has to name the application and to show one task. `named=False` is for pages
    that cannot know it. What only a window has (widths, what Back restores) is asked of Chromium elsewhere.
    """

    def __init__(self, site: Site, visitor: Visitor | None = None) -> None:
        self.site, self.visitor, self.client = site, visitor or Visitor(site), ""
        self.history: list[str] = []

    def new_tab(self) -> Journey:
        """The same person with one more tab."""
        return Journey(self.site, self.visitor)

    def begin(self, client: str = "first-party", **parameters: str) -> None:
        """Press the sign-in button of an application, which adds these parameters to its authorization request."""
        self.client = client
        self._go(lambda: self.visitor.ask(client, **parameters), True)

    def open(self, url: str, named: bool = True) -> None:
        """Type an address."""
        self._go(lambda: self.visitor.open(url), named)

    def field(self, label: str) -> Tag:
        """The field with this label."""
        labels = [tag for tag in self.tab.soup.find_all("label") if visible_text(tag) == label]
        fields = [field for tag in labels for field in tag("input") or self.tab.soup("input", id=tag["for"])]
        assert len(fields) == 1, (label, self)
        return fields[0]

    def press(self, words: str, fields: Mapping[str, str] | None = None, named: bool = True) -> None:
        """Fill in the fields with these labels and press the button with these words."""
        filled: dict[str, str | list[str]] = {
            str(self.field(label)["name"]): typed for label, typed in (fields or {}).items()
        }
        self._go(lambda: self.tab.press(words, filled), named)

    def follow(self, words: str, named: bool = True) -> None:
        """Click the link with these words."""
        self._go(lambda: self.tab.click(words), named)

    def sign_in(self, person: Person, named: bool = True) -> None:
        """Fill in a login page."""
        self.press("Sign in with password", {"Email": person.email, "Password": person.password}, named)

    def reload(self) -> None:
        self.open(self.history.pop())

    def back(self, named: bool = True) -> None:
        """To the page before, which no browser may have kept: it is asked for again."""
        del self.history[-1]
        self.open(self.history.pop(), named)

    @property
    def page(self) -> str:
        """What the page is called."""
        return self.read("h1")

    @property
    def problem(self) -> str:
        """What the page says went wrong."""
        return self.read(".error-summary .message, .message-error")

    @property
    def notice(self) -> str:
        """What the page says has happened meanwhile."""
        return self.read(".notice")

    def read(self, selector: str) -> str:
        """The words of the first element of this kind."""
        tag = self.tab.soup.select_one(selector)
        assert tag, (selector, self)
        return visible_text(tag)

    def says(self, words: str) -> bool:
        """Whether the page has these words."""
        return words in self.read("main")

    def arrive(self) -> dict[str, Any]:
        """The verified claims of the ID token; the browser has to be at the application, signed in."""
        claims = self.visitor.claims(self.tab, self.client)
        assert self.page.startswith("Hello, "), self
        return claims

    def refused(self) -> str:
        """The OAuth error that the application got, given that the browser is back at it."""
        return self.visitor.error(self.tab, self.client)

    def __repr__(self) -> str:
        return f"{self.tab!r}\n{visible_text(self.tab.soup)}"

    def _go(self, on: Callable[[], Page], named: bool) -> None:
        """What holds for every page between the application's button and its code."""
        self.tab = on()
        self.history.append(self.tab.url)
        assert self.tab.url.startswith((self.site.portico, self.site.demo)), self  # nobody else has pages for people
        assert self.tab.status < 500, self
        if not self.tab.url.startswith(self.site.portico):
            return
        headings = [visible_text(tag) for tag in self.tab.soup.select("h1, h2, h3")]
        assert len(self.tab.soup.select("h1")) == 1, self
        assert len(headings) == len(set(headings)), headings
        if named and self.client:
            self._look_for_application()

    def _look_for_application(self) -> None:
        title, soup = TITLES[self.client], self.tab.soup
        is_for_all = "is verified" in self.tab.title
        assert is_for_all or title in self.page, self
        assert is_for_all or title in self.tab.title, self
        groups = [tag["id"] for tag in soup.select("section.settings")]
        assert groups in TASKS, groups
        links = {urljoin(self.tab.url, str(tag["href"])) for tag in soup.select("main a[href]:not([href^='#'])")}
        paths = {urlsplit(link).path for link in links if link.startswith(self.site.portico)}
        assert not {path.removeprefix(urlsplit(self.site.portico).path) for path in paths} & ELSEWHERE, paths


def waited(moment: float) -> None:
    """Let the clock of this machine reach `moment`, seconds since 1970."""
    time.sleep(max(0.0, moment - time.time()))


def authenticator_key(journey: Journey) -> str:
    """The key that a page offers for an authenticator app."""
    return codes(journey, "totp_secret_key")[0]


def backup_codes(journey: Journey) -> list[str]:
    """The backup codes a page shows."""
    return codes(journey, "lookup_secret_codes")


def codes(journey: Journey, node: str) -> list[str]:
    """As they are when they are copied: their groups are no words."""
    return [tag.text for tag in journey.tab.soup.select(f"[data-testid='node/text/{node}/text'] code")]
