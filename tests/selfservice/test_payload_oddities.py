"""Values Ory's generated clients stumble over cost no page here: what remains of the body can be used.

The cases are those in which ory-client 1.22's models raise, and those in which they do not; new enum values have kept
arriving in Kratos since 2021 (ory/kratos#4578, ory/kratos#4526, ory/sdk#444, #409, #231, #130, #95, #11).
"""

from collections.abc import Callable
from typing import Any

from tests.payloads.bodies import load
from tests.support.cases import each_case
from tests.support.pages import parsed
from tests.support.upstream import ADA, EMAILS, KRATOS

Change = Callable[[dict[str, Any]], Any]


def node(kind: str = "input", group: str = "password", **attributes: Any) -> dict[str, Any]:
    """A node of the page's."""
    if kind == "input":
        attributes = {"name": "odd", "type": "text", "disabled": False} | attributes
    label = {"id": 1070002, "text": "Odd", "type": "info"}
    attributes = {"node_type": kind} | attributes
    return {"type": kind, "group": group, "attributes": attributes, "messages": [], "meta": {"label": label}}


def plus(added: dict[str, Any]) -> Change:
    """One more node."""
    return lambda body: body["ui"]["nodes"].append(added)


def without(name: str) -> dict[str, Any]:
    """A node that lacks one of its parts."""
    made = node()
    del made[name]
    return made


def top(**values: Any) -> Change:
    """Other values of the flow itself."""
    return lambda body: body.update(values)


def ui(**values: Any) -> Change:
    """Other values of the flow's `ui`."""
    return lambda body: body["ui"].update(values)


def lacking(name: str) -> Change:
    """A flow without one of its parts."""
    return lambda body: body.pop(name, None)


def message(**values: Any) -> Change:
    """A message with other values."""
    return ui(messages=[{"id": 4000001, "text": "Said", "type": "error"} | values])


def typeless() -> dict[str, Any]:
    """A node without `node_type`."""
    made = node()
    del made["attributes"]["node_type"]
    return made


FLOWS: dict[str, Change] = {
    "unknown node type": plus(node("hologram", id="odd")),
    "unknown node_type": plus(node() | {"attributes": {"node_type": "hologram", "name": "odd", "type": "text"}}),
    "no node_type": plus(typeless()),
    "no type": plus(without("type")),
    "no group": plus(without("group")),
    "no attributes": plus(without("attributes")),
    "unknown group": plus(node(group="deviceauthn")),
    "unknown input type": plus(node(type="color")),
    "unknown autocomplete": plus(node(autocomplete="username")),
    "unknown trigger": plus(node(type="button", onclickTrigger="oryDeviceAuthn", value="x")),
    "message of unknown type": message(type="shout"),
    "message id as string": message(id="4000001"),
    "messages of a node null": plus(node() | {"messages": None}),
    "meta null": plus(node() | {"meta": None}),
    "label null": plus(node() | {"meta": {"label": None}}),
    "script without nonce": plus(node("script", "webauthn", id="odd", src="http://localhost:4433/x.js")),
    "script without src": plus(node("script", "webauthn", id="odd", nonce="n")),
    "div with data that is no string": plus(node("div", "captcha", id="odd", data={"n": 1, "s": None, "l": []})),
    "active empty": top(active=""),
    "active unknown": top(active="hologram"),
    "active identifier_first": top(active="identifier_first"),
    "flow state unknown": top(state="dreaming"),
    "state absent": lacking("state"),
    "requested_aal empty": top(requested_aal=""),
    "requested_aal unknown": top(requested_aal="aal7"),
    "client null": top(oauth2_login_challenge="c", oauth2_login_request={"challenge": "c", "client": None}),
    "ui messages null": ui(messages=None),
    "extra fields anywhere": plus(node() | {"future": {"a": 1}}),
    "value a number": plus(node(type="number", value=7)),
    "value a boolean": plus(node(type="checkbox", value=True)),
    "value a list": plus(node(value=["a"])),
    "value an object": plus(node(value={"a": 1})),
    "value null": plus(node(value=None)),
    "return_to null": top(return_to=None),
    "return_to absent": lacking("return_to"),
    "transient_payload null": top(transient_payload=None),
    "organization_id an unknown type": top(organization_id=5),
    "id not a UUID": top(id="flow-1"),
    "dates that are none": top(expires_at="soon", issued_at=None),
}


def read(client: Any, upstream: Any, kind: str, body: dict[str, Any]) -> Any:
    """The page of a body."""
    upstream.mock.assert_all_requests_are_fired = False
    upstream.on("GET", f"{KRATOS}/self-service/{kind}/flows", 200, body)
    upstream.signed_in()
    upstream.asks("login")
    page = client.get(f"/{kind}?flow=f")
    assert page.status_code == 200
    return parsed(page)


@each_case("odd", FLOWS)
def test_an_odd_login_can_still_be_used(client, upstream, odd):
    body = load("login/unified_return_to")
    FLOWS[odd](body)
    page = read(client, upstream, "login", body)
    assert page.find("input", {"name": "identifier"})
    assert page.find("input", {"name": "password"})
    assert page.find("button", {"name": "method", "value": "password"})
    assert page.find("button", {"name": "provider", "value": "demo-id"})


@each_case("odd", FLOWS)
def test_odd_settings_can_still_be_used(client, upstream, odd):
    body = load("settings/password_only")
    FLOWS[odd](body)
    page = read(client, upstream, "settings", body)
    assert page.find("input", {"name": "traits.email", "value": EMAILS[ADA]})
    assert page.find("button", {"name": "method", "value": "profile"})
    assert page.find("button", {"name": "method", "value": "password"})


@each_case("value", [None, [], {}, "nodes", [None], [5]])
def test_a_flow_without_nodes_says_that_there_is_no_way_on(client, upstream, value):
    body = load("login/unified")
    body["ui"]["nodes"] = value
    assert "You can't sign in here right now" in read(client, upstream, "login", body).get_text()


@each_case("shape", ["type", "node_type"])
def test_a_node_that_says_only_half_of_what_it_is_can_be_filled_in(client, upstream, shape):
    """The type is there twice; old and new servers send one of them."""
    body, added = load("login/password_only"), node()
    (added if shape == "type" else added["attributes"]).pop(shape)
    body["ui"]["nodes"].append(added)
    assert read(client, upstream, "login", body).find("input", {"name": "odd"})


@each_case("kind", ["color", "range", "month", ""])
def test_an_input_of_unknown_type_takes_text(client, upstream, kind):
    body = load("login/password_only")
    body["ui"]["nodes"].append(node(type=kind, value="v"))
    field = read(client, upstream, "login", body).find("input", {"name": "odd"})
    assert (field["type"], field["value"]) == ("text", "v")


def test_a_method_of_an_unknown_group_can_be_chosen(client, upstream):
    """The group deviceauthn is one that only Kratos' HEAD knows."""
    body = load("made/login/aal2_deviceauthn")
    page = read(client, upstream, "login", body)
    button = page.find("button", {"name": "method", "value": "deviceauthn"})
    assert button.find_parent("form").find("input", {"name": "csrf_token"})
