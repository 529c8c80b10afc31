"""The rules by which identities become claims, read from data once at start.

A rule has one JMESPath expression or several, of which the first counts that gives a value of its type. What is
missing, empty or of another type is left out (OpenID Connect Core 5.3.2), never sent as null.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.claims.expressions import Expression, RuleError, parse_expression
from app.claims.types import TYPES, is_empty
from app.ory.models import mapping

RESERVED = frozenset(
    {
        *("sub", "iss", "aud", "exp", "iat", "nbf", "jti", "rat", "auth_time", "nonce", "acr", "amr", "azp", "sid"),
        *("at_hash", "c_hash", "s_hash", "cnf", "events", "__proto__", "constructor", "prototype"),
        *("client_id", "scp", "scope", "ext"),  # access tokens: Hydra's session.go, RFC 9068 section 2.2
    }
)
VIA = {"email": "email", "e164": "sms"}  # how Kratos verifies addresses of these types

MISSING = "nothing there"
WRONG_TYPE = "wrong type"
UNTOLD = "what it is about is not told"


@dataclass(frozen=True, slots=True)
class Rule:
    """Where one claim comes from: `values`, the first that gives one of its type; or, with `verified_of`, whether
    Kratos has verified, `via` email or sms, the address that another claim tells."""

    values: tuple[Expression, ...] = ()
    type: str = "string"
    verified_of: str = ""
    via: str = ""

    def evaluate(self, identity: Mapping[str, Any], earlier: Mapping[str, Any]) -> tuple[Any, str]:
        """The claim's value and "", or None and why there is none; `earlier` are the claims made so far."""
        if self.verified_of:
            address = earlier.get(self.verified_of)
            rows = (row for row in identity["verifiable_addresses"] if row.get("verified") is True)
            verified = any(row.get("value") == address and row.get("via") == self.via for row in rows)
            return (None, UNTOLD) if address is None else (verified, "")
        reason = MISSING
        for expression in self.values:
            raw = expression.search(identity)
            if raw is None:
                continue
            if (value := TYPES[self.type](raw)) is not None:
                return value, ""
            if not is_empty(raw):
                reason = WRONG_TYPE
        return None, reason


Rules = Mapping[str, Mapping[str, Rule]]


def merged(common: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """The tables of rules with `own` beside and, claim by claim, instead of `common`."""
    return {scope: {**common.get(scope, {}), **own.get(scope, {})} for scope in {**common, **own}}


def parse_rules(data: object) -> Rules:
    """Read `scope -> claim -> rule` tables as they stand in portico.toml; raises RuleError naming the culprit."""
    return {scope: _parse_scope(scope, mapping(claims)) for scope, claims in mapping(data).items()}


def _parse_scope(scope: str, claims: Mapping[str, Any]) -> Mapping[str, Rule]:
    """Rules about other claims come last: they need those claims' values."""
    rules: dict[str, Rule] = {}
    for name, raw in sorted(claims.items(), key=lambda claim: "verified_of" in mapping(claim[1])):
        if name in RESERVED or not name.strip():
            raise RuleError(f"claim '{name}' of scope '{scope}' is reserved: Hydra or the protocol sets it")
        try:
            rules[name] = _parse_rule(raw, rules)
        except RuleError as error:
            raise RuleError(f"claim '{name}' of scope '{scope}': {error}") from None
    return rules


def _parse_rule(raw: object, beside: Mapping[str, Rule]) -> Rule:
    """Read a rule; a text or list is its value. `beside`: the rules it can be about."""
    table = mapping(raw) if isinstance(raw, dict) else {"value": raw}
    if set(table) == {"verified_of"}:
        of = table["verified_of"]
        about = beside.get(of) if isinstance(of, str) else None
        if about is None or about.type not in VIA:
            raise RuleError(f"is verified_of '{of}', which is no claim of that scope of type {' or '.join(VIA)}")
        return Rule(verified_of=str(of), via=VIA[about.type])
    if not {"value"} <= set(table) <= {"value", "type"}:
        raise RuleError(f"has {', '.join(table) or 'nothing'}; a rule has value and perhaps type, or verified_of alone")
    value, kind = table["value"], table.get("type", "string")
    if kind not in list(TYPES):
        raise RuleError(f"unknown type '{kind}'; known are {', '.join(TYPES)}")
    return Rule(tuple(map(parse_expression, value if isinstance(value, list) and value else [value])), kind)
