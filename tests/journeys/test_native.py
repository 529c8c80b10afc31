"""A native app's sign-in through the browser (hydra/relying_party/native.py), for the real Kratos alone.

The sandbox plays no flows that an app begins (design D8).
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest

from tests.journeys.browsing import Page
from tests.journeys.site import Person, Site, Visitor
from tests.stack.processes import PATIENCE, running
from tests.stack.stack import ROOT, environment

ON_REAL = pytest.mark.parametrize("kind", [pytest.param("real", marks=pytest.mark.real)], indirect=True)
ON_SANDBOX = pytest.mark.parametrize("kind", ["sandbox"], indirect=True)


class Program:
    """The demo while it runs: what it prints, line by line."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout
        self.process, self.output = process, process.stdout

    def address(self) -> str:
        """What it asks to be opened next."""
        says, _, url = self.output.readline().strip().partition("browser: ")
        assert says == "Go on in your ", says + url
        return url

    def end(self) -> tuple[int, str]:
        """How it ended, and its last words."""
        words = self.output.read().strip()
        return self.process.wait(PATIENCE), words


@pytest.fixture
def program(site: Site) -> Iterator[Program]:
    with started(site) as running:
        yield running


@contextmanager
def started(site: Site) -> Iterator[Program]:
    port = site.urls["native"].rpartition(":")[2]
    where = ["--kratos", site.kratos, "--portico", site.portico, "--port", port, "--no-browser"]
    argv = [sys.executable, "-m", "hydra.relying_party.native", *where]
    env = environment() | ({"REQUESTS_CA_BUNDLE": site.stack.authority} if site.stack.authority else {})
    with running(argv, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        yield Program(process)


@pytest.fixture
def somebody() -> dict[str, str]:
    """Whom only Demo ID knows."""
    return {"name": f"Nat {uuid4().hex[:8]}", "email": f"nat-{uuid4().hex[:8]}@example.org"}


def be(page: Page, typed: dict[str, str]) -> Page:
    """Demo ID's own page."""
    return page.press("continue=yes", typed)


@ON_REAL
def test_who_signs_up_with_a_provider_is_signed_in_to_the_app_and_not_to_the_browser(
    site: Site, visitor: Visitor, program: Program, somebody: dict[str, str]
) -> None:
    back = be(visitor.open(program.address()), somebody)
    assert back.at(f"{site.urls['native']}/callback")
    code, words = program.end()
    assert (code, words.startswith(f"Signed in as {somebody['email']} until ")) == (0, True), words
    assert visitor.whoami() is None


@ON_REAL
def test_who_is_known_is_signed_in_again(
    site: Site, visitor: Visitor, program: Program, somebody: dict[str, str]
) -> None:
    be(visitor.open(program.address()), somebody)
    first = program.end()
    with started(site) as again:
        be(visitor.open(again.address()), somebody)
        second = again.end()
    assert [first[0], second[0]] == [0, 0]
    assert second[1].startswith(f"Signed in as {somebody['email']} ")


@ON_REAL
def test_who_lacks_an_address_signs_up_at_portico_and_comes_back(
    site: Site, visitor: Visitor, program: Program, somebody: dict[str, str]
) -> None:
    """Demo ID tells no e-mail address: Portico's completion page asks for it."""
    typed = {"name": somebody["name"], "email": ""}
    callback = f"{site.urls['native']}/callback"
    assert be(visitor.open(program.address()), typed).at(callback)
    page = visitor.open(program.address())
    assert page.at(f"{site.portico}/registration")
    page = be(page.press("provider=demo-id"), typed)
    assert page.title.endswith("One more detail")
    assert be(page.press("provider=demo-id", {"traits.email": somebody["email"]}), typed).at(callback)
    assert be(visitor.open(program.address()), typed).at(callback)
    code, words = program.end()
    assert (code, words.startswith(f"Signed in as {somebody['email']} ")) == (0, True), words


@ON_REAL
def test_who_is_signed_in_at_the_browser_already_gets_that_session(
    site: Site, visitor: Visitor, program: Program, ada: Person, somebody: dict[str, str]
) -> None:
    """Whoever they are at the provider: docs/integrators.md tells developers to show who is signed in."""
    visitor.sign_in(visitor.open(f"{site.portico}/login"), ada)
    be(visitor.open(program.address()), somebody)
    assert program.end()[1].startswith(f"Signed in as {ada.email} ")


@ON_REAL
def test_who_cancels_at_the_provider_is_told_so_by_the_app(visitor: Visitor, program: Program) -> None:
    visitor.open(program.address()).press("cancel=yes")
    code, words = program.end()
    assert (code, "access_denied" in words) == (1, True), words


@ON_REAL
def test_a_code_is_worth_nothing_to_an_app_that_did_not_begin(
    site: Site, visitor: Visitor, program: Program, somebody: dict[str, str]
) -> None:
    """The other half never was in a browser."""
    back = be(visitor.open(program.address()), somebody)
    program.end()
    codes = {"init_code": "guessed", "return_to_code": back.parameter("code")}
    answer = site.http.get(f"{site.kratos}/sessions/token-exchange", params=codes, timeout=60)
    assert answer.status_code == 404
    assert back.parameter("code") not in site.stack.logs("portico")


@ON_SANDBOX
def test_the_demo_says_that_the_sandbox_has_no_flows_for_apps(program: Program) -> None:
    code, words = program.end()
    assert (code, words.startswith("There are no flows for apps here")) == (1, True), words
