"""What code and tests cite is there: in docs/design.md decisions, sections, contracts; in SECURITY.md threats."""

import re
from functools import cache
from itertools import chain
from pathlib import Path

from tests import threats
from tests.test_architecture import ROOT, tracked

SECURITY = threats.SECURITY.read_text(encoding="utf-8")
DESIGN = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
PLACES = ("app", "docs", "hydra", "kratos", "templates", "tests", "CONTRIBUTING.md", "README.md", "SECURITY.md")
KINDS = {".css", ".html", ".js", ".json", ".jsonnet", ".md", ".py", ".toml", ".yaml", ".yml"}
DATA = (ROOT / "kratos" / "bodies",)  # with base64 in them, and no citations
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
    """The ids a text cites, those of the contract with one digit."""
    of_design = chain.from_iterable(re.findall(r"[A-Z]\d+", citation) for citation in SINGLE.findall(text))
    return threats.cited(text) | set(of_design)


def defined() -> list[str]:
    """The ids that have a line or a sentence."""
    of_design = re.findall(r"^\| (?:contract )?([BCD]\d+) \|", DESIGN, re.MULTILINE)
    invariants = re.findall(r"(?:^|· ?)(I\d) ", SECURITY, re.MULTILINE)
    return [*of_design, *(row[0] for row in threats.ROW.findall(SECURITY)), *invariants]


def test_every_id_that_is_cited_is_there():
    missing = {path.name: ids for path, text in texts().items() if (ids := cited(text) - set(defined()))}
    assert missing == {}


def test_every_section_that_is_cited_is_there():
    there = set(re.findall(r"^## (\d+)\.", DESIGN, re.MULTILINE))
    missing = {path.name: wanted for path, text in texts().items() if (wanted := set(SECTION.findall(text)) - there)}
    assert missing == {}


def test_every_id_is_there_once_and_none_is_left_out():
    ids = defined()
    assert sorted(ids) == sorted(set(ids))
    for kind in "NFBC":
        numbers = [int(id_[1:]) for id_ in ids if re.fullmatch(rf"{kind}\d\d", id_)]
        assert numbers == list(range(1, len(numbers) + 1)), kind


def test_every_threat_names_the_tests_that_cite_it_or_says_why_there_is_none():
    tests = threats.tests_by_id()
    without = {id_: last for id_, _, last in threats.ROW.findall(SECURITY) if id_ not in tests}
    assert threats.written(SECURITY) == SECURITY, "run `make threats`"
    assert {id_: last for id_, last in without.items() if not re.match(r"no test: \w\w", last)} == {}


def test_nothing_outside_the_repository_is_cited():
    elsewhere = re.compile(r"\breference/|\b(?:peers|ory_contracts|ory_client|security_tests|architecture|words)\.md")
    assert {path.name: citations for path, text in texts().items() if (citations := elsewhere.findall(text))} == {}
