"""`pip install .`: the wheel is whole, in nobody's way, and runs where the checkout is not."""

import json
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import pytest
import requests
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from tests.stack.ports import unused_port
from tests.stack.processes import Processes
from tests.stack.stack import environment
from tests.support.cases import each_case

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("app", "static", "templates")  # what a wheel is made of
DECLARED = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
OLDEST = f"{DECLARED['requires-python'].removeprefix('>=')}.0"  # Debian 12 has 3.11.2
OTHER = "raise SystemExit('this is another package')\n"
ENVIRONMENTS = {
    "run": ("portico.txt", "sandbox.txt"),
    "test": ("portico.txt", "sandbox.txt", "otel.txt", "dev.txt"),
    "traced": ("portico.txt", "otel.txt"),
    "image": ("portico.txt",),
}


def files() -> list[str]:
    """The files of the repository, those that are not committed yet among them."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout.split("\0")
    return [name for name in listed if name and (ROOT / name).is_file()]


def pip(*arguments: str | Path, cwd: Path | None = None) -> None:
    """Run pip, which asks no index."""
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments]
    done = subprocess.run(command, cwd=cwd, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout: building leaves files behind."""
    folder = tmp_path_factory.mktemp("source")
    for name in files():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def wheel(source: Path) -> Path:
    """What `pip install .` builds, with the setuptools of this environment (requirements/build.txt)."""
    [pinned] = re.findall(r"^setuptools==(\S+)", (ROOT / "requirements/build.txt").read_text(), re.MULTILINE)
    assert metadata.version("setuptools") == pinned, "install requirements/build.txt, as `make test` does"
    pip("wheel", "--no-index", "--no-deps", "--no-build-isolation", "--wheel-dir", source / "dist", ".", cwd=source)
    [built] = (source / "dist").glob("*.whl")
    return built


@dataclass
class Installed:
    """An environment with the wheel in it, and a folder far from the checkout; both have packages of our names."""

    portico: Path
    folder: Path
    settings: dict[str, str]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [self.portico, *arguments]
        return subprocess.run(
            command, cwd=self.folder, env=self.settings, capture_output=True, text=True, check=False, timeout=120
        )


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The dependencies are those of this environment, as they are pinned, so that nothing has to be fetched."""
    folder = tmp_path_factory.mktemp("elsewhere")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "env"], check=True)
    python = folder / "env/bin/python"
    pip("--python", python, "install", "--no-index", "--no-deps", wheel)
    [packages] = (folder / "env/lib").glob("python*/site-packages")
    # In ASCII: under LC_ALL=C Python reads it as that, and not as UTF-8, in which a folder may have its name.
    dependencies = sysconfig.get_paths()["purelib"]
    packages.joinpath("dependencies.pth").write_text(f"import sys; sys.path.append({dependencies!a})\n")
    for place in (packages, folder):
        for name in ("app", "templates", "static", "portico_settings"):
            place.joinpath(name).mkdir()
            place.joinpath(name, "__init__.py").write_text(OTHER)
    folder.joinpath("redis.py").write_text(OTHER)  # what lies where the command is run is not for it to import
    settings = {name: value for name, value in environment().items() if not name.startswith("PYTHON")}
    return Installed(folder / "env/bin/portico", folder, settings)


@pytest.fixture(scope="module")
def address(installed: Installed) -> Iterator[str]:
    """Where `portico serve` of the wheel answers; Kratos does not."""
    port = unused_port()
    url = f"http://127.0.0.1:{port}"
    settings = {
        "PORTICO_PUBLIC_URL": url,
        "PORTICO_LISTEN": f"127.0.0.1:{port}",
        "PORTICO_SECRET_KEY": "of-this-test-alone-0123456789-abcdef",
        "PORTICO_KRATOS_PUBLIC_URL": "http://127.0.0.1:9",
        "PORTICO_RATE_LIMIT_STORAGE": "redis://127.0.0.1:9",
    }
    with Processes(installed.folder) as processes:
        command = [str(installed.portico), "serve"]
        processes.start("portico", command, installed.settings | settings, [f"{url}/health/alive"])
        processes.wait(120)
        yield url


def test_the_wheel_holds_the_pages_and_nothing_else(wheel: Path) -> None:
    """A file that somebody adds is in it, or this fails; stand-ins and tests are not."""
    ours = {f"portico/{name}" for name in files() if name.startswith(tuple(f"{part}/" for part in PARTS))}
    held = set(zipfile.ZipFile(wheel).namelist())
    assert {name for name in held if ".dist-info/" not in name} == ours
    assert {
        "portico/templates/selfservice/flow.html",
        "portico/static/app.css",
        "portico/app/translations/de.po",
    } < ours


def test_a_wheel_made_of_the_source_package_is_the_same(source: Path, wheel: Path) -> None:
    def build(what: str, folder: Path, place: Path) -> None:
        place.mkdir(exist_ok=True)
        code = f"import sys; from setuptools import build_meta; build_meta.build_{what}(sys.argv[1])"
        command = [sys.executable, "-c", code, place]
        subprocess.run(command, cwd=folder, env=environment(), capture_output=True, check=True)

    build("sdist", source, source / "dist")
    [packed] = (source / "dist").glob("*.tar.gz")
    (source / "unpacked").mkdir()
    subprocess.run(["tar", "-xzf", packed, "-C", source / "unpacked"], check=True)
    [unpacked] = (source / "unpacked").iterdir()

    assert not {"tests", "kratos", "hydra"} & {path.name for path in unpacked.iterdir()}
    build("wheel", unpacked, source / "again")
    [again] = (source / "again").glob("*.whl")
    assert set(zipfile.ZipFile(again).namelist()) == set(zipfile.ZipFile(wheel).namelist())


def test_it_serves_pages_in_their_language_with_their_stylesheet(address: str) -> None:
    page = requests.get(f"{address}/", headers={"Accept-Language": "de"}, timeout=60)
    stylesheet = re.search(r'href="(/static/app\.css\?v=\w+)"', page.text)
    assert '<html lang="de"' in page.text
    assert "Zum Inhalt springen" in page.text
    assert stylesheet
    sent = requests.get(address + stylesheet[1], timeout=60)
    assert (sent.status_code, sent.headers["Content-Type"]) == (200, "text/css; charset=utf-8")
    assert sent.text == (ROOT / "static/app.css").read_text()


def test_the_doctor_of_an_installed_portico_examines(installed: Installed) -> None:
    done = installed.run("doctor")
    assert (done.returncode, done.stderr) == (1, "")
    assert "PORTICO_PUBLIC_URL is missing" in done.stdout


def test_an_installed_portico_tells_claims(installed: Installed) -> None:
    installed.folder.joinpath("ada.json").write_text('{"id": "ada", "traits": {"nickname": "Ada"}}')
    done = installed.run("claims", "--identity", "ada.json", "--scope", "openid profile")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["id_token"] == {"nickname": "Ada"}


def test_an_installed_portico_previews_without_any_setting(installed: Installed) -> None:
    """A few of the states it brings; that all fit is tests/gallery's business."""
    done = installed.run("preview", "--check", "--only", "login")
    assert (done.returncode, done.stdout) == (0, "Everything fits this version.\n"), done.stderr


def test_it_says_which_version_it_is(installed: Installed, wheel: Path) -> None:
    assert installed.run("--version").stdout == f"portico {wheel.name.split('-')[1]}\n"


def applies(needed: Requirement, extras: set[str]) -> bool:
    """Whether a dependency is one on this Python or on the oldest."""
    oldest = {"python_full_version": OLDEST, "python_version": OLDEST.removesuffix(".0")}
    pythons: tuple[dict[str, str], ...] = ({}, oldest)
    cases = [python | {"extra": extra} for python in pythons for extra in ("", *extras)]
    return needed.marker is None or any(needed.marker.evaluate(case) for case in cases)


@each_case("purpose", ENVIRONMENTS)
def test_what_is_pinned_is_all_that_is_needed(purpose: str) -> None:
    """Nothing is resolved when they are installed, so nothing would add what is missing here."""
    text = "".join((ROOT / "requirements" / name).read_text() for name in ENVIRONMENTS[purpose])
    pins = dict(re.findall(r"^([\w.-]+)==(\S+)", text, re.MULTILINE))
    wanted = [Requirement(line) for line in DECLARED["dependencies"]]
    for name in ENVIRONMENTS[purpose][1:]:
        lines = (ROOT / "requirements" / name).with_suffix(".in").read_text().splitlines()
        wanted += [Requirement(line) for line in lines if line and line[0] not in "#-"]

    seen: set[tuple[str, frozenset[str]]] = set()
    while wanted:
        requirement = wanted.pop()
        name = canonicalize_name(requirement.name)
        if (name, frozenset(requirement.extras)) in seen:
            continue
        seen.add((name, frozenset(requirement.extras)))
        assert name in pins, f"{requirement} is not pinned"
        assert requirement.specifier.contains(pins[name]), f"{requirement}, but {pins[name]} is pinned"
        assert metadata.version(name) == pins[name], "the environment is not the pinned one"
        pythons = SpecifierSet(metadata.metadata(name).json.get("requires_python", ""))  # type: ignore[arg-type]
        assert pythons.contains(OLDEST), f"{name} {pins[name]} does not run on Python {OLDEST}"
        wanted += [
            needed for needed in map(Requirement, metadata.requires(name) or ()) if applies(needed, requirement.extras)
        ]
    assert {name for name, _ in seen} == {canonicalize_name(name) for name in pins}
