"""Finds a trait's HTML `autocomplete` (WCAG 1.3.5) by purposes.toml; "" if unsure: a wrong value is worse."""

import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from markupsafe import Markup

from app.selfservice.fields import as_html

_TABLES = tomllib.loads(Path(__file__).with_name("purposes.toml").read_text(encoding="utf-8"))


def _by_word(table: Mapping[str, str]) -> dict[str, str]:
    return {word.replace("_", ""): name for name, words in table.items() for word in words.split()}


_OBJECTS = _TABLES["objects"]
_PURPOSES, _SORTS = _by_word(_TABLES["names"]), _by_word(_TABLES["sorts"])
_CALLED = _by_word({name: table["called"] for name, table in _OBJECTS.items()})
_OF_NAMES, _OF_ADDRESSES = (frozenset(_OBJECTS[name]["own"].split()) for name in ("name", "address"))
_OWN, _OTHERS, _FIRMS, _CODES = (
    frozenset(_TABLES["words"][name].split()) for name in ("own", "others", "firms", "codes")
)
_WRITTEN = (_OF_NAMES | _OF_ADDRESSES | {"organization", "organization-title"}) - {"postal-code", "country"}
_WORDS = re.compile(r"[A-Z]+(?![^\W\dA-Z_])|[^\W\d_][^\W\dA-Z_]*|\d+")


@lru_cache(maxsize=1024)
def purpose(name: str, title: str, by_format: str = "") -> str:
    """Return the `autocomplete` of a trait by its node's name and title, "" for none; `by_format` is Kratos' value."""
    keys, titled = [_words(key) for key in name.split(".")[1:]], _words(title.partition("(")[0])
    words = {word for key in (*keys, titled) for word in (*key, *(word.removesuffix("s") for word in key))}
    by_name, by_title = _purpose_of_path(keys), _purpose_of_path([*keys[:-1], titled]) if titled else ""
    named = by_name.startswith(by_title) or f"{by_name} {by_title}" in ("country country-name", "username nickname")
    best = (by_name if named else by_title) or by_name or by_format  # the title decides, as people read only that
    foreign = _FIRMS.intersection(words) and not best.startswith(("organization", "work "))
    return "" if foreign or _OTHERS.intersection(words) else best


@lru_cache(maxsize=1024)
def capitals_of(name: str, title: str, autocomplete: str) -> str:
    """Return the `autocapitalize` of a trait: words, none, or "" for the browser's default."""
    if autocomplete and autocomplete != "sex":
        return "words" if autocomplete.rpartition(" ")[2] in _WRITTEN else "none"
    return "none" if _CODES.intersection((*_words(name)[-1:], *_words(title)[-1:])) else ""


@lru_cache(maxsize=128)
def typing_attributes(capitals: str, autocomplete: str, keyboard: str) -> Markup:
    """Return the attributes for typing: values without capitals are not spell-checked and have a fixed direction."""
    anything = autocomplete.startswith("username") and not keyboard  # a user name is in any script
    return as_html(
        {
            "inputmode": keyboard,
            "autocapitalize": capitals,
            "spellcheck": "false" if capitals else "",
            "dir": "" if capitals != "none" else "auto" if anything else "ltr",
        }
    )


def _words(text: str) -> list[str]:
    return [word.lower().replace("organis", "organiz") for word in _WORDS.findall(text)]


def _purpose_of_path(path: list[list[str]]) -> str:
    sort, above = "", []
    for words in path:
        rest = _without_owner(words)
        sort = next((_SORTS[word] for word in words if word in _SORTS and word not in rest), sort)
        above += [rest] if rest or words is path[-1] else []
    *objects, key = above or [[]]
    if len(objects) > 1:
        return ""
    own = _purpose_in_object("".join(objects[0]), "".join(key)) if objects else _PURPOSES.get("".join(key), "")
    return _with_sort(sort, own)


def _without_owner(words: list[str]) -> list[str]:
    for start in range(len(words)):
        if "".join(words[start:]) in _PURPOSES or not (words[start] in _OWN or words[start] in _SORTS):
            return words[start:]
    return []


def _purpose_in_object(name: str, key: str) -> str:
    table = _OBJECTS.get(_CALLED.get(name, name), {"keys": {}, "own": ""})
    own: str = table["keys"].get(key) or _PURPOSES.get(key, "") or _PURPOSES.get(f"{name}{key}", "")
    return own if key in table["keys"] or own in table["own"].split() else ""


def _with_sort(sort: str, own: str) -> str:
    """Return the purpose with its prefix, such as `billing`; HTML has none for addresses at work."""
    if not (sort and own) or (sort == "home" and own in _OF_ADDRESSES):
        return own
    return f"{sort} {own}" if sort in ("billing", "shipping") or own in ("tel", "email") else ""
