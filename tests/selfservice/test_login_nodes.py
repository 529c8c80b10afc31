"""Nodes that Kratos never sent so far cost no page (N15 N67)."""

from tests.support.cases import each_case
from tests.support.pages import parsed
from tests.support.upstream import KRATOS, flow

PAGE = "/login?flow=flow-1"


def shown(client, upstream, *nodes, **ui):
    body = flow("login/choose_method")
    body["ui"] |= ui
    body["ui"]["nodes"] += nodes
    upstream.on("GET", f"{KRATOS}/self-service/login/flows", 200, body)
    page = client.get(PAGE)
    assert page.status_code == 200
    assert parsed(page).find("input", {"name": "password"})
    return page


def node(kind="input", group="default", label="Label", **attributes):
    return {
        "type": kind,
        "group": group,
        "attributes": {"node_type": kind} | attributes,
        "messages": [],
        "meta": {"label": {"id": 1, "text": label, "type": "info"}},
    }


ODD = [
    {},
    {"type": "input"},
    node("hologram", name="x"),
    node(group="brand_new", name="method", type="submit", value="x"),
    node(group="a b\tc", name="x y", type="text"),
    node(name="x", type="brand-new"),
    node(name="x", type="text", value=["a"]),
    node(name="x", type="text", value={"a": 1}),
    node(name="x", type="number", value="1e400"),
    node(name="x", type="checkbox", value=None),
    node(name="x", type="text", maxlength="7", autocomplete=7, disabled="yes"),
    node(name=7, type="text"),
    node("text", id="x", text={"text": "hello"}),
    node("text", id="x", text=None),
    node("img", id="x", src="https://evil.example/pixel.png"),
    node("img", id="x", src="data:image/svg+xml;base64,AAAA"),
    node("img", id="x", src="data:image/png;base64,AAAA", label="A code"),
    node("a", id="x", href="javascript:alert(1)"),
    node("script", id="x", src="https://evil.example/x.js", nonce="n", integrity="i"),
    node("div", id="x", data={"a": "b"}),
    node(name="x", type="submit", value="x", onclick="alert(1)", onload="alert(1)"),
    node(name="x", type="text", onclick="alert(1)", style="color:red"),
    node(name="x", type="text") | {"messages": None, "meta": None},
    node(name="x", type="text") | {"messages": [None, 5, {"id": "4000006", "text": 7, "type": "shout"}]},
    node(name='"><script>alert(1)</script>', type="text", label='"><svg onload=alert(1)>'),
    node(name="x", type="text", label="x" * 10_000),
]


@each_case("odd", ODD)
def test_an_unknown_node_costs_no_page(client, upstream, odd):
    """N15; the client fixture checks that nothing of it runs."""
    text = shown(client, upstream, odd).text
    assert "evil.example" not in text
    assert "javascript:" not in text


def test_two_nodes_of_one_name_are_a_page_too(client, upstream):
    """The ids in a page are unique, whatever comes."""
    shown(client, upstream, node(name="x", type="text"), node(name="x", type="text"), node(name="x y", type="text"))


def test_nodes_without_a_name_are_a_page_too(client, upstream):
    shown(client, upstream, node("text", text={"text": "a"}), node("text", text={"text": "b"}))


def test_a_disabled_button_stays_disabled(client, upstream):
    page = shown(client, upstream, node(group="oidc", name="provider", type="submit", value="off", disabled=True))
    assert parsed(page).find("button", {"name": "provider", "value": "off"}).has_attr("disabled")


def test_five_hundred_nodes_are_shown_in_time(client, upstream):
    """N67."""
    client.checking = False
    page = shown(client, upstream, *(node(name=f"n{n}", type="text", label="x" * 100) for n in range(500)))
    assert len(page.data) < 500_000


@each_case("action", ["javascript:alert(1)", "https://evil.example/", "//evil.example/", ""])
def test_a_password_is_sent_to_kratos_only(client, upstream, action):
    body = flow("login/choose_method")
    body["ui"]["action"] = action
    upstream.on("GET", f"{KRATOS}/self-service/login/flows", 200, body)
    assert client.get(PAGE).status_code == 502
