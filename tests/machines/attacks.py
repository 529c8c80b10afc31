"""What nobody should do, and what happens behind everybody's back."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.machines.choices import ANY, BROWSERS, CHANGE, CLIENT, FAILURE, NEWEST, PERSONS, PROMPT, SCOPE, SECONDS
from tests.machines.driving import MUTATIONS, ORIGINS, filled, mutated, way_on, whose
from tests.machines.machine import People

MEANWHILE = ("time", "time", "time", "end sessions", "inactive", "active", "active")
COOKIES = ("drop portico", "drop kratos", "drop all", "truncate", "change", "swap", "old", "steal portico")


class Attacked(People):
    """People, and who is after them."""

    @precondition(lambda self: self.addresses)
    @rule(browser=BROWSERS, address=NEWEST, head=st.booleans(), change=CHANGE, failure=FAILURE)
    def open_again(self, browser: int, address: int, head: bool, change: tuple[int, int] | None, failure: int) -> None:
        """Any address that either browser has been at, in any browser: Back, reload, or a stolen link."""
        url = self.addresses[-1 - address % len(self.addresses)]
        self.world.change, self.world.failure = change, failure
        try:
            self.visit(browser, "HEAD" if head and url.startswith(self.world.public) else "GET", url)
        finally:
            self.world.change, self.world.failure = None, -1

    @precondition(lambda self: self.tabs)
    @rule(tab=NEWEST, form=NEWEST, button=NEWEST, person=PERSONS, mutation=st.sampled_from(MUTATIONS), place=ANY)
    def press_tampered(self, tab: int, form: int, button: int, person: int, mutation: str, place: int) -> None:
        """A form that was changed before it is sent."""
        browser, page = self.tab(tab)
        if not page.forms:
            return
        chosen = page.forms[form % len(page.forms)]
        entries = filled(self.world, self.model, page, chosen, whose(self.model, page, self.model.people[person]))
        pressed = chosen.buttons[button % len(chosen.buttons)] if chosen.buttons else None
        entries = mutated(mutation, entries + ([pressed] if pressed else []), place, [form for _, form in self.forms])
        self.press(browser, page, entries, chosen.action, chosen.method, ORIGINS.get(mutation, ""))

    @precondition(lambda self: self.forms)
    @rule(browser=BROWSERS, form=NEWEST, mutation=st.sampled_from(MUTATIONS), place=ANY)
    def send_again(self, browser: int, form: int, mutation: str, place: int) -> None:
        """A form that was sent or shown before, in either browser."""
        url, entries = self.forms[-1 - form % len(self.forms)]
        entries = mutated(mutation, entries, place, [form for _, form in self.forms])
        self.visit(browser, "POST", url, entries, ORIGINS.get(mutation, ""))

    @rule(browser=BROWSERS, what=st.sampled_from(COOKIES), which=ANY)
    def change_cookies(self, browser: int, what: str, which: int) -> None:
        """Cookies are lost, broken, old, or another browser's."""
        jar, other = self.world.jars[browser].cookies, self.world.jars[1 - browser].cookies
        self.old_cookies = [*self.old_cookies, dict(jar)][-4:]
        names = sorted(jar)
        name = names[which % len(names)] if names else ""
        if what.startswith("drop"):
            wanted = {"portico": "portico", "kratos": "ory_kratos", "all": ""}[what.split()[1]]
            self.world.jars[browser].cookies = {key: value for key, value in jar.items() if not key.startswith(wanted)}
        elif what in ("truncate", "change") and name:
            jar[name] = (
                jar[name][:-3] if what == "truncate" else f"{jar[name][:-1]}{'A' if jar[name][-1] != 'A' else 'B'}"
            )
        elif what == "swap":
            self.model.swapped = True
            self.world.jars.reverse()
        elif what == "old":
            self.world.jars[browser].cookies = dict(self.old_cookies[which % len(self.old_cookies)])
            self.model.swapped = True
        elif what == "steal portico":
            jar |= {key: value for key, value in other.items() if key.startswith("portico")}
            self.model.swapped = True

    @rule(what=st.sampled_from(MEANWHILE), person=PERSONS, seconds=SECONDS)
    def meanwhile(self, what: str, person: int, seconds: int) -> None:
        """Time passes, or an operator does something."""
        identity = f"{self.servers.urls['kratos_admin']}/admin/identities/{self.model.people[person].id}"
        if what == "time":
            self.servers.forward(seconds)
        elif what == "end sessions":
            self.servers.admin("DELETE", f"{identity}/sessions")
        else:
            self.servers.admin("PATCH", identity, [{"op": "replace", "path": "/state", "value": what}])

    @rule(
        browser=BROWSERS,
        person=PERSONS,
        client=CLIENT,
        prompt=PROMPT,
        scope=SCOPE,
        steps=st.sampled_from([0, 1, 2, 3, 3, 3, 3]),
        mutation=st.sampled_from(MUTATIONS),
        place=ANY,
        change=CHANGE,
    )
    def tamper_on_the_way(
        self,
        browser: int,
        person: int,
        client: str,
        prompt: str,
        scope: str,
        steps: int,
        mutation: str,
        place: int,
        change: tuple[int, int] | None,
    ) -> None:
        """Somebody begins honestly, and sends one form that is not, or to one call comes another answer."""
        self.begin(browser, client, prompt, None, scope, "", "", False, False)
        for _ in range(steps):
            browser, page = self.tabs[-1]
            if page.is_ours and page.path != "/consent":
                self.step(browser, page, person)
        browser, page = self.tabs[-1]
        form, button = way_on(page)
        if form is None:
            return
        who = whose(self.model, page, self.model.people[person])
        entries = filled(self.world, self.model, page, form, who) + button
        entries = mutated(mutation, entries, place, [form for _, form in self.forms])
        self.world.change = change
        try:
            self.press(browser, page, entries, form.action, form.method, ORIGINS.get(mutation, ""))
        finally:
            self.world.change = None
