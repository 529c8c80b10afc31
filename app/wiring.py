"""One deployment as the settings describe it: its clients of Kratos and Hydra, its rules, its themes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from app.brand import brands
from app.claims.evaluation import TokenRules
from app.config.clients import ClientConfig
from app.config.settings import Settings
from app.config.sources import SettingsError
from app.deployment import ClientRules, Deployment
from app.http import logs, time_budget
from app.oauth2.assurance import AMR
from app.oauth2.login_policy import Policy
from app.ory.hydra import Hydra
from app.ory.kratos import Kratos, KratosAdmin
from app.ory.transport import Transport
from app.urls import Urls


def build_deployment(settings: Settings, static: Path) -> Deployment:
    """The upstreams, addresses, rules and themes that the settings describe; `static` holds app.css.

    Raises SettingsError with what is wrong in the files of a brand.
    """
    transport = Transport(str(settings.upstream_ca_file or ""), logs.upstream_headers, time_budget.seconds_left)
    hydra_token, kratos_token = settings.hydra_admin_token, settings.kratos_admin_token
    policy = Policy(
        prompts=frozenset(settings.hydra_prompts),
        acr={"aal1": "aal1", "aal2": "aal2"} | settings.acr,
        amr=AMR | settings.amr,
        max_session_age=settings.sso_max_auth_age,
    )
    tokens = TokenRules.parse(settings.claims, settings.access_token_claims, settings.claims_source)
    return Deployment(
        urls=Urls(settings.public_url, settings.kratos_browser_url, settings.hydra_public_url),
        kratos=Kratos(transport, settings.kratos_public_url),
        kratos_admin=KratosAdmin(transport, settings.kratos_admin_url, kratos_token.get_secret_value())
        if settings.kratos_admin_url
        else None,
        hydra=Hydra(transport, settings.hydra_admin_url, hydra_token.get_secret_value())
        if settings.hydra_admin_url
        else None,
        rules=ClientRules(policy, tokens),
        clients={name: _rules(client, policy, settings.claims_source) for name, client in settings.clients.items()},
        scope_descriptions=settings.scopes,
        audience_descriptions=settings.audiences,
        logo_hosts=frozenset(settings.client_logo_hosts),
        captcha_hosts=frozenset(settings.captcha_hosts),
        kratos_flows=frozenset(settings.kratos_flows),
        token_origins={name: frozenset(token.origins) for name, token in settings.session_tokens.items()},
        brands=_brands(settings, static / "app.css"),
        secret_keys=tuple(key.get_secret_value() for key in (settings.secret_key, *settings.secret_key_fallbacks)),
    )


def _rules(client: ClientConfig, policy: Policy, claims_source: str) -> ClientRules:
    """An application's own rules, in place of the general ones where it has its own."""
    allowed, age = client.identity_providers, client.max_session_age
    login = replace(
        policy,
        required_aal=client.required_aal,
        required_aal_max_age=client.required_aal_max_age,
        max_session_age=policy.max_session_age if age is None else age,
        identity_providers=None if allowed is None else frozenset(allowed),
    )
    tokens = TokenRules.parse(client.claims, client.access_token_claims, claims_source)
    return ClientRules(login, tokens, tuple(client.required_scopes), client.consent_lifetime)


def _brands(settings: Settings, css: Path) -> brands.Brands:
    own = {name: values for name, client in settings.clients.items() if (values := client.brand.values())}
    loaded, mistakes = brands.load(settings.brand.values(), own, settings.brand_dir, css.read_text(encoding="utf-8"))
    if mistakes:
        raise SettingsError(mistakes)
    return loaded
