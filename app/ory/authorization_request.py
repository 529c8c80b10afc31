"""What an authorization request asked for, read out of `request_url` exactly as Hydra reads it (Go, fosite)."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app import urls
from app.ory.models import Json, mapping, strings, text

MAX_HINT = 320  # characters of login_hint; an e-mail address has no more
MAX_OBJECT = 64 * 1024  # characters of a request object that is read; what is in a longer one counts as hidden
_INTEGER = re.compile(r"[+-]?0{0,64}[0-9]{1,15}")  # what Go's ParseInt takes for max_age at Hydra
_BASE64URL = re.compile("[A-Za-z0-9_-]*")  # Go's decoder takes no padding, Python's passes over what it does not know


@dataclass(frozen=True, slots=True)
class Parameters:
    """What the authorization request asked for, as far as a login page can see it."""

    prompt: frozenset[str]
    max_age: int | None
    acr_values: tuple[str, ...]
    login_hint: str  # whom the application expects, for an identifier field
    popup: bool  # display=popup
    ui_locales: tuple[str, ...]  # language tags, the most wanted first
    identity_schema: str  # Kratos' schema for who signs up
    redirect_uri: str  # "" where hidden: the query's is none then
    hidden: bool  # by `request_uri`, PAR or POST, or with a raw #: prompt and max_age may have been in it unseen
    has_request_object: bool
    resource: tuple[str, ...]  # whom the tokens are for (RFC 8707), each once
    expires_at: float | None  # the end of the request object's life, seconds since 1970 (RFC 9101 section 10.2)

    @classmethod
    def parse(cls, request_url: str, context: object = None) -> Parameters:
        """Read the query under the payload of a `request` object; `context`, Hydra's `oidc`, tells of hidden ones."""
        pairs = urls.pairs(request_url)
        query = dict(reversed(pairs))  # the first of several counts
        # Hydra reads on behind a raw #, which no browser sends, until it goes to this address itself.
        hidden = not query.get("client_id") or bool(query.get("request_uri")) or "#" in request_url
        has_object = _has_request_object(query)
        payload = jwt_payload(query["request"]) if has_object else {}
        hidden, claims = hidden or payload is None, payload or {}
        parameters = query | {name: _as_go_prints(value) for name, value in claims.items()}
        oidc = mapping(context)
        hint = text(oidc.get("login_hint")) or parameters.get("login_hint", "")
        return cls(
            prompt=frozenset(urls.words(parameters.get("prompt", ""))),
            max_age=_seconds(claims.get("max_age", parameters.get("max_age"))),
            acr_values=(strings(oidc.get("acr_values")) or strings(parameters.get("acr_values", "").split(" ")))[:20],
            login_hint="".join(character for character in hint[:MAX_HINT] if character.isprintable()),
            popup=(oidc.get("display") or parameters.get("display")) == "popup",
            ui_locales=strings(oidc.get("ui_locales")) or strings(parameters.get("ui_locales", "").split(" ")),
            identity_schema=parameters.get("identity_schema", ""),
            redirect_uri="" if hidden else parameters.get("redirect_uri", ""),
            hidden=hidden,
            has_request_object=has_object or bool(query.get("request_uri")),
            resource=_resources(pairs, claims),
            expires_at=_time(claims.get("exp")),
        )

    def can_be_repeated(self, now: float) -> bool:
        """Whether Hydra would take the request again: not what came by `request_uri`, by POST, or has expired."""
        return not self.hidden and (self.expires_at is None or self.expires_at > now)


def _resources(pairs: Iterable[tuple[str, str]], claims: Json) -> tuple[str, ...]:
    """The `resource` parameters, each once: repeated in the query, a string or an array in a request object."""
    inside = claims.get("resource")
    if inside is None:
        return tuple(dict.fromkeys(value for name, value in pairs if name == "resource"))
    return tuple(dict.fromkeys(map(_as_go_prints, inside if isinstance(inside, list) else [inside])))


def _has_request_object(query: Mapping[str, str]) -> bool:
    """Hydra looks at `request` only where the query itself says openid, in any case (strings.ToLower makes İ an i)."""
    if not query.get("request"):
        return False
    words = urls.words(query.get("scope", ""))
    scopes = [scope.replace("\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}", "i").lower() for scope in words]
    return "openid" in scopes


def _seconds(age: object) -> int | None:
    """A max_age; a number in a request object is meant as one, although Hydra cannot read it (its `%s` prints more)."""
    seconds = int(str(age)) if _INTEGER.fullmatch(str(age)) else -1
    return seconds if seconds >= 0 else None


def _time(at: object) -> float | None:
    return float(at) if isinstance(at, int | float) and not isinstance(at, bool) and abs(at) < 1e12 else None


def _as_go_prints(value: object, nothing: str = "%!s(<nil>)") -> str:
    """A claim of a request object as fosite takes it for a parameter: `fmt.Sprintf("%s", value)`."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # half a pair is no letter to Go
    if isinstance(value, list):
        return f"[{' '.join(_as_go_prints(item, '<nil>') for item in value)}]"
    if isinstance(value, Mapping):
        members = (f"{key}:{_as_go_prints(value[key], '<nil>')}" for key in sorted(value))
        return f"map[{' '.join(members)}]"
    if value is None:
        return nothing
    kind = "int64" if type(value) is int else type(value).__name__.replace("float", "float64")
    return f"%!s({kind}={str(value).lower()})"


def jwt_payload(token: str) -> Json | None:
    """The claims of a signed or unsigned JWT in compact form, else None (Hydra also takes a JWS in JSON)."""
    parts = "".join(token.split()).split(".") if len(token) <= MAX_OBJECT else []
    if len(parts) != 3 or not all(map(_BASE64URL.fullmatch, parts)):
        return None
    try:
        decoded = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        payload = json.loads(decoded.decode(errors="replace"))
        _as_go_prints(payload)  # Go takes what is nested too deep for this
    except (ValueError, RecursionError):
        return None
    return payload if isinstance(payload, dict) else None
