"""A flow's traits, made ready for a form by what Kratos' identity schema says of them."""

from collections.abc import Container
from contextlib import suppress
from functools import partial
from itertools import chain

from flask import request

from app.deployment import ask_whoami, deployment
from app.errors import UpstreamError
from app.http import i18n, inputs
from app.ory import identity_names
from app.ory.flows import Flow, Message
from app.ory.models import Identity, Json, items, mapping, text
from app.selfservice.fields import Field
from app.selfservice.identity_schemas import Shapes, identifiers, shapes, value_at
from app.selfservice.localization import Localizer
from app.selfservice.nodes import fields_of
from app.selfservice.traits import arranged
from app.urls import with_query

ISOLATED = "\u2068{}\u2069"  # the sign of a phone number would change sides in a text from right to left (Unicode TR9)


def in_forms(flow: Flow) -> tuple[list[Field], tuple[Message, ...]]:
    """The flow's fields and messages as people read them; a schema that cannot be had costs no page."""
    names = {node.name for node in flow.nodes if node.name.startswith("traits.")}
    known = _shapes(flow, names) if names else {}
    fields, messages = fields_of(flow, localizer(), {name: shape.title for name, shape in known.items()})
    stored = mapping(flow.identity.get("traits")) if flow.identity else None
    adding = inputs.single(request.args, "add")
    # Where a sign-up by code has one page Kratos has kept no item of any list (code/strategy.go).
    lost = flow.state == "sent_email" and all(node.name != "screen" for node in flow.nodes)
    return arranged(fields, known, stored, adding, forgotten=lost) if names else fields, messages


def localizer() -> Localizer:
    """This answer's language."""
    language = i18n.language()
    isolated = ISOLATED.format if language.direction == "rtl" else str
    return Localizer(language.catalogue.gettext, partial(i18n.listed, style="or"), i18n.day, isolated)


def _shapes(flow: Flow, names: set[str]) -> Shapes:
    """What the flow's schema says; where Kratos does not name it, it is the one whose traits the flow has."""
    schemas = _schemas(text(flow.identity.get("schema_id")) or flow.identity_schema)
    fitting = [
        known for known in map(shapes, schemas) if {name for name, shape in known.items() if shape.printed} <= names
    ]
    return max(fitting, key=len, default={})


def _schemas(schema_id: str) -> tuple[Json, ...]:
    try:
        return deployment().kratos.schemas(schema_id)
    except UpstreamError:
        return ()


def sign_in_name(identity: Json, methods: Container[str] = ("password",)) -> str:
    """What a person signs in with by these methods: by their schema where it can be had, else what very likely is."""
    schemas = _schemas(schema_id) if (schema_id := text(identity.get("schema_id"))) else ()
    for path in chain.from_iterable(identifiers(schema, methods) for schema in schemas):
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


def adding(name: str) -> str:
    """The address of this page with an empty field in that list."""
    return with_query(request.script_root + request.path, flow=request.args.get("flow"), add=name)
