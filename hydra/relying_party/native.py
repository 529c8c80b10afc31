"""A native app that signs people in with a provider through their browser, and gets a session token of Kratos' own.

`python -m hydra.relying_party.native --kratos http://localhost:4433 --portico http://localhost:3000`

An app without OAuth2: Kratos alone, with two codes. The one it gives the app when the flow is begun is never shown to
a browser; the other one comes back through the browser, and is worth nothing without the first.
"""

import argparse
import webbrowser
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import requests

JSON, TIMEOUT = {"Accept": "application/json"}, 10  # seconds
GO_BACK = b"You can close this tab and go back to the app.\n"


class Loopback(HTTPServer):
    """The app's own address, on this machine only (RFC 8252 7.3); `arrived` is the query somebody came back with."""

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), Arrival)
        self.url = f"http://127.0.0.1:{port}/callback"
        self.arrived: dict[str, str] | None = None

    def wait(self) -> dict[str, str]:
        self.arrived = None
        while self.arrived is None:
            self.handle_request()
        return self.arrived


class Arrival(BaseHTTPRequestHandler):
    server: Loopback

    def do_GET(self) -> None:
        """Keep the query of the callback; browsers ask for an icon, too."""
        parts = urlsplit(self.path)
        is_callback = parts.path == "/callback"
        if is_callback:
            self.server.arrived = dict(parse_qsl(parts.query))
        self.send_response(200 if is_callback else 404)
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        self.wfile.write(GO_BACK if is_callback else b"")

    def log_message(self, *_: Any) -> None:
        """Print nothing: the query has a code."""


@dataclass
class App:
    """The app: where Kratos and Portico are, the provider's id in kratos.yml, where the browser comes back to."""

    kratos: str
    portico: str
    provider: str
    loopback: Loopback
    opens_browser: bool

    def sign_in(self) -> str:
        """A session token; ends with Kratos' words when the person or Kratos says no."""
        flow = self.begin()
        code = self.through_browser(self.to_provider(flow))
        if not code:
            self.stop_if_refused(flow["id"])
            self.sign_up()
            flow = self.begin()
            code = self.through_browser(self.to_provider(flow))
        codes = {"init_code": flow["session_token_exchange_code"], "return_to_code": code}
        token: str = self.ask("/sessions/token-exchange", codes)["session_token"]
        return token

    def begin(self) -> dict[str, Any]:
        """A login flow of the app's own, with the code that stays here."""
        query = {"return_session_token_exchange_code": "true", "return_to": self.loopback.url}
        return self.ask("/self-service/login/api", query)

    def to_provider(self, flow: dict[str, Any]) -> str:
        """Choose the provider; Kratos answers 422 with the address that the browser has to go to."""
        chosen = {"method": "oidc", "provider": self.provider}
        answer = requests.post(flow["ui"]["action"], json=chosen, headers=JSON, timeout=TIMEOUT)
        if answer.status_code != 422:
            raise SystemExit(f"Kratos does not know the provider {self.provider}.")
        url: str = answer.json()["redirect_browser_to"]
        return url

    def stop_if_refused(self, flow_id: str) -> None:
        """Whoever cancels at the provider comes back without a code, and the flow says why."""
        messages = self.ask("/self-service/login/flows", {"id": flow_id})["ui"].get("messages") or []
        if messages:
            raise SystemExit(" ".join(message["text"] for message in messages))

    def sign_up(self) -> None:
        """Let Portico make the account, in the browser.

        No code and no reason: the person is new, and the provider does not tell all that an account needs. Kratos
        v26.2.0 can ask for it in a browser's flow, but forgets what is typed for an app's.
        """
        self.through_browser(f"{self.portico}/registration?{urlencode({'return_to': self.loopback.url})}")

    def through_browser(self, url: str) -> str:
        """The code somebody comes back with, "" for none."""
        print(f"Go on in your browser: {url}", flush=True)
        if self.opens_browser:
            webbrowser.open(url)
        return self.loopback.wait().get("code", "")

    def ask(self, path: str, query: dict[str, str], token: str = "") -> dict[str, Any]:
        """Kratos' answer; no cookies: Kratos refuses them in an app's flow."""
        headers = JSON | ({"Authorization": f"Bearer {token}"} if token else {})
        answer = requests.get(self.kratos + path, params=query, headers=headers, timeout=TIMEOUT)
        if "json" not in answer.headers.get("Content-Type", ""):
            raise SystemExit("There are no flows for apps here: the sandbox has none, put Ory's kratos on PATH.")
        if answer.status_code != 200:
            error = answer.json()["error"]
            raise SystemExit(error.get("reason") or error["message"])
        return dict(answer.json())


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m hydra.relying_party.native", description="A native app's sign-in")
    parser.add_argument("--kratos", default="http://localhost:4433", help="Kratos' public API")
    parser.add_argument("--portico", default="http://localhost:3000")
    parser.add_argument("--provider", default="demo-id", help="the id of a social provider in kratos.yml")
    parser.add_argument("--port", type=int, default=5556, help="where the browser comes back, see allowed_return_urls")
    parser.add_argument("--no-browser", action="store_true", help="only print the address to open")
    options = parser.parse_args()
    with Loopback(options.port) as loopback:
        app = App(options.kratos, options.portico, options.provider, loopback, not options.no_browser)
        token = app.sign_in()
    session = app.ask("/sessions/whoami", {}, token)
    print(f"Signed in as {session['identity']['traits']['email']} until {session['expires_at']}.")


if __name__ == "__main__":
    main()
