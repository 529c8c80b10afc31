"""Backup codes and the key for an authenticator app: copied, saved, printed, with nothing but the page's own script."""

from collections.abc import Callable

import playwright.sync_api as playwright
import pytest

from tests.journeys.site import Person, Site
from tests.journeys.test_browser import enter

pytestmark = pytest.mark.browser


def settings(tab: playwright.Page, site: Site, person: Person, place: str = "lookup_secret") -> None:
    """Sign in and go to the settings."""
    enter(tab, site, person)
    tab.goto(f"{site.portico}/settings#{place}")  # a browser opens what is folded around that place


def make_codes(tab: playwright.Page) -> list[str]:
    """Ask for backup codes."""
    tab.click("[name=lookup_secret_regenerate]")
    tab.wait_for_selector(".codes")
    codes: list[str] = tab.locator(".codes code").all_inner_texts()
    assert len(codes) == 12
    return codes


def test_backup_codes_are_copied_saved_and_printed(
    site: Site, new_tab: Callable[..., playwright.Page], ada: Person
) -> None:
    tab = new_tab(permissions=["clipboard-read", "clipboard-write"])
    tab.add_init_script("window.print = () => { window.printed = document.querySelector('.printed')?.innerText ?? '' }")
    settings(tab, site, ada)
    codes = make_codes(tab)

    block = tab.locator("[data-keep]:has(.codes)")
    block.get_by_role("button", name="Copy").click()
    playwright.expect(block.get_by_role("status")).to_have_text("Copied")
    assert tab.evaluate("navigator.clipboard.readText()").split() == codes
    with tab.expect_download() as download:
        block.get_by_role("button", name="Download").click()
    assert download.value.suggested_filename == "backup-codes.txt"
    assert download.value.path().read_text().split() == [site.portico.partition("://")[2], *codes]
    block.get_by_role("button", name="Print").click()
    assert all(code in tab.evaluate("window.printed") for code in codes)


def test_only_the_codes_are_printed(site: Site, tab: playwright.Page, ada: Person) -> None:
    tab.add_init_script("window.print = () => {}")
    settings(tab, site, ada)
    codes = make_codes(tab)
    tab.locator("[data-keep]:has(.codes)").get_by_role("button", name="Print").click()
    tab.emulate_media(media="print")
    assert tab.inner_text("body").split()[-12:] == codes
    assert not tab.get_by_role("button").all()
    assert not tab.is_visible("h1")
    tab.emulate_media(media="screen")
    tab.evaluate("dispatchEvent(new Event('afterprint'))")
    assert tab.locator(".printed").count() == 0


def test_the_key_for_an_app_is_copied_where_the_clipboard_is_closed(
    site: Site, tab: playwright.Page, ada: Person
) -> None:
    """Without https browsers give a page no navigator.clipboard."""
    tab.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    settings(tab, site, ada, "totp")
    block = tab.get_by_test_id("node/text/totp_secret_key/text")
    block.get_by_role("button", name="Copy").click()
    playwright.expect(block.get_by_role("status")).to_have_text("Copied")
    assert tab.evaluate("getSelection().toString()") == block.locator("code").inner_text()
    assert block.get_by_role("button").count() == 1  # a key for an app is no paper to keep


def test_without_javascript_the_codes_can_be_read(
    site: Site, new_tab: Callable[..., playwright.Page], ada: Person
) -> None:
    tab = new_tab(java_script_enabled=False)
    settings(tab, site, ada)
    make_codes(tab)
    assert tab.locator("[data-keep] button").count() == 0


def test_codes_that_were_left_are_told_once_and_can_still_be_kept(
    site: Site, new_tab: Callable[..., playwright.Page], ada: Person
) -> None:
    tab = new_tab(java_script_enabled=False)
    settings(tab, site, ada)
    codes = make_codes(tab)
    tab.goto(f"{site.portico}/settings")
    tab.locator("main > .notice a").click()
    tab.wait_for_selector(".codes")
    assert tab.locator(".codes code").all_inner_texts() == codes
    tab.click("[name=lookup_secret_confirm]")
    tab.wait_for_selector("[data-testid='ui/message/1050001']")
    tab.goto(f"{site.portico}/settings")
    assert tab.locator("main > .notice").count() == 0
