"""Which `<form>`s a flow's nodes make: on login the identifier is asked once, elsewhere each method has its own.

Kratos tells the methods apart by the button that was pressed, and a required field of one method must not stop another.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass, replace

from app.ory.identity_names import sign_in_name
from app.ory.models import Flow, Message, Node, text
from app.selfservice.fields import ASIDE, Field, field
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
        readable = any(one.kind in ("link", "text", "secrets") for one in self.fields)
        return bool(self.buttons or readable or any(one.onload for one in self.hidden))

    @property
    def stops_empty(self) -> bool:
        """Whether the browser has to stop it while a list's empty field is empty: Kratos would store that."""
        return any(one.more for one in (*self.fields, *self.extras))

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
    empty where code is on). Messages of nodes that several forms have a copy of are kept in
    the form of the active method, else in the first.
    """
    tokens = [node for node in flow.nodes if node.name == "csrf_token"][:1]
    nodes = [node for node in flow.nodes if node.name != "csrf_token" and not _invented(kind, node)]
    parts = _parts(kind, flow, nodes)[:MAX_FORMS]
    told = flow.active if any(group == flow.active for group, _, _ in parts) else next((part[0] for part in parts), "")
    username = identifier or _username(nodes)
    made = []
    for group, copies, own in parts:
        silent = set(map(id, copies)) if group != told else set()
        form = _form(group, [*tokens, *copies, *own], silent, username, identifier)
        made += [form] if form.usable else []
    if kind == "settings":  # first what the person was sent here for, or has to look at again
        made.sort(key=lambda form: not (form.wrong or any(field.kind == "secrets" for field in form.fields)))
    if made:
        _mark_main_action(made[0])
    return tuple(made)


def unsaid(flow: Flow, shown: Iterable[Form]) -> tuple[Message, ...]:
    """What Kratos says of nodes that these forms do not show, each once: hooks speak of any, hidden ones included."""
    fields = [one for form in shown for one in (*form.fields, *form.extras) if one.kind not in SILENT]
    buttons = [button for form in shown for button in form.buttons]  # an error of theirs stands above the form
    said = [*flow.messages, *(message for one in fields for message in one.messages)]
    said += [message for button in buttons for message in button.messages if message.kind != "error"]
    left: list[Message] = []
    for node in flow.nodes:
        for message in node.messages:
            if message in said or not message.text:
                continue
            said.append(message)
            about = f"{plain(node.label.text)}: " if node.label.text and node.name != "method" else ""
            left.append(replace(message, text=f"{about}{message.text}"))
    return tuple(left)


def with_hint(found: Iterable[Form], hint: str) -> tuple[Form, ...]:
    """The forms with `login_hint` in the empty fields for who somebody is (OpenID Connect Core 3.1.2.1)."""
    names = ("identifier", "traits.email" if "@" in hint else "traits.username")
    for one in (one for form in found for one in form.fields if one.name in names and one.kind == "input"):
        one.value = one.value if one.disabled else one.value or hint
    return tuple(found)


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
    copied = [] if kind == "settings" else [node for node in nodes if node.group in COPIED or _is_trait(node)]
    own_nodes = [node for node in nodes if not any(node is one for one in copied)]
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
    found: dict[str, list[Node]] = {}
    for node in nodes:
        found.setdefault(node.group, []).append(node)
    return list(found.items())


def _is_trait(node: Node) -> bool:
    return node.name.startswith("traits.")


def _invented(kind: str, node: Node) -> bool:
    """Whether Kratos made it up for the words of a web hook, whose pointer leads to no field anybody could fill in."""
    given = node.attributes
    if node.group != "default" or not node.messages or given.get("type") != "text":
        return False
    if _is_trait(node):
        return kind not in ("registration", "settings")
    return not node.label.text and given.keys() <= {"name", "type", "disabled", "node_type"}


def _form(group: str, nodes: Iterable[Node], silent: set[int], username: str, identifier: str) -> Form:
    """The form of these nodes, without the messages of those whose `id()` is silent."""
    made: list[Field] = []
    for node in nodes:
        if one := field(group, node):
            one.messages = () if id(node) in silent else one.messages
            made.append(one)
    _tell_apart(made)
    made = _with_captcha(made)
    several = sum(one.name == "method" and one.kind == "button" for one in made) > 1
    for one in made:
        one.either = several and one.name == "password"  # another method needs no password
        if one.name == "identifier":
            one.value = one.value or identifier
    buttons = sorted(
        (one for one in made if one.kind == "button"), key=lambda one: one.is_secondary or one.is_destructive
    )
    shown = [one for one in made if one.kind not in ("button", "hidden")]
    extras = [one for one in shown if one.name.startswith("traits.") and not (one.required or one.value or one.values)]
    if len(extras) <= MANY or any(extra.messages or extra.adding for extra in extras):
        extras = []
    rare = set(map(id, extras))
    return Form(
        group,
        hidden=tuple(one for one in made if one.kind == "hidden"),
        fields=tuple(one for one in shown if id(one) not in rare),
        extras=tuple(extras),
        buttons=tuple(buttons),
        username=username,
        sealed=any(one.sealed for one in shown),
        choices=sum(not button.is_secondary for button in buttons),
    )


def _with_captcha(made: list[Field]) -> list[Field]:
    """The captcha under the name its answer is posted by: its script makes that field itself, once it is solved."""
    answer = next((one for one in made if one.group == "captcha" and one.kind == "hidden"), None)
    captchas = [one for one in made if one.kind == "captcha"]
    if answer is None or not captchas:
        return made
    for captcha in captchas:
        captcha.name = answer.name
    return [one for one in made if one is not answer]


def _mark_main_action(form: Form) -> None:
    """The first button is the page's main one, unless it removes something or leads elsewhere.

    Nor is one of several addresses to choose from better than the others.
    """
    names = {button.name for button in form.buttons} - {"method"}
    if form.buttons and not (len(form.buttons) > 1 and not form.fields and len(names) == 1):
        form.buttons[0].primary = not form.buttons[0].is_destructive and form.group not in ELSEWHERE


def _username(nodes: Iterable[Node]) -> str:
    """Whose secrets these are, for password managers, where Kratos tells."""
    told = {node.name: node.attributes.get("items") or node.attributes.get("value") for node in nodes}
    if isinstance(known := told.get("identifier"), str) and known:
        return known
    return sign_in_name(
        {"traits": {name.rpartition(".")[2]: told[name] for name in told if name.startswith("traits.")}}
    )


def _tell_apart(fields: Iterable[Field]) -> None:
    """Make every id occur once, also where a form has a name twice."""
    count: dict[str, int] = {}
    for one in fields:
        count[one.id] = number = count.get(one.id, 0) + 1
        if number > 1:
            one.id = f"{one.id}--{number}"
