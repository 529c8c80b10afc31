"""Finds a person's sign-in name and display name by the schema of their identity."""

from collections.abc import Container
from contextlib import suppress
from itertools import chain

from app.deployment import ask_whoami, deployment
from app.errors import PorticoError, UpstreamError
from app.ory import identity_names
from app.ory.flows import Flow
from app.ory.models import Identity, Json, items, text
from app.selfservice.identity_schemas import identifiers, value_at


def schemas(schema_id: str) -> tuple[Json, ...]:
    """Return the schema of this id, all for ""; none if Kratos fails."""
    try:
        return deployment().kratos.schemas(schema_id)
    except PorticoError:
        return ()


def sign_in_name(identity: Json, methods: Container[str] = ("password",)) -> str:
    """Return a person's identifier for these methods: by their schema, else the likeliest trait."""
    known = schemas(schema_id) if (schema_id := text(identity.get("schema_id"))) else ()
    for path in chain.from_iterable(identifiers(schema, methods) for schema in known):
        for value in items(trait := value_at(identity, path)) or [trait]:
            if isinstance(value, str | int) and not isinstance(value, bool) and value != "":
                return str(value)
    return identity_names.likely_sign_in_name(identity)


def identifier_of(flow: Flow) -> str:
    """Return the identifier of a person who signs in again, adds a factor or opens the settings; "" if unknown."""
    session = None
    if flow.refresh:
        session = ask_whoami().session
    elif flow.requested_aal == "aal2":
        with suppress(UpstreamError):
            session = ask_whoami().session
    identity = session.identity.raw if session else flow.identity
    methods = {node.group for node in flow.nodes} if flow.refresh else ("password",)  # a refresh posts it again
    return sign_in_name(identity, methods) if identity else ""


def display_name(identity: Identity) -> str:
    """Return a person's name: by known traits, else their identifier, else their id."""
    return identity_names.display_name(identity.raw) or sign_in_name(identity.raw) or identity.id
