"""What Kratos finds wrong with traits and with passwords."""

import re
from difflib import SequenceMatcher
from typing import Any

# As Go's net/mail reads an address, which minds blanks behind it and not those before it.
ATOM, LABEL = r"""[^\s@.,:;"<>()]+""", r"[A-Za-z0-9][A-Za-z0-9-]*"
ADDRESS = re.compile(rf"""\s*("[^"]+"|{ATOM}(\.{ATOM})*)@{LABEL}(\.{LABEL})*""")
MIN_PASSWORD = 8  # selfservice.methods.password.config.min_password_length


def traits_problem(traits: dict[str, Any]) -> str:
    """Name what is wrong with the e-mail address: `missing`, `invalid` or nothing. Other traits are not judged."""
    if not traits.get("email"):
        return "missing"
    return "" if ADDRESS.fullmatch(str(traits["email"])) else "invalid"


def password_problem(password: str, identifier: str) -> str:
    """Name what is wrong with a new password: `short`, `similar` (more than half is of the identifier) or nothing."""
    if len(password) < MIN_PASSWORD:
        return "short"
    common = SequenceMatcher(None, password.lower(), identifier.lower(), autojunk=False).find_longest_match()
    return "similar" if common.size > len(password) / 2 else ""
