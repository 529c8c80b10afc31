"""A client for what only the account's pages ask of Kratos: a person's other sessions, and their session as a JWT."""

import json
from datetime import UTC, datetime
from functools import partial
from typing import Any

from app.errors import UpstreamBadReply
from app.ory import responses
from app.ory.apis import FrontendApi
from app.ory.authorization_request import jwt_payload
from app.ory.endpoints import Service
from app.ory.lists import PartialList, page_size, read_pages
from app.ory.models import Session, mapping, text
from app.ory.responses import KRATOS
from app.ory.transport import Transport

MAX_SESSIONS = 250  # only a program has more; all of them can still be ended at once


class KratosAccount(Service):
    """Lists and ends a person's sessions, and makes a JWT of theirs; raises NotSignedIn, UpstreamError."""

    def __init__(self, transport: Transport, public_url: str) -> None:
        super().__init__(KRATOS, transport, public_url)
        endpoint = partial(self._endpoint, FrontendApi)
        self._tokenize = endpoint("to_session", "tokenize_as")
        self._sessions = endpoint("list_my_sessions", "page_size", "page_token")
        self._end_session = endpoint("disable_my_session", "id")
        self._end_others = endpoint("disable_my_other_sessions")

    def session_token(self, cookie: str, template: str) -> dict[str, str]:
        """Return the session as a JWT and its expiry; raise NotSignedIn, or FlowElsewhere without a second factor."""
        token = text(responses.kratos_flow(self._tokenize(cookie=cookie, tokenize_as=template)).get("tokenized"))
        try:  # nothing is verified: the answer comes from Kratos itself
            expires = datetime.fromtimestamp((jwt_payload(token) or {})["exp"], UTC)
        except (KeyError, TypeError, ValueError, OverflowError, OSError):
            raise UpstreamBadReply(KRATOS, "session without a token that expires") from None
        return {"token": token, "expires_at": expires.isoformat().replace("+00:00", "Z")}

    def sessions(self, cookie: str, own: Session) -> PartialList[Session]:
        """List the person's other sessions, newest first, up to MAX_SESSIONS; `own` tells how large each one is."""
        size = page_size(len(json.dumps(dict(own.raw))))
        return read_pages(KRATOS, partial(self._sessions, cookie=cookie), _parse_listed, MAX_SESSIONS, size)

    def end_session(self, cookie: str, session_id: str) -> None:
        """End another session of the same person; one that is over or not theirs is fine (Kratos answers 204)."""
        reply = self._end_session(cookie=cookie, id=session_id)
        responses.expect(KRATOS, reply, 200, 204, 401, 404)  # 401: this browser's own session is over

    def end_other_sessions(self, cookie: str) -> None:
        """End the person's other sessions; Kratos' count is no use, because it includes sessions that are over."""
        responses.expect(KRATOS, self._end_others(cookie=cookie), 200, 401)


def _parse_listed(item: Any) -> Session | None:
    """Parse a listed session; of its identity keep only what parsing needs, so that a long list stays small."""
    if isinstance(item, dict):
        item["identity"] = {name: mapping(item.get("identity")).get(name) for name in ("id", "state")}
    return Session.parse(item)
