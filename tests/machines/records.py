"""What happened: the calls that Portico made for one request of a browser, and the request with its answer."""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from werkzeug.test import TestResponse

Form = list[tuple[str, str]]
ACCEPTS = ("accept login", "reject login", "accept consent", "reject consent")
# What a call is about, by the end of its path; GET reads it, and what else it may be is a write.
READS = {
    "/sessions/whoami": "whoami",
    "/requests/login": "login",
    "/requests/consent": "consent",
    "/requests/logout": "logout",
    "/auth/sessions/consent": "grants",
    "/logout/browser": "begin kratos logout",
    "/flows": "flow",
}
WRITES = {
    ("DELETE", "/auth/sessions/login"): "end hydra session",
    ("DELETE", "/auth/sessions/consent"): "revoke",
    ("GET", "/self-service/logout"): "end kratos session",
}


def query_of(url: str) -> dict[str, str]:
    """The parameters of an address, the first of each."""
    return dict(reversed(parse_qsl(urlsplit(url).query, keep_blank_values=True)))


@dataclass
class Call:
    """One call to Kratos or Hydra: `reply` is the JSON that Portico got, `true` the server's own, before a change."""

    method: str
    url: str
    cookie: str
    body: Any
    status: int = 0
    reply: Any = None
    true: Any = None
    change: str = ""

    @property
    def kind(self) -> str:
        """What it is: "whoami", "login" ..., or a write: "accept consent", "revoke" ..."""
        path = urlsplit(self.url).path
        for (method, end), name in WRITES.items():
            if method == self.method and path.endswith(end):
                return name
        if self.method == "PUT" and path.endswith(("/accept", "/reject")):
            return f"{path.rsplit('/', 1)[1]} {path.rsplit('/', 2)[1]}"
        if self.method != "GET":
            return f"{self.method} {path}"
        return next((name for end, name in READS.items() if path.endswith(end)), "read")

    @property
    def is_write(self) -> bool:
        """Whether it changes something at Kratos or Hydra."""
        return self.method != "GET" or self.kind == "end kratos session"

    @property
    def query(self) -> dict[str, str]:
        """Its parameters."""
        return query_of(self.url)

    def object(self) -> dict[str, Any]:
        """What Portico was answered, {} where that was no JSON object."""
        return self.reply if isinstance(self.reply, dict) else {}


@dataclass
class Exchange:
    """A browser's request to Portico and everything that came of it; `at`: Kratos' time in seconds."""

    browser: int
    method: str
    url: str
    form: Form
    cookies: dict[str, str]
    origin: str
    at: float
    seen_at: float = 0.0
    calls: list[Call] = field(default_factory=list)
    answer: TestResponse = field(init=False)
    text: str = ""
    log: str = ""

    def __str__(self) -> str:
        calls = "".join(
            f"\n    {call.kind} {call.status} {call.change} {json.dumps(call.body)}"[:400] for call in self.calls
        )
        form = [(name, value[:24]) for name, value in self.form]
        return f"browser {self.browser}: {self.method} {self.url[:150]} {form} -> {self.answer.status_code}{calls}"

    @property
    def path(self) -> str:
        """The path that was asked for."""
        return urlsplit(self.url).path

    @property
    def query(self) -> dict[str, str]:
        """Its parameters."""
        return query_of(self.url)

    @property
    def writes(self) -> list[Call]:
        """The calls that change something."""
        return [call for call in self.calls if call.is_write]

    @property
    def changes(self) -> list[str]:
        """What was done to upstream replies on their way."""
        return [call.change for call in self.calls if call.change]

    def posted(self, name: str) -> list[str]:
        """All values a field of the form has."""
        return [value for field_, value in self.form if field_ == name]

    def read(self, kind: str) -> Call:
        """The last call of this kind; there has to be one: what is decided by was read for this very request."""
        calls = [call for call in self.calls if call.kind == kind]
        assert calls, f"{kind} was not read for this request: {self}"
        return calls[-1]
