"""What Hydra asks of us: its login, consent and logout requests, parsed tolerantly."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, field

from app.domain import urls
from app.domain.models import Json, mapping, strings, text

MAX_HINT = 320  # characters of login_hint; an e-mail address has no more
_INTEGER = re.compile(r"[+-]?0{0,64}[0-9]{1,15}")  # what Go's ParseInt takes for max_age at Hydra


@dataclass(frozen=True, slots=True)
class Client:
    """An application as Hydra has it registered; only literal `true` counts as true (no "false" strings)."""

    id: str
    name: str
    skip_consent: bool
    skip_logout_consent: bool
    public: bool
    pairwise: bool
    raw: Json = field(repr=False)

    @classmethod
    def parse(cls, data: object) -> Client:
        """Read `client` of a Hydra request."""
        raw = mapping(data)
        return cls(
            id=text(raw.get("client_id")),
            name=text(raw.get("client_name")),
            skip_consent=raw.get("skip_consent") is True,
            skip_logout_consent=raw.get("skip_logout_consent") is True,
            public=raw.get("token_endpoint_auth_method") == "none",
            pairwise=raw.get("subject_type") == "pairwise",
            raw=raw,
        )

    @property
    def title(self) -> str:
        """What a page calls the application; without name and id a sign that needs no translation."""
        return self.name or self.id or "?"


@dataclass(frozen=True, slots=True)
class Parameters:
    """What the authorization request asked for, as far as a login page can see it.

    `hidden`: the request came by `request_uri`, PAR or POST, so prompt and max_age may have been in it unseen.
    `login_hint`: whom the application expects, for an identifier field. `popup`: display=popup. `ui_locales`: language
    tags, the most wanted first.
    """

    prompt: frozenset[str] = frozenset()
    max_age: int | None = None
    acr_values: tuple[str, ...] = ()
    login_hint: str = ""
    popup: bool = False
    ui_locales: tuple[str, ...] = ()
    redirect_uri: str = ""
    hidden: bool = False
    has_request_object: bool = False

    @classmethod
    def parse(cls, request_url: str, context: object = None) -> Parameters:
        """Read the query of `request_url`, overlaid by the payload of a `request` object (Hydra verified it).

        `context` is Hydra's `oidc_context`: acr_values, login_hint and display also of a request nobody else can see.
        """
        given: dict[str, object] = dict(urls.query(request_url))
        hidden = not given.get("client_id") or "request_uri" in given
        has_object = "request" in given
        if has_object:
            payload = jwt_payload(text(given["request"]))
            hidden = hidden or payload is None
            given.update(payload or {})
        told = mapping(context)
        hint = text(told.get("login_hint")) or text(given.get("login_hint"))
        age = str(given.get("max_age", ""))
        seconds = int(age) if _INTEGER.fullmatch(age) else -1
        return cls(
            prompt=frozenset(text(given.get("prompt")).split()),
            max_age=seconds if seconds >= 0 else None,
            acr_values=(strings(told.get("acr_values")) or tuple(text(given.get("acr_values")).split()))[:20],
            login_hint="".join(one for one in hint[:MAX_HINT] if one.isprintable()),
            popup=(told.get("display") or given.get("display")) == "popup",
            ui_locales=strings(told.get("ui_locales")) or tuple(text(given.get("ui_locales")).split()),
            redirect_uri=text(given.get("redirect_uri")),
            hidden=hidden,
            has_request_object=has_object or "request_uri" in given,
        )


def jwt_payload(token: str) -> Json | None:
    """The claims of a signed or unsigned JWT, None when it is encrypted or not one."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        found = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _for_device(request_url: str) -> bool:
    """Whether a device (RFC 8628) asks: such a login could have been begun by anybody, anywhere."""
    return "/oauth2/device/" in request_url.partition("?")[0]


@dataclass(frozen=True, slots=True)
class LoginRequest:
    """Hydra's login request: who it remembers (`subject` with `skip`), for which application."""

    challenge: str
    skip: bool
    subject: str
    client: Client
    request_url: str
    session_id: str
    hint_subject: str
    parameters: Parameters

    @classmethod
    def parse(cls, challenge: str, raw: Json) -> LoginRequest:
        """Read the reply of `GET /admin/oauth2/auth/requests/login`."""
        context = mapping(raw.get("oidc_context"))
        request_url = text(raw.get("request_url"))
        return cls(
            challenge=challenge,
            skip=raw.get("skip") is True,
            subject=text(raw.get("subject")),
            client=Client.parse(raw.get("client")),
            request_url=request_url,
            session_id=text(raw.get("session_id")),
            hint_subject=text(mapping(context.get("id_token_hint_claims")).get("sub")),
            parameters=Parameters.parse(request_url, raw.get("oidc_context")),
        )

    @property
    def for_device(self) -> bool:
        """Whether a device asks, which gets its answer only when it polls the next time."""
        return _for_device(self.request_url)


@dataclass(frozen=True, slots=True)
class ConsentRequest:
    """Hydra's consent request: what the application asks for, in whose name.

    `kratos_session` is what our own login accept put into `context`, "" when somebody else accepted the login.
    """

    challenge: str
    skip: bool
    subject: str
    client: Client
    request_url: str
    requested_scope: tuple[str, ...]
    requested_audience: tuple[str, ...]
    login_session_id: str
    kratos_session: str
    parameters: Parameters

    @classmethod
    def parse(cls, challenge: str, raw: Json) -> ConsentRequest:
        """Read the reply of `GET /admin/oauth2/auth/requests/consent`."""
        request_url = text(raw.get("request_url"))
        return cls(
            challenge=challenge,
            skip=raw.get("skip") is True,
            subject=text(raw.get("subject")),
            client=Client.parse(raw.get("client")),
            request_url=request_url,
            requested_scope=strings(raw.get("requested_scope")),
            requested_audience=strings(raw.get("requested_access_token_audience")),
            login_session_id=text(raw.get("login_session_id")),
            kratos_session=text(mapping(raw.get("context")).get("kratos_session")),
            parameters=Parameters.parse(request_url, raw.get("oidc_context")),
        )

    @property
    def for_device(self) -> bool:
        """Whether a device asks, which gets its answer only when it polls the next time."""
        return _for_device(self.request_url)


@dataclass(frozen=True, slots=True)
class LogoutRequest:
    """Hydra's logout request; `subject` and `sid` come from the id_token_hint, not from this browser."""

    challenge: str
    subject: str
    sid: str
    rp_initiated: bool
    client: Client | None
    request_url: str

    @classmethod
    def parse(cls, challenge: str, raw: Json) -> LogoutRequest:
        """Read the reply of `GET /admin/oauth2/auth/requests/logout`; `client` is null when we began it."""
        return cls(
            challenge=challenge,
            subject=text(raw.get("subject")),
            sid=text(raw.get("sid")),
            rp_initiated=raw.get("rp_initiated") is True,
            client=Client.parse(raw["client"]) if raw.get("client") else None,
            request_url=text(raw.get("request_url")),
        )
