"""A flow's traits, made ready for a form by what Kratos' identity schema says of them."""

from __future__ import annotations

from functools import reduce
from typing import Any

from flask import request

from app.deployment import deployment
from app.errors import PorticoError, UpstreamError
from app.http import inputs
from app.ory import identity_names
from app.ory.models import Flow, Identity, Json, mapping, text
from app.selfservice.fields import name_of
from app.selfservice.identity_schemas import Shapes, identifiers, shapes
from app.selfservice.traits import arranged, filled_before, posted_to
from app.urls import with_query


def in_forms(flow: Flow) -> Flow:
    """The flow with its traits as a form can post them back without loss; `?add=` names a list that gets one more.

    A schema that cannot be had costs no page: then only what the nodes themselves tell is used.
    """
    if not any(name_of(node).startswith("traits.") for node in flow.nodes):
        return flow
    try:
        known = _of(flow)
    except UpstreamError:
        known = {}
    return arranged(flow, known, inputs.single(request.args, "add"))


def forgetting(flow: Flow) -> Flow:
    """The first of two steps of a registration, to be posted to a new flow if it has been posted before.

    Kratos takes over the values that come and keeps those that do not (v26.2.0, selfservice/strategy/profile/
    registration.go): it would store what the person has emptied since. Where no new flow can be had this one serves.
    """
    if not filled_before(flow):
        return flow
    try:
        return posted_to(flow, deployment().kratos.registration_like(flow, inputs.cookies()))
    except PorticoError:
        return flow


def sign_in_name(identity: Json) -> str:
    """What a person signs in with: by their schema where it can be had, else what very likely is it."""
    try:
        schemas = deployment().kratos.schemas(schema_id) if (schema_id := text(identity.get("schema_id"))) else ()
    except UpstreamError:
        schemas = ()
    values_ = (reduce(_member, path, identity) for schema in schemas for path in identifiers(schema))
    values = (item for value in values_ for item in (value if isinstance(value, list) else [value]))
    known = (str(value) for value in values if isinstance(value, str | int) and not isinstance(value, bool))
    return next(filter(None, known), "") or identity_names.sign_in_name(identity)


def _member(value: Any, key: str) -> Any:
    return mapping(value).get(key)


def called(identity: Identity) -> str:
    """What a person is called: where no trait is known to name people, what they sign in with, else their id."""
    return identity_names.called(identity.raw) or sign_in_name(identity.raw) or identity.id


def adding(name: str) -> str:
    """The address of this page with an empty field in that list."""
    return with_query(request.path, flow=request.args.get("flow"), add=name)


def _of(flow: Flow) -> Shapes:
    """The flow's schema; where Kratos does not name it, the one whose traits the flow has."""
    by_schema = [
        shapes(schema)
        for schema in deployment().kratos.schemas(text(flow.identity.get("schema_id")) or flow.identity_schema)
    ]
    printed = {name_of(node) for node in flow.nodes}
    fitting = [known for known in by_schema if {name for name, shape in known.items() if shape.printed} <= printed]
    return max(fitting, key=len, default={})
