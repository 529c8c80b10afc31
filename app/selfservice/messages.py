"""Kratos' messages in words of our own, by id: what happened and what to do next, no jargon.

The table (kratos_messages.tsv: id, type, Kratos' text, its values, ours) has every id of Kratos v26.2.0 (text/id.go),
but no words of ours for those whose text is somebody else's: 4000001 and 5000001 carry the words of a schema or of a
hook. An unknown id, or one whose values did not come, is shown as Kratos says it.
"""

from __future__ import annotations

import re
from pathlib import Path

from app.ory.models import Message
from app.translations import N_

_TABLE = Path(__file__).with_name("kratos_messages.tsv").read_text(encoding="utf-8")
_ROWS = [(int(row[0]), row[2], row[4]) for row in (line.split("\t") for line in _TABLE.splitlines())]
MESSAGES = {number: ours for number, _, ours in _ROWS if ours}
# The longest part of each of Kratos' texts in which no value can be and nothing may be missing.
_KRATOS_WORDS = {
    number: " ".join(max(re.split(r"\{[^}]*\}|\[.*\]", text), key=len).split()) for number, text, _ in _ROWS
}
UNNAMED = {
    1050018: N_("Remove the security key added on %(added_at)s"),
    1050020: N_("Remove the passkey added on %(added_at)s"),
}

NO_IDENTIFIER, LINK_USED = 4000009, 4060004
TRAIT = 1070002  # the label of a field of the operator's identity schema: its title
# Titles of the shipped schema; an operator adds translations of their own (docs/languages.md).
TITLES = (
    *(N_("Email"), N_("Name"), N_("First name"), N_("Middle name"), N_("Last name"), N_("Nickname"), N_("Username")),
    *(N_("Profile page"), N_("Picture address"), N_("Website"), N_("Gender"), N_("Date of birth"), N_("Time zone")),
    *(N_("Language"), N_("Phone"), N_("Phone number"), N_("Address"), N_("Street and number"), N_("Town")),
    *(N_("Region"), N_("Postal code"), N_("Country")),
)


def is_a_hooks(message: Message) -> bool:
    """Whether the text of a message is that of an operator's web hook, which may give any number.

    Kratos' own has the words of its text in Kratos (kratos_messages.tsv) in which no value can be, all of them: a hook
    that refuses a sign-in may well begin as Kratos does, "The provided credentials are ...".
    """
    words = _KRATOS_WORDS.get(message.id)
    return bool(message.text) and (not words or words not in " ".join(message.text.split()))
