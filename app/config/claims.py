"""The settings that say what applications are told of people: rules by scope, for all applications and for one."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ValidationInfo

from app.claims.expressions import RuleError
from app.claims.rules import TokenRules, merged
from app.claims.standard import STANDARD

ScopeRules = dict[str, dict[str, Any]]
Client = TypeVar("Client", bound=BaseModel)


def _usable(value: ScopeRules, info: ValidationInfo) -> ScopeRules:
    """The rules, if they can be read and have the admin API they need."""
    try:
        rules = TokenRules.parse(value, {})
    except RuleError as error:
        raise ValueError(f"cannot be used: {error}") from None
    return _with_admin(value, info, "has metadata_admin in it") if rules.admin_scopes else value


def _with_admin(value: Any, info: ValidationInfo, what: str) -> Any:
    if info.data.get("kratos_admin_url") == "":
        raise ValueError(f"{what}, which only Kratos' admin API can serve: PORTICO_KRATOS_ADMIN_URL is missing")
    return value


def over_common(clients: dict[str, Client], info: ValidationInfo) -> dict[str, Client]:
    """Each client with the rules for all clients under its own, so that its tables are complete."""
    merged_clients = {}
    for client_id, client in clients.items():
        common = {table: rules for table, rules in info.data.items() if table in ("claims", "access_token_claims")}
        own = {table: merged(rules, getattr(client, table)) for table, rules in common.items()}
        for table, rules in own.items():
            try:
                _usable(rules, info)
            except ValueError as error:
                raise ValueError(f"({client_id}.{table}) {error}") from None
        merged_clients[client_id] = client.model_copy(update=own)
    return merged_clients


ClaimsSource = Annotated[
    Literal["session", "admin"],
    AfterValidator(lambda value, info: _with_admin(value, info, "is admin") if value == "admin" else value),
]
ClaimRules = Annotated[ScopeRules, AfterValidator(lambda value: merged(STANDARD, value)), AfterValidator(_usable)]
AccessTokenRules = Annotated[ScopeRules, AfterValidator(_usable)]
