"""A client for Kratos' identity schemas, by which pages name a field or a person."""

from time import monotonic
from typing import Any

from app.errors import UpstreamUnavailable
from app.ory import responses
from app.ory.apis import IdentityApi
from app.ory.endpoints import Service
from app.ory.flows import Schema
from app.ory.models import mapping
from app.ory.responses import KRATOS
from app.ory.transport import Transport

SCHEMAS_CACHED = 60.0  # seconds; Kratos reloads its configuration while it runs
SCHEMAS_RETRIED = 5.0  # seconds after a failure: else each page would wait for it in vain, only to name a field better
MAX_UNTOLD = 64  # schemas that are not asked for meanwhile: anybody can put other ids into a flow's address


class Schemas(Service):
    """Reads schemas and keeps them for a minute; raises UpstreamError."""

    def __init__(self, transport: Transport, public_url: str) -> None:
        super().__init__(KRATOS, transport, public_url)
        self._schema = self._endpoint(IdentityApi, "get_identity_schema", "id")
        self._schemas = self._endpoint(IdentityApi, "list_identity_schemas")
        self._kept: dict[str, tuple[float, tuple[Schema, ...]]] = {}

    def of_id(self, schema_id: str) -> tuple[Schema, ...]:
        """Return the schema of this id, all for "" (the default is unknown): cached, and the former if Kratos fails."""
        until, kept = self._kept.get(schema_id, (0.0, ()))
        if monotonic() > until:
            try:
                reply = self._schema(id=schema_id) if schema_id else self._schemas()
                responses.expect(KRATOS, reply, 200)
            except UpstreamUnavailable:
                kept = self._kept.get(schema_id, (0.0, ()))[1]  # another page may have been told meanwhile
                if kept or len(self._kept) < MAX_UNTOLD:
                    self._kept[schema_id] = monotonic() + SCHEMAS_RETRIED, kept
                return kept
            answer: Any = responses.json_of(KRATOS, reply, dict if schema_id else list)
            listed = [answer] if schema_id else [mapping(row).get("schema") for row in answer]
            kept = tuple(Schema(mapping(schema)) for schema in listed)
            self._kept[schema_id] = monotonic() + SCHEMAS_CACHED, kept
        return kept
