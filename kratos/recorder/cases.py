"""What is recorded, as demo.yml and variants.yml tell it: who comes to which flow, and what they post there."""

from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel

Post = dict[str, Any]

EMAIL, PASSWORD, TAKEN = "recorded@example.org", "a-password-for-the-recorder", "taken@example.org"
INVALID, SHORT = "not-an-address@", "short"


class Person(BaseModel):
    email: str = EMAIL
    traits: dict[str, Any] = {}
    posts: list[Post] = []
    entry: tuple[str, list[Post]] | None = None
    spends: bool = False
    leaves: bool = False


class Case(BaseModel):
    flow: str = ""
    posts: list[Post] = []
    person: Person | None = None
    query: dict[str, str] = {}
    back: bool = False


class Variant(BaseModel):
    """A configuration of Kratos and its cases; without `traits` the schema is the demo's."""

    settings: dict[str, Any]
    accounts: list[dict[str, Any]]
    cases: dict[str, Case]
    traits: dict[str, Any] | None = None
    required: list[str] = []


class Demo(BaseModel):
    begin: dict[str, Case]
    scripts: dict[str, dict[str, list[Post]]]
    errors: dict[str, dict[str, tuple[str, dict[str, str]]]]


def read(name: str) -> Any:
    return yaml.safe_load(Path(__file__).with_name(name).read_text(encoding="utf-8"))


DEMO = Demo.model_validate(read("demo.yml"))
VARIANTS = [Variant.model_validate(variant) for variant in read("variants.yml")["variants"]]
