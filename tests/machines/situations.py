"""What comes together too seldom by chance: each rule brings people to a place where something could go wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.machines.attacks import Attacked
from tests.machines.browser import Page
from tests.machines.changes import CHANGES
from tests.machines.choices import BROWSERS, CLIENT, NEWEST, PERSONS, PROMPT, SCOPE
from tests.machines.driving import MUTATIONS, ORIGINS, filled, way_on

LIES = [(kind, number) for kind in sorted(CHANGES) for number in range(len(CHANGES[kind]))]
DECIDING = [("whoami", number) for number in range(5)]  # whether there is a session, and whose
DECIDING += [("consent", 0), ("consent", 1), ("login", 0), ("login", 1)]  # whether Hydra says skip
LIE = st.one_of(st.sampled_from(DECIDING), st.sampled_from(LIES))
THEN = ("begin", "reload", "send")
ORIGIN = st.sampled_from(["", "", "", *ORIGINS.values()])
BOXES = st.sets(st.integers(0, 4))
STEPS_TO_CONSENT = 4


class Situated(Attacked):
    """People, who is after them, and what seldom happens."""

    def enter(self, browser: int, person: int, client: str, prompt: str, scope: str, *, hint: bool = False) -> Page:
        """Somebody goes to an application, as far as its consent page where there is one."""
        self.begin(browser, client, prompt, None, scope, "", "", hint, False)
        _, page = self.tabs[-1]
        for _ in range(STEPS_TO_CONSENT):
            if page.is_ours and page.path != "/consent":
                page = self.step(browser, page, person)
        return page

    def become(self, browser: int, person: int) -> None:
        """Somebody signs in at Kratos alone, in place of whoever was signed in there."""
        jar = self.world.jars[browser]
        jar.cookies = {name: value for name, value in jar.cookies.items() if not name.startswith("ory_kratos")}
        page = self.visit(browser, "GET", f"{self.world.public}/login")
        for _ in range(2):
            if page.is_ours and page.path == "/login":
                page = self.step(browser, page, person)

    @rule(browser=BROWSERS, person=PERSONS, other=PERSONS, client=CLIENT, prompt=PROMPT, then=st.sampled_from(THEN))
    def change_person(self, browser: int, person: int, other: int, client: str, prompt: str, then: str) -> None:
        """Who is signed in is another, or has another session, while a page is open or Hydra remembers the first."""
        page = self.enter(browser, person, client, prompt, "openid email")
        self.become(browser, other)
        form, button = way_on(page)
        if then == "begin" or not page.is_ours or form is None:
            self.enter(browser, other, client, prompt, "openid email")
        elif then == "reload":
            self.visit(browser, "GET", page.url)
        else:
            entries = filled(self.world, self.model, page, form, self.model.people[other]) + button
            self.press(browser, page, entries, form.action, form.method)

    @rule(browser=BROWSERS, person=PERSONS, client=CLIENT, other=CLIENT, prompt=PROMPT, lie=LIE, calls=NEWEST)
    def hear_a_lie(
        self, browser: int, person: int, client: str, other: str, prompt: str, lie: tuple[str, int], calls: int
    ) -> None:
        """Somebody is signed in, and on the way into the next application one answer is another one."""
        self.enter(browser, person, client, "", "openid email")
        self.world.lie, number = lie
        self.world.change = calls % 3, number
        try:
            self.enter(browser, person, other, prompt, "openid email")
        finally:
            self.world.lie, self.world.change = "", None

    @rule(
        browser=BROWSERS,
        person=PERSONS,
        scope=SCOPE,
        boxes=BOXES,
        remembered=st.booleans(),
        more=SCOPE,
        prompt=PROMPT,
        origin=ORIGIN,
    )
    def allow_less(
        self,
        browser: int,
        person: int,
        scope: str,
        boxes: set[int],
        remembered: bool,
        more: str,
        prompt: str,
        origin: str,
    ) -> None:
        """Somebody (or a page of elsewhere) unticks boxes, and the application comes again and wants something else."""
        page = self.enter(browser, person, "usual", "consent", scope)
        form, button = way_on(page)
        if page.path != "/consent" or form is None:
            return
        entries = [
            (name, value)
            for number, (name, value) in enumerate(form.entries())
            if name not in ("grant_scope", "remember") or (name == "grant_scope" and number % 5 not in boxes)
        ]
        entries += [("remember", "true")] if remembered else []
        self.press(browser, page, entries + button, form.action, form.method, origin)
        self.enter(browser, person, "usual", prompt, more)

    @rule(browser=BROWSERS, person=PERSONS, client=CLIENT, prompt=PROMPT)
    def come_with_a_hint(self, browser: int, person: int, client: str, prompt: str) -> None:
        """An application says who it means, in the words it knows them by, while Hydra remembers nobody."""
        page = self.enter(browser, person, client, "", "openid email")
        if page.is_ours and page.path == "/consent":
            self.step(browser, page, person)
        jar = self.world.jars[browser]
        jar.cookies = {name: value for name, value in jar.cookies.items() if "hydra" not in name}
        self.enter(browser, person, client, prompt, "openid email", hint=True)

    @rule(browser=BROWSERS, person=PERSONS, client=CLIENT, prompt=PROMPT, within=st.booleans())
    def recover(self, browser: int, person: int, client: str, prompt: str, within: bool) -> None:
        """Somebody who forgot the password gets a code, within a sign-in or before it."""
        jar = self.world.jars[browser]
        jar.cookies = {name: value for name, value in jar.cookies.items() if not name.startswith("ory_kratos")}
        if within:
            self.begin(browser, client, prompt, None, "openid email", "", "", False, False)
        page = self.tabs[-1][1] if within else self.visit(browser, "GET", f"{self.world.public}/recovery")
        forgot = [link for link in page.links if "/recovery" in link]
        if within and page.is_ours and forgot:
            page = self.visit(browser, "GET", page.address(forgot[0]))
        for _ in range(2):
            if page.is_ours and page.path == "/recovery":
                page = self.step(browser, page, person)
        self.enter(browser, person, client, prompt, "openid email")

    @rule(browser=BROWSERS, person=PERSONS, client=CLIENT, prompt=PROMPT)
    def enrol(self, browser: int, person: int, client: str, prompt: str) -> None:
        """Somebody sets up an authenticator app, and goes where two factors are demanded."""
        self.become(browser, person)
        page = self.visit(browser, "GET", f"{self.world.public}/settings")
        form = page.form_with("totp_code")
        if form is None or page.path != "/settings":
            return
        who = self.model.people[person]
        entries = dict(filled(self.world, self.model, page, form, who)) | {"method": "totp"}
        self.press(browser, page, list(entries.items()), form.action, form.method)
        self.enter(browser, person, client, prompt, "openid email")


Situation = tuple[Callable[..., None], dict[str, Any]]
HERE: dict[str, Any] = {"browser": 0, "person": 0}
USUAL: dict[str, Any] = HERE | {"client": "usual", "prompt": ""}
LESS: dict[str, Any] = HERE | {"scope": "openid email", "boxes": set[int](), "remembered": True, "prompt": ""}
AGAIN: dict[str, Any] = USUAL | {"other": "usual", "prompt": "login", "calls": 0}
TAMPERED: dict[str, Any] = USUAL | {"scope": "openid email", "steps": 3, "place": 3, "change": None}
# Each of them once: what a defence is there for is met without luck.
SITUATIONS: list[Situation] = [
    *((Situated.open_own, {"browser": 0, "path": "", "hint": hint}) for hint in (0, 1)),
    *((Situated.tamper_on_the_way, TAMPERED | {"mutation": mutation}) for mutation in dict.fromkeys(MUTATIONS)),
    (Situated.change_person, USUAL | {"person": 1, "other": 1, "client": "strict", "then": "begin"}),
    *((Situated.change_person, USUAL | {"other": who, "then": then}) for who in (0, 1) for then in THEN),
    *((Situated.allow_less, LESS | {"more": more, "origin": ""}) for more in ("openid email", "openid phone photos")),
    (Situated.allow_less, LESS | {"boxes": set(range(5)), "more": "openid", "origin": ""}),
    *((Situated.allow_less, LESS | {"more": "openid", "origin": origin}) for origin in ORIGINS.values()),
    *((Situated.come_with_a_hint, USUAL | {"client": client}) for client in ("usual", "paired")),
    *(
        (Situated.recover, USUAL | {"client": client, "within": within})
        for client in ("aged", "strict")
        for within in (0, 1)
    ),
    (Situated.enrol, USUAL | {"person": 1, "client": "strict"}),
    *((Situated.hear_a_lie, USUAL | {"other": "usual", "lie": lie, "calls": 0}) for lie in LIES if lie[0] != "flow"),
    *((Situated.hear_a_lie, AGAIN | {"lie": ("flow", number)}) for number in range(len(CHANGES["flow"]))),
]
