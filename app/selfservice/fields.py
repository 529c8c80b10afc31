"""The fields of a form as templates print them; `app.selfservice.nodes` makes them from Kratos' nodes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from app.http.escaping import as_markup, written
from app.ory.flows import Message
from app.ory.models import text

Attributes = Mapping[str, str | int | bool | None]
DAY = re.compile("(?!0000)[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")
LINES_OF_TEXT = ("text", "email", "tel", "url")  # the types that may have maxlength and pattern
MOMENT = "date-time"
NOTHING = Markup()
# Buttons that send another message; buttons that repeat or go back, which Enter must not press; buttons that remove
# something.
SEND_AGAIN = frozenset({"resend", "email", "sms", "recovery_confirm_address"})
SECONDARY = SEND_AGAIN | {"screen"}
DESTRUCTIVE = frozenset({"unlink", "totp_unlink", "lookup_secret_disable", "webauthn_remove", "passkey_remove"})


def as_html(attributes: Attributes, more: Markup = NOTHING) -> Markup:
    """Write an element's attributes: True has no value, empty and false ones are left out; `more` is appended."""
    parts = [
        f" {name}" if value is True else f' {name}="{written(value)}"' for name, value in attributes.items() if value
    ]
    return as_markup("".join((*parts, more)))


def as_posted(value: object) -> str:
    """Return a JSON value of Kratos as a form posts it: as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None or isinstance(value, list | dict) else str(value)


@dataclass(frozen=True, slots=True)
class Secret:
    """One backup code; the `value` of a `used` one is ""."""

    value: str
    used: bool


@dataclass(slots=True)
class Field:
    """One field or button of a form."""

    kind: str  # hidden, input, checkbox, select, list, button, text, secrets, image, link, captcha; "" if not shown
    name: str
    group: str = "default"
    label: str = ""
    called: str = ""  # the name of what a button removes, and when that was added, as far as Kratos says
    added: datetime | None = None
    messages: tuple[Message, ...] = ()  # also if the field is not shown
    has_problem: bool = False  # whether a message of the flow, above the form, is about it
    id: str = ""  # unique in the page
    raw: object = None  # the value from Kratos
    value: str = ""  # the value on the page; always "" for passwords
    type: str = "text"
    autocomplete: str = ""
    typing: Markup = NOTHING  # more attributes
    maxlength: int | None = None
    pattern: str = ""
    required: bool = False
    must_be_true: bool = False
    optional_here: bool = False  # another button of the form works without it
    disabled: bool = False
    primary: bool = False
    last_used: bool = False  # the last successful way to sign in
    trigger: str = ""  # a function of Kratos' script, which the button calls instead of submitting
    onload: str = ""  # a function of Kratos' script, called when the page loads
    options: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()  # the label's parts with their link addresses
    values: tuple[str, ...] = ()  # of a list
    adding: bool = False  # whether the list shows an empty field for one more value
    format: str = ""
    untitled: bool = False  # Kratos sent no label
    name_only: bool = False  # Kratos sent nothing but a name
    not_posted: bool = False  # a hidden field beside it, or the script, posts its value
    # Only the script changes it: it puts a value of `value_kind` at `path` (keys as JSON) into the `all_traits` field.
    script_only: bool = False
    all_traits: bool = False
    path: str = ""
    value_kind: str = ""
    secrets: tuple[Secret, ...] = ()
    app_link: str = ""  # takes the key to an authenticator app on the same phone

    def set_value(self, raw: object) -> None:
        """Set the value; make it a text field if it does not fit the type, because a browser would post it empty."""
        self.raw = raw
        self.value = "" if self.type == "password" else as_posted(raw)
        is_day = self.type != "date" or DAY.fullmatch(text(raw))
        is_number = self.type != "number" or isinstance(raw, int | float)
        if raw and not (is_day and is_number):
            self.type = "text"

    @property
    def caption(self) -> str:
        """The label of a control, or its name, because it needs one."""
        return self.label or self.name

    @property
    def error(self) -> bool:
        """Whether one of the messages is an error."""
        return self.has_problem or any(message.kind == "error" for message in self.messages)

    @property
    def has_empty_item(self) -> bool:
        """Whether this list has an empty field, which must be filled in before it is posted."""
        return self.kind == "list" and (self.adding or (self.required and not self.values)) and not self.options

    @property
    def unticked_value(self) -> str:
        """What this box posts when it is not ticked: nothing if it never had a value."""
        return "" if self.raw is None or self.must_be_true else "false"

    @property
    def is_trait(self) -> bool:
        """Whether this is a trait of the operator's schema."""
        return self.name.startswith("traits.")

    @property
    def has_lines(self) -> bool:
        """Whether the value has several lines, which an input would join."""
        return self.is_trait and ("\n" in self.value or "\r" in self.value)

    @property
    def is_secondary(self) -> bool:
        """Whether this button only repeats or goes back."""
        return self.kind == "button" and self.name in SECONDARY

    @property
    def is_destructive(self) -> bool:
        """Whether this button removes something from the account."""
        return self.name in DESTRUCTIVE

    @property
    def look(self) -> str:
        """The CSS class of this button, "" for a plain one."""
        if self.primary:
            return "button-primary"
        return "button-link" if self.is_secondary else "button-bad" if self.is_destructive else ""

    @property
    def picture(self) -> str:
        """The icon of this way to sign in, "" for the main action."""
        if self.look:
            return ""
        if self.trigger:
            return "passkey" if "passkey" in self.name else "webauthn"
        if self.name == "method" and self.value in ("code", "webauthn"):
            return self.value
        return "initial" if self.name in ("provider", "link") else ""

    @property
    def _posted(self) -> Attributes:
        return {"name": "" if self.not_posted else self.name, "disabled": self.disabled or self.script_only}

    @property
    def _described_by(self) -> str:
        hint = f"{self.id}-hint" if self.format == MOMENT and self.kind == "input" else ""
        ids = f"{self.id}-messages {hint}".rstrip() if self.messages else hint
        return f"{self.id}-problem {ids}".rstrip() if self.has_problem else ids

    @property
    def hidden_attributes(self) -> Markup:
        """The attributes of a hidden field, without its value."""
        name = "" if self.all_traits else self.name
        return as_html({"name": name, "data-whole": self.all_traits, "data-onload": self.onload})

    @property
    def list_attributes(self) -> Markup:
        """The attributes of the element around a list."""
        name = "" if self.is_fixed else self.name
        typed = {"id": self.id, "data-type": self.type, "data-list": name, "aria-describedby": self._described_by}
        return as_html({**typed, "data-path": self.path, "data-holds": self.value_kind})

    @property
    def control_attributes(self) -> Markup:
        """The attributes of an input, select, textarea or checkbox, without its value."""
        return as_html(
            {
                "id": self.id,
                **self._posted,
                **(self._line if self.kind == "input" and not self.has_lines else {}),
                "checked": self.kind == "checkbox" and self.raw is True,
                "data-path": self.path,
                "data-holds": self.value_kind,
                "aria-required": "true" if self.required and not self.optional_here else "",
                "aria-describedby": self._described_by,
                "aria-invalid": "true" if self.error else "",
                "autocomplete": self.autocomplete,
            },
            self.typing if self.kind == "input" else NOTHING,
        )

    @property
    def _line(self) -> Attributes:
        limits = {"maxlength": self.maxlength, "pattern": self.pattern} if self.type in LINES_OF_TEXT else {}
        return {
            "type": self.type,
            "step": "any" if self.type == "number" else "",
            "data-moment": self.format == MOMENT,
            **limits,
        }

    @property
    def is_fixed(self) -> bool:
        """Whether a person cannot type new values into this list."""
        return bool(self.options) or self.type == "checkbox" or self.disabled

    @property
    def choices(self) -> list[tuple[str, Markup]]:
        """The list's values and options, each with the attributes of its box; values come first, in their order."""
        chosen = set(self.values)
        ticked, empty = as_html({**self._posted, "checked": True}), as_html(self._posted)
        others = ((option, empty) for option in self.options if option not in chosen)
        return [*((value, ticked) for value in self.values), *others]

    @property
    def empty_item_attributes(self) -> Markup:
        """The attributes of this list's empty field."""
        step: Attributes = {"step": "any" if self.type == "number" else "", "autocomplete": self.autocomplete}
        return as_html({"type": self.type, **self._posted, **step}, self.typing)

    @property
    def button_attributes(self) -> Markup:
        """The attributes of a button, without its value; app.js shows buttons that need a script."""
        return as_html(
            {
                "type": "button" if self.trigger else "submit",
                "class": f"button {self.look}".rstrip(),
                "name": self.name,
                "data-again": self.name in SEND_AGAIN,
                "formnovalidate": self.is_secondary,
                "id": self.id if self.trigger else "",
                "data-trigger": self.trigger,
                "hidden": bool(self.trigger),
                "disabled": self.disabled,
            }
        )
