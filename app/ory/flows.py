"""Kratos' self-service flows, parsed as tolerantly as `app.ory.models`; attributes stay the mapping Kratos sent."""

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Self

from app import urls
from app.ory.models import Json, items, mapping, micros, text

_GROUP = re.compile("[a-z0-9_]{1,32}")  # goes into ids and sentences
# Hidden fields that are new in each flow, with their placeholders in a Blank: random, so that nobody can send one.
PLACEHOLDERS = {name: f"{name}-{secrets.token_hex(16)}" for name in ("csrf_token", "passkey_challenge")}
# The keys allowed in a node of a Blank: all come from Kratos' configuration.
_CONFIGURED = frozenset(
    {
        *("type", "group", "attributes", "messages", "meta", "label", "text", "context", "title", "provider"),
        *("provider_id", "name", "value", "node_type", "required", "disabled", "autocomplete", "maxlength", "pattern"),
        *("id", "src", "async", "integrity", "crossorigin", "referrerpolicy", "nonce"),
        *("onclick", "onclickTrigger", "onload", "onloadTrigger"),
    }
)
MAX_BLANKS = 64  # kept in the cache; a configuration has one for each kind of sign-in


@dataclass(slots=True)
class Message:
    """One message of Kratos: `id`, English `text`, `kind` (info, success, error), and its values in `context`."""

    id: int
    text: str
    kind: str
    context: Json = field(default_factory=dict)
    field_id: str = ""  # the id, in our page, of the field that a message of the flow is about

    @classmethod
    def parse(cls, data: object) -> Self:
        """Parse `{id, text, type, context}`; an unknown type counts as info."""
        raw = mapping(data)
        number, kind, context = raw.get("id"), raw.get("type"), raw.get("context")
        return cls(
            number if isinstance(number, int) else 0,
            text(raw.get("text")),
            str(kind) if kind in ("error", "success") else "info",
            mapping(context) if context else {},
        )


@dataclass(slots=True)
class Node:
    """One node of `ui.nodes`; `attributes` are as Kratos sent them; `name` is "" for nodes other than inputs."""

    kind: str
    group: str
    attributes: Json
    messages: tuple[Message, ...]
    label: Message
    name: str

    @classmethod
    def parse(cls, data: object) -> Self:
        """Parse a node; missing parts are empty."""
        raw = mapping(data)
        attributes, messages, group = mapping(raw.get("attributes")), raw.get("messages"), text(raw.get("group"))
        return cls(
            text(raw.get("type")) or text(attributes.get("node_type")),
            group if _GROUP.fullmatch(group) else "default",
            attributes,
            tuple(map(Message.parse, items(messages))) if messages else (),
            _label(attributes.get("title"), mapping(raw.get("meta")).get("label"), attributes.get("label")),
            text(attributes.get("name")),
        )


def _label(*labels: object) -> Message:
    """Return the first label that has a text."""
    for label in labels:
        if label and text(mapping(label).get("text")):
            return Message.parse(label)
    return Message(0, "", "info")


@dataclass(frozen=True, slots=True, eq=False)
class Blank:
    """The nodes of a form that nobody has filled in: the same in all flows, except for the PLACEHOLDERS."""

    nodes: tuple[Node, ...]

    def filled(self, values: Mapping[str, str]) -> tuple[Node, ...]:
        """Return the nodes with these values in the hidden fields."""
        return tuple(
            replace(node, attributes={**node.attributes, "value": values[node.name]}) if node.name in values else node
            for node in self.nodes
        )


def _blank(nodes: list[Any]) -> tuple[Blank | None, Mapping[str, str]]:
    """Return the nodes as a Blank and the values of its PLACEHOLDERS; None if a node has other data of a flow."""
    values = dict[str, str]()
    try:
        return blank_of(json.dumps([_with_placeholders(node, values) for node in nodes])), values
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):  # filled in, or not as Kratos writes it
        return None, {}


@lru_cache(MAX_BLANKS)
def blank_of(shape: str) -> Blank:
    """Parse nodes in JSON; raise ValueError (never cached) if they hold data of a person."""
    nodes = json.loads(shape)
    if not all(map(_is_configured, nodes)):
        raise ValueError
    return Blank(tuple(map(Node.parse, nodes)))


def _with_placeholders(node: Any, values: dict[str, str]) -> Any:
    """Return a node with a placeholder for the value that is new in each flow; put that into `values`."""
    attributes = node["attributes"]
    if "nonce" in attributes:  # of Kratos' script; a page has its own nonce
        return {**node, "attributes": {**attributes, "nonce": ""}}
    if attributes["type"] != "hidden" or attributes["name"] not in PLACEHOLDERS:
        return node
    name, value = attributes["name"], attributes["value"]
    if not isinstance(value, str) or values.setdefault(name, value) != value:
        raise ValueError
    return {**node, "attributes": {**attributes, "value": PLACEHOLDERS[name]}}


def _is_configured(node: Any) -> bool:
    """Whether a node has only values of Kratos' configuration, none of a person or a flow."""
    attributes, label = node["attributes"], node["meta"].get("label") or {}
    is_button = attributes["type"] == "submit" and attributes["name"] in ("method", "provider")
    has_value = attributes.get("value") and attributes["value"] not in PLACEHOLDERS.values() and not is_button
    is_plain = _CONFIGURED.issuperset({*node, *attributes, *node["meta"], *label, *(label.get("context") or ())})
    is_trait = str(attributes.get("name")).startswith("traits.")  # its shape depends on the schema of this flow
    return is_plain and not (has_value or is_trait or node["messages"]) and node["type"] in ("input", "script")


class Schema(dict[str, Any]):
    """An identity schema; hashed as one object, so that what is read from it can be cached."""

    __hash__ = object.__hash__  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class Flow:
    """The part of a self-service flow of Kratos that a page needs."""

    id: str
    action: str
    method: str
    nodes: tuple[Node, ...]
    messages: tuple[Message, ...]
    return_to: str = ""
    request_url: str = ""
    active: str = ""
    state: str = ""
    refresh: bool = False
    requested_aal: str = ""
    organization: str = ""
    identity_schema: str = ""
    issued_at: int = 0  # microseconds since 1970 or 0
    identity: Json = field(default_factory=dict, repr=False)  # as stored, in settings flows only
    blank: Blank | None = field(default=None, repr=False, compare=False)  # the nodes, if nobody has filled them in
    values: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)  # for `blank`

    @classmethod
    def parse(cls, data: object, may_be_blank: bool = False) -> Self:
        """Parse a flow; any part of it may be missing."""
        raw = mapping(data)
        ui = mapping(raw.get("ui"))
        blank, values = _blank(items(ui.get("nodes"))) if may_be_blank else (None, {})
        request_url = text(raw.get("request_url"))
        parameters = urls.query(request_url)
        return cls(
            id=text(raw.get("id")),
            action=text(ui.get("action")),
            method="get" if text(ui.get("method")).upper() == "GET" else "post",
            nodes=blank.filled(values) if blank else tuple(map(Node.parse, items(ui.get("nodes")))),
            messages=tuple(map(Message.parse, items(ui.get("messages")))),
            return_to=text(raw.get("return_to")) or parameters.get("return_to", ""),
            request_url=request_url,
            active=text(raw.get("active")),
            state=text(raw.get("state")),
            refresh=raw.get("refresh") is True,
            requested_aal=text(raw.get("requested_aal")),
            organization=text(raw.get("organization_id")) or parameters.get("organization", ""),
            identity_schema=text(raw.get("identity_schema")) or parameters.get("identity_schema", ""),
            issued_at=micros(raw.get("issued_at")) or 0,
            identity=mapping(raw.get("identity")),
            blank=blank,
            values=values,
        )
