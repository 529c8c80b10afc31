"""Kratos' self-service flows, parsed as tolerantly as `app.ory.models`; attributes stay the mapping Kratos sent."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from app import urls
from app.ory.models import Json, items, mapping, micros, text

_GROUP = re.compile("[a-z0-9_]{1,32}")  # pages use it in ids and sentences


@dataclass(slots=True)
class Message:
    """One sentence of Kratos: `id` names it, `text` is its English, `kind` is info, success or error.

    `context` has the values in it.
    """

    id: int
    text: str
    kind: str
    context: Json = field(default_factory=dict)

    @classmethod
    def parse(cls, data: object) -> Message:
        """Read `{id, text, type, context}`; a message of unknown type counts as information."""
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
    """One node of `ui.nodes`; `attributes` as Kratos sent them; `name` is that of an input, "" for other nodes."""

    kind: str
    group: str
    attributes: Json
    messages: tuple[Message, ...]
    label: Message
    name: str

    @classmethod
    def parse(cls, data: object) -> Node:
        """Read a node; everything that is missing is empty."""
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
    """The first of these that has words."""
    for label in labels:
        if label and text(mapping(label).get("text")):
            return Message.parse(label)
    return Message(0, "", "info")


@dataclass(frozen=True, slots=True)
class Flow:
    """A self-service flow of Kratos, as much of it as a page needs; `issued_at` in microseconds since 1970 or 0.

    `identity` is whose settings they are, as it is stored; other flows bring none along.
    """

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
    issued_at: int = 0
    identity: Json = field(default_factory=dict, repr=False)

    @classmethod
    def parse(cls, data: object) -> Flow:
        """Read a flow; `ui` may lack anything, ids compare as strings."""
        raw = mapping(data)
        ui = mapping(raw.get("ui"))
        request_url = text(raw.get("request_url"))
        parameters = urls.query(request_url)
        return cls(
            id=text(raw.get("id")),
            action=text(ui.get("action")),
            method="get" if text(ui.get("method")).upper() == "GET" else "post",
            nodes=tuple(map(Node.parse, items(ui.get("nodes")))),
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
        )
