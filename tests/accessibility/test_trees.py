"""What Chromium tells a screen reader of the pages that matter most is what is written in tests/accessibility/expected.

Another text, role or level there fails here; `make trees` writes them anew.
"""

import re
from itertools import pairwise

import pytest

from tests.accessibility.trees import CONTROLS, FOLDER, PAGES, file_of, tree

pytestmark = pytest.mark.browser

# What is broken on a page, by the page: each has to be seen in its tree.
DAMAGE = {
    "a field without its label": ("login/unified", "document.querySelector('label').remove()"),
    "a heading that only looks like one": ("consent/usual", "h1 => h1.setAttribute('role', 'paragraph')"),
    "a heading of another level": ("settings/everything", "h2 => h2.setAttribute('aria-level', '3')"),
    "a button that says nothing": ("consent/usual", "button => button.textContent = ''"),
    "boxes without what they are for": ("consent/usual", "legend => legend.remove()"),
    "an error nobody is told of": ("login/unified_nothing_entered", "summary => summary.removeAttribute('role')"),
    "a field that does not say it is wrong": (
        "login/unified_nothing_entered", "input => input.removeAttribute('aria-invalid')"),
    "a message tied to no field": (
        "login/unified_nothing_entered", "input => input.removeAttribute('aria-describedby')"),
    "a page without its main part": ("consent/usual", "main => main.setAttribute('role', 'group')"),
    "a link that is none": ("errors/oauth2-invalid-client", "a => a.removeAttribute('href')"),
    "a section without its name": ("settings/everything", "section => section.removeAttribute('aria-labelledby')"),
}  # fmt: skip
BROKEN = {
    "h1": "h1", "h2": "section h2", "button": "form button[value=accept]", "legend": "legend",
    "summary": ".error-summary", "input": "input[name=identifier]", "main": "main", "a": "main a.button",
    "section": "main section",
}  # fmt: skip


@pytest.fixture(scope="module")
def tab(chromium):
    with chromium.new_context() as context:
        yield context.new_page()


@pytest.fixture
def opened(tab, gallery):
    """Open a page of the gallery."""
    return lambda page: tab.goto(f"{gallery}/page/{page}", wait_until="load")


@pytest.mark.parametrize("page", PAGES)
def test_a_screen_reader_is_told_what_is_written(tab, opened, page):
    opened(page)
    assert tree(tab) == file_of(page).read_text(encoding="utf-8"), "if this is meant: make trees"


@pytest.mark.parametrize(("page", "damage"), DAMAGE.values(), ids=DAMAGE)
def test_what_is_lost_is_noticed(tab, opened, page, damage):
    opened(page)
    whole, (parameter, arrow, _) = tree(tab), damage.partition(" => ")
    if arrow:
        tab.eval_on_selector(BROKEN[parameter], damage)
    else:
        tab.evaluate(damage)
    assert tree(tab) != whole


def test_nothing_is_written_that_no_page_is_compared_with():
    assert {file.name for file in FOLDER.iterdir()} == {file_of(page).name for page in PAGES}


@pytest.mark.parametrize("page", PAGES)
def test_what_is_written_is_worth_comparing_with(page):
    """Whatever was recorded: one heading of the page, no level left out, and no control without a name."""
    written = file_of(page).read_text(encoding="utf-8")
    levels = [int(level) for level in re.findall(r'heading ".+" level=(\d)', written)]
    assert levels.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))
    assert re.findall(rf"^ *(?:{'|'.join(CONTROLS)})(?! \").*", written, re.MULTILINE) == []
