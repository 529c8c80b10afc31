"""Our texts for Kratos' messages: what happened and what to do next, without jargon.

kratos_messages.tsv (id, type, Kratos' text, its values, our text) has every id of Kratos v26.2.0 (text/id.go). Two ids
(4000001 and 5000001) stand for many errors, of its validator (ory/jsonschema v3) and of social sign-in
(selfservice/strategy): kratos_reasons.tsv finds these by text (pattern, our text; the first match counts). Unknown ids
and texts, for example of an operator's hook, are shown unchanged. If a page knows more, see `situations`.
"""

import json
import re
from collections.abc import Iterable
from pathlib import Path

from app.ory.flows import Message
from app.translations import N_

NO_IDENTIFIER, LINK_USED, REQUIRED = 4000009, 4060004, 4000002
# The field that an error of the whole flow is about. For wrong credentials that is the password: Kratos does not say
# which of the two is wrong, and the password is what has to be typed again either way.
FIELDS = {4000006: "password", 4000008: "totp_code"} | dict.fromkeys((4000012, 4000016), "lookup_secret")
FIELDS |= dict.fromkeys((4000035, 4000037), "identifier")  # nobody has it, or not with this method
FIELDS |= dict.fromkeys((4010008, 4040003, 4060006, 4070006), "code")
PHONE = re.compile(r"\+?[0-9 *().-]+")  # perhaps masked; fields for any address can also have a name
TRAIT = 1070002  # the label of a trait: its title in the operator's identity schema
# Titles of the shipped schema; operators add translations of their own (docs/languages.md).
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
ODD, TICK = N_("The format isn't right. Check it."), N_("Tick this box to continue.")
NUMBER, WHOLE_NUMBER = N_("Enter a number."), N_("Enter a whole number.")


def _rows(name: str) -> list[list[str]]:
    table = Path(__file__).with_name(name).read_text(encoding="utf-8")
    return [line.split("\t") for line in table.splitlines()]


_ROWS = [(int(number), text, ours) for number, _, text, _, ours in _rows("kratos_messages.tsv")]
MESSAGES = {number: ours for number, _, ours in _ROWS if ours}
# The longest constant part of each of Kratos' texts: without values and optional parts.
_KRATOS_WORDS = {
    number: " ".join(max(re.split(r"\{[^}]*\}|\[.*\]", text), key=len).split()) for number, text, _ in _ROWS
}
_REASONS = [(re.compile(pattern, re.DOTALL), ours) for pattern, ours in _rows("kratos_reasons.tsv")]


def is_from_hook(message: Message) -> bool:
    """Whether a message comes from an operator's web hook, whatever its id: Kratos' own has all its words."""
    words = _KRATOS_WORDS.get(message.id)
    return bool(message.text) and (not words or words not in " ".join(message.text.split()))


def reason_text(text: str) -> tuple[str, dict[str, str | list[str]]]:
    """Return our text for a text of Kratos without an id of its own, and its values; "" for an unknown text."""
    for pattern, ours in _REASONS:
        if match := pattern.fullmatch(text):
            values = match.groupdict()
            if "values" not in values:
                return ours, values
            if listed := _listed(values["values"]):
                return ours, {"values": listed}
    return "", {}


def expected(value: object) -> str:
    """Return what a field must contain, without quotes; "" for a box that must be ticked."""
    if value in (True, "true"):
        return ""
    return next(iter(_listed(str(value))), str(value))


def advice_for_type(allowed: Iterable[object]) -> str:
    """Return what to type after a value of the wrong type."""
    types = set(map(str, allowed)) - {"null"}
    if types == {"integer"}:
        return WHOLE_NUMBER
    return NUMBER if types and types <= {"integer", "number"} else ODD


def _listed(written: str) -> list[str]:
    """Return the values of a list that Go wrote, such as `"a", "b", 3`; empty for any other text."""
    try:
        values = json.loads("[" + written.replace("<nil>", "null") + "]")
    except (ValueError, RecursionError):
        return []
    return [str(each).lower() if isinstance(each, bool) else str(each) for each in values if each not in ("", None)]
