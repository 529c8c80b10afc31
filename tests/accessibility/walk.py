"""A walk through every page of the gallery with axe and the probes of probes.js, quick enough for every `make test`.

Loading axe takes longer than running it. So the walk stays in one document and writes each page into it, as
`document.write` does: what the window has (axe, the probes) stays, listeners go.

The probes look, from left to right, at every page (of Kratos' 159 messages at one page of each kind), from right to
left and without script at those that differ in more than words. axe looks where there is an element at a place where
none was before. TEST_EVERY_PAGE=1 leaves nothing out, and takes minutes.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import axe_playwright_python
import playwright.sync_api as playwright

from tests.gallery.entries import ENTRIES
from tests.gallery.entry import Entry
from tests.gallery.site import page

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")
PROBES = Path(__file__).with_name("probes.js")
PHONE = {"width": 320, "height": 640}  # CSS pixels; as wide as 1280 at 400 % (WCAG 1.4.10)
COLOURS = {"runOnly": ["color-contrast"]}  # axe's one rule about them takes half of its time
ASK_AXE = "options => probes.axe(options)"
EVERY_PAGE = os.environ.get("TEST_EVERY_PAGE") == "1"
SCRIPT = re.compile(r"<script\b.*?</script>", re.DOTALL)
NOSCRIPT = re.compile(r"<(/?)noscript>")
VARYING = re.compile(r'>[^<]+<|(nonce|value|data-testid)="[^"]*"')


@dataclass(frozen=True)
class ReturnPath:
    """How the gallery is looked at; `whole`: at pages too that differ in words only."""

    name: str
    language: str = "en"
    script: bool = True
    whole: bool = False

    def __str__(self) -> str:
        return self.name

    def html(self, entry: Entry) -> str:
        """The page as this way has it; without script a browser shows what is in `noscript`."""
        html = page(entry, self.language).get_data(as_text=True)
        return html if self.script else NOSCRIPT.sub(r"<\1div>", SCRIPT.sub("", html))


WAYS = [
    ReturnPath("left-to-right", whole=True),
    ReturnPath("right-to-left", "ar"),
    ReturnPath("without-script", script=False),
]


@dataclass
class Findings:
    """Complaints by question (`axe`, `dark`, `wide`, `low`, `unfocused`) and page; how many pages there were."""

    pages: int = 0
    alike: int = 0
    shown_to_axe: int = 0
    found: dict[str, dict[str, list[str]]] = field(default_factory=lambda: defaultdict(dict))

    def note(self, question: str, entry: Entry, complaints: list[str]) -> None:
        if complaints:
            self.found[question][entry.id] = complaints


def walk(browser: playwright.Browser, gallery: str, way: ReturnPath) -> Findings:
    """Every page on a telephone, in both schemes."""
    context = browser.new_context(viewport=PHONE, reduced_motion="reduce", color_scheme="light")
    tab = context.new_page()
    tab.route("**/static/app.js*", _in_a_block)
    tab.goto(f"{gallery}/elsewhere/")
    for script in (AXE, PROBES):
        tab.evaluate(script.read_text())
    findings, sentences = Findings(), set[str]()
    for entry in ENTRIES:
        html = way.html(entry)
        markup = VARYING.sub("", html)
        if markup in sentences and not EVERY_PAGE and (entry.group == "messages" or not way.whole):
            findings.alike += 1
            continue
        sentences.add(markup)
        tab.set_content(html)
        _look(tab, entry, findings)
    context.close()
    return findings


def _look(tab: playwright.Page, entry: Entry, findings: Findings) -> None:
    seen = tab.evaluate("probes.look()")
    findings.pages += 1
    for question in ("wide", "low", "unfocused"):
        findings.note(question, entry, seen[question])
    fresh = EVERY_PAGE or seen["fresh"]
    if fresh:
        findings.shown_to_axe += 1
        findings.note("axe", entry, tab.evaluate(ASK_AXE, {}))
        tab.emulate_media(color_scheme="dark")
        findings.note("dark", entry, tab.evaluate(ASK_AXE, COLOURS))
        tab.emulate_media(color_scheme="light")


def _in_a_block(route: playwright.Route) -> None:
    """app.js runs once for each page in the same window: its constants must not meet those of the page before."""
    answer = route.fetch()
    route.fulfill(response=answer, body=f"{{{answer.text()}}}")
