"""Reads gettext catalogues, and checks those of an operator."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Any

from babel import Locale, UnknownLocaleError, localedata
from babel.core import get_global
from babel.dates import format_date
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po
from markupsafe import Markup

from app.http.branding import theme
from app.http.escaping import as_markup, written
from app.http.templates import FallingBack, MarkingTemplate, Templates

SOURCE = "en"  # the language of the texts in the code
# Babel's data that no page shows: 12 MB in 15 languages, with all units other than those of time.
NEVER_SHOWN = (
    *("compact_currency_formats", "compact_decimal_formats", "compound_unit_patterns", "currency_names"),
    *("currency_names_plural", "currency_symbols", "datetime_skeletons", "interval_formats", "meta_zones"),
    *("time_zones", "unit_display_names"),
)
MAX_PARTS = 32  # cached parts of pages for each language; 128 with 30 providers' buttons took 54 MB in all languages
PLURALS_TRIED = 200  # numbers; every plural form of every language occurs among them
_SHORT = re.compile(r"\b\w{1,4}-\w{1,5}\b(?![^<]*>)")  # "two-step", "E-Mail": a heading must not break there
PLACEHOLDER = re.compile(r"%\((\w+)\)s")


class Language:
    """One language: `tag` (BCP 47), `direction` (ltr or rtl), its texts, its templates."""

    def __init__(self, tag: str, locale: Locale, catalogue: NullTranslations, templates: Templates) -> None:
        self.tag, self.direction, self.locale, self.catalogue = tag, locale.text_direction, locale, catalogue
        self.templates = templates.overlay(cache_size=-1)
        self.templates.filters = {**templates.filters, "translated": self.translated}
        if isinstance(catalogue, FallingBack):
            self.templates.template_class = MarkingTemplate
        words = {"_": self.gettext, "ngettext": self.ngettext, "cached_partial": self.cached_partial}
        heading = cache(lambda text: as_markup(_SHORT.sub(r"<b>\g<0></b>", self.translated(text))))
        self.templates.globals = {**templates.globals, **words, "heading": heading, "language": lambda: self}
        # Caches. Texts and templates are ours or the operator's, so they may contain markup.
        self.phrase = cache(lambda text: Markup(self.translated(text)))  # noqa: S704
        self.day = lru_cache(1024)(lambda date: format_date(date, "long", locale))
        self._partial = lru_cache(256)(self._rendered)
        # The same result for the same key; small, as anybody can make new ones (a scope, a badge) in each language.
        self.once, self.page_once = (lru_cache(MAX_PARTS)(lambda make, *key: make(self, *key)) for _ in range(2))

    def translated(self, text: str) -> str:
        """Return the translation of a text; "" for "", under which a catalogue has its header."""
        return self.catalogue.gettext(text) if text else ""

    def gettext(self, text: str, **values: object) -> Markup:
        """Return the translation of a text with its values, which are escaped."""
        return filled_in(self.phrase(text), values) if values else self.phrase(text)

    def ngettext(self, singular: str, plural: str, number: int, **values: object) -> Markup:
        """Return the translation for a number, which the text has as `number`."""
        return filled_in(self.catalogue.ngettext(singular, plural, number), {**values, "number": number})

    def cached_partial(self, template: str) -> Markup:
        """Render a part of a page, once for this language and brand."""
        return self._partial(template, theme())

    def _rendered(self, template: str, _: object) -> Markup:
        return Markup(self.templates.get_template(template).render())  # noqa: S704


def filled_in(text: str, values: Mapping[str, object]) -> Markup:
    """Insert values and escape them (Markup's `%` is slower); no full stop follows a name that ends with "…"."""
    filled = str.__mod__(text, {name: written(value) for name, value in values.items()})
    return as_markup(filled.replace("…</bdi>.", "…</bdi>"))


def read(tag: str, paths: Iterable[Path], templates: Templates, whole: Path | None = None) -> Language:
    """Read a language from catalogues; a later one overrides. Texts that only `whole` has are marked as English."""
    locale, catalogue = locale_of(tag), NullTranslations()
    missing = set(_translated(_messages(whole, locale_of(whole.stem)))) if whole else set()
    for path in paths:
        messages = _messages(path, locale)
        missing.difference_update(_translated(messages))
        translations = _compiled(messages)
        translations.add_fallback(catalogue)
        catalogue = translations
    return Language(tag, locale, FallingBack(catalogue, missing) if missing else catalogue, templates)


def check(path: Path) -> None:
    """Raise ValueError, in words for operators, if a file is no catalogue or a text has wrong placeholders."""
    try:
        messages = _messages(path, locale_of(path.stem))
        translations = _compiled(messages)
        for number in range(PLURALS_TRIED):  # with any text: the plural forms are an expression in the catalogue
            translations.ngettext(path.stem, path.stem, number)
    except UnknownLocaleError:
        raise ValueError(f"{path.name} is named after no language") from None
    except (PoFileError, ValueError, LookupError, ArithmeticError, OSError) as error:
        raise ValueError(f"{path.name} is no gettext catalogue: {error}") from None
    for message in messages:
        if message.id and not message.fuzzy and (wrong := _wrong(message)):
            raise ValueError(f"{path.name} line {message.lineno} cannot be filled in: {wrong!r}")


def locale_of(tag: str) -> Locale:
    """Return Babel's data of a language without what no page shows; English dates are British: day before month."""
    locale = Locale.parse("en-GB" if tag == SOURCE else tag, sep="-")
    everywhere: tuple[Any, ...] = get_global("territory_currencies"), get_global("territory_languages")
    for data in everywhere:
        data.clear()
    for name in ("root", locale.language, str(locale)):  # each one inherits from those before
        data = localedata.load(name)
        for part in NEVER_SHOWN:
            data.pop(part, None)
        data["languages"] = {own: name for own, name in data["languages"].items() if own == locale.language}
        units = data.get("unit_patterns", {})
        data["unit_patterns"] = {unit: units[unit] for unit in units if unit.startswith("duration-")}
    return locale


def _messages(path: Path, locale: Locale) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=locale, abort_invalid=True)


def _translated(messages: Catalog) -> Iterator[str]:
    """Yield the texts that have a translation; of plurals the singular."""
    for message in messages:
        if message.id and not message.fuzzy and any(message.string or ()):
            yield message.id[0] if message.pluralizable else str(message.id)


def _compiled(messages: Catalog) -> GNUTranslations:
    compiled = BytesIO()
    write_mo(compiled, messages)
    compiled.seek(0)
    return GNUTranslations(compiled)


def _wrong(message: Message) -> str:
    """Return the first translation with a placeholder that its text does not have, or half of one; "" for none."""
    names = set(PLACEHOLDER.findall(str(message.id))) | ({"number"} if message.pluralizable else set())
    translations = map(str, filter(None, message.string or () if message.pluralizable else [message.string]))
    return next((text for text in translations if not _can_be_filled_in(text, names)), "")


def _can_be_filled_in(translation: str, names: set[str]) -> bool:
    if not names:  # nothing is inserted, so a percent sign is only itself
        return not PLACEHOLDER.search(translation)
    text = translation.replace("%%", "")
    return names.issuperset(PLACEHOLDER.findall(text)) and "%" not in PLACEHOLDER.sub("", text)
