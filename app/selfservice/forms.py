"""Which `<form>`s a flow's nodes make: on login the identifier is asked once, elsewhere each method has its own.

Kratos tells the methods apart by the button that was pressed, and a required field of one method must not stop another.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass, replace

from app.ory.identity_names import sign_in_name
from app.ory.models import Flow, Message, Node, text
from app.selfservice.fields import ASIDE, Field, field_of
from app.selfservice.localization import plain

# Groups of the login page whose methods share the identifier, the best one first: they share one form, in which a
# browser's Enter presses the first button (design D6).
SHARED = ("default", "identifier_first", "password", "code", "webauthn", "captcha")
COPIED = ("default", "captcha")
# The order of the other pages' forms; groups that Kratos may add come before those that lead elsewhere.
ORDER = ("profile", "password", "code", "passkey", "totp", "webauthn", "lookup_secret")
SILENT = frozenset({"hidden", "captcha"})  # kinds of fields whose messages a page has no place for
ELSEWHERE = frozenset({"oidc", "saml"})  # their buttons lead to another site and need nothing of the other nodes
MAX_FORMS = 16  # more groups than Kratos has; a flow of hundreds is no page
MANY = 3  # optional fields a registration page shows without being asked


@dataclass(slots=True)
class Form:
    """One `<form>`: its group, and its fields in the order they are printed; `extras` are those people rarely fill.

    `username`: whose secrets these are. `sealed`: some of it changes by script only. `choices`: buttons that lead on.
    """

    group: str
    hidden: tuple[Field, ...]
    fields: tuple[Field, ...]
    extras: tuple[Field, ...]
    buttons: tuple[Field, ...]
    username: str = ""
    sealed: bool = False
    choices: int = 0

    @property
    def usable(self) -> bool:
        """Whether there is anything in it a person can press, follow or read, or a script begins by itself."""
        readable = any(field.kind in ("link", "text", "secrets") for field in self.fields)
        return bool(self.buttons or readable or any(field.onload for field in self.hidden))

    @property
    def stops_empty(self) -> bool:
        """Whether the browser has to stop it while a list's empty field is empty: Kratos would store that."""
        return any(field.more for field in (*self.fields, *self.extras))

    @property
    def wrong(self) -> list[Field]:
        """The fields something is wrong with."""
        return [field for field in (*self.fields, *self.extras) if field.error]

    def asks(self, *names: str) -> bool:
        """Whether a person reads or fills in a field of one of these names."""
        return any(field.name in names for field in self.fields)


def forms(kind: str, flow: Flow, identifier: str = "") -> tuple[Form, ...]:
    """The forms of a flow of that kind (login, registration, recovery, verification, settings).

    `identifier` fills an empty identifier field: who has to confirm that it is them need not type it (Kratos leaves it
    empty where code is on). Messages of nodes that several forms have a copy of stand in the active method's form, else
    in the first.
    """
    tokens = [node for node in flow.nodes if node.name == "csrf_token"][:1]
    nodes = [node for node in flow.nodes if node.name != "csrf_token" and not _invented(kind, node)]
    parts = _parts(kind, flow, nodes)[:MAX_FORMS]
    groups = [group for group, _, _ in parts]
    active = flow.active if flow.active in groups else next(iter(groups), "")
    username = identifier or _username(nodes)
    made = []
    for group, copies, own in parts:
        shown = copies if group == active else [replace(node, messages=()) for node in copies]
        form = _form(group, [*tokens, *shown, *own], username, identifier)
        made += [form] if form.usable else []
    if kind == "settings":  # first what the person was sent here for, or has to look at again
        made.sort(key=lambda form: not (form.wrong or any(field.kind == "secrets" for field in form.fields)))
    if made:
        _mark_main_action(made[0])
    return tuple(made)


def unsaid(flow: Flow, shown: Iterable[Form]) -> tuple[Message, ...]:
    """What Kratos says of nodes that these forms do not show, each once: hooks speak of any, hidden ones included."""
    said = list(flow.messages)
    for form in shown:
        fields = (field for field in (*form.fields, *form.extras) if field.kind not in SILENT)
        said += [message for field in fields for message in field.messages]
        said += [message for button in form.buttons for message in button.messages if message.kind != "error"]
    unsaid: list[Message] = []
    for node in flow.nodes:
        for message in node.messages:
            if message.text and message not in said:
                said.append(message)
                about = f"{plain(node.label.text)}: " if node.label.text and node.name != "method" else ""
                unsaid.append(replace(message, text=f"{about}{message.text}"))
    return tuple(unsaid)


def fill_in_hint(made: Iterable[Form], hint: str) -> None:
    """Put `login_hint` into the empty fields for who somebody is (OpenID Connect Core 3.1.2.1)."""
    names = ("identifier", "traits.email" if "@" in hint else "traits.username")
    for field in (field for form in made for field in form.fields if field.name in names and field.kind == "input"):
        if not (field.disabled or field.value):
            field.value = hint


def of_providers(flow: Flow, allowed: Container[str] | None) -> Flow:
    """The flow with only these social providers' buttons; None allows every one."""
    if allowed is None:
        return flow
    kept = (node for node in flow.nodes if node.name != "provider" or text(node.attributes.get("value")) in allowed)
    return replace(flow, nodes=tuple(kept))


def has_method(flow: Flow) -> bool:
    """Whether the flow offers any way to go on (Kratos answers a person without second factor with a lone token)."""
    return any(node.name != "csrf_token" for node in flow.nodes)


def _parts(kind: str, flow: Flow, nodes: list[Node]) -> list[tuple[str, list[Node], list[Node]]]:
    """(name, nodes copied into several forms, nodes of its own) for each form."""
    if kind in ("recovery", "verification"):
        return [("main", [], nodes)]
    if kind == "login" and flow.requested_aal != "aal2":
        shared = SHARED if _has_button(nodes, SHARED) and _has_button(nodes, ("passkey",)) else (*SHARED, "passkey")
        together = [node for group in shared for node in nodes if node.group == group]
        apart = _by_group([node for node in nodes if node.group not in shared])
        return [("main", [], together), *((group, [], own) for group, own in sorted(apart, key=_standing))]
    copied = (
        []
        if kind == "settings"
        else [node for node in nodes if node.group in COPIED or node.name.startswith("traits.")]
    )
    own_nodes = [node for node in nodes if not any(node is copy for copy in copied)]
    others = sorted(_by_group(own_nodes), key=_standing)
    if kind != "settings":
        others.sort(key=lambda other: other[0] != flow.active)
    methods = [group for group, own in others if group not in ELSEWHERE]
    return [
        (group, copied if group not in ELSEWHERE or not methods or group == flow.active else [], own)
        for group, own in others or [("default", [])]
    ]


def _has_button(nodes: list[Node], groups: tuple[str, ...]) -> bool:
    """Whether a form of these groups can stand alone: Kratos sends passkeys without, addresses for passkeys only."""
    return any(node.group in groups and node.attributes.get("type") in ("submit", "button") for node in nodes)


def _standing(group: tuple[str, list[Node]]) -> tuple[bool, int]:
    """Where a form stands: those that only go back last, the others in ORDER, those that lead elsewhere after them."""
    name, nodes = group
    position = ORDER.index(name) if name in ORDER else len(ORDER) + (name in ELSEWHERE)
    return all(node.name in ASIDE for node in nodes), position


def _by_group(nodes: Iterable[Node]) -> list[tuple[str, list[Node]]]:
    by_group: dict[str, list[Node]] = {}
    for node in nodes:
        by_group.setdefault(node.group, []).append(node)
    return list(by_group.items())


def _invented(kind: str, node: Node) -> bool:
    """Whether Kratos made it up for the words of a web hook, whose pointer leads to no field anybody could fill in."""
    attributes = node.attributes
    if node.group != "default" or not node.messages or attributes.get("type") != "text":
        return False
    if node.name.startswith("traits."):
        return kind not in ("registration", "settings")
    return not node.label.text and attributes.keys() <= {"name", "type", "disabled", "node_type"}


def _form(group: str, nodes: Iterable[Node], username: str, identifier: str) -> Form:
    made = [made for node in nodes if (made := field_of(group, node))]
    _tell_apart(made)
    made = _with_captcha(made)
    buttons = [field for field in made if field.kind == "button"]
    several = [button.name for button in buttons].count("method") > 1
    for each in made:
        each.either = several and each.name == "password"  # another method needs no password
        if each.name == "identifier":
            each.value = each.value or identifier
    shown = [field for field in made if field.kind not in ("button", "hidden")]
    rare = _rare(shown)
    return Form(
        group,
        hidden=tuple(field for field in made if field.kind == "hidden"),
        fields=tuple(field for field in shown if not any(field is extra for extra in rare)),
        extras=tuple(rare),
        buttons=tuple(sorted(buttons, key=lambda button: button.is_secondary or button.is_destructive)),
        username=username,
        sealed=any(field.sealed for field in shown),
        choices=sum(not button.is_secondary for button in buttons),
    )


def _rare(shown: Iterable[Field]) -> list[Field]:
    """The optional, empty traits a page need not show at once: none unless they are many and without messages."""
    rare = [
        field
        for field in shown
        if field.name.startswith("traits.") and not (field.required or field.value or field.values)
    ]
    return [] if len(rare) <= MANY or any(field.messages or field.adding for field in rare) else rare


def _with_captcha(made: list[Field]) -> list[Field]:
    """The captcha under the name its answer is posted by: its script makes that field itself, once it is solved."""
    answer = next((field for field in made if field.group == "captcha" and field.kind == "hidden"), None)
    captchas = [field for field in made if field.kind == "captcha"]
    if answer is None or not captchas:
        return made
    for captcha in captchas:
        captcha.name = answer.name
    return [field for field in made if field is not answer]


def _mark_main_action(form: Form) -> None:
    """The first button is the page's main one, unless it removes something or leads elsewhere.

    Nor is one of several addresses to choose from better than the others.
    """
    names = {button.name for button in form.buttons} - {"method"}
    if form.buttons and not (len(form.buttons) > 1 and not form.fields and len(names) == 1):
        form.buttons[0].primary = not form.buttons[0].is_destructive and form.group not in ELSEWHERE


def _username(nodes: Iterable[Node]) -> str:
    """Whose secrets these are, for password managers, where Kratos tells."""
    values = {node.name: node.attributes.get("items") or node.attributes.get("value") for node in nodes}
    traits = {name.rpartition(".")[2]: value for name, value in values.items() if name.startswith("traits.")}
    return text(values.get("identifier")) or sign_in_name({"traits": traits})


def _tell_apart(fields: Iterable[Field]) -> None:
    """Make every id occur once, also where a form has a name twice."""
    count: dict[str, int] = {}
    for field in fields:
        count[field.id] = number = count.get(field.id, 0) + 1
        if number > 1:
            field.id = f"{field.id}--{number}"
