"""One `<form>` of a page, as `app.selfservice.forms` makes it and a template prints it."""

from dataclasses import dataclass

from markupsafe import Markup

from app.selfservice.fields import Field

ELSEWHERE = frozenset({"oidc", "saml"})  # their buttons lead to another site and need nothing of the other nodes
FEW = 5  # social providers that are shown at once


@dataclass(slots=True)
class Form:
    """One `<form>`: its group, and its fields in the order they are printed."""

    group: str
    attributes: Markup
    hidden: tuple[Field, ...]
    fields: tuple[Field, ...]
    extras: tuple[Field, ...]  # those people rarely fill
    buttons: tuple[Field, ...]
    username: str = ""  # whose secrets these are
    folded: str = ""  # under which words it waits, "" for a form that is open
    or_before: bool = False  # it is another way than the form before
    or_within: bool = False  # its later buttons are another way than the first
    marks_required: bool = False  # it says which fields have to be filled in, as some of several may be left out

    @property
    def usable(self) -> bool:
        """Whether there is anything in it a person can press, follow or read, or a script begins by itself."""
        if self.buttons:
            return True
        readable = any(field.kind in ("link", "text", "secrets") for field in self.fields)
        return readable or any(field.onload for field in self.hidden)

    @property
    def wrong(self) -> list[Field]:
        """The fields something is wrong with."""
        return [field for field in (*self.fields, *self.extras) if field.messages and field.error]

    @property
    def sealed(self) -> bool:
        """Whether some of it changes by script only."""
        return any(field.sealed for field in (*self.fields, *self.extras))

    @property
    def shown(self) -> int:
        """How many of its buttons are shown at once: of many providers the first few."""
        if self.group not in ELSEWHERE or len(self.buttons) <= FEW:
            return len(self.buttons)
        return FEW if all(button.name == "provider" for button in self.buttons) else len(self.buttons)

    @property
    def leads_on(self) -> int:
        """How many of its buttons do more than repeat or go back."""
        return sum(not button.is_secondary for button in self.buttons)

    @property
    def is_anonymous(self) -> bool:
        """Whether it takes a password without asking whose, which password managers want to know."""
        return self.has("password") and not self.has("identifier", "traits.email")

    def has(self, *names: str) -> bool:
        """Whether a person reads or fills in a field of one of these names."""
        return any(field.name in names for field in self.fields)
