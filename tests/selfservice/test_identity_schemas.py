"""A schema is read as Kratos v26.2.0 reads it (oryx/jsonschemax/keys.go); the journeys prove it on the real one."""

from typing import Any

from app.selfservice.identity_schemas import identifier_kinds, identifiers, shapes, with_objects
from tests.support.cases import each_case


def of(trait: Any, **root: Any) -> dict[str, Any]:
    """A schema with one trait, `x`."""
    return {"properties": {"traits": {"type": "object", "properties": {"x": trait}}}, **root}


def shape(trait: Any, **root: Any) -> Any:
    return shapes(of(trait, **root)).get("traits.x")


@each_case(
    "trait, kind, items, posted",
    [
        ({"type": "string"}, "string", "", True),
        ({"type": "integer"}, "number", "", True),
        ({"type": "boolean"}, "boolean", "", True),
        ({"const": True}, "boolean", "", True),
        ({"const": "x"}, "string", "", True),
        ({"const": 3}, "number", "", True),
        ({"type": "object"}, "object", "", True),
        ({"type": ["string"]}, "string", "", True),
        ({"type": ["string", "null"]}, "string", "", False),
        ({"type": ["string", "number"]}, "", "", False),
        ({"type": "null"}, "", "", False),
        ({"default": "x"}, "", "", False),
        ({"type": "array"}, "list", "string", True),
        ({"type": "array", "items": {"type": "integer"}}, "list", "number", True),
        ({"type": "array", "items": {"type": "boolean"}}, "list", "boolean", True),
        ({"type": "array", "items": [{"type": "string"}, {"type": "string"}]}, "list", "string", True),
        ({"type": "array", "items": {"type": ["string", "null"]}}, "list", "string", True),
        ({"type": "array", "items": {"$ref": "#/definitions/n"}}, "list", "number", True),
        ({"type": "array", "items": {"type": "object"}}, "list", "", False),
        ({"type": "array", "items": {"type": "array"}}, "list", "", False),
        ({"$ref": "#/definitions/n"}, "number", "", True),
        ({"allOf": [{"minLength": 1}, {"type": "string"}]}, "string", "", True),
        ({"type": "string", "anyOf": [{"minLength": 1}]}, "string", "", True),
    ],
)
def test_a_trait_has_the_shape_kratos_posts_it_in(trait, kind, items, posted):
    trait_shape = shape(trait, definitions={"n": {"type": "number"}})
    assert (trait_shape.kind, trait_shape.items, trait_shape.posted) == (kind, items, posted)


@each_case("trait", [{}, True, {"minLength": 1}, {"enum": ["a"]}, {"properties": {}}, None, 7, "x"])
def test_what_names_no_type_is_not_posted_by_kratos(trait):
    assert shape(trait) is None


@each_case("key", ["a.b", "0", "12", "a*", "a?", "a|b", "#", "@x", "a:b", "", "-1", "a b"])
def test_a_key_that_means_something_to_kratos_is_not_posted(key):
    schema = {"properties": {"traits": {"type": "object", "properties": {key: {"type": "string"}}}}}
    assert not shapes(schema)[f"traits.{key}"].posted


@each_case("key", ["a", "given-name", "given_name", "Größe", "a1", "_x"])
def test_other_keys_are(key):
    schema = {"properties": {"traits": {"type": "object", "properties": {key: {"type": "string"}}}}}
    assert shapes(schema)[f"traits.{key}"].posted


def test_nested_traits_and_branches_are_found():
    inside = {"properties": {"b": {"type": "string"}}, "if": {"properties": {"c": {"const": 1}}}}
    trait_shapes = shapes(of({"type": "object", **inside}))
    assert set(trait_shapes) == {"traits", "traits.x", "traits.x.b", "traits.x.c"}


def test_a_schema_that_goes_on_elsewhere_is_not_known():
    """N18."""
    assert shapes(of({"$ref": "https://elsewhere.example/x.json"})) == {}
    assert identifiers(of({"$ref": "https://elsewhere.example/x.json"}), ()) == ()


def test_a_reference_to_its_own_address_is_followed():
    root = {"$id": "https://here.example/x.json", "definitions": {"n": {"type": "number"}}}
    assert shape({"$ref": "https://here.example/x.json#/definitions/n"}, **root).kind == "number"


def test_a_circle_ends():
    """N67."""
    assert shapes(of({"$ref": "#/properties/traits"}))


def test_only_scalar_choices_are_offered():
    assert shape({"type": "string", "enum": ["a", "", None, 3, True, {}]}).options == ("a", "3")


def test_identifiers_are_found_wherever_they_are_those_that_fit_first():
    def used_by(*methods: str) -> dict[str, Any]:
        return {"type": "string", "ory.sh/kratos": {"credentials": {name: {"identifier": True} for name in methods}}}

    traits = {"code": used_by("code"), "deep": {"properties": {"list": {"items": used_by("password")}}}, "no": {}}
    schema = {"properties": {"traits": {"properties": traits}, "metadata": used_by("password")}}
    code, deep, both = ("traits", "code"), ("traits", "deep", "list"), ("traits", "both")

    assert identifiers(schema, ("password",)) == identifiers(schema, ("password", "code")) == (deep, code)
    assert identifiers(schema, ("code",)) == (code, deep)
    traits["both"] = used_by("password", "code")
    assert identifiers(schema, ("password", "code")) == (both, deep, code)


def test_lists_of_objects_are_filled_in_where_kratos_would_put_an_object():
    trait_shapes = shapes(of({"type": "object", "properties": {"l": {"type": "array", "items": {"type": "object"}}}}))
    assert with_objects({"y": 1}, trait_shapes) == {"y": 1, "x": {"l": []}}
    assert with_objects({"x": {"l": [1], "z": 2}}, trait_shapes) == {"x": {"l": [1], "z": 2}}
    assert with_objects({"x": 7}, trait_shapes) == {"x": 7}


def identifier(*methods: str, via: str = "", **about: Any) -> dict[str, Any]:
    """A trait by which these methods know a person; `via` is where its code goes."""
    credentials = {name: {"identifier": True} | ({"via": via} if name == "code" else {}) for name in methods}
    return about | {"ory.sh/kratos": about.get("ory.sh/kratos", {}) | {"credentials": credentials}}


EMAIL = identifier("password", "code", via="email", format="email")
PHONE, NAME = identifier("code", via="sms"), identifier("password")


@each_case(
    "traits, methods, kinds",
    [
        ([EMAIL], ["password"], {"email"}),
        ([PHONE], ["code"], {"phone"}),
        ([NAME], ["password"], {"username"}),
        ([identifier("password", format="tel")], ["password"], {"phone"}),
        ([identifier("password", **{"ory.sh/kratos": {"recovery": {"via": "email"}}})], ["password"], {"email"}),
        ([EMAIL, PHONE, NAME, {"format": "email"}], ["password", "code"], {"email", "phone", "username"}),
        ([EMAIL, PHONE, NAME], ["code"], {"email", "phone"}),
        ([PHONE, NAME], ["identifier_first"], {"phone", "username"}),  # the first page of two: it may be each
        ([{"format": "email"}], ["password"], set()),
    ],
)
def test_what_identifies_a_person_is_known_by_its_format_and_by_where_its_codes_go(traits, methods, kinds):
    schema = {"properties": {"traits": {"properties": {f"t{number}": trait for number, trait in enumerate(traits)}}}}
    assert identifier_kinds(schema, methods) == kinds


def test_of_a_schema_that_goes_on_elsewhere_no_identifier_is_known():
    assert identifier_kinds(of({"$ref": "https://elsewhere.example/x.json"}), ["password"]) == set()
