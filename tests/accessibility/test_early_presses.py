"""A click that was meant for another window decides nothing here (double-clickjacking): for half a second after a page
came up, or came back to the front (B09).

The half second lasts for minutes in these tests, or is over: how busy the machine is changes nothing.
"""

from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

STATIC = Path(__file__).resolve().parent.parent.parent / "static"
MINUTES = 300_000  # milliseconds
KEYS = ("Enter", "Space")
BUSY = "form[data-busy]"  # whose answer is under way
ALLOW = "button[value=accept]"
DECISIONS = {
    "consent/usual": ALLOW,
    "consent/device": ALLOW,
    "consent/press-again": ALLOW,
    "consent/other-person": "button[value=continue]",
    "account-choice/expects-another": "button[value=continue]",
    "device/prefilled": "form[action='/device'] button",
    "logout/own-wish": ALLOW,
    "sessions/three": "button[value=others]",
    "apps/four": "button[value=all]",
    "settings/everything": ".button-bad",
}


@pytest.fixture
def tab(windows):
    with windows.tab(viewport={"width": 1280, "height": 4000}) as tab:
        yield tab


@pytest.fixture
def open_early(tab, gallery):
    """Open a page whose half second does not end by itself; `script`: whether app.js comes."""

    def opened(page, script=True):
        long = (STATIC / "app.js").read_text().replace("CALM = 500", f"CALM = {MINUTES}")
        assert str(MINUTES) in long
        style = (STATIC / "app.css").read_text().replace("animation: still .5s", f"animation: still {MINUTES}ms")
        assert str(MINUTES) in style
        tab.route("**/static/app.js*", lambda route: route.fulfill(body=long) if script else route.abort())
        tab.route("**/static/app.css*", lambda route: route.fulfill(body=style, content_type="text/css"))
        return opened_now(tab, gallery, page)

    return opened


def opened_now(tab, gallery, page):
    """Open a page, its forms posting where Portico's do; what is sent from it is noted and goes nowhere."""

    def as_portico_sends_it(route):
        response = route.fetch()
        route.fulfill(response=response, body=response.text().replace('"/elsewhere/http', '"http'))

    tab.route("**/page/**", as_portico_sends_it)
    tab.goto(f"{gallery}/page/{page}", wait_until="load")
    tab.eval_on_selector_all(".methods details", "folded => folded.forEach((details) => { details.open = true; })")
    sent = []

    def note(route):
        sent.extend([route.request.url] if route.request.is_navigation_request() else [])
        route.fulfill(status=204)  # the page stays

    tab.route("**", note)
    return sent


def click_at(tab, button):
    """A click of the mouse where the button is, whatever else a person would have to wait for."""
    box = tab.locator(button).first.bounding_box()
    tab.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


@contextmanager
def one_decision(tab, sent):
    """What is done now sends one form."""
    with tab.expect_request(lambda request: request.is_navigation_request()):
        yield
    tab.wait_for_function(f"() => document.querySelector('{BUSY}')")
    assert len(sent) == 1


def over(tab):
    """Make the half second end now."""
    tab.evaluate("() => { front = -1e9; document.getAnimations().forEach((one) => one.finish()); }")


@pytest.mark.parametrize(("page", "button"), DECISIONS.items(), ids=DECISIONS)
def test_an_early_press_does_nothing_and_a_later_one_decides(tab, open_early, page, button):
    """By the mouse and by either key; the button keeps the focus meanwhile."""
    sent = open_early(page)
    click_at(tab, button)
    click_at(tab, button)
    tab.locator(button).first.focus()
    for key in KEYS:
        tab.keyboard.press(key)
    assert (sent, tab.locator(BUSY).count()) == ([], 0)
    over(tab)
    for press in [*(partial(tab.keyboard.press, key) for key in KEYS), partial(click_at, tab, button)]:
        with one_decision(tab, sent):
            press()
        sent.clear()
        tab.eval_on_selector(BUSY, "form => { delete form.dataset.busy; }")  # as after ten seconds


def test_nor_does_enter_in_a_field(tab, open_early):
    sent = open_early("device/prefilled")
    tab.focus("[name=user_code]")
    tab.keyboard.press("Enter")
    assert sent == []


@pytest.mark.parametrize(("target", "event"), [("window", "focus"), ("document", "visibilitychange")])
def test_a_page_that_comes_back_to_the_front_is_early_again(tab, open_early, target, event):
    sent = open_early("consent/usual")
    over(tab)
    tab.evaluate(f"() => {target}.dispatchEvent(new Event('{event}'))")
    click_at(tab, ALLOW)
    tab.focus(ALLOW)
    tab.keyboard.press("Enter")
    assert sent == []


def test_without_script_an_early_click_does_nothing_either(tab, open_early):
    sent = open_early("consent/usual", script=False)
    click_at(tab, ALLOW)
    assert sent == []


def test_a_script_that_comes_late_takes_no_press_away(tab, open_early):
    """The half second that it stands for began when the page was first seen."""
    sent = open_early("consent/usual", script=False)
    tab.evaluate("() => document.getAnimations().forEach((one) => one.finish())")
    tab.wait_for_function("() => performance.now() - performance.getEntriesByType('paint')[0]?.startTime > 500")
    script = (STATIC / "app.js").read_text()
    tab.route("**/static/late.js", lambda route: route.fulfill(body=script, content_type="text/javascript"))
    tab.evaluate("""() => new Promise((onload) => {
        const { nonce } = document.querySelector("script[nonce]"), src = "/static/late.js";
        document.head.append(Object.assign(document.createElement("script"), { src, nonce, onload }));
    })""")
    with one_decision(tab, sent):
        click_at(tab, ALLOW)


def test_a_click_of_a_script_is_nobodys_second_one(tab, open_early):
    """Test suites press as fast as machines do."""
    sent = open_early("consent/usual")
    with one_decision(tab, sent):
        tab.evaluate(f"() => document.querySelector('{ALLOW}').click()")


@pytest.mark.parametrize("again", [False, True])
def test_who_waits_for_the_button_can_press_it(tab, gallery, again):
    """As Playwright does, in half a second of real time."""
    sent = opened_now(tab, gallery, "consent/usual")
    if again:
        tab.evaluate("() => window.dispatchEvent(new Event('focus'))")
    with one_decision(tab, sent):
        tab.click(ALLOW)
    assert tab.evaluate("() => performance.now() - front") >= 500


@pytest.mark.parametrize(
    ("page", "button"),
    [
        ("login/unified", "button[value=password]"),
        ("registration/profile", "button[value=profile]"),
        ("settings/everything", "button[value=profile]"),
    ],
)
def test_who_types_a_password_or_a_profile_does_not_wait(tab, open_early, page, button):
    """Many type fast, or have a password manager do it."""
    sent = open_early(page)
    with one_decision(tab, sent):
        click_at(tab, button)
