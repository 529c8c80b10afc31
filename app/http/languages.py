"""Matches the languages that a person wants with the available ones, by the data of Unicode's CLDR."""

import re
from collections.abc import Collection, Iterable
from functools import lru_cache
from itertools import islice

from babel import Locale
from babel.core import get_global

MAX_WISHES = 20  # languages that are read; nobody has more
_TAG = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,7}")


def is_tag(value: str) -> bool:
    """Whether the value has the form of a language tag (BCP 47)."""
    return _TAG.fullmatch(value) is not None


def language_name(tag: str) -> str:
    """Return the name of a language in that language, with a capital, as menus have it."""
    name = Locale.parse(tag, sep="-").get_display_name() or tag
    return name[0].upper() + name[1:]


def choose(wishes: Iterable[str], available: Collection[str]) -> str:
    """Return the available tag for the first wish that has one, "" if none has.

    A tag fits a wish if language and script are the same, whatever the region: a reader of pt-PT can read pt-BR, but
    zh-TW has another script than zh-Hans. If several fit, the longest one that the wish begins with counts, else the
    shortest. (`babel.negotiate_locale` ignores scripts, and finds nothing for pt.)
    """
    for wish in map(str.lower, filter(is_tag, islice(wishes, MAX_WISHES))):
        fitting = [tag for tag in available if _written(tag) == _written(wish)]
        if fitting:
            return min(fitting, key=lambda tag: -len(tag) if f"{wish}-".startswith(f"{tag.lower()}-") else len(tag))
    return ""


@lru_cache(maxsize=1024)
def _written(tag: str) -> tuple[str, str]:
    """Return language and script of a tag; without a script, the usual one of its language and region."""
    language, *subtags = re.split("-[a-z0-9]-", tag.lower(), maxsplit=1)[0].split("-")
    language = get_global("language_aliases").get(language, language)
    if script := next((subtag for subtag in subtags if len(subtag) == 4 and subtag.isalpha()), ""):
        return language, script
    likely = get_global("likely_subtags")
    usual = (likely.get(f"{language}_{subtag.upper()}") for subtag in subtags)
    full = next(filter(None, usual), likely.get(language, ""))
    return language, full.lower().split("_")[1] if full else ""
