"""The stand-ins of Kratos and Hydra in this process, with time and chance that repeat themselves."""

from __future__ import annotations

import contextlib
import os
import random
from collections.abc import Mapping
from functools import cache
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import itsdangerous.timed
import pytest
from flask import Flask
from werkzeug.test import Client, EnvironBuilder, run_wsgi_app

import hydra.sandbox.__main__ as hydra_sandbox
import kratos.sandbox.__main__ as kratos_sandbox
from app.http import browser_session
from app.oauth2 import consent, login
from hydra.sandbox import logout
from kratos.sandbox import clock, totp
from kratos.sandbox.store import Store as KratosStore
from tests.machines.scene import CLIENTS, registered
from tests.machines.world import Reply, Servers
from tests.stack.stack import ROOT

NOW = 1_800_000_000.0
URLS = {
    "portico": "http://localhost:3000",
    "kratos_public": "http://localhost:4433",
    "kratos_admin": "http://127.0.0.1:4434",
    "hydra_public": "http://localhost:4444",
    "hydra_admin": "http://127.0.0.1:4445",
}
EMPTY = ("sessions", "flows", "errors", "journeys", "identities", "credentials")
FORGOTTEN = ("clients", "logins", "consents", "codes", "devices", "access_tokens", "refresh_tokens", "logouts")


@cache
def _apps() -> dict[int, Flask]:
    """The four APIs by port, made once: Hydra's key alone takes a tenth of a second."""
    with contextlib.chdir(ROOT):
        built = [*kratos_sandbox.build(ROOT / "kratos/kratos.yml"), *hydra_sandbox.build(ROOT / "hydra/hydra.yml")]
    return {address[1]: app for address, app in built}  # type: ignore[misc]


class Sandbox(Servers):
    """Both stand-ins; `begin` forgets everything, so that an example meets nothing of the one before."""

    urls = URLS

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._apps, self._random, self._time = _apps(), random.Random(0), NOW
        timer = SimpleNamespace(time=self.tick)
        patch.setattr(clock, "machine", timer)
        patch.setattr(totp, "time", timer)
        patch.setattr(itsdangerous.timed, "time", timer)
        for module in (browser_session, consent, login):
            patch.setattr(module, "time", self.tick)
        patch.setattr(os, "urandom", self._bytes)
        patch.setattr(random, "_urandom", self._bytes)
        patch.setattr(KratosStore, "_deliver", lambda *_: None)
        patch.setattr(logout, "call_in_background", self._call)

    def begin(self) -> None:
        """Everything as on the first day."""
        self._random, self._time = random.Random(0), NOW
        kratos, hydra = self._apps[4433].extensions["store"], self._apps[4445].extensions["store"]
        for name in EMPTY:
            getattr(kratos, name).clear()
        kratos.messages.clear()
        for name in FORGOTTEN:
            getattr(hydra, name).clear()
        for client in CLIENTS.values():
            self.admin("POST", f"{self.urls['hydra_admin']}/admin/clients", registered(client, pairwise=False))
            if client.pairwise:  # which the stand-in does not make; what Portico goes by is how Hydra tells it
                hydra.clients[client.name]["subject_type"] = "pairwise"

    def now(self) -> float:
        return self._time

    def tick(self) -> float:
        """The time, a little later each time it is looked at."""
        self._time += 0.001
        return self._time

    def forward(self, seconds: float) -> None:
        """Let time pass."""
        self._time += seconds

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> Reply:
        parts = urlsplit(url)
        builder = EnvironBuilder(
            parts.path or "/",
            f"{parts.scheme}://{parts.netloc}",
            query_string=parts.query,
            method=method,
            headers=dict(headers),
            data=body,
        )
        chunks, status, answered = run_wsgi_app(self._apps[parts.port or 80], builder.get_environ(), buffered=True)
        return Reply(int(status[:3]), list(answered.items()), b"".join(chunks))

    def second_factor(self, person: str, _email: str, _password: str) -> None:
        self._apps[4433].extensions["store"].credentials[person].totp = totp.new_secret()

    def secret_of(self, person: str) -> str:
        return str(self._apps[4433].extensions["store"].credentials[person].totp)

    def _bytes(self, count: int) -> bytes:
        return self._random.randbytes(count)

    def _call(self, method: str, url: str, **_: Any) -> None:
        port = urlsplit(url).port or 80
        if port in self._apps:
            Client(self._apps[port]).open(urlsplit(url).path, method=method)
