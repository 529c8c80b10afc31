"""What the stand-in remembers, in memory: identities, sessions, flows, errors and messages, shared by both ports."""

import secrets
import threading
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from kratos.sandbox.bodies import fill
from kratos.sandbox.config import Config


class Refusal(Exception):
    """Kratos answers with the error recorded as `errors/<name>`; `values` fill its placeholders."""

    def __init__(self, name: str, **values: Any) -> None:
        super().__init__(name)
        self.body = fill(f"errors/{name}", **values)
        self.status: int = self.body["error"]["code"]


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
    issued_at: datetime = field(default_factory=lambda: now())
    authenticated_at: datetime = field(default_factory=lambda: now())
    methods: list[dict[str, str]] = field(default_factory=list)
    active: bool = True

    @property
    def cookie(self) -> str:
        """Give the value of the cookie ory_kratos_session."""
        return f"{self.id}.{self.secret}"


@dataclass
class Flow:
    """One self-service flow: `kind` and `state` name its recorded body, `csrf` is the unmasked token it began with."""

    kind: str
    csrf: bytes
    request_url: str
    return_to: str
    issued_at: datetime
    expires_at: datetime
    organization_id: str | None = None
    state: str = "choose_method"
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    identifier: str = ""
    codes: dict[str, tuple[str, datetime]] = field(default_factory=dict)  # code -> identity id, end
    tries: int = 0
    used: bool = False
    predecessor_expired_at: datetime | None = None


class Store:
    """Everything the two APIs share; callers hold `lock`, only the courier waits for others, in its own thread."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.lock = threading.RLock()
        self.identities: dict[str, dict[str, Any]] = {}
        self.passwords: dict[str, str] = {}
        self.sessions: dict[str, Session] = {}
        self.flows: dict[str, Flow] = {}
        self.errors: dict[str, dict[str, Any]] = {}
        self.messages: list[dict[str, Any]] = []

    # Identities

    def put_identity(self, payload: dict[str, Any], identity_id: str = "") -> dict[str, Any]:
        """Create or replace an identity from an admin payload; Refusal when its identifier is missing or taken."""
        identity_id = identity_id or str(uuid.uuid4())
        previous = self.identities.get(identity_id, {})
        traits, state, moment = payload.get("traits", {}), payload.get("state", "active"), iso(now())
        identifiers = [str(traits.get(name, "")).lower() for name in self.config.identifiers]
        if not all(identifiers):
            raise Refusal("identity_invalid")
        if any((self.find(one) or {"id": identity_id})["id"] != identity_id for one in identifiers):
            raise Refusal("identity_conflict")
        identity: dict[str, Any] = fill(
            "identity",
            id=identity_id,
            public_url=self.config.public_url,
            credentials={kind: {"type": kind, "identifiers": identifiers} for kind in ("code", "password")},
            state=state,
            traits=traits,
            email=identifiers[0],
            metadata_public=payload.get("metadata_public"),
            created_at=previous.get("created_at", moment),
            updated_at=moment,
            state_changed_at=previous["state_changed_at"] if state == previous.get("state") else moment,
        )
        identity |= {key: payload[key] for key in ("external_id", "metadata_admin") if payload.get(key)}
        known = [*payload.get("verifiable_addresses", ()), *previous.get("verifiable_addresses", ())]
        verify(identity, {one["value"] for one in known if one.get("verified")})
        password = payload.get("credentials", {}).get("password", {}).get("config", {}).get("password")
        if password:
            self.passwords[identity_id] = password
        self.identities[identity_id] = identity
        return identity

    def find(self, identifier: str) -> dict[str, Any] | None:
        """Find the identity by a credential's identifier; capital letters do not matter."""
        for identity in self.identities.values():
            if identifier.lower() in identity["credentials"]["password"]["identifiers"]:
                return identity
        return None

    def drop_identity(self, identity_id: str) -> None:
        del self.identities[identity_id]
        self.passwords.pop(identity_id, None)
        self.sessions = {key: one for key, one in self.sessions.items() if one.identity_id != identity_id}

    # Sessions

    def live_session(self, cookie: str) -> Session | None:
        """Find the session of a cookie; a revoked or outlived one, or one of a disabled identity, is none."""
        session = self.sessions.get(cookie.partition(".")[0])
        known = session is not None and secrets.compare_digest(session.cookie.encode(), cookie.encode())
        return session if session and known and self.is_live(session) else None

    def is_live(self, session: Session) -> bool:
        enabled = self.identities[session.identity_id]["state"] == "active"
        return session.active and enabled and session.expires_at > now()

    def session_body(self, session: Session) -> Any:
        """Fill in the session as whoami tells it: the identity without what only the admin API tells."""
        identity = self.identities[session.identity_id]
        return fill(
            "session",
            id=session.id,
            active=self.is_live(session),
            authentication_methods=session.methods,
            device_id=session.device_id,
            user_agent=session.user_agent,
            ip_address=session.ip_address,
            identity={key: value for key, value in identity.items() if key not in ("credentials", "metadata_admin")},
            **{key: iso(getattr(session, key)) for key in ("expires_at", "authenticated_at", "issued_at")},
        )

    def add_session(self, identity: dict[str, Any], user_agent: str, ip_address: str) -> Session:
        session = Session(identity["id"], now(), user_agent, ip_address)
        self.sessions[session.id] = session
        return session

    def authenticate(self, session: Session, method: str) -> None:
        """Note a completed method: the session is as fresh, and lives as long, as if it began now."""
        session.methods.append({"method": method, "aal": "aal1", "completed_at": iso(now())})
        session.authenticated_at = now()
        session.expires_at = session.authenticated_at + self.config.session_lifespan

    # Flows and errors

    def flow_body(self, flow: Flow, csrf_token: str) -> Any:
        """Fill in the recorded body of the flow's state."""
        expired = flow.predecessor_expired_at or flow.expires_at
        body = fill(
            f"{flow.kind}/{flow.state}",
            id=flow.id,
            public_url=self.config.public_url,
            request_url=flow.request_url,
            return_to=flow.return_to,
            organization_id=flow.organization_id,
            csrf_token=csrf_token,
            identifier=flow.identifier,
            expires_at=iso(flow.expires_at),
            **dict.fromkeys(("issued_at", "created_at", "updated_at"), iso(flow.issued_at)),
            **expiry(expired),
        )
        if not flow.return_to:
            del body["return_to"]
        return body

    def add_error(self, error: dict[str, Any]) -> str:
        error_id = str(uuid.uuid4())
        self.errors[error_id] = {"id": error_id, "error": error, "created_at": iso(now()), "updated_at": iso(now())}
        return error_id

    # Courier

    def send_code(self, flow: Flow, identity: dict[str, Any], recipient: str) -> None:
        """Make a fresh six-digit code for the flow, which ends the ones before it, and hand it to the courier."""
        code = f"{secrets.randbelow(10**6):06d}"
        flow.codes = {code: (identity["id"], now() + self.config.code_lifespan)}
        times = dict.fromkeys(("created_at", "updated_at"), iso(now()))
        message = fill("courier_message", code=code, recipient=recipient, **times)
        self.messages.insert(0, message)
        threading.Thread(target=self._deliver, args=(message,), daemon=True).start()

    def _deliver(self, message: dict[str, Any]) -> None:
        fields = ("recipient", "template_type", "subject", "body")  # what kratos/courier.jsonnet makes of a message
        try:
            requests.post(self.config.courier_url, json={key: message[key] for key in fields}, timeout=5)
        except requests.RequestException:
            return  # Kratos tries again later; nobody waits for it here, the message stays in the admin API
        message.update(status="sent", send_count=1)


def verify(identity: dict[str, Any], values: set[str]) -> None:
    """Note that these addresses are the person's own."""
    for address in identity["verifiable_addresses"]:
        if address["value"] in values and not address["verified"]:
            address |= {"verified": True, "status": "completed", "verified_at": iso(now())}


def now() -> datetime:
    return datetime.now(UTC)


def iso(when: datetime) -> str:
    return when.isoformat().replace("+00:00", "Z")


def expiry(when: datetime) -> dict[str, Any]:
    """Say in Kratos' words how long ago `when` was."""
    since: timedelta = now() - when
    return {
        "expired_at": iso(when),
        "expired_at_unix": int(when.timestamp()),
        "minutes": f"{since.total_seconds() / 60:.2f}",
        "since": int(since.total_seconds() * 10**9),
    }
