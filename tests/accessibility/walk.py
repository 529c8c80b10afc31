"""One walk through every page of the gallery with axe and the probes of probes.js, quick enough for every `make test`.

Loading axe takes longer than running it. So the walk stays in one document and writes each page into it, as
`document.write` does: what the window has (axe, the probes) stays, listeners go.

A page is looked at where its markup has an element at a place where none was before, or there a longer word: all others
are of parts that were looked at. One that has such a place in the browser, too, is shown to axe, those elements in both
schemes, and looked at without script and from right to left: a direction changes no colours.
TEST_EVERY_PAGE=1 leaves nothing out, and takes minutes.
"""

import os
import re
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import axe_playwright_python
import playwright.sync_api as playwright

from app.preview.player import State
from tests.gallery.entries import BY_ID, ENTRIES, SITE

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")
PROBES = Path(__file__).with_name("probes.js")
PHONE = {"width": 320, "height": 640}  # CSS pixels; as wide as 1280 at 400 % (WCAG 1.4.10)
USUAL_PHONE = {"width": 360, "height": 640}
LANGUAGES = ("en", "de", "ar")  # of the pages that are looked at with text twice as large; German has the longest words
EVERY_PAGE = os.environ.get("TEST_EVERY_PAGE") == "1"
STATIC = Path(__file__).parents[2] / "static"
SCRIPT = re.compile(r"<script\b.*?</script>", re.DOTALL)
OURS = re.compile(r'src="/static/(\w+\.js)')
NOSCRIPT = re.compile(r"<(/?)noscript>")
PARTS = re.compile(r'<(/?)(\w+)((?:[^">]|"[^"]*")*)>|([^\s<]{16,})')
TELLING = r"class|type|role|hidden|disabled|lang|aria-(?:hidden|invalid|required|live)"
OTHER = re.compile(rf'(?<![\w-])(?!(?:{TELLING})=)([\w-]+)="[^"]*"')
VOID = {"meta", "link", "input", "img", "br", "hr", "wbr"}
WRITE = """async ([html, every]) => {
  document.open();
  document.write(html);
  document.close();
  if (document.readyState !== "complete") await new Promise((done) => addEventListener("load", done, { once: true }));
  return every === null ? probes.large() : probes.look(every);
}"""


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


class Places:
    """Where elements were on the pages so far, each by its tag, telling attributes and those above it."""

    def __init__(self) -> None:
        self._longest: dict[str, int] = {}  # word at each of them

    def has_new(self, html: str) -> bool:
        """Whether there is one that was not there before, or has a longer word; it is from now on."""
        path, is_new = [""], False
        for end, tag, attributes, word in PARTS.findall(html):
            if end:
                path.pop()
                continue
            place = path[-1] + (f"/{tag}{OTHER.sub(lambda other: other[1], attributes)}" if tag else "")
            if self._longest.get(place, -1) < len(word):
                self._longest[place], is_new = len(word), True
            if tag and tag not in VOID:
                path.append(place)
        return is_new


def walk(browser: playwright.Browser, gallery: str) -> Findings:
    """Every page on a telephone, in both schemes and both directions, with script and without."""
    context = browser.new_context(viewport=PHONE, reduced_motion="reduce", color_scheme="light")
    tab = context.new_page()
    tab.goto(f"{gallery}/elsewhere/")
    for script in (AXE, PROBES):
        tab.evaluate(script.read_text())
    findings, places, fresh = Findings(), Places(), []
    for entry in ENTRIES:
        html = page_of(entry.id, "en")
        if not places.has_new(html) and not EVERY_PAGE:
            findings.alike += 1
            continue
        findings.pages += 1
        if _look(tab, entry.id, _with_script(html), findings):
            fresh.append(entry)
            if places.has_new(bare := _without_script(html)) or EVERY_PAGE:
                _look(tab, f"{entry.id} without script", bare, findings)
            _look(tab, f"{entry.id} in Arabic", in_one_document(entry, "ar"), findings, colours=False)
    tab.set_viewport_size(USUAL_PHONE)
    for entry in fresh:
        for language in LANGUAGES:
            complaints = tab.evaluate(WRITE, [in_one_document(entry, language), None])
            findings.note("large", f"{entry.id} in {language}", complaints)
    context.close()
    return findings


@cache
def page_of(entry_id: str, language: str) -> str:
    """The page of an entry, which is looked at in several ways."""
    return SITE.page(BY_ID[entry_id], language).get_data(as_text=True)


def in_one_document(entry: State, language: str) -> str:
    """A page to be written into a document that had others before it."""
    return _with_script(page_of(entry.id, language))


def _with_script(html: str) -> str:
    """With ours in it, as modules: their constants must not meet those of the page before, nor are they fetched."""

    def written(script: re.Match[str]) -> str:
        ours = OURS.search(script[0])
        return f"<script type=module>{(STATIC / ours[1]).read_text()}</script>" if ours else ""

    return SCRIPT.sub(written, html)


def _without_script(html: str) -> str:
    """What a browser without script shows: what is in `noscript`, too."""
    return NOSCRIPT.sub(r"<\1div>", SCRIPT.sub("", html))


def _look(tab: playwright.Page, where: str, html: str, findings: Findings, colours: bool = True) -> bool:
    """Note what is wrong with a page; whether it has an element at a place where none was before."""
    seen = tab.evaluate(WRITE, [html, EVERY_PAGE])
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
