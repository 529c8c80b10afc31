"""The commands of docs/recipes.md do what the page says, as they are written, but for the addresses."""

import ast
import json
import re
import subprocess
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.journeys.conftest import KINDS
from tests.journeys.site import Site, site_of
from tests.stack.stack import ROOT, Stack

PAGE = (ROOT / "docs/recipes.md").read_text(encoding="utf-8")
ORIGIN = "http://localhost:5173"
REAL = [kind for kind in KINDS if kind.values == ("real",)]


def commands(heading: str) -> list[str]:
    """The shell blocks of one section."""
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    blocks = re.findall(r"^```sh\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    assert blocks, heading
    return blocks


@pytest.fixture(scope="module", params=KINDS)
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    """Servers of its own: what the page changes at a client would be felt by others."""
    [allow] = [block for block in commands("A session as a JWT") if "make run" in block]
    tokens = re.search(r"PORTICO_SESSION_TOKENS='(.+)' make run", allow)[1]
    with site_of(Stack(request.param, portico_env={"PORTICO_SESSION_TOKENS": tokens})) as made:
        yield made


class Shell:
    """Runs a block in one folder, so that a later one finds the files of an earlier one."""

    def __init__(self, site: Site, folder: Path) -> None:
        self.folder, urls = folder, site.urls
        defaults = {3000: "portico", 4433: "kratos_public", 4444: "hydra_public", 4445: "hydra_admin", 5555: "demo"}
        self.addresses = {port: urls[name] for port, name in defaults.items()}
        self.native = urls["native"]

    def __call__(self, block: str) -> str:
        block = re.sub(
            r"http://(?:localhost|127\.0\.0\.1):(\d{4})",
            lambda place: self.addresses.get(int(place[1]), place[0]),
            block.replace("http://127.0.0.1:5556", self.native),
        )
        done = subprocess.run(
            ["sh", "-ec", block], cwd=self.folder, capture_output=True, text=True, check=False, timeout=60
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def shell(site: Site, tmp_path: Path) -> Shell:
    return Shell(site, tmp_path)


def test_the_example_session_is_asked_for_by_a_listed_origin_alone(shell: Shell) -> None:
    [ask] = [block for block in commands("A session as a JWT") if block.startswith("curl -H")]
    assert json.loads(shell(ask)) == {"error": "session_inactive"}
    assert json.loads(shell(ask.replace(ORIGIN, "http://localhost:5174"))) == {"error": "origin_not_allowed"}


@pytest.mark.parametrize("site", REAL, indirect=True)
def test_the_app_gets_its_session_as_a_jwt(shell: Shell) -> None:
    answer = json.loads(shell(commands("A session as a JWT")[-1]))
    assert answer["tokenized"].count(".") == 2


@pytest.mark.parametrize("site", REAL, indirect=True)
def test_one_code_alone_exchanges_nothing(shell: Shell) -> None:
    begin, exchange = commands("A native app that signs in with a provider")
    assert len(shell(begin).strip()) > 20
    assert json.loads(shell(exchange))["error"]["code"] in {400, 403, 404}


@pytest.mark.parametrize("site", REAL, indirect=True)
def test_continue_with_names_the_next_steps(shell: Shell) -> None:
    printed = re.search(r"This prints `(\[.+?\])`", PAGE)[1]
    [block] = commands("continue_with")
    assert sorted(ast.literal_eval(shell(block))) == sorted(ast.literal_eval(printed))


def test_a_redirect_uri_that_is_not_registered_ends_at_our_page_until_it_is(site: Site, shell: Shell) -> None:
    ask, look, change = commands("The redirect_uri does not match")
    address = shell(ask).strip()
    page = requests.get(address, timeout=60)

    assert urlsplit(address).path == "/error"
    assert parse_qs(urlsplit(address).query)["error"] == ["invalid_request"]
    assert address.startswith(site.portico)
    assert "The app couldn't sign you in" in unescape(page.text)
    assert "Technical details" in page.text
    assert "redirect_uri" in page.text
    assert f"{site.demo}/callback" not in ast.literal_eval(shell(look))
    shell(change)
    assert f"{site.demo}/callback" in ast.literal_eval(shell(look))
    assert urlsplit(shell(ask).strip()).path == "/login"


def test_a_client_that_authenticates_the_other_way_is_told_so(site: Site, shell: Shell) -> None:
    wrong, other, right, change = commands("invalid_client at the token endpoint")

    assert [json.loads(shell(block))["error"] for block in (wrong, other, right)] == [
        "invalid_client",
        "invalid_client",
        "invalid_grant",
    ]
    if site.stack.kind == "real":
        assert "client_secret_basic" in json.loads(shell(other))["error_description"]
    shell(change)
    assert json.loads(shell(other))["error"] == "invalid_grant"
