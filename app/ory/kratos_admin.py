"""Kratos' admin API, which tells of identities what no session does; nothing of a browser goes there."""

from functools import partial

from app.errors import UpstreamBadReply
from app.ory import responses
from app.ory.apis import IdentityApi
from app.ory.endpoints import Service
from app.ory.models import Identity
from app.ory.responses import KRATOS_ADMIN
from app.ory.transport import Transport

NOBODY = "00000000-0000-0000-0000-000000000000"


class KratosAdmin(Service):
    """Reads and deletes identities; raises UpstreamError."""

    def __init__(self, transport: Transport, admin_url: str, token: str = "") -> None:
        super().__init__(KRATOS_ADMIN, transport, admin_url, token)
        self._identity = self._endpoint(IdentityApi, "get_identity", "id")
        self._delete = self._endpoint(IdentityApi, "delete_identity", "id")
        self._guarded = partial(self._identity, id=NOBODY)

    def identity(self, identity_id: str) -> Identity:
        """The person of this id; UpstreamRefused when there is none any more, UpstreamBadReply for anybody else."""
        reply = self._identity(id=identity_id)
        responses.expect(KRATOS_ADMIN, reply, 200)
        identity = Identity.parse(responses.json_of(KRATOS_ADMIN, reply, dict))
        if identity.id != identity_id:
            raise UpstreamBadReply(KRATOS_ADMIN, "answer about another identity", reply.status)
        return identity

    def delete(self, identity_id: str) -> None:
        """Delete the person of this id, and with them their sessions; UpstreamRefused when there is none any more.

        404 is no success: it is also what a wrong address answers, and nobody may be told that they are gone by that.
        """
        responses.expect(KRATOS_ADMIN, self._delete(id=identity_id), 204)
