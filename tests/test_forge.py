"""What a public forge, an editor and a commit hook are told: our own commands, and nothing fetched from others."""

import configparser
import re
import tomllib
from pathlib import Path

import yaml

from tests.support.cases import each_case

ROOT = Path(__file__).resolve().parent.parent
WORKFLOW = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())
HOOKS = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
FORMS = sorted(path for path in (ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml")
MAKEFILE = (ROOT / "Makefile").read_text()


def test_the_workflow_does_what_continuous_integration_does_and_uses_nobody_elses_action():
    [job] = WORKFLOW["jobs"].values()
    commands = [step["run"] for step in job["steps"]]
    assert commands[-1] == ".ci/run"
    assert [step for step in job["steps"] if "uses" in step] == []
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert "$GITHUB_SHA" in commands[0]


def test_commit_hooks_are_the_tools_of_the_environment_as_make_calls_them():
    hooks = [hook for repository in HOOKS for hook in repository["hooks"]]
    assert {repository["repo"] for repository in HOOKS} == {"local"}
    assert {hook["language"] for hook in hooks} == {"system"}
    tools = [re.match(r"\.venv/bin/(\w+)(?: (check|format))?", hook["entry"]) for hook in hooks]
    assert all(tools)
    for tool in tools:
        assert f"$(BIN)/{tool[1]}" in MAKEFILE
    for name in {name for hook in hooks for name in re.findall(r"tests/\S+\.py", hook["entry"])}:
        assert (ROOT / name).exists()


@each_case("path", FORMS)
def test_an_issue_form_is_one_that_a_forge_can_show(path):
    """Each answer has an id and a label of its own, a note only words; whoever has found a weakness is led away."""
    form = yaml.safe_load(path.read_text(encoding="utf-8"))
    fields = [field for field in form["body"] if field["type"] != "markdown"]
    ids = [field["id"] for field in fields]

    assert form["name"]
    assert form["description"]
    assert {field["type"] for field in form["body"]} <= {"markdown", "input", "textarea", "checkboxes"}
    assert len(ids) == len(set(ids)) > 0
    assert all(field["attributes"]["label"] for field in fields)
    for name in re.findall(r"\b(?:docs/)?[\w-]+\.md\b", path.read_text(encoding="utf-8")):
        assert (ROOT / name).exists(), name


def test_reports_of_weaknesses_are_led_to_where_they_are_private():
    for name in ("bug", "security"):
        assert "SECURITY.md" in (ROOT / f".github/ISSUE_TEMPLATE/{name}.yml").read_text()


def test_editors_keep_the_lines_that_ruff_keeps():
    rules = configparser.ConfigParser()
    rules.read_string("[preamble]\n" + (ROOT / ".editorconfig").read_text())
    ruff = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ruff"]
    assert int(rules["*"]["max_line_length"]) == ruff["line-length"]
    assert rules["{Makefile,*.mk}"]["indent_style"] == "tab"
