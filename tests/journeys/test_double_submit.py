"""What a second press does, and what Back leaves behind: the part of app.js that every form has."""

import playwright.sync_api as playwright
import pytest

from tests.journeys.site import Person, Site
from tests.journeys.test_browser import enter, fill_in, unfold

pytestmark = pytest.mark.browser

NEVER = "**/self-service/login?flow=*"
PASSWORD = "button[value=password]"


def posts(tab: playwright.Page) -> list[str]:
    """The forms sent from now on."""
    sent: list[str] = []
    tab.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    return sent


def press(tab: playwright.Page, *buttons: str) -> None:
    """Press these one after the other, from within the page: Playwright would wait for what the first leads to."""
    tab.evaluate(
        "buttons => buttons.forEach((one, n) => setTimeout(() => document.querySelector(one).click(), n * 100))",
        list(buttons),
    )


def passes(tab: playwright.Page, form: str) -> bool:
    """Whether app.js lets a press pass: the event that one makes, without the navigation after it."""
    event = "new SubmitEvent('submit', { bubbles: true, cancelable: true })"
    passed: bool = tab.evaluate(f"form => document.querySelector(form).dispatchEvent({event})", form)
    return passed


def test_a_form_is_sent_once_however_often_it_is_pressed(site: Site, tab: playwright.Page, ada: Person) -> None:
    """B09."""
    tab.goto(f"{site.demo}/first-party/login")
    tab.route(NEVER, lambda route: None)
    sent = posts(tab)
    fill_in(tab, ada)
    press(tab, PASSWORD, PASSWORD, PASSWORD)
    tab.wait_for_timeout(600)
    assert len(sent) == 1


def test_a_form_that_was_stopped_can_be_sent_again_later(site: Site, tab: playwright.Page) -> None:
    tab.clock.install()
    tab.goto(f"{site.portico}/login")
    seen = [passes(tab, "main form"), passes(tab, "main form")]
    tab.clock.fast_forward(11_000)
    assert [*seen, passes(tab, "main form")] == [True, False, True]


def test_another_form_of_the_page_can_still_be_sent(site: Site, tab: playwright.Page) -> None:
    tab.goto(f"{site.demo}/demo/login")
    assert passes(tab, "main form")
    assert passes(tab, "form.cancel")


def test_after_back_the_form_can_be_sent_again(site: Site, tab: playwright.Page, ada: Person) -> None:
    enter(tab, site, ada)
    tab.goto(f"{site.portico}/settings")
    unfold(tab, "[name='traits.name.first']")
    tab.fill("[name='traits.name.first']", "Adelaide")
    tab.locator("form[data-group=profile] button[type=submit]").click()
    tab.wait_for_selector("[data-testid='ui/message/1050001']")
    tab.goto(f"{site.portico}/")
    tab.go_back()
    unfold(tab, "[name='traits.name.first']")
    tab.fill("[name='traits.name.first']", "Augusta")
    tab.locator("form[data-group=profile] button[type=submit]").click()
    tab.wait_for_selector("[data-testid='ui/message/1050001']")
    assert tab.input_value("[name='traits.name.first']") == "Augusta"
