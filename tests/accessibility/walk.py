"""One walk through every page of the gallery with axe and the probes of probes.js, quick enough for every `make test`.

Loading axe takes longer than running it. So the walk stays in one document and writes each page into it, as
`document.write` does: what the window has (axe, the probes) stays, listeners go.

Each page is looked at from left to right. One that differs from all before it in more than words is looked at without
script and from right to left, too; of Kratos' 159 messages that is one page of each kind. axe looks where there is an
element at a place where none was before, at colours from left to right only: a direction changes none.
TEST_EVERY_PAGE=1 leaves nothing out, and takes minutes.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import axe_playwright_python
import playwright.sync_api as playwright

from tests.gallery.entries import ENTRIES
from tests.gallery.site import page

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")
PROBES = Path(__file__).with_name("probes.js")
PHONE = {"width": 320, "height": 640}  # CSS pixels; as wide as 1280 at 400 % (WCAG 1.4.10)
COLOURS = {"runOnly": ["color-contrast"]}  # axe's one rule about them takes half of its time
COLOURLESS = {"rules": {"color-contrast": {"enabled": False}}}
ASK_AXE = "options => probes.axe(options)"
EVERY_PAGE = os.environ.get("TEST_EVERY_PAGE") == "1"
SCRIPT = re.compile(r"<script\b.*?</script>", re.DOTALL)
NOSCRIPT = re.compile(r"<(/?)noscript>")
VARYING = re.compile(r'>[^<]+<|(nonce|value|data-testid)="[^"]*"')


@dataclass
class Findings:
    """Complaints by question (`axe`, `dark`, `wide`, `low`, `unfocused`) and page; how many pages there were."""

    pages: int = 0
    alike: int = 0
    shown_to_axe: int = 0
    complaints: dict[str, dict[str, list[str]]] = field(default_factory=lambda: defaultdict(dict))

    def note(self, question: str, where: str, complaints: list[str]) -> None:
        if complaints:
            self.complaints[question][where] = complaints


def walk(browser: playwright.Browser, gallery: str) -> Findings:
    """Every page on a telephone, in both schemes and both directions, with script and without."""
    context = browser.new_context(viewport=PHONE, reduced_motion="reduce", color_scheme="light")
    tab = context.new_page()
    tab.route("**/static/app.js*", _in_a_block())
    tab.goto(f"{gallery}/elsewhere/")
    for script in (AXE, PROBES):
        tab.evaluate(script.read_text())
    findings, sentences = Findings(), set[str]()
    for entry in ENTRIES:
        html = page(entry, "en").get_data(as_text=True)
        markup = VARYING.sub("", html)
        is_new = EVERY_PAGE or markup not in sentences
        sentences.add(markup)
        if not is_new and entry.group == "messages":
            findings.alike += 1
            continue
        findings.pages += 1
        _look(tab, entry.id, html, findings)
        if is_new:
            _look(tab, f"{entry.id} without script", _without_script(html), findings)
            _look(tab, f"{entry.id} in Arabic", page(entry, "ar").get_data(as_text=True), findings, colours=False)
    context.close()
    return findings


def _without_script(html: str) -> str:
    """What a browser without script shows: what is in `noscript`, too."""
    return NOSCRIPT.sub(r"<\1div>", SCRIPT.sub("", html))


def _look(tab: playwright.Page, where: str, html: str, findings: Findings, colours: bool = True) -> None:
    tab.set_content(html)
    seen = tab.evaluate("probes.look()")
    for question in ("wide", "low", "unfocused"):
        findings.note(question, where, seen[question])
    if not (EVERY_PAGE or seen["fresh"]):
        return
    findings.shown_to_axe += 1
    findings.note("axe", where, tab.evaluate(ASK_AXE, {} if colours else COLOURLESS))
    if colours:
        tab.emulate_media(color_scheme="dark")
        findings.note("dark", where, tab.evaluate(ASK_AXE, COLOURS))
        tab.emulate_media(color_scheme="light")


def _in_a_block() -> Callable[[playwright.Route], None]:
    """app.js runs once for each page in the same window: its constants must not meet those of the page before."""
    blocks: dict[str, str] = {}

    def answer(route: playwright.Route) -> None:
        url = route.request.url
        if url not in blocks:
            blocks[url] = f"{{{route.fetch().text()}}}"
        route.fulfill(body=blocks[url], content_type="text/javascript")

    return answer
