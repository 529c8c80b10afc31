"""A pytest plugin: coverage is measured where Portico runs in this process, and nowhere else.

Coverage's tracer follows every line of everything, which takes twice to three times as long. Importing the tests, and
tests whose Portico is a process of its own, teach it nothing. Nor do crawls and tables whose lines other tests run as
well: those bear pytest-cov's marker `no_cover`. Of a test that asks for a page in many cases the first FEW are
measured: what the fiftieth body of Kratos' runs, others have run. With CI set every case is.
"""

import os
import tomllib
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

APP = Path(__file__).resolve().parents[2] / "app"
# Modules that are run, not imported.
STARTED = tomllib.loads((APP.parent / "pyproject.toml").read_text())["tool"]["coverage"]["run"]["omit"]
# Folders of tests whose Portico is a process of its own, or that show all its pages one after the other.
ELSEWHERE = {"accessibility", "contract", "conformance", "journeys", "stack"}
PAGES = {"client", "client_with", "world"}  # the fixtures by which tests ask for pages
FEW = float("inf") if os.environ.get("CI") else 10
_cases: Counter[str] = Counter()  # by test, how many have run in this process: those of a module stay together


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
        for module in sorted(path.relative_to(APP.parent) for path in APP.rglob("*.py")):
            if str(module) not in STARTED:
                import_module(".".join(module.with_suffix("").parts).removesuffix(".__init__"))
    with unmeasured(session.config):
        return (yield)


def is_measured(item: pytest.Item) -> bool:
    """Whether this test teaches coverage anything."""
    test = item.nodeid.partition("[")[0]
    _cases[test] += 1
    few = _cases[test] <= FEW or not PAGES & set(getattr(item, "fixturenames", ()))
    return few and not ELSEWHERE & set(item.path.relative_to(APP.parent).parts)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    if not is_measured(item):
        with unmeasured(item.config):
            return (yield)
    return (yield)
