"""Reads the traits of an identity schema as Kratos does (oryx' jsonschemax/keys.go, decoderx/http.go)."""

import re
from collections.abc import Container, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from app.ory.flows import Schema
from app.ory.models import Json, items, mapping, text

SCALARS = {"string": "string", "number": "number", "integer": "number", "boolean": "boolean"}
CONSTANTS: Mapping[type, str] = {str: "string", int: "number", float: "number", bool: "boolean"}
KINDS = {**SCALARS, "array": "list", "object": "object"}
KINDS_OF_IDENTIFIERS = {"email": "email", "tel": "phone", "sms": "phone"}  # by format or channel
_BRANCHES = ("not", "if", "then", "else", "allOf", "anyOf", "oneOf")
_PLAIN_KEY = re.compile(r"(?!\d+\Z)\w[\w-]*")  # Kratos uses names as paths, in which other characters have a meaning

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """One trait: its path in the identity, and the kind of its value."""

    path: Path
    kind: str  # string, number, boolean, list, object or "" for anything else, besides null
    items: str = ""  # the kind of a list's items, "" for lists and objects
    posted: bool = True  # whether Kratos reads it from a form field of its name
    added: bool = False  # whether Kratos stores `{}` if a form does not have it
    options: tuple[str, ...] = ()  # the allowed values, as forms write them
    format: str = ""  # of the value, or of a list's items
    title: str = ""
    must_be_true: bool = False  # only true is allowed
    defaulted: bool = False

    @property
    def has_node(self) -> bool:
        """Whether Kratos always sends a node for it."""
        return (self.posted or self.defaulted) and not self.added


Shapes = Mapping[str, Shape]


class _ForeignReference(Exception):
    """The schema refers to another document."""


@lru_cache(maxsize=64)
def shapes(schema: Schema) -> Shapes:
    """Return all traits of a schema, and `traits` itself, by node name; empty if it refers to another document."""
    by_name: dict[str, Shape] = {}
    try:
        for path, node in _walk(schema, schema, lists=False):
            name = ".".join(path)
            if path[:1] != ("traits",) or text(node.get("$ref")) or (name in by_name and by_name[name].defaulted):
                continue
            if shape := _shape(schema, node, path):
                by_name[name] = shape
    except _ForeignReference:
        return {}
    return by_name


def identifiers(schema: Schema, methods: Container[str]) -> tuple[Path, ...]:
    """Return the paths of identifiers, those of most `methods` first; empty if the schema refers to another one."""
    paths = [
        (-sum(method in methods for method in by), "password" not in by, path) for path, _, by in _identifying(schema)
    ]
    return tuple(dict.fromkeys(path for *_, path in sorted(paths, key=lambda entry: entry[:2])))


def identifier_kinds(schema: Schema, methods: Container[str]) -> frozenset[str]:
    """Return what identifies people for these methods, for any if there is none: "email", "phone", "username"."""
    known = [(kind, any(method in methods for method in by)) for _, kind, by in _identifying(schema)]
    return frozenset(kind for kind, fits in known if fits) or frozenset(kind for kind, _ in known)


@lru_cache(maxsize=64)
def unshared(schema: Schema) -> frozenset[str]:
    """Return the names of traits that no two accounts share: identifiers, and addresses for verification or recovery.

    Empty if the schema refers to another one.
    """
    names: set[str] = set()
    try:
        for path, node in _walk(schema, schema, lists=True):
            kratos = mapping(node.get("ory.sh/kratos"))
            identifies = [mapping(use).get("identifier") for use in mapping(kratos.get("credentials")).values()]
            sent_to = [mapping(kratos.get(use)).get("via") for use in ("verification", "recovery")]
            if path[:1] == ("traits",) and (True in identifies or any(sent_to)):
                names.add(".".join(path))
    except _ForeignReference:
        return frozenset()
    return frozenset(names)


@lru_cache(maxsize=64)
def _identifying(schema: Schema) -> tuple[tuple[Path, str, tuple[str, ...]], ...]:
    """Return the traits that identify a person: path, kind, methods; none if the schema refers to another one."""
    traits: list[tuple[Path, str, tuple[str, ...]]] = []
    try:
        for path, node in _walk(schema, schema, lists=True):
            uses = mapping(mapping(node.get("ory.sh/kratos")).get("credentials"))
            by = tuple(method for method, use in uses.items() if mapping(use).get("identifier") is True)
            if path[:1] == ("traits",) and by:
                traits.append((path, _identifier_kind(node), by))
    except _ForeignReference:
        return ()
    return tuple(traits)


def _identifier_kind(node: Json) -> str:
    """Return what a trait is by its format, and by where Kratos sends its codes."""
    kratos = mapping(node.get("ory.sh/kratos"))
    parts = (kratos.get("verification"), kratos.get("recovery"), mapping(kratos.get("credentials")).get("code"))
    said = (text(node.get("format")), *(text(mapping(part).get("via")) for part in parts))
    return next((KINDS_OF_IDENTIFIERS[word] for word in said if word in KINDS_OF_IDENTIFIERS), "username")


def value_at(place: Any, path: Path) -> Any:
    """Return the value at a path, None for none."""
    for key in path:
        place = mapping(place).get(key)
    return place


def with_objects(traits: Json, known: Shapes) -> dict[str, Any]:
    """Return the traits, with missing lists as empty ones: Kratos would store an object there, and then refuse it."""
    whole: dict[str, Any] = deepcopy(dict(traits))
    for shape in known.values():
        if shape.added and shape.kind == "list" and len(shape.path) > 1:
            *above, key = shape.path[1:]
            place: Any = whole
            for name in above:
                place = place.setdefault(name, {}) if isinstance(place, dict) else None
            if isinstance(place, dict):
                place.setdefault(key, [])
    return whole


def _walk(
    root: Json, node: Json, path: Path = (), seen: frozenset[int] = frozenset(), *, lists: bool
) -> Iterator[tuple[Path, Json]]:
    """Yield this schema and those inside it, each with the path of its value; with `lists` also those of items."""
    yield path, node
    if id(node) in seen:
        return
    if reference := text(node.get("$ref")):
        inside = [(path, _resolved(root, reference))]
    else:
        values = [node.get(key) for key in (*_BRANCHES, *(("items",) if lists else ()))]
        inside = [(path, schema) for value in values for schema in items(value) or [value]]
        inside += [((*path, name), schema) for name, schema in mapping(node.get("properties")).items()]
    for place, schema in inside:
        if isinstance(schema, Mapping):
            yield from _walk(root, schema, place, seen | {id(node)}, lists=lists)


def _resolved(root: Json, reference: str) -> Json:
    document, _, pointer = reference.partition("#")
    if document and document != text(root.get("$id")).rstrip("#"):
        raise _ForeignReference
    place: Any = root
    for key in filter(None, pointer.split("/")):
        place = mapping(place).get(key.replace("~1", "/").replace("~0", "~"))
    return mapping(place)


def _shape(root: Json, node: Json, path: Path) -> Shape | None:
    """Return the shape of one schema; None without a type, as in a branch that only restricts another."""
    kinds = [CONSTANTS.get(type(node["const"]), "null")] if "const" in node else _types(node)
    if not kinds and "default" not in node:
        return None
    real = [kind for kind in kinds if kind != "null"]
    kind = KINDS.get(real[0], "") if len(real) == 1 else ""
    shape = Shape(
        path,
        kind,
        posted=len(kinds) == 1 and bool(real) and all(map(_PLAIN_KEY.fullmatch, path)),
        added=kind == "object" and len(kinds) == 1,
        options=_options(node),
        format=text(node.get("format")),
        title=text(node.get("title")),
        must_be_true=node.get("const") is True,
        defaulted=node.get("default") is not None,
    )
    return _list(root, node, shape) if kind == "list" else shape


def _list(root: Json, node: Json, shape: Shape) -> Shape:
    """Return the shape of a list: items of unknown kind are posted as strings, objects are not posted."""
    definitions = items(node.get("items")) or [mapping(node.get("items"))]
    alike = [
        _resolved(root, text(definition.get("$ref"))) if definition.get("$ref") else definition
        for definition in map(mapping, definitions)
    ]
    kinds = [kind for definition in alike for kind in _types(definition)]
    kinds = [kind for number, kind in enumerate(kinds) if number == 0 or kinds[number - 1] != kind]
    if len(kinds) == 1 and kinds[0] not in SCALARS:
        return replace(shape, posted=False, added=shape.posted)
    item = KINDS[kinds[0]] if len(kinds) == 1 else "string"
    first = alike[0] if len(alike) == 1 else {}
    return replace(shape, items=item, options=_options(first), format=text(first.get("format")))


def _types(node: Json) -> list[str]:
    kinds = node.get("type")
    return [kinds] if isinstance(kinds, str) else [kind for kind in items(kinds) if isinstance(kind, str)]


def _options(node: Json) -> tuple[str, ...]:
    values = (item for item in items(node.get("enum")) if isinstance(item, str | int | float))
    return tuple(str(value) for value in values if not isinstance(value, bool) and value != "")
