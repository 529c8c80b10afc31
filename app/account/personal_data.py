"""What is known of a person, as the file they download: Kratos' and Hydra's own names for it."""

from collections.abc import Iterable
from typing import Any

from app.ory.challenges import Grant
from app.ory.models import Session, moment

# What `whoami` tells of a person that is theirs; no secret, and nothing an operator keeps about them for himself.
IDENTITY = (
    *("id", "schema_id", "state", "traits", "verifiable_addresses", "recovery_addresses", "metadata_public"),
    *("organization_id", "created_at", "updated_at"),
)
SESSION = ("id", "issued_at", "authenticated_at", "expires_at", "authentication_methods", "devices")


def of(session: Session, others: Iterable[Session], grants: Iterable[Grant]) -> dict[str, Any]:
    """The content of the file: identity, this session and the person's others, applications."""
    return {
        "identity": {name: session.identity.raw[name] for name in IDENTITY if name in session.identity.raw},
        "sessions": [{name: each.raw.get(name) for name in SESSION} for each in (session, *others)],
        "apps": [_app(grant) for grant in grants],
    }


def _app(grant: Grant) -> dict[str, Any]:
    allowed_at = moment(grant.at)
    return {
        "client_id": grant.client.id,
        "client_name": grant.client.title,
        "scopes": grant.scopes,
        "audience": grant.audience,
        "allowed_at": allowed_at and allowed_at.isoformat(),
    }
