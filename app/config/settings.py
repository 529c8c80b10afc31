"""Every setting once: name, type, default, meaning; app.config.sources knows where the values come from."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError, model_validator

from app.config import checks
from app.config.brand import BrandConfig
from app.config.checks import check
from app.config.clients import Aal, AccessTokenRules, AccountDeletion, ClaimRules, ClaimsSource, Clients, SessionTokens
from app.config.sources import ALIASES, UNREADABLE, SettingsError, Sources, read, sentence, variable

LOOPBACK = ["localhost", "127.0.0.1", "::1"]
CLAIM_SETTINGS = ("claims_source", "claims", "access_token_claims", "clients")
# What is needed beside them, so that they can be read where nothing else is set.
STAND_INS = {"public_url": "", "secret_key": "-" * checks.MIN_SECRET}
STAND_INS |= dict.fromkeys(("kratos_public_url", "kratos_admin_url"), "http://localhost")
NO_MFA = "cannot name a method mfa: that is said of two factors, and only then"
NO_WORDS = "has an audience without words: people see the words, and the listed are not asked about again"


class Settings(checks.Table):
    """The settings of one deployment, each followed by its meaning in README.md. With public_url "": drop-in mode."""

    public_url: checks.PublicUrl
    """Where people reach Portico, such as https://login.example.org or https://example.org/auth"""
    base_path: checks.BasePath = ""
    """In drop-in mode: the path that the reference UI has as BASE_PATH, such as /auth"""
    secret_key: checks.SecretKey
    """Signs Portico's cookie and forms; at least 32 random characters"""
    secret_key_fallbacks: checks.SecretKeys = Field([])
    """Older secret keys that are still believed, newest first; none for most of the time"""
    kratos_public_url: checks.Url
    """Kratos' public API as Portico reaches it"""
    kratos_browser_url: checks.Url = ""
    """Kratos' public API as browsers reach it; empty: the same address"""
    hydra_admin_url: checks.Url = ""
    """Hydra's admin API as Portico reaches it; empty: no OAuth2 pages at all"""
    hydra_public_url: checks.Url = ""
    """Hydra as browsers reach it; empty: the address in Hydra's own requests"""
    kratos_admin_url: checks.Url = ""
    """Kratos' admin API as Portico reaches it; asked only for claims and deletions that need it (docs/operators.md)"""
    hydra_admin_token: checks.Token = SecretStr("")
    """Shown to Hydra's admin API as bearer token, where something guards it"""
    kratos_admin_token: checks.Token = SecretStr("")
    """Shown to Kratos' admin API as bearer token, where something guards it"""
    kratos_flows: list[Literal["registration", "recovery", "verification"]] = Field(
        ["registration", "recovery", "verification"]
    )
    """The flows that Kratos has enabled besides login and settings; pages link to no others"""
    listen: checks.Address = "127.0.0.1:3000"
    """Address and port the server listens on"""
    workers: int = Field(2, ge=1, le=64)
    """Server processes"""
    drain_seconds: int = Field(3, ge=0, le=600)
    """Seconds for load balancers to see at /health/serving that it is about to end, before it stops listening"""
    log_level: Literal["info", "warning", "error"] = "info"
    """The least level of lines that are logged; requests are `info`"""
    log_probes: bool = True
    """Log each request for /health/...; false: only those that are not answered well"""
    metrics_listen: checks.OtherAddress = ""
    """Address and port for Prometheus metrics, such as 127.0.0.1:9090; empty: none"""
    tracing: bool = False
    """Send traces by OpenTelemetry (`portico[otel]`), as its OTEL_* variables say (docs/observability.md)"""
    allowed_hosts: checks.OwnHosts = Field([])
    """Host names Portico answers to; empty: only the one in public_url"""
    forwarded_hops: int = Field(0, ge=0, le=8)
    """Proxies in front whose X-Forwarded-* headers are believed"""
    rate_limit_storage: checks.Storage = SecretStr("")
    """Redis or Valkey where replicas count tries together (redis://...); empty: each worker for itself"""
    upstream_ca_file: checks.Certificates = None
    """Certificates to believe Kratos and Hydra by, as PEM; empty: Mozilla's list, not the machine's own"""
    hydra_prompts: list[str] = Field(["none", "login", "consent", "registration"])
    """The prompt values this Hydra knows; any other is refused before anybody types a password"""
    sso_max_auth_age: int | None = Field(None, ge=0)
    """Seconds after which a sign-in is too old for any application without a max_session_age of its own"""
    acr: dict[str, Aal] = Field({})
    """Applications' words for levels: acr_values -> aal1 or aal2 (aal1, aal2 are known)"""
    amr: Annotated[dict[str, str], check(lambda amr: "mfa" not in amr.values(), NO_MFA)] = Field({})
    """Kratos' methods -> amr values (RFC 8176), beside and instead of the usual ones; empty: not told"""
    client_logo_hosts: checks.Hosts = Field([])
    """Hosts whose https logos of applications may be shown to people"""
    captcha_hosts: checks.Hosts = Field([])
    """Hosts whose https scripts may run on pages where Kratos asks for a captcha"""
    default_language: checks.Language = "en"
    """The language of people whose own is not known, or not available"""
    languages_dir: checks.Directory = None
    """Translations of your own, over Portico's and beside them"""
    brand: BrandConfig = Field(
        BrandConfig(),
        description="What all pages look like: name, favicon, font, radius, stylesheet, privacy, terms, support, "
        "status, and (each also with _dark) logo, accent, button, on_button, page",
    )
    brand_dir: checks.Directory = None
    """The pictures, fonts and stylesheets of brands; whoever asks for one gets it"""
    templates_dir: checks.Directory = None
    """Templates of your own in place of Portico's of the same name (docs/branding.md)"""
    scopes: dict[str, str] = Field({})
    """What a scope allows, in plain words, as the consent page says it"""
    audiences: Annotated[dict[str, str], check(lambda words: all(map(str.strip, words.values())), NO_WORDS)] = Field({})
    """Whom tokens are for (audience), in plain words; a saved consent covers these without asking"""
    claims_source: ClaimsSource = "session"
    """Whose word on a person claims are made of: Kratos' `session`, or its `admin` API for every claim"""
    claims: ClaimRules = Field({}, validate_default=True)
    """Claims of the ID token by scope, beside and instead of the standard ones"""
    access_token_claims: AccessTokenRules = Field({})
    """Claims of the access token by scope"""
    clients: Clients = Field(
        {},
        description="Per application: required_aal, required_aal_max_age, max_session_age (seconds), "
        "identity_providers, required_scopes, consent_lifetime (seconds), claims, access_token_claims, brand",
    )
    offer_passkey: bool = False
    """Offer a passkey to people who signed in with a password or code and have none, once in 90 days on a device"""
    account_deletion: AccountDeletion = False
    """People may download what is known of them and delete their account; needs kratos_admin_url"""
    session_tokens: SessionTokens = Field({})
    """Kratos' tokenizer templates that pages of these origins may fetch sessions with; none: off"""

    @model_validator(mode="after")
    def _fill_in(self) -> Settings:
        self.kratos_browser_url = self.kratos_browser_url or self.kratos_public_url
        self.allowed_hosts = self.allowed_hosts or ([] if self.public_url else LOOPBACK)
        return self


def load() -> Settings:
    """Read the settings of this process; raises SettingsError with every mistake there is."""
    sources = read(Settings.model_fields)
    return _checked(sources, sources.aliased | sources.own)


def load_beside(others: dict[str, Any]) -> Settings:
    """Read the settings with these in place of what there is of them; SettingsError for values that cannot be used."""
    sources = replace(read(Settings.model_fields), mistakes=[])
    return _checked(sources, sources.aliased | sources.own | others)


def load_rules() -> Settings:
    """Read what claims depend on, on any machine; no other setting counts. Raises SettingsError as `load` does."""
    sources = read(Settings.model_fields)
    return _checked(sources, STAND_INS | {name: sources.own[name] for name in CLAIM_SETTINGS if name in sources.own})


def names_in_use() -> dict[str, str]:
    """The settings whose value comes from a variable of the reference UI: our name for it -> that variable."""
    return {variable(name): ALIASES[name] for name in read(Settings.model_fields).aliased}


def _checked(sources: Sources, values: dict[str, Any]) -> Settings:
    mistakes = list(sources.mistakes)
    try:
        settings = Settings(**values)
        if not mistakes:
            return settings
    except ValidationError as error:
        fields, aliased = Settings.model_fields, sources.aliased
        errors = [
            mistake
            for mistake in error.errors(include_url=False)
            if f"{variable(str(mistake['loc'][0]))}_FILE {UNREADABLE}" not in sources.mistakes  # one sentence is enough
        ]
        mistakes += [sentence(mistake, fields, aliased) for mistake in errors]
    raise SettingsError(mistakes) from None
