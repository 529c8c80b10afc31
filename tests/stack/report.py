"""A pytest plugin: what this machine cannot run is skipped, and said plainly at the end.

For `pytest_plugins` in tests/conftest.py. Tests marked `browser` need a Chromium, whose path the fixture
`browser_path` gives; tests (or parameters) marked `real` need Ory's own servers on PATH.
TEST_REQUIRE_BROWSER=1 makes a missing browser a failure: CI may not pass without the browser tests.
"""

import functools
import os
import shutil

import pytest

from tests.stack.errors import StackError
from tests.stack.servers import WANTED, versions

# The shell first: it paints no window around its pages, which takes Chromium most of its time.
BROWSERS = (
    *("chromium-headless-shell", "chrome-headless-shell", "chromium"),
    *("chromium-browser", "google-chrome-stable", "google-chrome"),
)
NO_BROWSER = "needs a browser"
NO_REAL = "needs the real servers"
GET_BROWSER = "apt-get install chromium, or name any Chromium in TEST_BROWSER"
GET_REAL = f"put kratos and hydra {WANTED} on PATH"


@functools.cache
def find_browser() -> str | None:
    """The Chromium to test with: TEST_BROWSER, else one on PATH."""
    named = os.environ.get("TEST_BROWSER")
    return next((path for path in map(shutil.which, [named] if named else BROWSERS) if path), None)


@functools.cache
def why_not_real() -> str | None:
    """Why the real servers cannot be used here, or None if they can."""
    try:
        versions()
    except StackError as problem:
        return str(problem)
    return None


@pytest.fixture(scope="session")
def browser_path() -> str:
    """The path of the Chromium to start; the test is marked `browser`, so there is one."""
    path = find_browser()
    assert path, "a test that uses browser_path must be marked browser"
    return path


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "real: runs on Ory's own servers only, not on the sandbox")


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("browser") and not find_browser():
        if os.environ.get("TEST_REQUIRE_BROWSER") == "1":
            pytest.fail(f"{NO_BROWSER}, and TEST_REQUIRE_BROWSER=1 forbids to skip it: {GET_BROWSER}", pytrace=False)
        pytest.skip(NO_BROWSER)
    if item.get_closest_marker("real") and why_not_real():
        pytest.skip(NO_REAL)


@pytest.hookimpl(trylast=True)  # below the coverage table
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was not run, how to get it, and which behaviours were therefore not tested at all."""
    stats = terminalreporter.stats
    skipped = [(report.nodeid, str(report.longrepr)) for report in stats.get("skipped", [])]
    browser = [test for test, reason in skipped if NO_BROWSER in reason]
    real = [test for test, reason in skipped if NO_REAL in reason]
    if not browser and not real:
        return
    terminalreporter.section("not run on this machine")
    if browser:
        terminalreporter.line(f"Tests that need a browser: {len(browser)}. To run them: {GET_BROWSER}.")
    if real:
        terminalreporter.line(
            f"Tests that need the real servers: {len(real)} ({why_not_real()}). To run them: {GET_REAL}."
        )
        ran = {report.nodeid.partition("[")[0] for outcome in ("passed", "failed") for report in stats.get(outcome, [])}
        nowhere = sorted({test.partition("[")[0] for test in real} - ran)
        if nowhere:
            terminalreporter.line("Not tried on the sandbox either, which does not play them:")
        for test in nowhere:
            terminalreporter.line(f"  {test}")
