"""Whole journeys through each proxy, with Kratos and Hydra behind it too: https, one host name, long challenges; and
below a path each of a host that has other things on it."""

import secrets
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import playwright.sync_api as playwright
import pytest

from app.urls import origin
from tests.journeys.site import Person, Site, Visitor
from tests.journeys.test_device import DONE, Television
from tests.proxies.samples import PROGRAMS, SHARED_HOST
from tests.proxies.stack import ProxiedStack

pytestmark = pytest.mark.parametrize("proxy", [*PROGRAMS, *SHARED_HOST], indirect=True, scope="session")
LONGEST = 8190  # characters of a request line at Portico
STEPS = {"login": "login_challenge", "consent": "consent_challenge", "logout": "logout_challenge"}


def test_a_person_signs_in_allows_and_signs_out(site: Site, visitor: Visitor, ada: Person) -> None:
    login = visitor.ask()
    assert login.at(f"{site.portico}/login")
    consent = visitor.sign_in(login, ada)
    assert (consent.title, consent.at(f"{site.portico}/consent")) == ("Allow Demo to access your account?", True)
    assert visitor.claims(consent.press("action=accept"))["sub"] == ada.id
    assert visitor.claims(visitor.ask("first-party"), "first-party")["sub"] == ada.id  # without a question

    question = visitor.open(f"{site.demo}/demo").click("Sign out")
    assert (question.title, question.at(f"{site.portico}/logout")) == ("Sign out?", True)
    assert question.press("action=accept").at(f"{site.demo}/demo")
    assert visitor.whoami() is None


def test_a_device_gets_its_tokens(site: Site, new_visitor: Callable[[], Visitor], ada: Person) -> None:
    television, visitor = Television(site, new_visitor()), new_visitor()
    code = visitor.open(television.shown["verification_uri_complete"])
    assert code.at(f"{site.portico}/device")
    consent = visitor.sign_in(code.press("Continue"), ada)
    assert consent.press("action=accept").title == DONE
    assert television.claims()["sub"] == ada.id


def test_who_forgot_the_password_comes_back_into_the_application(site: Site, visitor: Visitor, ada: Person) -> None:
    """By recovery and settings, whose return_to is ours only below our path."""
    page = visitor.ask().click("Forgot your password?")
    page = page.press("method=code", {"email": ada.email})
    page = page.press("method=code", {"code": site.mailed_code(ada)})
    assert page.at(f"{site.portico}/settings")
    page = page.press("method=password", {"password": f"another-{ada.password}"})
    assert visitor.claims(page.press("action=accept"))["sub"] == ada.id


def test_challenges_of_nearly_8_kb_pass_every_step(site: Site, visitor: Visitor, ada: Person) -> None:
    """N38: what an application asks for is in its challenges, in our Location to Kratos, and in return_to."""
    login = visitor.ask(claims_locales=secrets.token_urlsafe(8000)[:5900])
    consent = visitor.sign_in(login, ada)
    page = consent.press("action=accept")
    to_us = [step.url for asked_page in (login, consent) for step in asked_page.steps if "_challenge=" in step.url]
    line = max(len(url.removeprefix(origin(site.portico))) for url in to_us if url.startswith(f"{site.portico}/login?"))
    assert LONGEST - 800 < line + len("GET  HTTP/1.1\r\n") <= LONGEST
    assert visitor.claims(page)["sub"] == ada.id


@pytest.mark.parametrize(("path", "parameter"), [*STEPS.items(), ("device", "device_challenge")])
def test_the_longest_challenge_is_answered_by_portico_itself(
    site: Site, stack: ProxiedStack, visitor: Visitor, path: str, parameter: str
) -> None:
    """N38: with the status it has without a proxy, and our headers, which a proxy's own 400, 414 or 502 has not."""
    line = f"{urlsplit(site.portico).path}/{path}?{parameter}="
    line += "x" * (LONGEST - len(f"GET {line} HTTP/1.1\r\n"))
    behind = visitor.http.get(origin(site.portico) + line, allow_redirects=False, timeout=60)
    direct = site.http.get(stack.direct["portico"] + line, headers=direct_headers(), allow_redirects=False)
    assert "X-Request-Id" in behind.headers
    assert behind.status_code == direct.status_code


def direct_headers() -> dict[str, str]:
    """What a proxy says of a browser."""
    return {"Host": "localhost", "X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "https"}


@pytest.mark.parametrize("size", [8_000, 27_000])
def test_hydras_cookies_of_many_sign_ins_are_no_failure(site: Site, visitor: Visitor, ada: Person, size: int) -> None:
    """Hydra leaves one of 0.6 kB for each on the host name that all share; with the others just within our 32 kB."""
    for number in range(size // 600):
        visitor.http.cookies.set(f"ory_hydra_login_csrf_{number}", "x" * 570, domain="localhost.local", secure=True)
    consent = visitor.sign_in(visitor.ask(), ada)
    assert visitor.claims(consent.press("action=accept"))["sub"] == ada.id


@pytest.fixture(scope="session")
def chromium(driver: playwright.Playwright, browser_path: str) -> Iterator[playwright.Browser]:
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    browser = driver.chromium.launch(executable_path=browser_path, args=arguments)
    yield browser
    browser.close()


@pytest.mark.browser
def test_a_browser_speaks_http_2_with_the_proxy(chromium: playwright.Browser, site: Site, ada: Person) -> None:
    """A whole sign-in, scripts and all, without a word on the console."""
    context, complaints = chromium.new_context(ignore_https_errors=True), []
    tab = context.new_page()
    tab.set_default_timeout(60_000)
    tab.on("console", lambda entry: complaints.append(entry.text))
    tab.goto(f"{site.demo}/demo/login")
    protocols = [tab.evaluate("performance.getEntriesByType('navigation')[0].nextHopProtocol")]
    protocols += tab.evaluate("performance.getEntriesByType('resource').map(entry => entry.nextHopProtocol)")
    tab.fill("input[name=identifier]", ada.email)
    tab.fill("input[name=password]", ada.password)
    tab.press("input[name=password]", "Enter")
    tab.wait_for_selector("button[value=accept]")
    tab.wait_for_timeout(600)  # before half a second the button decides nothing
    tab.click("button[value=accept]")
    tab.wait_for_url(f"{site.demo}/demo")
    signed_in = ada.email in tab.content()
    context.close()

    assert set(protocols) == {"h2"}
    assert signed_in
    no_passkeys = "NotSupportedError: Resident credentials"  # Kratos' script, in Chromium's shell
    assert [words for words in complaints if not words.startswith(no_passkeys)] == []
