"""One walk through every page of the gallery with axe and the probes of probes.js, quick enough for every `make test`.

Loading axe takes longer than running it. So the walk stays in one document and writes each page into it, as
`document.write` does: what the window has (axe, the probes) stays, listeners go.

Each page is looked at from left to right; of Kratos' 159 messages, which differ in words, one page of each kind. A page
that has an element at a place where none was before is shown to axe, those elements in both schemes, and looked at
without script and from right to left, too: a direction changes no colours.
TEST_EVERY_PAGE=1 leaves nothing out, and takes minutes.
"""

import os
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import axe_playwright_python
import playwright.sync_api as playwright

from tests.gallery.entries import ENTRIES, SITE

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")
PROBES = Path(__file__).with_name("probes.js")
PHONE = {"width": 320, "height": 640}  # CSS pixels; as wide as 1280 at 400 % (WCAG 1.4.10)
USUAL_PHONE = {"width": 360, "height": 640}
LANGUAGES = ("en", "de", "ar")  # of the pages that are looked at with text twice as large; German has the longest words
EVERY_PAGE = os.environ.get("TEST_EVERY_PAGE") == "1"
SCRIPT = re.compile(r"<script\b.*?</script>", re.DOTALL)
NOSCRIPT = re.compile(r"<(/?)noscript>")
VARYING = re.compile(r'>[^<]+<|(nonce|value|data-testid)="[^"]*"')


@dataclass
class Findings:
    """Complaints by question (`axe`, `colours`, `dark`, `wide`, `low`, `unfocused`, `large`) and page, and numbers."""

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
    findings, seen, fresh = Findings(), set[str](), []
    for entry in ENTRIES:
        html = SITE.page(entry, "en").get_data(as_text=True)
        markup = VARYING.sub("", html)
        if markup in seen and entry.group == "messages" and not EVERY_PAGE:
            findings.alike += 1
            continue
        seen.add(markup)
        findings.pages += 1
        if _look(tab, entry.id, html, findings):
            fresh.append(entry)
            _look(tab, f"{entry.id} without script", _without_script(html), findings)
            _look(tab, f"{entry.id} in Arabic", SITE.page(entry, "ar").get_data(as_text=True), findings, colours=False)
    tab.set_viewport_size(USUAL_PHONE)
    for entry in fresh:
        for language in LANGUAGES:
            tab.set_content(SITE.page(entry, language).get_data(as_text=True))
            findings.note("large", f"{entry.id} in {language}", tab.evaluate("probes.large()"))
    context.close()
    return findings


def _without_script(html: str) -> str:
    """What a browser without script shows: what is in `noscript`, too."""
    return NOSCRIPT.sub(r"<\1div>", SCRIPT.sub("", html))


def _look(tab: playwright.Page, where: str, html: str, findings: Findings, colours: bool = True) -> bool:
    """Note what is wrong with a page; whether it has an element at a place where none was before."""
    tab.set_content(html)
    seen = tab.evaluate("every => probes.look(every)", EVERY_PAGE)
    for question in ("wide", "low", "unfocused"):
        findings.note(question, where, seen[question])
    if not seen["fresh"]:
        return False
    findings.shown_to_axe += 1
    findings.note("axe", where, tab.evaluate("probes.axe()"))
    if colours:
        findings.note("colours", where, tab.evaluate("probes.colours()"))
        tab.emulate_media(color_scheme="dark")
        findings.note("dark", where, tab.evaluate("probes.colours()"))
        tab.emulate_media(color_scheme="light")
    return True


def _in_a_block() -> Callable[[playwright.Route], None]:
    """app.js runs once for each page in the same window: its constants must not meet those of the page before."""
    blocks: dict[str, str] = {}

    def answer(route: playwright.Route) -> None:
        url = route.request.url
        if url not in blocks:
            blocks[url] = f"{{{route.fetch().text()}}}"
        route.fulfill(body=blocks[url], content_type="text/javascript")

    return answer
