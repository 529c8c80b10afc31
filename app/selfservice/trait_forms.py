"""A flow's traits, made ready for a form by what Kratos' identity schema says of them."""

from __future__ import annotations

from functools import reduce
from typing import Any, cast

from flask import request

from app.deployment import deployment
from app.errors import UpstreamError
from app.http import inputs
from app.ory import identity_names
from app.ory.models import Flow, Identity, Json, items, mapping, text
from app.selfservice.identity_schemas import Shapes, identifiers, shapes
from app.selfservice.traits import arranged
from app.urls import with_query


def in_forms(flow: Flow) -> Flow:
    """The flow with its traits as a form can post them back without loss; `?add=` names a list that gets one more.

    A schema that cannot be had costs no page: then only what the nodes themselves tell is used.
    """
    if not any(node.name.startswith("traits.") for node in flow.nodes):
        return flow
    try:
        known = _of(flow)
    except UpstreamError:
        known = {}
    return arranged(flow, known, inputs.single(request.args, "add"))


def sign_in_name(identity: Json) -> str:
    """What a person signs in with: by their schema where it can be had, else what very likely is it."""
    try:
        schemas = deployment().kratos.schemas(schema_id) if (schema_id := text(identity.get("schema_id"))) else ()
    except UpstreamError:
        schemas = ()
    for path in (path for schema in schemas for path in identifiers(schema)):
        trait = reduce(lambda value, key: mapping(value).get(key), path, cast(Any, identity))
        for value in items(trait) or [trait]:
            if isinstance(value, str | int) and not isinstance(value, bool) and value != "":
                return str(value)
    return identity_names.sign_in_name(identity)


def called(identity: Identity) -> str:
    """What a person is called: where no trait is known to name people, what they sign in with, else their id."""
    return identity.name or sign_in_name(identity.raw) or identity.id


def adding(name: str) -> str:
    """The address of this page with an empty field in that list."""
    return with_query(request.path, flow=request.args.get("flow"), add=name)


def _of(flow: Flow) -> Shapes:
    """The flow's schema; where Kratos does not name it, the one whose traits the flow has."""
    by_schema = [
        shapes(schema)
        for schema in deployment().kratos.schemas(text(flow.identity.get("schema_id")) or flow.identity_schema)
    ]
    printed = {node.name for node in flow.nodes}
    fitting = [known for known in by_schema if {name for name, shape in known.items() if shape.printed} <= printed]
    return max(fitting, key=len, default={})
