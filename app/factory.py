"""The table of contents: the only module that knows every other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from app.account import applications, home, session_token, sessions
from app.config.checks import MIN_SECRET
from app.config.settings import Settings
from app.config.sources import SettingsError
from app.http import branding, errors, health, i18n, logs, metrics, rate_limits, security
from app.http.templates import Templates
from app.oauth2 import consent, device, login, logout
from app.selfservice import error_page, views
from app.wiring import build_deployment

ROOT = Path(__file__).resolve().parent.parent
PAGES = (login, views, consent, device, logout, home, sessions, applications, session_token, error_page, health)


def create_app(settings: Settings) -> Flask:
    """The whole application, wired; nothing is asked of an upstream before the first request."""
    app = Flask(__name__, template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static"))
    _configure(app)
    app.extensions["portico"] = deployment = build_deployment(settings, Path(str(app.static_folder)))
    logs.init_app(app, metrics.count if settings.metrics_listen else None)
    policy = security.content_security_policy(
        settings.client_logo_hosts, settings.captcha_hosts, deployment.brands.has_fonts
    )
    security.init_app(app, settings.public_url, settings.allowed_hosts, deployment.secret_keys, policy)
    _say_what_is_weak(settings)
    errors.init_app(app)
    for module in PAGES:
        app.register_blueprint(module.bp)
    rate_limits.init_app(app, settings.rate_limit_storage.get_secret_value() or "memory://", "device.submit")
    with _mistake("PORTICO_LANGUAGES_DIR has a file that cannot be used"):
        languages = i18n.init_app(app, settings.default_language, settings.languages_dir)
    if not languages.default:  # a wrong tag, or its catalogue lies elsewhere: everybody would read English
        known = ", ".join(languages.files)
        raise SettingsError([f"PORTICO_DEFAULT_LANGUAGE is none of the languages there are: {known}."])
    with _mistake("PORTICO_TEMPLATES_DIR has a template that cannot be used"):
        branding.init_app(app, deployment.brands, settings.templates_dir)
    if hops := settings.forwarded_hops:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app


def _configure(app: Flask) -> None:
    """What Flask and Jinja do by themselves, and do not have to for us."""
    app.url_map.merge_slashes = app.url_map.redirect_defaults = False  # redirects of 308: browsers would post again
    app.ensure_sync = lambda func: func  # type: ignore[method-assign]  # none is async: asked seven times a request
    app.jinja_environment = Templates
    app.jinja_options = {"undefined": StrictUndefined, "autoescape": True, "trim_blocks": True, "lstrip_blocks": True}


def _say_what_is_weak(settings: Settings) -> None:
    """Drop-in mode is good for this machine; the log says so, and what production needs."""
    if not settings.public_url:
        logs.log.warning("drop_in_mode", meaning="for this machine only; production needs PORTICO_PUBLIC_URL")
    if len(settings.secret_key.get_secret_value()) < MIN_SECRET:
        wanted = f"PORTICO_SECRET_KEY with {MIN_SECRET} random characters"
        logs.log.warning("short_secret_key", meaning=f"easy to guess; use {wanted}")


@contextmanager
def _mistake(what: str) -> Iterator[None]:
    """What is wrong in an operator's file is a mistake in the settings that named it."""
    try:
        yield
    except ValueError as error:
        raise SettingsError([f"{what}: {str(error).rstrip('.')}."]) from None
