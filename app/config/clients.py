"""The settings for applications: claims, demands on logins, and origins that may fetch sessions as JWTs."""

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, ValidationInfo, model_validator

from app.claims.expressions import RuleError
from app.claims.rules import STANDARD, TokenRules, merged
from app.config.brand import BrandConfig
from app.config.checks import Origin, Table, check, matches

Aal = Literal["aal1", "aal2"]
ScopeRules = dict[str, dict[str, Any]]


class ClientConfig(Table):
    """The settings of one application: `[clients."its id"]`; ages and lifetimes in seconds."""

    required_aal: Aal = "aal1"
    required_aal_max_age: int | None = Field(default=None, ge=0)
    max_session_age: int | None = Field(default=None, ge=0)
    identity_providers: list[str] | None = None
    required_scopes: list[str] = Field(default=[])
    consent_lifetime: int = Field(default=0, ge=0)
    claims: ScopeRules = Field(default={})
    access_token_claims: ScopeRules = Field(default={})
    brand: BrandConfig = BrandConfig()

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.required_aal_max_age is not None and self.required_aal != "aal2":
            raise ValueError('has required_aal_max_age without required_aal = "aal2"')
        return self


class SessionTokenConfig(Table):
    """The origins that may fetch the session as a JWT by a tokenizer template: `[session_tokens."its name"]`."""

    origins: list[Origin] = Field(min_length=1)


def _usable(rules: ScopeRules, info: ValidationInfo) -> ScopeRules:
    try:
        needs_admin = TokenRules.parse(rules, {}).admin_scopes
    except RuleError as error:
        raise ValueError(f"cannot be used: {error}") from None
    return _needs_admin(rules, info, "has metadata_admin in it") if needs_admin else rules


def _needs_admin(value: Any, info: ValidationInfo, what: str) -> Any:
    if info.data.get("kratos_admin_url") == "":
        raise ValueError(f"{what}, which only Kratos' admin API can serve: PORTICO_KRATOS_ADMIN_URL is missing")
    return value


def _with_common_rules(clients: dict[str, ClientConfig], info: ValidationInfo) -> dict[str, ClientConfig]:
    """Return the clients with complete tables of rules: the common ones, overridden by their own."""
    common = {table: info.data[table] for table in ("claims", "access_token_claims") if table in info.data}
    for client_id, client in clients.items():
        for table, rules in common.items():
            try:
                setattr(client, table, _usable(merged(rules, getattr(client, table)), info))
            except ValueError as error:
                raise ValueError(f"({client_id}.{table}) {error}") from None
    return clients


ClaimsSource = Annotated[
    Literal["session", "admin"],
    AfterValidator(lambda source, info: _needs_admin(source, info, "is admin") if source == "admin" else source),
]
AccountDeletion = Annotated[
    bool, AfterValidator(lambda wanted, info: _needs_admin(wanted, info, "is true") if wanted else wanted)
]
ClaimRules = Annotated[ScopeRules, AfterValidator(lambda rules: merged(STANDARD, rules)), AfterValidator(_usable)]
AccessTokenRules = Annotated[ScopeRules, AfterValidator(_usable)]
Clients = Annotated[
    dict[str, ClientConfig], check(all, "has an application without an id"), AfterValidator(_with_common_rules)
]
SessionTokens = Annotated[
    dict[str, SessionTokenConfig],
    matches("[A-Za-z0-9_-]{1,64}", "has a name of other characters than letters, digits, hyphens and underscores"),
]
