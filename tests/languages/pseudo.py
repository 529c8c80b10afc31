"""A language nobody speaks: every text that is in the catalogues reads in full-width letters, and no other does.

What a page in it still says in ASCII letters comes from Kratos, Hydra or the settings, or cannot be translated.
"""

import re
from collections.abc import Iterator
from functools import cache
from gettext import NullTranslations

from babel import Locale
from bs4 import BeautifulSoup, Comment, Doctype, Tag
from bs4.element import NavigableString
from flask import Flask

from app.http.catalogues import Language
from tests.languages.catalogues import extracted

FULL_WIDTH = {ord(letter): ord(letter) + 0xFEE0 for letter in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"}
KEPT = re.compile(r"%\([a-zA-Z_]+\)s|\{[a-z_]+\}|<[^>]*>")  # placeholders and markup
READ = ("alt", "title", "placeholder", "label", "aria-label", "aria-description", "aria-placeholder",
        "aria-roledescription", "aria-valuetext", "summary", "abbr", "data-keep")  # fmt: skip
SPOKEN = re.compile(r"[A-Za-z]{2,}(?:[\x20-\x7e]*[A-Za-z])?")


def pretended(text: str) -> str:
    """A text in this language; its placeholders and markup as they were."""
    parts = KEPT.split(text)
    marks = [*KEPT.findall(text), ""]
    return "".join(part.translate(FULL_WIDTH) + mark for part, mark in zip(parts, marks, strict=True))


class Catalogue(NullTranslations):
    """Knows every text that translators get to see, and no other."""

    def __init__(self) -> None:
        super().__init__()
        ids = [message.id for message in extracted() if message.id]
        self.texts = {text for id_ in ids for text in ([id_] if isinstance(id_, str) else id_)}

    def gettext(self, message: str) -> str:
        """As gettext's."""
        return pretended(message) if message in self.texts else message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """As gettext's."""
        return self.gettext(msgid1 if n == 1 else msgid2)


catalogue = cache(Catalogue)  # made when it is first needed: reading all of Portico for texts takes a second


def language(app: Flask) -> Language:
    """The language, for an application; its dates and lists are Ukrainian, which has no letter of ASCII."""
    return Language("uk", Locale.parse("uk"), catalogue(), app.jinja_env)  # type: ignore[arg-type]


def read_out(page: BeautifulSoup) -> Iterator[str]:
    """Every text of a page that a person sees or hears; not the languages' own names."""
    for tag in page.find_all(True):
        yield from (str(tag[name]) for name in READ if tag.get(name))
        if tag.name == "input" and tag.get("type") in ("submit", "button", "reset", "image"):
            yield str(tag.get("value", ""))
        if tag.get("id") == "words":
            yield from (str(value) for name, value in tag.attrs.items() if name.startswith("data-"))
    for text in page.find_all(string=True):
        if type(text) is NavigableString and not _is_a_name(text):
            yield str(text)


def _is_a_name(text: NavigableString) -> bool:
    """Whether it is the name of a language, which each language writes in its own words."""
    return isinstance(text, Comment | Doctype) or any(
        isinstance(parent, Tag) and parent.name != "html" and parent.get("lang") for parent in text.parents
    )


def plain(text: str) -> str:
    """A text with white space made one, and without the places where app.js puts values."""
    return re.sub(r"\{\w+\}", "", " ".join(text.split()))


def untranslated(page: BeautifulSoup) -> list[str]:
    """What the page says in ASCII letters."""
    return [words for text in read_out(page) for words in SPOKEN.findall(plain(text))]
