"""Who Kratos says somebody is: no unknown value costs a page, as it does with ory-client's models (ory/kratos#4578)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

SECOND = 1_000_000
EPOCH, MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
Json = Mapping[str, Any]


def text(value: object) -> str:
    """The value if it is a string, else ""."""
    return value if isinstance(value, str) else ""


def mapping(value: object) -> Json:
    """The value if it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Any]:
    """The value if it is a JSON array, else an empty one."""
    return value if isinstance(value, list) else []


def strings(value: object) -> tuple[str, ...]:
    """The non-empty strings of a JSON array, each once, in order."""
    return tuple(dict.fromkeys([item for item in items(value) if isinstance(item, str) and item]))


def micros(value: object) -> int | None:
    """An RFC 3339 time as microseconds since 1970 (exactly: a float has not enough digits), None when it is none."""
    try:
        moment = datetime.fromisoformat(text(value))
    except ValueError:
        return None
    return (moment.replace(tzinfo=moment.tzinfo or UTC) - EPOCH) // MICROSECOND


def moment(microseconds: int | None) -> datetime | None:
    """A time since 1970; None for an unknown one: nothing, 0, Go's zero time, which is before, and far too late."""
    return EPOCH + microseconds * MICROSECOND if microseconds and 0 < microseconds < 2**57 else None


@dataclass(frozen=True, slots=True)
class Method:
    """One proof a person gave: its Kratos name, its level, when (microseconds since 1970), and by which `provider`."""

    name: str
    aal: str
    completed_at: int
    provider: str = ""

    @classmethod
    def parse(cls, data: object) -> Method:
        """Read an item of `authentication_methods`; everything that is missing is empty."""
        raw = mapping(data)
        completed_at = micros(raw.get("completed_at")) or 0
        return cls(text(raw.get("method")), text(raw.get("aal")), completed_at, text(raw.get("provider")))


@dataclass(frozen=True, slots=True)
class Identity:
    """A person as Kratos knows them; traits are whatever the operator's schema says."""

    id: str
    state: str
    raw: Json = field(repr=False)

    @classmethod
    def parse(cls, data: object) -> Identity:
        """Read an identity; without a state it is active."""
        raw = mapping(data)
        return cls(text(raw.get("id")), text(raw.get("state")) or "active", raw)


@dataclass(frozen=True, slots=True)
class Session:
    """A live Kratos session and whose it is."""

    id: str
    identity: Identity
    aal: str
    methods: tuple[Method, ...]
    expires_at: int | None
    raw: Json = field(default_factory=dict, repr=False)

    @classmethod
    def parse(cls, data: object) -> Session | None:
        """Read a session; None when it is not active or nobody's, whatever the status said."""
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


@dataclass(frozen=True, slots=True)
class Whoami:
    """Kratos' answer to "who is this browser": a session, nobody, or somebody who owes a second factor."""

    now: int  # the answer's own Date in microseconds; no clock of ours is compared with Kratos'
    session: Session | None = None
    aal2_required: bool = False
    session_unusable: bool = False  # it has ended, say, or is nobody's: an old proof may lie behind it

    @property
    def is_nobody(self) -> bool:
        """Whether nobody is signed in, not even somebody who owes a second factor."""
        return self.session is None and not self.aal2_required
