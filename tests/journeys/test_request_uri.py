"""What an application asks for behind a `request_uri` is seen by Hydra alone: it is proved again, and never repeated.

Hydra v26.2 has no endpoint for pushed requests (RFC 9126); a registered request_uri is what it has of that kind.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from joserfc import jwt

from tests.journeys.browsing import Page
from tests.journeys.site import Person, Site, Visitor
from tests.journeys.test_freshness import asks_for_the_password
from tests.journeys.test_request_objects import key
from tests.journeys.test_single_sign_on import HYDRA_SESSION

pytestmark = pytest.mark.parametrize("kind", [pytest.param("real", marks=pytest.mark.real)], indirect=True)


class Application:
    """A first-party application whose requests wait at its own address; `inside` is what the next one says."""

    def __init__(self, site: Site, server: ThreadingHTTPServer) -> None:
        self.site, self.inside = site, dict[str, object]()
        self.address = f"http://127.0.0.1:{server.server_port}/request.jwt"
        client = {
            "client_id": f"referrer-{uuid4().hex[:8]}",
            "client_name": "First Party",
            "skip_consent": True,
            "redirect_uris": [f"{site.demo}/"],
            "scope": "openid",
            "request_object_signing_alg": "RS256",
            "jwks": {"keys": [key().as_dict(private=False)]},
            "request_uris": [self.address],
        }
        self.id: str = site.admin("POST", "hydra", "/admin/clients", json=client)["client_id"]

    def token(self) -> str:
        claims = {**self.query(), **self.inside, "iss": self.id, "aud": self.site.hydra, "exp": int(time.time()) + 300}
        return jwt.encode({"alg": "RS256", "kid": "jar"}, claims, key())

    def query(self) -> dict[str, object]:
        return {
            "client_id": self.id,
            "redirect_uri": f"{self.site.demo}/",
            "response_type": "code",
            "scope": "openid",
            "state": "state-of-the-test",
            "nonce": "nonce-of-the-test",
        }

    def ask(self, visitor: Visitor, **inside: object) -> Page:
        self.inside = inside
        query = urlencode(self.query() | {"request_uri": self.address})
        return visitor.open(f"{self.site.hydra}/oauth2/auth?{query}")


@contextmanager
def _serving(answer: type[BaseHTTPRequestHandler]) -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), answer)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def application(site: Site) -> Iterator[Application]:
    made: list[Application] = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(made[0].token().encode())

        def log_message(self, *_: object) -> None:
            """Nothing: the test says what went wrong."""

    with _serving(Answer) as server:
        made.append(Application(site, server))
        yield made[0]


def code(page: Page) -> str:
    """The code for the application, after a consent: prompt=consent may be hidden too."""
    return page.press("action=accept").parameter("code")


def test_an_old_proof_does_not_answer_a_max_age_nobody_else_can_see(
    visitor: Visitor, ada: Person, application: Application
) -> None:
    """N74: Single sign-on a moment ago makes Hydra's auth_time new, so that it says skip; the password is older."""
    visitor.enter(ada)
    time.sleep(3)
    visitor.claims(visitor.ask("first-party"), "first-party")
    again = application.ask(visitor, max_age="2")
    assert asks_for_the_password(again)
    assert code(visitor.sign_in(again, ada))


def test_who_is_signed_in_proves_it_once_for_each_request(
    visitor: Visitor, ada: Person, application: Application
) -> None:
    """N74."""
    visitor.enter(ada)
    for _ in range(2):
        again = application.ask(visitor)
        assert asks_for_the_password(again)
        assert code(visitor.sign_in(again, ada))


def test_where_only_hydra_remembers_the_second_request_ends_in_a_sign_in(
    site: Site, visitor: Visitor, ada: Person, application: Application
) -> None:
    """Without a word of prompt=none that we could see, nobody is shown a page who may have forbidden it."""
    visitor.enter(ada)
    visitor.end_cookie("ory_kratos_session")
    assert application.ask(visitor).parameter("error") == "login_required"
    page = application.ask(visitor)
    assert page.at(f"{site.portico}/login"), page
    assert code(visitor.sign_in(page, ada))


@pytest.mark.parametrize("action", ["continue", "another"])
def test_somebody_else_goes_back_to_the_application_and_its_next_request_is_theirs(
    site: Site, visitor: Visitor, ada: Person, bob: Person, application: Application, action: str
) -> None:
    visitor.enter(ada)
    visitor.end_cookie("ory_kratos_session")
    hydra = [cookie for cookie in visitor.http.cookies if cookie.name.startswith(HYDRA_SESSION)]
    assert hydra
    visitor.sign_in(visitor.open(f"{site.portico}/login"), bob)
    page = application.ask(visitor)
    assert page.title.startswith("Choose an account"), page
    assert page.press(f"action={action}").parameter("error") == "login_required"
    page = application.ask(visitor)
    assert code(visitor.sign_in(page, bob))


def test_consent_that_another_session_began_goes_back_to_the_application_and_the_next_request_succeeds(
    site: Site, visitor: Visitor, ada: Person, application: Application
) -> None:
    page = visitor.sign_in(application.ask(visitor), ada)
    assert page.has_button("action=accept"), page
    visitor.end_cookie("ory_kratos_session")
    visitor.sign_in(visitor.open(f"{site.portico}/login"), ada)
    assert page.press("action=accept").parameter("error") == "login_required"
    assert code(visitor.sign_in(application.ask(visitor), ada))


def test_who_is_not_the_person_on_the_consent_page_goes_back_to_the_application(
    visitor: Visitor, ada: Person, bob: Person, application: Application
) -> None:
    page = visitor.sign_in(application.ask(visitor), ada)
    assert page.press("action=another").parameter("error") == "login_required"
    assert code(visitor.sign_in(application.ask(visitor), bob))


def test_no_host_is_shown_that_only_the_query_names(
    site: Site, visitor: Visitor, ada: Person, application: Application
) -> None:
    """Hydra sends the code to the address inside, which the person has to see among the registered ones."""
    changes = {"skip_consent": False, "redirect_uris": ["https://accounts.bank.example/", f"{site.demo}/"]}
    patch = [{"op": "replace", "path": f"/{name}", "value": value} for name, value in changes.items()]
    site.admin("PATCH", "hydra", f"/admin/clients/{application.id}", json=patch)
    application.inside = {"redirect_uri": f"{site.demo}/"}
    query = application.query() | {"redirect_uri": changes["redirect_uris"][0], "request_uri": application.address}
    page = visitor.sign_in(visitor.open(f"{site.hydra}/oauth2/auth?{urlencode(query)}"), ada)
    assert "localhost" in page.soup.select_one("dl.facts").get_text(" ", strip=True)
    assert page.press("action=accept").passed(f"{site.demo}/?code=")
