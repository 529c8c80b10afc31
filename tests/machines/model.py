"""What the machine knows without asking Portico: who asked for what, who saw what when, what was shown and chosen."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from tests.machines.records import Call, Exchange, query_of

SECRET_PARAMETERS = ("challenge", "verifier", "code", "token", "hint", "ticket")
ISSUED_LENGTH = 8  # characters; what is shorter is no secret
PART = 32  # characters of a secret that is cut


@dataclass(frozen=True)
class Client:
    """What the operator demands of an application (the settings of the machine's Portico), and how it is registered."""

    name: str
    required_aal: str = "aal1"
    required_aal_max_age: int | None = None
    max_session_age: int | None = None
    required_scopes: tuple[str, ...] = ()
    claimable: bool = False
    pairwise: bool = False


@dataclass(frozen=True)
class Authorization:
    """An authorization request as the application made it."""

    client: Client
    scope: tuple[str, ...]
    audience: tuple[str, ...] = ()
    prompt: tuple[str, ...] = ()
    max_age: int | None = None
    device: bool = False


@dataclass(frozen=True)
class Person:
    """Somebody with an account."""

    id: str
    email: str
    password: str


@dataclass(frozen=True)
class Shown:
    """A consent page."""

    challenge: str
    scopes: frozenset[str]


@dataclass(frozen=True)
class Decision:
    """An explicit yes that is to be remembered."""

    subject: str
    client: str
    requested: frozenset[str]
    granted: frozenset[str]
    audience: frozenset[str]


@dataclass
class Model:
    """Everything known of one run; `swapped`: cookies went from one browser to the other."""

    people: tuple[Person, ...]
    clients: dict[str, Client]
    origins: dict[str, str]
    authorizations: dict[str, Authorization] = field(default_factory=dict)
    first_seen: dict[tuple[int, str], float] = field(default_factory=dict)
    chosen: set[tuple[str, str]] = field(default_factory=set)
    shown: dict[str, Shown] = field(default_factory=dict)
    issued: set[str] = field(default_factory=set)
    decisions: list[Decision] = field(default_factory=list)
    secrets: set[str] = field(default_factory=set)
    nonces: set[str] = field(default_factory=set)
    swapped: bool = False
    states: int = 0

    def authorization_of(self, call: Call) -> Authorization:
        """The authorization request that a login or consent request of Hydra's came from."""
        true = call.true
        state = query_of(true["request_url"]).get("state", "")
        if state in self.authorizations:
            return self.authorizations[state]
        assert "/oauth2/device/" in true["request_url"], true["request_url"]
        client = self.clients[true["client"]["client_id"]]
        return Authorization(client, tuple(true["requested_scope"]), device=True)

    def visit(self, browser: int, url: str, now: float) -> None:
        """A browser is at this address: it has seen its challenges, and what is secret in it is known as that."""
        for challenge in challenges_in(url):
            self.first_seen.setdefault((browser, challenge), now)
        for name, value in query_of(url).items():
            if any(part in name for part in SECRET_PARAMETERS):
                self.keep_secret(value)

    def keep_secret(self, value: str) -> None:
        """It must not be in any log line, nor its beginning."""
        if len(value) >= ISSUED_LENGTH:
            self.secrets.add(value[:PART])

    def since(self, browser: int, challenge: str) -> float:
        """When this browser saw the challenge first; with swapped cookies when any did."""
        times = [
            at for (own, seen), at in self.first_seen.items() if seen == challenge and (own == browser or self.swapped)
        ]
        return min(times)


def challenges_in(url: str) -> Iterator[str]:
    """The login challenges in an address, in the addresses in its parameters too."""
    for name, value in query_of(url).items():
        if name == "login_challenge" and value:
            yield value
        elif "login_challenge" in value:
            yield from challenges_in(value)


def seconds(value: object) -> float:
    """A time of Kratos' as seconds since 1970, 0 for what is none."""
    try:
        return datetime.fromisoformat(str(value)).timestamp()
    except ValueError:
        return 0.0


def cookie_of(exchange: Exchange) -> dict[str, Any]:
    """What Portico's own cookie says; whether its signature is good is for `issued` to say."""
    payload, _, _ = exchange.cookies.get("portico", "").lstrip(".").partition(".")
    try:
        data = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
        data = zlib.decompress(data) if exchange.cookies["portico"].startswith(".") else data
        value: dict[str, Any] = json.loads(data)
    except (ValueError, KeyError, zlib.error):
        return {}
    return value


def has_good_token(model: Model, exchange: Exchange) -> bool:
    """Whether the form is one that Portico gave to who has this cookie, and came from a page of Portico's."""
    token, cookie = next(iter(exchange.posted("csrf_token")), ""), exchange.cookies.get("portico", "")
    if not {token, cookie} <= model.issued or exchange.origin != model.origins["portico"]:
        return False
    payload = token.partition(".")[0]
    try:
        random = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except ValueError:
        return False
    return bool(random) and random == cookie_of(exchange).get("csrf_token")


def origin_of(url: str) -> str:
    """Scheme, host and port, with whoever stands before the host."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
