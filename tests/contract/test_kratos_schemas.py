"""Kratos tells anybody its identity schemas; pages read them to post traits without loss."""

import json
from pathlib import Path

from tests.stack.browser import Browser

SCHEMA = json.loads((Path(__file__).parents[2] / "kratos/identity.schema.json").read_text())


def test_a_schema_is_told_by_its_id(visitor: Browser) -> None:
    assert visitor.get("/schemas/person").json() == SCHEMA


def test_all_schemas_are_told(visitor: Browser) -> None:
    assert visitor.get("/schemas").json() == [{"id": "person", "schema": SCHEMA}]


def test_an_unknown_schema_is_not_found(visitor: Browser) -> None:
    assert visitor.get("/schemas/nobodys").status_code == 404


def test_a_settings_flow_names_its_schema_and_has_all_traits(signed_in: Browser) -> None:
    identity = signed_in.begin("settings")["identity"]
    assert identity["schema_id"] == "person"
    assert identity["traits"].keys() == {"email"}
