"""Turns identities into claims by rules; missing values and those of another type are left out, never sent as null."""

import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from app.claims.expressions import ADMIN, Expression, RuleError, parse_expression
from app.claims.types import TYPES, is_empty
from app.ory.identity_names import verifiable_addresses
from app.ory.models import Identity, mapping

# The standard rules, in the form in which operators write theirs.
STANDARD = tomllib.loads(Path(__file__).with_name("standard.toml").read_text(encoding="utf-8"))
MAX_BYTES = 2048  # of all claims, as they are in Hydra's consent_verifier, which is a part of a URL
RESERVED = frozenset(
    {
        *("sub", "iss", "aud", "exp", "iat", "nbf", "jti", "rat", "auth_time", "nonce", "acr", "amr", "azp", "sid"),
        *("at_hash", "c_hash", "s_hash", "cnf", "events", "__proto__", "constructor", "prototype"),
        *("client_id", "scp", "scope", "ext"),  # of access tokens: Hydra's session.go, RFC 9068 section 2.2
    }
)
VIA = {"email": "email", "e164": "sms"}  # how Kratos verifies addresses of these types

MISSING = "nothing there"
WRONG_TYPE = "wrong type"
NO_ADDRESS = "the address it is about is missing"
NO_ROOM = "no room"


@dataclass(frozen=True, slots=True)
class Rule:
    """The source of one claim: `values` and `type`, or `verified_of`."""

    values: tuple[Expression, ...] = ()  # the first one with a value of the type counts
    type: str = "string"
    verified_of: str = ""  # another claim: whether Kratos has verified the address in it
    via: str = ""  # of `verified_of`: email or sms

    def evaluate(self, identity: Mapping[str, Any], earlier: Mapping[str, Any]) -> tuple[Any, str]:
        """Return the claim's value and "", or None and the reason; `earlier` are the claims made so far."""
        if self.verified_of:
            address = earlier.get(self.verified_of)
            rows = (row for row in identity["verifiable_addresses"] if row.get("verified") is True)
            verified = any(row.get("value") == address and row.get("via") == self.via for row in rows)
            return (None, NO_ADDRESS) if address is None else (verified, "")
        reason = MISSING
        for expression in self.values:
            raw = expression.search(identity)
            if raw is None:  # the most frequent case
                continue
            if (value := TYPES[self.type](raw)) is not None:
                return value, ""
            if not is_empty(raw):
                reason = WRONG_TYPE
        return None, reason


Rules = Mapping[str, Mapping[str, Rule]]


def merged(common: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return the tables `common` and `own` together; of a claim in both, the rule in `own` counts."""
    return {scope: {**common.get(scope, {}), **own.get(scope, {})} for scope in {**common, **own}}


def parse_rules(data: object) -> Rules:
    """Parse the `scope -> claim -> rule` tables of portico.toml; raises RuleError with the name of the claim."""
    return {scope: _parse_scope(scope, mapping(claims)) for scope, claims in mapping(data).items()}


def _parse_scope(scope: str, claims: Mapping[str, Any]) -> Mapping[str, Rule]:
    """Parse the rules of a scope; those about other claims come last, because they need the other values."""
    rules: dict[str, Rule] = {}
    for name, raw in sorted(claims.items(), key=lambda claim: "verified_of" in mapping(claim[1])):
        if not name.strip() or name.strip().casefold() in RESERVED:
            raise RuleError(f"claim '{name}' of scope '{scope}' is reserved: Hydra or the protocol sets it")
        try:
            rules[name] = _parse_rule(raw, rules)
        except RuleError as error:
            raise RuleError(f"claim '{name}' of scope '{scope}': {error}") from None
    return rules


def _parse_rule(raw: object, beside: Mapping[str, Rule]) -> Rule:
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


@dataclass(frozen=True, slots=True)
class TokenRules:
    """The claim rules of one application; `admin_scopes` need the identity from Kratos' admin API."""

    id_token: Rules
    access_token: Rules
    admin_scopes: frozenset[str]

    @classmethod
    def parse(cls, id_token: object, access_token: object, source: str = "session") -> Self:
        """Parse both tables; with `source` "admin" all claims come from the admin API. Raises RuleError."""
        tables = parse_rules(id_token), parse_rules(access_token)
        scopes = (
            scope
            for table in tables
            for scope, rules in table.items()
            if source == "admin" or any(ADMIN in value.roots for rule in rules.values() for value in rule.values)
        )
        return cls(*tables, frozenset(scopes))


@dataclass(frozen=True, slots=True)
class Claims:
    """The claims that rules make of an identity, and why other claims were `left_out`."""

    values: Mapping[str, Any]
    left_out: Mapping[str, str] = field(default_factory=dict)


def claims(identity: Identity, scopes: Iterable[str], rules: Rules) -> Claims:
    """Return the claims of the granted scopes, up to MAX_BYTES; of a repeated name, the first with a value counts."""
    named = [(name, rule) for scope in dict.fromkeys(scopes) for name, rule in rules.get(scope, {}).items()]
    if not named:
        return Claims({})
    document = {**identity.raw, "verifiable_addresses": verifiable_addresses(identity.raw)}
    made = _claims(named, document)
    return made if len(json.dumps(made.values)) <= MAX_BYTES else _claims(named, document, MAX_BYTES)


def _claims(named: Iterable[tuple[str, Rule]], document: Mapping[str, Any], room: int | None = None) -> Claims:
    """Evaluate the rules, up to `room` bytes; None: without a limit, because measuring takes longer than most rules."""
    values, left_out = dict[str, Any](), dict[str, str]()
    for name, rule in named:
        if name in values or (room is not None and left_out.get(name) == NO_ROOM):
            continue
        value, reason = rule.evaluate(document, values)
        if value is not None and room is not None:
            size = len(json.dumps({name: value}))
            if size > room:
                value, reason = None, NO_ROOM
            else:
                room -= size
        if value is None:
            left_out[name] = reason
        else:
            values[name] = value
    return Claims(values, {name: reason for name, reason in left_out.items() if name not in values})
