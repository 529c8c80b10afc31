"""What Kratos tells us, parsed tolerantly: an unknown value never costs a page.

ory-client's own models raise on every new enum value (ory/kratos#4578 and its like since 2021), so replies are read
here. Only what a rule needs is a field; node attributes stay the mapping Kratos sent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from app import urls

SECOND = 1_000_000
Json = Mapping[str, Any]
_GROUP = re.compile("[a-z0-9_]{1,32}")  # pages use it in ids and sentences


def text(value: object) -> str:
    """The value if it is a string, else ""."""
    return value if isinstance(value, str) else ""


def mapping(value: object) -> Json:
    """The value if it is a JSON object, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def items(value: object) -> list[Any]:
    """The value if it is a JSON array, else an empty one."""
    return value if isinstance(value, list) else []


def strings(value: object) -> tuple[str, ...]:
    """The non-empty strings of a JSON array, each once, in order."""
    return tuple(dict.fromkeys(item for item in items(value) if isinstance(item, str) and item))


def micros(value: object) -> int | None:
    """An RFC 3339 time as microseconds since 1970, None when it is missing or not one."""
    try:
        moment = datetime.fromisoformat(text(value))
    except ValueError:
        return None
    return int(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() * 1_000_000)


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
        number = raw.get("id")
        kind = text(raw.get("type"))
        return cls(
            number if isinstance(number, int) else 0,
            text(raw.get("text")),
            kind if kind in ("error", "success") else "info",
            mapping(raw.get("context")),
        )


@dataclass(slots=True)
class Node:
    """One node of `ui.nodes`; `attributes` as Kratos sent them."""

    kind: str
    group: str
    attributes: Json
    messages: tuple[Message, ...]
    label: Message

    @property
    def name(self) -> str:
        """The name of an input, "" for other nodes."""
        return text(self.attributes.get("name"))

    @classmethod
    def parse(cls, data: object) -> Node:
        """Read a node; everything that is missing is empty."""
        raw = mapping(data)
        attributes = mapping(raw.get("attributes"))
        labels = map(mapping, (attributes.get("title"), mapping(raw.get("meta")).get("label"), attributes.get("label")))
        group = text(raw.get("group"))
        return cls(
            text(raw.get("type")) or text(attributes.get("node_type")),
            group if _GROUP.fullmatch(group) else "default",
            attributes,
            tuple(map(Message.parse, items(raw.get("messages")))),
            Message.parse(next((label for label in labels if text(label.get("text"))), None)),
        )


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


@dataclass(frozen=True, slots=True)
class Method:
    """One proof a person gave: its Kratos name, the level it counts for, and when (microseconds since 1970).

    `provider`: who vouched, for `oidc` and `saml`.
    """

    name: str
    aal: str
    completed_at: int
    provider: str = ""

    @classmethod
    def parse(cls, data: object) -> Method:
        """Read an item of `authentication_methods`; everything that is missing is empty."""
        raw = mapping(data)
        completed_at = micros(raw.get("completed_at")) or 0
        return cls(text(raw.get("method")), text(raw.get("aal")), completed_at, text(raw.get("provider")))


@dataclass(frozen=True, slots=True)
class Identity:
    """A person as Kratos knows them; traits are whatever the operator's schema says."""

    id: str
    state: str
    raw: Json = field(repr=False)

    @classmethod
    def parse(cls, data: object) -> Identity:
        """Read an identity; who has no state is active."""
        raw = mapping(data)
        return cls(text(raw.get("id")), text(raw.get("state")) or "active", raw)


@dataclass(frozen=True, slots=True)
class Session:
    """A live Kratos session and whose it is."""

    id: str
    identity: Identity
    aal: str
    methods: tuple[Method, ...]
    expires_at: int | None
    raw: Json = field(default_factory=dict, repr=False)

    @classmethod
    def parse(cls, data: object) -> Session | None:
        """Read a session; None when it is not active or nobody's, whatever the status said."""
        raw = mapping(data)
        identity = Identity.parse(raw.get("identity"))
        if raw.get("active") is not True or not text(raw.get("id")) or not identity.id:
            return None
        return cls(
            id=text(raw.get("id")),
            identity=identity,
            aal="aal2" if raw.get("authenticator_assurance_level") == "aal2" else "aal1",
            methods=tuple(map(Method.parse, items(raw.get("authentication_methods")))),
            expires_at=micros(raw.get("expires_at")),
            raw=raw,
        )


@dataclass(frozen=True, slots=True)
class Whoami:
    """Kratos' answer to "who is this browser": a session, nobody, or somebody who owes a second factor.

    `now` is the answer's own Date in microseconds (whole seconds); no clock of ours is compared with Kratos'.
    """

    now: int
    session: Session | None = None
    aal2_required: bool = False
