"""A client for the part of Kratos' public API that pages need; it forwards the browser's Cookie header unchanged."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache, partial
from time import monotonic
from typing import Any

from app.errors import UpstreamBadReply, UpstreamUnavailable
from app.ory import responses
from app.ory.apis import FrontendApi, IdentityApi
from app.ory.authorization_request import jwt_payload
from app.ory.endpoints import Service
from app.ory.flows import Flow, Schema
from app.ory.lists import PartialList, page_size, read_pages
from app.ory.models import Session, Whoami, items, mapping, text
from app.ory.responses import KRATOS
from app.ory.transport import Reply, Transport
from app.urls import with_query

SCHEMAS_CACHED = 60.0  # seconds; Kratos reloads its configuration while it runs
SCHEMAS_RETRIED = 5.0  # seconds after a failure: else each page would wait for it in vain, only to name a field better
MAX_UNTOLD = 64  # schemas that are not asked for meanwhile: anybody can put other ids into a flow's address
MAX_NODES = 1000  # a trait that is a list has a node for each item; Kratos itself takes seconds for so many
MAX_SESSIONS = 250  # only a program has more; all of them can still be ended at once


class Kratos(Service):
    """Reads sessions and flows; raises FlowGone if a flow cannot be used, UpstreamError for other failures."""

    def __init__(self, transport: Transport, public_url: str) -> None:
        super().__init__(KRATOS, transport, public_url)
        endpoint = partial(self._endpoint, FrontendApi)
        self._whoami = endpoint("to_session")
        self._tokenize = endpoint("to_session", "tokenize_as")
        kinds = ("login", "registration", "recovery", "verification", "settings")
        self._flows = {kind: endpoint(f"get_{kind}_flow", "id") for kind in kinds}
        self._error = endpoint("get_flow_error", "id")
        self._begin_logout = endpoint("create_browser_logout_flow")
        self._logout = endpoint("update_logout_flow", "token")
        self._sessions = endpoint("list_my_sessions", "page_size", "page_token")
        self._end_session = endpoint("disable_my_session", "id")
        self._end_others = endpoint("disable_my_other_sessions")
        self._schema = self._endpoint(IdentityApi, "get_identity_schema", "id")
        self._schemas = self._endpoint(IdentityApi, "list_identity_schemas")
        self._kept: dict[str, tuple[float, tuple[Schema, ...]]] = {}

    def whoami(self, cookie: str) -> Whoami:
        """Ask who is signed in: 200 a session, 401 nobody, 403 a second factor is missing; raise for other answers."""
        return _parse_whoami(self._whoami(cookie=cookie))

    @contextmanager
    def asking_whoami(self, cookie: str) -> Iterator[Callable[[], Whoami]]:
        """Send `whoami` before the block if a connection is free; call the value to read the answer."""
        with self._whoami.ahead(cookie) as answer:
            yield lambda: _parse_whoami(answer())

    def session_token(self, cookie: str, template: str) -> dict[str, str]:
        """Return the session as a JWT and its expiry; raise NotSignedIn, or FlowElsewhere without a second factor."""
        token = text(responses.kratos_flow(self._tokenize(cookie=cookie, tokenize_as=template)).get("tokenized"))
        try:  # nothing is verified: the answer comes from Kratos itself
            expires = datetime.fromtimestamp((jwt_payload(token) or {})["exp"], UTC)
        except (KeyError, TypeError, ValueError, OverflowError, OSError):
            raise UpstreamBadReply(KRATOS, "session without a token that expires") from None
        return {"token": token, "expires_at": expires.isoformat().replace("+00:00", "Z")}

    def flow(self, kind: str, flow_id: str, cookie: str) -> Flow:
        """Fetch a flow that this browser began; raise FlowGone if it is expired, unknown or another browser's."""
        return _parse_flow(self._flows[kind](cookie=cookie, id=flow_id), may_be_blank=kind == "login")

    def begin(self, kind: str, cookie: str, /, **parameters: str) -> Flow:
        """Begin a flow; raise FlowElsewhere if another proof must come first, UpstreamRefused if no flow is needed."""
        address = with_query(f"{self._base}/self-service/{kind}/browser", **parameters)
        headers = {"Accept": "application/json", "Cookie": cookie}
        flow = _parse_flow(self._transport(KRATOS, "GET", address, headers))
        if not flow.id:
            raise UpstreamBadReply(KRATOS, "answer that is no flow")
        return flow

    def schemas(self, schema_id: str) -> tuple[Schema, ...]:
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

    def error(self, error_id: str) -> Mapping[str, Any]:
        """Fetch the error that Kratos shows on its error page; raise FlowGone for an unknown id."""
        return mapping(responses.kratos_flow(self._error(id=error_id)).get("error"))

    def sign_out(self, cookie: str) -> None:
        """End the browser's session; no session is fine."""
        reply = self._begin_logout(cookie=cookie)
        if reply.status == 401:
            return
        responses.expect(KRATOS, reply, 200)
        token = text(responses.json_of(KRATOS, reply, dict).get("logout_token"))
        if not token:
            raise UpstreamBadReply(KRATOS, "answer without logout_token")
        done = self._logout(cookie=cookie, token=token)
        responses.expect(KRATOS, done, 200, 204, 401)  # 401: Hydra's session ended first, and Hydra told Kratos

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


def _parse_flow(reply: Reply, may_be_blank: bool = False) -> Flow:
    raw = responses.kratos_flow(reply)
    if len(items(mapping(raw.get("ui")).get("nodes"))) > MAX_NODES:  # anybody can make such a flow and open it often
        raise UpstreamBadReply(KRATOS, "too many nodes", reply.status)
    return Flow.parse(raw, may_be_blank)


def _parse_whoami(reply: Reply) -> Whoami:
    now = str(reply.headers.get("Date"))
    if reply.status == 200:
        raw = responses.json_of(KRATOS, reply, dict)
        if "active" not in raw and "identity" not in raw:  # not an answer to whoami: it must not sign anybody out
            raise UpstreamBadReply(KRATOS, "answer that is no session", reply.status)
        session = Session.parse(raw)
        return Whoami(_date(now), session, session_unusable=session is None)
    if reply.status == 401:
        return Whoami(_date(now))
    if reply.status == 403 and responses.error_of(reply).get("id") == "session_aal2_required":
        return Whoami(_date(now), aal2_required=True)
    responses.fail(KRATOS, reply)


def _parse_listed(item: Any) -> Session | None:
    """Parse a listed session; of its identity keep only what parsing needs, so that a long list stays small."""
    if isinstance(item, dict):
        item["identity"] = {name: mapping(item.get("identity")).get(name) for name in ("id", "state")}
    return Session.parse(item)


@lru_cache(maxsize=4)  # many answers have the Date of the same second
def _date(date: str) -> int:
    """Return an answer's Date in microseconds: Kratos' clock, with which session times are compared."""
    try:
        return int(parsedate_to_datetime(date).timestamp()) * 1_000_000
    except (ValueError, OverflowError):
        raise UpstreamBadReply(KRATOS, "answer without a Date") from None
