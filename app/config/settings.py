"""All settings: name, type, default, meaning; app.config.sources reads their values."""

from dataclasses import replace
from typing import Annotated, Any, Literal, Self

from pydantic import Field, SecretStr, ValidationError, model_validator

from app import urls
from app.claims.rules import TokenRules
from app.config import checks
from app.config.brand import BrandConfig
from app.config.checks import check
from app.config.clients import (
    Aal,
    AccessTokenRules,
    AccountDeletion,
    ClaimRules,
    ClaimsSource,
    ClientConfig,
    Clients,
    SessionTokens,
)
from app.config.sources import ALIASES, UNREADABLE, SettingsError, Sources, read, sentence, variable
from app.oauth2.assurance import AMR
from app.oauth2.login_policy import Policy

CLAIM_SETTINGS = ("claims_source", "claims", "access_token_claims", "clients")
# Values for required settings, so that claims can be tried without them.
STAND_INS = {"public_url": "", "secret_key": "-" * checks.MIN_SECRET}
STAND_INS |= dict.fromkeys(("kratos_public_url", "kratos_admin_url"), "http://localhost")
NO_MFA = "cannot name a method mfa: that is said of two factors, and only then"
NO_WORDS = "has an audience without words: people see the words, and the listed are not asked about again"


class Settings(checks.Table):
    """The settings of one deployment, each followed by its text in README.md; public_url "" means drop-in mode."""

    public_url: checks.PublicUrl
    """Where people reach Portico, such as https://login.example.org or https://example.org/auth"""
    base_path: checks.BasePath = ""
    """In drop-in mode: the path that the reference UI has as BASE_PATH, such as /auth"""
    secret_key: checks.SecretKey
    """Signs Portico's cookie and forms; at least 32 random characters"""
    secret_key_fallbacks: checks.SecretKeys = Field([])
    """Older secret keys that are still accepted, newest first; usually none"""
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
    """Bearer token for Hydra's admin API, if a proxy guards it"""
    kratos_admin_token: checks.Token = SecretStr("")
    """Bearer token for Kratos' admin API, if a proxy guards it"""
    kratos_flows: list[Literal["registration", "recovery", "verification"]] = Field(
        ["registration", "recovery", "verification"]
    )
    """The flows that are enabled in Kratos besides login and settings; pages link to no others"""
    listen: checks.Address = "127.0.0.1:3000"
    """Address and port the server listens on"""
    workers: int = Field(2, ge=1, le=64)
    """Server processes"""
    drain_seconds: int = Field(3, ge=0, le=600)
    """After a SIGTERM, seconds in which Portico still answers, while /health/serving is a 503 for load balancers"""
    log_level: Literal["info", "warning", "error"] = "info"
    """The lowest level that is logged; requests are `info`"""
    log_probes: bool = True
    """Log each request for /health/...; false: only those that fail"""
    metrics_listen: checks.OtherAddress = ""
    """Address and port for Prometheus metrics, such as 127.0.0.1:9090; empty: none"""
    tracing: bool = False
    """Send traces by OpenTelemetry (`portico[otel]`), as its OTEL_* variables say (docs/observability.md)"""
    allowed_hosts: checks.OwnHosts = Field([])
    """Host names Portico answers to; empty: only the one in public_url"""
    forwarded_hops: int = Field(0, ge=0, le=8)
    """The number of proxies in front whose X-Forwarded-* headers are trusted"""
    rate_limit_storage: checks.Storage = SecretStr("")
    """Redis or Valkey for rate limits that all replicas share (redis://...); empty: each worker counts for itself"""
    upstream_ca_file: checks.Certificates = None
    """Certificates to trust for Kratos and Hydra (PEM); empty: Mozilla's list, not the machine's"""
    hydra_prompts: list[str] = Field(["none", "login", "consent", "registration"])
    """The prompt values that this Hydra supports; others are refused before anybody types a password"""
    sso_max_auth_age: int | None = Field(None, ge=0)
    """Seconds after which a sign-in is too old for any application without a max_session_age of its own"""
    acr: dict[str, Aal] = Field({})
    """Applications' names for levels: acr_values -> aal1 or aal2 (these two are built in)"""
    amr: Annotated[dict[str, str], check(lambda amr: "mfa" not in amr.values(), NO_MFA)] = Field({})
    """Kratos' methods -> amr values (RFC 8176), added to the usual ones or replacing them; empty: not sent"""
    client_logo_hosts: checks.Hosts = Field([])
    """Hosts from which pages may load applications' logos (https)"""
    captcha_hosts: checks.Hosts = Field([])
    """Hosts whose scripts (https) may run on pages with a captcha of Kratos"""
    default_language: checks.Language = "en"
    """The language for people whose own is unknown or not available"""
    languages_dir: checks.Directory = None
    """Your own translations, which add languages or override Portico's texts"""
    brand: BrandConfig = Field(
        BrandConfig(),
        description="The look of all pages: name, favicon, font, radius, stylesheet, privacy, terms, support, "
        "status, and (each also with _dark) logo, accent, button, on_button, page",
    )
    brand_dir: checks.Directory = None
    """The pictures, fonts and stylesheets of brands; they are public"""
    templates_dir: checks.Directory = None
    """Your own templates, which replace Portico's of the same name (docs/branding.md)"""
    scopes: dict[str, str] = Field({})
    """Scope -> what it allows, in plain words for the consent page"""
    audiences: Annotated[dict[str, str], check(lambda words: all(map(str.strip, words.values())), NO_WORDS)] = Field({})
    """Audience of tokens -> its description in plain words; a remembered consent covers these without asking"""
    claims_source: ClaimsSource = "session"
    """Where claims come from: Kratos' `session`, or its `admin` API for every claim"""
    claims: ClaimRules = Field({}, validate_default=True)
    """Claims of the ID token by scope, added to the standard ones or replacing them"""
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
    """People may download their data and delete their account; needs kratos_admin_url"""
    session_tokens: SessionTokens = Field({})
    """Kratos' tokenizer templates -> origins whose pages may fetch sessions with them; none: off"""

    @model_validator(mode="after")
    def _fill_in(self) -> Self:
        self.kratos_browser_url = self.kratos_browser_url or self.kratos_public_url
        self.allowed_hosts = self.allowed_hosts or ([] if self.public_url else [*urls.LOOPBACK])
        return self

    def policy(self, client_id: str = "") -> Policy:
        """Return an application's rules: its own settings over those of all; for another id those of all."""
        common = ClientConfig(claims=self.claims, access_token_claims=self.access_token_claims)
        own = self.clients.get(client_id, common)
        providers, age = own.identity_providers, own.max_session_age
        return Policy(
            prompts=frozenset(self.hydra_prompts),
            acr={"aal1": "aal1", "aal2": "aal2"} | self.acr,
            amr=AMR | self.amr,
            required_aal=own.required_aal,
            required_aal_max_age=own.required_aal_max_age,
            max_session_age=self.sso_max_auth_age if age is None else age,
            identity_providers=None if providers is None else frozenset(providers),
            required_scopes=tuple(own.required_scopes),
            consent_lifetime=own.consent_lifetime,
            tokens=TokenRules.parse(own.claims, own.access_token_claims, self.claims_source),
        )


def load() -> Settings:
    """Read the settings of this process; raises SettingsError with all mistakes."""
    sources = read(Settings.model_fields)
    return _checked(sources, sources.aliased | sources.own)


def load_beside(others: dict[str, Any]) -> Settings:
    """Read the settings, with `others` instead of their values; raises SettingsError for values that cannot be used."""
    sources = replace(read(Settings.model_fields), mistakes=[])
    return _checked(sources, sources.aliased | sources.own | others)


def load_rules() -> Settings:
    """Read only the settings for claims, so that it works on any machine; raises SettingsError like `load`."""
    sources = read(Settings.model_fields)
    return _checked(sources, STAND_INS | {name: sources.own[name] for name in CLAIM_SETTINGS if name in sources.own})


def names_in_use() -> dict[str, str]:
    """Return the settings that come from variables of the reference UI: our variable -> its variable."""
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
