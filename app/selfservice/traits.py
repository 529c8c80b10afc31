"""A flow's traits arranged so that a form which changes one of them leaves the others exactly as they are.

Kratos replaces all traits by what a form posts, and loses without a word what it cannot take from a form: so lists are
posted as repeated values of one name, and what has no such way travels as JSON in a hidden field of an object above it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from enum import IntEnum

from app.ory.models import Flow, Json, Message, Node, mapping
from app.selfservice.identity_schemas import Shape, Shapes, value_at, with_objects
from app.selfservice.messages import TRAIT

ROOT = "traits"
_ITEM = re.compile(r"(.+)\.(\d+)")
_NEW_LINE = re.compile(r"[\r\n]")


class Loss(IntEnum):
    """What of a value a form would lose: nothing, a shade (empty becomes missing, ends of lines change), or all."""

    NONE = 0
    SHADE = 1
    ALL = 2


def arranged(flow: Flow, known: Shapes, adding: str = "") -> Flow:
    """The flow with one node for each trait, lists included, and hidden ones for what a form cannot carry.

    `known` is empty where the schema is; `adding` names the list that gets an empty field. Nodes become `type` "list"
    with `items`; `unnamed` ones must not be posted, `path` and `holds` tell the script where their value belongs.
    """
    lists = _lists(flow.nodes, known)
    nodes: list[Node] = []
    for node in flow.nodes:
        name, shape, item = node.name, known.get(node.name), _ITEM.fullmatch(node.name)
        if not name.startswith(f"{ROOT}.") or node.kind != "input":
            nodes.append(node)
        elif name in lists:
            nodes += _as_list(node, lists[name], shape, adding == name)
        elif item and item[1] in lists:
            continue
        elif known and (shape is None or shape.kind == "object"):
            nodes += _silent(node, node.messages)  # nothing a form could change; hooks may speak about such
        else:
            nodes += _single(node, shape)
    if flow.identity and known:
        nodes = _without_loss(nodes, mapping(flow.identity.get("traits")), known)
    return replace(flow, nodes=tuple(nodes))


def _lists(nodes: Iterable[Node], known: Shapes) -> dict[str, list[Node]]:
    """The items of every list by its name, in order: Kratos sorts them by value."""
    names = {node.name for node in nodes}
    schemas_lists = {name for name, shape in known.items() if shape.kind == "list"}
    lists: dict[str, dict[int, Node]] = {name: {} for name in schemas_lists & names}
    for node in nodes:
        item = _ITEM.fullmatch(node.name)
        if item and item[1] in names and (not known or item[1] in schemas_lists):
            lists.setdefault(item[1], {})[int(item[2])] = node
    return {name: [items[number] for number in sorted(items)] for name, items in lists.items()}


def _as_list(node: Node, items: list[Node], shape: Shape | None, adding: bool) -> list[Node]:
    """A list's node; one hidden node for each item where the list is hidden."""
    values = [value for item in items if (value := item.attributes.get("value")) is not None and value != ""]
    messages = (*node.messages, *(message for item in items for message in item.messages))
    if node.attributes.get("type") == "hidden":
        made = [replace(node, attributes={**node.attributes, "value": value}, messages=()) for value in values]
        return [replace(made[0], messages=messages), *made[1:]] if made else _silent(node, messages)
    attributes = {**node.attributes, "type": "list", "items": values, "adding": adding, "value": None}
    if shape:
        attributes |= {"item_type": shape.items, "format": shape.format, "options": _choices(shape)}
    return [replace(node, attributes=attributes, messages=messages)]


def _silent(node: Node, messages: tuple[Message, ...]) -> list[Node]:
    """What says something about a field that is not there."""
    return [replace(node, kind="text", attributes={}, messages=messages)] if messages else []


def _single(node: Node, shape: Shape | None) -> list[Node]:
    """A single trait's node; what is shown but cannot be changed is not posted by browsers, so it is also hidden."""
    attributes = dict(node.attributes)
    if shape and shape.options and shape.kind in ("string", "number") and not attributes.get("options"):
        attributes["options"] = _choices(shape)
    if shape and shape.must_be_true:
        attributes["must_be_true"] = True
    if attributes.get("disabled") is not True or attributes.get("type") == "hidden":
        return [replace(node, attributes=attributes)]
    kept = {"name": attributes.get("name"), "type": "hidden", "value": attributes.get("value")}
    return [replace(node, attributes=attributes | {"unnamed": True}), replace(node, attributes=kept, messages=())]


def _choices(shape: Shape) -> list[dict[str, str]]:
    return [{"value": option} for option in shape.options]


def _without_loss(nodes: list[Node], traits: Json, known: Shapes) -> list[Node]:
    """The nodes, with hidden ones that carry what the others would lose.

    Where nothing is lost there is nothing to add. Otherwise `whole` has all traits for the script, which puts the
    changes into it; without the script an object that holds something no form can carry is posted as it is.
    """
    whole = with_objects(traits, known)
    sealed: dict[str, Json] = {}
    loss = _loss_of_object(ROOT, whole, known, sealed)
    unposted = any(not known[node.name].posted for node in nodes if node.name in known)
    if loss is Loss.NONE and not sealed and not unposted:
        return nodes
    if loss is Loss.ALL:
        sealed = {ROOT: whole}
    shown = [_told_where(node, known, sealed, traits) for node in nodes]
    group = next((node.group for node in nodes if node.name.startswith(f"{ROOT}.")), "profile")
    hidden = [_hidden(group, name, value) for name, value in sealed.items() if not _under(name, sealed)]
    return [*(node for node in shown if node is not None), *hidden, _hidden(group, "", whole)]


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
    """What is lost of a value that is no object of the schema's."""
    if value is None or value == "" or (value == [] and not (shape and shape.added)):
        return Loss.SHADE
    if shape is None or not shape.posted:
        return Loss.ALL
    if shape.kind == "list":
        inside = [_loss_of_item(shape.items, item) for item in value] if isinstance(value, list) else [Loss.ALL]
        return max(inside, default=Loss.NONE)
    return _loss_of_scalar(shape.kind, value)


def _loss_of_item(kind: str, value: object) -> Loss:
    """What is lost of a list's item; an empty one is not on the page."""
    return Loss.SHADE if value == "" else _loss_of_scalar(kind, value)


def _loss_of_scalar(kind: str, value: object) -> Loss:
    if kind == "string" and isinstance(value, str):
        return Loss.SHADE if _NEW_LINE.search(value) else Loss.NONE
    if isinstance(value, bool):
        return Loss.NONE if kind == "boolean" else Loss.ALL
    if kind == "number" and isinstance(value, int | float):
        return Loss.NONE if float(value) == value else Loss.ALL
    return Loss.ALL


def _told_where(node: Node, known: Shapes, sealed: Mapping[str, Json], traits: Json) -> Node | None:
    """A trait's node with what the script needs; None for what a page cannot show: it stays where it is."""
    if not node.name.startswith(f"{ROOT}."):
        return node
    shape = known.get(node.name)
    if shape is None or not shape.kind or (shape.kind == "list" and not (shape.items and shape.posted)):
        return replace(node, kind="text", attributes={}) if node.messages else None
    attributes = {**node.attributes, "path": shape.path[1:], "holds": shape.kind}
    if not shape.posted or _under(node.name, sealed):
        attributes |= {"unnamed": True, "sealed": True}
    if not shape.posted and attributes.get("value") is None:
        attributes["value"] = value_at(traits, shape.path[1:])
    label = node.label if node.label.text or not shape.title else Message(TRAIT, shape.title, "info")
    return replace(node, attributes=attributes, label=label)


def _under(name: str, sealed: Iterable[str]) -> bool:
    return any(name.startswith(f"{above}.") for above in sealed)


def _hidden(group: str, name: str, value: Json) -> Node:
    """A hidden field of JSON in ASCII, so that nothing on its way changes the ends of lines."""
    attributes = {"name": name or ROOT, "type": "hidden", "value": json.dumps(value), "whole": not name}
    return Node("input", group, attributes, (), Message(0, "", "info"))
