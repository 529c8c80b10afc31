"""gettext catalogues as translators write them, and what is wrong with an operator's."""

from __future__ import annotations

import re
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

SOURCE = "en"  # what the texts are written in
FORMAT_ERRORS = (KeyError, ValueError, TypeError)  # of a text with a placeholder that has no value, or half of one
_PLACEHOLDER = re.compile(r"%\((\w+)\)s")


def locale(tag: str) -> Locale:
    """What Babel knows of a language; English is written as most of the world writes its dates."""
    return Locale.parse("en-GB" if tag == SOURCE else tag, sep="-")


def read(path: Path, language: Locale) -> GNUTranslations:
    """The texts of a catalogue; PoFileError for what is none."""
    made = BytesIO()
    write_mo(made, _messages(path, language))
    made.seek(0)
    return GNUTranslations(made)


def check(path: Path) -> None:
    """ValueError in an operator's words for what is no catalogue, or has a text that could not be filled in."""
    try:
        messages = _messages(path, locale(path.stem))
    except UnknownLocaleError:
        raise ValueError(f"{path.name} is named after no language") from None
    except (PoFileError, ValueError) as error:
        raise ValueError(f"{path.name} is no gettext catalogue: {error}") from None
    for message in messages:
        if message.id and not message.fuzzy and (wrong := _wrong(message)):
            raise ValueError(f"{path.name} line {message.lineno} cannot be filled in: {wrong!r}")


def _messages(path: Path, language: Locale) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def _wrong(message: Message) -> str:
    """The first translation that has another placeholder than its text, or half of one; "" when there is none."""
    texts, translations = (
        list(value) if isinstance(value, list | tuple) else [value] for value in (message.id, message.string)
    )
    names = {name for text in texts for name in _PLACEHOLDER.findall(str(text))} | (
        {"number"} if len(texts) > 1 else set()
    )
    return next((str(said) for said in translations if said and not _can_be_filled_in(str(said), names)), "")


def _can_be_filled_in(said: str, names: set[str]) -> bool:
    if not names:  # shown as it is: a percent sign is one
        return not _PLACEHOLDER.search(said)
    try:
        _ = said % dict.fromkeys(names, "")
    except FORMAT_ERRORS:
        return False
    return True
