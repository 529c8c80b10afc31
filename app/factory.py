"""The table of contents: the only module that knows every other."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask, request
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from app.account import applications, home, session_token, sessions
from app.brand.brand import Brand
from app.brand.brands import Brands, brands
from app.claims.evaluation import TokenRules
from app.config.settings import Settings
from app.config.sources import SettingsError
from app.deployment import Deployment
from app.http import branding, errors, health, i18n, logs, metrics, rate_limits, security, time_budget
from app.oauth2 import consent, device, login, logout
from app.oauth2.assurance import AMR
from app.oauth2.login_policy import Policy
from app.ory.hydra import Hydra
from app.ory.kratos import Kratos
from app.ory.kratos_admin import KratosAdmin
from app.ory.transport import Transport
from app.selfservice import error_page, views
from app.urls import Urls

ROOT = Path(__file__).resolve().parent.parent


def create_app(settings: Settings) -> Flask:
    """The whole application, wired; nothing is asked of an upstream before the first request."""
    app = Flask(__name__, template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static"))
    app.url_map.merge_slashes = app.url_map.redirect_defaults = False  # redirects of 308: browsers would post again
    app.ensure_sync = lambda func: func  # type: ignore[method-assign]  # none is async: asked seven times a request
    app.extensions["portico"] = deployment = build_deployment(settings)
    logs.init_app(app)
    if settings.metrics_listen:
        metrics.init_app(app)
    security.init_app(
        app,
        settings.public_url,
        settings.allowed_hosts,
        _keys(settings),
        settings.client_logo_hosts,
        settings.captcha_hosts,
        deployment.brands.has_fonts,
    )
    _say_what_is_weak(settings)
    errors.init_app(app)
    for module in (
        login,
        views,
        consent,
        device,
        logout,
        home,
        sessions,
        applications,
        session_token,
        error_page,
        health,
    ):
        app.register_blueprint(module.bp)
    rate_limits.init_app(app, settings.rate_limit_storage.get_secret_value() or "memory://", "device.submit")
    _prepare_templates(app)
    _prepare_languages(app, settings)
    with _mistake("PORTICO_TEMPLATES_DIR has a template that cannot be used"):
        branding.init_app(app, settings.templates_dir)
    if hops := settings.forwarded_hops:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app


def build_deployment(settings: Settings) -> Deployment:
    """The upstreams, addresses and rules that the settings describe, as plain values."""
    verify = str(settings.upstream_ca_file) if settings.upstream_ca_file else True
    transport = Transport(verify, logs.upstream_headers, time_budget.seconds_left)
    policy = Policy(
        prompts=frozenset(settings.hydra_prompts),
        acr={"aal1": "aal1", "aal2": "aal2"} | dict(settings.acr),
        amr=AMR | settings.amr,
        max_session_age=settings.sso_max_auth_age,
    )
    return Deployment(
        urls=Urls(settings.public_url, settings.kratos_browser_url, settings.hydra_public_url),
        kratos=Kratos(transport, settings.kratos_public_url),
        kratos_admin=KratosAdmin(transport, settings.kratos_admin_url, settings.kratos_admin_token.get_secret_value())
        if settings.kratos_admin_url
        else None,
        hydra=Hydra(transport, settings.hydra_admin_url, settings.hydra_admin_token.get_secret_value())
        if settings.hydra_admin_url
        else None,
        policy=policy,
        client_policies={client_id: client.over(policy) for client_id, client in settings.clients.items()},
        required_scopes={client_id: tuple(client.required_scopes) for client_id, client in settings.clients.items()},
        consent_lifetimes={client_id: client.consent_lifetime for client_id, client in settings.clients.items()},
        scope_descriptions=settings.scopes,
        audience_descriptions=settings.audiences,
        token_rules=TokenRules.parse(settings.claims, settings.access_token_claims, settings.claims_source),
        client_token_rules={
            client_id: TokenRules.parse(client.claims, client.access_token_claims, settings.claims_source)
            for client_id, client in settings.clients.items()
        },
        logo_hosts=frozenset(settings.client_logo_hosts),
        captcha_hosts=frozenset(settings.captcha_hosts),
        kratos_flows=frozenset(settings.kratos_flows),
        token_origins={name: frozenset(one.origins) for name, one in settings.session_tokens.items()},
        brands=_brands(settings),
        secret_keys=_keys(settings),
    )


def _brands(settings: Settings) -> Brands:
    own = {client_id: client.brand.brand() for client_id, client in settings.clients.items() if client.brand}
    extra = [file for file in (settings.extra_stylesheet, *settings.extra_files) if file]
    return brands(settings.brand.brand() if settings.brand else Brand(), own, extra)


def _keys(settings: Settings) -> tuple[str, ...]:
    return tuple(key.get_secret_value() for key in (settings.secret_key, *settings.secret_key_fallbacks))


def _say_what_is_weak(settings: Settings) -> None:
    """Drop-in mode is good for this machine; the log says so, and what production needs."""
    if not settings.public_url:
        logs.log.warning("drop_in_mode", meaning="for this machine only; production needs PORTICO_PUBLIC_URL")
    if len(settings.secret_key.get_secret_value()) < Settings.min_secret:
        wanted = f"PORTICO_SECRET_KEY with {Settings.min_secret} random characters"
        logs.log.warning("short_secret_key", meaning=f"easy to guess; use {wanted}")


@contextmanager
def _mistake(what: str) -> Iterator[None]:
    """What is wrong in an operator's file is a mistake in the settings that named it."""
    try:
        yield
    except ValueError as error:
        raise SettingsError([f"{what}: {str(error).rstrip('.')}."]) from None


def _prepare_languages(app: Flask, settings: Settings) -> None:
    with _mistake("PORTICO_LANGUAGES_DIR has a file that cannot be used"):
        languages = i18n.init_app(app, settings.default_language, settings.languages_dir)
    if not languages.default:  # a wrong tag, or its catalogue lies elsewhere: everybody would read English
        raise SettingsError(
            [f"PORTICO_DEFAULT_LANGUAGE is none of the languages there are: {', '.join(languages.files)}."]
        )


def _prepare_templates(app: Flask) -> None:
    """Escape everything, forgive no missing variable, name files by their content so that browsers may keep them."""
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.autoescape = True
    # One dict for all templates: Jinja's own ChainMaps are slow, and asked for every name on every page.
    app.jinja_env.make_globals = lambda _: app.jinja_env.globals  # type: ignore[method-assign, assignment]
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    versions = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:12] for path in Path(str(app.static_folder)).iterdir()
    }
    assets = {name: f"{app.static_url_path}/{name}?v={version}" for name, version in versions.items()}
    app.jinja_env.globals["asset"] = assets.__getitem__

    def max_age(filename: str | None) -> int | None:
        """Seconds a browser may keep a file: a year if it was asked for by its content, else not unasked."""
        wanted = request.args.get("v")
        return 31536000 if wanted and wanted == versions.get(filename or "") else None

    app.get_send_file_max_age = max_age  # type: ignore[method-assign]
