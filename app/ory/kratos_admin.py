"""A client for Kratos' admin API, which has more of an identity than a session; no browser data goes there."""

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
        """Fetch an identity; raise UpstreamRefused if it is gone, UpstreamBadReply if the answer is another one."""
        reply = self._identity(id=identity_id)
        responses.expect(KRATOS_ADMIN, reply, 200)
        identity = Identity.parse(responses.json_of(KRATOS_ADMIN, reply, dict))
        if identity.id != identity_id:
            raise UpstreamBadReply(KRATOS_ADMIN, "answer about another identity", reply.status)
        return identity

    def delete(self, identity_id: str) -> None:
        """Delete an identity and its sessions; raise UpstreamRefused if it is already gone.

        404 is no success: a wrong address answers it, too, and then nobody may read that their account is deleted.
        """
        responses.expect(KRATOS_ADMIN, self._delete(id=identity_id), 204)
