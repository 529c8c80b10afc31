"""The table of docs/support.md, of a run's result."""

from pathlib import Path

import pytest

from tests.contract import matrix

CASES = """<testsuites><testsuite>
<testcase classname="tests.contract.test_hydra_login" name="test_a[real]"/>
<testcase classname="tests.contract.test_kratos_login" name="test_b[real]"/>
<testcase classname="tests.contract.test_kratos_login" name="test_c[real]"><failure message="no"/></testcase>
<testcase classname="tests.contract.test_kratos_login" name="test_d[real]"><error message="no"/></testcase>
<testcase classname="tests.contract.test_kratos_login" name="test_e[real]"><skipped/></testcase>
<testcase classname="tests.journeys.test_consent" name="test_f[real]"/>
</testsuite></testsuites>"""
PAGE = f"""Before.

{matrix.BEGIN}| v26.2.0 | 1 of 1 | 2 of 2 | 3 of 3 | 2026-11-01 |
| v9.4.0 | 1 of 1 | 2 of 2 | 3 of 3 | 2026-10-01 |
{matrix.END}
After.
"""


@pytest.fixture
def result(tmp_path: Path) -> Path:
    (tmp_path / "result.xml").write_text(CASES)
    return tmp_path / "result.xml"


def test_cases_are_counted_by_what_they_are_about(result: Path) -> None:
    row, failed = matrix.counts(result)
    assert row == {"Hydra": "1 of 1", "Kratos": "1 of 3", "journeys": "1 of 1"}
    assert failed == ["tests.contract.test_kratos_login.test_c[real]", "tests.contract.test_kratos_login.test_d[real]"]


@pytest.mark.parametrize(
    ("version", "order"),
    [("v26.2.0", ["v26.2.0", "v9.4.0"]), ("v25.4.0", ["v26.2.0", "v25.4.0", "v9.4.0"]), ("v27.1.0", None)],
)
def test_a_version_has_one_row_and_the_newest_is_first(result: Path, version: str, order: list[str] | None) -> None:
    page = matrix.written(PAGE, version, matrix.counts(result)[0], "2026-11-29")
    rows = [line.split(" | ") for line in page.splitlines() if line.startswith("| v")]
    assert [row[0].removeprefix("| ") for row in rows] == (order or ["v27.1.0", "v26.2.0", "v9.4.0"])
    assert f"| {version} | 1 of 1 | 1 of 3 | 1 of 1 | 2026-11-29 |" in page
    assert page.startswith(f"Before.\n\n{matrix.BEGIN}{matrix.HEAD}| v")
    assert page.endswith(f"\n{matrix.END}\nAfter.\n")


def test_a_page_without_a_place_for_it_is_not_written() -> None:
    with pytest.raises(ValueError, match="has no <!-- matrix -->"):
        matrix.written("Nothing.", "v26.2.0", {}, "2026-11-29")


def test_the_page_has_the_version_we_promise_and_nothing_of_it_fails() -> None:
    page = matrix.PAGE.read_text(encoding="utf-8")
    [row] = [line for line in page.splitlines() if line.startswith("| v26.2.0 |")]
    cells = [cell.strip() for cell in row.strip("|").split("|")][1:-1]
    assert page.count(matrix.HEAD) == 1
    assert cells == [f"{count} of {count}" for count in (cell.split(" ")[0] for cell in cells)]
