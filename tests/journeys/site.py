"""One running stack as the tests see it: its addresses, persons of its own for every test, and what only admins do."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import uuid4

import requests

from tests.journeys.browsing import Browser, Page
from tests.stack.leaks import SENT
from tests.stack.processes import PATIENCE
from tests.stack.stack import Stack

Found = TypeVar("Found")
WithKratos = Callable[[Mapping[str, Any]], "Site"]  # a site whose Kratos has these settings
APPLICATIONS = ("demo", "first-party")


@dataclass(frozen=True)
class Person:
    """Somebody who can sign in."""

    id: str
    email: str
    password: str
    first_name: str


def soon(look: Callable[[], Found], seconds: float = PATIENCE) -> Found:
    """What `look` finds once it is true: servers send mails and back-channel logouts in the background."""
    until = time.monotonic() + seconds
    while not (result := look()):
        assert time.monotonic() < until, f"still {result!r} after {seconds} s"
        time.sleep(0.05)
    return result


class Site:
    """The addresses of a stack and its admin APIs."""

    def __init__(self, stack: Stack) -> None:
        self.stack, self.urls = stack, stack.urls
        self.portico, self.kratos, self.hydra = (stack.urls[n] for n in ("portico", "kratos_public", "hydra_public"))
        self.demo = stack.urls["demo"]
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.verify = stack.authority or True
        # Hydra makes its keys when they are first asked for, which can take longer than an application waits.
        for document in ("openid-configuration", "jwks.json"):
            self.http.get(f"{self.hydra}/.well-known/{document}", timeout=60).raise_for_status()

    def person(self, first_name: str = "Ada", verified: bool = True) -> Person:
        """A new person nobody else uses, with a password and a verified e-mail address."""
        email = f"{first_name.lower()}-{uuid4().hex[:12]}@example.org"
        password = f"{uuid4().hex}-secret"
        address = {"value": email, "verified": True, "via": "email", "status": "completed"}
        identity = {
            "schema_id": "person",
            "state": "active",
            "traits": {"email": email, "name": {"first": first_name, "last": "Journey"}, "phone": "+442079460001"},
            "credentials": {"password": {"config": {"password": password}}},
        } | ({"verifiable_addresses": [address]} if verified else {})
        answer = self.admin("POST", "kratos", "/admin/identities", json=identity)
        SENT.pairs([("email", email), ("password", password)])
        return Person(answer["id"], email, password, first_name)

    def stranger(self, first_name: str = "Nora") -> Person:
        """Somebody who has no account yet: what they would type to get one."""
        return Person("", f"{first_name.lower()}-{uuid4().hex[:12]}@example.org", f"{uuid4().hex}-secret", first_name)

    def deactivate(self, person: Person) -> None:
        """Switch an account off, as an operator does."""
        change = [{"op": "replace", "path": "/state", "value": "inactive"}]
        self.admin("PATCH", "kratos", f"/admin/identities/{person.id}", json=change)

    def admin(self, method: str, server: str, path: str, **options: Any) -> Any:
        """The answer of an admin API, which has to be a good one."""
        answer = self.http.request(method, self.urls[f"{server}_admin"] + path, timeout=60, **options)
        assert answer.ok, f"{answer.status_code} {answer.text[:300]}"
        return answer.json() if answer.content else None

    def login_request(self, page: Page) -> dict[str, Any]:
        """What Hydra said of the newest login challenge on the way to this page."""
        params = {"login_challenge": page.parameter("login_challenge")}
        request: dict[str, Any] = self.admin("GET", "hydra", "/admin/oauth2/auth/requests/login", params=params)
        return request

    def mailed_code(self, person: Person, number: int = 1) -> str:
        """The one-time code in the newest mail to this person, once they have got so many."""

        def mails() -> list[dict[str, str]]:
            address, query = f"{self.demo}/mailbox.json", {"recipient": person.email}
            inbox: list[dict[str, str]] = self.http.get(address, params=query, timeout=60).json()
            return inbox if len(inbox) >= number else []

        code = soon(mails)[0]["code"]
        assert re.fullmatch(r"\d{6}", code)
        return code


@contextmanager
def site_of(stack: Stack) -> Iterator[Site]:
    """A site while its stack runs."""
    with stack:
        site = Site(stack)
        yield site
        site.http.close()


class Visitor(Browser):
    """Somebody at a browser, and what the demo application knows of them."""

    def __init__(self, site: Site) -> None:
        super().__init__()
        self.http.verify = site.stack.authority or True
        self.site = site

    def copy(self) -> Visitor:
        other = Visitor(self.site)
        other.http.cookies.update(self.http.cookies)
        return other

    def ask(self, client: str = "demo", **parameters: str | int) -> Page:
        """Press the application's sign-in button, which adds these parameters to its authorization request."""
        query = "&".join(f"{name}={value}" for name, value in parameters.items())
        return self.open(f"{self.site.demo}/{client}/login" + (f"?{query}" if query else ""))

    def sign_in(self, page: Page, person: Person) -> Page:
        """Fill in a login page with the person's e-mail address and password."""
        return page.press("method=password", {"identifier": person.email, "password": person.password})

    def enter(self, person: Person, client: str = "first-party", **parameters: str | int) -> dict[str, Any]:
        """Sign in to an application with a password, allow everything that is asked, and return the claims."""
        page = self.sign_in(self.ask(client, **parameters), person)
        if page.has_button("action=accept"):
            page = page.press("action=accept")
        return self.claims(page, client)

    def state(self, client: str = "demo") -> dict[str, Any]:
        """What the application knows: signed_in, id_token, userinfo, scope, error, notice."""
        answer: dict[str, Any] = self.http.get(f"{self.site.demo}/{client}.json", timeout=60).json()
        return answer

    def claims(self, page: Page, client: str = "demo") -> dict[str, Any]:
        """The verified claims of the ID token, given that this page is the application's own and without an error."""
        state = self.state(client)
        assert page.at(f"{self.site.demo}/{client}"), page
        assert state["signed_in"], (state, page)
        assert state["error"] is None, (state["error"], page)
        id_token: dict[str, Any] = state["id_token"]
        return id_token

    def error(self, page: Page, client: str = "demo") -> str:
        """The OAuth error the application got, given that this page is its own."""
        state = self.state(client)
        assert page.at(f"{self.site.demo}/{client}"), page
        assert state["error"], (state, page)
        code: str = state["error"]["error"]
        return code

    def whoami(self) -> dict[str, Any] | None:
        """The Kratos session of this browser, None if there is none."""
        answer = self.http.get(f"{self.site.kratos}/sessions/whoami", timeout=60)
        assert answer.status_code in (200, 401), answer.text
        return answer.json() if answer.status_code == 200 else None

    def signed_in_as(self) -> str:
        """The identity id of the Kratos session, "" if there is none."""
        session = self.whoami()
        return session["identity"]["id"] if session else ""
