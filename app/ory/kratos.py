"""Kratos' public API, as far as server-rendered pages need it; the browser's Cookie header is passed on verbatim."""

from __future__ import annotations

import json
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from functools import lru_cache
from time import monotonic
from typing import Any

from ory_client import FrontendApi, IdentityApi

from app.errors import UpstreamBadReply
from app.ory import responses
from app.ory.lists import List, page_size
from app.ory.models import Flow, Json, Session, Whoami, mapping, text
from app.ory.responses import KRATOS
from app.ory.session_token import SessionToken
from app.ory.transport import SIZE, Endpoint, Reply, Transport, api_client
from app.urls import query, with_query

SCHEMAS_KEPT = 60.0  # seconds; Kratos reads its configuration again while it runs
MAX_SESSIONS = 250  # a person with more is a robot; all of them can still be ended at once


class Kratos:
    """Reads sessions and flows; raises FlowGone for what is wrong with a flow and UpstreamError for the rest."""

    def __init__(self, transport: Transport, public_url: str) -> None:
        api = FrontendApi(api_client(public_url))

        def endpoint(name: str, **arguments: object) -> Endpoint:
            return Endpoint(KRATOS, transport, getattr(api, f"{name}_without_preload_content"), **arguments)

        self._whoami = endpoint("to_session")
        self._tokenize = endpoint("to_session", tokenize_as="__template__")
        kinds = ("login", "registration", "recovery", "verification", "settings")
        self._flows = {kind: endpoint(f"get_{kind}_flow", id="__id__") for kind in kinds}
        self._error = endpoint("get_flow_error", id="__id__")
        self._begin_logout = endpoint("create_browser_logout_flow")
        self._logout = endpoint("update_logout_flow", token="__token__")  # noqa: S106 - a placeholder
        self._sessions = endpoint("list_my_sessions", page_size=SIZE, page_token="__page__")  # noqa: S106
        self._end_session = endpoint("disable_my_session", id="__id__")
        self._end_others = endpoint("disable_my_other_sessions")
        schemas = IdentityApi(api_client(public_url))
        self._schema = Endpoint(KRATOS, transport, schemas.get_identity_schema_without_preload_content, id="__id__")
        self._schemas = Endpoint(KRATOS, transport, schemas.list_identity_schemas_without_preload_content)
        self._kept: dict[str, tuple[float, tuple[Json, ...]]] = {}
        self._transport, self._base = transport, public_url.rstrip("/")

    def whoami(self, cookie: str) -> Whoami:
        """Who the browser with this Cookie header is: 200 a session, 401 nobody, 403 owes a second factor.

        Any other answer raises: a Kratos in trouble is not a person signed out.
        """
        reply = self._whoami(cookie=cookie)
        now = str(reply.headers.get("Date"))
        if reply.status == 200:
            return Whoami(_date(now), Session.parse(responses.body_of(KRATOS, reply)))
        if reply.status == 401:
            return Whoami(_date(now))
        if reply.status == 403 and responses.error_of(reply).get("id") == "session_aal2_required":
            return Whoami(_date(now), aal2_required=True)
        responses.fail(KRATOS, reply)

    def session_token(self, cookie: str, template: str) -> SessionToken:
        """The session as a JWT by this tokenizer template of Kratos.

        Raises NotSignedIn, FlowElsewhere when a second factor is owed; a template Kratos lacks is UpstreamRefused.
        """
        token = SessionToken.parse(responses.kratos_flow(self._tokenize(cookie=cookie, template=template)))
        if token is None:
            raise UpstreamBadReply(KRATOS, "session without a token that expires")
        return token

    def flow(self, kind: str, flow_id: str, cookie: str) -> Flow:
        """A self-service flow that this browser began; raises FlowGone when it is over, unknown or another's."""
        return Flow.parse(responses.kratos_flow(self._flows[kind](cookie=cookie, id=flow_id)))

    def registration_like(self, flow: Flow, cookie: str) -> Flow:
        """A new registration flow of this browser's, begun with the same parameters as this one.

        Raises UpstreamRefused for who is signed in meanwhile.
        """
        address = with_query(f"{self._base}/self-service/registration/browser", **query(flow.request_url))
        headers = {"Accept": "application/json", "Cookie": cookie}
        return Flow.parse(responses.kratos_flow(self._transport(KRATOS, "GET", address, headers)))

    def schemas(self, schema_id: str) -> tuple[Json, ...]:
        """The identity schema of this id; every schema for "", as Kratos tells nobody which is the default one.

        Kept for a minute.
        """
        until, kept = self._kept.get(schema_id, (0.0, ()))
        if monotonic() > until:
            kept = self._read_schemas(schema_id)
            self._kept[schema_id] = monotonic() + SCHEMAS_KEPT, kept
        return kept

    def _read_schemas(self, schema_id: str) -> tuple[Json, ...]:
        reply = self._schema(id=schema_id) if schema_id else self._schemas()
        if reply.status != 200:
            responses.fail(KRATOS, reply)
        if schema_id:
            return (responses.body_of(KRATOS, reply),)
        return tuple(mapping(mapping(item).get("schema")) for item in responses.array_of(KRATOS, reply))

    def error(self, error_id: str) -> Mapping[str, Any]:
        """What went wrong in a form that Kratos answered with its error page; raises FlowGone for an unknown id."""
        raw = responses.kratos_flow(self._error(id=error_id)).get("error")
        return raw if isinstance(raw, dict) else {}

    def sign_out(self, cookie: str) -> None:
        """End the browser's session; that there is none (any more) is fine."""
        reply = self._begin_logout(cookie=cookie)
        if reply.status == 401:
            return
        if reply.status != 200:
            responses.fail(KRATOS, reply)
        token = text(responses.body_of(KRATOS, reply).get("logout_token"))
        done = self._logout(cookie=cookie, token=token)
        if done.status not in (200, 204, 401):  # 401: Hydra, whose session ended first, has told Kratos meanwhile
            responses.fail(KRATOS, done)

    def sessions(self, cookie: str, own: Session) -> List[Session]:
        """The person's live sessions, newest first, without the browser's `own`; at most MAX_SESSIONS of them.

        Each brings the whole identity along, with traits as large as the schema allows; the own one tells how large.
        """
        size = page_size(len(json.dumps(dict(own.raw))))

        def ask(page: str, size: int) -> Reply:
            return self._sessions(cookie=cookie, page=page, size=str(size))

        return List(KRATOS, ask, _session).read(MAX_SESSIONS, size)

    def end_session(self, cookie: str, session_id: str) -> None:
        """End another session of the same person; that it is over, or not theirs, is fine (Kratos says 204 to both)."""
        reply = self._end_session(cookie=cookie, id=session_id)
        if reply.status not in (200, 204, 401, 404):  # 401: the browser's own is over; its next page says so
            responses.fail(KRATOS, reply)

    def end_other_sessions(self, cookie: str) -> None:
        """End all sessions of the person but the browser's own (Kratos' count is of no use: it has dead ones in it)."""
        reply = self._end_others(cookie=cookie)
        if reply.status not in (200, 401):
            responses.fail(KRATOS, reply)

    def is_ready(self) -> bool:
        """Whether Kratos says it can serve; raises UpstreamError when it says nothing."""
        return (
            self._transport(KRATOS, "GET", f"{self._base}/health/ready", {"Accept": "application/json"}).status == 200
        )


def _session(item: Any) -> Session | None:
    """An item of the list, without what there is to know of the person."""
    if isinstance(item, dict):
        item["identity"] = {name: mapping(item.get("identity")).get(name) for name in ("id", "state")}
    return Session.parse(item)


@lru_cache(maxsize=4)  # many answers have the Date of the same second
def _date(date: str) -> int:
    """An answer's Date in microseconds: the clock the session's own times are compared with."""
    try:
        return int(parsedate_to_datetime(date).timestamp()) * 1_000_000
    except (ValueError, OverflowError):
        raise UpstreamBadReply(KRATOS, "answer without a Date") from None
