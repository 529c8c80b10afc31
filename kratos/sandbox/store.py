"""What the stand-in remembers, in memory: people, sessions, flows, errors and messages, shared by both ports."""

import secrets
import threading
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

import requests
from flask import current_app
from werkzeug.local import LocalProxy

from kratos.sandbox.bodies import fill
from kratos.sandbox.clock import now
from kratos.sandbox.config import Config
from kratos.sandbox.people import People, iso, public
from kratos.sandbox.totp import new_secret


@dataclass
class Session:
    identity_id: str
    expires_at: datetime
    user_agent: str
    ip_address: str
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    device_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    logout_token: str = field(default_factory=lambda: "ory_lo_" + secrets.token_urlsafe(24))
    issued_at: datetime = field(default_factory=now)
    authenticated_at: datetime = field(default_factory=now)
    methods: list[dict[str, str]] = field(default_factory=list)
    active: bool = True

    @property
    def cookie(self) -> str:
        return f"{self.secret}.{self.id}"

    @property
    def aal(self) -> str:
        return max((method["aal"] for method in self.methods), default="aal1")


@dataclass
class Flow:
    """One self-service flow: `kind` and `state` name its recorded body, `csrf` is the unmasked token it began with.

    `name` is Kratos' word for the flow (`login`); its `kind` is that too, or says more of it (`refresh`).
    """

    name: str
    kind: str
    csrf: bytes
    request_url: str
    return_to: str
    issued_at: datetime
    expires_at: datetime
    organization_id: str | None = None
    state: str = "choose_method"
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    identity_id: str = ""  # whose settings, or who shall prove again who they are
    identifier: str = ""
    traits: dict[str, Any] = field(default_factory=dict)  # as they were posted last
    agreed_traits: dict[str, Any] = field(default_factory=dict)  # as they were posted to a registration's code screen
    codes: dict[str, tuple[str, datetime]] = field(default_factory=dict)  # code -> whom or what it proves, end
    tries: int = 0
    link_code: str = ""  # of the link in a mail
    used: bool = False
    predecessor_expired_at: datetime | None = None
    totp_secret: str = field(default_factory=new_secret)
    lookup_codes: list[str] = field(default_factory=list)  # made, and not confirmed yet
    identifier_verified: bool = False  # a social provider says so
    length: int = 0  # of the password or code that was posted
    next_id: str = ""  # of the flow that the form of a saved one is posted to
    held: dict[str, str] | None = None  # a form of settings that waits for its person to sign in again


class Store(People):
    """Everything the two APIs share; only the courier waits for others, in its own thread."""

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self.sessions: dict[str, Session] = {}
        self.flows: dict[str, Flow] = {}
        self.errors: dict[str, dict[str, Any]] = {}
        self.messages: list[dict[str, Any]] = []
        # people on their way through the social provider: their flow, their browser's CSRF token, PKCE's verifier
        self.journeys: dict[str, tuple[Flow, bytes, str]] = {}

    def drop_identity(self, identity_id: str) -> None:
        del self.identities[identity_id], self.credentials[identity_id]
        self.sessions = {key: session for key, session in self.sessions.items() if session.identity_id != identity_id}

    # Sessions

    def live_session(self, cookie: str) -> Session | None:
        """Find the session of a cookie; a revoked or outlived one, or one of a disabled identity, is none."""
        session = self.sessions.get(cookie.rpartition(".")[2])
        is_known = session is not None and secrets.compare_digest(session.cookie.encode(), cookie.encode())
        return session if session and is_known and self.is_live(session) else None

    def is_live(self, session: Session) -> bool:
        enabled = self.identities[session.identity_id]["state"] == "active"
        return session.active and enabled and session.expires_at > now()

    def is_strong(self, session: Session) -> bool:
        """Tell whether the session is as strong as its person can make it (`required_aal: highest_available`)."""
        return session.aal >= self.credentials[session.identity_id].aal

    def is_enough(self, session: Session) -> bool:
        """Tell whether whoami answers for the session (`session.whoami.required_aal`)."""
        return self.config.whoami_aal == "aal1" or self.is_strong(session)

    def session_body(self, session: Session) -> Any:
        body = fill(
            "session",
            id=session.id,
            active=self.is_live(session),
            authentication_methods=session.methods,
            device_id=session.device_id,
            user_agent=session.user_agent,
            ip_address=session.ip_address,
            identity=public(self.identities[session.identity_id]),
            **{key: iso(getattr(session, key)) for key in ("expires_at", "authenticated_at", "issued_at")},
        )
        return body | {"authenticator_assurance_level": session.aal}

    def others(self, session: Session) -> list[Session]:
        """Give the sessions the same person has elsewhere, newest first, ended ones too."""
        everywhere = reversed(self.sessions.values())
        return [other for other in everywhere if other.identity_id == session.identity_id and other is not session]

    def authenticate(self, session: Session, method: dict[str, str]) -> None:
        """Note a completed method: the session is as fresh, and lives as long, as if it began now."""
        self.note(session, method)
        session.authenticated_at = now()
        session.expires_at = session.authenticated_at + self.config.session_lifespan

    def note(self, session: Session, method: dict[str, str]) -> None:
        """Note a method, by default of the first level; setting up a second factor does this and no more."""
        session.methods.append({"aal": "aal1", "completed_at": iso(now())} | method)

    def send_code(self, flow: Flow, proves: str, recipient: str) -> None:
        """Make a fresh six-digit code for the flow, which ends the ones before it, and hand it to the courier."""
        code = f"{secrets.randbelow(10**6):06d}"
        flow.codes = {code: (proves, now() + self.config.code_lifespan)}
        times = dict.fromkeys(("created_at", "updated_at"), iso(now()))
        values = {"code": code, "recipient": recipient, "id": flow.id, "public_url": self.config.public_url}
        message = fill(f"messages/{flow.name}", **values, **times)
        self.messages.insert(0, message)
        threading.Thread(target=self._deliver, args=(message,), daemon=True).start()

    def _deliver(self, message: dict[str, Any]) -> None:
        fields = ("recipient", "template_type", "subject", "body")  # what kratos/courier.jsonnet makes of a message
        try:
            requests.post(self.config.courier_url, json={key: message[key] for key in fields}, timeout=30)
        except requests.RequestException:
            return  # Kratos tries again later; nobody waits for it here, the message stays in the admin API
        message.update(status="sent", send_count=1)


# That of the API whose request is at hand.
store = cast("Store", LocalProxy(lambda: current_app.extensions["store"]))


def expiry(when: datetime) -> dict[str, Any]:
    since: timedelta = now() - when
    return {
        "expired_at": iso(when),
        "expired_at_unix": int(when.timestamp()),
        "minutes": f"{since.total_seconds() / 60:.2f}",
        "since": int(since.total_seconds() * 10**9),
    }
