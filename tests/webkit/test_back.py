"""After an answered form Back shows no stale one in Safari's engine either, and no page of who has signed out (B07).

WebKit keeps pages for Back in spite of `no-store`, so app.js loads such a page anew: once. Its WebDriver loses a page
with `Cross-Origin-Opener-Policy` that Back brings up, whatever is on it: what happens then is read in Portico's log.
"""

import json
import os
import socket
from collections.abc import Iterator

import pytest

from tests.journeys.site import Person, Site, site_of, soon
from tests.stack.stack import Stack
from tests.webkit.engine import GET, Tab, engine, missing

BACK = "setTimeout(() => history.go({}), 100)"  # after the driver's own answer


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    if missing():
        pytest.fail(f"{', '.join(missing())} is not on this machine: {GET}", pytrace=False)
    with site_of(Stack(os.environ.get("STACK") or "auto")) as site:
        yield site


@pytest.fixture
def ada(site: Site) -> Person:
    return site.person("Ada")


@pytest.fixture
def tab() -> Iterator[Tab]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with engine(port) as driver:
        tab = Tab(driver)
        yield tab
        tab.close()


def pages(site: Site) -> list[tuple[str, str, int]]:
    """What Portico was asked for so far but files, and answered."""
    lines = [json.loads(line) for line in site.stack.logs("portico").splitlines() if '"event": "request"' in line]
    return [(line["method"], line["route"], line["status"]) for line in lines if "static" not in line["route"]]


def after_going_back(site: Site, tab: Tab, by: int = -1) -> list[tuple[str, str, int]]:
    """What Portico is asked for, once somebody has gone back and looked at the page for two seconds."""
    before = len(pages(site))
    tab.run(BACK.format(by))
    soon(lambda: len(pages(site)) > before)
    with socket.socket() as nobody:
        nobody.settimeout(2)
        nobody.bind(("127.0.0.1", 0))
        nobody.listen()
        with pytest.raises(TimeoutError):
            nobody.accept()
    return pages(site)[before:]


def sign_in(tab: Tab, person: Person) -> None:
    tab.type("[name=identifier]", person.email)
    tab.type("[name=password]", person.password)
    tab.press("button[name=method][value=password]")


@pytest.mark.parametrize("answer", ["accept", "deny"])
def test_back_after_an_answer_says_that_it_was_answered(site: Site, tab: Tab, ada: Person, answer: str) -> None:
    tab.open(f"{site.demo}/demo/login")
    tab.wait_for(f"{site.portico}/login")
    sign_in(tab, ada)
    tab.wait_for(f"{site.portico}/consent")
    tab.press(f"button[value={answer}]")
    tab.wait_for(f"{site.demo}/demo")
    assert after_going_back(site, tab) == [("GET", "/consent", 410)]


def test_back_after_signing_out_asks_anew_who_is_there(site: Site, tab: Tab, ada: Person) -> None:
    tab.open(f"{site.portico}/login")
    tab.wait_for(f"{site.portico}/login")
    sign_in(tab, ada)
    tab.wait_for(f"{site.portico}/")
    tab.open(f"{site.portico}/")
    tab.open(f"{site.portico}/logout")
    tab.press("button[value=accept]")
    tab.wait_for(f"{site.portico}/signed-out")
    assert after_going_back(site, tab, -2) == [("GET", "/", 200)]
