"""The parameters of an authorization request, read from `request_url` exactly as Hydra reads them (Go, fosite)."""

import base64
import json
import re
from collections.abc import Iterable, Mapping
from typing import Self

from app import urls
from app.ory.models import Json, mapping, strings, text
from app.ory.records import record

MAX_HINT = 320  # characters of login_hint; no e-mail address has more
MAX_OBJECT = 64 * 1024  # characters of a request object; the parameters in a longer one count as hidden
# Hydra reads max_age with Go's ParseInt; Python's int takes no more than 4300 digits, zeros included.
_SECONDS = re.compile(r"(?:\+?0*|-0*(?=0\Z))([0-9]{1,15})")
_BASE64URL = re.compile("[A-Za-z0-9_-]*")  # Go's decoder refuses padding; Python's skips unknown characters


@record
class Parameters:
    """The parameters of an authorization request that a login page can see."""

    prompt: frozenset[str]
    max_age: int | None
    acr_values: tuple[str, ...]
    login_hint: str  # the identifier that the application expects
    popup: bool  # display=popup
    ui_locales: tuple[str, ...]  # language tags, the most wanted first
    identity_schema: str  # Kratos' schema for a sign-up
    redirect_uri: str  # "" if `hidden`: the one in the query does not count then
    hidden: bool  # by `request_uri`, PAR, POST or a raw #: it may have a prompt or max_age that we cannot see
    has_request_object: bool
    resource: tuple[str, ...]  # the tokens' audience (RFC 8707), each once
    expires_at: float | None  # of the request object, seconds since 1970 (RFC 9101 section 10.2)

    @classmethod
    def parse(cls, request_url: str, context: object = None) -> Self:
        """Parse the query, overridden by a `request` object; Hydra's `oidc_context` also has hidden values."""
        pairs = urls.pairs(request_url)
        query = dict(reversed(pairs))  # the first value counts
        # Hydra also reads what follows a raw #; a browser that is sent to this URL again does not send it.
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
        """Whether Hydra would accept the request again: not by `request_uri` or POST, and not if it has expired."""
        return not self.hidden and (self.expires_at is None or self.expires_at > now)


def _resources(pairs: Iterable[tuple[str, str]], claims: Json) -> tuple[str, ...]:
    """Return the `resource` parameters, each once: repeated in the query, a string or array in a request object."""
    inside = claims.get("resource")
    if inside is None:
        return tuple(dict.fromkeys(value for name, value in pairs if name == "resource"))
    return tuple(dict.fromkeys(map(_as_go_prints, inside if isinstance(inside, list) else [inside])))


def _has_request_object(query: Mapping[str, str]) -> bool:
    """Whether Hydra reads `request`: only if the query's scope has openid, in any case (Go's ToLower makes İ an i)."""
    if not query.get("request"):
        return False
    words = urls.words(query.get("scope", ""))
    scopes = [scope.replace("\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}", "i").lower() for scope in words]
    return "openid" in scopes


def _seconds(age: object) -> int | None:
    """Parse max_age; accept a number in a request object, though Hydra cannot read it (Go's `%s` adds letters)."""
    seconds = _SECONDS.fullmatch(str(age))
    return int(seconds[1]) if seconds else None


def _time(at: object) -> float | None:
    return float(at) if isinstance(at, int | float) and not isinstance(at, bool) and abs(at) < 1e12 else None


def _as_go_prints(value: object, nothing: str = "%!s(<nil>)") -> str:
    """Return a claim of a request object as fosite turns it into a parameter: `fmt.Sprintf("%s", value)`."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # Go replaces half a surrogate pair
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
    """Return the unverified claims of a compact JWT, signed or not, else None (Hydra also takes a JWS in JSON)."""
    parts = "".join(token.split()).split(".") if len(token) <= MAX_OBJECT else []
    if len(parts) != 3 or not all(map(_BASE64URL.fullmatch, parts)):
        return None
    try:
        decoded = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        payload = json.loads(decoded.decode(errors="replace"))
        _as_go_prints(payload)  # RecursionError for JSON nested so deeply that only Go can read it
    except (ValueError, RecursionError):
        return None
    return payload if isinstance(payload, dict) else None
