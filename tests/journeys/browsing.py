"""A browser without a screen: what it follows, fills in and submits is what a real one would."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import parse_qs, urljoin, urlsplit

import requests
from bs4 import BeautifulSoup, Tag

from tests.stack.leaks import SENT

MAX_REDIRECTS = 25  # the longest honest journey has about a dozen
TIMEOUT = 60  # seconds
HEADERS = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "User-Agent": "Mozilla/5.0 (journeys)"}


@dataclass(frozen=True)
class Step:
    """One request of a journey: its method, where it went, and how it was answered."""

    method: str
    url: str
    status: int

    def __str__(self) -> str:
        """Short enough to read in a failure: a challenge alone has a thousand characters."""
        shown = ", ".join(f"{name}={values[0][:16]}" for name, values in parse_qs(urlsplit(self.url).query).items())
        return f"{self.status} {self.method} {self.url.partition('?')[0]} {shown}"


class Browser:
    """Cookies, and the pages opened with them; every `Page` is a tab that can be gone on with at any time."""

    def __init__(self) -> None:
        self.http = requests.Session()
        self.http.trust_env = False  # a proxy of the environment is not for loopback
        self.http.headers.update(HEADERS)

    def copy(self) -> Browser:
        """The same cookies in a browser of its own, for requests at the same moment."""
        other = Browser()
        other.http.cookies.update(self.http.cookies)
        return other

    def close(self) -> None:
        self.http.close()

    def open(self, url: str) -> Page:
        """The page that typing `url` into the address bar ends at."""
        return self.send("GET", url)

    def send(self, method: str, url: str, data: Sequence[tuple[str, str]] = (), origin: str = "") -> Page:
        """The page a request ends at; fails with the trail when that takes more redirects than any honest journey."""
        steps: list[Step] = []
        headers = _of_a_form(url, origin) if method == "POST" else {}
        while len(steps) < MAX_REDIRECTS:
            answer = self.http.request(
                method, url, data=list(data), headers=headers, timeout=TIMEOUT, allow_redirects=False
            )
            steps.append(Step(method, url, answer.status_code))
            SENT.url(url)
            SENT.pairs(data)
            SENT.cookies(answer.request.headers.get("Cookie", ""))
            if answer.status_code not in (301, 302, 303):
                return Page(self, answer, tuple(steps))
            method, url, data, headers = "GET", urljoin(url, answer.headers["Location"]), (), {}
        raise AssertionError("redirected for ever:\n" + "\n".join(map(str, steps)))

    def end_cookie(self, prefix: str) -> None:
        """Forget every cookie whose name begins with `prefix`; there has to be one."""
        cookies = [cookie for cookie in self.http.cookies if cookie.name.startswith(prefix)]
        assert cookies, [cookie.name for cookie in self.http.cookies]
        for cookie in cookies:
            self.http.cookies.clear(cookie.domain, cookie.path, cookie.name)


def _of_a_form(url: str, origin: str) -> dict[str, str]:
    """What browsers add to a posted form; under Referrer-Policy same-origin another origin sees `null` (Fetch 3.2)."""
    same = origin == _origin(url)
    return {"Origin": origin if same else "null", "Sec-Fetch-Site": "same-origin" if same else "same-site"}


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


class Page:
    """Where a request ended, and the `steps` that led there since the last click."""

    def __init__(self, browser: Browser, answer: requests.Response, steps: tuple[Step, ...]) -> None:
        self.browser, self.answer, self.steps = browser, answer, steps
        self.url, self.status, self.text = str(answer.url), answer.status_code, answer.text

    @cached_property
    def soup(self) -> BeautifulSoup:
        """What is on it: of the few pages that are looked into. That they are valid HTML is for others to say."""
        return BeautifulSoup(self.text, "html.parser", store_line_numbers=False)

    def __repr__(self) -> str:
        return f"<{self.status} {self.title!r} after\n" + "\n".join(map(str, self.steps)) + ">"

    @property
    def title(self) -> str:
        """The page's title without the service's name, "" if it has none."""
        title = self.soup.title.get_text(" ", strip=True) if self.soup.title else ""
        return title.rpartition(" – ")[0] or title

    def says(self, words: str) -> bool:
        """Whether these words can be read on it: its text has them with apostrophes escaped, or not."""
        return words in visible_text(self.soup)

    def at(self, address: str) -> bool:
        """Whether the page is at this address, whatever its query."""
        return self.url.partition("?")[0] == address

    def passed(self, *addresses: str) -> bool:
        """Whether the way here led through any URL that begins with one of these."""
        return any(step.url.startswith(addresses) for step in self.steps)

    def parameter(self, name: str) -> str:
        """The newest value that a URL on the way here had for this query parameter."""
        values = [value for step in self.steps for value in parse_qs(urlsplit(step.url).query).get(name, [])]
        assert values, f"no {name} in {self!r}"
        return values[-1]

    def reload(self) -> Page:
        """The page again, as Ctrl-R gets it (of a page that was not posted)."""
        assert self.steps[-1].method == "GET"
        return self.browser.open(self.url)

    def click(self, words: str) -> Page:
        """Follow the link with these words."""
        links = [link for link in self.soup.find_all("a", href=True) if visible_text(link) == words]
        assert len(links) == 1, f"{len(links)} links {words!r} on {self!r}"
        return self.browser.open(urljoin(self.url, str(links[0]["href"])))

    def buttons(self) -> list[Tag]:
        """The buttons that can be pressed."""
        return self.soup.select("button:not([disabled], [hidden], [hidden] *)")

    def has_button(self, button: str) -> bool:
        """Whether `press` would find this one."""
        return any(_is(tag, button) for tag in self.buttons())

    def press(self, button: str, fields: Mapping[str, str | list[str]] | None = None) -> Page:
        """Fill in `fields` and press the button with these words, or with this `name=value`.

        A list sets which checkboxes of that name are ticked. A field the form has not is an error of the test.
        """
        matches = [tag for tag in self.buttons() if _is(tag, button)]
        assert len(matches) == 1, f"{len(matches)} buttons {button!r} on {self!r}"
        form = matches[0].find_parent("form")
        assert form is not None
        return self.submit(form, _filled(form, fields or {}, matches[0]))

    def submit(self, form: Tag, entries: list[tuple[str, str]]) -> Page:
        """Send these entries as the form would; a test adds entries here that no honest browser sends."""
        action = urljoin(self.url, str(form.get("action", "")))
        if str(form.get("method", "get")).lower() == "post":
            return self.browser.send("POST", action, entries, _origin(self.url))
        url = requests.Request("GET", action, params=entries).prepare().url
        assert url is not None
        return self.browser.open(url)

    def entries(self, button: str) -> tuple[Tag, list[tuple[str, str]]]:
        """The form of a button and what pressing it would send."""
        pressed = next(tag for tag in self.buttons() if _is(tag, button))
        form = pressed.find_parent("form")
        assert form is not None
        return form, _filled(form, {}, pressed)


def visible_text(tag: Tag) -> str:
    """What is read there, as far as markup tells."""
    return " ".join(tag.get_text(" ", strip=True).split())


def _is(button: Tag, wanted: str) -> bool:
    """Whether it has these words, be it marked as the last used way or not, or is this `name=value`."""
    return wanted in (visible_text(button).removesuffix(" Last used"), f"{button.get('name')}={button.get('value')}")


def _value(control: Tag) -> str:
    """What a control holds as it stands; line ends are sent as CRLF (HTML 4.10.22.5)."""
    if control.name == "select":
        options = control.find_all("option")
        chosen = [option for option in options if option.has_attr("selected")] or options
        return str(chosen[-1 if chosen is not options else 0].get("value", "")) if chosen else ""
    if control.name == "textarea":
        return re.sub(r"\r\n|\r|\n", "\r\n", control.get_text())
    value = str(control.get("value", ""))
    if control.get("type") == "hidden":
        return re.sub(r"\r\n|\r|\n", "\r\n", value)
    return re.sub(r"[\r\n]", "", value)


def _filled(form: Tag, fields: Mapping[str, str | list[str]], pressed: Tag) -> list[tuple[str, str]]:
    """The entry list of a form (HTML 4.10.22.4): in the form's order, without what is disabled, unnamed or unticked."""
    entries: list[tuple[str, str]] = []
    used = set()
    for control in form.find_all(["input", "button", "select", "textarea"]):
        name, kind, value = str(control.get("name", "")), str(control.get("type", "")), _value(control)
        if not name or control.has_attr("disabled") or (control.name == "button" and control is not pressed):
            continue
        wanted = fields.get(name)
        used.add(name)
        if kind == "checkbox":
            value = value or "on"
            ticked = control.has_attr("checked") if wanted is None else value in wanted
            entries += [(name, value)] if ticked else []
        elif control is pressed or wanted is None or kind == "hidden":
            entries.append((name, value))
        else:
            entries.append((name, str(wanted)))
    assert used >= set(fields), f"the form has no {set(fields) - used}"
    return entries
