"""Kratos' admin API, as far as claims need it; nothing a browser sends or gets ever goes through here."""

from __future__ import annotations

from ory_client import IdentityApi

from app.errors import UpstreamBadReply
from app.ory import responses
from app.ory.models import Identity, text
from app.ory.responses import KRATOS_ADMIN
from app.ory.transport import Endpoint, Transport, api_client

NOBODY = "00000000-0000-0000-0000-000000000000"


class KratosAdmin:
    """Reads identities with what no session tells; raises UpstreamError."""

    def __init__(self, transport: Transport, admin_url: str, token: str = "") -> None:
        api, transport = IdentityApi(api_client(admin_url)), transport.bearing(token) if token else transport
        self._identity = Endpoint(KRATOS_ADMIN, transport, api.get_identity_without_preload_content, id="__id__")
        self._transport, self._base, self._bears_token = transport, admin_url.rstrip("/"), bool(token)

    def identity(self, identity_id: str) -> Identity:
        """The person of this id; UpstreamRefused when there is none any more, UpstreamBadReply for anybody else."""
        reply = self._identity(id=identity_id)
        if reply.status != 200:
            responses.fail(KRATOS_ADMIN, reply)
        raw = responses.body_of(KRATOS_ADMIN, reply)
        if raw.get("id") != identity_id:
            raise UpstreamBadReply(KRATOS_ADMIN, "answer about another identity", reply.status)
        return Identity(identity_id, text(raw.get("state")) or "active", raw)

    def is_ready(self) -> bool:
        """Whether it says it can serve; raises UpstreamError when it says nothing, or does not let us in."""
        reply = self._transport(KRATOS_ADMIN, "GET", f"{self._base}/health/ready", {"Accept": "application/json"})
        responses.let_in(KRATOS_ADMIN, reply)
        if self._bears_token:  # what guards an API often leaves its health open
            responses.let_in(KRATOS_ADMIN, self._identity(id=NOBODY))
        return reply.status == 200
