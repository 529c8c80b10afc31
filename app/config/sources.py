"""Reads settings from variables, files, portico.toml and the reference UI's variables; no error contains a value."""

import difflib
import json
import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

PREFIX = "PORTICO_"
CONFIG = f"{PREFIX}CONFIG"
# The variables of Ory's reference UI for nine settings (docs/coming-from-kratos-selfservice-ui-node.md).
ALIASES = {
    "secret_key": "COOKIE_SECRET",
    "kratos_public_url": "KRATOS_PUBLIC_URL",
    "kratos_browser_url": "KRATOS_BROWSER_URL",
    "kratos_admin_url": "KRATOS_ADMIN_URL",
    "hydra_admin_url": "HYDRA_ADMIN_URL",
    "hydra_admin_token": "ORY_ADMIN_API_TOKEN",
    "kratos_admin_token": "ORY_ADMIN_API_TOKEN",
    "listen": "PORT",
    "base_path": "BASE_PATH",
}
# Required by the reference UI; if both are set and public_url is not, Portico replaces it (drop-in mode).
REQUIRED_BY_REFERENCE_UI = {"kratos_public_url", "secret_key"}
# Variables that Kubernetes sets for each Service whose name begins with portico.
SERVICE_LINK = re.compile(r".+_(SERVICE_(HOST|PORT(_.+)?)|PORT_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)")
SERVICE_ADDRESS = re.compile(r"(tcp|udp|sctp)://.+")  # the value of PORTICO_PORT, a name that could also be a mistake
# Added to the sentence for a missing setting if only one of the two is set.
ALIAS_HINTS = {
    "public_url": "; not needed on your own machine where KRATOS_PUBLIC_URL and COOKIE_SECRET are both set",
    "kratos_public_url": "; KRATOS_PUBLIC_URL is taken in its place",
    "secret_key": "; COOKIE_SECRET is taken in its place",
}
# The text after the setting's name, by pydantic's error type.
WORDS = {
    **dict.fromkeys(("int_parsing", "int_type", "int_from_float"), "is not a whole number"),
    **dict.fromkeys(("bool_parsing", "bool_type"), "must be true or false"),
    **dict.fromkeys(("dict_type", "model_type"), "is not a table"),
    **dict.fromkeys(("too_short", "string_too_short"), "is empty"),
    "greater_than_equal": "must be {ge} or more",
    "less_than_equal": "must be {le} or less",
    "literal_error": "must be {expected}",
    "string_type": "is not a text",
    "list_type": "is not a list",
    "path_type": "is not the path of a file or directory",
    "value_error": "{error}",
    "extra_forbidden": "is no setting",
}
UNREADABLE = "names a file that cannot be read."

# Finds the setting in a sentence, and the part of its table.
NAMED = re.compile(r"PORTICO_(?P<name>[A-Z_]+)(?: \((?P<where>[^)]*)\))?|'(?P<unknown>.+)' in .+ is no setting")


class SettingsError(Exception):
    """The settings cannot be used; one sentence for each mistake, without values."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(f"- {mistake}" for mistake in mistakes))
        self.mistakes = mistakes


@dataclass(frozen=True, slots=True)
class Sources:
    """Values by setting, from our `own` names and from the reference UI's (`aliased`), and mistakes in names."""

    own: dict[str, Any]
    aliased: dict[str, str]
    mistakes: list[str]


def read(fields: Mapping[str, FieldInfo]) -> Sources:
    """Read the values of all settings; the environment and the files it names override portico.toml."""
    mistakes = _unknown_names(fields)
    own: dict[str, Any] = {}
    for name, field in fields.items():
        text, content = os.environ.get(variable(name)), _content(f"{variable(name)}_FILE", mistakes)
        if text and content:  # a secret that is replaced only in the file would have no effect
            mistakes.append(f"{variable(name)} and {variable(name)}_FILE are both set. Keep one of them.")
        if text or content:
            own[name] = _decoded(field.default, text or content)
    own = _toml(fields, mistakes) | own
    aliased = _aliased(own)
    if aliased.keys() >= REQUIRED_BY_REFERENCE_UI:
        own.setdefault("public_url", "")
    if own.get("public_url") != "":
        aliased.pop("base_path", None)  # public_url contains the path
    return Sources(own, aliased, mistakes)


def sentence(error: Any, fields: Mapping[str, FieldInfo], aliased: Iterable[str]) -> str:
    """Return a sentence for operators about one of pydantic's errors."""
    name, *where = (str(part) for part in error["loc"])
    setting = variable(name) + (f" ({'.'.join(where)})" if where else "")
    if name in aliased:
        setting = f"{ALIASES[name]}, in place of {setting},"
    if error["type"] == "missing":
        meaning = "it is needed" if where else fields[name].description
        more = "" if where or REQUIRED_BY_REFERENCE_UI.isdisjoint(aliased) else ALIAS_HINTS.get(name, "")
        return f"{setting} is missing: {meaning}{more}."
    return f"{setting} {WORDS.get(error['type'], 'cannot be used').format(**error.get('ctx', {}))}."


def of_opentelemetry() -> dict[str, str]:
    """Return OpenTelemetry's variables."""
    return {name: value for name, value in os.environ.items() if name.startswith("OTEL_")}


def variable(name: str) -> str:
    """Return the environment variable of a setting."""
    return f"{PREFIX}{name.upper()}"


def _toml(known: Iterable[str], mistakes: list[str]) -> dict[str, Any]:
    named = os.environ.get(CONFIG)
    path = Path(named or "portico.toml")
    values: dict[str, Any] = {}
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        mistakes += [f"{CONFIG} names a file that does not exist."] if named else []
    except tomllib.TOMLDecodeError as error:
        mistakes.append(f"{path.name} is not valid TOML: {error}.")
    except (OSError, UnicodeDecodeError, RecursionError):
        mistakes.append(f"{path.name} cannot be read.")
    unknown = sorted(values.keys() - known)
    mistakes += [f"'{name}' in {path.name} is no setting.{_nearest(name, known)}" for name in unknown]
    return {name: value for name, value in values.items() if name not in unknown and value != ""}


def subject(mistake: str) -> str:
    """Return the setting that a sentence of SettingsError is about, such as `brand.logo`; "" for none."""
    match = NAMED.search(mistake)
    return "" if not match else match["unknown"] or match["name"].lower() + f".{match['where'] or ''}".rstrip(".")


def _content(named: str, mistakes: list[str]) -> str:
    file = os.environ.get(named)
    try:
        return Path(file).read_text(encoding="utf-8").strip() if file else ""
    except (OSError, UnicodeDecodeError):
        mistakes.append(f"{named} {UNREADABLE}")
        return ""


def _decoded(default: object, text: str) -> Any:
    """Return the text, or, if the default is a list or table, its value: JSON, or a list with commas or lines."""
    if isinstance(default, list | dict | BaseModel) and text.startswith(("[", "{")):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return text
    return [part.strip() for part in re.split("[,\n]", text) if part.strip()] if isinstance(default, list) else text


def _aliased(own: Iterable[str]) -> dict[str, str]:
    aliased = {name: os.environ.get(alias, "") for name, alias in ALIASES.items() if name not in own}
    for api in ("hydra", "kratos"):
        if not aliased.get(f"{api}_admin_url") and f"{api}_admin_url" not in own:
            aliased[f"{api}_admin_token"] = ""  # the reference UI uses one token for both APIs, if it has both
    return {name: f"127.0.0.1:{value}" if name == "listen" else value for name, value in aliased.items() if value}


def _unknown_names(settings: Iterable[str]) -> list[str]:
    """Return a sentence for each unknown PORTICO_ variable, with the nearest known one."""
    known = {variable(name) for name in settings}
    known |= {f"{name}_FILE" for name in known} | {CONFIG}
    # Kubernetes sets variables for Services, with our prefix if a Service has our name.
    links = {name for name, value in os.environ.items() if name.endswith("_PORT") and SERVICE_ADDRESS.match(value)}
    links |= set(filter(SERVICE_LINK.fullmatch, os.environ))
    names = sorted(name for name in os.environ if name.startswith(PREFIX) and name not in known | links)
    return [f"{name} is no setting of Portico.{_nearest(name, known)}" for name in names]


def _nearest(name: str, known: Iterable[str]) -> str:
    # PORTICO_KRATOS_URL most likely means the public API, PORTICO_HYDRA_URL the admin API.
    shorter = [setting for setting in known if re.sub("(?i)(?<!hydra_)public_", "", setting) == name]
    near = shorter or difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.4)
    return f" Did you mean {near[0]}?" if near else ""
