"""What an application is told of a person: claims by granted scope, following the rules of `rules`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.claims.expressions import ADMIN
from app.claims.rules import UNTOLD, Rules, parse_rules
from app.ory.identity_names import verifiable_addresses
from app.ory.models import Identity

MAX_BYTES = 2048  # all claims travel in Hydra's consent_verifier, a URL
NO_ROOM = "no room"


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
        tables = parse_rules(id_token), parse_rules(access_token)
        scopes = (
            scope
            for table in tables
            for scope, rules in table.items()
            if source == "admin" or any(ADMIN in value.roots for rule in rules.values() for value in rule.values)
        )
        return cls(*tables, frozenset(scopes))


def claims(identity: Identity, scopes: Iterable[str], rules: Rules) -> Claims:
    """The claims of the granted scopes; the same for every way a consent is accepted.

    Of two scopes with one claim the first that has a value for it counts. A claim that would take all claims over
    2,048 bytes is left out, later and smaller ones are still told.
    """
    document = {**identity.raw, "verifiable_addresses": verifiable_addresses(identity.raw)}
    values: dict[str, Any] = {}
    left_out: dict[str, str] = {}
    about: dict[str, str] = {}
    for scope in dict.fromkeys(scopes):
        for name, rule in rules.get(scope, {}).items():
            if name in values:
                continue
            value, reason = rule.evaluate(document, values)
            if value is None:
                left_out[name] = reason
                continue
            values[name] = value
            left_out.pop(name, None)
            if rule.verified_of:
                about[name] = rule.verified_of
    if len(json.dumps(values)) > MAX_BYTES:
        values, dropped = _fitting(values, about)
        left_out |= dropped
    return Claims(values, left_out)


def _fitting(values: Mapping[str, Any], about: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """The claims there is room for, and why the others are dropped, those `about` a dropped one among them."""
    kept: dict[str, Any] = {}
    dropped: dict[str, str] = {}
    size = 0
    for name, value in values.items():
        more = len(json.dumps({name: value}))
        if name in about and about[name] not in kept:
            dropped[name] = UNTOLD
        elif size + more > MAX_BYTES:
            dropped[name] = NO_ROOM
        else:
            kept[name], size = value, size + more
    return kept, dropped
