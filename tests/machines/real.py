"""Ory's own servers behind a Portico in this process."""

from __future__ import annotations

import time
from collections.abc import Mapping

import urllib3

from kratos.sandbox.totp import code_at
from tests.machines.records import query_of
from tests.machines.scene import CLIENTS, registered
from tests.machines.world import Reply, Servers
from tests.stack.browser import Browser, totp_secret
from tests.stack.stack import Stack


class Real(Servers):
    """Kratos and Hydra of a running stack; nothing but their own clock moves time, and persons are new each time."""

    is_real = True

    def __init__(self, stack: Stack) -> None:
        self.urls = stack.urls
        self._http = urllib3.PoolManager()
        for client in CLIENTS.values():
            self.admin("POST", f"{self.urls['hydra_admin']}/admin/clients", registered(client, pairwise=True))

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> Reply:
        sent = {name: value for name, value in headers.items() if name.lower() != "content-length"}
        answer = self._http.request(method, url, body=body or None, headers=sent, redirect=False, retries=False)
        return Reply(answer.status, list(answer.headers.items()), answer.data)

    def now(self) -> float:
        return time.time()

    def second_factor(self, person: str, email: str, password: str) -> None:
        """Set it up on the page of settings, as people do; before Portico's calls are looked at."""
        browser = Browser(self.urls["kratos_public"])
        browser.post(browser.login(), method="password", identifier=email, password=password)
        flow = browser.begin("settings")
        secret = totp_secret(flow)
        browser.post(flow, method="totp", totp_code=code_at(secret, time.time()))

    def secret_of(self, person: str) -> str:
        """Of the keys that settings have shown, the one that was taken."""
        url = f"{self.urls['kratos_admin']}/admin/identities/{person}?include_credential=totp"
        config = self.admin("GET", url)["credentials"].get("totp", {}).get("config") or {}
        return query_of(config.get("totp_url", "")).get("secret", "")
