"""The requests that are measured: all a browser has to do before them is done here, once, over HTTP."""

import json
import math
from dataclasses import dataclass

import requests
from bs4 import BeautifulSoup

from tests.stack.errors import StackError
from tests.stack.stack import ROOT, Stack


@dataclass(frozen=True)
class Path:
    """A GET of `url` with this Cookie header; `budget`: milliseconds of CPU (design, section 10)."""

    name: str
    url: str
    cookie: str
    budget: float = math.inf


class Browser:
    """Cookies and redirects, no more."""

    def __init__(self, stack: Stack) -> None:
        self.urls = stack.urls
        self.http = requests.Session()
        self.http.trust_env = False

    def stopped_at(self, url: str, parameter: str) -> str:
        """Follow redirects to the first address of Portico with this query parameter, and do not open it."""
        for _ in range(12):
            if url.startswith(self.urls["portico"]) and f"{parameter}=" in url:
                return url
            answer = self.http.get(url, allow_redirects=False, timeout=60)
            url = requests.compat.urljoin(url, answer.headers.get("Location", ""))
        raise StackError(f"{url.partition('?')[0]} does not lead to a page of Portico with {parameter}.")

    def cookie(self) -> str:
        """The Cookie header Portico gets where it shares a host with Kratos alone."""
        kept = [c for c in self.http.cookies if c.name.startswith(("csrf_token_", "ory_kratos_session"))]
        return "; ".join(f"{c.name}={c.value}" for c in kept)

    def sign_in(self) -> None:
        """Fill in and send the login page, as the first of the demo persons."""
        person = json.loads((ROOT / "kratos/identities.json").read_text())[0]
        page = self.stopped_at(f"{self.urls['kratos_public']}/self-service/login/browser", "flow")
        form = BeautifulSoup(self.http.get(page, timeout=60).text, "html.parser").find("form", {"data-group": "main"})
        hidden = {field["name"]: field["value"] for field in form.find_all("input", type="hidden")}
        password = person["credentials"]["password"]["config"]["password"]
        sent = {"identifier": person["traits"]["email"], "password": password, "method": "password"}
        self.http.post(form["action"], data=hidden | sent, allow_redirects=False, timeout=60)


def prepare(stack: Stack) -> list[Path]:
    """All paths; each may be repeated: Hydra lets a challenge be accepted again until its verifier is used."""
    visitor, ada = Browser(stack), Browser(stack)
    ada.sign_in()
    kratos = f"{stack.urls['kratos_public']}/self-service/login/browser"
    demo, first_party = (f"{stack.urls['demo']}/{name}/login" for name in ("demo", "first-party"))

    def path(name: str, browser: Browser, start: str, parameter: str, status: int, budget: float = math.inf) -> Path:
        url, cookie = browser.stopped_at(start, parameter), browser.cookie()
        answer = requests.get(url, headers={"Cookie": cookie}, allow_redirects=False, timeout=60)
        if answer.status_code != status:
            raise StackError(f"The {name} answers {answer.status_code}, not {status}.")
        return Path(name, url, cookie, budget)

    return [
        path("login page, flow given", visitor, kratos, "flow", 200, 1.05),
        path("login page of an application's login", visitor, demo, "flow", 200),
        path("login challenge, live session: accepted", ada, demo, "login_challenge", 303, 1.7),
        path("consent page", ada, demo, "consent_challenge", 200, 1.35),
        path("consent, skip_consent: granted", ada, first_party, "consent_challenge", 303, 1.7),
    ]
