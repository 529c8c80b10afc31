"""Hydra's cookies: the login session, and per client one against forged answers of the login and the consent page."""

import secrets
from typing import Any
from zlib import crc32

from flask import Response, after_this_request, request

from hydra.sandbox.errors import OAuth2Error, refuse_if
from hydra.sandbox.store import Config, Store


class Cookies:
    """Reads them from the request at hand and sets them on its answer, whatever that turns out to be."""

    def __init__(self, config: Config, store: Store) -> None:
        self.config, self.store = config, store
        self.suffix = "_dev" if config.dev else ""

    def set(self, name: str, value: str, max_age: float) -> None:
        @after_this_request
        def add(answer: Response) -> Response:
            secure, same_site = not self.config.dev, self.config.same_site
            answer.set_cookie(name, value, max_age=int(max_age), secure=secure, httponly=True, samesite=same_site)
            return answer

    def sid(self) -> str:
        """Of the login session this browser presents; empty without one."""
        try:
            return str(self.store.open("cookie", request.cookies.get(f"ory_hydra_session{self.suffix}", ""))["sid"])
        except OAuth2Error:
            return ""

    def set_session(self, sid: str, remember_for: int) -> None:
        max_age = remember_for or self.config.ttl["authentication_session"]
        self.set(f"ory_hydra_session{self.suffix}", self.store.seal("cookie", {"sid": sid}), max_age)

    def clear_session(self) -> None:
        self.set(f"ory_hydra_session{self.suffix}", "", 0)

    def csrf_name(self, step: str, client: dict[str, Any] | None) -> str:
        # One per client, so a second tab of the same client breaks the first. Hydra's number is a murmur3 hash.
        number = f"_{crc32(client['client_id'].encode())}" if client and step != "device" else ""
        return f"ory_hydra_{step}_csrf{self.suffix}{number}"

    def set_csrf(self, step: str, client: dict[str, Any] | None) -> str:
        csrf = secrets.token_hex(16)
        self.set(self.csrf_name(step, client), csrf, self.config.ttl["login_consent_request"])
        return csrf

    def check_csrf(self, step: str, flow: dict[str, Any]) -> None:
        csrf = request.cookies.get(self.csrf_name(step, flow["client"]))
        refuse_if(csrf is None, "request_forbidden", "No CSRF value available in the session cookie.")
        hint = "The CSRF value from the token does not match the CSRF value from the data store."
        refuse_if(csrf != flow[f"{step}_csrf"], "request_forbidden", hint)
