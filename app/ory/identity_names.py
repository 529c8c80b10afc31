"""Finds a person's name and sign-in name: in known traits, then verified addresses, then traits with likely names."""

import re
from collections.abc import Iterator, Mapping
from itertools import product, repeat
from typing import Any

from app.ory.models import Json, items, mapping, text

MAX_VALUES = 10_000  # trait values that are read; traits can be megabytes, and nested as deep as JSON allows
MAX_ADDRESSES = 50  # on a page
MAX_KEY = 100  # characters of a trait's key; a person may choose it, and it is repeated for each item of a list
_KNOWN = ("email", "username", "phone")
# Names of traits that hold an identifier, the likeliest first.
_LIKELY_KEYS = (
    re.compile(r"(^|_)e?_?mails?(_|$|address)"),
    re.compile(r"(^|_)(user_?names?|logins?|handles?|accounts?)$"),
    re.compile(r"(^|_)(phones?|mobiles?|tel|telephones?)(_|$)"),
    re.compile(r"(^|_)(number|no|nr|id|identifier|code|badge)$"),
)
_FIRST, _LAST = ("first", "first_name", "given_name"), ("last", "last_name", "family_name")


def display_name(identity: Json) -> str:
    """Return a person's sign-in name, else their own name, "" if the identity has neither."""
    return likely_sign_in_name(identity) or _own_name(mapping(identity.get("traits")))


def likely_sign_in_name(identity: Json) -> str:
    """Return the address, user name or number that a person most likely signs in with, "" for none."""
    traits = mapping(identity.get("traits"))
    names = [traits.get(key) for key in _KNOWN]
    rows = verifiable_addresses(identity)
    names += [row["value"] for via in ("email", "sms") for row in rows if row.get("via") == via]
    names += [mapping(row).get("value") for row in items(identity.get("recovery_addresses"))]
    return next((value for value in names if isinstance(value, str) and value.strip()), "") or _by_likely_key(traits)


def verifiable_addresses(identity: Json) -> list[Json]:
    """Return Kratos' `verifiable_addresses`: verified ones first, then in the order of the traits."""
    known = [row for row in map(mapping, items(identity.get("verifiable_addresses"))) if text(row.get("value"))]
    values = [value for _, value in leaves(mapping(identity.get("traits")))] if len(known) > 1 else []
    order = {value: place for place, value in reversed(list(enumerate(values)))}
    return sorted(known, key=lambda row: (row.get("verified") is not True, order.get(row["value"], MAX_VALUES)))


def shown_addresses(identity: Json) -> list[tuple[str, bool]]:
    """Return the addresses that a page shows, each with whether it is verified."""
    return [(row["value"], row.get("verified") is True) for row in verifiable_addresses(identity)[:MAX_ADDRESSES]]


def leaves(traits: Json) -> Iterator[tuple[str, str]]:
    """Yield each text and number in the traits with its key; items of a list have the list's key."""
    left: list[Iterator[tuple[str, Any]]] = [iter(traits.items())]
    for _ in range(MAX_VALUES):
        while left and (first := next(left[-1], None)) is None:
            left.pop()
        if not left or first is None:
            return
        key, value = first
        if isinstance(value, Mapping | list):
            left.append(iter(value.items()) if isinstance(value, Mapping) else zip(repeat(key), value, strict=False))
        elif isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
            yield key, str(value)


def _by_likely_key(traits: Json) -> str:
    named = [(key, value) for key, value in leaves(traits) if len(key) <= MAX_KEY]
    known = [(re.sub(r"(?<=[a-z0-9])(?=[A-Z])|-", "_", key).lower(), value) for key, value in named]
    for pattern, (key, value) in product(_LIKELY_KEYS, known):
        if pattern.search(key) and (pattern is not _LIKELY_KEYS[0] or "@" in value):
            return value
    return ""


def _own_name(traits: Json) -> str:
    whole = traits.get("name")
    if isinstance(whole, str) and whole.strip():
        return whole
    place = whole if isinstance(whole, Mapping) else traits
    parts = [next((place[key] for key in keys if isinstance(place.get(key), str)), "") for keys in (_FIRST, _LAST)]
    return " ".join(filter(None, parts))
