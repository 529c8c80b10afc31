"""What code and tests cite is in docs/design.md: decisions, sections, threats, what Kratos and Hydra do."""

import re
from functools import cache
from itertools import chain
from pathlib import Path

from tests.test_architecture import ROOT, tracked

DESIGN = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
PLACES = ("app", "docs", "hydra", "kratos", "templates", "tests", "CONTRIBUTING.md", "README.md", "SECURITY.md")
KINDS = {".css", ".html", ".js", ".json", ".jsonnet", ".md", ".py", ".toml", ".yaml", ".yml"}
DATA = (ROOT / "kratos" / "bodies",)  # with base64 in them, and no citations
RANGE = re.compile(r"(?<![\w%\\])([NFBC])(\d\d)(?:(?:-| - | to )\1(\d\d))?(?!\w)")
SINGLE = re.compile(r"(?<![\w%])(?:[Cc]ontract [BC]\d(?: and [BC]\d)*|D\d{1,2}|I\d)(?!\w)")
SECTION = re.compile(r"[Dd]esign(?:\.md)?,? section (\d+)")


@cache
def texts() -> dict[Path, str]:
    """The files that can cite the design."""
    files = (path for path in tracked() if path.relative_to(ROOT).parts[0] in PLACES and path.suffix in KINDS)
    ours = (ROOT / "docs" / "design.md", Path(__file__))
    candidates = (path for path in files if path not in ours and not any(place in path.parents for place in DATA))
    return {path: path.read_text(encoding="utf-8") for path in candidates}


def cited(text: str) -> set[str]:
    """The ids a text cites, ranges written out, those of the contract with one digit."""
    ids = {
        f"{kind}{number:02}"
        for kind, first, last in RANGE.findall(text)
        for number in range(int(first), int(last or first) + 1)
    }
    return ids | set(chain.from_iterable(re.findall(r"[A-Z]\d+", citation) for citation in SINGLE.findall(text)))


def defined() -> list[str]:
    """The ids the design gives a line or a sentence to."""
    rows = re.findall(r"^\| (?:contract )?([NFBCD]\d+)\*? \|", DESIGN, re.MULTILINE)
    return rows + re.findall(r"(?:^|· ?)(I\d) ", DESIGN, re.MULTILINE)


def test_every_id_that_is_cited_is_there():
    missing = {path.name: ids for path, text in texts().items() if (ids := cited(text) - set(defined()))}

    assert missing == {}


def test_every_section_that_is_cited_is_there():
    there = set(re.findall(r"^## (\d+)\.", DESIGN, re.MULTILINE))
    missing = {path.name: wanted for path, text in texts().items() if (wanted := set(SECTION.findall(text)) - there)}

    assert missing == {}


def test_every_id_is_there_once_and_says_so_where_no_test_cites_it():
    ids = defined()
    by_tests = set().union(*(cited(text) for path, text in texts().items() if ROOT / "tests" in path.parents))
    marked = set(re.findall(r"^\| ([NFBC]\d\d)\* \|", DESIGN, re.MULTILINE))

    assert sorted(ids) == sorted(set(ids))
    assert {kind: sum(id_.startswith(kind) and len(id_) == 3 for id_ in ids) for kind in "NFBC"} == {
        "N": 70,
        "F": 18,
        "B": 8,
        "C": 16,
    }
    assert marked == {id_ for id_ in ids if id_[0] in "NFBC" and len(id_) == 3} - by_tests


def test_nothing_outside_the_repository_is_cited():
    elsewhere = re.compile(r"\breference/|\b(?:peers|ory_contracts|ory_client|security_tests|architecture|words)\.md")

    assert {path.name: citations for path, text in texts().items() if (citations := elsewhere.findall(text))} == {}
