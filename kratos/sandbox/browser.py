"""A browser without a screen, for the recorder and the contract suite: it keeps cookies and posts Kratos' forms."""

import re
import time
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
        return self.http.get(self.public_url + path, params=query, headers=headers, allow_redirects=False, timeout=10)

    def login(self, **query: Any) -> dict[str, Any]:
        """Begin a login flow and give its body."""
        flow: dict[str, Any] = self.get("/self-service/login/browser", **query).json()
        return flow

    def read(self, flow_id: str) -> requests.Response:
        return self.get("/self-service/login/flows", id=flow_id)

    def post(self, flow: dict[str, Any], headers: dict[str, str] = HTML, **fields: Any) -> requests.Response:
        """Post the form of `flow`, by default as a browser does."""
        form = {"csrf_token": csrf_token(flow)} | fields
        action = flow["ui"]["action"]
        return self.http.post(action, data=form, headers=headers, allow_redirects=False, timeout=10)

    def whoami(self) -> requests.Response:
        return self.get("/sessions/whoami")


def csrf_token(flow: dict[str, Any]) -> str:
    """Find what the form carries against forgery."""
    return str(attribute(flow, "csrf_token"))


def attribute(flow: dict[str, Any], name: str, attribute: str = "value") -> Any:
    """Give an attribute of the flow's first node of that name; None when the node has none."""
    nodes = [node["attributes"] for node in flow["ui"]["nodes"]]
    return next(node for node in nodes if node["name"] == name).get(attribute)


def code_for(admin_url: str, recipient: str) -> str:
    """Read the newest one-time code mailed to `recipient` from the courier's queue."""
    queue = requests.get(f"{admin_url}/admin/courier/messages", params={"recipient": recipient}, timeout=10).json()
    found: str = re.findall(r"\b\d{6}\b", queue[0]["body"])[0]
    return found


def wait_until(moment: float) -> None:
    """Sleep until a time.time() that may have passed already."""
    time.sleep(max(0.0, moment - time.time()))
