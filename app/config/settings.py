"""Every setting once: name, type, default, one-line meaning.

A value is taken from the environment (`PORTICO_<NAME>`), else from the file that `PORTICO_<NAME>_FILE` names, else from
`portico.toml` (or the file that `PORTICO_CONFIG` names), else from the reference UI's variable for it, else it is the
default. Whatever is wrong is reported all at once, in sentences, and never with the value: it may be a secret in the
wrong place.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal, TypeVar

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from app import urls
from app.config.brand import CommonBrand, ExtraFiles, ExtraStylesheet
from app.config.checks import Address, Directory, Hosts, Language, ReadableFile, Storage, Token, check_keys
from app.config.claims import AccessTokenRules, ClaimRules, ClaimsSource
from app.config.clients import Acr, Amr, AudienceWords, Clients, RuleClients, ScopeWords, SessionTokens
from app.config.sources import (
    ALIASES,
    PREFIX,
    REFERENCE,
    EnvSource,
    FileSource,
    SettingsError,
    aliases,
    is_set,
    sentence,
    toml,
    wrong_variables,
)

Made = TypeVar("Made", bound=BaseSettings)


class _Sourced(BaseSettings):
    """Where every setting is looked for."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="forbid", hide_input_in_errors=True
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - ours reads lists with commas, too
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - there is no .env file
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment first, then *_FILE, then portico.toml (given as init values)."""
        return EnvSource(settings_cls), FileSource(settings_cls), init_settings


class RuleSettings(_Sourced):
    """The settings that claims depend on; see `load_rules`."""

    claims_source: ClaimsSource = "session"
    claims: ClaimRules = {}
    access_token_claims: AccessTokenRules = {}
    clients: RuleClients = {}


class Settings(_Sourced):
    """The settings of one deployment; see `load`."""

    min_secret: ClassVar[int] = 32  # characters

    public_url: str = Field(description="Where people reach Portico, such as https://login.example.org")
    secret_key: SecretStr = Field(description="Signs Portico's cookie and forms; at least 32 random characters")
    secret_key_fallbacks: list[SecretStr] = Field(
        default=[], description="Older secret keys that are still believed, newest first; none for most of the time"
    )
    kratos_public_url: str = Field(description="Kratos' public API as Portico reaches it")
    kratos_browser_url: str = Field(
        default="", description="Kratos' public API as browsers reach it; empty: the same address"
    )
    hydra_admin_url: str = Field(
        default="", description="Hydra's admin API as Portico reaches it; empty: no OAuth2 pages at all"
    )
    hydra_public_url: str = Field(
        default="", description="Hydra as browsers reach it; empty: the address in Hydra's own requests"
    )
    kratos_admin_url: str = Field(
        default="",
        description="Kratos' admin API as Portico reaches it; asked only for claims that need it (docs/operators.md)",
    )
    hydra_admin_token: Token = Field(
        default=SecretStr(""), description="Shown to Hydra's admin API as bearer token, where something guards it"
    )
    kratos_admin_token: Token = Field(
        default=SecretStr(""), description="Shown to Kratos' admin API as bearer token, where something guards it"
    )
    kratos_flows: list[Literal["registration", "recovery", "verification"]] = Field(
        default=["registration", "recovery", "verification"],
        description="The flows that Kratos has enabled besides login and settings; pages link to no others",
    )
    listen: Address = Field(default="127.0.0.1:3000", description="Address and port the server listens on")
    workers: int = Field(default=2, ge=1, le=64, description="Server processes")
    metrics_listen: Address = Field(
        default="", description="Address and port for Prometheus metrics, such as 127.0.0.1:9090; empty: none"
    )
    allowed_hosts: list[str] = Field(
        default=[], description="Host names Portico answers to; empty: only the one in public_url"
    )
    forwarded_hops: int = Field(
        default=0, ge=0, le=8, description="Proxies in front whose X-Forwarded-* headers are believed"
    )
    rate_limit_storage: Storage = Field(
        default=SecretStr(""),
        description="Redis or Valkey where replicas count tries together (redis://...); empty: each worker for itself",
    )
    upstream_ca_file: ReadableFile = Field(
        default=None, description="Certificates to believe Kratos and Hydra by, as PEM; empty: the usual ones"
    )
    hydra_prompts: list[str] = Field(
        default=["none", "login", "consent", "registration"],
        description="The prompt values this Hydra knows; any other is refused before anybody types a password",
    )
    sso_max_auth_age: int | None = Field(
        default=None,
        ge=0,
        description="Seconds after which a sign-in is too old for any application without a max_session_age of its own",
    )
    acr: Acr = {}
    amr: Amr = {}
    client_logo_hosts: Hosts = Field(
        default=[], description="Hosts whose https logos of applications may be shown to people"
    )
    captcha_hosts: Hosts = Field(
        default=[], description="Hosts whose https scripts may run on pages where Kratos asks for a captcha"
    )
    default_language: Language = Field(
        default="en", description="The language of people whose own is not known, or not available"
    )
    languages_dir: Directory = Field(
        default=None, description="Translations of your own, over Portico's and beside them"
    )
    brand: CommonBrand = None
    extra_stylesheet: ExtraStylesheet = None
    extra_files: ExtraFiles = []
    templates_dir: Directory = Field(
        default=None, description="Templates of your own in place of Portico's of the same name (docs/branding.md)"
    )
    scopes: ScopeWords = {}
    audiences: AudienceWords = {}
    claims_source: ClaimsSource = "session"
    claims: ClaimRules = {}
    access_token_claims: AccessTokenRules = {}
    clients: Clients = {}
    session_tokens: SessionTokens = {}

    @field_validator(
        *("public_url", "kratos_public_url", "kratos_browser_url", "kratos_admin_url"),
        *("hydra_admin_url", "hydra_public_url"),
    )
    @classmethod
    def _is_url(cls, value: str, info: ValidationInfo) -> str:
        needed = cls.model_fields[str(info.field_name)].is_required()
        if (value or needed) and urls.split(value) is None:
            raise ValueError("is not an absolute http or https address")
        return value.rstrip("/")

    @field_validator("public_url")
    @classmethod
    def _is_safe(cls, value: str) -> str:
        parts = urls.split(value)
        if not value:
            return value  # drop-in mode; elsewhere it is refused as missing
        if parts is None or parts.path or "?" in value or "#" in value:
            raise ValueError("must be scheme and host only, such as https://login.example.org")
        if parts.scheme == "http" and not urls.is_loopback(parts.hostname):
            raise ValueError("must begin with https:// (http is for localhost only)")
        return value

    @field_validator("secret_key", "secret_key_fallbacks")
    @classmethod
    def _is_secret(cls, value: SecretStr | list[SecretStr], info: ValidationInfo) -> SecretStr | list[SecretStr]:
        keys = [key.get_secret_value() for key in (value if isinstance(value, list) else [value])]
        check_keys(keys, cls.min_secret, str(info.data.get("public_url")).startswith("https:"))
        return value

    @model_validator(mode="after")
    def _fill_in(self) -> Settings:
        self.kratos_browser_url = self.kratos_browser_url or self.kratos_public_url
        return self


class DropIn(Settings):
    """Settings of a reference UI that was replaced: without an address of our own, so for this machine alone."""

    min_secret: ClassVar[int] = 16

    public_url: str = ""
    allowed_hosts: list[str] = ["localhost", "127.0.0.1", "::1"]

    @field_validator("listen", "metrics_listen", "allowed_hosts")
    @classmethod
    def _are_here(cls, value: str | list[str]) -> str | list[str]:
        hosts = value if isinstance(value, list) else [value.rpartition(":")[0].strip("[]")] if value else []
        if not all(urls.is_loopback(host) for host in hosts):
            raise ValueError(f"can be this machine only (localhost, 127.0.0.1) while {PREFIX}PUBLIC_URL is not set")
        return value


def load() -> Settings:
    """Read the settings of this process; raises SettingsError with every mistake there is.

    Where there are only the two variables that the reference UI does not start without, it is DropIn settings.
    """
    names = list(Settings.model_fields)
    given, mistakes = toml(names)
    mistakes = [*wrong_variables(names), *mistakes]
    aliased = aliases(given)
    drop_in = not is_set("public_url", given) and REFERENCE.keys() <= aliased.keys()
    return _made(DropIn if drop_in else Settings, given, aliased, mistakes)


def names_in_use() -> dict[str, str]:
    """The settings whose value comes from a variable of the reference UI: our name for it -> that variable."""
    given, _ = toml(Settings.model_fields)
    return {f"{PREFIX}{name.upper()}": ALIASES[name] for name in aliases(given)}


def load_rules() -> RuleSettings:
    """Read what claims depend on and nothing else, on any machine; raises SettingsError with what is wrong there."""
    given, mistakes = toml(Settings.model_fields)
    return _made(RuleSettings, {name: given[name] for name in RuleSettings.model_fields if name in given}, {}, mistakes)


def _made(kind: type[Made], given: dict[str, Any], aliased: dict[str, str], mistakes: list[str]) -> Made:
    try:
        settings = kind(**aliased | given)
    except ValidationError as error:
        meanings = {name: field.description or "" for name, field in kind.model_fields.items()}
        told = [sentence(one, meanings, aliased) for one in error.errors(include_url=False)]
        raise SettingsError(mistakes + told) from None
    if mistakes:
        raise SettingsError(mistakes)
    return settings
