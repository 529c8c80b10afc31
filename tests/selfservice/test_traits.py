"""Traits are arranged so that a form loses none of them; the journeys prove it on the real Kratos."""

import json
from typing import Any

from app.ory.flows import Schema
from app.ory.models import mapping
from app.selfservice.fields import Field
from app.selfservice.forms import forms
from app.selfservice.identity_schemas import shapes
from app.selfservice.page_forms import unshown_messages
from app.selfservice.traits import arrange
from tests.support.builders import fields, flow, node
from tests.support.cases import each_case

LIST = {"type": "array", "title": "Tags", "items": {"type": "string"}}
TEXT = {"type": "string", "title": "Town"}


def schema_of(**traits: Any) -> Any:
    return shapes(Schema(properties={"traits": {"type": "object", "properties": traits}}))


def made(*nodes: object, schema: Any, stored: Any = None, adding: str = "") -> list[Field]:
    """The fields arranged that are shown or say something; `stored` traits come with settings flows only."""
    arranged_fields = arrange(fields(flow(*nodes)), schema, None if stored is None else mapping(stored), adding)
    return [field for field in arranged_fields if field.kind or field.messages]


def of(fields_: list[Field], name: str) -> list[Field]:
    return [field for field in fields_ if field.name == name]


def test_the_items_of_a_list_become_one_node_in_their_order():
    """Kratos sorts them by value."""
    items = [node(f"traits.tags.{number}", value=value) for number, value in [(10, "a"), (2, "b"), (0, "c")]]
    [tags] = made(*items, node("traits.tags"), schema={})
    assert tags.kind == "list"
    assert tags.values == ("c", "b", "a")


def test_an_empty_list_is_told_from_a_text_by_the_schema():
    tags, town = made(node("traits.tags"), node("traits.town"), schema=schema_of(tags=LIST, town=TEXT))
    assert (tags.kind, town.kind) == ("list", "input")


def test_a_text_with_a_number_for_a_name_is_no_item():
    schema = schema_of(line={"type": "object", "properties": {"1": TEXT}}, floor=TEXT)
    assert len(made(node("traits.line.1", value="x"), node("traits.floor"), schema=schema)) == 2


def test_a_hidden_list_is_repeated():
    items = [node(f"traits.tags.{number}", "hidden", value=value) for number, value in [(1, "b"), (0, "a")]]
    nodes = made(node("traits.tags", "hidden"), *items, schema=schema_of(tags=LIST))
    assert [(copy.name, copy.value) for copy in nodes] == [("traits.tags", "a"), ("traits.tags", "b")]
    assert made(node("traits.tags", "hidden"), schema=schema_of(tags=LIST)) == []


def test_what_is_said_of_an_item_is_said_of_its_list():
    error = {"messages": [{"id": 4000040, "text": "no", "type": "error"}]}
    item = node("traits.tags.1") | error
    [tags] = made(node("traits.tags"), node("traits.tags.0", value="a"), item, schema=schema_of(tags=LIST))
    assert (tags.values, [message.text for message in tags.messages]) == (("a",), ["no"])


@each_case("kind", ["text", "checkbox", "email"])
def test_what_cannot_be_changed_is_posted_all_the_same(kind):
    shown, kept = made(node("traits.town", kind, value="x", disabled=True), schema=schema_of(town=TEXT))
    assert shown.not_posted
    assert (kept.kind, kept.name, kept.value, kept.not_posted) == ("hidden", "traits.town", "x", False)


def test_a_message_about_an_unknown_place_makes_no_field():
    error = {"messages": [{"id": 1, "text": "no", "type": "error"}]}
    [message_node] = made(node("traits.elsewhere") | error, schema=schema_of(town=TEXT))
    assert (message_node.kind, [message.text for message in message_node.messages]) == ("", ["no"])


def test_where_nothing_is_lost_nothing_is_added():
    stored = {"town": "London", "tags": ["a"]}
    nodes = (node("traits.town", value="London"), node("traits.tags"), node("traits.tags.0", value="a"))
    assert len(made(*nodes, schema=schema_of(tags=LIST, town=TEXT), stored=stored)) == 2


@each_case("odd", [{"unlisted": 1}, {"tags": [1]}, {"tags": "a"}, {"town": {"a": 1}}, {"tags": [["a"]]}])
def test_what_a_form_would_lose_is_posted_whole(odd):
    nodes = made(node("traits.town"), node("traits.tags"), schema=schema_of(tags=LIST, town=TEXT), stored=odd)
    named, copy = of(nodes, "traits")
    assert json.loads(named.value) == json.loads(copy.value) == odd
    assert (named.all_traits, copy.all_traits) == (False, True)
    assert all(trait.script_only for trait in nodes if trait.name.startswith("traits."))


@each_case("shade", [{"town": ""}, {"tags": []}, {"town": None}, {"town": "a\nb"}])
def test_what_would_change_a_shade_stays_editable(shade):
    nodes = made(node("traits.town"), node("traits.tags"), schema=schema_of(tags=LIST, town=TEXT), stored=shade)
    [copy] = of(nodes, "traits")
    assert copy.all_traits
    assert not any(trait.script_only for trait in nodes)


def test_only_the_object_that_would_lose_something_is_posted_whole():
    schema = schema_of(town=TEXT, org={"type": "object", "properties": {"unit": TEXT}})
    stored = {"town": "London", "org": {"unit": "R&D", "extra": [1]}}
    nodes = made(node("traits.town"), node("traits.org.unit"), schema=schema, stored=stored)
    [kept] = of(nodes, "traits.org")
    assert json.loads(kept.value) == stored["org"]
    assert of(nodes, "traits.org.unit")[0].script_only
    assert not of(nodes, "traits.town")[0].script_only


def test_a_line_feed_never_stands_in_a_hidden_field():
    """Browsers write it anew."""
    nodes = made(node("traits.town"), schema=schema_of(town=TEXT), stored={"town": "x", "extra": "a\r\nb\u2028\u0085"})
    assert all(copy.value.isascii() for copy in of(nodes, "traits"))
    assert not any("\n" in copy.value for copy in of(nodes, "traits"))


@each_case("number", [10**400, -(10**400), float("inf"), float("nan")])
def test_a_number_beyond_all_that_can_be_written_costs_no_page(number):
    """N66."""
    fields_ = made(
        node("traits.town"), schema=schema_of(town=TEXT, age={"type": "number"}), stored={"town": "x", "age": number}
    )
    assert [field.all_traits for field in of(fields_, "traits")] == [False, True]


@each_case("odd", [None, 7, "x", []])
def test_odd_traits_cost_nothing(odd):
    assert made(node("traits.town"), schema=schema_of(town=TEXT), stored=odd)


@each_case("name", ["traits.ghost", "traits.house"])
def test_words_about_what_no_form_has_a_field_for_do_not_make_one(name):
    """Kratos makes a text field for a web hook's pointer to an object, or to nothing."""
    house = {"type": "object", "title": "House", "properties": {"floor": TEXT}}
    words = {"id": 1, "text": "No.", "type": "error"}
    hooks = node(name, disabled=False, node_type="input") | {"messages": [words]}
    kratos_flow = flow(
        hooks, node("traits.house.floor"), node("traits.town"), node("method", "submit", value="profile")
    )
    made_fields = arrange(fields(kratos_flow), schema_of(house=house, town=TEXT))

    shown = forms("registration", kratos_flow, made_fields)
    names = [field.name for form in shown for field in (*form.fields, *form.extras)]
    assert names == ["traits.house.floor", "traits.town"]
    assert [message.text for message in unshown_messages((), made_fields, shown)] == ["No."]


def test_a_key_of_more_digits_than_a_number_has_is_no_item_of_a_list():
    """N66: of more than 4,300 the settings of whoever had it were a 500."""
    fields = [Field("input", name) for name in ("traits.x", "traits.x." + "1" * 5000)]
    assert [field.name for field in arrange(fields, {})] == [field.name for field in fields]
