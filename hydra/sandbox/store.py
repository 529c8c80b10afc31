"""What the stand-in remembers: configuration, clients, login and consent sessions, codes, tokens, the signing key."""

import json
import re
import secrets
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import unquote_plus, urlencode, urlsplit, urlunsplit
from uuid import uuid4

from cryptography.fernet import Fernet, InvalidToken
from flask import current_app
from joserfc.jwk import RSAKey
from werkzeug.local import LocalProxy

from hydra.sandbox.errors import refuse_if, refused
from kratos.sandbox import clock

PAGES = ("login", "consent", "logout", "error", "post_logout_redirect")
TTL = {"login_consent_request": "30m", "authentication_session": "720h", "access_token": "1h", "id_token": "1h"}
TTL |= {"refresh_token": "720h", "auth_code": "10m", "device_user_code": "15m"}


def timestamp(when: float | None = None) -> str:
    return datetime.fromtimestamp(clock.time() if when is None else when, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def pairs(query: str) -> list[tuple[str, str]]:
    """A query as Go reads it: a pair with a raw `;` or a broken escape is none."""
    good = (pair for pair in query.split("&") if pair and not re.search(";|%(?![0-9A-Fa-f]{2})", pair))
    return [(unquote_plus(name), unquote_plus(value)) for name, _, value in (pair.partition("=") for pair in good)]


def with_query(url: str, **new: str) -> str:
    """The URL with these parameters set, the others kept, all in alphabetical order as Go prints them."""
    parts = urlsplit(url)
    query = [(k, v) for k, v in pairs(parts.query) if k not in new] + list(new.items())
    return urlunsplit(parts._replace(query=urlencode(sorted(query, key=lambda pair: pair[0]))))


class Config:
    """The part of hydra.yml the stand-in understands, with Hydra's defaults. Times are in seconds."""

    def __init__(self, raw: dict[str, Any]) -> None:
        """Raises KeyError or ValueError when `urls.*` lacks a page or a duration is malformed."""
        serve, urls = raw.get("serve", {}), raw["urls"]
        public, admin = serve.get("public", {}), serve.get("admin", {})
        self.public_address: tuple[str, int] = (public.get("host", ""), int(public.get("port", 4444)))
        self.admin_address: tuple[str, int] = (admin.get("host", ""), int(admin.get("port", 4445)))
        self.issuer: str = urls["self"]["issuer"]
        self.public_url: str = urls["self"].get("public", self.issuer).rstrip("/")
        self.pages: dict[str, str] = {name: urls[name] for name in PAGES}
        self.pages["registration"] = urls.get("registration", self.pages["login"])
        self.pages |= {f"device_{name}": url for name, url in urls.get("device", {}).items()}
        self.identity_provider: str | None = urls.get("identity_provider", {}).get("url")
        self.same_site: str = serve.get("cookies", {}).get("same_site_mode", "Lax")
        self.dev = bool(raw.get("dev"))
        self.cookie_suffix = "_dev" if self.dev else ""
        ttl = (TTL | raw.get("ttl", {})).items()
        self.ttl = {name: clock.duration(str(value)).total_seconds() for name, value in ttl}
        supported = raw.get("webfinger", {}).get("oidc_discovery", {}).get("supported_scope", [])
        self.scopes = list(dict.fromkeys(["offline_access", "offline", "openid", *supported]))


@dataclass
class Store:
    """Every dict is keyed by what a request presents: client id, sid, flow id, code, token, challenge."""

    config: Config
    clients: dict[str, dict[str, Any]] = field(default_factory=dict)
    logins: dict[str, dict[str, Any]] = field(default_factory=dict)
    consents: dict[str, dict[str, Any]] = field(default_factory=dict)
    codes: dict[str, dict[str, Any]] = field(default_factory=dict)
    devices: dict[str, dict[str, Any]] = field(default_factory=dict)
    access_tokens: dict[str, dict[str, Any]] = field(default_factory=dict)
    refresh_tokens: dict[str, dict[str, Any]] = field(default_factory=dict)
    logouts: dict[str, dict[str, Any]] = field(default_factory=dict)
    key: RSAKey = field(
        default_factory=lambda: RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256", "kid": str(uuid4())})
    )
    cipher: Fernet = field(default_factory=lambda: Fernet(Fernet.generate_key()))

    def seal(self, purpose: str, value: dict[str, Any]) -> str:
        """An opaque string; like Hydra's challenges it carries the whole flow and opens for its own purpose only."""
        # Hydra's cipher has a longer nonce and its flow more fields: the filler makes up for both.
        value = value | {"purpose": purpose, "filler": secrets.token_hex(48)}
        return self.cipher.encrypt(zlib.compress(json.dumps(value).encode(), 9)).decode()

    def open(self, purpose: str, sealed: str) -> dict[str, Any]:
        """Raises OAuth2Error: 404 for garbage and foreign purposes, 401 after `ttl.login_consent_request`."""
        try:
            value: dict[str, Any] = json.loads(zlib.decompress(self.cipher.decrypt(sealed.encode())))
        except InvalidToken:
            raise refused("not_found") from None
        refuse_if(value.pop("purpose") != purpose, "not_found")
        end = value.get("requested_at", clock.time()) + self.config.ttl["login_consent_request"]
        refuse_if(end < clock.time(), "challenge_expired", kind=purpose.partition("_")[0])
        return value

    def remembered_login(self, sid: str) -> dict[str, Any] | None:
        session = self.logins.get(sid)
        return session if session and session["remember"] else None

    def live_consents(self, subject: str) -> list[dict[str, Any]]:
        """Granted by a person, not skipped, not expired; oldest first. Hydra counts remember_for from the request."""
        return [
            flow
            for flow in self.consents.values()
            if flow["subject"] == subject
            and not flow["consent_skip"]
            and (not flow["consent_remember_for"] or flow["requested_at"] + flow["consent_remember_for"] > clock.time())
        ]

    def revoke_tokens(self, request_id: str) -> None:
        for tokens in (self.access_tokens, self.refresh_tokens):
            for token in [token for token, grant in tokens.items() if grant["request_id"] == request_id]:
                del tokens[token]


# That of the API whose request is at hand.
store = cast("Store", LocalProxy(lambda: current_app.extensions["store"]))
