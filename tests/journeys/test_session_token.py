"""The session as a JWT, end to end: fetched by a page of the application's origin, verified with the public keys."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import playwright.sync_api as playwright
import pytest
import requests
from joserfc.jwk import KeySet

from tests.journeys.site import Person, Site, Visitor
from tests.stack.stack import ROOT

FETCH = """url => fetch(url, {credentials: "include"})
    .then(async answer => ({status: answer.status, body: await answer.json()}), () => "kept from this page")"""


class AppPage(BaseHTTPRequestHandler):
    """A page of an application, empty but for what the test runs in it, and the public keys."""

    public_keys = b""

    def do_GET(self) -> None:
        is_keys = self.path == "/jwks.json"
        self.send_response(200)
        self.send_header("Content-Type", "application/json" if is_keys else "text/html")
        self.end_headers()
        self.wfile.write(self.public_keys if is_keys else b'<!doctype html><link rel="icon" href="data:,"><h1>App</h1>')

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def pages(public_keys: bytes = b"") -> Iterator[str]:
    """The origin of an application's pages."""
    handler = type("Handler", (AppPage,), {"public_keys": public_keys})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://localhost:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture(scope="session")
def app(site: Site) -> Iterator[str]:
    """The origin that the settings name; it publishes the public keys, the private ones stay with Kratos."""
    keys = KeySet.import_key_set(json.loads((site.stack.folder / "kratos/session_token.jwks.json").read_text()))
    public = keys.as_dict(private=False)
    assert "d" not in public["keys"][0]
    with pages(json.dumps(public).encode()) as origin:
        yield origin


@pytest.fixture(scope="session")
def address(site: Site, app: str) -> str:
    """Where a Portico of the site gives tokens to that origin."""
    named = json.dumps({"ui_jwt": {"origins": [app]}, "nowhere": {"origins": [app]}})
    return site.stack.start_portico("tokens", {"PORTICO_SESSION_TOKENS": named}) + "/session/token/ui_jwt"


@pytest.fixture
def fetched(visitor: Visitor, address: str, app: str) -> Callable[..., requests.Response]:
    """Asks as the application's page does."""
    return lambda url=address, origin=app: visitor.http.get(url, headers={"Origin": origin}, timeout=60)


def claims_of(site: Site, app: str, token: str) -> dict[str, Any]:
    """What an API makes of the token, as docs/integrators.md tells it to, but for the addresses."""
    section = (ROOT / "docs/integrators.md").read_text().partition("## The session as a JWT\n")[2].partition("\n## ")[0]
    code = section.partition("```python\n")[2].partition("```")[0]
    variables: dict[str, Any] = {"token": token}
    exec(code.replace("https://app.example.org", app).replace("https://kratos.example.org", site.kratos), variables)
    claims: dict[str, Any] = variables["claims"]
    return claims


def test_the_token_is_of_the_person_and_their_session_and_verifies(
    site: Site, visitor: Visitor, ada: Person, app: str, fetched: Callable[..., requests.Response]
) -> None:
    visitor.enter(ada)
    answer = fetched().json()
    claims, session = claims_of(site, app, answer["token"]), visitor.whoami()
    assert session
    assert (claims["sub"], claims["email"], claims["sid"]) == (ada.id, ada.email, session["id"])
    assert answer["expires_at"] == time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(claims["exp"]))
    assert answer["token"] not in site.stack.logs("tokens") + site.stack.logs("kratos")


def test_nobody_gets_a_token(fetched: Callable[..., requests.Response]) -> None:
    answer = fetched()
    assert (answer.status_code, answer.json()) == (401, {"error": "session_inactive"})


def test_a_template_that_kratos_lacks_is_an_error_of_the_operators(
    visitor: Visitor, ada: Person, address: str, fetched: Callable[..., requests.Response]
) -> None:
    visitor.enter(ada)
    answer = fetched(address.replace("ui_jwt", "nowhere"))
    assert (answer.status_code, answer.json()) == (502, {"error": "server_error"})


@pytest.mark.browser
def test_a_browser_gives_it_to_the_listed_origin_alone(
    tab: playwright.Page, site: Site, ada: Person, address: str, app: str
) -> None:
    """Same site, another port: the cookie comes along, and CORS decides."""
    tab.goto(f"{site.portico}/login")
    tab.get_by_label("Email", exact=True).fill(ada.email)
    tab.get_by_label("Password", exact=True).fill(ada.password)
    tab.get_by_role("button", name="Sign in with password").click()
    tab.wait_for_url(f"{site.portico}/")
    tab.goto(f"{app}/")
    answer = tab.evaluate(FETCH, address)
    assert (answer["status"], claims_of(site, app, answer["body"]["token"])["sub"]) == (200, ada.id)


@pytest.mark.browser
def test_a_browser_keeps_it_from_any_other_origin(chromium: playwright.Browser, address: str) -> None:
    """On the same site, too. A context of its own, because the refusal is told on the console."""
    context = chromium.new_context()
    tab = context.new_page()
    with pages() as stranger:
        tab.goto(stranger)
        answer = tab.evaluate(FETCH, address)
    context.close()
    assert answer == "kept from this page"
