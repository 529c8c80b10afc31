"""Puts the application together. Read this module first: no other one knows all the others."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from jinja2 import StrictUndefined

from app.account import applications, home, leaving, session_token, sessions
from app.brand import brands
from app.config import otel_variables
from app.config.settings import Settings
from app.config.sources import SettingsError
from app.deployment import Deployment
from app.http import branding, errors, health, i18n, logs, metrics, mount, overload, rate_limits, security, time_budget
from app.http.here import route_finder
from app.http.templates import Templates
from app.oauth2 import consent, device, login, logout
from app.ory.hydra import Hydra
from app.ory.kratos import Kratos
from app.ory.kratos_account import KratosAccount
from app.ory.kratos_admin import KratosAdmin
from app.ory.schemas import Schemas
from app.ory.transport import Transport
from app.ory.transport.watched import Watched
from app.selfservice import error_page, views
from app.urls import Urls

ROOT = Path(__file__).resolve().parent.parent
ACCOUNT = (home, sessions, applications, session_token, leaving)
PAGES = (login, views, consent, device, logout, *ACCOUNT, error_page, health)


def create_app(settings: Settings, transport: Transport | None = None) -> Flask:
    """Create the Flask application, without asking Kratos or Hydra; raises SettingsError for unusable files."""
    app = Flask(__name__, template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static"))
    _configure(app)
    app.extensions["portico"] = deployment = _deployment(settings, transport or _transport(settings))
    app.jinja_env.globals.update(offers_passkey=settings.offer_passkey, leaving=settings.account_deletion)
    app.jinja_env.globals["drop_in"] = not settings.public_url
    count = metrics.count if settings.metrics_listen else None
    policy = security.csp(settings.client_logo_hosts, settings.captcha_hosts, deployment.brands.has_fonts)
    path = deployment.urls.path
    security.init_app(app, settings.public_url, path, settings.allowed_hosts, deployment.secret_keys, policy)
    overload.init_app(app, count, deployment.brands, path)
    logs.init_app(app, count, () if settings.log_probes else mount.HEALTH)
    if settings.tracing:
        otel_variables.tracing_module().init_app(app, mount.HEALTH)
    if not settings.public_url:
        logs.event("drop_in_mode", meaning="for this machine only; production needs PORTICO_PUBLIC_URL")
    errors.init_app(app)
    for module in PAGES:
        app.register_blueprint(module.bp)
    rate_limits.init_app(app, settings.rate_limit_storage.get_secret_value() or "memory://", "device.submit")
    with _as_settings_error("PORTICO_LANGUAGES_DIR has a file that cannot be used"):
        languages = i18n.init_app(app, settings.default_language, settings.languages_dir)
    if not languages.default:  # a wrong tag, or its catalogue is elsewhere: everybody would read English
        known = ", ".join(languages.files)
        raise SettingsError([f"PORTICO_DEFAULT_LANGUAGE is none of the languages there are: {known}."])
    with _as_settings_error("PORTICO_TEMPLATES_DIR has a template that cannot be used"):
        branding.init_app(app, deployment.brands, settings.templates_dir, path)
    if hops := settings.forwarded_hops:
        app.wsgi_app = mount.behind(hops, app.wsgi_app)  # type: ignore[method-assign]
    if path:
        app.wsgi_app = mount.below(path, app.wsgi_app)  # type: ignore[method-assign]
    return app


def _configure(app: Flask) -> None:
    """Set what no operator can change in Flask and Jinja."""
    app.config["DEBUG"] = False  # FLASK_DEBUG in the environment would replace our error pages
    app.url_map.merge_slashes = app.url_map.redirect_defaults = False  # with 308: browsers post again
    app.ensure_sync = lambda func: func  # type: ignore[method-assign]  # no view is async; Flask asks seven times a request
    app.create_url_adapter = lambda request: route_finder(app, request) if request else None  # type: ignore[method-assign]
    app.jinja_environment = Templates
    app.jinja_options = {"undefined": StrictUndefined, "autoescape": True, "trim_blocks": True, "lstrip_blocks": True}
    app.jinja_options["optimized"] = False  # Jinja would look for constants for a tenth of the time that it compiles


@contextmanager
def _as_settings_error(what: str) -> Iterator[None]:
    """Turn an error in an operator's file into a SettingsError of the setting that names the file."""
    try:
        yield
    except (ValueError, OSError, RecursionError) as error:
        sentences = error.args if type(error) is ValueError else [error]
        raise SettingsError([f"{what}: {str(words).rstrip('.')}." for words in sentences]) from None


def _deployment(settings: Settings, transport: Transport) -> Deployment:
    kratos_admin, hydra_admin = settings.kratos_admin_url, settings.hydra_admin_url
    kratos_token = settings.kratos_admin_token.get_secret_value()
    hydra_token = settings.hydra_admin_token.get_secret_value()
    return Deployment(
        settings=settings,
        urls=Urls(settings.public_url or settings.base_path, settings.kratos_browser_url, settings.hydra_public_url),
        kratos=Kratos(transport, settings.kratos_public_url),
        kratos_account=KratosAccount(transport, settings.kratos_public_url),
        kratos_admin=KratosAdmin(transport, kratos_admin, kratos_token) if kratos_admin else None,
        hydra=Hydra(transport, hydra_admin, hydra_token) if hydra_admin else None,
        schemas=Schemas(transport, settings.kratos_public_url),
        rules=settings.policy(),
        clients={client_id: settings.policy(client_id) for client_id in settings.clients},
        brands=_brands(settings),
        secret_keys=tuple(key.get_secret_value() for key in (settings.secret_key, *settings.secret_key_fallbacks)),
    )


def _transport(settings: Settings) -> Transport:
    """Return the transport of all calls to Kratos and Hydra; calls are observed only for metrics or traces."""
    options = (str(settings.upstream_ca_file or ""), logs.upstream_headers, time_budget.seconds_left, health.on_silence)
    watches = [metrics.upstream] if settings.metrics_listen else []
    watches += [otel_variables.tracing_module().upstream] if settings.tracing else []
    return Watched(watches, *options) if watches else Transport(*options)


def _brands(settings: Settings) -> brands.Brands:
    own = {id_: values for id_, client in settings.clients.items() if (values := client.brand.values())}
    css = (ROOT / "static" / "app.css").read_text(encoding="utf-8")
    loaded, mistakes = brands.load(settings.brand.values(), own, settings.brand_dir, css)
    if mistakes:
        raise SettingsError(mistakes)
    return loaded
