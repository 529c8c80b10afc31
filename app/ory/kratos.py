"""A client for the part of Kratos' public API that pages need; it forwards the browser's Cookie header unchanged."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from functools import lru_cache, partial

from app.errors import UpstreamBadReply
from app.ory import responses
from app.ory.apis import FrontendApi
from app.ory.endpoints import Service
from app.ory.flows import Flow
from app.ory.models import Json, Session, Whoami, items, mapping, text
from app.ory.responses import KRATOS
from app.ory.transport import Reply, Transport
from app.urls import with_query

MAX_NODES = 1000  # a trait that is a list has a node for each item; Kratos itself takes seconds for so many


class Kratos(Service):
    """Reads sessions and flows; raises FlowGone if a flow cannot be used, UpstreamError for other failures."""

    def __init__(self, transport: Transport, public_url: str) -> None:
        super().__init__(KRATOS, transport, public_url)
        endpoint = partial(self._endpoint, FrontendApi)
        self._whoami = endpoint("to_session")
        kinds = ("login", "registration", "recovery", "verification", "settings")
        self._flows = {kind: endpoint(f"get_{kind}_flow", "id") for kind in kinds}
        self._error = endpoint("get_flow_error", "id")
        self._begin_logout = endpoint("create_browser_logout_flow")
        self._logout = endpoint("update_logout_flow", "token")

    def whoami(self, cookie: str) -> Whoami:
        """Ask who is signed in: 200 a session, 401 nobody, 403 a second factor is missing; raise for other answers."""
        return _parse_whoami(self._whoami(cookie=cookie))

    @contextmanager
    def asking_whoami(self, cookie: str) -> Iterator[Callable[[], Whoami]]:
        """Send `whoami` before the block if a connection is free; call the value to read the answer."""
        with self._whoami.ahead(cookie) as answer:
            yield lambda: _parse_whoami(answer())

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

    def error(self, error_id: str) -> Json:
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
        # 401: Hydra's session ended first, and Hydra told Kratos
        responses.expect(KRATOS, self._logout(cookie=cookie, token=token), 200, 204, 401)


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


@lru_cache(maxsize=4)  # many answers have the Date of the same second
def _date(date: str) -> int:
    """Return an answer's Date in microseconds: Kratos' clock, with which session times are compared."""
    try:
        return int(parsedate_to_datetime(date).timestamp()) * 1_000_000
    except (ValueError, OverflowError):
        raise UpstreamBadReply(KRATOS, "answer without a Date") from None
