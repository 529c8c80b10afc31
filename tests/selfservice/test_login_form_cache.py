"""Login forms that nobody has filled in are drawn once, and nobody is shown anything of another person's."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from app.ory import flows
from app.selfservice import login_form_cache
from tests.gallery.entries import BY_ID
from tests.gallery.entry import answer
from tests.payloads.bodies import load, nodes
from tests.support import builders
from tests.support.pages import parsed
from tests.support.upstream import KRATOS, proof, session

UNIFIED = "login/unified"
LOGINS = (UNIFIED, "login/refresh_password")
ADDING = ("&add=traits.tags", "")


@pytest.fixture(autouse=True)
def nothing_kept():
    flows.blank_of.cache_clear()


def page(client, upstream, body):
    upstream.on("GET", f"{KRATOS}/self-service/login/flows", 200, body | {"return_to": "", "request_url": ""})
    return without_nonces(client.get("/login?flow=f"))


def without_nonces(response):
    """The page without what is new on each: its nonce, and our own tokens, which have the time in them."""
    nonce = response.headers["Content-Security-Policy"].partition("'nonce-")[2].partition("'")[0]
    return re.sub(r'value="\.?[\w-]+\.[\w-]+\.[\w-]+"', "", response.get_data(as_text=True).replace(nonce, ""))


def new(body, mark):
    """The same form in another flow: every hidden value and the address are others."""
    ui = body["ui"]
    changed = json.loads(json.dumps(ui["nodes"]))
    for node in changed:
        if node["attributes"].get("name") in flows.PLACEHOLDERS:
            node["attributes"]["value"] = f'"{mark}" of {node["attributes"]["name"]}'
        if "nonce" in node["attributes"]:
            node["attributes"]["nonce"] = mark
    return body | {"id": mark, "ui": ui | {"nodes": changed, "action": f"{ui['action']}&{mark}"}}


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where anything could stand in a JSON value: each string and each object, which could have one more."""
    if isinstance(value, dict):
        yield (*path, "more")
    if isinstance(value, str):
        yield path
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(inner, (*path, key))


def put(value, path, words):
    changed = json.loads(json.dumps(value))
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = words
    return changed


@pytest.mark.parametrize("language", ["en", "ar"])
def test_every_login_page_is_as_one_that_is_made_for_itself(language, monkeypatch):
    states = [BY_ID[id_] for id_ in BY_ID if id_.startswith(("login/", "application/"))]
    kept = [without_nonces(answer(state, language)) for state in states for _ in range(2)]
    monkeypatch.setattr(flows, "_blank", lambda _: (None, {}))
    assert flows.blank_of.cache_info().hits
    assert kept == [without_nonces(answer(state, language)) for state in states for _ in range(2)]


def test_each_has_its_own_address_and_tokens(client, upstream):
    pages = {mark: page(client, upstream, new(load(UNIFIED), mark)) for mark in ("flow-1", "flow-2", "flow-3")}
    assert flows.blank_of.cache_info().currsize == 1
    for mark, text in pages.items():
        others = pages.keys() - {mark}
        assert f"&#34;{mark}&#34; of csrf_token" in text
        assert f"&amp;{mark}" in text
        assert not [other for other in others if other in text]
        assert not [known for known in (*flows.PLACEHOLDERS.values(), login_form_cache.ACTION) if known in text]


@pytest.mark.parametrize("name", LOGINS)
def test_nothing_is_kept_of_what_somebody_sent_or_of_a_flow(client, upstream, name):
    """Whatever of a node could be a person's: only what Kratos is configured with is kept."""
    body, own = load(name), "ada@example.org"
    for path in places(nodes(body)):
        flow = flows.Flow.parse(body | {"ui": body["ui"] | {"nodes": put(nodes(body), path, own)}}, may_be_blank=True)
        assert own not in repr(flow.blank) or path[1:] in CONFIGURED, path


CONFIGURED = {
    *(("attributes", name) for name in ("name", "type", "autocomplete", "pattern", "onclick", "onclickTrigger")),
    *(("attributes", name) for name in ("onload", "onloadTrigger", "id", "src", "integrity", "crossorigin")),
    *(("attributes", name) for name in ("referrerpolicy", "node_type", "required", "disabled", "maxlength")),
    *(("meta", "label", name) for name in ("text", "type")),
    *(("meta", "label", "context", name) for name in ("name", "title", "provider", "provider_id")),
    ("group",),
    ("attributes", "value"),  # of buttons: which method or provider
}


def test_a_value_is_only_that_of_a_button(client, upstream):
    body, own = load(UNIFIED), "typed"  # no hexadecimal digits: PLACEHOLDERS have those
    inputs = [(number, node) for number, node in enumerate(nodes(body)) if node["attributes"]["type"] != "submit"]
    for number, node in inputs:
        for more in ({}, {"type": "text"}):  # nor is one that is called like a token
            changed = node["attributes"] | {"value": own} | more
            filled_in = put(nodes(body), (number, "attributes"), changed)
            assert own not in repr(flows.Flow.parse({"ui": {"nodes": filled_in}}, may_be_blank=True).blank)


def test_a_button_with_an_address_is_not_kept(client, upstream):
    """A second factor by code has one for each of the person's."""
    body = load(UNIFIED)
    button = next(node for node in nodes(body) if node["attributes"].get("value") == "code")
    button["attributes"] |= {"name": "address", "value": "ada@example.org"}
    assert flows.Flow.parse(body, may_be_blank=True).blank is None


def test_a_trait_is_not_kept(client, upstream):
    """What its field is depends on a schema and on the page's own address."""
    upstream.schema(schema_id := "schema-of-a-login", {"tags": {"type": "array", "items": {"type": "string"}}})
    body = load(UNIFIED) | {"identity_schema": schema_id}
    body["ui"]["nodes"].append(builders.node("traits.tags"))
    page(client, upstream, body)
    counts = [len(parsed(client.get(f"/login?flow=f{more}")).select("[name='traits.tags']")) for more in ADDING]
    assert counts == [1, 0]


def test_a_login_that_is_over_has_no_form_whatever_its_address(client, upstream):
    """A form is sent to Kratos alone, which is looked at where there is one."""
    body = load(UNIFIED)
    over = body | {"state": "passed_challenge", "ui": body["ui"] | {"action": "https://elsewhere.example.org/"}}
    assert '<form action="https://elsewhere' not in page(client, upstream, over)


def test_what_somebody_typed_is_on_their_page_alone(client, upstream):
    typed = load(UNIFIED)
    [field] = [node for node in nodes(typed) if node["attributes"].get("name") == "identifier"]
    field["attributes"]["value"] = "ada@example.org"
    first, theirs, then = (page(client, upstream, body) for body in (load(UNIFIED), typed, load(UNIFIED)))
    assert ("ada@" in first, "ada@" in theirs, "ada@" in then) == (False, True, False)
    assert first == then


def test_the_badge_of_one_browser_is_not_on_the_page_of_another(client, upstream):
    first = page(client, upstream, load(UNIFIED))
    upstream.whoami(session(authentication_methods=[proof(60)]))
    client.get("/")
    marked = page(client, upstream, load(UNIFIED))
    client.delete_cookie("last-used")
    assert ("last-used" in first, "last-used" in marked) == (False, True)
    assert page(client, upstream, load(UNIFIED)) == first


def test_templates_of_the_operators_are_asked_each_time(client_with, upstream, tmp_path):
    """They may print anything, so nothing of theirs is kept."""
    block = "{% block forms %}{{ forms|length }} for {{ flow.id }}{% endblock %}"
    (tmp_path / "selfservice").mkdir()
    (tmp_path / "selfservice/flow.html").write_text("{% extends 'portico/selfservice/flow.html' %}" + block)
    client = client_with(templates_dir=str(tmp_path))
    assert "3 for first" in page(client, upstream, new(load(UNIFIED), "first"))
    assert "3 for second" in page(client, upstream, new(load(UNIFIED), "second"))


def test_few_are_kept(client, upstream):
    for number in range(flows.MAX_BLANKS + 5):
        body = load(UNIFIED)
        nodes(body)[0]["meta"]["label"] = {"id": 1, "text": f"Name {number}", "type": "info"}
        flows.Flow.parse(body, may_be_blank=True)
    assert flows.blank_of.cache_info().currsize == flows.MAX_BLANKS


def test_few_are_kept_of_what_anybody_can_have_drawn(client):
    """Ever new scopes, or a badge at each of thirty providers: in all languages that was 20 to 54 MB a process."""
    language, drawn = client.application.extensions["languages"].get("en"), list[int]()

    with client.application.test_request_context():
        for number in (*range(40), 0):
            language.once(lambda _, again: drawn.append(again), -number)
            language.page_once(lambda _, again: drawn.append(again), -number)

    assert drawn.count(0) == 4
