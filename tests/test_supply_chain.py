"""What is shipped: whose it is, under which licence, and that anybody can build the same bytes."""

import json
import os
import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from tests.stack.stack import environment

ROOT = Path(__file__).resolve().parent.parent
# What may be shipped beside Apache-2.0 code without a duty that an operator could miss.
ALLOWED = {"Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "MIT", "MPL-2.0", "PSF-2.0", "ZPL-2.1"}
# What packages call their licences that do not use the names of SPDX; those that only say "BSD" were read.
SPDX = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache 2": "Apache-2.0",
    "Apache 2.0": "Apache-2.0",
    "License :: OSI Approved :: BSD License": "BSD-3-Clause",
    "License :: OSI Approved :: MIT License": "MIT",
}


def licence(package: str) -> str:
    """How a package itself says that it is licensed, as SPDX writes it."""
    facts = metadata.metadata(package)
    classifiers = [name for name in facts.get_all("Classifier", []) if name.startswith("License ::")]
    texts = [facts[name] for name in ("License-Expression", "License") if name in facts]
    short = [text for text in texts if len(text) < 40] + classifiers  # some put the whole licence there
    return SPDX.get(str(short[0]), str(short[0]))


def pinned(name: str) -> list[str]:
    lines = (ROOT / "requirements" / name).read_text(encoding="utf-8").splitlines()
    return [line.partition("==")[0] for line in lines if "==" in line]


def test_every_shipped_package_and_its_licence_are_listed() -> None:
    page = (ROOT / "docs/licences.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([\w.-]+) \| (.+) \|$", page, re.MULTILINE)
    shipped = pinned("portico.txt")
    with_otel = [package for package in pinned("otel.txt") if package not in shipped]
    assert [row for row in rows if row[0] != "package"] == [(name, licence(name)) for name in (*shipped, *with_otel)]


def test_every_licence_is_one_that_may_be_shipped() -> None:
    for package in (*pinned("portico.txt"), *pinned("otel.txt")):
        expression = licence(package)
        assert set(re.split(r" (?:AND|OR) ", expression)) <= ALLOWED, f"{package}: {expression}"


def test_two_packages_of_one_commit_are_the_same_bytes(tmp_path: Path) -> None:
    """Another folder, other times and modes of files, something left over in the tree: the commit alone counts."""
    built = []
    for name, umask in (("first", 0o022), ("second", 0o077)):
        clone = tmp_path / name
        subprocess.run(["git", "clone", "-q", ROOT, clone], check=True, umask=umask, capture_output=True)
        shutil.copy(ROOT / ".ci/package", clone / ".ci/package")
        for path in (clone / "app").rglob("*.py"):
            os.utime(path, (umask, umask))
        (clone / "app" / f"left_over_{name}.py").write_text("")
        command = [clone / ".ci/package", sys.executable]
        done = subprocess.run(command, umask=umask, env=environment(), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        built.append({path.name: path.read_bytes() for path in (clone / "dist").iterdir()})

    assert {name.rpartition("portico-")[2][-4:] for name in built[0]} == {".whl", "r.gz"}
    assert built[0] == built[1]


PACKAGE = {"name": "flask", "version": "3.1.3"}
FLAW = {"id": "ADVISORY-1", "fix_versions": ["3.1.4"]}


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        ({"dependencies": [PACKAGE | {"vulns": []}]}, 0, "1 packages audited, 0 advisories."),
        ({"dependencies": [PACKAGE | {"vulns": [FLAW]}]}, 1, "flask 3.1.3: ADVISORY-1, fixed in 3.1.4"),
        ({"dependencies": [{"name": "flask", "skip_reason": "not found"}]}, 2, "1 of 1 packages could not"),
        (None, 2, "No advisory source answered"),
    ],
    ids=["clean", "vulnerable", "not-looked-up", "unreachable"],
)
def test_an_audit_that_looked_nothing_up_is_not_a_clean_one(
    tmp_path: Path, answer: object, code: int, words: str
) -> None:
    """pip-audit itself ends with 0 where its source knows no package, as an index of a company may."""
    lines = f"print({json.dumps(answer)!r})" if answer else "raise SystemExit('connection refused')"
    (tmp_path / "pip_audit.py").write_text(lines)
    command = [sys.executable, ROOT / ".ci/audit"]
    audit = subprocess.run(
        command, env=environment() | {"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert audit.returncode == code
    assert words in audit.stdout
