"""What holds for every test: nothing beyond this machine is reached, and what was not run is said at the end."""

import gc
import os
from collections.abc import Iterator

import hypothesis
import playwright.sync_api as playwright
import pytest

gc.disable()  # until all tests are collected: nothing that is imported is garbage
for _name in [name for name in os.environ if name.startswith("PORTICO_")]:
    del os.environ[_name]  # of the shell; a setting that a test gives would be worth less

pytest_plugins = [
    *("tests.stack.forks", "tests.stack.coverage_in_process", "tests.stack.parallel"),
    *("tests.stack.report", "tests.support.log_scan", "tests.support.fixtures"),
]

# 50 examples at a desk, 500 where a machine waits; no deadline, which is by default 0.2 s an example on any machine.
hypothesis.settings.register_profile("patient", deadline=None, max_examples=500 if os.environ.get("CI") else 50)
hypothesis.settings.load_profile("patient")
LOOPBACK = ["127.0.0.1", "::1", "localhost"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let pytest-socket refuse every connection that leaves this machine; the stacks of the tests are on it."""
    for item in items:
        if not item.get_closest_marker("allow_hosts"):
            item.add_marker(pytest.mark.allow_hosts(LOOPBACK))


def pytest_collection_finish() -> None:
    """Thousands of tests are no garbage, nor are the trees of pages before there are many: to look costs a fifth."""
    gc.freeze()
    gc.enable()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(scope="session")
def driver() -> Iterator[playwright.Playwright]:
    """What starts browsers; a process can have one of it."""
    with playwright.sync_playwright() as driver:
        yield driver
