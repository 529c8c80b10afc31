"""Fixtures of the view tests: Portico in this process, Kratos and Hydra on a faked wire."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import cache
from io import StringIO
from types import SimpleNamespace
from typing import Any

import pytest
import responses
from flask import Flask
from werkzeug.test import TestResponse

import tests.stack.compile_cache  # noqa: F401 - for all Porticos of this process
from app.config.settings import Settings
from app.factory import create_app
from app.http import time_budget
from tests.support.cases import FRESH
from tests.support.log_scan import Log
from tests.support.pages import CheckedClient, fields
from tests.support.upstream import BROWSER_HYDRA, BROWSER_KRATOS, HYDRA, KRATOS, PUBLIC, Upstream, without_schemas

SETTINGS = {
    "public_url": PUBLIC,
    "secret_key": "a-secret-key-of-the-tests-0123456789",
    "kratos_public_url": KRATOS,
    "kratos_browser_url": BROWSER_KRATOS,
    "hydra_admin_url": HYDRA,
    "hydra_public_url": BROWSER_HYDRA,
}
SCOPES = ["openid", "email", "photos"]
Clients = Callable[..., CheckedClient]


@cache
def _default_app() -> Flask:
    return _app()


def _app(**settings: Any) -> Flask:
    app = create_app(Settings(**SETTINGS | settings))
    app.test_client_class = CheckedClient
    return app


def browser(app: Flask) -> CheckedClient:
    """A new browser with the cookies Kratos would have set."""
    client = app.test_client()
    assert isinstance(client, CheckedClient)
    host = client.public_url.split("/")[2].split(":")[0]
    client.set_cookie("ory_kratos_session", "the-session-cookie", domain=host)
    client.set_cookie("csrf_token_0123", "the-csrf-cookie", domain=host)
    return client


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """No request runs out of time because this machine has something else to do."""
    monkeypatch.setattr(time_budget, "time", SimpleNamespace(monotonic=lambda: 0.0))


@pytest.fixture
def unknown_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """No name is known, not even to a resolver that answers every one with an address of its own."""
    known = socket.getaddrinfo

    def look_up(host: str, *rest: Any, **more: Any) -> Any:
        if host != "127.0.0.1":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return known(host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


@pytest.fixture
def client(unhurried: None) -> CheckedClient:
    """A browser at a Portico with the settings above; every answer is checked (tests/support/pages.py)."""
    return browser(_default_app())


@pytest.fixture
def client_with(unhurried: None) -> Clients:
    """Make a browser at a Portico with other settings."""
    return lambda **settings: browser(_app(**settings) if settings else _default_app())


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    """Kratos and Hydra; what a test prepares has to be asked for, and nothing else may be."""
    with on_the_wire() as upstream:
        yield upstream


@contextmanager
def on_the_wire() -> Iterator[Upstream]:
    """The same for less than a test."""
    with responses.RequestsMock(assert_all_requests_are_fired=True) as mock:
        faked = Upstream(mock)
        without_schemas(mock)
        yield faked
        faked.check()


FRESH["client"] = lambda: nullcontext(browser(_default_app()))
FRESH["upstream"] = on_the_wire


@pytest.fixture
def logs(log: Log) -> StringIO:
    """Everything that is logged, at DEBUG, as the server writes it."""
    return log.lines


@pytest.fixture
def consent_page(client: CheckedClient, upstream: Upstream) -> TestResponse:
    """An open consent page of Ada's for three scopes."""
    upstream.asks("consent", requested_scope=SCOPES, requested_access_token_audience=["https://api"])
    upstream.signed_in()
    return client.get("/consent?consent_challenge=c")


@pytest.fixture
def body(consent_page: TestResponse) -> list[tuple[str, str]]:
    """What the form of that page posts, the button apart."""
    return fields(consent_page, "/consent")
