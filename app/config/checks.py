"""What all settings share: checks of single values, whose words of a wrong one follow the setting's name."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, SecretStr, ValidationInfo

from app import urls
from app.config.secret_keys import weakness
from app.http.languages import is_tag

MIN_SECRET, MIN_DROP_IN_SECRET = 32, 16  # characters
MAKE_KEYS = "(python3 -c 'import secrets; print(secrets.token_urlsafe(48))' makes some)"


class Table(BaseModel):
    """A table of settings; a name that is none is a mistake, and no error holds a value."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, use_attribute_docstrings=True)


def matches(pattern: str, words: str) -> AfterValidator:
    """A check that a text that is not empty has this form; `words` of one that has not."""
    return check(lambda value: re.fullmatch(pattern, value) is not None, words)


def check(holds: Callable[[Any], bool], words: str) -> AfterValidator:
    """A check of a value that is not empty; `words` where it does not hold."""

    def checked(value: Any) -> Any:
        if value and not holds(value):
            raise ValueError(words)
        return value

    return AfterValidator(checked)


def _public_url(value: str) -> str:
    parts = urls.split(value)
    if not value:
        return value  # drop-in mode: nobody can set it to nothing
    if parts is None:
        raise ValueError("is not an absolute http or https address")
    if parts.path.strip("/") or "?" in value or "#" in value:
        raise ValueError("must be scheme and host only, such as https://login.example.org")
    if parts.scheme == "http" and not urls.is_loopback(parts.hostname):
        raise ValueError("must begin with https:// (http is for localhost only)")
    return value.rstrip("/")


def _is_port(value: str) -> bool:
    match = re.fullmatch(r"(?:\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):([0-9]{1,5})", value)
    return match is not None and int(match[1]) <= 65535


def _is_here(value: Any, info: ValidationInfo) -> Any:
    """In drop-in mode nothing but this machine may be listened to or answered for."""
    hosts = value if isinstance(value, list) else [value.rpartition(":")[0].strip("[]")] if value else []
    if info.data.get("public_url") == "" and not all(map(urls.is_loopback, hosts)):
        raise ValueError("can be this machine only (localhost, 127.0.0.1) while PORTICO_PUBLIC_URL is not set")
    return value


def _has_api(value: SecretStr, info: ValidationInfo) -> SecretStr:
    """A token is for an API whose address, set before it, is known (a wrong one has its own sentence)."""
    address = str(info.field_name).replace("_token", "_url")
    if value.get_secret_value() and info.data.get(address) == "":
        raise ValueError(f"is for an API without address: PORTICO_{address.upper()} is missing")
    return value


def _is_strong(value: Any, info: ValidationInfo) -> Any:
    """A secret key, or several; on a developer's machine examples are fair."""
    keys = [key.get_secret_value() for key in (value if isinstance(value, list) else [value])]
    public_url = info.data.get("public_url")
    shortest = MIN_DROP_IN_SECRET if public_url == "" else MIN_SECRET
    if any(len(key) < shortest for key in keys):
        raise ValueError(f"is too short: at least {shortest} random characters are needed {MAKE_KEYS}")
    if str(public_url).startswith("https:") and (weak := next(filter(None, map(weakness, keys)), "")):
        raise ValueError(f"{weak}: random characters are needed {MAKE_KEYS}")
    return value


Url = Annotated[
    str,
    check(lambda value: urls.split(value) is not None, "is not an absolute http or https address"),
    AfterValidator(lambda value: value.rstrip("/")),
]
PublicUrl = Annotated[str, AfterValidator(_public_url)]
HttpsLink = Annotated[
    str, check(lambda value: urls.https_link(value) == value, "is not an address that begins with https://")
]
Address = Annotated[
    str, check(_is_port, "is not an address and port, such as 127.0.0.1:3000"), AfterValidator(_is_here)
]
OwnHosts = Annotated[list[str], AfterValidator(_is_here)]
Hosts = Annotated[
    list[str],
    check(
        lambda hosts: all(re.fullmatch(r"[a-z0-9.-]+(:[0-9]{1,5})?", host) for host in hosts),
        "must be names of hosts in small letters, such as cdn.example.org",
    ),
]
SecretKey = Annotated[SecretStr, AfterValidator(_is_strong)]
SecretKeys = Annotated[list[SecretStr], AfterValidator(_is_strong)]
Token = Annotated[
    SecretStr,
    check(
        lambda value: re.fullmatch("[!-~]*", value.get_secret_value()) is not None,
        "must be one word of letters, digits and signs of ASCII: no header carries anything else",
    ),
    AfterValidator(_has_api),
]
Storage = Annotated[
    SecretStr,
    check(
        lambda value: re.match("rediss?://[^/]", value.get_secret_value()) is not None,
        "must begin with redis:// or rediss:// and name a host",
    ),
]
ReadableFile = Annotated[Path | None, check(Path.is_file, "names a file that cannot be read")]
Directory = Annotated[Path | None, check(Path.is_dir, "names a directory that does not exist")]
Language = Annotated[str, check(is_tag, "is not a language tag, such as en or pt-BR")]
