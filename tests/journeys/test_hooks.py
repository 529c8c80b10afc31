"""A web hook of the operator's refuses a sign-up: whatever it says, and of whatever, is on the page once.

The sandbox calls no hooks (design D8), so these run on the real Kratos alone.
"""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from uuid import uuid4

import pytest

from tests.journeys.browsing import Page
from tests.journeys.schemas import configured
from tests.journeys.site import Site, Visitor, WithKratos

pytestmark = pytest.mark.parametrize("kind", [pytest.param("real", marks=pytest.mark.real)], indirect=True)

WORDS = "Our office is closed until spring."


class Hook(ThreadingHTTPServer):
    """The operator's program; answers with `messages`, by 200 when there are none."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), HookHandler)
        self.messages: list[dict[str, Any]] = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}/"
        Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()


class HookHandler(BaseHTTPRequestHandler):
    server: Hook

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        body = json.dumps({"messages": self.server.messages}).encode()
        self.send_response(400 if self.server.messages else 200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def hook() -> Iterator[Hook]:
    with Hook() as server:
        yield server
        server.shutdown()


@pytest.fixture(scope="module")
def site(with_kratos: WithKratos, hook: Hook) -> Site:
    web_hook = {
        "url": hook.url,
        "method": "POST",
        "body": "base64://ZnVuY3Rpb24oY3R4KSB7fQ==",
        "response": {"parse": True},
    }
    settings = {
        "identity.schemas": configured(),
        "selfservice.methods.passkey.enabled": False,
        "selfservice.methods.webauthn.enabled": False,
        "selfservice.flows.registration.after": {
            "password": {"hooks": [{"hook": "web_hook", "config": web_hook}, {"hook": "session"}]}
        },
    }
    return with_kratos(settings)


def second_step(visitor: Visitor, schema: str, **fields: str) -> Page:
    """The page that asks for a password, after the profile's was filled in."""
    page = visitor.open(f"{visitor.site.kratos}/self-service/registration/browser?identity_schema={schema}")
    page = page.press("method=profile", {f"traits.{name}": value for name, value in fields.items()})
    assert page.has_button("method=password"), page
    return page


@pytest.mark.parametrize(
    "pointer",
    ["#/traits/email", "#/traits/name/first", "#/traits/unknown", "#/", "#/password", "#/csrf_token", "#/method"],
)
@pytest.mark.parametrize("number", [1234, 4000002, 4000005, 1010001])
def test_what_a_hook_says_is_on_the_page_once(site, visitor, hook, pointer, number):
    """N93."""
    page = second_step(visitor, "person", email=f"{uuid4().hex}@example.org")
    hook.messages = [{"instance_ptr": pointer, "messages": [{"id": number, "text": WORDS, "type": "error"}]}]
    page = page.press("method=password", {"password": f"{uuid4().hex}-secret"})
    assert page.soup.find(class_="error-summary")
    links = [link.extract() for link in page.soup.select(".error-summary a")]  # to where it stands
    assert [WORDS in link.get_text() for link in links] == [True] * (pointer == "#/password")
    assert page.soup.get_text().count(WORDS) == 1, page.soup.get_text(" ", strip=True)


def test_a_list_comes_through_both_steps(site, visitor, hook):
    hook.messages = []
    address = f"{uuid4().hex[:12]}@example.org"
    page = second_step(visitor, "addresses", emails=address)
    page.press("method=password", {"password": f"{uuid4().hex}-secret"})
    session = visitor.whoami()
    assert session is not None
    assert session["identity"]["traits"] == {"emails": [address]}
