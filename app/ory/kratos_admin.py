"""Kratos' admin API, as far as claims need it; nothing a browser sends or gets ever goes through here."""

from __future__ import annotations

from functools import partial

from ory_client import IdentityApi

from app.errors import UpstreamBadReply
from app.ory import responses
from app.ory.endpoints import Service
from app.ory.models import Identity, text
from app.ory.responses import KRATOS_ADMIN
from app.ory.transport import Transport

NOBODY = "00000000-0000-0000-0000-000000000000"


class KratosAdmin(Service):
    """Reads identities with what no session tells; raises UpstreamError."""

    def __init__(self, transport: Transport, admin_url: str, token: str = "") -> None:
        super().__init__(KRATOS_ADMIN, transport, admin_url, token)
        self._identity = self._endpoint(IdentityApi, "get_identity", "id")
        self._guarded = partial(self._identity, id=NOBODY)

    def identity(self, identity_id: str) -> Identity:
        """The person of this id; UpstreamRefused when there is none any more, UpstreamBadReply for anybody else."""
        reply = self._identity(id=identity_id)
        responses.expect(KRATOS_ADMIN, reply, 200)
        raw = responses.json_of(KRATOS_ADMIN, reply, dict)
        if raw.get("id") != identity_id:
            raise UpstreamBadReply(KRATOS_ADMIN, "answer about another identity", reply.status)
        return Identity(identity_id, text(raw.get("state")) or "active", raw)
