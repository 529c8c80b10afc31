"""Makes names chosen by strangers visible: without letters that are invisible or change the text around them."""

import unicodedata
from itertools import dropwhile
from urllib.parse import quote

_MAX_NAME = 500  # characters that are read; pages show fewer
_MAX_TITLE = 60  # characters of an application's name in a sentence
# Browsers change these in the values of a form; the space marks them, as no scope has one.
_IN_FORM = {ord("\0"): " 0", ord("\n"): " 10", ord("\r"): " 13"}
_JOINERS = "\u200c\u200d"  # needed in Persian and Hindi words and many emoji
# Invisible letters and symbols.
_BLANK = "\u115f\u1160\u2800\u3164\uffa0\ufffc\U00013441\U00013442\U0001d159"


def shown_name(name: object) -> str:
    """Return a name without invisible letters and text direction marks; "" if nothing is left."""
    if not isinstance(name, str):
        return ""
    name = name[:_MAX_NAME]
    if not (name.isascii() and name.isprintable()):
        name = "".join(filter(None, map(_visible, name)))
        name = "".join(dropwhile(lambda letter: unicodedata.category(letter)[0] in "CMZ", name))
    return " ".join(name.split())


def title(name: str) -> str:
    """Return a name for sentences and headings: a long one ends with an ellipsis."""
    return name if len(name) <= _MAX_TITLE else f"{name[: _MAX_TITLE - 1].rstrip()}…"


def shown_word(word: str) -> str:
    """Return a scope or an audience as a page shows it, percent-encoded if it has no visible letter."""
    return shown_name(word) or quote(word[:_MAX_NAME], errors="replace")


def in_form(scope: str) -> str:
    """Return a scope as a form sends it."""
    return scope.translate(_IN_FORM)


def _visible(letter: str) -> str:
    kind = unicodedata.category(letter)
    if kind[0] == "Z" or kind == "Cc" or letter in _BLANK:
        return " "
    return letter if kind[0] != "C" or letter in _JOINERS else ""
