"""The README and the guides say what is true: settings, pages, files and commands they name are there."""

import re
import shlex
from pathlib import Path

import pytest

from app.config.settings import Settings
from app.factory import create_app
from tests import readme
from tests.support.cases import each_case
from tests.support.fixtures import SETTINGS

ROOT = Path(__file__).resolve().parent.parent
GUIDES = [ROOT / "README.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").glob("*.md"))]
OPERATORS = (ROOT / "docs/operators.md").read_text(encoding="utf-8")
# Paths that the documents give to our host name and that are of other servers there, or of an example.
NOT_OURS = {"/me", "/session/token/ui_jwt"}


def pages():
    """The routes of Portico."""
    return create_app(Settings(**SETTINGS)).url_map


def test_the_table_of_settings_is_the_declaration():
    try:
        table = readme.written()
    except (OSError, ValueError) as error:
        pytest.fail(f"{error}: the settings table belongs between {readme.BEGIN} and {readme.END}")
    assert table == readme.table(), "run `.venv/bin/python -m tests.readme`"


def test_every_setting_says_in_one_line_what_it_means():
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert "\n" not in field.description


@each_case("guide", GUIDES)
def test_every_variable_that_is_named_is_a_setting(guide):
    names = {f"PORTICO_{name.upper()}" for name in Settings.model_fields}
    names |= {f"{name}_FILE" for name in names} | {"PORTICO_CONFIG"}
    assert set(re.findall(r"\bPORTICO_[A-Z_]+[A-Z]\b", guide.read_text(encoding="utf-8"))) <= names


@each_case("guide", GUIDES)
def test_every_page_of_ours_that_is_named_is_there(guide):
    ours = pages().bind("")
    named = set(re.findall(r"https://login\.example\.org(/[^\s`?\"'\]})>*|,;]*)", guide.read_text(encoding="utf-8")))
    assert [path for path in named - NOT_OURS if not ours.test(path.rstrip("."), "GET")] == []


@each_case("guide", GUIDES)
def test_every_file_and_heading_that_is_linked_is_there(guide):
    for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", guide.read_text(encoding="utf-8")):
        name, _, anchor = target.partition("#")
        file = (guide.parent / name) if name else guide
        assert file.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
            anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
            assert anchor in anchors, target


def test_every_stop_of_the_walk_through_the_house_is_there():
    walk = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## A walk through the code")[2]
    assert walk
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "app").rglob("*.py"))
    for stop in re.findall(r"^\d\. .+(?:\n   .+)*", walk.partition("\n## ")[0], re.MULTILINE):
        file = ROOT / re.findall(r"`((?:app|templates)/[^`]+)`", stop)[0]
        names = [name for name in re.findall(r"`([\w/]+\.\w+)`", stop) if "/" not in name]
        assert all((file.parent / name).exists() for name in (file.name, *names)), stop
        heading = stop.partition(": ")[0]
        functions = re.findall(r"`(\w+)\(\)`", heading.partition("which")[0])
        assert all(f"def {name}(" in file.read_text(encoding="utf-8") for name in functions), stop
        assert all(f"def {name}(" in sources for name in re.findall(r"(\w+)\(\)`", stop)), stop


def test_no_page_of_ours_is_at_a_path_that_goes_to_kratos_or_hydra():
    table = OPERATORS.partition("<!-- paths -->")[2].partition("<!-- /paths -->")[0]
    prefixes = re.findall(r"`(/[^`]+)`", table)
    ours = [re.sub("<[^>]*>", "x", rule.rule) for rule in pages().iter_rules()]
    assert len(prefixes) > 10
    assert [path for path in ours if path.startswith(tuple(prefixes))] == []


def test_the_container_is_started_with_what_portico_needs_and_no_more():
    """Its variables are all that is required, its port and folders those of the image."""
    [command] = re.findall(r"^docker run .*?(?<!\\)\n", OPERATORS, re.MULTILINE | re.DOTALL)
    words = shlex.split(command)
    variables = dict(words[place + 1].partition("=")[::2] for place, word in enumerate(words) if word == "--env")
    names = {name.removeprefix("PORTICO_").removesuffix("_FILE").lower() for name in variables}
    image = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    port = re.search(r"^EXPOSE (\d+)$", image, re.MULTILINE)[1]

    assert {name for name, field in Settings.model_fields.items() if field.is_required()} <= names
    assert words[words.index("--publish") + 1].endswith(f":{port}")
    assert f"--volume ./portico.secret:{variables['PORTICO_SECRET_KEY_FILE']}:ro" in command
    assert "--read-only --tmpfs /tmp" in command
    values = {name.removeprefix("PORTICO_").lower(): value for name, value in variables.items() if "_FILE" not in name}
    assert (
        Settings(secret_key="Vq3-pX8sLw0_Zt5yRk7uBn2mCg9dHf4jAe6i", **values).public_url == "https://login.example.org"
    )
