"""The settings that come as tables of portico.toml: by application, by scope, by level of assurance."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from app import urls
from app.config.brand import ClientBrand, readable_over_common, without_brands
from app.config.claims import ScopeRules, over_common
from app.oauth2.login_policy import Policy

Aal = Literal["aal1", "aal2"]


class ClientSettings(BaseModel):
    """What the operator demands for one application: `[clients."its id"]` in portico.toml."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    required_aal: Aal = "aal1"
    required_aal_max_age: int | None = Field(default=None, ge=0)
    max_session_age: int | None = Field(default=None, ge=0)
    identity_providers: list[str] | None = None
    required_scopes: list[str] = []
    consent_lifetime: int = Field(default=0, ge=0)
    claims: ScopeRules = {}
    access_token_claims: ScopeRules = {}
    brand: ClientBrand | None = None

    @model_validator(mode="after")
    def _fits(self) -> ClientSettings:
        if self.required_aal_max_age is not None and self.required_aal != "aal2":
            raise ValueError('has required_aal_max_age without required_aal = "aal2"')
        return self

    def over(self, policy: Policy) -> Policy:
        """The demands on a login for this application, in place of the general ones where it has its own."""
        allowed, age = self.identity_providers, self.max_session_age
        return replace(
            policy,
            required_aal=self.required_aal,
            required_aal_max_age=self.required_aal_max_age,
            max_session_age=policy.max_session_age if age is None else age,
            identity_providers=None if allowed is None else frozenset(allowed),
        )


def _is_origin(value: str) -> str:
    parts = urls.split(value)
    if urls.origin(value) != value or parts is None or "*" in value:
        raise ValueError("is not one exact origin, such as https://app.example.org")
    if parts.scheme == "http" and not urls.is_loopback(parts.hostname):
        raise ValueError("must begin with https:// (http is for localhost only)")
    return value


class TokenSettings(BaseModel):
    """Whose pages may fetch the session as a JWT by a tokenizer template: `[session_tokens."its name"]`."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    origins: list[Annotated[str, AfterValidator(_is_origin)]] = Field(min_length=1)


Acr = Annotated[
    dict[str, Aal],
    Field(description="Applications' words for levels: acr_values -> aal1 or aal2 (aal1, aal2 are known)"),
]


def _without_mfa(value: dict[str, str]) -> dict[str, str]:
    if "mfa" in value.values():
        raise ValueError("cannot name a method mfa: that is said of two factors, and only then")
    return value


Amr = Annotated[
    dict[str, str],
    Field(
        description="Kratos' methods -> amr values (RFC 8176), beside and instead of the usual ones; empty: not told"
    ),
    AfterValidator(_without_mfa),
]
ScopeWords = Annotated[
    dict[str, str], Field(description="What a scope allows, in plain words, as the consent page says it")
]


def _in_words(value: dict[str, str]) -> dict[str, str]:
    if blank := next((name for name, words in value.items() if not words.strip()), None):
        raise ValueError(f"has no words for {blank}: people see the words, and the listed are not asked about again")
    return value


AudienceWords = Annotated[
    dict[str, str],
    Field(description="Whom tokens are for (audience), in plain words; a saved consent covers these without asking"),
    AfterValidator(_in_words),
]
Clients = Annotated[
    dict[str, ClientSettings],
    Field(
        description="Per application: required_aal, required_aal_max_age, max_session_age (seconds), "
        "identity_providers, required_scopes, consent_lifetime (seconds), claims, access_token_claims, brand"
    ),
    AfterValidator(over_common),
    AfterValidator(readable_over_common),
]
RuleClients = Annotated[Clients, BeforeValidator(without_brands)]
SessionTokens = Annotated[
    dict[Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")], TokenSettings],
    Field(description="Kratos' tokenizer templates that pages of these origins may fetch sessions with; none: off"),
]
