"""Groups a flow's fields into `<form>`s: one for all methods that share an identifier, else one for each method."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from markupsafe import Markup

from app.ory.flows import Flow
from app.ory.identity_names import likely_sign_in_name
from app.ory.models import text
from app.selfservice.fields import SECONDARY, Attributes, Field, as_html
from app.selfservice.flow_kinds import ANOTHER_METHOD, ANOTHER_WAY, OTHER_METHODS
from app.selfservice.nodes import give_ids, is_invented

# Groups of the login page that share the identifier and one form, the best one first: the browser's Enter key presses
# the form's first button (design D6).
SHARED = ("default", "identifier_first", "password", "code", "webauthn", "captcha")
COPIED = ("default", "captcha")
# The order of forms on other pages; unknown groups come after these and before PROVIDERS.
ORDER = ("profile", "password", "code", "passkey", "totp", "webauthn", "lookup_secret")
Part = tuple[str, list[Field], list[Field]]  # name, fields copied into several forms, own fields
MAX_FORMS = 16  # Kratos has fewer groups
MAX_OPTIONAL = 3  # optional fields that a registration page does not fold away
TYPED = frozenset({"input", "select", "checkbox", "list"})  # kinds of fields that a person fills in
MAX_PROVIDERS = MANY_BUTTONS = 5  # social providers shown at once; number of buttons from which there are two columns
PROVIDERS = frozenset({"oidc", "saml"})  # their buttons lead to another site and need no other nodes
KEY_NAME = "webauthn_register_displayname"
# Test ids that Ory's test suites use, if they are not `<kind>-flow`.
TEST_IDS = {group: f"{group}-flow".replace("_", "-") for group in ("passkey", "webauthn", "totp", "lookup_secret")}
TEST_IDS_OF_KIND = {group: f"flow-{group}" for group in ("oidc", "saml", "code")} | {"profile": "two-step"}


@dataclass(slots=True)
class Form:
    """One `<form>` with its fields in the order of the page."""

    group: str
    attributes: Markup
    hidden: tuple[Field, ...]
    fields: tuple[Field, ...]
    extras: tuple[Field, ...]  # rarely filled in, so folded away
    buttons: tuple[Field, ...]
    username: str = ""  # of the person, for password managers
    summary: str = ""  # of the <details> in which the form waits, "" if it is open
    or_before: bool = False  # whether an "or" separates it from the form before
    or_within: bool = False  # whether an "or" separates its first button from the others
    marks_required: bool = False  # whether to mark required fields, because others are optional

    @property
    def usable(self) -> bool:
        """Whether the form has anything to press, follow or read, or a script that starts by itself."""
        if self.buttons:
            return True
        readable = any(field.kind in ("link", "text", "secrets") for field in self.fields)
        return readable or any(field.onload for field in self.hidden)

    @property
    def wrong(self) -> list[Field]:
        """The fields with an error."""
        return [field for field in (*self.fields, *self.extras) if field.messages and field.error]

    @property
    def has_script_only(self) -> bool:
        """Whether only the script can change some of its fields."""
        return any(field.script_only for field in (*self.fields, *self.extras))

    @property
    def shown(self) -> int:
        """The number of buttons shown at once: of many providers the first few."""
        may_wait = self.group in PROVIDERS and all(button.name == "provider" for button in self.buttons)
        return min(MAX_PROVIDERS, len(self.buttons)) if may_wait else len(self.buttons)

    @property
    def main_buttons(self) -> int:
        """The number of buttons that do more than repeat or go back."""
        return sum(not button.is_secondary for button in self.buttons)

    @property
    def is_anonymous(self) -> bool:
        """Whether it has a password field without an identifier, which password managers need."""
        return self.has("password") and not self.has("identifier", "traits.email")

    def has(self, *names: str) -> bool:
        """Whether a field with one of these names is visible."""
        return any(field.name in names for field in self.fields)


def forms(
    kind: str, flow: Flow, fields: Iterable[Field], identifier: str = "", apart: bool = False
) -> tuple[Form, ...]:
    """Return the forms of a flow of this kind (login, registration, recovery, verification, settings).

    `identifier` fills an empty identifier field (Kratos leaves it empty if `code` is on). `apart`: each method of a
    sign-up has its own form with all traits, as Ory's test suites expect. A field that is copied into several forms
    shows its messages only in the active method's, else in the first.
    """
    shown = [field for field in fields if field.kind and not is_invented(kind, field)]
    tokens = [field for field in shown if field.name == "csrf_token"][:1]
    shown = [field for field in shown if field.name != "csrf_token"]
    parts = _parts(kind, flow, shown)[:MAX_FORMS]
    if kind == "registration" and not apart and flow.active not in PROVIDERS:
        parts = _joined(parts)
    groups = [group for group, _, _ in parts]
    active = flow.active if flow.active in groups else next(iter(groups), "")
    username = identifier or _username(shown)
    made = []
    for group, copied, own in parts:
        copies = [replace(field, messages=field.messages if group == active else ()) for field in [*tokens, *copied]]
        made.append(_form(kind, flow, group, [*copies, *own], identifier))
        made[-1].username = username
    made = [form for form in made if form.usable]
    if made:
        _mark_alternatives(kind, flow, made)
    return tuple(made)


def _parts(kind: str, flow: Flow, fields: list[Field]) -> list[Part]:
    if kind in ("recovery", "verification"):
        return [("main", [], fields)]
    if kind == "login" and flow.requested_aal != "aal2":
        # Passkeys get a form of their own if they have a button, and if there is another method for the identifier.
        pressed = {field.group for field in fields if field.kind == "button"}
        shared = SHARED if "passkey" in pressed and pressed.intersection(SHARED) else (*SHARED, "passkey")
        together = [field for group in shared for field in fields if field.group == group]
        apart = _by_group(field for field in fields if field.group not in shared)
        return [("main", [], together), *((group, [], own) for group, own in apart)]
    if kind == "settings":
        return [(group, [], own) for group, own in _by_group(fields)]
    copied = [field for field in fields if field.group in COPIED or field.is_trait]
    others = _by_group(field for field in fields if not (field.group in COPIED or field.is_trait))
    if kind == "login":  # the method shown first should need no code that is sent or looked up
        others.sort(key=lambda other: other[0] in ("code", "lookup_secret"))
    others.sort(key=lambda other: other[0] != flow.active)
    methods = [group for group, _ in others if group not in PROVIDERS]
    return [
        (group, copied if group not in PROVIDERS or not methods or group == flow.active else [], own)
        for group, own in others or [("default", [])]
    ]


def _joined(parts: list[Part]) -> list[Part]:
    """Join the parts with the same copied fields: each is asked once, and every button sends them."""
    asking = [part for part in parts if any(field.kind != "hidden" for field in part[1])]
    if len(asking) <= 1:
        return parts
    own = [field for part in asking for field in part[2]]
    return [("main", [], [*asking[0][1], *own]), *(part for part in parts if part not in asking)]


def _by_group(fields: Iterable[Field]) -> list[tuple[str, list[Field]]]:
    """Return the fields by group: in ORDER, then PROVIDERS, then groups whose buttons only go back."""
    by_group: dict[str, list[Field]] = {}
    for field in fields:
        by_group.setdefault(field.group, []).append(field)

    def position_of(group: tuple[str, list[Field]]) -> tuple[bool, int]:
        name, own = group
        position = ORDER.index(name) if name in ORDER else len(ORDER) + (name in PROVIDERS)
        return all(field.name in SECONDARY for field in own), position

    return sorted(by_group.items(), key=position_of)


def _form(kind: str, flow: Flow, group: str, fields: list[Field], identifier: str) -> Form:
    give_ids(group, fields)
    fields = _with_captcha(fields)
    buttons = [field for field in fields if field.kind == "button"]
    several = [button.name for button in buttons].count("method") > 1
    for field in fields:
        field.optional_here = several and field.name == "password"  # another method needs no password
        if field.name == "identifier" and (flow.refresh or flow.requested_aal != "aal2"):
            field.value = field.value or identifier
    shown = [field for field in fields if field.kind not in ("button", "hidden")]
    rare = _rare(shown, joined=several and kind == "registration")
    waiting = set(map(id, rare))
    of_kind = f"{kind}-{TEST_IDS_OF_KIND.get(group, 'flow')}"
    attributes: Attributes = {
        "action": flow.action,
        "method": flow.method,
        "class": "stack" + (" many" if len(buttons) >= MANY_BUTTONS else ""),
        "data-group": group,
        "data-testid": f"{group}-settings-card" if kind == "settings" else TEST_IDS.get(group, of_kind),
        # The browser must not send a list's empty field, because Kratos would store it.
        "novalidate": not any(field.has_empty_item for field in shown),
    }
    return Form(
        group,
        as_html(attributes),
        hidden=tuple(field for field in fields if field.kind == "hidden"),
        fields=tuple(field for field in shown if id(field) not in waiting),
        extras=tuple(rare),
        buttons=tuple(sorted(buttons, key=lambda button: button.is_secondary or button.is_destructive)),
        marks_required=kind in ("registration", "settings")
        and any(field.kind in TYPED and not field.required for field in shown),
    )


def _rare(shown: Iterable[Field], joined: bool) -> list[Field]:
    """Return the fields to fold away: optional empty traits, if many and without messages; a joined key's name."""
    rare = [field for field in shown if field.is_trait and not (field.required or field.value or field.values)]
    shown_all = len(rare) <= MAX_OPTIONAL or any(field.messages or field.adding for field in rare)
    names = [field for field in shown if joined and field.name == KEY_NAME and not field.messages]
    return names if shown_all else [*rare, *names]


def _with_captcha(fields: list[Field]) -> list[Field]:
    """Give the captcha the name of its answer and drop that field: the captcha's script makes it itself."""
    captchas = [field for field in fields if field.kind == "captcha"]
    answer = next((field for field in fields if field.group == "captcha" and field.kind == "hidden"), None)
    if not captchas or answer is None:
        return fields
    for captcha in captchas:
        captcha.name = answer.name
    return [field for field in fields if field is not answer]


def _mark_alternatives(kind: str, flow: Flow, made: list[Form]) -> None:
    """Mark the main button; separate other methods by "or", or fold them away if they ask for the same.

    The first button is the main one, unless it removes something, leads to another site at once or is one of several
    alike. Of the forms for a second factor only the first is open.
    """
    first, *others = made
    names = {button.name for button in first.buttons} - {"method"}
    if first.buttons and (first.fields or len(first.buttons) == 1 or len(names) != 1):
        sends = first.group not in PROVIDERS or (first.fields and len(first.buttons) == 1)
        first.buttons[0].primary = bool(sends) and not first.buttons[0].is_destructive
    first.or_within = kind in ("login", "registration") and first.group not in PROVIDERS and first.main_buttons > 1
    for form in others:
        if kind == "login" and flow.requested_aal == "aal2":
            form.summary = ANOTHER_WAY
        elif kind == "registration" and form.fields:
            form.summary = OTHER_METHODS.get(form.group, ANOTHER_METHOD)
    if others:
        others[0].or_before = not (first.or_within or others[0].summary) and others[0].main_buttons > 0


def _username(fields: Iterable[Field]) -> str:
    """Return the person's username for password managers, if Kratos sends it."""
    traits = {field.name.rpartition(".")[2]: list(field.values) or field.raw for field in fields if field.is_trait}
    identifiers = [text(field.raw) for field in fields if field.name == "identifier"]
    return "".join(identifiers[-1:]) or (likely_sign_in_name({"traits": traits}) if traits else "")
