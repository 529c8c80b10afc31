"""Reads what Kratos sends a browser to: the flow of a login page, its messages, the error of an error page."""

from typing import Any

import requests

from kratos.sandbox.browser import Browser

BEGIN = "/self-service/login/browser"
HOME = "http://localhost:3000/"
BACK = "http://localhost:3000/login?login_challenge=a%2Fb+c&n=1"


def flow_of(answer: requests.Response) -> str:
    """Give the id of the flow a browser is sent to the login page with."""
    assert answer.status_code == 303, answer.text
    page, _, flow_id = answer.headers["Location"].partition("?flow=")
    assert page == "http://localhost:3000/login"
    return flow_id


def told(browser: Browser, answer: requests.Response) -> list[int]:
    """Give the ids of the messages on the page a browser is sent to, the flow's own first, then its nodes'."""
    ui = browser.read(flow_of(answer)).json()["ui"]
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
