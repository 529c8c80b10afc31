"""gettext catalogues as translators write them: what pages need of a language, and what is wrong with an operator's."""

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

SOURCE = "en"  # what the texts are written in
# What Babel knows of a language and no page shows; with all units but those of time 12 MB in 15 languages.
NEVER_SHOWN = (
    *("compact_currency_formats", "compact_decimal_formats", "compound_unit_patterns", "currency_names"),
    *("currency_names_plural", "currency_symbols", "datetime_skeletons", "interval_formats", "meta_zones"),
    *("time_zones", "unit_display_names"),
)
MAX_PARTS = 32  # parts of pages that are kept for each language; 128 of 30 providers' buttons, in all languages: 54 MB
PLURALS_TRIED = 200  # numbers that are tried: among them is one for each plural form of any language
_SHORT = re.compile(r"\b\w{1,4}-\w{1,5}\b(?![^<]*>)")  # "two-step", "E-Mail": no line of a heading ends within
_PLACEHOLDER = re.compile(r"%\((\w+)\)s")


class Language:
    """One language as pages need it: `tag` (BCP 47), `direction` (ltr or rtl), its texts, its templates."""

    def __init__(self, tag: str, locale: Locale, catalogue: NullTranslations, templates: Templates) -> None:
        self.tag, self.direction, self.locale, self.catalogue = tag, locale.text_direction, locale, catalogue
        self.templates = templates.overlay(cache_size=-1)
        self.templates.gettext = self.translated
        self.templates.filters = {**templates.filters, "translated": self.translated}
        if isinstance(catalogue, FallingBack):
            self.templates.template_class = MarkingTemplate
        words = {"_": self.gettext, "ngettext": self.ngettext, "cached_partial": self.cached_partial}
        heading = cache(lambda text: as_markup(_SHORT.sub(r"<b>\g<0></b>", self.translated(text))))
        self.templates.globals = {**templates.globals, **words, "heading": heading, "language": lambda: self}
        # Kept once they are ready for a page. Texts and templates are ours or the operator's: both may use markup.
        self.phrase = cache(lambda text: Markup(self.translated(text)))  # noqa: S704
        self.day = lru_cache(1024)(lambda date: format_date(date, "long", locale))
        self._partial = lru_cache(256)(self._rendered)
        # Few: anybody can have ever new ones drawn (a scope, a badge), in each language and process.
        self._partial_of = lru_cache(MAX_PARTS, typed=True)(self._rendered)
        self.once = lru_cache(MAX_PARTS)(lambda make, *key: make(self, *key))  # what is the same for this key

    def translated(self, text: str) -> str:
        """A text of ours as it is in the catalogue, which has its own head under the empty text."""
        return self.catalogue.gettext(text) if text else ""

    def gettext(self, text: str, **values: object) -> Markup:
        """A text of ours with its values escaped."""
        return filled_in(self.phrase(text), values) if values else self.phrase(text)

    def ngettext(self, singular: str, plural: str, number: int, **values: object) -> Markup:
        """Likewise one that depends on a number, which is `number` in it."""
        return filled_in(self.catalogue.ngettext(singular, plural, number), {**values, "number": number})

    def cached_partial(self, template: str, **values: object) -> Markup:
        """A part that is the same on all pages of this language, a brand and these values, which is made once."""
        return (self._partial_of if values else self._partial)(template, theme(), **values)

    def _rendered(self, template: str, _: object, **values: object) -> Markup:
        return Markup(self.templates.get_template(template).render(values))  # noqa: S704


def filled_in(text: str, values: Mapping[str, object]) -> Markup:
    """A text of ours with values, which are escaped (Markup's `%` wraps each); a name's dots end its sentence, too."""
    filled = str.__mod__(text, {name: written(value) for name, value in values.items()})
    return as_markup(filled.replace("…</bdi>.", "…</bdi>"))


def read(tag: str, paths: Iterable[Path], templates: Templates, whole: Path | None = None) -> Language:
    """A language of these catalogues, the later over the earlier; texts only in `whole` are marked as English."""
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
    """ValueError in an operator's words for what is no catalogue, or has a text that could not be filled in."""
    try:
        messages = _messages(path, locale_of(path.stem))
        translations = _compiled(messages)
        for number in range(PLURALS_TRIED):  # any text: its plural forms are an expression of theirs
            translations.ngettext(path.stem, path.stem, number)
    except UnknownLocaleError:
        raise ValueError(f"{path.name} is named after no language") from None
    except (PoFileError, ValueError, LookupError, ArithmeticError, OSError) as error:
        raise ValueError(f"{path.name} is no gettext catalogue: {error}") from None
    for message in messages:
        if message.id and not message.fuzzy and (wrong := _wrong(message)):
            raise ValueError(f"{path.name} line {message.lineno} cannot be filled in: {wrong!r}")


def locale_of(tag: str) -> Locale:
    """What pages need of what Babel knows; English is written as most of the world writes its dates."""
    locale = Locale.parse("en-GB" if tag == SOURCE else tag, sep="-")
    everywhere: tuple[Any, ...] = get_global("territory_currencies"), get_global("territory_languages")
    for data in everywhere:
        data.clear()
    for name in ("root", locale.language, str(locale)):  # the later begin with what the former have
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
    """The texts that have a translation; one that depends on a number by its singular."""
    for message in messages:
        if message.id and not message.fuzzy and any(message.string or ()):
            yield message.id[0] if message.pluralizable else str(message.id)


def _compiled(messages: Catalog) -> GNUTranslations:
    compiled = BytesIO()
    write_mo(compiled, messages)
    compiled.seek(0)
    return GNUTranslations(compiled)


def _wrong(message: Message) -> str:
    """The first translation that has another placeholder than its text, or half of one; "" when there is none."""
    names = set(_PLACEHOLDER.findall(str(message.id))) | ({"number"} if message.pluralizable else set())
    translations = map(str, filter(None, message.string or () if message.pluralizable else [message.string]))
    return next((text for text in translations if not _can_be_filled_in(text, names)), "")


def _can_be_filled_in(translation: str, names: set[str]) -> bool:
    if not names:  # shown as it is: a percent sign is one
        return not _PLACEHOLDER.search(translation)
    text = translation.replace("%%", "")
    return names.issuperset(_PLACEHOLDER.findall(text)) and "%" not in _PLACEHOLDER.sub("", text)
