"""The WSGI application that gunicorn serves, made from the settings of this process."""

import gc

from flask import Flask

from app.config.settings import Settings, load
from app.factory import create_app
from app.server import starting

app: Flask
settings: Settings


def renew() -> Settings:
    """Make the application from the current settings; after a SettingsError the old one stays."""
    global app, settings
    new = load()
    new.metrics_listen = globals().get("settings", new).metrics_listen  # cannot change, like `listen`
    app, settings = create_app(new), new
    _read_ahead(app)
    return settings


def _read_ahead(app: Flask) -> None:
    """Compile all templates for every language before the workers start, not in their first requests."""
    names = app.jinja_env.list_templates(extensions=["html"])
    languages = app.extensions["languages"]
    for language in map(languages.get, languages.files):
        for name in names:
            language.templates.get_template(name)
    app.extensions["refusals"].read_ahead(languages)


gc.freeze()  # what is imported stays: to look for garbage in it, too, would take a twelfth of the start
with starting.or_end():  # an operator's templates are read only now
    listen = renew().listen  # cannot change: a wrong address would end a running server
