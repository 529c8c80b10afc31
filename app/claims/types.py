"""The types of claims: each returns a value as applications get it, or None if it is not of that type."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from app.ory.models import SECOND, micros
from app.urls import split

_SUBTAGS = re.compile(  # RFC 5646 section 2.1, without its languages of four letters and more, which do not exist
    r"[a-z]{2,3}(-[a-z]{3}){0,3}(-[a-z]{4})?(-([a-z]{2}|[0-9]{3}))?(-([a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*"
    r"(-[0-9a-wyz](-[a-z0-9]{2,8})+)*(-x(-[a-z0-9]{1,8})+)?",
    re.IGNORECASE | re.ASCII,
)


def _string(value: Any) -> Any:
    return value if isinstance(value, str) and value.strip() else None


def _object(value: Any) -> Any:
    return ({key: part for key, part in value.items() if _string(part)} or None) if isinstance(value, dict) else None


def _matching(pattern: str) -> Callable[[Any], Any]:
    compiled = re.compile(pattern)
    return lambda value: value if isinstance(value, str) and compiled.fullmatch(value) else None


def _url(*schemes: str) -> Callable[[Any], Any]:
    return lambda value: value if (parts := split(value)) and parts.scheme in schemes else None


def _locale(value: Any) -> Any:
    tag = value.replace("_", "-") if isinstance(value, str) else ""
    return tag if len(tag) <= 64 and _SUBTAGS.fullmatch(tag) else None


TYPES: Mapping[str, Callable[[Any], Any]] = {
    "string": _string,
    "boolean": lambda value: value if isinstance(value, bool) else None,
    "string_list": lambda value: value if isinstance(value, list) and value and all(map(_string, value)) else None,
    "object": _object,
    "https_url": _url("https"),
    "url": _url("https", "http"),
    "email": _matching(r"[^@\s]+@[^@\s]+"),
    "date": _matching(r"[0-9]{4}(-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01]))?"),
    "zoneinfo": _matching(r"[A-Za-z_]{1,32}(/[A-Za-z0-9_+-]{1,32}){0,2}"),
    "locale": _locale,
    "e164": _matching(r"\+[1-9][0-9]{1,14}(;ext=[0-9]{1,10})?"),
    "epoch": lambda value: (moment := micros(value)) and moment // SECOND,
}


def is_empty(value: object) -> bool:
    """Whether a value is empty: null, blank text, an empty list or object, or an object of only these."""
    parts = value.values() if isinstance(value, dict) else [value]  # no deeper, as traits may be nested to any depth
    return all(part is None or part in ([], {}) or (isinstance(part, str) and not part.strip()) for part in parts)
