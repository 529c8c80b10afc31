"""Kratos and Hydra on a faked wire: their bodies, as recorded from the real ones, and what was sent to them."""

import json
import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import requests
import responses
from flask.testing import FlaskClient

from kratos.sandbox.bodies import fill
from tests.support.log_scan import LOG

KRATOS, HYDRA = "http://kratos.internal:4433", "http://hydra.internal:4445"
BROWSER_KRATOS, BROWSER_HYDRA = "http://localhost:4433", "http://localhost:4444"
PUBLIC = "http://localhost:3000"
NOW = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
# What Hydra v26.2.0 answers, with 401, to a challenge that is too old.
EXPIRED = {
    "error": "request_unauthorized",
    "error_description": "The request could not be authorized. The login request has expired, please try again.",
}
ADA, BOB = "ada-identity", "bob-identity"
EMAILS = {ADA: "ada@example.org", BOB: "bob@example.org"}
_REFUSED = {"error", "error_debug", "error_description", "error_hint", "status_code"}
_LOGIN = {
    "acr",
    "amr",
    "extend_session_lifespan",
    "force_subject_identifier",
    "identity_provider_session_id",
    "subject",
}
_KEPT = {"context", "remember", "remember_for"}
# The fields that Hydra takes, by the end of the address they are sent to; `session` is a field of an accepted consent.
TAKEN = {
    "login/accept": _LOGIN | _KEPT,
    "consent/accept": {"grant_access_token_audience", "grant_scope", "session"} | _KEPT,
    "login/reject": _REFUSED,
    "consent/reject": _REFUSED,
    "session": {"access_token", "id_token"},
    "device/accept": {"user_code"},
}
GRANTS = f"{HYDRA}/admin/oauth2/auth/sessions/consent"
CALLBACK = "https://app.example.org/callback"
# Every request is compared with every answer there is, by addresses that are taken apart each time.
responses._get_url_and_path = lru_cache(maxsize=1000)(responses._get_url_and_path)
CLIENT = {"client_id": "demo", "client_name": "Demo", "skip_consent": False, "redirect_uris": [CALLBACK]}


def ago(seconds: float) -> str:
    """An RFC 3339 time before NOW (after it, when negative)."""
    return (NOW - timedelta(seconds=seconds)).isoformat()


def authorize(**parameters: str) -> str:
    """An authorization request as Hydra quotes it."""
    query = {"client_id": "demo", "redirect_uri": CALLBACK, "response_type": "code", "scope": "openid", "state": "s"}
    return f"{BROWSER_HYDRA}/oauth2/auth?{urlencode(query | parameters)}"


def identity(person: str = ADA, state: str = "active", verified: bool = True, **traits: Any) -> dict[str, Any]:
    """An identity as Kratos tells it."""
    body = fill(
        "identity",
        id=person,
        state=state,
        traits={"email": EMAILS[person], "name": {"first": "Ada", "last": "Lovelace"}} | traits,
        email=EMAILS[person],
        credentials={},
        metadata_public=None,
        public_url=KRATOS,
        state_changed_at=ago(9999),
        created_at=ago(9999),
        updated_at=ago(9999),
        uuid="0b79cbb1-e6b1-4cb1-a0b7-1f9a2c1a7c5e",
    )
    body["verifiable_addresses"][0]["verified"] = verified
    del body["credentials"]
    return dict(body)


def proof(seconds: float, method: str = "password", aal: str = "aal1") -> dict[str, Any]:
    """An entry of authentication_methods, given so many seconds ago."""
    return {"method": method, "aal": aal, "completed_at": ago(seconds)}


def session(
    person: str = ADA,
    id: str = "session-1",  # noqa: A002 - the name of the field
    proofs: Sequence[dict[str, Any]] = (),
    expires_in: float = 3600,
    aal: str = "aal1",
    **other: Any,
) -> dict[str, Any]:
    """A session as whoami tells it; without `proofs` a password of a minute ago."""
    body = fill(
        "session",
        id=id,
        active=True,
        expires_at=ago(-expires_in),
        authenticated_at=ago(60),
        authentication_methods=list(proofs) or [proof(60)],
        issued_at=ago(60),
        identity=identity(person),
        device_id="device-1",
        ip_address="",
        user_agent="",
    )
    return dict(body) | {"authenticator_assurance_level": aal} | other


class MayBeAsked(responses.Response):
    """An answer that is there whether somebody asks for it or not."""

    @property
    def call_count(self) -> int:
        """Never zero, which would fail the test."""
        return super().call_count or 1


class OfItsChallenge(responses.Response):
    """Hydra's request, with the challenge it is asked for."""

    def get_response(self, request: requests.PreparedRequest) -> Any:
        """The body, with that challenge in it."""
        [challenge] = parse_qs(urlsplit(str(request.url)).query).values()
        self.body = json.dumps(json.loads(self.body) | {"challenge": challenge[0]}).encode()
        return super().get_response(request)


def without_schemas(mock: responses.RequestsMock) -> None:
    """Kratos tells no identity schema and begins no second flow: its pages are made of what the nodes say."""
    mock.add(MayBeAsked("GET", re.compile(rf"{KRATOS}/schemas"), status=404))
    mock.add(MayBeAsked("GET", f"{KRATOS}/self-service/registration/browser", status=404))


class Upstream:
    """What Kratos and Hydra answer in one test; a call that no line of the test foresaw fails it."""

    def __init__(self, mock: responses.RequestsMock) -> None:
        self.mock = mock
        self.has_chosen = False

    def on(self, method: str, url: str, status: int = 200, body: Any = None, **more: Any) -> responses.BaseResponse:
        """Answer this request with a JSON body (or bytes as they are)."""
        if isinstance(body, bytes):
            return self.mock.add(method, url, status=status, body=body, **more)
        return self.mock.add(method, url, status=status, json={} if body is None else body, **more)

    def whoami(self, body: Any = None, status: int = 200, now: datetime = NOW) -> responses.BaseResponse:
        """Kratos' answer to who this browser is."""
        date = {"Date": format_datetime(now.replace(microsecond=0), usegmt=True)}
        return self.on("GET", f"{KRATOS}/sessions/whoami", status, body, headers=date)

    def signed_in(self, person: str = ADA, now: datetime = NOW, **about: Any) -> responses.BaseResponse:
        """Somebody is signed in."""
        return self.whoami(session(person, **about), now=now)

    def nobody(self, now: datetime = NOW) -> responses.BaseResponse:
        """Nobody is signed in."""
        return self.whoami(fill("errors/no_session"), 401, now)

    def aal2_required(self, now: datetime = NOW) -> responses.BaseResponse:
        """Somebody has given one of two factors."""
        error = {"id": "session_aal2_required", "code": 403, "reason": "An active session was found but ..."}
        return self.whoami({"error": error, "redirect_browser_to": f"{BROWSER_KRATOS}/..."}, 403, now)

    def half_signed_in(self) -> None:
        """Somebody has given one of two factors, and Kratos does not name them in a flow for the first one either."""
        self.aal2_required()
        self.on("GET", f"{KRATOS}/self-service/login/browser", 400, {})

    def asks(self, what: str, status: int = 200, **body: Any) -> responses.BaseResponse:
        """Hydra's login, consent or logout request, `client` merged into the demo client."""
        client = body.pop("client", {})
        common: dict[str, Any] = {"challenge": "c", "subject": "", "request_url": authorize()}
        common["client"] = None if client is None else CLIENT | client
        if what != "logout":
            common |= {"skip": False, "requested_scope": ["openid"], "requested_access_token_audience": []}
            common |= {"oidc_context": {}}
        if what == "consent":
            common |= {"subject": ADA, "login_session_id": "hydra-1", "context": {"kratos_session": "session-1"}}
            if not self.has_chosen:
                self.chose()
        if what == "logout":
            common |= {"subject": ADA, "sid": "hydra-1", "rp_initiated": True, "request_url": "/oauth2/sessions/logout"}
        if status != 200 or "challenge" in body:
            return self.on("GET", self.url(what), status, EXPIRED if status == 401 else common | body)
        return self.mock.add(OfItsChallenge("GET", self.url(what), json.dumps(common | body).encode()))

    def chose(self, *before: dict[str, Any]) -> None:
        """What the person allowed to applications before, which Hydra tells where the consent page is needed."""
        self.has_chosen = True
        self.mock.upsert(MayBeAsked("GET", GRANTS, body=json.dumps(before).encode(), content_type="application/json"))

    def takes(self, what: str, answer: str, to: str = f"{BROWSER_HYDRA}/oauth2/auth?login_verifier=v") -> None:
        """Hydra takes an accept or reject and says where to go on."""
        self.on("PUT", f"{self.url(what)}/{answer}", 200, {"redirect_to": to})

    @staticmethod
    def url(what: str) -> str:
        """Hydra's address of a login, consent or logout request."""
        return f"{HYDRA}/admin/oauth2/auth/requests/{what}"

    def flow(self, name: str, aal: str = "aal1", **more: Any) -> responses.BaseResponse:
        """A login flow as recorded (`login/choose_method`, see kratos/bodies/demo)."""
        return self.on("GET", f"{KRATOS}/self-service/login/flows", 200, flow(name, **more))

    def signs_out(self, status: int = 204) -> None:
        """Kratos ends the browser's session."""
        begun = {"logout_url": f"{BROWSER_KRATOS}/self-service/logout?token=t", "logout_token": "t"}
        self.on("GET", f"{KRATOS}/self-service/logout/browser", 200, begun)
        self.on("GET", f"{KRATOS}/self-service/logout", status, b"" if status == 204 else {})

    def ends_sessions(self, status: int = 204) -> None:
        """Hydra ends a login session."""
        self.on("DELETE", f"{HYDRA}/admin/oauth2/auth/sessions/login", status, b"" if status == 204 else {})

    def schema(self, schema_id: str, traits: dict[str, Any]) -> None:
        """Kratos tells the schema of this id, which has these traits."""
        for answer in self.mock.registered():
            if isinstance(answer, MayBeAsked):
                self.mock.remove(answer)
        properties = {"traits": {"type": "object", "properties": traits}}
        self.on("GET", f"{KRATOS}/schemas/{schema_id}", 200, {"properties": properties})

    def sent(self, method: str, part: str = "") -> list[requests.PreparedRequest]:
        """The requests of this method whose URL holds `part`."""
        calls = [call.request for call in self.mock.calls]
        return [call for call in calls if call.method == method and part in str(call.url)]

    def body(self, part: str) -> dict[str, Any]:
        """The JSON body of the only PUT whose URL holds `part`."""
        [request] = self.sent("PUT", part)
        return dict(json.loads(request.body or b"{}"))

    def unforeseen(self) -> set[str]:
        """The calls that no line of the test foresaw, as method and address."""
        return {
            f"{call.request.method} {call.request.url}"
            for call in self.mock.calls
            if isinstance(call.response, requests.ConnectionError)
            and "Connection refused by Responses" in str(call.response)
        }

    def check(self) -> None:
        """Nothing was asked that the test did not foresee (Wire would turn that into a 503)."""
        assert not self.unforeseen()
        for sent in self.sent("PUT", HYDRA):
            _check_fields("/".join(urlsplit(str(sent.url)).path.split("/")[-2:]), json.loads(sent.body or b"{}"))
        for call in self.mock.calls:
            _note(str(call.request.url), call.request.body)
        for answer in self.mock.registered():  # of a call the bytes are gone: they were read from the wire
            _note(str(answer.url), getattr(answer, "body", None))


def _check_fields(what: str, body: dict[str, Any]) -> None:
    assert body.keys() <= TAKEN.get(what, set()), f"fields that Hydra does not know in what {what} is sent"
    assert body.get("session", {}).keys() <= TAKEN["session"]


def _note(url: str, body: Any) -> None:
    """Remember the secrets of a call, which no log line may hold."""
    LOG.wire.url(url)
    if isinstance(body, str | bytes):
        with suppress(ValueError, RecursionError):
            LOG.wire.body(json.loads(body))


def flow(name: str, **more: Any) -> dict[str, Any]:
    """The body of a login flow as recorded."""
    values: dict[str, Any] = {
        "id": "flow-1",
        "public_url": BROWSER_KRATOS,
        "request_url": f"{BROWSER_KRATOS}/self-service/login/browser",
        "return_to": "",
        "csrf_token": "kratos-csrf-token",
        "identifier": EMAILS[ADA],
        "organization_id": None,
        "minutes": 5,
        "length": 1,
        "expired_at_unix": 1,
    }
    values |= {name: ago(0) for name in ("expires_at", "expired_at", "issued_at", "created_at", "updated_at")}
    top = {key: value for key, value in more.items() if key in ("ui", "requested_aal", "refresh", "active")}
    return dict(fill(name, **values | more)) | top


def query(url: str | None) -> dict[str, str]:
    """The parameters of a URL that has each of them once."""
    return {name: value for name, [value] in parse_qs(urlsplit(url or "").query, strict_parsing=True).items()}


def seen_and_proven(client: FlaskClient, upstream: Upstream) -> str:
    """Let this browser see challenge `c` with prompt=login, and Ada give a new proof after that; returns our cookie."""
    upstream.asks("login", request_url=authorize(prompt="login"))
    whoami = upstream.signed_in()
    client.get("/login?login_challenge=c")
    upstream.mock.remove(whoami)
    upstream.signed_in(proofs=[proof(60), proof(-5)])
    cookie = client.get_cookie("portico")
    assert cookie
    return cookie.value


def owning(client: FlaskClient, upstream: Upstream, *sids: str) -> None:
    """Let this browser own Hydra sessions: it has seen their consent."""
    who = upstream.signed_in()
    for sid in sids:
        consent_request = upstream.asks("consent", login_session_id=sid)
        client.get("/consent?consent_challenge=c")
        upstream.mock.remove(consent_request)
    upstream.mock.remove(who)


def ended(upstream: Upstream) -> list[str]:
    """The ids of the Hydra sessions that were ended."""
    return [query(call.url)["sid"] for call in upstream.sent("DELETE")]
