"""F16: caches in front of Portico, made to keep whatever they may, never show one person another's answer."""

import os
from collections.abc import Callable, Iterator
from urllib.parse import urljoin

import pytest
import requests

from tests.journeys.site import Person, Site, Visitor, site_of
from tests.proxies.samples import find
from tests.proxies.stack import ProxiedStack

# Everything of Portico's that may be kept is, for ten minutes, under its address; nothing an answer says is ignored.
CACHING = {
    "    upstream portico {": "    proxy_cache_path cache keys_zone=all:1m;\n    upstream portico {",
    "        location / {": """        location / {
            proxy_cache all;
            proxy_cache_valid any 10m;
            add_header X-Cache $upstream_cache_status always;""",
}
PAGES = ["/", "/settings", "/sessions", "/apps", "/logout", "/device", "/login", "/error", "/nowhere", "/signed-out"]


def needs(program: str) -> None:
    if not find(program):
        pytest.skip(f"needs {program} on PATH (Debian: apt-get install {program})")


@pytest.fixture(scope="module", params=["nginx", "varnish"])
def cache(request: pytest.FixtureRequest) -> str:
    """Which program keeps answers; nginx has the certificate in any case."""
    name: str = request.param
    for program in {"nginx", "varnishd" if name == "varnish" else "nginx"}:
        needs(program)
    return name


@pytest.fixture(scope="module")
def site(cache: str) -> Iterator[Site]:
    options = {"varnish": True} if cache == "varnish" else {"more": CACHING}
    with site_of(ProxiedStack(os.environ.get("STACK") or "auto", "nginx", **options)) as site:
        yield site


def is_kept(answer: requests.Response) -> bool:
    """Whether it comes out of the cache: Varnish then tells two requests, the one of now and the one kept."""
    return answer.headers.get("X-Cache") == "HIT" or len(answer.headers.get("X-Varnish", "").split()) == 2


def ask(visitor: Visitor, path: str) -> list[requests.Response]:
    """All answers on the way to a page, each of which could have been kept."""
    answer = visitor.http.get(visitor.site.portico + path, timeout=60)
    return [*answer.history, answer]


def test_a_cache_keeps_static_files_and_nothing_of_a_person(site: Site, new_visitor: Callable[[], Visitor]) -> None:
    address = urljoin(
        "/", str(new_visitor().open(f"{site.portico}/nowhere").soup.select("link[rel=stylesheet]")[0]["href"])
    )
    kept = [ask(new_visitor(), address)[-1] for _ in range(3)][-1]
    assert "--" in kept.text  # a stylesheet
    assert is_kept(kept)
    assert "Set-Cookie" not in kept.headers


def test_two_persons_and_nobody_each_get_their_own_pages(site: Site, new_visitor: Callable[[], Visitor]) -> None:
    """Every page twice in turn, redirects and errors too: nothing of it comes from the cache, or tells of another."""
    persons: list[tuple[Visitor, Person]] = [(new_visitor(), site.person(name)) for name in ("Ada", "Bob")]
    for visitor, person in persons:
        assert visitor.enter(person, "demo")["sub"] == person.id
    nobody = new_visitor()
    answers = []
    for path in [*PAGES, *PAGES]:
        for visitor, person in persons:
            mine = ask(visitor, path)
            other = next(another for _, another in persons if another is not person)
            assert other.email not in mine[-1].text, path
            answers += mine
        assert not any(person.email in ask(nobody, path)[-1].text for _, person in persons), path

    ours = [answer for answer in answers if "X-Request-Id" in answer.headers]
    assert len(ours) > 4 * len(PAGES)
    assert [answer.url for answer in ours if is_kept(answer)] == []
    assert len({answer.headers["X-Request-Id"] for answer in ours}) == len(ours)


def test_the_same_challenge_in_two_browsers_is_answered_twice(
    site: Site, visitor: Visitor, new_visitor: Callable[[], Visitor], ada: Person
) -> None:
    """The address of a login or consent page is what a cache goes by; a link to it may be passed on."""
    consent = visitor.sign_in(visitor.ask(), ada)
    addresses = [step.url for step in consent.steps if "consent_challenge=" in step.url and "/consent" in step.url]
    passed_on = new_visitor().http.get(addresses[-1], timeout=60)
    assert ada.email in consent.text
    assert ada.email not in passed_on.text
    assert visitor.claims(consent.press("action=accept"))["sub"] == ada.id
