"""Names of hosts in letters of other scripts, shown only where the person reads those letters.

`аррӏе.example` in Cyrillic looks like something else. So a label is shown in its own letters only if all of them are
in the alphabet of the page's language, and at least one is unlike any Latin letter; else in punycode.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

# Letters beside a to z that people who read the language know.
LATIN: Mapping[str, str] = {
    "de": "äöüß",
    "es": "áéíñóúü",
    "fr": "àâæçèéêëîïôùûüÿœ",
    "it": "àèéìíîòóùú",
    "nl": "áäéèëíïóöúü",
    "pl": "ąćęłńóśźż",
    "pt": "áâãàçéêíóôõúü",
    "sv": "åäöéü",
    "tr": "çğöşüıâîû",
}
# Whole scripts, each without the letters that look like Latin ones, and those letters.
OTHERS: Mapping[str, tuple[str, str]] = {
    "ar": ("ء-غف-ي٠-٩", ""),
    "he": ("א-ת", ""),
    "ja": ("ぁ-ゖゝゞァ-ヺー一-鿿々", "ノハニエロ一二ー"),
    "uk": ("а-щьюяґєії", "авекмнорстухгбіїєь"),
    "zh": ("一-鿿", "一二"),
}


def readable(label: str, language: str) -> str:
    """A label of a host name in its own letters if the language (a BCP 47 tag) has them, else as it is."""
    if not label.startswith("xn--"):
        return label
    try:
        name = label[4:].encode().decode("punycode")
    except UnicodeError:
        return label
    if name.isascii() or name.encode("punycode").decode() != label[4:]:
        return label  # no name that is written so, such as xn--google-
    language = language.partition("-")[0].lower()
    if language in LATIN and re.fullmatch(f"[a-z0-9{LATIN[language]}-]+", name):
        return name
    letters, like_latin = OTHERS.get(language, ("", ""))
    known = bool(letters) and re.fullmatch(f"[0-9{letters}-]+", name)
    return name if known and not re.fullmatch(f"[0-9{like_latin}-]+", name) else label
