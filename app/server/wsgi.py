"""What gunicorn serves: the application of this process' settings."""

from flask import Flask

from app.config.settings import Settings, load
from app.factory import create_app
from app.server import starting

app: Flask
settings: Settings


def renew() -> Settings:
    """Make the application anew of the settings as they are now; the former stays where that is a SettingsError."""
    global app, settings
    fresh = load()
    fresh.metrics_listen = globals().get("settings", fresh).metrics_listen  # for good, as `listen` is
    app, settings = create_app(fresh), fresh
    _read_ahead(app)
    return settings


def _read_ahead(app: Flask) -> None:
    """Compile all templates for every language before the workers begin, not in their first requests."""
    names = app.jinja_env.list_templates(extensions=["html"])
    languages = app.extensions["languages"]
    for language in map(languages.get, languages.files):
        for name in names:
            language.templates.get_template(name)
    app.extensions["refusals"].read_ahead(languages)


with starting.or_end():  # a template of the operator's is read only now
    listen = renew().listen  # for good: an address that cannot be listened on would end a server that runs
