"""`portico claims`: what an application would be told of a person, without asking any server."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from app.claims.rules import NO_ROOM, Claims, Rule, Rules, TokenRules, claims
from app.ory.models import Identity, text

ONE = "kratos get identity ID --format json"


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the sub-command."""
    parser = commands.add_parser("claims", help="print the claims of a person that an application would get")
    parser.add_argument(
        "--identity", required=True, metavar="FILE", help=f"an identity, as of: {ONE}; - for standard input"
    )
    parser.add_argument("--scope", required=True, help='the granted scopes, such as "openid email"')
    parser.add_argument("--client", default="", metavar="ID", help="the application, if it has claims of its own")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Print what would be sent, as JSON: per token the claims, and what was left out and why."""
    identity, scopes, rules = _identity(arguments.identity), arguments.scope.split(), _rules(arguments.client)
    sys.stdout.write(json.dumps(preview(identity, scopes, rules), indent=2, ensure_ascii=False) + "\n")


def preview(identity: Identity, scopes: list[str], rules: TokenRules) -> dict[str, Any]:
    """The answer: the claims of both tokens, what was left out and why, and whether the admin API would be asked."""
    tables = {"id_token": rules.id_token, "access_token": rules.access_token}
    made = {token: claims(identity, scopes, table) for token, table in tables.items()}
    return {
        **{token: dict(result.values) for token, result in made.items()},
        "left_out": {token: _reasons(result, tables[token], scopes) for token, result in made.items()},
        "scopes_without_claims": [scope for scope in scopes if not any(scope in table for table in tables.values())],
        "asks_kratos_admin": bool(rules.admin_scopes.intersection(scopes)),
    }


def _reasons(made: Claims, rules: Rules, scopes: list[str]) -> dict[str, str]:
    by_name = {name: rule for scope in reversed(scopes) for name, rule in rules.get(scope, {}).items()}
    return {name: f"{reason}: {_where(by_name[name], reason)}" for name, reason in made.left_out.items()}


def _where(rule: Rule, reason: str) -> str:
    if reason == NO_ROOM:
        return "all claims of a token have 2,048 bytes"
    return rule.verified_of or f"{', '.join(value.text for value in rule.values)} ({rule.type})"


def _rules(client_id: str) -> TokenRules:
    """The rules of the settings for this application; ends the command in words when there are mistakes in them."""
    from app.config.settings import load_rules  # brings pydantic: `portico serve` need not wait for it twice
    from app.config.sources import SettingsError

    try:
        settings = load_rules()
    except SettingsError as error:
        sys.exit(f"The settings cannot be used:\n{error}")
    if client_id and client_id not in settings.clients:
        sys.stderr.write(f"No [clients.{json.dumps(client_id)}] in the settings: it gets what all applications get.\n")
    own = settings.clients.get(client_id, settings)
    return TokenRules.parse(own.claims, own.access_token_claims, settings.claims_source)


def _identity(file: str) -> Identity:
    """The person in this file; ends the command in words when there is none in it."""
    try:
        raw = json.loads(sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8"))
    except OSError as error:
        sys.exit(f"{file} cannot be read: {error.strerror}.")
    except (ValueError, RecursionError):
        sys.exit(f"{file} is not JSON. An identity is wanted, as of: {ONE}")
    if isinstance(raw, list):
        sys.exit(f"{file} holds a list. One identity is wanted, as of: {ONE}")
    if isinstance(raw, dict) and isinstance(raw.get("identity"), dict):
        raw = raw["identity"]  # a session, as whoami tells it
    if not isinstance(raw, dict) or "traits" not in raw:
        sys.exit(f"{file} holds no identity: there are no traits in it. One is printed by: {ONE}")
    return Identity(text(raw.get("id")), "active", raw)
