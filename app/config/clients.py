"""The settings of one application, and of who may fetch sessions as JWTs: tables of portico.toml."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from app import urls
from app.config.brand import BrandConfig
from app.config.checks import Table
from app.config.claims import ScopeRules

Aal = Literal["aal1", "aal2"]


class ClientConfig(Table):
    """What the operator demands for one application: `[clients."its id"]`; ages and lifetimes in seconds."""

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
    def _fits(self) -> ClientConfig:
        if self.required_aal_max_age is not None and self.required_aal != "aal2":
            raise ValueError('has required_aal_max_age without required_aal = "aal2"')
        return self


def _is_origin(value: str) -> str:
    parts = urls.split(value)
    if urls.origin(value) != value or parts is None or "*" in value:
        raise ValueError("is not one exact origin, such as https://app.example.org")
    if parts.scheme == "http" and not urls.is_loopback(parts.hostname):
        raise ValueError("must begin with https:// (http is for localhost only)")
    return value


class SessionTokenConfig(Table):
    """Whose pages may fetch the session as a JWT by a tokenizer template: `[session_tokens."its name"]`."""

    origins: list[Annotated[str, AfterValidator(_is_origin)]] = Field(min_length=1)
