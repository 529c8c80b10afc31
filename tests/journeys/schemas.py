"""Identity schemas of other people: every shape Kratos can print, and those it cannot take from a form."""

import base64
import json
from typing import Any

IDENTIFIER = {"ory.sh/kratos": {"credentials": {"password": {"identifier": True}}, "verification": {"via": "email"}}}
EMAIL = {"type": "string", "format": "email", "title": "Email", **IDENTIFIER}
BY_PASSWORD = {"credentials": {"password": {"identifier": True}}}
TEXT, NUMBER = {"type": "string"}, {"type": "number"}


def schema(properties: dict[str, Any], required: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    """A schema with these traits."""
    traits = {"type": "object", "properties": properties, "required": list(required), **more}
    return {
        "$id": "https://portico.example/schemas/x.json",
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "definitions": {"line": {"type": "string", "title": "A line"}},
        "properties": {"traits": traits},
    }


def titled(kind: str, title: str, **more: Any) -> dict[str, Any]:
    """A trait of this type."""
    return {"type": kind, "title": title, **more}


def array(title: str, item: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A list of these items."""
    return {"type": "array", "title": title, "items": item, **more}


PRINTABLE = schema(
    {
        "email": EMAIL,
        "more-emails": array("More addresses", {"type": "string", "format": "email"}, minItems=1, uniqueItems=True),
        "tags": array("Tags", TEXT),
        "many": array("Many", TEXT, maxItems=20),
        "scores": array("Scores", NUMBER),
        "counts": array("Counts", {"type": "integer"}),
        "flags": array("Flags", {"type": "boolean"}),
        "colours": array("Colours", {"type": "string", "enum": ["red", "green", "blue"]}),
        "anything": {"type": "array", "title": "Anything"},
        "referred": array("Referred", {"$ref": "#/definitions/line"}),
        "line": {"$ref": "#/definitions/line"},
        "born": titled("string", "Born", format="date"),
        "seen": titled("string", "Seen", format="date-time"),
        "wakes": titled("string", "Wakes", format="time"),
        "site": titled("string", "Site", format="uri"),
        "age": titled("integer", "Age"),
        "height": titled("number", "Height"),
        "tiny": titled("number", "Tiny"),
        "huge": titled("number", "Huge"),
        "newsletter": titled("boolean", "Newsletter"),
        "spam": titled("boolean", "Spam"),
        "tracked": titled("boolean", "Tracked"),
        "agreed": {"const": True, "title": "I agree"},
        "plan": titled("string", "Plan", enum=["free", "team", "all of it"]),
        "level": titled("integer", "Level", enum=[1, 2, 3]),
        "essay": titled("string", "Essay", maxLength=20000),
        "given-name": titled("string", "Given name", default="Nobody"),
        "badge": titled("string", "Badge", readOnly=True),
        "nolabel": TEXT,
        "empty_list": array("Empty list", TEXT),
        "address": titled(
            "object",
            "Address",
            properties={
                "town": titled("string", "Town"),
                "lines": array("Lines", TEXT),
                "place": titled(
                    "object", "Location", properties={"lat": NUMBER, "fine": {"type": "boolean"}}, required=["lat"]
                ),
            },
            additionalProperties=False,
        ),
        "either": {"allOf": [{"type": "object", "properties": {"inner": titled("string", "Inner")}}]},
    },
    required=("email", "agreed"),
    additionalProperties=False,
)
FULL: dict[str, Any] = {
    "more-emails": ["b@example.org", "a@example.org"],
    "tags": ["b", "a", 'with <b> & "quotes" \'', "  spaces  ", "ümläut 漢字"],
    "many": [f"item {number}" for number in (3, 1, 2, 11, 10, 9, 8, 7, 6, 5, 4, 0)],
    "scores": [2.5, 1, -3e-7],
    "counts": [10, 9],
    "flags": [True, False, True],
    "colours": ["green", "blue", "red", "green"],
    "anything": ["x", "y"],
    "referred": ["one"],
    "line": "a line",
    "born": "1815-12-10",
    "seen": "2026-11-21T09:30:18.123+02:00",
    "wakes": "06:30:00Z",
    "site": "https://example.org/?a=b&c=d",
    "age": 36,
    "height": 1.65,
    "tiny": 1e-12,
    "huge": 123456789012345,
    "newsletter": False,
    "tracked": True,
    "agreed": True,
    "plan": "all of it",
    "level": 2,
    "essay": "long " * 2000,
    "given-name": "Ada",
    "badge": "007",
    "nolabel": "kept",
    "address": {"town": "London", "lines": ["12 St James's Square"], "place": {"lat": 51.5, "fine": False}},
    "either": {"inner": "x"},
}

# A form can carry none of these: Kratos takes no field of that name, or takes it for something else.
UNPOSTABLE = schema(
    {
        "email": EMAIL,
        "town": titled("string", "Town"),
        "nickname": {"type": ["string", "null"], "title": "Nickname"},
        "years": {"type": ["number", "null"], "title": "Years"},
        "contacts": array("Contacts", {"type": "object", "properties": {"kind": TEXT, "value": TEXT}}),
        "dotted.key": titled("string", "Dotted key"),
        "matrix": array("Matrix", {"type": "array", "items": NUMBER}),
        "tags": array("Tags", TEXT),
        "flags": array("Flags", {"type": "boolean"}),
        "levels": array("Levels", {"type": "integer", "enum": [1, 2, 3]}),
    },
    required=("email",),
)
WHOLE: dict[str, Any] = {
    "town": "London",
    "nickname": "Countess",
    "years": 36,
    "contacts": [{"kind": "phone", "value": "1"}, {"kind": "mail", "value": "x\ny"}],
    "dotted.key": "dot",
    "matrix": [[1, 2], [3]],
    "tags": [],
    "flags": [True, False],
    "levels": [3, 1],
    "unlisted": {"deep": [1, {"a": None}]},
    "nothing": "",
}
# One object holds what no form can carry; the rest of the profile is as any other.
INSIDE = schema(
    {
        "email": EMAIL,
        "town": titled("string", "Town"),
        "prefs": titled("object", "Preferences", properties={"theme": titled("string", "Theme")}),
        "org": titled(
            "object",
            "Organisation",
            properties={"unit": titled("string", "Unit"), "staff": array("Staff", {"type": "object"})},
        ),
    },
    required=("email",),
    additionalProperties=False,
)
PARTLY: dict[str, Any] = {
    "town": "London",
    "prefs": {"theme": "dark", "flags": {"beta": True, "list": [1, "a"]}},
    "org": {"unit": "R&D", "staff": [{"name": "Charles"}]},
}
# People who sign in with any of several addresses, and one list that may stay empty.
ADDRESSES = schema(
    {
        "emails": array("Email and phone", {"type": "string", "format": "email", **IDENTIFIER}, minItems=1),
        "hobbies": array("Hobbies", TEXT),
        "name": titled("string", "Name"),
    },
    required=("emails",),
    additionalProperties=False,
)
NUMBERED = schema(
    {
        "employee": titled("string", "Employee number", **{"ory.sh/kratos": BY_PASSWORD}),
        "email": titled("string", "Email", format="email"),
    },
    required=("employee",),
)
MEMBER = schema(
    {
        "email": EMAIL,
        "nickname": titled("string", "Nickname"),
        "age": titled("integer", "Age", maximum=150),
        "tags": array("Tags", TEXT),
    },
    required=("email",),
)
CALLED = schema(
    {
        "mobile": titled("string", "Mobile", format="tel", **{"ory.sh/kratos": BY_PASSWORD}),
        "nickname": titled("string", "Nickname", **{"ory.sh/kratos": BY_PASSWORD}),
    }
)
SCHEMAS = {
    "called": CALLED,
    "member": MEMBER,
    "numbered": NUMBERED,
    "addresses": ADDRESSES,
    "printable": PRINTABLE,
    "unpostable": UNPOSTABLE,
    "inside": INSIDE,
}


def configured() -> list[dict[str, Any]]:
    """The schemas as kratos.yml has them, the shipped one first."""
    own = {"id": "person", "url": "file://kratos/identity.schema.json", "selfservice_selectable": True}
    return [own] + [
        {
            "id": name,
            "url": "base64://" + base64.b64encode(json.dumps(schema).encode()).decode(),
            "selfservice_selectable": True,
        }
        for name, schema in SCHEMAS.items()
    ]
