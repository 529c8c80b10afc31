"""The tests of each threat in SECURITY.md, as their docstrings cite it. `python -m tests.threats` writes them anew."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).resolve().parent
SECURITY = TESTS.parent / "SECURITY.md"
CITED = re.compile(r"(?<![\w%\\])([NFBC])(\d\d)(?:(?:-| - | to )\1(\d\d))?(?!\w)")
ROW = re.compile(r"^\| ([NFBC]\d\d) \| (.+) \| (.+) \|$", re.MULTILINE)
SHOWN = 4  # names in a row; the others are counted

Ids = dict[str, list[str]]


def cited(text: str) -> set[str]:
    """The ids of threats that a text cites, ranges written out."""
    return {
        f"{kind}{number:02}"
        for kind, first, last in CITED.findall(text)
        for number in range(int(first), int(last or first) + 1)
    }


def citing(path: Path) -> dict[str, set[str]]:
    """The ids a module of tests cites, by the name of the test or class whose docstring does, or the module's own."""
    name = path.relative_to(TESTS).as_posix()
    module = ast.parse(path.read_text(encoding="utf-8"))
    ids = {f"{name}{test}": _docstring(node) for test, node in _tests(module.body)}
    return ids | {name: _docstring(module) - set().union(*ids.values())}


def _tests(body: list[ast.stmt], prefix: str = "") -> Iterator[tuple[str, ast.FunctionDef | ast.ClassDef]]:
    """Tests and their classes, by the names pytest has for them."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name.lower().startswith("test"):
            yield f"{prefix}::{node.name}", node
            if isinstance(node, ast.ClassDef):
                yield from _tests(node.body, f"{prefix}::{node.name}")


def _docstring(node: ast.Module | ast.FunctionDef | ast.ClassDef) -> set[str]:
    return cited(ast.get_docstring(node) or "")


def tests_by_id() -> Ids:
    """The tests of each id, those that name it themselves before whole modules."""
    tests: Ids = defaultdict(list)
    for path in sorted(TESTS.rglob("test_*.py")):
        for name, ids in citing(path).items():
            for id_ in ids:
                tests[id_].append(name)
    return {id_: sorted(names, key=lambda name: "::" not in name) for id_, names in tests.items()}


def written(text: str) -> str:
    """SECURITY.md with the tests that there are; a row without one keeps its reason."""
    tests = tests_by_id()
    return ROW.sub(lambda row: f"| {row[1]} | {row[2]} | {_shown(tests.get(row[1], [])) or row[3]} |", text)


def _shown(names: list[str]) -> str:
    more = [f"and {len(names) - SHOWN} more"] if len(names) > SHOWN else []
    return "<br>".join([*(f"`{name}`" for name in names[:SHOWN]), *more])


if __name__ == "__main__":
    SECURITY.write_text(written(SECURITY.read_text(encoding="utf-8")), encoding="utf-8")
