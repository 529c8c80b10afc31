"""The machine: two persons at two browsers with several tabs, an attacker in each, and time that passes."""

from __future__ import annotations

from io import StringIO
from itertools import count
from typing import ClassVar
from urllib.parse import urlencode

from flask import Flask
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.machines import oracle
from tests.machines.authorizing import authorize
from tests.machines.browser import Page
from tests.machines.choices import (
    ACR,
    ANY,
    AUDIENCE,
    BROWSERS,
    CHANGE,
    CLIENT,
    FAILURE,
    MAX_AGE,
    MOST,
    NEWEST,
    OWN,
    PERSONS,
    PROMPT,
    SCOPE,
)
from tests.machines.driving import filled, link_on, settle, way_on, whose
from tests.machines.records import Exchange, Form
from tests.machines.scene import CLIENTS, id_token, set_up
from tests.machines.world import Servers, between

TRAIL = 12  # requests that a failure tells
STEPS = 16  # the most that anybody needs from anywhere to an application or to their home
ENDS = ("/", "/device/success", "/signed-out")
_numbers = count()


class People(RuleBasedStateMachine):
    """A subclass says which `servers` and which Portico (`app`) it is about, and where that logs."""

    servers: ClassVar[Servers]
    app: ClassVar[Flask]
    log: ClassVar[StringIO]

    def __init__(self) -> None:
        super().__init__()
        self.servers.begin()
        number = next(_numbers) if self.servers.is_real else 0
        self.world, self.model = set_up(self.servers, self.app, self.log, number)
        self.world.check = self.judge
        self.trail: list[str] = []
        self.tabs: list[tuple[int, Page]] = []
        self.addresses: list[str] = []
        self.forms: list[tuple[str, Form]] = []
        self.hints: list[str] = []
        self.codes: list[str] = []
        self.old_cookies: list[dict[str, str]] = []
        self._between = between(self.world)
        self._between.__enter__()

    def teardown(self) -> None:
        self._between.__exit__(None, None, None)

    def judge(self, exchange: Exchange) -> None:
        """Check an answer; a failure tells what came before it."""
        self.trail = [*self.trail, str(exchange)][-TRAIL:]
        try:
            oracle.check(self.model, exchange)
        except AssertionError as failure:
            failure.add_note("\n".join(["What came before:", *self.trail]))
            raise

    # What others than the rules do, too

    def visit(self, browser: int, method: str, url: str, form: Form | None = None, origin: str = "") -> Page:
        """Go somewhere, and keep what is met there."""
        page = self.world.go(browser, method, url, form, origin)
        settle(self.world, page)
        self.addresses = list(dict.fromkeys([*self.addresses, *page.steps]))[-MOST:]
        if form is not None:
            self.forms = [*self.forms, (url, form)][-MOST:]
        for other in page.forms if page.is_ours else ():
            self.forms = [*self.forms, (page.address(other.action), other.entries() + other.buttons[:1])][-MOST:]
        self.tabs = [*self.tabs, (browser, page)][-MOST // 4 :]
        token = "" if page.is_ours else id_token(self.world, page.url)
        self.hints = [*self.hints, token][-4:] if token else self.hints
        return page

    def press(self, browser: int, page: Page, entries: Form, action: str, method: str, origin: str = "") -> Page:
        """Send a form from a page."""
        if method == "post":
            return self.visit(browser, "POST", page.address(action), entries, origin)
        return self.visit(browser, "GET", page.address(action).partition("?")[0] + "?" + urlencode(entries))

    def step(self, browser: int, page: Page, person: int) -> Page:
        """One step of somebody who wants to get on."""
        form, button = way_on(page)
        who = whose(self.model, page, self.model.people[person])
        if form is None:
            return self.visit(browser, "GET", page.address(page.links[0]) if page.links else self.world.public)
        entries = filled(self.world, self.model, page, form, who, next(reversed(self.codes), "")) + button
        return self.press(browser, page, entries, form.action, form.method)

    def tab(self, number: int) -> tuple[int, Page]:
        return self.tabs[-1 - number % len(self.tabs)]

    # Applications

    @initialize(browser=BROWSERS, person=PERSONS, client=CLIENT)
    def arrive(self, browser: int, person: int, client: str) -> None:
        """Somebody is signed in to something already, as most people are."""
        self.begin(browser, client, "", None, "openid email", "", "", False, False)
        for _ in range(4):
            browser, page = self.tabs[-1]
            if page.is_ours:
                self.step(browser, page, person)

    @rule(
        browser=BROWSERS,
        client=CLIENT,
        prompt=PROMPT,
        max_age=MAX_AGE,
        scope=SCOPE,
        audience=AUDIENCE,
        acr=ACR,
        hint=st.booleans(),
        doubled=st.booleans(),
    )
    def begin(
        self,
        browser: int,
        client: str,
        prompt: str,
        max_age: int | None,
        scope: str,
        audience: str,
        acr: str,
        hint: bool,
        doubled: bool,
    ) -> None:
        """An application sends the browser to Hydra."""
        wishes = {"prompt": prompt, "audience": audience, "acr_values": acr}
        wishes |= {"max_age": str(max_age)} if max_age is not None else {}
        wishes |= {"id_token_hint": self.hints[-1]} if hint and self.hints else {}
        way = "" if not doubled else "object" if self.servers.is_real else "doubled"
        self.model.states += 1
        query = authorize(self.model, CLIENTS[client], scope, wishes, way)
        self.visit(browser, "GET", f"{self.servers.urls['hydra_public']}/oauth2/auth?{urlencode(query)}")

    @rule(browser=BROWSERS, linked=st.booleans())
    def begin_device(self, browser: int, linked: bool) -> None:
        """A device shows a code, and somebody goes to type it in."""
        hydra = self.servers.urls["hydra_public"]
        body = urlencode({"client_id": "tv", "scope": "openid email offline_access"}).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = self.servers.send("POST", f"{hydra}/oauth2/device/auth", headers, body).json()
        self.codes.append(answer["user_code"])
        self.visit(browser, "GET", answer["verification_uri_complete" if linked else "verification_uri"])

    # People

    @precondition(lambda self: self.tabs)
    @rule(tab=NEWEST, person=PERSONS, steps=st.integers(1, 4), change=CHANGE, failure=FAILURE)
    def go_on(self, tab: int, person: int, steps: int, change: tuple[int, int] | None, failure: int) -> None:
        """Somebody does what a page asks for; on one of the calls upstream the reply may be changed."""
        browser, page = self.tab(tab)
        for left in reversed(range(steps)):
            if not page.is_ours:
                return
            self.world.change, self.world.failure = (change, failure) if not left else (None, -1)
            try:
                page = self.step(browser, page, person)
            finally:
                self.world.change, self.world.failure = None, -1

    @precondition(lambda self: self.tabs)
    @rule(tab=NEWEST, person=PERSONS)
    def get_through(self, tab: int, person: int) -> None:
        """From wherever they are, people reach an application or their home, or read that their account is off."""
        browser, page = self.tab(tab)
        trail = [page.title]
        for turn in range(STEPS):
            if not page.is_ours or page.path in ENDS or "Your account is deactivated" in page.title:
                return
            link = (
                link_on(page, turn) if page.title in trail[:-1] or page.path in ("/registration", "/settings") else ""
            )
            page = self.visit(browser, "GET", link) if link else self.step(browser, page, person)
            trail.append(page.title)
        raise AssertionError("no way on:\n" + "\n".join(trail))

    @precondition(lambda self: self.tabs)
    @rule(tab=NEWEST, link=ANY)
    def follow(self, tab: int, link: int) -> None:
        """Somebody follows a link."""
        browser, page = self.tab(tab)
        if page.links:
            self.visit(browser, "GET", page.address(page.links[link % len(page.links)]))

    @precondition(lambda self: self.tabs)
    @rule(tab=NEWEST, form=NEWEST, button=NEWEST, person=PERSONS, tick=st.booleans(), change=CHANGE)
    def press_any(
        self, tab: int, form: int, button: int, person: int, tick: bool, change: tuple[int, int] | None
    ) -> None:
        """Somebody presses some button."""
        browser, page = self.tab(tab)
        if not page.forms:
            return
        chosen = page.forms[form % len(page.forms)]
        entries = filled(self.world, self.model, page, chosen, whose(self.model, page, self.model.people[person]))
        entries += chosen.unticked if tick else []
        pressed = chosen.buttons[button % len(chosen.buttons)] if chosen.buttons else None
        self.world.change = change
        try:
            self.press(browser, page, entries + ([pressed] if pressed else []), chosen.action, chosen.method)
        finally:
            self.world.change = None

    @rule(browser=BROWSERS, path=st.sampled_from(OWN), hint=ANY)
    def open_own(self, browser: int, path: str, hint: int) -> None:
        """Somebody goes to a page of their own; an application, or a link that anybody has made, signs out."""
        hints = {"id_token_hint": self.hints[hint % len(self.hints)]} if self.hints and hint % 3 else {}
        hydra = f"{self.servers.urls['hydra_public']}/oauth2/sessions/logout?{urlencode(hints)}"
        self.visit(browser, "GET", self.world.public + path if path else hydra)
