"""Starts the Hydra stand-in and the real Hydra once per session and drives either with `requests`.

No page is needed: a test reads the Location header a browser would follow and answers the challenge on the admin API.
"""

import json
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import requests

from tests.stack.ports import Ports, reserve
from tests.stack.processes import PATIENCE
from tests.stack.stack import ROOT, Stack

CALLBACK = "http://localhost:5555/demo/callback"
SIGNED_OUT = "http://localhost:5555/demo/signed-out"
SECRET = "demo-secret-for-localhost-only"


class Listener(ThreadingHTTPServer):
    """Stands for Kratos' admin API and for an application's back-channel address: remembers what it was sent."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Recorder)
        self.calls: list[tuple[str, str, str]] = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def wait_for(
        self, wanted: Callable[[tuple[str, str, str]], bool], seconds: float = PATIENCE
    ) -> tuple[str, str, str] | None:
        """The first call (method, path, body) that is wanted, or None: both servers call in the background."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            match = next((call for call in list(self.calls) if wanted(call)), None)
            if match:
                return match
            time.sleep(0.02)
        return None


class Recorder(BaseHTTPRequestHandler):
    server: Listener

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        self.server.calls.append((self.command, self.path, body))
        self.send_response(204)
        self.end_headers()

    do_DELETE = do_POST  # noqa: N815 - http.server's name for it

    def log_message(self, *_: Any) -> None:
        pass


@dataclass
class Hydra:
    """One running server of either kind."""

    kind: str
    public: str
    admin: str
    listener: Listener

    def call(self, method: str, path: str, **arguments: Any) -> requests.Response:
        return requests.request(method, f"{self.admin}/admin{path}", timeout=60, **arguments)

    def ask(self, kind: str, challenge: str) -> dict[str, Any]:
        """The login, consent or logout request behind a challenge."""
        answer = self.call("GET", f"/oauth2/auth/requests/{kind}", params={f"{kind}_challenge": challenge})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def decide(self, kind: str, decision: str, challenge: str, **body: Any) -> str:
        """Accept or reject: where the browser goes next."""
        path = f"/oauth2/auth/requests/{kind}/{decision}"
        answer = self.call("PUT", path, params={f"{kind}_challenge": challenge}, json=body)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["redirect_to"])

    def create_client(self, **body: Any) -> dict[str, Any]:
        demo = json.loads((ROOT / "hydra/clients.json").read_text())[0]
        body = {**demo, "client_id": f"client-{uuid4()}", **body}
        answer = self.call("POST", "/clients", json=body)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def token(self, auth: tuple[str, str] | None = ("demo", SECRET), **form: str) -> requests.Response:
        return requests.post(f"{self.public}/oauth2/token", data=form, auth=auth, timeout=60)

    def exchange(self, code: str, **form: str) -> dict[str, Any]:
        answer = self.token(grant_type="authorization_code", code=code, redirect_uri=CALLBACK, **form)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def userinfo(self, access_token: str) -> requests.Response:
        headers = {"Authorization": f"Bearer {access_token}"}
        return requests.get(f"{self.public}/userinfo", headers=headers, timeout=60)


def query(response: requests.Response | str) -> dict[str, str]:
    """The query of a Location header or of a URL."""
    url = response if isinstance(response, str) else response.headers["Location"]
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))


@dataclass
class Browser:
    """A cookie jar at one server, which never follows a redirect by itself."""

    hydra: Hydra
    session: requests.Session = field(default_factory=requests.Session)

    def open(self, url: str, **arguments: Any) -> requests.Response:
        return self.session.get(url, allow_redirects=False, timeout=60, **arguments)

    def authorize(self, **changes: str | None) -> requests.Response:
        request = {"client_id": "demo", "response_type": "code", "redirect_uri": CALLBACK} | {"scope": "openid profile"}
        merged = {**request, "state": "state-12345678", **changes}
        return self.open(f"{self.hydra.public}/oauth2/auth", params={k: v for k, v in merged.items() if v is not None})

    def login_challenge(self, **changes: str | None) -> str:
        return query(self.authorize(**changes))["login_challenge"]

    def log_in(self, challenge: str, **accepted: Any) -> requests.Response:
        """What comes after an accepted login: the consent page or an error at the application."""
        subject = accepted.pop("subject", None) or self.hydra.ask("login", challenge)["subject"]
        body = {"subject": subject, "remember": True, "remember_for": 3600, **accepted}
        return self.open(self.hydra.decide("login", "accept", challenge, **body))

    def consent(self, challenge: str, **accepted: Any) -> requests.Response:
        scope = self.hydra.ask("consent", challenge)["requested_scope"]
        return self.open(self.hydra.decide("consent", "accept", challenge, **{"grant_scope": scope, **accepted}))

    def sign_in(
        self,
        subject: str,
        *,
        login: dict[str, Any] | None = None,
        consent: dict[str, Any] | None = None,
        **changes: Any,
    ) -> dict[str, str]:
        """From the application's request to the query of its callback."""
        after_login = self.log_in(self.login_challenge(**changes), **{"subject": subject, **(login or {})})
        return query(self.consent(query(after_login)["consent_challenge"], **(consent or {})))

    def tokens(self, subject: str, **arguments: Any) -> dict[str, Any]:
        return self.hydra.exchange(self.sign_in(subject, **arguments)["code"])

    def log_out(self, **parameters: str) -> requests.Response:
        return self.open(f"{self.hydra.public}/oauth2/sessions/logout", params=parameters)


class Running:
    """Context manager: one server of the kind, with a listener and the clients of hydra/clients.json."""

    def __init__(self, kind: str, ttl: dict[str, str] | None = None) -> None:
        self.listener = Listener()
        free, _, self._lock = reserve()
        settings = {f"ttl.{name}": value for name, value in (ttl or {}).items()}
        settings["urls.identity_provider.url"] = self.listener.url  # in the place of Kratos
        ports = Ports(hydra_public=free.hydra_public, hydra_admin=free.hydra_admin)
        self._stack = Stack(kind, ports, hydra=settings, programs=["hydra"])
        self.hydra = Hydra(kind, self._stack.urls["hydra_public"], self._stack.urls["hydra_admin"], self.listener)

    def __enter__(self) -> Self:
        with ExitStack() as begun:
            begun.enter_context(self._lock)
            begun.callback(self.listener.server_close)
            begun.callback(self.listener.shutdown)
            begun.enter_context(self._stack)
            for client in json.loads((ROOT / "hydra/clients.json").read_text()):
                client["backchannel_logout_uri"] = f"{self.listener.url}/{client['client_id']}"
                assert self.hydra.call("POST", "/clients", json=client).status_code == 201
            self._begun = begun.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._begun.close()
