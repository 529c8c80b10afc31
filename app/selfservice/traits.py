"""Arranges the fields of traits so that a form changes only what the person changes.

Kratos replaces all traits by those in the form, and silently loses values that a form cannot post. So a list is posted
as repeated values of one name, and other values as JSON in a hidden field of an object above them.
"""

import json
import re
import sys
from collections.abc import Container, Iterable, Mapping
from enum import IntEnum

from app.ory.flows import Flow, Node
from app.ory.models import Json, items, mapping
from app.selfservice.fields import Field, as_posted
from app.selfservice.identity_schemas import Shape, Shapes, value_at, with_objects

ROOT = "traits"
# The input type of a list's items, by their kind and their format.
ITEM_TYPES = {"number": "number", "boolean": "checkbox"}
FORMATS = {"email": "email", "tel": "tel", "uri": "url", "date": "date"}
MAX_NUMBER = sys.float_info.max  # the largest that Kratos can store
_ITEM = re.compile(r"(.+)\.([0-9]{1,9})")
_NEW_LINE = re.compile(r"[\r\n]")


class Loss(IntEnum):
    """How much of a value a form would lose: nothing, little (empty becomes missing, line ends change), or all."""

    NONE = 0
    LITTLE = 1
    ALL = 2


def unsaved(flow: Flow) -> list[Node]:
    """Return the nodes of the traits whose value in the form is not the one stored."""
    named = (node for node in flow.nodes if node.name.startswith("traits."))
    return [n for n in named if as_posted(n.attributes.get("value")) != as_posted(_stored(flow.identity, n.name))]


def _stored(identity: Json, name: str) -> object:
    place: object = identity
    for key in name.split("."):
        row = items(place)
        place = row[int(key)] if row and key.isdecimal() and int(key) < len(row) else mapping(place).get(key)
    return place


def arrange(
    fields: list[Field], known: Shapes, stored: Json | None = None, adding: str = "", *, items_lost: bool = False
) -> list[Field]:
    """Return the fields, with hidden ones for values of `stored` that a form cannot post; the list `adding` grows.

    `items_lost`: Kratos has lost the items of lists, so the person has to see them.
    """
    lists = _lists(fields, known)
    kept: list[Field] = []
    for field in fields:
        shape, item = known.get(field.name), _ITEM.fullmatch(field.name)
        if not field.is_trait or not field.kind:
            kept.append(field)
        elif field.name in lists:
            kept += _as_list(field, lists[field.name], shape, adding, items_lost)
        elif item and item[1] in lists:
            continue
        elif known and (shape is None or shape.kind == "object"):
            kept.append(_not_shown(field))  # no form can change it, but a hook may send messages for it
        else:
            kept += _single(field, shape)
    return kept if stored is None or not known else _without_loss(kept, stored, known)


def _lists(fields: Iterable[Field], known: Shapes) -> dict[str, list[Field]]:
    """Return the items of each list by its name, in order, because Kratos sorts them by value."""
    names = {field.name for field in fields}
    of_schema = {name for name, shape in known.items() if shape.kind == "list"}
    lists: dict[str, dict[int, Field]] = {name: {} for name in of_schema & names}
    for field in fields:
        item = _ITEM.fullmatch(field.name)
        if item and item[1] in names and (not known or item[1] in of_schema):
            lists.setdefault(item[1], {})[int(item[2])] = field
    return {name: [items[number] for number in sorted(items)] for name, items in lists.items()}


def _as_list(field: Field, items: list[Field], shape: Shape | None, adding: str, items_lost: bool) -> list[Field]:
    field.messages = (*field.messages, *(message for item in items for message in item.messages))
    values = [item.raw for item in items if item.raw is not None and item.raw != ""]
    if field.kind == "hidden" and not items_lost:
        return [_not_shown(field), *(_hidden(field.group, field.name, value) for value in values)]
    field.kind, field.value, field.raw = "list", "", None
    field.values, field.adding = tuple(map(as_posted, values)), adding == field.name
    if shape:
        field.format, field.options = shape.format, shape.options
    field.type = ITEM_TYPES.get(shape.items if shape else "") or FORMATS.get(field.format, "text")
    return [field]


def _single(field: Field, shape: Shape | None) -> list[Field]:
    """Return the fields of one trait; browsers do not post a disabled field, so it gets a hidden one, too."""
    if shape and shape.options and shape.kind in ("string", "number") and field.kind == "input":
        field.kind, field.options = "select", shape.options
    field.must_be_true = bool(shape and shape.must_be_true)
    if not field.disabled or field.kind == "hidden":
        return [field]
    field.not_posted = True
    return [field, _hidden(field.group, field.name, field.raw)]


def _not_shown(field: Field) -> Field:
    """Hide a field but keep its messages, which name it only if Kratos sent a label."""
    field.kind = ""
    field.label = "" if field.untitled else field.label
    return field


def _hidden(group: str, name: str, value: object, *, all_traits: bool = False) -> Field:
    return Field("hidden", name, group, raw=value, value=as_posted(value), all_traits=all_traits)


def _without_loss(fields: list[Field], stored: Json, known: Shapes) -> list[Field]:
    """Add hidden fields for what the form would lose; one of them has all traits, for the script only."""
    all_traits = with_objects(stored, known)
    as_json: dict[str, Json] = {}
    loss = _loss_of_object(ROOT, all_traits, known, as_json)
    traits = [field for field in fields if field.is_trait and field.kind]
    unposted = any(field.name in known and not known[field.name].posted for field in traits)
    if loss is Loss.NONE and not as_json and not unposted:
        return fields
    if loss is Loss.ALL:
        as_json = {ROOT: all_traits}
    for field in traits:
        _set_script_target(field, known.get(field.name), as_json, stored)
    group = traits[0].group if traits else "profile"
    # JSON in ASCII, so that no browser changes line ends.
    for name, value in as_json.items():
        if not _is_under(name, as_json):
            fields.append(_hidden(group, name, json.dumps(value)))
    return [*fields, _hidden(group, ROOT, json.dumps(all_traits), all_traits=True)]


def _loss_of_object(name: str, value: Json, known: Shapes, as_json: dict[str, Json]) -> Loss:
    """Return the loss of an object's members; put a member object with Loss.ALL into `as_json`, to be posted whole."""
    worst = Loss.NONE
    for key, member in value.items():
        path = f"{name}.{key}"
        shape = known.get(path)
        if shape and shape.kind == "object" and shape.posted and isinstance(member, Mapping):
            loss = _loss_of_object(path, member, known, as_json)
            if loss is Loss.ALL:
                as_json[path] = member
                loss = Loss.NONE
        else:
            loss = _loss(shape, member)
        worst = max(worst, loss)
    return worst


def _loss(shape: Shape | None, value: object) -> Loss:
    """Return the loss of a value other than an object; the page does not show a list's empty item."""
    if value is None or value == "" or (value == [] and not (shape and shape.added)):
        return Loss.LITTLE
    if shape is None or not shape.posted:
        return Loss.ALL
    if shape.kind != "list":
        return _loss_of_scalar(shape.kind, value)
    if not isinstance(value, list):
        return Loss.ALL
    return max((Loss.LITTLE if item == "" else _loss_of_scalar(shape.items, item) for item in value), default=Loss.NONE)


def _loss_of_scalar(kind: str, value: object) -> Loss:
    if kind == "string" and isinstance(value, str):
        return Loss.LITTLE if _NEW_LINE.search(value) else Loss.NONE
    if isinstance(value, bool):
        return Loss.NONE if kind == "boolean" else Loss.ALL
    fits = kind == "number" and isinstance(value, int | float) and abs(value) <= MAX_NUMBER and float(value) == value
    return Loss.NONE if fits else Loss.ALL


def _set_script_target(field: Field, shape: Shape | None, as_json: Mapping[str, Json], stored: Json) -> None:
    """Tell the script where to put a trait's value; hide a field that a page cannot show."""
    if shape is None or not shape.kind or (shape.kind == "list" and not (shape.items and shape.posted)):
        _not_shown(field)
        return
    field.path, field.value_kind = json.dumps(shape.path[1:]), shape.kind
    if not shape.posted and field.raw is None:
        field.set_value(value_at(stored, shape.path[1:]))
    if not shape.posted or _is_under(field.name, as_json):
        field.not_posted = field.script_only = True


def _is_under(name: str, as_json: Container[str]) -> bool:
    while name := name.rpartition(".")[0]:
        if name in as_json:
            return True
    return False
