"""Finds a person's sign-in name and display name by the schema of their identity."""

from collections.abc import Container
from contextlib import suppress
from itertools import chain

from app.deployment import ask_whoami, deployment
from app.errors import PorticoError
from app.http import inputs, time_budget
from app.ory import identity_names
from app.ory.flows import Flow, Schema
from app.ory.models import Identity, Json, items, text
from app.selfservice.identity_schemas import identifier_kinds, identifiers, value_at
from app.translations import N_

LABELS = {
    frozenset(("email",)): N_("Email"),
    frozenset(("phone",)): N_("Phone number"),
    frozenset(("username",)): N_("Username"),
    frozenset(("email", "phone")): N_("Email or phone number"),
    frozenset(("phone", "username")): N_("Phone number or username"),
    frozenset(("email", "phone", "username")): N_("Email, phone number or username"),
}


def schemas(schema_id: str) -> tuple[Schema, ...]:
    """Return the schema of this id, all for ""; none if Kratos fails."""
    try:
        return deployment().schemas.of_id(schema_id)
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
        with suppress(PorticoError):
            if (whoami := ask_whoami()).aal2_required:
                return _of_half_signed_in()
            session = whoami.session
    identity = session.identity.raw if session else flow.identity
    methods = {node.group for node in flow.nodes} if flow.refresh else ("password",)  # a refresh posts it again
    return sign_in_name(identity, methods) if identity else ""


def _of_half_signed_in() -> str:
    """Return the identifier of a person without their second factor, whom Kratos' whoami does not name.

    Kratos names them in the flow that asks for the first factor again (selfservice/flowhelpers/login.go), but not with
    passwordless codes, whose empty field replaces the name (strategy/code/strategy.go). Only the session counts there,
    so it is never the person of an older page.
    """
    with time_budget.reserving(time_budget.PAGE / 2):  # the page is the same without it
        again = deployment().kratos.begin("login", inputs.cookie_header(), refresh="true")
    known = (text(node.attributes.get("value")) for node in again.nodes if node.name == "identifier")
    return next(filter(None, known), "") if again.refresh else ""


def identifier_label(flow: Flow) -> str:
    """Return in words what people sign in with by the schema; "" if that is email or username, or unknown.

    It is unknown if Kratos has several schemas that differ: a login flow does not say which is the default one.
    """
    methods = {node.group for node in flow.nodes}
    kinds = {identifier_kinds(schema, methods) for schema in schemas(flow.identity_schema)}
    return LABELS.get(kinds.pop(), "") if len(kinds) == 1 else ""


def display_name(identity: Identity) -> str:
    """Return a person's name: by known traits, else their identifier, else their id."""
    return identity_names.display_name(identity.raw) or sign_in_name(identity.raw) or identity.id
