"""Kratos' identities and sessions, parsed tolerantly; ory-client's models fail on unknown values (ory/kratos#4578)."""

from collections.abc import Mapping
from dataclasses import field
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from app.ory.records import record

SECOND = 1_000_000  # in microseconds, in which all times are compared
EPOCH, MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
Json = Mapping[str, Any]


def text(value: object) -> str:
    """Return the value if it is a string, else ""."""
    return value if isinstance(value, str) else ""


def mapping(value: object) -> Json:
    """Return the value if it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Any]:
    """Return the value if it is a JSON array, else an empty one."""
    return value if isinstance(value, list) else []


def strings(value: object) -> tuple[str, ...]:
    """Return the non-empty strings of a JSON array, each once, in order."""
    return tuple(dict.fromkeys([item for item in items(value) if isinstance(item, str) and item])) if value else ()


def micros(value: object) -> int | None:
    """Return an RFC 3339 time as microseconds since 1970, None for anything else; a float would not be exact."""
    try:
        moment = datetime.fromisoformat(text(value))
    except ValueError:
        return None
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - EPOCH) // MICROSECOND


def moment(microseconds: int | None) -> datetime | None:
    """Return the time; None for an unknown one: None, 0, Go's zero time (before 1970), or a time far too late."""
    return EPOCH + microseconds * MICROSECOND if microseconds and 0 < microseconds < 2**57 else None


@record
class Method:
    """One proof of a person: Kratos' method and AAL, its time (microseconds since 1970), its social `provider`."""

    name: str
    aal: str
    completed_at: int
    provider: str = ""

    @classmethod
    def parse(cls, data: object) -> Self:
        """Parse an item of `authentication_methods`; missing fields are empty."""
        raw = mapping(data)
        completed_at = micros(raw.get("completed_at")) or 0
        return cls(text(raw.get("method")), text(raw.get("aal")), completed_at, text(raw.get("provider")))


@record
class Identity:
    """A person in Kratos; the operator's schema defines the traits."""

    id: str
    state: str
    raw: Json = field(repr=False)

    @classmethod
    def parse(cls, data: object) -> Self:
        """Parse an identity; it is active if it has no state."""
        raw = mapping(data)
        return cls(text(raw.get("id")), text(raw.get("state")) or "active", raw)


@record
class Session:
    """An active Kratos session and its identity."""

    id: str
    identity: Identity
    aal: str
    methods: tuple[Method, ...]
    expires_at: int | None
    raw: Json = field(default_factory=dict, repr=False)

    @classmethod
    def parse(cls, data: object) -> Self | None:
        """Parse a session; None if it is not active or has no identity, whatever the HTTP status was."""
        raw = mapping(data)
        identity = Identity.parse(raw.get("identity"))
        if raw.get("active") is not True or not text(raw.get("id")) or not identity.id:
            return None
        return cls(
            id=text(raw.get("id")),
            identity=identity,
            aal="aal2" if raw.get("authenticator_assurance_level") == "aal2" else "aal1",
            methods=tuple(map(Method.parse, items(raw.get("authentication_methods")))),
            expires_at=micros(raw.get("expires_at")),
            raw=raw,
        )


@record
class Whoami:
    """Kratos' answer to `/sessions/whoami`: a session, nobody, or a person who has to give a second factor."""

    now: int  # the answer's Date in microseconds, so that only times of Kratos' clock are compared
    session: Session | None = None
    aal2_required: bool = False
    session_unusable: bool = False  # for example it has ended: an earlier proof may belong to it

    @property
    def is_nobody(self) -> bool:
        """Whether nobody is signed in, not even a person who has to give a second factor."""
        return self.session is None and not self.aal2_required
