"""The session as a JWT, as Kratos makes one with a tokenizer template."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from app.ory.authorization_request import jwt_payload
from app.ory.models import mapping, text


@dataclass(frozen=True, slots=True)
class SessionToken:
    """A JWT, and the moment it expires (RFC 3339, UTC), which the template's `ttl` decides."""

    token: str = field(repr=False)
    expires_at: str

    @classmethod
    def parse(cls, data: object) -> SessionToken | None:
        """Read whoami's answer to `tokenize_as`; None when there is no token in it, or one that never expires.

        Nothing is verified: the answer comes from Kratos itself.
        """
        token = text(mapping(data).get("tokenized"))
        expires = (jwt_payload(token) or {}).get("exp")
        if not isinstance(expires, int):
            return None
        try:
            return cls(token, datetime.fromtimestamp(expires, UTC).isoformat().replace("+00:00", "Z"))
        except (ValueError, OverflowError, OSError):
            return None
