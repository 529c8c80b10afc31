"""Which language a person reads: the first of their wishes that there is (RFC 4647 section 3.4, lookup)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from itertools import islice

# As each language calls itself; those that operators add are named by Babel.
NAMES = {
    "ar": "العربية",
    "de": "Deutsch",
    "en": "English",
    "es": "Español",
    "fr": "Français",
    "he": "עברית",
    "it": "Italiano",
    "ja": "日本語",
    "nl": "Nederlands",
    "pl": "Polski",
    "pt-BR": "Português (Brasil)",
    "sv": "Svenska",
    "tr": "Türkçe",
    "uk": "Українська",
    "zh-Hans": "简体中文",
}
# Old names, and regions that say which script is read.
ALIASES = {"iw": "he", "zh-tw": "zh-hant", "zh-hk": "zh-hant", "zh-mo": "zh-hant"}
MOST = 20  # wishes that are looked at; more are nobody's
_TAG = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,7}")
_SCRIPT = re.compile(r"[a-z]{4}")


def is_tag(value: str) -> bool:
    """Whether it has the form of a language tag (BCP 47)."""
    return _TAG.fullmatch(value) is not None


def choose(wishes: Iterable[str], available: Collection[str]) -> str:
    """The available language tag that fits the first wish that any fits, "" if none does.

    A wish is cut from its end until it fits; else another region of the language will do (who reads pt-PT can read
    pt-BR), but not another script.
    """
    by_lower = {tag.lower(): tag for tag in available}
    for wish in islice(wishes, MOST):
        if is_tag(wish) and (found := _closest(wish.lower(), by_lower)):
            return by_lower[found]
    return ""


def _closest(wish: str, available: Iterable[str]) -> str:
    wish = ALIASES.get(wish, wish)
    parts = wish.split("-")
    for length in range(len(parts), 0, -1):
        shorter = "-".join(parts[:length])
        shorter = ALIASES.get(shorter, shorter)
        if shorter in available:
            return shorter
    scripts = set(filter(_SCRIPT.fullmatch, parts[1:]))
    for tag in available:
        primary, *rest = tag.split("-")
        if primary == parts[0] and scripts <= set(rest):
            return tag
    return ""
