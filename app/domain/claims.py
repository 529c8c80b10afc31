"""What an application is told of a person: claims by granted scope, following the rules of `claim_rules`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.domain.claim_rules import ADMIN, Rule, Rules, at, parse_rules
from app.domain.models import Identity, items, mapping

MAX_BYTES = 2048  # all claims travel in Hydra's consent_verifier, a URL
MISSING = "nothing there"
WRONG_TYPE = "wrong type"
NO_ROOM = "no room"
UNTOLD = "what it is about is not told"


@dataclass(frozen=True, slots=True)
class Claims:
    """What one rule set makes of an identity, and why each claim it has rules for besides was `left_out`."""

    values: Mapping[str, Any]
    left_out: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TokenRules:
    """The rules for one application's ID tokens and access tokens.

    `admin_scopes`: with one of these granted, the identity has to come from Kratos' admin API.
    """

    id_token: Rules
    access_token: Rules
    admin_scopes: frozenset[str]

    @classmethod
    def parse(cls, id_token: object, access_token: object, source: str = "session") -> TokenRules:
        """Read both tables; with `source` "admin" every claim comes from the admin API. Raises RuleError."""
        rules = parse_rules(id_token), parse_rules(access_token)
        found = {scope for table in rules for scope in table if source == "admin" or _of_admin(table[scope].values())}
        return cls(*rules, frozenset(found))


def _of_admin(rules: Iterable[Rule]) -> bool:
    """Whether one of the rules looks where only the admin API lets us look."""
    return any(path[0] == ADMIN for rule in rules for path, _ in rule.sources())


def claims(identity: Identity, scopes: Iterable[str], rules: Rules) -> Claims:
    """The claims of the granted scopes; the same for every way a consent is accepted.

    A claim that would take all claims over 2,048 bytes is left out, later and smaller ones are still taken.
    """
    values: dict[str, Any] = {}
    left_out: dict[str, str] = {}
    size = 2
    for scope in dict.fromkeys(scopes):
        table = rules.get(scope, {})
        found = _of_scope(identity.raw, table)
        for name, value in found.items():
            if name in values:
                continue
            about = table[name].verified_of
            if about and (value is None or values.get(about) != found[about]):
                left_out[name] = UNTOLD  # or another scope has told another value
            elif value is None:
                left_out[name] = _why_not(identity.raw, table[name])
            elif size + (more := len(json.dumps({name: value}))) > MAX_BYTES:
                left_out[name] = NO_ROOM
            else:
                values[name], size = value, size + more
    return Claims(values, {name: why for name, why in left_out.items() if name not in values})


def _of_scope(identity: Mapping[str, Any], rules: Mapping[str, Rule]) -> dict[str, Any]:
    """A value, or None, for every claim; those about another claim come after it."""
    found = {name: rule.value(identity) for name, rule in rules.items() if not rule.verified_of}
    for name, rule in rules.items():
        if of := rule.verified_of:
            found[name] = None if found[of] is None else _verified(identity, found[of], rules[of].verifiable)
    return found


def _why_not(identity: Mapping[str, Any], rule: Rule) -> str:
    there = (at(identity, path) for path, _ in rule.sources())
    empty = all(found in (None, [], {}) or (isinstance(found, str) and not found.strip()) for found in there)
    return MISSING if empty else WRONG_TYPE


def _verified(identity: Mapping[str, Any], value: object, via: str) -> bool:
    """Whether Kratos verified exactly this address; a trait that says so proves nothing, the person can edit it."""
    addresses = [mapping(one) for one in items(identity.get("verifiable_addresses"))]
    return any(a.get("value") == value and a.get("via") == via and a.get("verified") is True for a in addresses)
