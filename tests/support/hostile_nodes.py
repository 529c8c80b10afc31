"""Nodes for the tests with hostile ones, and the page they are shown on."""

from tests.payloads.bodies import kind_of, load
from tests.support.pages import parsed
from tests.support.upstream import KRATOS

BODIES = ["login/unified", "registration/credentials", "settings/everything", "verification/code_sent"]


def node(kind="input", group="default", label="Label", **attributes):
    if kind == "input":
        attributes = {"type": "text", "name": "odd", "disabled": False} | attributes
    return {
        "type": kind,
        "group": group,
        "attributes": {"node_type": kind} | attributes,
        "messages": [],
        "meta": {"label": {"id": 1070002, "text": label, "type": "info"}} if label else {},
    }


def shown(client, upstream, name, *added, messages=()):
    """The page of a body with these nodes added; what can be pressed in it without them still can."""
    body = load(name)
    body["ui"]["nodes"] += added
    body["ui"]["messages"] = [*body["ui"].get("messages", []), *messages]
    page = answer_for(client, upstream, name, body)
    assert page.status_code == 200
    assert parsed(page).find("button", {"name": "method"})
    return parsed(page)


def answer_for(client, upstream, name, body):
    upstream.mock.assert_all_requests_are_fired = False
    upstream.on("GET", f"{KRATOS}/self-service/{kind_of(name)}/flows", 200, body)
    upstream.asks("login")
    upstream.signed_in()
    return client.get(f"/{kind_of(name)}?flow=f")
