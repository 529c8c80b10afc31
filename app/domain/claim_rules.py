"""The rules by which identities become claims, read from data once at start.

A rule says where a value comes from and what type it must have; there are no expressions. What is missing, empty or of
another type has no value: it is left out (OpenID Connect Core 5.3.2), never sent as null.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.identity_names import addresses
from app.domain.models import items, mapping, micros
from app.domain.urls import split

RESERVED = frozenset(
    {
        *("sub", "iss", "aud", "exp", "iat", "nbf", "jti", "rat", "auth_time", "nonce", "acr", "amr", "azp", "sid"),
        *("at_hash", "c_hash", "s_hash", "cnf", "events", "__proto__", "constructor", "prototype"),
        *("client_id", "scp", "scope", "ext"),  # access tokens: Hydra's session.go, RFC 9068 section 2.2
    }
)
ADMIN = "metadata_admin"
_PATH = re.compile(rf"(?:traits|metadata_public|{ADMIN})(?:\.[A-Za-z0-9_-]{{1,64}}){{1,8}}|identity\.updated_at")
_KEYS = frozenset(
    {"path", "type", "first_of", "join", "with", "object", "address", "verifiable", "verified_of", "max_items"}
)
_SHAPES: Mapping[str, tuple[type, str]] = {
    "first_of": (list, "a list of rules"),
    "join": (list, "a list of paths"),
    "object": (dict, "a table of rules"),
    "address": (str, "'email' or 'sms'"),
    "verified_of": (str, "the name of another claim"),
}
_ADDRESSES = {"email": "email", "sms": "e164"}
_SUBTAGS = re.compile(  # RFC 5646 section 2.1; languages of four letters and more exist in its grammar only
    r"[a-z]{2,3}(-[a-z]{3}){0,3}(-[a-z]{4})?(-([a-z]{2}|[0-9]{3}))?(-([a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*"
    r"(-[0-9a-wyz](-[a-z0-9]{2,8})+)*(-x(-[a-z0-9]{1,8})+)?",
    re.IGNORECASE | re.ASCII,
)

Path = tuple[str, ...]


class RuleError(ValueError):
    """A claim rule that cannot be meant; the text says which and why."""


def _string(value: Any) -> Any:
    return value if isinstance(value, str) and value.strip() else None


def _matching(pattern: str) -> Callable[[Any], Any]:
    compiled = re.compile(pattern)
    return lambda value: value if isinstance(value, str) and compiled.fullmatch(value) else None


def _url(*schemes: str) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:
        parts = split(value)
        return value if parts is not None and parts.scheme in schemes else None

    return check


def _locale(value: Any) -> Any:
    tag = value.replace("_", "-") if isinstance(value, str) else ""
    return tag if len(tag) <= 64 and _SUBTAGS.fullmatch(tag) else None


def _epoch(value: Any) -> Any:
    moment = micros(value)
    return None if moment is None else moment // 1_000_000


def _strings(value: Any) -> Any:
    found = [item for item in items(value) if _string(item)]
    return found if found and len(found) == len(value) else None


TYPES: Mapping[str, Callable[[Any], Any]] = {
    "string": _string,
    "boolean": lambda value: value if isinstance(value, bool) else None,
    "string_list": _strings,
    "https_url": _url("https"),
    "url": _url("https", "http"),
    "email": _matching(r"[^@\s]+@[^@\s]+"),
    "date": _matching(r"[0-9]{4}(-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01]))?"),
    "zoneinfo": _matching(r"[A-Za-z_]{1,32}(/[A-Za-z0-9_+-]{1,32}){0,2}"),
    "locale": _locale,
    "e164": _matching(r"\+[1-9][0-9]{1,14}(;ext=[0-9]{1,10})?"),
    "epoch": _epoch,
}


@dataclass(frozen=True, slots=True)
class Rule:
    """Where one claim comes from: a path, the first of several rules, several paths joined by `separator`, an object of
    rules, the person's first confirmed `address` (else their first), or (`verified_of`) whether the address another
    claim told was verified `via` email or sms."""

    path: Path = ()
    type: str = "string"
    max_items: int = 100
    first_of: tuple[Rule, ...] = ()
    join: tuple[Path, ...] = ()
    separator: str = " "
    object: tuple[tuple[str, Rule], ...] = ()
    address: str = ""
    verifiable: str = ""
    verified_of: str = ""

    def value(self, identity: Mapping[str, Any]) -> Any:
        """The claim's value out of an identity, None when there is none of the right type."""
        if self.path:
            found = TYPES[self.type](at(identity, self.path))
            return found[: self.max_items] if isinstance(found, list) else found
        if self.address:
            told = map(TYPES[_ADDRESSES[self.address]], addresses(identity, self.address))
            return next((value for value in told if value is not None), None)
        if self.first_of:
            return next((v for v in (rule.value(identity) for rule in self.first_of) if v is not None), None)
        if self.join:
            return self.separator.join(filter(None, (_string(at(identity, path)) for path in self.join))) or None
        return {name: v for name, rule in self.object if (v := rule.value(identity)) is not None} or None

    def sources(self) -> Iterator[tuple[Path, str]]:
        """Every path it looks at, and the type it wants there."""
        if self.path:
            yield self.path, self.type
        for path in self.join:
            yield path, "string"
        for rule in (*self.first_of, *(rule for _, rule in self.object)):
            yield from rule.sources()


Rules = Mapping[str, Mapping[str, Rule]]


def at(identity: Mapping[str, Any], path: Path) -> Any:
    """What stands at a path of an identity, None for nothing."""
    found: Any = identity
    for key in path[1:] if path[0] == "identity" else path:
        found = _item(found, key) if isinstance(found, list) else mapping(found).get(key)
    return found


def _item(values: list[Any], key: str) -> Any:
    """An item of a list by its number, from 0."""
    return values[int(key)] if re.fullmatch("[0-9]{1,4}", key, re.ASCII) and int(key) < len(values) else None


def merged(common: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """The tables of rules with `own` beside and, claim by claim, instead of `common`."""
    return {scope: {**common.get(scope, {}), **own.get(scope, {})} for scope in {**common, **own}}


def parse_rules(data: object) -> Rules:
    """Read `scope -> claim -> rule` tables as they stand in portico.toml; raises RuleError naming the culprit."""
    found: dict[str, dict[str, Rule]] = {}
    for scope, claims in mapping(data).items():
        found[scope] = {name: _parse_claim(scope, name, raw) for name, raw in mapping(claims).items()}
        for name, rule in found[scope].items():
            of = found[scope].get(rule.verified_of)
            if rule.verified_of and not (of and of.verifiable):
                raise RuleError(
                    f"claim '{name}' of scope '{scope}' is verified_of '{rule.verified_of}', "
                    "which is no claim of that scope with verifiable set"
                )
    return found


def _parse_claim(scope: str, name: str, raw: object) -> Rule:
    if name in RESERVED or not name.strip():
        raise RuleError(f"claim '{name}' of scope '{scope}' is reserved: Hydra or the protocol sets it")
    try:
        return _parse_rule(raw)
    except RuleError as error:
        raise RuleError(f"claim '{name}' of scope '{scope}': {error}") from None


def _parse_rule(given: object) -> Rule:
    """Read a rule; a bare string is a path."""
    raw: Mapping[str, Any] = {"path": given} if isinstance(given, str) else mapping(given)
    _check(raw)
    return Rule(
        path=_parse_path(raw["path"]) if raw.get("path") else (),
        type=str(raw.get("type", "string")),
        max_items=raw.get("max_items", 100),
        first_of=tuple(_parse_part(one) for one in items(raw.get("first_of"))),
        join=tuple(_parse_path(one) for one in items(raw.get("join"))),
        separator=raw.get("with", " "),
        object=tuple((name, _parse_part(one)) for name, one in mapping(raw.get("object")).items()),
        address=str(raw.get("address") or ""),
        verifiable=str(raw.get("verifiable") or raw.get("address") or ""),
        verified_of=str(raw.get("verified_of") or ""),
    )


def _check(raw: Mapping[str, Any]) -> None:
    kinds = [key for key in ("path", *_SHAPES) if raw.get(key)]
    if len(kinds) != 1 or raw.keys() - _KEYS - _SHAPES.keys():
        raise RuleError("needs exactly one of path, first_of, join, object, address, verified_of")
    shape, words = _SHAPES.get(kinds[0], (object, ""))
    if not isinstance(raw[kinds[0]], shape):
        raise RuleError(f"{kinds[0]} is {words}")
    if raw.get("type", "string") not in list(TYPES):
        raise RuleError(f"unknown type '{raw['type']}'; known are {', '.join(TYPES)}")
    if raw.get("address") not in (None, "", *_ADDRESSES):
        raise RuleError("address is 'email' or 'sms'")
    if raw.get("verifiable") not in (None, "email", "sms"):
        raise RuleError("verifiable is 'email' or 'sms'")
    if type(most := raw.get("max_items", 1)) is not int or most < 1:
        raise RuleError("max_items is a whole number from 1")
    if not isinstance(raw.get("with", ""), str):
        raise RuleError("with is the text between the parts of join")


def _parse_part(given: object) -> Rule:
    rule = _parse_rule(given)
    if rule.verified_of:
        raise RuleError("verified_of stands alone, it is no part of another rule")
    return rule


def _parse_path(path: object) -> Path:
    if not isinstance(path, str) or not _PATH.fullmatch(path):
        raise RuleError(
            f"path '{path}' does not begin with traits., metadata_public. or {ADMIN}., nor is it identity.updated_at"
        )
    return tuple(path.split("."))
