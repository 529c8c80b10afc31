"""Turns Kratos' `ui.nodes` into fields; unknown nodes degrade instead of raising, and their scripts are ignored."""

from collections import Counter
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass

from app import urls
from app.ory.flows import Flow, Message, Node
from app.ory.models import Json, items, mapping, micros, moment, text
from app.selfservice.fields import DESTRUCTIVE, MOMENT, Field, Secret, as_posted
from app.selfservice.localization import LABELLED, Localizer, label_of, localized, parts, plain, without_redundant
from app.selfservice.messages import TRAIT
from app.selfservice.purposes import capitals_of, purpose, typing_attributes
from app.selfservice.situations import Situation

# Without `datetime-local`: it drops the time zone, which Kratos requires, so such a field is a text.
INPUT_TYPES = frozenset({"text", "password", "number", "email", "tel", "date", "url", "checkbox", "hidden"})
CODE = "one-time-code"
DIGITS = ("code", "totp_code")
MAX_TRAIT_NAME = 200  # characters; a longer name is not looked up, and not cached
EMAIL = 1070007  # Kratos' label
AUTOCOMPLETE = {"identifier": "username", "password": "current-password", "code": CODE, "totp_code": CODE}
IMAGES = ("data:image/png;", "data:image/jpeg;")  # inside the answer: a page loads no images from other sites
SHOWN = {"submit": "button", "button": "button", "hidden": "hidden", "checkbox": "checkbox"}
OF_ANY_INPUT = {"name", "type", "disabled", "node_type"}
NO_TITLES: Mapping[str, str] = {}
# The functions of Kratos' script that a page may call; static/app.js has the same list.
TRIGGERS = {
    *("oryWebAuthnRegistration", "oryWebAuthnLogin", "oryPasskeyLogin", "oryPasskeyLoginAutocompleteInit"),
    *("oryPasskeyRegistration", "oryPasskeySettingsRegistration"),
}


@dataclass(frozen=True, slots=True)
class Script:
    """A script that the page loads."""

    id: str
    src: str
    integrity: str = ""
    crossorigin: str = ""


def fields_of(
    flow: Flow, localizer: Localizer, titles: Mapping[str, str] = NO_TITLES
) -> tuple[list[Field], tuple[Message, ...]]:
    """Return a field for each node and the flow's messages, all translated; `titles` are those of the schema."""
    labels = [label_of(node, localizer, titles) for node in flow.nodes]
    fields = [_field(node, label) for node, label in zip(flow.nodes, labels, strict=True)]
    if titles:
        _prefix_ambiguous_labels(fields, localizer, titles)
    if not flow.messages and not any(node.messages for node in flow.nodes):  # most pages have none
        return fields, ()
    situation, by_name = Situation.of(flow), dict[str, str]()
    for node, label in zip(flow.nodes, labels, strict=True):
        by_name.setdefault(node.name.rpartition(".")[2], plain(label))
    for field, node, label in zip(fields, flow.nodes, labels, strict=True):
        faults = without_redundant(node.messages, field.kind)
        field.messages = localized(faults, localizer, situation, by_name, plain(label))
    return fields, localized(flow.messages, localizer, situation, by_name)


def _prefix_ambiguous_labels(fields: Iterable[Field], localizer: Localizer, titles: Mapping[str, str]) -> None:
    """Put the title of its object before an ambiguous title of a trait, such as "Name"."""
    nested = [field for field in fields if field.name.count(".") > 1 and field.name in titles and field.label]
    called = Counter([field.label for field in fields]) if nested else {}
    for field in nested:
        above = titles.get(field.name.rpartition(".")[0])
        is_clear = field.autocomplete and " " not in field.autocomplete and called[field.label] == 1
        if above and not is_clear:
            before = localizer.translate(LABELLED) % {"label": localizer.translate(above), "message": ""}
            field.label = before + field.label
            field.links = ((before, ""), *field.links) if field.links else ()


def is_invented(kind: str, field: Field) -> bool:
    """Whether Kratos made up a field for a web hook's message, because the hook's pointer leads to no field."""
    if not field.messages or field.group != "default" or field.kind != "input" or field.type != "text":
        return False
    return kind not in ("registration", "settings") if field.is_trait else field.name_only


def give_ids(group: str, fields: Iterable[Field]) -> None:
    """Give every field a unique id, also if a form has a name twice or a name equals another field's id."""
    count: dict[str, int] = {}
    for field in fields:
        pressed = field.value[:40].split() if field.kind == "button" else []
        field.id = wished = "-".join([group, *(field.name.split() or [field.kind]), *pressed])
        while field.id in count:
            count[wished] += 1
            field.id = f"{wished}--{count[wished]}"
        count[field.id] = 1


def _field(node: Node, label: str) -> Field:
    attributes = node.attributes
    if node.kind == "input":
        return _input(node, label) if node.name else Field("", "", node.group, label)
    field = Field("", node.name or text(attributes.get("id")), node.group, label)
    if node.kind == "text" and attributes:
        field.value = text(mapping(attributes.get("text")).get("text"))
        field.secrets = _secrets(mapping(attributes.get("text")))
        field.kind = "secrets" if field.secrets else "text"
    elif node.kind == "img" and text(attributes.get("src")).startswith(IMAGES):
        field.kind, field.value = "image", text(attributes.get("src"))
    elif node.kind == "a" and urls.split(attributes.get("href")):
        field.kind, field.value = "link", text(attributes.get("href"))
        field.label = label or urls.netloc(field.value)
    elif node.kind == "div" and node.group == "captcha":
        field.kind, field.value = "captcha", text(mapping(attributes.get("data")).get("sitekey"))
    return field


def _input(node: Node, label: str) -> Field:
    attributes, name, kind = node.attributes, node.name, text(node.attributes.get("type"))
    longest, choices = attributes.get("maxlength"), attributes.get("options")
    options = (
        tuple(as_posted(item.get("value")) for item in items(choices) if isinstance(item, dict)) if choices else ()
    )
    links = parts(label) if label and (node.label.id == TRAIT or not node.label.text) else ()
    shown = SHOWN.get(kind, "input")
    field = Field(
        kind="select" if shown == "input" and options else shown,
        name=name,
        group=node.group,
        label="".join([words for words, _ in links]) or label if links else label,
        links=links if links and any(address for _, address in links) else (),
        type=kind if kind in INPUT_TYPES else "text",
        autocomplete=text(attributes.get("autocomplete")) or AUTOCOMPLETE.get(name, ""),
        maxlength=longest if isinstance(longest, int) and not isinstance(longest, bool) and longest > 0 else None,
        pattern=text(attributes.get("pattern")),
        required=attributes.get("required") is True,
        disabled=attributes.get("disabled") is True,
        trigger=_trigger(attributes.get("onclickTrigger")),
        onload=_trigger(attributes.get("onloadTrigger")),
        options=options,
        format=MOMENT if kind == "datetime-local" else text(attributes.get("format")),
        untitled=not node.label.text,
        name_only=not node.label.text and attributes.keys() <= OF_ANY_INPUT,
    )
    field.set_value(attributes.get("value"))
    if shown == "input":
        _set_purpose(field, node)
    elif name in DESTRUCTIVE:
        context = node.label.context
        called = text(context.get("display_name")) or text(context.get("provider"))
        field.called, field.added = "" if called == "unnamed" else called, moment(micros(context.get("added_at")))
    return field


def _set_purpose(field: Field, node: Node) -> None:
    """Set the attributes for browsers, keyboards and password managers on a field that people type into."""
    title, name, keyboard, capitals = node.label.text, field.name, "", "none"
    if field.is_trait:
        name = name if len(name) <= MAX_TRAIT_NAME else ""  # no schema has such a name, only a person's own key
        field.autocomplete = purpose(name, title, field.autocomplete)
        capitals = capitals_of(name, title, field.autocomplete)
    elif name in DIGITS:
        keyboard = "numeric"
    elif name == "identifier" and (node.label.id == EMAIL or purpose("traits", title) == "email"):
        keyboard = "email"  # Kratos labels the field by the only trait that is an identifier
    field.typing = typing_attributes(capitals, field.autocomplete, keyboard)


def _trigger(name: object) -> str:
    return name if isinstance(name, str) and name in TRIGGERS else ""


def _secrets(shown: Json) -> tuple[Secret, ...]:
    """Return the backup codes of a text node: one message each; a used one is 1050014."""
    codes = []
    for message in map(mapping, items(mapping(shown.get("context")).get("secrets"))):
        used = message.get("id") == 1050014
        codes.append(Secret("" if used else text(message.get("text")), used))
    return tuple(codes)


def scripts(flow: Flow, kratos: str, captcha_hosts: Container[str]) -> tuple[Script, ...]:
    """Return the scripts of a flow that may run: Kratos' own from its origin `kratos`, captchas' from these hosts."""
    by_src: dict[str, Script] = {}
    for node in (node for node in flow.nodes if node.kind == "script"):
        src, integrity, script_id = (text(node.attributes.get(name)) for name in ("src", "integrity", "id"))
        parts = urls.split(src)
        if parts is None or src in by_src:
            continue
        ours = parts.path.endswith("/.well-known/ory/webauthn.js") and integrity and urls.origin(src) == kratos
        if ours or (node.group == "captcha" and parts.scheme == "https" and parts.netloc in captcha_hosts):
            by_src[src] = Script(script_id or "script", src, integrity, "anonymous" if integrity else "")
    return tuple(by_src.values())
