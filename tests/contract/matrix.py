"""Which Kratos and Hydra keep what Portico relies on: writes the row of those on PATH into docs/support.md.

`python -m tests.contract.matrix [VERSION]`; VERSION names them where they do not say it, as those built from source.
`--result FILE` takes the JUnit file of a run that was made already. Ends with 1 if a case failed; the row is written
then, too.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

from tests.stack.errors import StackError
from tests.stack.servers import versions

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/support.md"
BEGIN, END = "<!-- matrix -->\n", "<!-- /matrix -->"
JOURNEYS = ("first_login", "consent", "logout", "device", "two_steps", "return_way_recovery", "sessions")
COLUMNS = {"contract.test_hydra": "Hydra", "contract.test_kratos": "Kratos", "journeys.": "journeys"}
HEAD = f"| Kratos and Hydra | {' | '.join(COLUMNS.values())} | tried on |\n|---|{'---|' * (len(COLUMNS) + 1)}\n"


def run(result: Path) -> None:
    """The contract suite and a few journeys on the real servers alone."""
    journeys = [f"tests/journeys/test_{name}.py" for name in JOURNEYS]
    parallel = ["-n", "2", "--dist", "loadscope", "--no-loadscope-reorder"]
    command = [sys.executable, "-m", "pytest", "-q", *parallel, "-m", "real", f"--junit-xml={result}"]
    subprocess.run([*command, "tests/contract", *journeys], cwd=ROOT, check=False)


def counts(result: Path) -> tuple[dict[str, str], list[str]]:
    """Per column how many cases passed, of how many; and the names of those that did not."""
    ran, passed, failed = Counter[str](), Counter[str](), []
    for case in ET.parse(result).iter("testcase"):
        name = f"{case.get('classname')}.{case.get('name')}"
        column = next((title for part, title in COLUMNS.items() if part in name), None)
        if column is None or case.find("skipped") is not None:
            continue
        ran[column] += 1
        if case.find("failure") is None and case.find("error") is None:
            passed[column] += 1
        else:
            failed.append(name)
    return {title: f"{passed[title]} of {ran[title]}" for title in COLUMNS.values()}, failed


def written(page: str, version: str, row: dict[str, str], day: str) -> str:
    """The page with the row of this version, in the place of an older one of it; newest version first."""
    before, begin, rest = page.partition(BEGIN)
    table, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{PAGE.name} has no {BEGIN.strip()} ... {END}")
    rows = [line for line in table.splitlines() if re.match(r"\| v?\d", line) and not line.startswith(f"| {version} |")]
    rows.append(f"| {version} | {' | '.join(row.values())} | {day} |")
    rows.sort(key=lambda line: [int(number) for number in re.findall(r"\d+", line.split("|")[1])], reverse=True)
    return before + BEGIN + HEAD + "\n".join(rows) + "\n" + END + after


def named_version() -> str:
    """What both servers say that they are."""
    said = set(versions().values())
    version = min(said)
    if len(said) > 1 or not re.match(r"v\d", version):
        raise StackError(f"they say they are {' and '.join(sorted(said))}: name their version (SERVERS=v26.2.0)")
    return version


def main() -> int:
    """Run, count, write."""
    parser = argparse.ArgumentParser(prog="make matrix", description=__doc__)
    parser.add_argument("version", nargs="?", help="of the servers on PATH, if they do not say it")
    parser.add_argument("--result", type=Path, help="the JUnit file of a run of them")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        try:
            version = arguments.version or named_version()
            result = arguments.result or Path(folder, "result.xml")
            if not arguments.result:
                versions()
                run(result)
        except StackError as problem:
            sys.exit(f"There is nothing to try: {problem}.")
        row, failed = counts(result)
    page = written(PAGE.read_text(encoding="utf-8"), version, row, f"{datetime.now(UTC):%Y-%m-%d}")
    PAGE.write_text(page, encoding="utf-8")
    print(f"{version}: {row}", *failed, sep="\n")
    return 1 if failed or any(cases.endswith(" of 0") for cases in row.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
