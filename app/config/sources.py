"""Where settings come from: the environment, files it names, portico.toml (their names: `app.config.settings`)."""

from __future__ import annotations

import difflib
import json
import os
import re
import tomllib
from collections.abc import Container, Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import EnvSettingsSource, PydanticBaseSettingsSource

PREFIX = "PORTICO_"
# What Ory's reference UI calls eight of the settings (docs/coming-from-kratos-selfservice-ui-node.md).
ALIASES = {
    "secret_key": "COOKIE_SECRET",
    "kratos_public_url": "KRATOS_PUBLIC_URL",
    "kratos_browser_url": "KRATOS_BROWSER_URL",
    "kratos_admin_url": "KRATOS_ADMIN_URL",
    "hydra_admin_url": "HYDRA_ADMIN_URL",
    "hydra_admin_token": "ORY_ADMIN_API_TOKEN",
    "kratos_admin_token": "ORY_ADMIN_API_TOKEN",
    "listen": "PORT",
}
# What the reference UI does not start without.
REFERENCE = {name: ALIASES[name] for name in ("kratos_public_url", "secret_key")}


class SettingsError(Exception):
    """The settings cannot be used; one sentence per mistake, none of them with a value."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


class EnvSource(EnvSettingsSource):
    """Environment variables; tables as JSON, lists as JSON or with commas or line breaks between."""

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:  # noqa: ARG002
        """Read a list or table."""
        return _decoded(field, value)


class FileSource(PydanticBaseSettingsSource):
    """`PORTICO_<NAME>_FILE` names a file that holds the value: secrets stay out of the environment."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """The value from the field's file, None when none is named or it is unreadable (reported apart)."""
        name = f"{PREFIX}{field_name.upper()}"
        if os.environ.get(name) or not os.environ.get(f"{name}_FILE"):
            return None, field_name, False
        found = _content(f"{name}_FILE")
        complex_ = found is not None and self.field_is_complex(field)
        return _decoded(field, str(found)) if complex_ else found, field_name, False

    def __call__(self) -> dict[str, Any]:
        """All values that come from files."""
        found = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in found.items() if value is not None}


def _decoded(field: FieldInfo, value: str) -> Any:
    """A table or list out of one text; what is none is left to the field's own check, which reports it with the rest.

    Only what begins like JSON is read as such: a key of nothing but digits is no number.
    """
    if value.startswith(("[", "{")):
        try:
            return json.loads(value)
        except ValueError:
            return value
    is_list = str(field.annotation).startswith("list")
    return [part.strip() for part in re.split("[,\n]", value) if part.strip()] if is_list else value


def _content(name: str) -> str | None:
    try:
        return Path(os.environ[name]).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None


def sentence(error: Any, meanings: Mapping[str, str], aliased: Container[str]) -> str:
    """One of pydantic's errors in an operator's words, without the value; `meanings` of the settings, by name."""
    name, *where = (str(part) for part in error["loc"])
    setting = f"{PREFIX}{name.upper()}" + (f" ({'.'.join(where)})" if where else "")
    if name in aliased:
        setting = f"{ALIASES[name]}, in place of {setting},"
    if error["type"] == "missing":
        return f"{setting} is missing: {meanings[name]}{_in_its_place(name, aliased)}."
    if error["type"] == "value_error":
        return f"{setting} {error['ctx']['error']}."
    return f"{setting} cannot be used: {error['msg'][:1].lower()}{error['msg'][1:]}."


def _in_its_place(name: str, aliased: Container[str]) -> str:
    """How a missing setting is called by who replaces the reference UI and has set one of its variables."""
    if not any(known in aliased for known in REFERENCE):
        return ""
    if name == "public_url":
        return f"; not needed on your own machine where {' and '.join(REFERENCE.values())} are both set"
    return f"; {ALIASES[name]} is taken in its place" if name in REFERENCE else ""


def wrong_variables(known_settings: Iterable[str]) -> list[str]:
    """A sentence for each PORTICO_ variable that is no setting, or that names a file nobody can read."""
    names = list(known_settings)
    return [*_unknown_names(names), *_unreadable_files(names)]


def _unreadable_files(known_settings: Iterable[str]) -> list[str]:
    """A sentence for each PORTICO_<NAME>_FILE that names a file nobody can read."""
    names = [f"{PREFIX}{name.upper()}_FILE" for name in known_settings]
    return [
        f"{name} names a file that cannot be read." for name in names if os.environ.get(name) and _content(name) is None
    ]


def _unknown_names(known_settings: Iterable[str]) -> list[str]:
    """A sentence for each PORTICO_ variable that is no setting, with the nearest one that is."""
    known = {f"{PREFIX}{name.upper()}" for name in known_settings}
    known |= {f"{name}_FILE" for name in known} | {f"{PREFIX}CONFIG"}
    names = sorted(name for name in os.environ if name.startswith(PREFIX) and name not in known)
    return [f"{name} is no setting of Portico.{_nearest(name, known)}" for name in names]


def aliases(given: Iterable[str]) -> dict[str, str]:
    """The values of the reference UI's variables, by setting; not of those that are `given`, for our own names win."""
    found = {name: os.environ.get(variable, "") for name, variable in ALIASES.items() if not is_set(name, given)}
    for name in ("hydra", "kratos"):
        if not found.get(f"{name}_admin_url") and not is_set(f"{name}_admin_url", given):
            found[f"{name}_admin_token"] = ""  # the reference UI has one token, used for the APIs there are
    return {name: f"127.0.0.1:{value}" if name == "listen" else value for name, value in found.items() if value}


def is_set(name: str, given: Iterable[str]) -> bool:
    """Whether a setting has a value under its own name: a variable, a file, or portico.toml's `given`."""
    return name in given or _set_elsewhere(name)


def toml(known_settings: Iterable[str]) -> tuple[dict[str, Any], list[str]]:
    """The values of portico.toml and what is wrong with the file; a missing file is fine unless it was named."""
    known, named = set(known_settings), os.environ.get(f"{PREFIX}CONFIG")
    path = Path(named or "portico.toml")
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}, [f"{PREFIX}CONFIG names a file that does not exist."] if named else []
    except (OSError, UnicodeDecodeError):
        return {}, [f"{path.name} cannot be read."]
    except tomllib.TOMLDecodeError as error:
        return {}, [f"{path.name} is not valid TOML: {error}."]
    mistakes = [f"'{name}' in {path.name} is no setting.{_nearest(name, known)}" for name in found if name not in known]
    return {name: value for name, value in found.items() if name in known and not _set_elsewhere(name)}, mistakes


def _set_elsewhere(name: str) -> bool:
    """Whether a variable gives this setting (pydantic-settings would merge its table with the file's)."""
    variable = f"{PREFIX}{name.upper()}"
    return bool(os.environ.get(variable) or os.environ.get(f"{variable}_FILE"))


def _nearest(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.4)
    return f" Did you mean {near[0]}?" if near else ""
