"""Checks of single settings; the text for a wrong value follows the setting's name in a sentence."""

import re
import ssl
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationInfo

from app import urls
from app.config.secret_keys import weakness
from app.http.languages import is_tag

PATH = "(/[A-Za-z0-9_-]+)*"
MIN_SECRET, MIN_DROP_IN_SECRET = 32, 16  # characters
MAKE_KEYS = "(python3 -c 'import secrets; print(secrets.token_urlsafe(48))' makes some)"


class Table(BaseModel):
    """A table of settings; unknown names are mistakes, and no error contains a value."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, use_attribute_docstrings=True)


def check(holds: Callable[[Any], object], words: str) -> AfterValidator:
    """Return a check of non-empty values, with `words` for a wrong one."""
    return check_beside(lambda value, _: holds(value), words)


def check_beside(holds: Callable[[Any, Mapping[str, Any]], object], words: str) -> AfterValidator:
    """Return a check of a value together with the valid settings before it."""

    def checked(value: Any, info: ValidationInfo) -> Any:
        try:
            fits = not value or holds(value, info.data)
        except OSError:  # for example a certificate instead of the name of its file: the name is too long
            fits = False
        if not fits:
            raise ValueError(words)
        return value

    return AfterValidator(checked)


def matches(pattern: str, words: str) -> AfterValidator:
    """Return a check that a non-empty text, or each of several, matches the pattern, with `words` for a wrong one."""

    def holds(value: Any) -> bool:
        texts = [value] if isinstance(value, str | SecretStr) else value
        plain = [text.get_secret_value() if isinstance(text, SecretStr) else text for text in texts]
        return all(re.fullmatch(pattern, text) for text in plain)

    return check(holds, words)


def _as_browsers_do(url: str) -> str:
    """Return an address with scheme and host in lower case, without a default port, without a slash at the end."""
    return re.sub("(?i)^https?://[^/?#]*", lambda beginning: urls.origin(beginning[0]), url).rstrip("/")


def _is_root(url: str) -> bool:
    """Whether it is an origin, perhaps with a path of unambiguous characters."""
    parts = urls.split(url)
    return parts is not None and not {"?", "#"}.intersection(url) and re.fullmatch(PATH, parts.path) is not None


def _is_port(address: str) -> bool:
    match = re.fullmatch(r"(?:\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):([0-9]{1,5})", address)
    return match is not None and int(match[1]) <= 65535


def _is_local(value: Any, others: Mapping[str, Any]) -> bool:
    """Whether a host or address fits: in drop-in mode only those of this machine do."""
    hosts = value if isinstance(value, list) else [value.rpartition(":")[0].strip("[]")]
    return others.get("public_url") != "" or all(map(urls.is_loopback, hosts))


def _has_api(value: SecretStr, info: ValidationInfo) -> SecretStr:
    """Refuse a token without the address of its API (a wrong address has its own sentence)."""
    address = str(info.field_name).replace("_token", "_url")
    if value and info.data.get(address) == "":
        raise ValueError(f"is for an API without address: PORTICO_{address.upper()} is missing")
    return value


def _is_strong(value: Any, info: ValidationInfo) -> Any:
    """Refuse weak secret keys; published examples are allowed on a developer's machine."""
    keys = [key.get_secret_value() for key in (value if isinstance(value, list) else [value])]
    public_url = info.data.get("public_url")
    shortest = MIN_DROP_IN_SECRET if public_url == "" else MIN_SECRET
    if any(len(key) < shortest for key in keys):
        raise ValueError(f"is too short: at least {shortest} random characters are needed {MAKE_KEYS}")
    if str(public_url).startswith("https:") and (weak := next(filter(None, map(weakness, keys)), "")):
        raise ValueError(f"{weak}: random characters are needed {MAKE_KEYS}")
    return value


def _is_of_redis(storage: SecretStr) -> bool:
    """Whether Redis' client accepts the address, without a connection; else the first try of a code would fail."""
    from redis import ConnectionPool, RedisError

    try:
        ConnectionPool.from_url(storage.get_secret_value()).make_connection()
    except (RedisError, TypeError, ValueError):
        return False
    return True


HTTPS_OR_LOOPBACK = check(
    lambda url: url.startswith("https:") or urls.is_local(url), "must begin with https:// (http is for localhost only)"
)
LOCAL = check_beside(_is_local, "can be this machine only (localhost, 127.0.0.1) while PORTICO_PUBLIC_URL is not set")
Url = Annotated[str, check(urls.split, "is not an absolute http or https address"), AfterValidator(_as_browsers_do)]
A_PATH = "a path of letters, digits, - and _, such as /auth"
PublicUrl = Annotated[Url, check(_is_root, f"must be scheme and host, and at most {A_PATH}"), HTTPS_OR_LOOPBACK]
BasePath = Annotated[
    str,
    AfterValidator(lambda path: path.rstrip("/")),
    matches(PATH, f"is not {A_PATH}"),
    check_beside(  # public_url contains the path
        lambda _, others: not others.get("public_url"), "is for drop-in mode: write the path into PORTICO_PUBLIC_URL"
    ),
]
Origin = Annotated[
    str,
    Field(min_length=1),
    check(
        lambda url: urls.origin(url) == url and "*" not in url,
        "is not one exact origin, such as https://app.example.org",
    ),
    HTTPS_OR_LOOPBACK,
]
HttpsLink = Annotated[
    str, check(lambda url: urls.https_link(url) == url, "is not an address that begins with https://")
]
Address = Annotated[str, check(_is_port, "is not an address and port, such as 127.0.0.1:3000"), LOCAL]
OtherAddress = Annotated[
    Address,
    check_beside(
        lambda address, others: address != others.get("listen"), "must be another address than PORTICO_LISTEN"
    ),
]
OwnHosts = Annotated[list[str], LOCAL]
Hosts = Annotated[
    list[str], matches(r"[a-z0-9.-]+(:[0-9]{1,5})?", "must be names of hosts in small letters, such as cdn.example.org")
]
SecretKey = Annotated[SecretStr, AfterValidator(_is_strong)]
SecretKeys = Annotated[list[SecretStr], AfterValidator(_is_strong)]
Token = Annotated[
    SecretStr,
    matches("[!-~]*", "must be one word of letters, digits and signs of ASCII: no header carries anything else"),
    AfterValidator(_has_api),
]
NO_REDIS = "cannot be read: its port, what follows ?, or # / ? in a password, which are %23 %2F %3F there"
Storage = Annotated[
    SecretStr,
    matches("rediss?://[^/].*", "must begin with redis:// or rediss:// and name a host"),
    check(_is_of_redis, NO_REDIS),
]
NO_CERTIFICATES = "names a file that cannot be read, or has no certificates in it (PEM)"
Certificates = Annotated[Path | None, check(lambda path: ssl.create_default_context(cafile=path), NO_CERTIFICATES)]
Directory = Annotated[
    Path | None,
    check(Path.is_dir, "names a directory that does not exist; a relative path begins where Portico is started"),
]
Language = Annotated[str, check(is_tag, "is not a language tag, such as en or pt-BR")]
