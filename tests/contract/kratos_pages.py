"""Reads what Kratos sends a browser to: the flow of a login page, its messages, the error of an error page."""

from typing import Any

import requests

from kratos.recorder.placeholders import LEFT_OUT
from tests.stack.browser import Browser

BEGIN = "/self-service/login/browser"
HOME = "http://localhost:3000/"
BACK = "http://localhost:3000/login?login_challenge=a%2Fb+c&n=1"


def flow_of(answer: requests.Response) -> str:
    """Give the id of the flow a browser is sent to the login page with."""
    assert answer.status_code == 303, answer.text
    page, _, flow_id = answer.headers["Location"].partition("?flow=")
    assert page == "http://localhost:3000/login"
    return flow_id


def message_ids(browser: Browser, answer: requests.Response) -> list[int]:
    """Give the ids of the messages on the page a browser is sent to, the flow's own first, then its nodes'."""
    return messages(browser.land(answer))


def messages(flow: dict[str, Any]) -> list[int]:
    """Give the ids of a flow's messages, its own first, then its nodes'."""
    ui = flow["ui"]
    return [it["id"] for it in [*ui.get("messages", []), *(it for node in ui["nodes"] for it in node["messages"])]]


def error_of(browser: Browser, answer: requests.Response) -> dict[str, Any]:
    """Give the error behind the error page a browser is sent to."""
    assert answer.status_code == 303, answer.text
    page, _, error_id = answer.headers["Location"].partition("?id=")
    assert page == "http://localhost:3000/error"
    body = browser.get("/self-service/errors", id=error_id).json()
    assert body["id"] == error_id
    error: dict[str, Any] = body["error"]
    return error


def names_of(flow: dict[str, Any]) -> list[str]:
    """Give the names of a flow's inputs, those of passkeys and WebAuthn left out: the stand-in has none."""
    nodes = [node for node in flow["ui"]["nodes"] if node["group"] not in LEFT_OUT and node["type"] == "input"]
    return [node["attributes"]["name"] for node in nodes]


def methods_of(browser: Browser) -> list[tuple[str, str]]:
    """Give how the browser's session was authenticated: method and level, in order."""
    return [(it["method"], it["aal"]) for it in browser.whoami().json()["authentication_methods"]]
