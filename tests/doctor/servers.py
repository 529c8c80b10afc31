"""Kratos and Hydra of a healthy deployment on a faked wire; a test changes what it wants broken."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from app.config.settings import Settings
from app.doctor import command
from app.doctor.client import Applications
from app.doctor.probe import Probe
from app.doctor.report import exit_status, lines
from app.errors import UpstreamUnavailable
from app.http.doctors_question import ANSWER, LONG, QUESTION, ROOM
from app.ory.transport import Reply

PUBLIC, KRATOS, KRATOS_ADMIN = "https://login.example.org", "http://kratos:4433", "http://kratos:4434"
BROWSER_KRATOS, HYDRA, HYDRA_ADMIN = "https://kratos.example.org", "https://hydra.example.org", "http://hydra:4445"
SETTINGS: dict[str, Any] = {
    "public_url": PUBLIC,
    "secret_key": "Vq3-pX8sLw0_Zt5yRk7uBn2mCg9dHf4jAe6i",
    "kratos_public_url": KRATOS,
    "kratos_browser_url": BROWSER_KRATOS,
    "kratos_admin_url": KRATOS_ADMIN,
    "hydra_admin_url": HYDRA_ADMIN,
    "hydra_public_url": HYDRA,
    "forwarded_hops": 1,
}
CLIENT = {
    "client_id": "demo",
    "client_name": "Demo",
    "redirect_uris": ["https://app.example.org/callback"],
    "grant_types": ["authorization_code", "refresh_token"],
    "response_types": ["code"],
    "scope": "openid offline_access photos.*",
    "audience": ["https://api.example.org"],
    "token_endpoint_auth_method": "client_secret_basic",
}


def schema(**credentials: Any) -> dict[str, Any]:
    """What Kratos lists of an identity schema with one trait, an email."""
    email = {"type": "string", "title": "Email", "ory.sh/kratos": {"credentials": credentials}}
    traits = {"type": "object", "properties": {"email": email}}
    return {"id": "person", "schema": {"properties": {"traits": traits}}}


class BoundWire:
    """The servers asked with a token."""

    def __init__(self, servers: Servers, token: str) -> None:
        self.servers, self.token = servers, token

    def __call__(self, service: str, method: str, url: str, headers: Mapping[str, str], body: Any = None) -> Reply:
        shown = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return self.servers(service, method, url, {**headers, **shown}, body)


class Servers:
    """What the servers would answer; `silent` are addresses where nobody does."""

    def __init__(self) -> None:
        self.public = PUBLIC
        self.portico = Reply(200, {}, json.dumps({"enroll": f"{PUBLIC}/settings#passkey"}).encode())
        self.cache_control, self.room = "no-store", 32_768  # of proxies: characters of an address with all headers
        self.other_replica = False  # which has another secret key answers every second question
        self.forwarded: str | None = "198.51.100.7"  # what a proxy has made of X-Forwarded-For; None: nothing is told
        self.ui = {flow: f"{PUBLIC}/{flow}" for flow in ("login", "registration", "recovery", "verification", "error")}
        self.disabled: set[str] = set()
        self.without_method: set[str] = set()
        self.failing: dict[str, str] = {}  # flows that Kratos cannot begin, with its words
        self.allowed_return = PUBLIC
        self.action = f"{BROWSER_KRATOS}/self-service/login?flow=f"
        self.cookie = "csrf_token_0a=x; Path=/; Domain=example.org; Max-Age=1; HttpOnly; Secure; SameSite=Lax"
        self.cookie_outside = ""  # what a proxy makes of it, if anything
        self.nodes: list[Any] = [{"type": "script", "attributes": {}}]
        self.nodes += [
            {"attributes": {"name": "identifier"}},
            {"group": "password", "attributes": {"name": "password"}},
        ]
        self.schemas: Any = [schema(password={"identifier": True}, passkey={"display_name": True})]
        self.mails: list[Any] = []
        self.rp_id = "example.org"
        self.script, self.origins = 200, PUBLIC
        self.versions = {KRATOS_ADMIN: "v26.2.0", HYDRA_ADMIN: "v26.2.0"}
        self.ahead = {KRATOS: 0, HYDRA_ADMIN: 0}
        self.silent: set[str] = set()
        self.unready: set[str] = set()
        self.clients: list[Any] = [CLIENT]
        self.missing: Any = {"error": "Unable to locate the resource"}  # Hydra's words for a client it does not know
        self.admin_is_public = self.kratos_admin_is_public = False
        self.open_at_portico: set[str] = set()  # paths of admin APIs that a proxy leads to there
        self.is_one_hydra = True  # whose two APIs know the same sign-ins
        self.issuer = self.hydra_calls_itself = HYDRA
        self.hydra_cookie = "ory_hydra_login_csrf_1=x; Path=/; Max-Age=1; HttpOnly; Secure; SameSite=Lax"
        names = {"login": "login", "registration": "registration", "error": "error"}
        names |= {"post_logout_redirect": "signed-out", "device": "device"}
        self.urls = {name: f"{PUBLIC}/{page}" for name, page in names.items()}
        self.refusal, self.description, self.refused_logout = "", "Because.", ""
        self.calls: list[str] = []
        self.tokens: dict[str, str] = {}
        self.without_token, self.moved, self.hydra = 401, dict[str, str](), HYDRA
        self.token_shown: set[tuple[str, str]] = set()

    def bearing(self, token: str) -> BoundWire:
        """The transport of one API, which shows a token."""
        return BoundWire(self, token)

    def at(self, public: str) -> None:
        """Portico is said to be there, by Kratos and Hydra too."""
        self.allowed_return = self.public = public
        self.portico = Reply(200, {}, json.dumps({"enroll": f"{public}/settings"}).encode())
        for pages in (self.ui, self.urls):
            pages.update({name: page.replace(PUBLIC, public) for name, page in pages.items()})

    def deployment(self, **settings: Any) -> tuple[list[str], int]:
        """What the doctor says of the deployment, and its exit status."""
        ask = Probe(self)  # type: ignore[arg-type]
        report = command.examine_deployment(Settings(**SETTINGS | settings), ask, ask)
        return lines(report), exit_status(report)

    def client(self, client_id: str) -> tuple[list[str], int]:
        """What it says of a client."""
        report = [*self.applications().client(client_id)]
        return lines(report), exit_status(report)

    def request(self, url: str, **settings: Any) -> tuple[list[str], int]:
        """What it says of an application's request."""
        report = [*self.applications(**settings).request(url)]
        return lines(report), exit_status(report)

    def applications(self, **settings: Any) -> Applications:
        return Applications(Settings(**SETTINGS | settings), Probe(self), Probe(self))  # type: ignore[arg-type]

    def __call__(self, service: str, method: str, url: str, headers: Mapping[str, str], body: Any = None) -> Reply:
        assert method == "GET"
        self.calls.append(url)
        parts = urlsplit(url)
        server = f"{parts.scheme}://{parts.netloc}"
        if token := headers.get("Authorization"):
            self.token_shown.add((server, token))
        if self.tokens.get(server, token) != token:
            return Reply(self.without_token, {}, b"{}")
        if server in self.moved:
            return Reply(301, {"Location": self.moved[server]}, b"")
        is_portico = parts.path.endswith("/.well-known/passkey-endpoints")
        if server in self.silent or (is_portico and not url.startswith(f"{self.public}/.well-known/")):
            raise UpstreamUnavailable(service, "no answer: ConnectionError")
        if is_portico:
            return self.of_portico(headers, len(url))
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        answer = self.common(server, parts.path)
        if answer is None and ("kratos" in server or server == self.public):  # as where both share one host name
            answer = self.of_kratos(server, parts.path, query, headers)
        status, there, payload = answer or self.of_hydra(server, parts.path, query)
        now = formatdate(time.time() + self.ahead.get(server, 0), usegmt=True)
        cookie = self.cookie if "kratos" in server or server == self.public else self.hydra_cookie
        cookie = (server == BROWSER_KRATOS and self.cookie_outside) or cookie
        more = {"Location": there, "Date": now, "Set-Cookie": cookie}
        if parts.path.endswith(".js") and self.origins:
            more["Access-Control-Allow-Origin"] = self.origins
        return Reply(status, more, json.dumps(payload).encode())

    def of_portico(self, headers: Mapping[str, str], length: int) -> Reply:
        """It tells what has become of the address that the doctor makes up."""
        received = {} if self.forwarded is None else {ANSWER: self.forwarded}
        assert headers["X-Forwarded-For"]
        assert headers[QUESTION]
        if ROOM in headers[QUESTION]:
            received[ROOM] = LONG
            if length + len(LONG) > self.room:
                return Reply(502, {}, b"")
            received = {} if self.other_replica else received
        own = {"Cache-Control": self.cache_control, **self.portico.headers}
        return Reply(self.portico.status, {**own, **received}, self.portico.body)

    def common(self, server: str, path: str) -> tuple[int, str, Any] | None:
        if server == PUBLIC and path.startswith("/admin/"):
            return (200, "", []) if path in self.open_at_portico else (404, "", None)
        if path.startswith("/health/"):
            return (503 if server in self.unready and path == "/health/ready" else 200), "", {}
        return (200, "", {"version": self.versions[server]}) if path == "/version" else None

    def of_kratos(
        self, server: str, path: str, query: Mapping[str, str], headers: Mapping[str, str]
    ) -> tuple[int, str, Any]:
        """Each of its two APIs sends on to the other what is the other's."""
        is_admin = server == KRATOS_ADMIN
        if path in ("/schemas", "/admin/courier/messages"):
            return 200, "", self.schemas if path == "/schemas" else self.mails
        if path == "/admin/identities":
            return (200, "", []) if is_admin or self.kratos_admin_is_public else (307, f"{KRATOS_ADMIN}{path}", None)
        if path == "/sessions/whoami":
            error = {"code": 401, "reason": "No valid session credentials found in the request."}
            return (307, f"{BROWSER_KRATOS}{path}", None) if is_admin else (401, "", {"error": error})
        if path.endswith(".js"):
            return self.script, "", None
        return self.flow(path, query, headers) if path.startswith("/self-service") else (404, "", None)

    def flow(self, path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> tuple[int, str, Any]:
        flow = path.split("/")[2]
        back = query.get("return_to", "")
        refused: dict[str, Any] = {}
        if flow in self.failing:
            refused = {"code": 500, "message": self.failing[flow]}
        elif flow in self.disabled:
            refused = {"code": 400, "reason": f"{flow} is not allowed because it was disabled."}
        elif flow in self.without_method:
            refused = {"code": 400, "reason": f"The active {flow} strategy code is not enabled. Please enable it ..."}
        elif back and not back.startswith(self.allowed_return):
            refused = {"id": "self_service_flow_return_to_forbidden", "code": 400}
        if headers["Accept"] == "text/html":
            return 303, f"{self.ui['error']}?id=e" if refused else f"{self.ui[flow]}?flow=f", None
        return (
            (refused.get("code", 400), "", {"error": refused})
            if refused
            else (200, "", {"ui": {"action": self.action, "nodes": [*self.nodes, *self.passkeys()]}})
        )

    def passkeys(self) -> list[Any]:
        """The node of a login flow that holds the options for passkeys, where there are any."""
        value = json.dumps({"publicKey": {"rpId": self.rp_id}})
        node = {"group": "passkey", "attributes": {"name": "passkey_challenge", "value": value}}
        return [node] if self.rp_id else []

    def of_hydra(self, server: str, path: str, query: Mapping[str, str]) -> tuple[int, str, Any]:
        clients = {client["client_id"]: client for client in self.clients}
        if path == "/admin/oauth2/auth/requests/login":
            return (200, "", {}) if self.is_one_hydra else (404, "", {"error": "Not Found"})
        if path.startswith("/admin/clients") and (server == HYDRA_ADMIN or self.admin_is_public):
            name = path.removeprefix("/admin/clients").strip("/")
            return (
                (200, "", clients[name] if name else self.clients)
                if not name or name in clients
                else (404, "", self.missing)
            )
        if server != self.hydra:
            return 404, "", {}
        return self.authorization(query, clients) if path == "/oauth2/auth" else self.hydra_page(path)

    def hydra_page(self, path: str) -> tuple[int, str, Any]:
        if path == "/oauth2/sessions/logout":
            described = {"error": "invalid_request", "error_description": self.refused_logout}
            refused = f"{self.urls['error']}?{urlencode(described)}"
            return 302, refused if self.refused_logout else self.urls["post_logout_redirect"], None
        if path == "/oauth2/device/verify":
            return 302, f"{self.urls['device']}?device_challenge=c", None
        if path == "/.well-known/openid-configuration":
            endpoint = f"{self.hydra_calls_itself}/oauth2/auth"
            return 200, "", {"issuer": self.issuer, "authorization_endpoint": endpoint}
        return 404, "", {}

    def authorization(self, query: Mapping[str, str], clients: Mapping[str, Any]) -> tuple[int, str, Any]:
        if query.get("client_id") not in clients or not clients[query["client_id"]]["redirect_uris"]:
            return 302, f"{self.urls['error']}?error=invalid_client&error_description=Unknown.", None
        if self.refusal or query["client_id"] == "other":
            refused = urlencode({"error": self.refusal, "error_description": self.description})
            return 303, f"https://app.example.org/callback?{refused}", None
        page = "registration" if query.get("prompt") == "registration" else "login"
        return 302, f"{self.urls[page]}?login_challenge=c", None
