"""Kratos' messages in words of our own: what happened and what to do next, no jargon.

By id in kratos_messages.tsv (id, type, Kratos' text, its values, ours): every id of Kratos v26.2.0 (text/id.go). What
has no id of its own (4000001 and 5000001) is known by its text in kratos_reasons.tsv (a pattern, our words; the first
that fits counts): the language of its validator (ory/jsonschema v3) and of social sign-in (selfservice/strategy). An
unknown id or text, one of an operator's hook, say, is shown as it is. Where a page knows more, `situations` has words.
"""

import json
import re
from collections.abc import Iterable
from pathlib import Path

from app.ory.flows import Message
from app.translations import N_

NO_IDENTIFIER, LINK_USED, REQUIRED = 4000009, 4060004, 4000002
PHONE = re.compile(r"\+?[0-9 *().-]+")  # perhaps masked; where any address is taken, what is typed may be a name, too
TRAIT = 1070002  # the label of a field of the operator's identity schema: its title
# Titles of the shipped schema; an operator adds translations of their own (docs/languages.md).
TITLES = (
    *(N_("Email"), N_("Name"), N_("First name"), N_("Middle name"), N_("Last name"), N_("Nickname"), N_("Username")),
    *(N_("Profile page"), N_("Picture address"), N_("Website"), N_("Gender"), N_("Date of birth"), N_("Time zone")),
    *(N_("Language"), N_("Phone"), N_("Phone number"), N_("Address"), N_("Street and number"), N_("Town")),
    *(N_("Region"), N_("Postal code"), N_("Country")),
)
UNNAMED = {
    1050018: N_("Remove the security key added on %(added_at)s"),
    1050020: N_("Remove the passkey added on %(added_at)s"),
}
ODD, TICK = N_("Check this: the format isn't right."), N_("Tick this box to continue.")
NUMBER, WHOLE_NUMBER = N_("Enter a number."), N_("Enter a whole number.")


def _rows(name: str) -> list[list[str]]:
    table = Path(__file__).with_name(name).read_text(encoding="utf-8")
    return [line.split("\t") for line in table.splitlines()]


_ROWS = [(int(number), text, ours) for number, _, text, _, ours in _rows("kratos_messages.tsv")]
MESSAGES = {number: ours for number, _, ours in _ROWS if ours}
# The longest part of each of Kratos' texts in which no value can be and nothing may be missing.
_KRATOS_WORDS = {
    number: " ".join(max(re.split(r"\{[^}]*\}|\[.*\]", text), key=len).split()) for number, text, _ in _ROWS
}
_REASONS = [(re.compile(pattern, re.DOTALL), ours) for pattern, ours in _rows("kratos_reasons.tsv")]


def is_a_hooks(message: Message) -> bool:
    """Whether a message is of an operator's web hook, with any number: Kratos' own has all its words."""
    words = _KRATOS_WORDS.get(message.id)
    return bool(message.text) and (not words or words not in " ".join(message.text.split()))


def in_own_words(text: str) -> tuple[str, dict[str, str | list[str]]]:
    """Our text for one of Kratos' without an id, and the values in it; "" for one that is not Kratos'."""
    for pattern, ours in _REASONS:
        if match := pattern.fullmatch(text):
            values = match.groupdict()
            if "values" not in values:
                return ours, values
            if listed := _listed(values["values"]):
                return ours, {"values": listed}
    return "", {}


def expected(value: object) -> str:
    """What a field must hold, without the quotes of a program; "" where a box has to be ticked."""
    if value in (True, "true"):
        return ""
    return next(iter(_listed(str(value))), str(value))


def of_type(allowed: Iterable[object]) -> str:
    """What to type where the type is wrong."""
    types = set(map(str, allowed)) - {"null"}
    if types == {"integer"}:
        return WHOLE_NUMBER
    return NUMBER if types and types <= {"integer", "number"} else ODD


def _listed(written: str) -> list[str]:
    """Values as Go writes them, `"a", "b", 3`, as words; empty when it is a sentence of somebody's."""
    try:
        values = json.loads("[" + written.replace("<nil>", "null") + "]")
    except (ValueError, RecursionError):
        return []
    return [str(each).lower() if isinstance(each, bool) else str(each) for each in values if each not in ("", None)]
