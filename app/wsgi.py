"""What gunicorn serves: the application of this process' settings."""

import sys

from app.factory import create_app
from app.settings import load
from app.settings_sources import SettingsError

try:
    app = create_app(load())
except SettingsError as error:  # found only now: a template of the operator's
    sys.exit("Portico cannot start:\n" + "\n".join(f"- {mistake}" for mistake in error.mistakes))
