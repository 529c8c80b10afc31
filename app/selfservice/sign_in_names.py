"""What people sign in with, and what they are called, by what their identity's schema says."""

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
    """The schema of this id, all of them for "", none where Kratos cannot be asked."""
    try:
        return deployment().kratos.schemas(schema_id)
    except PorticoError:
        return ()


def sign_in_name(identity: Json, methods: Container[str] = ("password",)) -> str:
    """What a person signs in with by these methods: by their schema where it can be had, else what very likely is."""
    known = schemas(schema_id) if (schema_id := text(identity.get("schema_id"))) else ()
    for path in chain.from_iterable(identifiers(schema, methods) for schema in known):
        for value in items(trait := value_at(identity, path)) or [trait]:
            if isinstance(value, str | int) and not isinstance(value, bool) and value != "":
                return str(value)
    return identity_names.likely_sign_in_name(identity)


def identifier_of(flow: Flow) -> str:
    """The identifier of the person who has to prove more or sees their settings, "" if that is not known."""
    session = None
    if flow.refresh:
        session = ask_whoami().session
    elif flow.requested_aal == "aal2":
        with suppress(UpstreamError):
            session = ask_whoami().session
    identity = session.identity.raw if session else flow.identity
    methods = {node.group for node in flow.nodes} if flow.refresh else ("password",)  # who proves more types it anew
    return sign_in_name(identity, methods) if identity else ""


def display_name(identity: Identity) -> str:
    """What a person is called: where no trait is known to name people, what they sign in with, else their id."""
    return identity_names.display_name(identity.raw) or sign_in_name(identity.raw) or identity.id
