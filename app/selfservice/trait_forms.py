"""A flow's traits, made ready for a form by what Kratos' identity schema says of them."""

from __future__ import annotations

from flask import request

from app.deployment import deployment
from app.errors import UpstreamError
from app.http import inputs
from app.ory import identity_names
from app.ory.models import Flow, Identity, Json, items, text
from app.selfservice.identity_schemas import identifiers, shapes, value_at
from app.selfservice.traits import arranged
from app.urls import with_query


def in_forms(flow: Flow) -> Flow:
    """The flow with its traits as a form can post them back without loss; `?add=` names a list that gets one more.

    A schema that cannot be had costs no page: then only what the nodes themselves tell is used.
    """
    names = {node.name for node in flow.nodes}
    if not any(name.startswith("traits.") for name in names):
        return flow
    try:
        schemas = deployment().kratos.schemas(text(flow.identity.get("schema_id")) or flow.identity_schema)
    except UpstreamError:
        schemas = ()
    # Where Kratos does not name the schema, it is the one whose traits the flow has.
    fitting = [
        known for known in map(shapes, schemas) if {name for name, shape in known.items() if shape.printed} <= names
    ]
    return arranged(flow, max(fitting, key=len, default={}), inputs.single(request.args, "add"))


def sign_in_name(identity: Json) -> str:
    """What a person signs in with: by their schema where it can be had, else what very likely is it."""
    try:
        schemas = deployment().kratos.schemas(schema_id) if (schema_id := text(identity.get("schema_id"))) else ()
    except UpstreamError:
        schemas = ()
    for path in (path for schema in schemas for path in identifiers(schema)):
        trait = value_at(identity, path)
        for value in items(trait) or [trait]:
            if isinstance(value, str | int) and not isinstance(value, bool) and value != "":
                return str(value)
    return identity_names.sign_in_name(identity)


def called(identity: Identity) -> str:
    """What a person is called: where no trait is known to name people, what they sign in with, else their id."""
    return identity_names.called(identity.raw) or sign_in_name(identity.raw) or identity.id


def adding(name: str) -> str:
    """The address of this page with an empty field in that list."""
    return with_query(request.path, flow=request.args.get("flow"), add=name)
