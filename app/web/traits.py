"""A flow's traits, made ready for a form by what Kratos' identity schema says of them."""

from __future__ import annotations

from flask import request

from app.domain.errors import UpstreamError
from app.domain.models import Flow
from app.domain.nodes import name_of
from app.domain.schemas import Shapes, shapes
from app.domain.traits import arranged
from app.domain.urls import with_query
from app.web import inputs
from app.web.context import portico


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


def adding(name: str) -> str:
    """The address of this page with an empty field in that list."""
    return with_query(request.path, flow=request.args.get("flow"), add=name)


def _of(flow: Flow) -> Shapes:
    """The flow's schema; where Kratos does not name it, the one whose traits the flow has."""
    found = [shapes(schema) for schema in portico().kratos.schemas(flow.schema_id or flow.identity_schema)]
    names = {name_of(node) for node in flow.nodes}
    fitting = [known for known in found if {name for name, shape in known.items() if shape.printed} <= names]
    return max(fitting, key=len, default={})
