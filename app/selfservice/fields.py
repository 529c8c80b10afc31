"""Kratos' `ui.nodes` become fields a template can print without thinking; `app.selfservice.forms` puts them into forms.

Unknown node types, input types and groups degrade to something usable; nothing here raises. Attributes are picked from
a fixed list: `onclick` and `onload` (strings of script) are never looked at, addresses only where they can do no harm.
"""

from __future__ import annotations

import json
import re
from collections.abc import Container
from dataclasses import dataclass
from datetime import UTC, datetime

from app import urls
from app.ory.models import Flow, Json, Message, Node, items, mapping, micros, text
from app.selfservice.localization import parts
from app.selfservice.messages import TRAIT

# A `datetime-local` would drop the zone, and Kratos wants one: such a moment is a text.
INPUT_TYPES = frozenset({"text", "password", "number", "email", "tel", "date", "url", "checkbox", "hidden"})
DAY = re.compile("(?!0000)[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")
# Of a list's items, by what they are and by their format.
ITEMS = {"number": "number", "boolean": "checkbox"}
FORMATS = {"email": "email", "tel": "tel", "uri": "url", "date": "date"}
CODE = "one-time-code"
AUTOCOMPLETE = {"identifier": "username", "password": "current-password", "code": CODE, "totp_code": CODE}
IMAGES = ("data:image/png;", "data:image/jpeg;")  # part of the answer itself: a page loads none from elsewhere
SHOWN = {"submit": "button", "button": "button", "hidden": "hidden", "checkbox": "checkbox", "list": "list"}
# Buttons that repeat or go back, which a browser's Enter must not press.
ASIDE = frozenset({"resend", "screen", "email", "sms"})
TAKES_AWAY = frozenset({"unlink", "totp_unlink", "lookup_secret_disable", "webauthn_remove", "passkey_remove"})
# The functions of Kratos' script that a page may call (static/app.js has the same list).
TRIGGERS = frozenset(
    {
        "oryWebAuthnRegistration",
        "oryWebAuthnLogin",
        "oryPasskeyLogin",
        "oryPasskeyLoginAutocompleteInit",
        "oryPasskeyRegistration",
        "oryPasskeySettingsRegistration",
    }
)


@dataclass(frozen=True, slots=True)
class Secret:
    """One backup code, "" for one that was `used`; `when`, if Kratos tells."""

    value: str
    used: bool
    when: datetime | None = None


@dataclass(frozen=True, slots=True)
class Script:
    """A script the page loads."""

    id: str
    src: str
    integrity: str = ""
    crossorigin: str = ""


@dataclass(slots=True)
class Field:
    """One line of a form. `kind` is hidden, input, checkbox, select, list, button, text, secrets, image, link, captcha.

    `id` is unique in the page; `messages` are Kratos' words about this field; `value` is "" for passwords, always.
    `trigger` and `onload` name functions of Kratos' script; a button with a trigger submits nothing by itself.
    `links` are the label's words with the addresses they link to, where it has any. A list has `values`, and an empty
    field when `adding`. `off` is what an unticked box posts. `either`: another button of the form does without it.
    `unnamed` fields are not posted, `sealed` ones change by script only: into the traits (`whole`) at `path` (keys as
    JSON), as what it `holds`.
    """

    kind: str
    name: str
    id: str
    label: str
    value: str = ""
    type: str = "text"
    group: str = "default"
    autocomplete: str = ""
    maxlength: int | None = None
    pattern: str = ""
    required: bool = False
    either: bool = False
    disabled: bool = False
    checked: bool = False
    primary: bool = False
    trigger: str = ""
    onload: str = ""
    options: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    values: tuple[str, ...] = ()
    adding: bool = False
    off: str = ""
    format: str = ""
    unnamed: bool = False
    sealed: bool = False
    whole: bool = False
    path: str = ""
    holds: str = ""
    secrets: tuple[Secret, ...] = ()
    messages: tuple[Message, ...] = ()

    @property
    def error(self) -> bool:
        """Whether one of the messages says that something is wrong."""
        return any(message.kind == "error" for message in self.messages)

    @property
    def more(self) -> bool:
        """Whether this list has an empty field, which must not be posted as it is."""
        return self.kind == "list" and (self.adding or (self.required and not self.values)) and not self.options

    @property
    def is_secondary(self) -> bool:
        """Whether this button only repeats or goes back."""
        return self.kind == "button" and self.name in ASIDE

    @property
    def is_destructive(self) -> bool:
        """Whether this button removes something of the account's."""
        return self.name in TAKES_AWAY


def field_of(form: str, node: Node) -> Field | None:
    """The field a node becomes in the form of that name, None for what a page has no use for."""
    name = node.name or text(node.attributes.get("id"))
    field_id = "-".join(f"{form} {name or node.kind}".split())
    if node.kind == "input":
        return _input(field_id, node) if node.name else None
    made = Field("", name, field_id, node.label.text, group=node.group, messages=node.messages)
    _show(made, node)
    return made if made.kind else None


def _show(made: Field, node: Node) -> None:
    """What a node that is no input shows; without a kind it is nothing."""
    attributes = node.attributes
    if node.kind == "text" and attributes:
        made.value = text(mapping(attributes.get("text")).get("text"))
        made.secrets = _secrets(mapping(attributes.get("text")))
        made.kind = "secrets" if made.secrets else "text"
    elif node.kind == "img" and text(attributes.get("src")).startswith(IMAGES):
        made.kind, made.value = "image", text(attributes.get("src"))
    elif node.kind == "a" and urls.split(attributes.get("href")):
        made.kind, made.value = "link", text(attributes.get("href"))
        made.label = made.label or urls.netloc(made.value)
    elif node.kind == "div" and node.group == "captcha":
        made.kind, made.value = "captcha", text(mapping(attributes.get("data")).get("sitekey"))


def scripts(flow: Flow, kratos: str, captcha_hosts: Container[str]) -> tuple[Script, ...]:
    """The scripts of a flow that may run: Kratos' own at `kratos` (its origin), and captchas' at these hosts."""
    by_src: dict[str, Script] = {}
    for node in (node for node in flow.nodes if node.kind == "script"):
        src, integrity, script_id = (text(node.attributes.get(name)) for name in ("src", "integrity", "id"))
        parts = urls.split(src)
        if parts is None:
            continue
        ours = urls.origin(src) == kratos and parts.path.endswith("/.well-known/ory/webauthn.js") and integrity
        if ours or (node.group == "captcha" and parts.scheme == "https" and parts.netloc in captcha_hosts):
            by_src.setdefault(src, Script(script_id or "script", src, integrity, "anonymous" if integrity else ""))
    return tuple(by_src.values())


def _input(field_id: str, node: Node) -> Field:
    attributes, name, kind = node.attributes, node.name, text(node.attributes.get("type"))
    value = _value(attributes.get("value"))
    longest = attributes.get("maxlength")
    options = tuple(_value(item.get("value")) for item in items(attributes.get("options")) if isinstance(item, dict))
    links = parts(node.label.text) if node.label.id == TRAIT else ((node.label.text, ""),)
    shown = SHOWN.get(kind, "input")
    if shown == "button":
        field_id = "-".join(f"{field_id} {value[:40]}".split())
    made = Field(
        kind="select" if shown == "input" and options else shown,
        name=name,
        id=field_id,
        label="".join(words for words, _ in links) or name,
        links=links if any(address for _, address in links) else (),
        value="" if kind == "password" else value,
        type=_type(kind, attributes),
        group=node.group,
        autocomplete=text(attributes.get("autocomplete")) or AUTOCOMPLETE.get(name, ""),
        maxlength=longest if isinstance(longest, int) and not isinstance(longest, bool) and longest > 0 else None,
        pattern=text(attributes.get("pattern")),
        required=attributes.get("required") is True,
        disabled=attributes.get("disabled") is True,
        checked=kind == "checkbox" and attributes.get("value") is True,
        trigger=_trigger(attributes.get("onclickTrigger")),
        onload=_trigger(attributes.get("onloadTrigger")),
        options=options,
        messages=node.messages,
        off="" if attributes.get("value") is None or attributes.get("must_be_true") is True else "false",
        format="date-time" if kind == "datetime-local" else text(attributes.get("format")),
    )
    if name.startswith("traits"):
        _put_in_place(made, attributes)
    return made


def _type(kind: str, attributes: Json) -> str:
    if kind == "list":
        known = ITEMS.get(text(attributes.get("item_type")), "")
        return known or FORMATS.get(text(attributes.get("format")), "text")
    return kind if kind in INPUT_TYPES and _holds(kind, attributes.get("value")) else "text"


def _holds(kind: str, value: object) -> bool:
    """Whether browsers show this value in a field of that type; they empty the field of any other, and post that."""
    if kind == "date" and value:
        return DAY.fullmatch(text(value)) is not None
    return kind != "number" or not value or isinstance(value, int | float)


def _put_in_place(trait: Field, attributes: Json) -> None:
    """What `app.selfservice.traits` has found out about a person's trait."""
    trait.values = tuple(map(_value, items(attributes.get("items"))))
    trait.adding = attributes.get("adding") is True
    trait.unnamed = attributes.get("unnamed") is True
    trait.sealed = attributes.get("sealed") is True
    trait.whole = attributes.get("whole") is True
    trait.path = json.dumps(attributes["path"]) if "path" in attributes else ""
    trait.holds = text(attributes.get("holds"))


def _trigger(name: object) -> str:
    return text(name) if text(name) in TRIGGERS else ""


def _secrets(shown: Json) -> tuple[Secret, ...]:
    """The backup codes of a text node: a message each, for a used one 1050014 with the time instead of the code."""
    codes = []
    for message in map(mapping, items(mapping(shown.get("context")).get("secrets"))):
        used = message.get("id") == 1050014
        when = micros(mapping(message.get("context")).get("used_at")) if used else None
        moment = datetime.fromtimestamp(when // 1_000_000, UTC) if when else None
        codes.append(Secret("" if used else text(message.get("text")), used, moment))
    return tuple(codes)


def _value(value: object) -> str:
    """A node's value as a form posts it: JSON has numbers and booleans, a form has words."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None or isinstance(value, list | dict) else str(value)
