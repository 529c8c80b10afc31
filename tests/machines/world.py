"""Portico in this process, Kratos and Hydra behind it, and everything that passes between them and the browsers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from io import StringIO
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import requests
import responses
from flask import Flask

from tests.machines.browser import Jar, Page
from tests.machines.changes import CHANGES, STATUSES, changed
from tests.machines.records import Call, Exchange, Form

Check = Callable[[Exchange], None]
MAX_HOPS = 25
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "User-Agent": "Mozilla/5.0 (machines)"}
FORM = "application/x-www-form-urlencoded"


@dataclass
class Reply:
    """What a server answered."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str:
        """The first header of this name, "" without."""
        return next((value for own, value in self.headers if own.lower() == name), "")

    def json(self) -> Any:
        """Its JSON, None without."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


class Servers:
    """Kratos and Hydra: `urls` as in tests/stack; `send` sends one request, `now` is their time in seconds."""

    urls: Mapping[str, str]
    is_real = False

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> Reply:
        raise NotImplementedError

    def now(self) -> float:
        raise NotImplementedError

    def begin(self) -> None:
        """What an example starts with."""

    def forward(self, seconds: float) -> None:
        """Let time pass, where that can be done."""

    def second_factor(self, person: str, email: str, password: str) -> None:
        """Give somebody an authenticator app, where that can be done."""

    def secret_of(self, person: str) -> str:
        """The key of somebody's authenticator app, "" without."""
        raise NotImplementedError

    def admin(self, method: str, url: str, body: Any = None) -> Any:
        """The JSON of an admin API."""
        sent = b"" if body is None else json.dumps(body).encode()
        return self.send(method, url, {"Content-Type": "application/json", "Accept": "application/json"}, sent).json()


@dataclass
class World:
    """`check` is called with every exchange; `change`: after so many replies one is changed, and which of its changes.

    `lie`: the kind of the replies that count for it, "" for all. `failure`: which status every call of the next request
    is answered with, -1 for the servers' own.
    """

    servers: Servers
    app: Flask
    log: StringIO
    check: Check = lambda _: None
    other: str = ""  # the identity that a lie names
    change: tuple[int, int] | None = None
    lie: str = ""
    failure: int = -1
    current: Exchange | None = None
    visits: list[tuple[int, str]] = field(default_factory=list)
    jars: list[Jar] = field(default_factory=list)
    seen: Callable[[int, str], None] = lambda _browser, _url: None

    @property
    def public(self) -> str:
        """Portico's address."""
        return self.servers.urls["portico"]

    # Between Portico and the servers

    def pass_on(self, request: requests.PreparedRequest) -> tuple[int, dict[str, str], bytes]:
        """Send a call of Portico's on, note it, and change the answer where that is wanted."""
        sent = request.body.encode() if isinstance(request.body, str) else request.body or b""
        cookie = str(request.headers.get("Cookie", ""))
        call = Call(str(request.method), str(request.url), cookie, json.loads(sent) if sent else None)
        assert self.current, f"no request, and yet {call}"
        self.current.calls.append(call)
        if self.failure >= 0:
            call.status, call.change = STATUSES[self.failure], f"status {STATUSES[self.failure]}"
            return call.status, {"Date": formatdate(self.servers.now(), usegmt=True)}, b"{}"
        reply = self.servers.send(call.method, call.url, _kept(request.headers), sent)
        call.status, body = reply.status, reply.body
        call.reply = call.true = reply.json()
        if self.change and call.kind in CHANGES and call.status == 200 and self.lie in ("", call.kind):
            calls, number = self.change
            self.change = (calls - 1, number) if calls else None
            if not calls:
                call.change, call.reply = changed(call.kind, number, call.true, self.other)
                body = json.dumps(call.reply).encode()
        headers = {name: value for name, value in reply.headers if name.lower() in ("content-type", "link", "date")}
        return call.status, {"Date": formatdate(self.servers.now(), usegmt=True)} | headers, body

    # Between browsers and the servers

    def go(self, browser: int, method: str, url: str, form: Form | None = None, origin: str = "") -> Page:
        """The page a request ends at; that of an application is not asked for."""
        steps, body = [], form or []
        for _ in range(MAX_HOPS):
            steps.append(url)
            self.seen(browser, url)
            at = next((name for name in ("portico", "kratos_public", "hydra_public") if self._is_at(name, url)), "")
            if not at:
                return Page(url, 0, "", False, steps)
            status, target, text = self._ask(at, browser, method, url, body, origin)
            if status not in (301, 302, 303, 307):
                return Page(url, status, text, at == "portico", steps)
            method, url, body = "GET", urljoin(url, target), []
        raise AssertionError("sent round for ever:\n" + "\n".join(step[:200] for step in steps))

    def _is_at(self, name: str, url: str) -> bool:
        return url == self.servers.urls[name] or url.startswith(
            (self.servers.urls[name] + "/", self.servers.urls[name] + "?")
        )

    def _ask(self, at: str, browser: int, method: str, url: str, form: Form, origin: str) -> tuple[int, str, str]:
        if at == "portico":
            exchange = self.exchange(browser, method, url, form, origin or self.public)
            return exchange.answer.status_code, exchange.answer.headers.get("Location", ""), exchange.text
        headers, jar = dict(BROWSER), self.jars[browser]
        if jar.cookies:
            headers["Cookie"] = jar.header
        body = urlencode(form).encode() if method == "POST" else b""
        if method == "POST":
            headers["Content-Type"] = FORM
        reply = self.servers.send(method, url, headers, body)
        jar.take([value for name, value in reply.headers if name.lower() == "set-cookie"])
        return reply.status, reply.header("location"), reply.body.decode(errors="replace")

    def exchange(self, browser: int, method: str, url: str, form: Form, origin: str) -> Exchange:
        """One request to Portico, judged as soon as it is answered."""
        jar = self.jars[browser]
        exchange = Exchange(browser, method, url, list(form), dict(jar.cookies), origin, self.servers.now())
        headers = BROWSER | ({"Cookie": jar.header} if jar.cookies else {})
        more: dict[str, Any] = {}
        if method == "POST":
            headers |= {"Origin": origin, "Sec-Fetch-Site": "same-origin" if origin == self.public else "cross-site"}
            more = {"data": urlencode(form), "content_type": FORM}
        parts = urlsplit(url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self.current = exchange
        try:
            client = self.app.test_client(use_cookies=False)
            exchange.answer = client.open(
                target, method=method, base_url=self.public, headers=headers, buffered=True, **more
            )
        finally:
            self.current = None
            self.failure = -1 if exchange.changes else self.failure
        exchange.text = exchange.answer.get_data(as_text=True)
        exchange.log = self.log.getvalue()
        self.log.seek(0)
        self.log.truncate()
        jar.take(exchange.answer.headers.getlist("Set-Cookie"))
        self.check(exchange)
        return exchange


def _kept(headers: Any) -> dict[str, str]:
    return {name: str(value) for name, value in headers.items() if name.lower() not in ("host", "connection")}


@contextmanager
def between(world: World) -> Iterator[World]:
    """Let every call of Portico's pass through the world while the block runs."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        for method in ("GET", "PUT", "POST", "DELETE", "PATCH"):
            mock.add_callback(method, re.compile("http://"), world.pass_on, content_type=None)
        yield world
