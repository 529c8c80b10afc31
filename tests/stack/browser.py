"""A browser without a screen, for the recorder and the contract suite: it keeps cookies and posts Kratos' forms."""

import re
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import requests

JSON = {"Accept": "application/json"}
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


class Browser:
    """One person's cookies against one Kratos; nothing follows redirects, so every answer can be looked at."""

    def __init__(self, public_url: str) -> None:
        self.public_url = public_url
        self.http = requests.Session()

    def get(self, path: str, headers: dict[str, str] = JSON, **query: Any) -> requests.Response:
        return self.http.get(self.public_url + path, params=query, headers=headers, allow_redirects=False, timeout=60)

    def begin(self, flow: str, **query: Any) -> dict[str, Any]:
        """Begin a flow (`settings`) and give its body."""
        body: dict[str, Any] = self._patiently(lambda: self.get(f"/self-service/{flow}/browser", **query)).json()
        return body

    def login(self, **query: Any) -> dict[str, Any]:
        return self.begin("login", **query)

    def read(self, flow_id: str, flow: str = "login") -> requests.Response:
        return self.get(f"/self-service/{flow}/flows", id=flow_id)

    def land(self, answer: requests.Response) -> dict[str, Any]:
        """Give the body of the flow a browser is sent to; AssertionError when it is sent elsewhere."""
        page, _, query = answer.headers.get("Location", answer.text).partition("?")
        match = re.match(r"flow=([0-9a-f-]{36})", query)
        assert match, f"sent to {page}?{query}"
        body: dict[str, Any] = self.read(match[1], page.rpartition("/")[2]).json()
        return body

    def at_provider(self, answer: requests.Response, **typed: str) -> requests.Response:
        """Type a name at the social provider the browser is sent to, and come back from there."""
        sent = self.http.post(answer.headers["Location"], data=typed, allow_redirects=False, timeout=60)
        return self.http.get(sent.headers["Location"], headers=HTML, allow_redirects=False, timeout=60)

    def post(self, flow: dict[str, Any], headers: Any = HTML, **fields: Any) -> requests.Response:
        """Post the form of `flow`, by default as a browser does."""
        form = {"csrf_token": csrf_token(flow)} | fields
        send = partial(self.http.post, data=form, headers=headers, allow_redirects=False, timeout=60)
        return self._patiently(lambda: send(flow["ui"]["action"]))

    def _patiently(self, ask: Callable[[], requests.Response]) -> requests.Response:
        """Kratos' database in memory is locked now and then, while its courier looks into it: then once more."""
        answer = ask()
        return ask() if self._has_failed(answer) else answer

    def _has_failed(self, answer: requests.Response) -> bool:
        _, _, error = answer.headers.get("Location", "").partition("/error?id=")
        if error:
            return bool(self.get("/self-service/errors", JSON, id=error).json().get("error", {}).get("code") == 500)
        return answer.status_code == 500 or "Unable to serialize access" in answer.text

    def whoami(self) -> requests.Response:
        return self.get("/sessions/whoami")


def csrf_token(flow: dict[str, Any]) -> str:
    """Find what the form carries against forgery."""
    return str(attribute(flow, "csrf_token"))


def attribute(flow: dict[str, Any], name: str, attribute: str = "value") -> Any:
    """Give an attribute of the flow's first node of that name, or id where it has no name; None when it has none."""
    nodes = [node["attributes"] for node in flow["ui"]["nodes"]]
    return next(node for node in nodes if node.get("name", node.get("id")) == name).get(attribute)


def totp_secret(flow: dict[str, Any]) -> str:
    """Find the key an authenticator app is to be given on a settings page."""
    return str(attribute(flow, "totp_secret_key", "text")["context"]["secret"])


def code_for(admin_url: str, recipient: str = "") -> str:
    """Read the newest one-time code mailed to `recipient`, by default to anybody, from the courier's queue."""
    query = {"recipient": recipient} if recipient else {}
    queue = requests.get(f"{admin_url}/admin/courier/messages", params=query, timeout=60).json()
    code: str = re.findall(r"\b\d{6}\b", queue[0]["body"])[0]
    return code


def wait_until(moment: float) -> None:
    """Sleep until a time.time() that may have passed already."""
    time.sleep(max(0.0, moment - time.time()))
