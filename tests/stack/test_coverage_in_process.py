"""Which tests coverage follows."""

from collections import Counter
from types import SimpleNamespace

import pytest

from tests.stack import coverage_in_process


def followed(monkeypatch: pytest.MonkeyPatch, folder: str, *fixtures: str) -> list[bool]:
    """Whether each of three cases of one test is measured, where two of them are enough."""
    monkeypatch.setattr(coverage_in_process, "FEW", 2)
    monkeypatch.setattr(coverage_in_process, "_cases", Counter())
    path = coverage_in_process.APP.parent / "tests" / folder / "test_x.py"
    items = [SimpleNamespace(nodeid=f"test_x[{n}]", path=path, fixturenames=[*fixtures]) for n in range(3)]
    return [coverage_in_process.is_measured(item) for item in items]


def test_of_a_page_in_many_cases_the_first_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    assert followed(monkeypatch, "http", "client", "upstream") == [True, True, False]


def test_every_case_of_a_rule_is(monkeypatch: pytest.MonkeyPatch) -> None:
    assert followed(monkeypatch, "claims") == [True, True, True]


def test_none_is_whose_portico_is_another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    assert followed(monkeypatch, "journeys", "site") == [False, False, False]
