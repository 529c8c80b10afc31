"""Kratos' `ui.nodes` become forms a template can print without thinking.

Unknown node types, input types and groups degrade to something usable; nothing here raises. Attributes are picked from
a fixed list: `onclick` and `onload` (strings of script) are never looked at.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from app.domain.models import Flow, Message, Node, text

# Groups of the login page whose methods share the identifier, the best one first: they share one form, in which a
# browser's Enter presses the first button (design D6).
SHARED = ("default", "identifier_first", "password", "code")
INPUT_TYPES = frozenset({"text", "password", "number", "email", "tel", "date", "datetime-local", "url", "checkbox"})
AUTOCOMPLETE = {"identifier": "username", "password": "current-password", "code": "one-time-code"}
ONE_TIME_CODES = frozenset({"code", "totp_code"})


@dataclass(frozen=True, slots=True)
class Field:
    """One line of a form. `kind` is hidden, input, checkbox, button, text or image.

    `id` is unique in the page; `messages` are Kratos' words about this field; `value` is "" for passwords, always.
    """

    kind: str
    name: str
    id: str
    label: str
    value: str = ""
    type: str = "text"
    group: str = "default"
    autocomplete: str = ""
    inputmode: str = ""
    maxlength: int | None = None
    disabled: bool = False
    checked: bool = False
    primary: bool = False
    messages: tuple[Message, ...] = ()

    @property
    def error(self) -> bool:
        """Whether one of the messages says that something is wrong."""
        return any(message.kind == "error" for message in self.messages)


@dataclass(frozen=True, slots=True)
class Form:
    """One `<form>`: its group and its fields in the order they are printed."""

    group: str
    fields: tuple[Field, ...]

    @property
    def usable(self) -> bool:
        """Whether there is anything in it a person can press."""
        return any(field.kind == "button" for field in self.fields)


def login_forms(flow: Flow, identifier: str = "") -> tuple[Form, ...]:
    """The forms of a login page: identifier, password and code together, every other method by itself.

    On the second-factor page nothing is shared, so each method has a form of its own, with the default nodes in it (the
    address a code was sent to is one). `identifier` fills an empty identifier field: who has to confirm that it is them
    need not type it (Kratos leaves it empty where code is on).
    """
    shared = ("default",) if flow.requested_aal == "aal2" else SHARED
    tokens = [node for node in flow.nodes if _name(node) == "csrf_token"][:1]
    others = [node for node in flow.nodes if _name(node) != "csrf_token"]
    together = [node for group in shared for node in others if node.group == group]
    apart = list(dict.fromkeys(node.group for node in others if node.group not in shared))
    copied = together if apart and flow.requested_aal == "aal2" else []
    parts = [("main", together)] if together and not copied else []
    parts += [(group, [*copied, *(node for node in others if node.group == group)]) for group in apart]
    forms = [Form(name, tuple(_fields(name, [*tokens, *nodes]))) for name, nodes in parts]
    return tuple(_prefilled(form, identifier) for form in forms if form.fields)


def _prefilled(form: Form, identifier: str) -> Form:
    if not identifier:
        return form
    fields = (
        replace(field, value=identifier) if field.name == "identifier" and not field.value else field
        for field in form.fields
    )
    return Form(form.group, tuple(fields))


def has_method(flow: Flow) -> bool:
    """Whether the flow offers any way to go on (Kratos answers a person without second factor with a lone token)."""
    return any(_name(node) != "csrf_token" for node in flow.nodes)


def _fields(form: str, nodes: Iterable[Node]) -> Iterable[Field]:
    """The fields in Kratos' order, but buttons that only repeat or go back after the one that goes on."""
    made = list(_told_apart(field for node in nodes if (field := _field(form, node)) is not None))
    hidden = [field for field in made if field.kind == "hidden"]
    shown = [field for field in made if field.kind != "hidden"]
    yield from hidden
    seen_button = False
    for field in sorted(shown, key=lambda one: one.kind == "button" and one.name in ("resend", "screen")):
        first = field.kind == "button" and not seen_button
        seen_button = seen_button or first
        yield replace(field, primary=True) if first else field


def _told_apart(fields: Iterable[Field]) -> Iterable[Field]:
    """The fields with ids that occur once, also where a form has a name twice."""
    count: dict[str, int] = {}
    for field in fields:
        count[field.id] = number = count.get(field.id, 0) + 1
        yield field if number == 1 else replace(field, id=f"{field.id}--{number}")


def _field(form: str, node: Node) -> Field | None:
    attributes, name = node.attributes, _name(node)
    field_id = "-".join(f"{form} {name or text(attributes.get('id')) or node.kind}".split())
    if node.kind == "input":
        return _input(field_id, name, node) if name else None
    if node.kind == "text":
        shown = text(_mapping(attributes.get("text")).get("text"))
        return Field("text", name, field_id, node.label, shown, group=node.group, messages=node.messages)
    if node.kind == "img" and text(attributes.get("src")).startswith(("data:image/png;", "data:image/jpeg;")):
        return Field("image", name, field_id, node.label, text(attributes.get("src")), group=node.group)
    return None


def _input(field_id: str, name: str, node: Node) -> Field:
    attributes, given = node.attributes, text(node.attributes.get("type"))
    value = _value(attributes.get("value"))
    kind = "hidden" if given == "hidden" else "button" if given in ("submit", "button") else "input"
    if kind == "button":
        field_id = "-".join(f"{field_id} {value}".split())
    longest = attributes.get("maxlength")
    return Field(
        kind="checkbox" if given == "checkbox" else kind,
        name=name,
        id=field_id,
        label=node.label or name,
        value="" if given == "password" else value,
        type=given if given in INPUT_TYPES else "text",
        group=node.group,
        autocomplete=text(attributes.get("autocomplete")) or AUTOCOMPLETE.get(name, ""),
        inputmode="numeric" if name in ONE_TIME_CODES else "",
        maxlength=longest if isinstance(longest, int) and not isinstance(longest, bool) and longest > 0 else None,
        disabled=attributes.get("disabled") is True,
        checked=given == "checkbox" and attributes.get("value") is True,
        messages=node.messages,
    )


def _name(node: Node) -> str:
    return text(node.attributes.get("name"))


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _value(value: object) -> str:
    """A node's value as a form posts it: JSON has numbers and booleans, a form has words."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None or isinstance(value, list | dict) else str(value)
