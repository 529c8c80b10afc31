"""`make release`: what disagrees keeps a commit from being released, each kind of it by name."""

import importlib.util
import subprocess
from collections.abc import Callable, Iterator
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "Sign in"\nmsgstr "{}"\n'
FILES = {
    "app/__init__.py": '__version__ = "1.2.3"\n',
    "app/translations/de.po": CATALOGUE.format("Anmelden"),
    "templates/login.html": '<h1>{{ _("Sign in") }}</h1>\n',
    "CHANGELOG.md": "# Changelog\n\n## Unreleased\n\n## 1.2.3 - 2026-11-29\n\n- All of it.\n\n## 1.2.2 - 2026-11-01\n",
    "docs/upgrading.md": "# Upgrading\n\n## 1.2.3\n\nNothing to do.\n\n## 1.2.2\n\n`portico:1.2.2` had another name.\n",
    "docs/support.md": "| 1.2.x | yes |\n",
    "docs/kubernetes/kustomization.yaml": '- { name: portico, newName: registry/portico, newTag: "1.2.3" }\n',
    "Dockerfile": 'FROM python:3.13-slim\nLABEL org.opencontainers.image.version="1.2.3"\n',
    "compose.yaml": "services: {portico: {image: portico:1.2.3}, kratos: {image: oryd/kratos:v26.2.0}}\n",
    "README.md": "pip install portico==1.2.3, or portico-1.2.3-py3-none-any.whl\n",
}


def release_command() -> ModuleType:
    """The command's own functions; its file has no suffix."""
    loader = SourceFileLoader("release_command", str(ROOT / ".ci/release"))
    specification = importlib.util.spec_from_loader(loader.name, loader)
    assert specification
    module = importlib.util.module_from_spec(specification)
    loader.exec_module(module)
    return module


release = release_command()


@pytest.fixture
def git(tmp_path: Path) -> Callable[..., None]:
    """Run git in a repository that can be released; nothing of this machine's configuration is read."""

    def run(*arguments: str) -> None:
        who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *who, *arguments], cwd=tmp_path, check=True, capture_output=True)

    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    run("init", "-q", "-b", "main")
    run("add", "-A")
    run("commit", "-qm", "All of it")
    return run


def problems(root: Path) -> Iterator[str]:
    version = release.version_of(root)
    yield from release.disagreements(root, version)
    yield from release.unready(root, version)


def test_what_agrees_can_be_released(git: Callable[..., None], tmp_path: Path) -> None:
    assert list(problems(tmp_path)) == []


@pytest.mark.parametrize(
    ("file", "before", "after", "said"),
    [
        ("app/__init__.py", "1.2.3", "1.2", "app/__init__.py: 1.2 is no version"),
        ("CHANGELOG.md", " - 2026-11-29", "", "is to be '## 1.2.3 - ' and the day, but is '## 1.2.3'"),
        ("CHANGELOG.md", "## 1.2.3 - 2026-11-29", "", "but is '## 1.2.2 - 2026-11-01'"),
        ("CHANGELOG.md", "## Unreleased\n", "## Unreleased\n\n- One more.\n", "Unreleased is not empty"),
        ("docs/upgrading.md", "## 1.2.3", "## 1.2.4", "docs/upgrading.md has no section 1.2.3"),
        ("docs/support.md", "1.2.x", "1.1.x", "docs/support.md does not say how long 1.2.x"),
        ("docs/kubernetes/kustomization.yaml", "1.2.3", "1", "docs/kubernetes/kustomization.yaml:1 names 1"),
        ("Dockerfile", "1.2.3", "1.2.2", "Dockerfile:2 names 1.2.2"),
        ("compose.yaml", "1.2.3", "1.2.2", "compose.yaml:1 names 1.2.2"),
        ("README.md", "==1.2.3", "==1.3.0", "README.md:1 names 1.3.0"),
        ("README.md", "portico-1.2.3", "portico-1.2.2", "README.md:1 names 1.2.2"),
        ("app/translations/de.po", "Anmelden", "", "app/translations/de.po: 1 texts are not translated"),
        ("templates/login.html", '"Sign in"', '"Sign on"', "app/translations/de.po: 1 texts are not translated"),
    ],
)
def test_each_disagreement_is_named(
    git: Callable[..., None], tmp_path: Path, file: str, before: str, after: str, said: str
) -> None:
    text = (tmp_path / file).read_text(encoding="utf-8")
    assert before in text
    (tmp_path / file).write_text(text.replace(before, after, 1), encoding="utf-8")
    git("commit", "-qam", "One thing is another")
    assert [problem for problem in problems(tmp_path) if said in problem]


def test_what_is_not_committed_is_not_released(git: Callable[..., None], tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("Not yet.\n")
    assert list(problems(tmp_path)) == ["the tree is not clean: README.md"]


def test_another_branch_is_not_released(git: Callable[..., None], tmp_path: Path) -> None:
    git("switch", "-q", "-c", "trial")
    assert list(problems(tmp_path)) == ["this is trial, not main"]


def test_a_commit_that_is_on_no_branch_is_not_released(git: Callable[..., None], tmp_path: Path) -> None:
    git("switch", "-q", "--detach")
    assert list(problems(tmp_path)) == ["this is no branch, not main"]


def test_a_version_is_released_once(git: Callable[..., None], tmp_path: Path) -> None:
    git("tag", "-a", "v1.2.3", "-m", "Portico 1.2.3")
    assert list(problems(tmp_path)) == []  # the same commit may be built again
    git("commit", "-qm", "More", "--allow-empty")
    [problem] = problems(tmp_path)
    assert problem.startswith("v1.2.3 is the tag of another commit")


def test_the_files_of_this_commit_agree() -> None:
    """What a day of release adds, a dated section and a clean main, is looked at then."""
    said = [problem for problem in release.disagreements(ROOT, release.version_of(ROOT)) if "CHANGELOG" not in problem]
    assert said == []


def test_a_tag_is_made_only_where_it_is_asked_for(
    git: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both steps that build are in the repository; here they only leave what they would."""
    for name in ("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"):
        monkeypatch.setenv(name, "Ada")
    for name in ("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"):
        monkeypatch.setenv(name, "ada@example.org")
    for step in ("package", "sbom"):
        (tmp_path / ".ci").mkdir(exist_ok=True)
        (tmp_path / ".ci" / step).write_text("#!/bin/sh\nmkdir -p dist && echo {} >dist/portico-1.2.3.cdx.json\n")
        (tmp_path / ".ci" / step).chmod(0o755)
    (tmp_path / ".gitignore").write_text("/dist/\n")
    git("add", "-A")
    git("commit", "-qm", "Steps")
    monkeypatch.setattr(release, "ROOT", tmp_path)
    monkeypatch.chdir(tmp_path)

    for arguments, tags in (([], ""), (["--tag"], "v1.2.3")):
        monkeypatch.setattr("sys.argv", ["release", *arguments])
        assert release.main() == 0
        assert release.git(tmp_path, "tag", "--list") == tags
    assert release.git(tmp_path, "cat-file", "-t", "v1.2.3") == "tag"
    git("switch", "-q", "-c", "trial")
    assert release.main() == 1
    assert "this is trial, not main" in capsys.readouterr().out
