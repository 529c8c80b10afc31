"""The site's page of settings, made of their one declaration: the README's table, with types and places."""

from typing import Any

from app.config.settings import Settings
from app.config.sources import ALIASES, PREFIX
from tests import readme

HEAD = """# Settings

Made of the declaration of the settings, `app/config/settings.py`. A value is taken from the environment, else from
the file that the variable with `_FILE` added names, else from `portico.toml`, else from the reference UI's variable,
else it is the default. Whatever is wrong is told all at once when Portico starts.
"""


def page() -> str:
    """Each setting with a heading of its own, so that it can be linked to."""
    return HEAD + "".join(_section(name, field) for name, field in Settings.model_fields.items())


def _section(name: str, field: Any) -> str:
    default = "none: it is required" if field.is_required() else readme.shown(field.default) or "empty"
    lines = [f"\n## {name}\n", f"{field.description}.\n", f"- Environment: `{PREFIX}{name.upper()}`"]
    lines += [f"- In `portico.toml`: `{name}`", f"- Default: {default}"]
    if name in ALIASES:
        lines.append(f"- Also taken from `{ALIASES[name]}`, the reference UI's variable")
    return "\n".join(lines) + "\n"
