"""A flow's traits arranged so that a form which changes one of them leaves the others exactly as they are.

Kratos replaces all traits by what a form posts, and loses without a word what it cannot take from a form: so lists are
posted as repeated values of one name, and what has no such way travels as JSON in a hidden field of an object above it.
"""

import json
import re
import sys
from collections.abc import Container, Iterable, Mapping
from enum import IntEnum

from app.ory.models import Json
from app.selfservice.fields import Field, as_posted
from app.selfservice.identity_schemas import Shape, Shapes, value_at, with_objects

ROOT = "traits"
# How a list's items are typed, by what they are and by their format.
ITEM_TYPES = {"number": "number", "boolean": "checkbox"}
FORMATS = {"email": "email", "tel": "tel", "uri": "url", "date": "date"}
MAX_NUMBER = sys.float_info.max  # number Kratos can store
_ITEM = re.compile(r"(.+)\.([0-9]{1,9})")
_NEW_LINE = re.compile(r"[\r\n]")


class Loss(IntEnum):
    """What of a value a form would lose: nothing, a shade (empty becomes missing, ends of lines change), or all."""

    NONE = 0
    SHADE = 1
    ALL = 2


def arrange(
    fields: list[Field], known: Shapes, stored: Json | None = None, adding: str = "", *, forgotten: bool = False
) -> list[Field]:
    """A field for each trait of `known`, `adding` one line to a list; hidden ones hold what no form can carry."""
    lists = _lists(fields, known)
    kept: list[Field] = []
    for field in fields:
        shape, item = known.get(field.name), _ITEM.fullmatch(field.name)
        if not field.is_trait or not field.kind:
            kept.append(field)
        elif field.name in lists:
            kept += _as_list(field, lists[field.name], shape, adding, forgotten)
        elif item and item[1] in lists:
            continue
        elif known and (shape is None or shape.kind == "object"):
            kept.append(_silenced(field))  # nothing a form could change; hooks may speak about such
        else:
            kept += _single(field, shape)
    return kept if stored is None or not known else _without_loss(kept, stored, known)


def _lists(fields: Iterable[Field], known: Shapes) -> dict[str, list[Field]]:
    """The items of every list by its name, in order: Kratos sorts them by value."""
    names = {field.name for field in fields}
    of_schema = {name for name, shape in known.items() if shape.kind == "list"}
    lists: dict[str, dict[int, Field]] = {name: {} for name in of_schema & names}
    for field in fields:
        item = _ITEM.fullmatch(field.name)
        if item and item[1] in names and (not known or item[1] in of_schema):
            lists.setdefault(item[1], {})[int(item[2])] = field
    return {name: [items[number] for number in sorted(items)] for name, items in lists.items()}


def _as_list(field: Field, items: list[Field], shape: Shape | None, adding: str, forgotten: bool) -> list[Field]:
    field.messages = (*field.messages, *(message for item in items for message in item.messages))
    values = [item.raw for item in items if item.raw is not None and item.raw != ""]
    if field.kind == "hidden" and not forgotten:
        return [_silenced(field), *(_hidden(field.group, field.name, value) for value in values)]
    field.kind, field.value, field.raw = "list", "", None
    field.values, field.adding = tuple(map(as_posted, values)), adding == field.name
    if shape:
        field.format, field.options = shape.format, shape.options
    field.type = ITEM_TYPES.get(shape.items if shape else "") or FORMATS.get(field.format, "text")
    return [field]


def _single(field: Field, shape: Shape | None) -> list[Field]:
    """A single trait's fields; what is shown but cannot be changed is not posted by browsers, so it is also hidden."""
    if shape and shape.options and shape.kind in ("string", "number") and field.kind == "input":
        field.kind, field.options = "select", shape.options
    field.must_be_true = bool(shape and shape.must_be_true)
    if not field.disabled or field.kind == "hidden":
        return [field]
    field.not_posted = True
    return [field, _hidden(field.group, field.name, field.raw)]


def _silenced(field: Field) -> Field:
    """What is not shown, but may have messages; these name it by a label of Kratos' only."""
    field.kind = ""
    field.label = "" if field.untitled else field.label
    return field


def _hidden(group: str, name: str, value: object, *, whole: bool = False) -> Field:
    return Field("hidden", name, group, raw=value, value=as_posted(value), whole=whole)


def _without_loss(fields: list[Field], stored: Json, known: Shapes) -> list[Field]:
    """The fields, with hidden ones of what the others would lose; `whole` has all traits, for the script alone."""
    whole = with_objects(stored, known)
    sealed: dict[str, Json] = {}
    loss = _loss_of_object(ROOT, whole, known, sealed)
    traits = [field for field in fields if field.is_trait and field.kind]
    unposted = any(field.name in known and not known[field.name].posted for field in traits)
    if loss is Loss.NONE and not sealed and not unposted:
        return fields
    if loss is Loss.ALL:
        sealed = {ROOT: whole}
    for field in traits:
        _tell_script(field, known.get(field.name), sealed, stored)
    group = traits[0].group if traits else "profile"
    # JSON in ASCII, so that nothing on its way changes the ends of lines.
    for name, value in sealed.items():
        if not _is_under(name, sealed):
            fields.append(_hidden(group, name, json.dumps(value)))
    return [*fields, _hidden(group, ROOT, json.dumps(whole), whole=True)]


def _loss_of_object(name: str, value: Json, known: Shapes, sealed: dict[str, Json]) -> Loss:
    """What is lost of an object's members; a member object that would lose something for good is `sealed` instead."""
    worst = Loss.NONE
    for key, member in value.items():
        path = f"{name}.{key}"
        shape = known.get(path)
        if shape and shape.kind == "object" and shape.posted and isinstance(member, Mapping):
            loss = _loss_of_object(path, member, known, sealed)
            if loss is Loss.ALL:
                sealed[path] = member
                loss = Loss.NONE
        else:
            loss = _loss(shape, member)
        worst = max(worst, loss)
    return worst


def _loss(shape: Shape | None, value: object) -> Loss:
    """What is lost of a value that is no object of the schema's; a list's empty item is not on the page."""
    if value is None or value == "" or (value == [] and not (shape and shape.added)):
        return Loss.SHADE
    if shape is None or not shape.posted:
        return Loss.ALL
    if shape.kind != "list":
        return _loss_of_scalar(shape.kind, value)
    if not isinstance(value, list):
        return Loss.ALL
    return max((Loss.SHADE if item == "" else _loss_of_scalar(shape.items, item) for item in value), default=Loss.NONE)


def _loss_of_scalar(kind: str, value: object) -> Loss:
    if kind == "string" and isinstance(value, str):
        return Loss.SHADE if _NEW_LINE.search(value) else Loss.NONE
    if isinstance(value, bool):
        return Loss.NONE if kind == "boolean" else Loss.ALL
    fits = kind == "number" and isinstance(value, int | float) and abs(value) <= MAX_NUMBER and float(value) == value
    return Loss.NONE if fits else Loss.ALL


def _tell_script(field: Field, shape: Shape | None, sealed: Mapping[str, Json], stored: Json) -> None:
    """Where the script puts a trait's value; what a page cannot show stays where it is."""
    if shape is None or not shape.kind or (shape.kind == "list" and not (shape.items and shape.posted)):
        _silenced(field)
        return
    field.path, field.holds = json.dumps(shape.path[1:]), shape.kind
    if not shape.posted and field.raw is None:
        field.hold(value_at(stored, shape.path[1:]))
    if not shape.posted or _is_under(field.name, sealed):
        field.not_posted = field.sealed = True


def _is_under(name: str, sealed: Container[str]) -> bool:
    while name := name.rpartition(".")[0]:
        if name in sealed:
            return True
    return False
