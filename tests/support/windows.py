"""Windows of a browser that are used again: a new one costs Chromium as much as ten pages. And what they keep."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import playwright.sync_api as playwright


class Windows:
    """Whoever comes gets a page of their own, in a window without a cookie.

    Not for those who change what a whole window has: its clock, its scripts, what it permits.
    """

    def __init__(self, browser: playwright.Browser) -> None:
        self.browser = browser
        self._vacant: dict[str, list[playwright.BrowserContext]] = defaultdict(list)

    @contextmanager
    def tab(self, **options: Any) -> Iterator[playwright.Page]:
        """A page in a window with these options of `new_context`; all pages that are opened there end with it."""
        vacant = self._vacant[repr(sorted(options.items()))]
        window = vacant.pop() if vacant else self._new(options)
        try:
            yield window.new_page()
        finally:
            for page in window.pages[1:]:
                page.close()
            window.clear_cookies()
            vacant.append(window)

    def _new(self, options: dict[str, Any]) -> playwright.BrowserContext:
        window = self.browser.new_context(**options)
        window.new_page()  # stays: Chromium closes a window with its last page
        return window


def without_third_parties(tab: playwright.Page) -> playwright.Page:
    """A tab that keeps no third party's cookie: Chromium does so by itself, its shell has to be told."""
    rules = (
        "enableThirdPartyCookieRestriction",
        "disableThirdPartyCookieMetadata",
        "disableThirdPartyCookieHeuristics",
    )
    devtools = tab.context.new_cdp_session(tab)
    devtools.send("Network.enable")
    devtools.send("Network.setCookieControls", dict.fromkeys(rules, True))
    return tab
