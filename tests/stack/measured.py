"""A pytest plugin: coverage is measured where Portico runs in this process, and nowhere else.

Coverage's tracer follows every line of everything, which takes twice the time. Importing the tests, and tests whose
Portico is a process of its own, teach it nothing. Nor do crawls and tables whose lines other tests run as well: those
bear pytest-cov's marker `no_cover`.
"""

from collections.abc import Generator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

APP = Path(__file__).resolve().parents[2] / "app"
STARTED = {"__main__", "wsgi", "server"}  # modules that are run, not imported
# Folders of tests whose Portico is a process of its own, or that show all its pages in a browser.
ELSEWHERE = {"accessibility", "contract", "conformance", "journeys", "stack"}


@contextmanager
def unmeasured(config: pytest.Config) -> Generator[None]:
    """Nothing is traced inside this block."""
    plugin: Any = config.pluginmanager.getplugin("_cov")
    if plugin is None or plugin.cov_controller is None or not plugin.cov_controller.started:
        yield
        return
    plugin.cov_controller.pause()
    try:
        yield
    finally:
        plugin.cov_controller.resume()


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """What runs when a module of Portico is imported is measured here, before a test module has imported it."""
    if session.config.pluginmanager.hasplugin("_cov"):
        with unmeasured(session.config):
            import_module("ory_client")  # a thousand classes
        for module in sorted(APP.rglob("*.py")):
            if module.stem not in STARTED:
                import_module(".".join(module.relative_to(APP.parent).with_suffix("").parts).removesuffix(".__init__"))
    with unmeasured(session.config):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    if ELSEWHERE & set(item.path.parts):
        with unmeasured(item.config):
            return (yield)
    return (yield)
