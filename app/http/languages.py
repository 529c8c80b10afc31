"""Which language a person reads: the first of their wishes that there is, by what Unicode's CLDR knows of languages."""

import re
from collections.abc import Collection, Iterable
from functools import lru_cache
from itertools import islice

from babel import Locale
from babel.core import get_global

MAX_WISHES = 20  # wishes that are looked at; nobody has more
_TAG = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,7}")


def is_tag(value: str) -> bool:
    """Whether it has the form of a language tag (BCP 47)."""
    return _TAG.fullmatch(value) is not None


def display_name(tag: str) -> str:
    """What a language calls itself, with a capital as menus have it."""
    name = Locale.parse(tag, sep="-").get_display_name() or tag
    return name[0].upper() + name[1:]


def choose(wishes: Iterable[str], available: Collection[str]) -> str:
    """The available language tag that fits the first wish that any fits, "" if none does.

    A wish fits the same language in the same script, of any region: who reads pt-PT can read pt-BR, but zh-TW is not
    written as zh-Hans is. Of several that fit the longest that the wish begins with counts, else the shortest.
    (`babel.negotiate_locale` knows no scripts, and finds nothing for pt.)
    """
    for wish in map(str.lower, filter(is_tag, islice(wishes, MAX_WISHES))):
        fitting = [tag for tag in available if _written(tag) == _written(wish)]
        if fitting:
            return min(fitting, key=lambda tag: -len(tag) if f"{wish}-".startswith(f"{tag.lower()}-") else len(tag))
    return ""


@lru_cache(maxsize=1024)
def _written(tag: str) -> tuple[str, str]:
    """Language and script of a tag; where it has no script, the usual one of its language and region."""
    language, *subtags = re.split("-[a-z0-9]-", tag.lower(), maxsplit=1)[0].split("-")
    language = get_global("language_aliases").get(language, language)
    if script := next((subtag for subtag in subtags if len(subtag) == 4 and subtag.isalpha()), ""):
        return language, script
    likely = get_global("likely_subtags")
    usual = (likely.get(f"{language}_{subtag.upper()}") for subtag in subtags)
    full = next(filter(None, usual), likely.get(language, ""))
    return language, full.lower().split("_")[1] if full else ""
