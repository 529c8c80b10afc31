"""A person's data for the file that they download, under Kratos' and Hydra's own names."""

from collections.abc import Iterable
from typing import Any

from app.ory.challenges import Grant
from app.ory.models import Session, moment

# The fields of an identity that are the person's: no secrets, and no data that the operator keeps private.
IDENTITY = (
    *("id", "schema_id", "state", "traits", "verifiable_addresses", "recovery_addresses", "metadata_public"),
    *("organization_id", "created_at", "updated_at"),
)
SESSION = ("id", "issued_at", "authenticated_at", "expires_at", "authentication_methods", "devices")


def of(session: Session, others: Iterable[Session], grants: Iterable[Grant]) -> dict[str, Any]:
    """Return the content of the file: identity, all sessions, applications."""
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
