"""What a login page costs who opens it for the first time: bytes, requests, moving parts, waiting."""

import gzip
import re

import pytest

pytestmark = pytest.mark.browser

PAGES = ["login/unified", "application/first", "login/password_only", "login/identifier_first", "login/providers-5"]
BYTES, REQUESTS = 14_000, 4  # after gzip; the page, its style, its script, its icon
KRATOS = "/elsewhere/http://localhost:4433/.well-known/ory/webauthn.js"  # the gallery's name for Kratos' own script
LATE = 700  # milliseconds
SHIFTS = """() => new Promise((done) => {
  const found = [];
  new PerformanceObserver((list) => found.push(...list.getEntries())).observe({ type: "layout-shift", buffered: true });
  const told = (one) => [one.value, one.sources.map((it) => it.node?.outerHTML?.slice(0, 120))];
  setTimeout(() => done(found.map(told)), 300);
})"""
PAINTED = """() => new Promise((done) => {
  const look = (list) => list.getEntries().some((one) => one.name === "first-contentful-paint") && done(true);
  new PerformanceObserver(look).observe({ type: "paint", buffered: true });
  setTimeout(() => done(false), 120_000);
})"""

every_page = pytest.mark.parametrize("page", PAGES)


@pytest.fixture
def tab(chromium):
    """A browser that was never here."""
    with chromium.new_context(color_scheme="light") as context:
        yield context.new_page()


@pytest.mark.parametrize("page", [*PAGES, "login/providers-16"])
def test_a_login_page_is_small_needs_few_requests_and_asks_nobody_else(tab, gallery, page):
    """Kratos' script, where passkeys are on, is Kratos' own; headless browsers ask for no icon, others do."""
    urls = []
    tab.on("request", lambda request: urls.append(request.url.removeprefix(gallery)))
    tab.goto(f"{gallery}/page/{page}", wait_until="networkidle")
    assert [url for url in urls if not url.startswith("/")] == []
    assert {url for url in urls if url.startswith("/elsewhere/")} <= {KRATOS}
    icon = tab.get_attribute("link[rel=icon]", "href")
    ours = {*urls, icon} - {KRATOS}

    sizes = {url: len(gzip.compress(tab.request.get(gallery + url).body())) for url in ours}

    assert len(sizes) <= REQUESTS, sizes
    assert sum(sizes.values()) <= BYTES, sizes


@every_page
@pytest.mark.parametrize(("width", "late"), [(360, True), (1280, False)], ids=["phone-script-late", "desk"])
def test_nothing_moves_while_a_login_page_loads(tab, gallery, page, width, late):
    """Not when the script comes after the first paint either, and shows what needs it."""
    tab.set_viewport_size({"width": width, "height": 900})
    if late:
        tab.route("**/static/app.js*", lambda route: (tab.wait_for_timeout(LATE), route.continue_()))
    tab.goto(f"{gallery}/page/{page}", wait_until="load")
    assert tab.evaluate(SHIFTS) == []


@every_page
def test_the_first_paint_does_not_wait_for_script(tab, gallery, page):
    """The script never comes here."""
    held = []
    tab.route("**/static/app.js*", lambda route: held.append(route))
    tab.goto(f"{gallery}/page/{page}", wait_until="commit")
    assert tab.evaluate(PAINTED)
    assert len(held) == 1
    assert tab.is_visible("h1")
    held[0].abort()


@pytest.mark.parametrize(("element", "attribute"), [("link[rel=stylesheet]", "href"), ("script[src]", "src")])
def test_style_and_script_are_no_more_than_four_and_a_half_kilobytes_each(tab, gallery, element, attribute):
    tab.goto(f"{gallery}/page/login/unified")
    sheet = tab.request.get(gallery + tab.get_attribute(element, attribute)).text()
    assert len(gzip.compress(sheet.encode())) <= 4500
    assert not re.search(r"@import|url\((?!\"?data:)", sheet), "nothing more to load"
