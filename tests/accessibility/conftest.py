"""The gallery in a browser: one server in this process, one Chromium for all tests."""

from collections.abc import Iterator

import playwright.sync_api as playwright
import pytest

from app.preview.site import serving
from tests.gallery.entries import SITE
from tests.support.browser_tabs import FEW_PROCESSES, Windows

NOBODY_ELSE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost"


@pytest.fixture(scope="session")
def gallery() -> Iterator[str]:
    """The address of the gallery."""
    with serving(SITE) as address:
        yield address


@pytest.fixture(scope="session")
def chromium(driver: playwright.Playwright, browser_path: str) -> Iterator[playwright.Browser]:
    """A headless Chromium that finds no host but this one."""
    options = [*FEW_PROCESSES, "--no-sandbox", "--disable-gpu", "--disable-background-networking", NOBODY_ELSE]
    browser = driver.chromium.launch(executable_path=browser_path, args=options)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def windows(chromium: playwright.Browser) -> Windows:
    """Those that were opened already."""
    return Windows(chromium)
