"""What people do at Portico, in every way there is of coming and going; each visit has a browser of its own."""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from ipaddress import ip_network
from itertools import count
from threading import Event, Lock
from typing import Any

import requests

from tests.bench.journeys import LANGUAGES
from tests.journeys.site import Person, Site, Visitor

ACCOUNT = ("/", "/sessions", "/apps", "/settings")
STRAY = ("/nowhere", "/error?error=access_denied", "/health/ready", "/login?login_challenge=garbage", "/static/app.css")


class BrokenOffError(Exception):
    """Kratos or Hydra failed where no browser sees it."""


def allow(visitor: Visitor, person: Person) -> None:
    """Sign in to an application, allow it, come again without being asked, look at the account, sign out there."""
    visitor.enter(person, "demo")
    visitor.claims(visitor.ask("first-party"), "first-party")
    for page in ACCOUNT:
        assert visitor.open(visitor.site.portico + page).status == 200, page
    signed_out = visitor.open(f"{visitor.site.demo}/demo").click("Sign out")
    if signed_out.has_button("action=accept"):
        signed_out = signed_out.press("action=accept")
    assert signed_out.at(f"{visitor.site.demo}/demo"), signed_out


def deny(visitor: Visitor, person: Person) -> None:
    """Sign in, deny, and sign out at Portico."""
    page = visitor.sign_in(visitor.ask("demo", prompt="consent"), person)
    assert visitor.error(page.press("action=deny")) == "access_denied"
    visitor.open(f"{visitor.site.portico}/logout").press("action=accept")
    assert not visitor.signed_in_as()


def mistype(visitor: Visitor, person: Person) -> None:
    """Type a wrong password, then the right one."""
    page = visitor.ask("first-party")
    page = page.press("method=password", {"identifier": person.email, "password": "wrong-password"})
    visitor.claims(visitor.sign_in(page, person), "first-party")


def recover(visitor: Visitor, _: Person) -> None:
    """Recover an account that has no other mail yet, and open the settings by the code."""
    person = visitor.site.person("Rita")
    page = visitor.open(f"{visitor.site.portico}/recovery").press("method=code", {"email": person.email})
    page = page.press("method=code", {"code": visitor.site.mailed_code(person)})
    assert page.at(f"{visitor.site.portico}/settings"), page
    page.press("method=password", {"password": f"{person.password}-new"})


def abandon(visitor: Visitor, _: Person) -> None:
    """Begin what is never finished, and open what is not there."""
    visitor.ask("demo")
    for page in ("/login", "/registration", "/recovery", *STRAY):
        visitor.open(visitor.site.portico + page)


def device(visitor: Visitor, person: Person) -> None:
    """Type a television's code and allow it."""
    television, address = Visitor(visitor.site), f"{visitor.site.demo}/devices/tv"
    visitor.http.headers["Accept-Language"] = "en"  # the button is known by its words
    television.open(address).press("Sign in to a device")
    state = television.http.get(f"{address}.json", timeout=60).json()
    if state["error"]:
        raise BrokenOffError(f"Hydra gives no code: {state['error']}")
    shown = state["device"]
    page = visitor.open(shown["verification_uri"]).press("Continue", {"user_code": shown["user_code"]})
    assert visitor.sign_in(page, person).press("action=accept").status == 200
    television.close()


VISITS: tuple[Callable[[Visitor, Person], None], ...] = (allow, mistype, deny, abandon, allow, recover, deny, device)
# Who comes, as the one proxy in front would say: from one address Portico takes no more codes than a house needs.
BEHIND_A_PROXY = {"PORTICO_FORWARDED_HOPS": "1"}
FORWARDED = "X-Forwarded-For"
ADDRESSES = ip_network("198.18.0.0/15")  # RFC 2544: for measuring
ROUNDS = 5  # of all visits, by one person: Hydra's list of consents gets longer with each, and so does what we read


class Visits:
    """What has been answered so far: seconds by step since they were last taken, and how visits ended."""

    def __init__(self, site: Site, pause: float) -> None:
        self.site, self.pause = site, pause
        self.ended = Event()
        self.ends = Counter[str]()
        self.failures: list[str] = []
        self._times: dict[str, list[float]] = defaultdict(list)
        self._lock = Lock()

    def take(self) -> dict[str, list[float]]:
        """The seconds of each of Portico's answers since this was called last."""
        with self._lock:
            times, self._times = self._times, defaultdict(list)
        return times

    def go_on(self, first: int) -> None:
        """One visit after the other, until all is ended."""
        headers = {FORWARDED: str(ADDRESSES[first + 1])}
        for number in count(first):
            if (number - first) % (ROUNDS * len(VISITS)) == 0:
                person = self.site.person()
            headers["Accept-Language"] = LANGUAGES[number % len(LANGUAGES)]
            self._visit(VISITS[number % len(VISITS)], person, headers)
            if self.ended.wait(self.pause):
                return

    def _visit(self, visit: Callable[[Visitor, Person], None], person: Person, headers: Mapping[str, str]) -> None:
        visitor, failed = Visitor(self.site), list[str]()

        def note(answer: requests.Response, *_: Any, **__: Any) -> None:
            address = answer.url.partition("?")[0]
            if address.startswith(self.site.portico):
                step = f"{answer.request.method} {address.removeprefix(self.site.portico)}"
                with self._lock:
                    self._times[step].append(answer.elapsed.total_seconds())
            # Of Portico's the log tells whose failure it was (soak.py); Hydra sends its own back with error=error.
            if answer.status_code >= 500 or "error=error&" in answer.headers.get("Location", ""):
                failed.append(address)

        visitor.http.headers.update(headers)
        visitor.http.hooks["response"].append(note)
        try:
            visit(visitor, person)
            self.ends["whole"] += 1
        except BrokenOffError:
            self.ends["broken off by Hydra"] += 1
        except (AssertionError, requests.RequestException, KeyError, TypeError) as error:
            self.ends["broken off by an answer of 5xx" if failed else "failed"] += 1
            if not failed:
                self.failures.append(f"{time.strftime('%H:%M:%S')} {visit.__name__}: {str(error)[:600]}")
        finally:
            visitor.close()
