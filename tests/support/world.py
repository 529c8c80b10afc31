"""A browser, Portico, Kratos and Hydra, and the log of what happens: for the tests of its events."""

import json
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.support.pages import CheckedClient, fields
from tests.support.upstream import ADA, Upstream

LOGIN, CONSENT = "/login?login_challenge=c", "/consent?consent_challenge=c"
HERS = {"client_id": "demo", "identity_id": ADA, "session_id": "session-1"}


class World:
    """A browser at Portico, Kratos and Hydra behind it, and the log since the last page."""

    def __init__(
        self,
        client_with: Callable[..., CheckedClient],
        upstream: Upstream,
        logs: StringIO,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        self.client_with, self.client, self.upstream = client_with, client_with(), upstream
        self.logs, self.monkeypatch = logs, monkeypatch
        self.beside: set[str] = set()
        self.begin()

    def begin(self) -> None:
        """Forget what led here."""
        self.logs.seek(0)
        self.logs.truncate()

    def press(self, page: TestResponse, action: str, button: tuple[str, str]) -> None:
        """Press a button of a page; what was logged before does not count."""
        self.begin()
        self.client.submit(page, action, button)

    def events(self) -> list[dict[str, Any]]:
        """What was logged beside the requests."""
        lines = [json.loads(line) for line in self.logs.getvalue().splitlines()]
        return [line for line in lines if line["event"] != "request"]

    def logged(self, name: str) -> dict[str, Any]:
        """The fields of the event of this name, which comes once, and alone but for those it may come with."""
        events = self.events()
        [event] = [event for event in events if event["event"] == name]
        assert {event["event"] for event in events} <= {name, *self.beside}
        del event["event"]
        return {key: value for key, value in event.items() if key not in ("level", "timestamp", "request_id")}


def consent_page(world: World, **request: Any) -> TestResponse:
    """An open consent page of Ada's for two scopes."""
    world.upstream.asks("consent", requested_scope=["openid", "email"], **request)
    world.upstream.signed_in()
    return world.client.get(CONSENT)


def type_code(world: World) -> None:
    """Send the code of a device."""
    body = dict(fields(world.client.get("/device?device_challenge=c"), "/device"))
    world.begin()
    world.client.send("/device", [*(body | {"user_code": "aB3xY9zQ"}).items()])
