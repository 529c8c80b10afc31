"""A browser without a screen that may be misused: its cookies can be looked at and changed, every page is kept."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from html import unescape
from urllib.parse import urljoin, urlsplit

from tests.machines.records import Form

LANGUAGE = "/language"
TAG = re.compile(r"<(/?form|a|input|button|select|textarea|img|script)\b([^>]*)>")
ATTRIBUTE = re.compile(r"([a-z-]+)(?:=\"([^\"]*)\")?")
SOCIAL = ("provider", "link", "unlink")  # the provider is not there


@dataclass
class PageForm:
    """A form as it stands: what it posts, the boxes that are not ticked, its buttons."""

    action: str
    method: str = "get"
    fields: list[tuple[str, str, str]] = field(default_factory=list)  # name, value, type
    unticked: Form = field(default_factory=list)
    buttons: Form = field(default_factory=list)

    def has(self, name: str) -> bool:
        """Whether it has a field of this name."""
        return any(own == name for own, _, _ in self.fields)

    def entries(self) -> Form:
        """What it would post, the button apart."""
        return [(name, value) for name, value, _ in self.fields]


@lru_cache(maxsize=64)  # a page is looked at when it is judged and when somebody goes on from it
def _read(text: str) -> tuple[list[PageForm], list[str], list[str]]:
    """The forms, links and sources of a page of Portico's, whose markup others have found in order."""
    forms: list[PageForm] = []
    links: list[str] = []
    sources: list[str] = []
    inside: PageForm | None = None
    for tag, attributes in TAG.findall(text):
        has = {name: unescape(value) for name, value in ATTRIBUTE.findall(attributes)}
        sources += [has[name] for name in ("src", "formaction") if name in has]
        if tag == "form":
            inside = PageForm(has.get("action", ""), has.get("method", "get").lower())
            forms.append(inside)
        elif tag == "/form":
            inside = None
        elif tag == "a":
            links += [has["href"]] if has.get("href", "#")[0:1] != "#" else []
        elif inside and has.get("name") and "disabled" not in has:
            _control(inside, tag, has)
    return forms, links, sources


def _control(form: PageForm, tag: str, has: dict[str, str]) -> None:
    entry, kind = (has["name"], has.get("value", "")), has.get("type", "text")
    if tag == "button" or kind == "submit":
        form.buttons += [entry] if entry[0] not in SOCIAL else []
    elif kind in ("checkbox", "radio") and "checked" not in has:
        form.unticked.append((entry[0], entry[1] or "on"))
    else:
        form.fields.append((*entry, kind))


class Page:
    """Where a request ended: `is_ours` says at Portico; the addresses on the way are kept in `steps`."""

    def __init__(self, url: str, status: int, text: str, is_ours: bool, steps: list[str]) -> None:
        self.url, self.status, self.text, self.is_ours, self.steps = url, status, text, is_ours, steps
        forms, self.links, self.sources = _read(text if is_ours and "<html" in text else "")
        self.forms = [form for form in forms if form.action != LANGUAGE]

    def __repr__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """What it is, in a line."""
        title = re.search("<title>(.*?)</title>", self.text, re.DOTALL)
        return f"<{self.status} {self.path} {title[1].strip() if title else self.text[:80]!r}>"

    @property
    def path(self) -> str:
        """The path of its address."""
        return urlsplit(self.url).path

    def address(self, url: str) -> str:
        """A link or an action of it as a whole address."""
        return urljoin(self.url, url)

    def form_with(self, name: str, value: str = "") -> PageForm | None:
        """The first form that has a field of this name, or a button with this name and value."""
        for form in self.forms:
            if form.has(name) or any(own == name and value in ("", its) for own, its in form.buttons):
                return form
        return None


class Jar:
    """The cookies of localhost, which know no ports (RFC 6265 section 8.5)."""

    def __init__(self) -> None:
        self.cookies: dict[str, str] = {}

    @property
    def header(self) -> str:
        """As it is sent."""
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def take(self, set_cookies: list[str]) -> None:
        """Keep or drop what an answer says."""
        for line in set_cookies:
            name, _, rest = line.partition("=")
            value, _, attributes = rest.partition(";")
            if re.search(r"max-age=(0|-)|expires=[^;]*(1970|1969|-70)", attributes, re.IGNORECASE) or not value:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value.strip('"')
