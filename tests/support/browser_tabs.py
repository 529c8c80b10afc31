"""Tabs of a browser that are used again: a new one costs Chromium as much as two pages. And what they keep."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

import playwright.sync_api as playwright

# Of Chromium: none that paints beside the browser, none made ahead for a page that may come.
FEW_PROCESSES = ("--in-process-gpu", "--renderer-process-limit=1")


class Windows:
    """Whoever comes gets a tab without a cookie, nothing of who had it before is under way in it.

    Not for those who change what stays: its clock, its scripts, its listeners, what it permits.
    """

    def __init__(self, browser: playwright.Browser) -> None:
        self.browser = browser
        self._vacant: dict[str, list[playwright.Page]] = defaultdict(list)

    @contextmanager
    def tab(self, viewport: playwright.ViewportSize) -> Iterator[playwright.Page]:
        """A page in a window with this viewport; all pages that are opened there end with it."""
        vacant = self._vacant[repr(sorted(viewport.items()))]
        tab = vacant.pop() if vacant else self.browser.new_context(viewport=viewport).new_page()
        yield tab  # one of a test that failed is not used again
        for page in tab.context.pages[1:]:
            page.close()
        tab.unroute_all(behavior="ignoreErrors")
        tab.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")
        tab.goto("about:blank")
        tab.context.clear_cookies()
        tab.set_viewport_size(viewport)
        vacant.append(tab)


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
