"""The application's own sessions: kept here in memory, named to the browser by one random cookie."""

import secrets
from typing import Any

from flask import Flask, Request, Response
from flask import request as current_request
from flask.sessions import SessionInterface, SessionMixin

COOKIE = "relying_party"  # cookies ignore ports: Portico, Kratos and Hydra set theirs for the same host
LIMIT = 10_000  # the oldest session makes room, so that a benchmark cannot fill the memory


class LocalSession(dict[str, Any], SessionMixin):
    """What is known of one browser: per client its tokens and claims, and Authlib's state of logins begun."""

    def __init__(self) -> None:
        super().__init__()
        self.renew()

    def renew(self) -> None:
        """Take a new id, so that an id planted before the sign-in is worth nothing after it."""
        self.id = secrets.token_urlsafe(32)


class LocalSessions(SessionInterface):
    """Flask's session on the server's side, where a back-channel logout finds the session it is to end."""

    def __init__(self) -> None:
        self._live: dict[str, LocalSession] = {}

    def open_session(self, app: Flask, request: Request) -> LocalSession:  # noqa: ARG002 - Flask's signature
        """The browser's session, or a new one that is kept only once something is in it."""
        return self._live.get(request.cookies.get(COOKIE, "")) or LocalSession()

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:  # noqa: ARG002
        """Keep a session that holds something, and tell the browser its id when that is new."""
        sent = current_request.cookies.get(COOKIE, "")
        if not isinstance(session, LocalSession) or not session or sent == session.id:
            return
        self._live.pop(sent, None)
        self._live[session.id] = session
        if len(self._live) > LIMIT:
            self._live.pop(next(iter(self._live)), None)
        response.set_cookie(COOKIE, session.id, httponly=True, samesite="Lax")

    def end(self, client_id: str, sid: str | None, subject: str | None, notice: str) -> None:
        """End what `client_id` keeps of one login session (`sid`) or, without a sid, of one subject."""
        for session in list(self._live.values()):
            claims = session.get(client_id, {}).get("id_token")
            if claims and (claims.get("sid") == sid if sid else claims["sub"] == subject):
                session[client_id] = {"notice": notice}
