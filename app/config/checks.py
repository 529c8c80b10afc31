"""Checks of single values that several settings share; what they say of a wrong one follows the setting's name."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, SecretStr, ValidationInfo

from app import urls
from app.config.secret_keys import weakness
from app.http.languages import is_tag

MAKE_KEYS = "(python3 -c 'import secrets; print(secrets.token_urlsafe(48))' makes some)"
WEAK_KEYS = {
    "example": "holds words of a published example, which anybody can look up",
    "pattern": "can be guessed, because it repeats itself or follows the alphabet",
}


def _is_address(value: str) -> str:
    found = re.fullmatch(r"(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):([0-9]{1,5})", value)
    if value and (found is None or int(found[2]) > 65535):
        raise ValueError("is not an address and port, such as 127.0.0.1:3000")
    return value


def _is_storage(value: SecretStr) -> SecretStr:
    if value.get_secret_value() and not re.match(r"rediss?://[^/]", value.get_secret_value()):
        raise ValueError("must begin with redis:// or rediss:// and name a host")
    return value


def _is_token(value: SecretStr, info: ValidationInfo) -> SecretStr:
    """A bearer token, for an API whose address, set before it, is known (a wrong one has its own sentence)."""
    if not re.fullmatch(r"[!-~]*", value.get_secret_value()):
        raise ValueError("must be one word of letters, digits and signs of ASCII: no header carries anything else")
    address = str(info.field_name).replace("_token", "_url")
    if value.get_secret_value() and info.data.get(address) == "":
        raise ValueError(f"is for an API without address: PORTICO_{address.upper()} is missing")
    return value


def _are_hosts(value: list[str]) -> list[str]:
    if not all(re.fullmatch(r"[a-z0-9.-]+(:[0-9]{1,5})?", host) for host in value):
        raise ValueError("must be names of hosts in small letters, such as cdn.example.org")
    return value


def _is_file(value: Path | None) -> Path | None:
    if value is not None and not value.is_file():
        raise ValueError("names a file that cannot be read")
    return value


def _is_directory(value: Path | None) -> Path | None:
    if value is not None and not value.is_dir():
        raise ValueError("names a directory that does not exist")
    return value


def _is_language(value: str) -> str:
    if not is_tag(value):
        raise ValueError("is not a language tag, such as en or pt-BR")
    return value


def _is_https(value: str) -> str:
    if value and urls.https_link(value) != value:
        raise ValueError("is not an address that begins with https://")
    return value


def check_keys(keys: list[str], shortest: int, is_production: bool) -> None:
    """ValueError where a secret key is too short or, in production, could be known or guessed.

    `shortest` in characters. On a developer's machine examples are fair.
    """
    if any(len(key) < shortest for key in keys):
        raise ValueError(f"is too short: at least {shortest} random characters are needed {MAKE_KEYS}")
    for weak in filter(None, map(weakness, keys)) if is_production else ():
        raise ValueError(f"{WEAK_KEYS[weak]}: random characters are needed {MAKE_KEYS}")


Address = Annotated[str, AfterValidator(_is_address)]
Storage = Annotated[SecretStr, AfterValidator(_is_storage)]
Token = Annotated[SecretStr, AfterValidator(_is_token)]
Hosts = Annotated[list[str], AfterValidator(_are_hosts)]
ReadableFile = Annotated[Path | None, AfterValidator(_is_file)]
Directory = Annotated[Path | None, AfterValidator(_is_directory)]
Language = Annotated[str, AfterValidator(_is_language)]
HttpsLink = Annotated[str, AfterValidator(_is_https)]
