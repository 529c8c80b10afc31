"""Names that strangers chose, as far as they can be seen."""

import unicodedata
from itertools import dropwhile
from urllib.parse import quote

_MAX_NAME = 500  # characters that are looked at; pages show fewer
_MAX_TITLE = 60  # characters of an application's name in a sentence
_JOINERS = "\u200c\u200d"  # words of Persian and Hindi, and many emoji, need them
# Letters and symbols that look like nothing.
_BLANK = "\u115f\u1160\u2800\u3164\uffa0\ufffc\U00013441\U00013442\U0001d159"


def shown_name(name: object) -> str:
    """A name without what nobody can see or what turns the text around; "" if nothing of it can be seen."""
    if not isinstance(name, str):
        return ""
    name = name[:_MAX_NAME]
    if not (name.isascii() and name.isprintable()):
        name = "".join(filter(None, map(_seen, name)))
        name = "".join(dropwhile(lambda letter: unicodedata.category(letter)[0] in "CMZ", name))
    return " ".join(name.split())


def title(name: str) -> str:
    """A name as it stands in sentences and headings: a long one ends with an ellipsis."""
    return name if len(name) <= _MAX_TITLE else f"{name[: _MAX_TITLE - 1].rstrip()}…"


def shown_word(word: str) -> str:
    """A word of a protocol (a scope, an audience), percent-encoded where nothing of it could be seen."""
    return shown_name(word) or quote(word[:_MAX_NAME], errors="replace")


def _seen(letter: str) -> str:
    kind = unicodedata.category(letter)
    if kind[0] == "Z" or kind == "Cc" or letter in _BLANK:
        return " "
    return letter if kind[0] != "C" or letter in _JOINERS else ""
