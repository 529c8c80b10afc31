"""Short ways to say what Hydra asked, what Kratos answered and what a person has proved.

Everything goes through the parsers the product uses, so that a builder cannot make what no server could send.
"""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from app.ory.challenges import ConsentRequest, LoginRequest
from app.ory.flows import Flow
from app.ory.models import SECOND, Identity, Session, Whoami
from app.selfservice.fields import Field
from app.selfservice.forms import Form, forms
from app.selfservice.localization import Localizer
from app.selfservice.nodes import fields_of

ADA, BOB = "ada-0001", "bob-0002"
NOW = 1_700_000_000 * SECOND  # microseconds, a whole second like every Date
AUTHORIZE = "http://localhost:4444/oauth2/auth"
CLIENT: dict[str, Any] = {
    "client_id": "demo",
    "client_name": "Demo",
    "token_endpoint_auth_method": "client_secret_basic",
    "redirect_uris": ["https://demo.example.org/callback"],
}


def authorize_url(**query: str) -> str:
    """An authorization request as Hydra repeats it in `request_url`."""
    return f"{AUTHORIZE}?" + urlencode(
        {"client_id": "demo", "redirect_uri": CLIENT["redirect_uris"][0], "scope": "openid", **query}
    )


def jwt(payload: object) -> str:
    """An unsigned request object; nobody here checks signatures, Hydra did."""

    def part(data: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(data).encode()).decode().rstrip("=")

    return f"{part({'alg': 'none'})}.{part(payload)}."


def login_request(
    *,
    skip: bool = False,
    subject: str = "",
    request_url: str | None = None,
    hint: str = "",
    client: dict[str, Any] | None = None,
    context: dict[str, Any] | None = None,
    **query: str,
) -> LoginRequest:
    """Hydra's login request for an authorization request with these parameters."""
    raw = {
        "skip": skip,
        "subject": subject or (ADA if skip else ""),
        "client": CLIENT | (client or {}),
        "request_url": authorize_url(**query) if request_url is None else request_url,
        "session_id": "hydra-session",
        "oidc_context": ({"id_token_hint_claims": {"sub": hint}} if hint else {}) | (context or {}),
    }
    return LoginRequest.parse("challenge", raw)


def consent_request(
    *,
    scope: str = "openid profile email offline_access",
    subject: str = ADA,
    client: dict[str, Any] | None = None,
    request_url: str | None = None,
    query: dict[str, str] | None = None,
    **raw: Any,
) -> ConsentRequest:
    """Hydra's consent request for Ada, begun by the Kratos session `session-ada`."""
    body = {
        "skip": False,
        "subject": subject,
        "client": CLIENT | (client or {}),
        "request_url": authorize_url(**(query or {})) if request_url is None else request_url,
        "requested_scope": scope.split(),
        "context": {"kratos_session": "session-ada"},
    }
    return ConsentRequest.parse("challenge", body | raw)


def ago(seconds: float, name: str = "password", aal: str = "aal1") -> tuple[str, str, int]:
    """A proof given that many seconds before `NOW`."""
    return name, aal, NOW - round(seconds * SECOND)


def session(*proofs: tuple[str, str, int], of: str = ADA, expires_in: float | None = 3600, **raw: Any) -> Session:
    """A live session; its level is what Kratos would make of the proofs, `oidc github` one that GitHub vouched for."""
    body = {
        "id": "session-" + of.split("-")[0],
        "active": True,
        "authenticator_assurance_level": "aal2" if any(aal == "aal2" for _, aal, _ in proofs) else "aal1",
        "authentication_methods": [
            {"method": name, "aal": aal, "completed_at": rfc3339(moment)} | ({"provider": by} if by else {})
            for (name, _, by), aal, moment in ((name.partition(" "), aal, moment) for name, aal, moment in proofs)
        ],
        "expires_at": None if expires_in is None else rfc3339(NOW + round(expires_in * SECOND)),
        "identity": {"id": of, "state": "active", "traits": {"email": f"{of}@example.org"}},
    }
    parsed = Session.parse(body | raw)
    assert parsed is not None
    return parsed


def nobody(now: int = NOW) -> Whoami:
    """whoami answered 401."""
    return Whoami(now)


def owes(now: int = NOW) -> Whoami:
    """whoami answered 403: somebody, but the second factor is owed."""
    return Whoami(now, aal2_required=True)


def someone(*proofs: tuple[str, str, int], now: int = NOW, **session_options: Any) -> Whoami:
    """whoami answered 200: a session with these proofs, Ada's unless `of` says whose."""
    return Whoami(now, session(*(proofs or (ago(3000),)), **session_options))


def rfc3339(moment: int) -> str:
    """Microseconds since 1970 as Kratos writes them."""
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=moment)
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def identity(traits: object = None, **raw: Any) -> Identity:
    """A person with these traits."""
    body = {"id": ADA, "state": "active", "traits": {} if traits is None else traits} | raw
    return Identity(ADA, "active", body)


def flow(*nodes: object, **raw: Any) -> Flow:
    """A login flow with these `ui.nodes`."""
    ui = {"action": "http://localhost:4433/self-service/login?flow=f", "method": "POST", "nodes": list(nodes)}
    return Flow.parse({"id": "f", "ui": ui} | raw)


def fields(kratos_flow: Flow) -> list[Field]:
    """The fields of a flow, in English."""
    return fields_of(kratos_flow, Localizer(str))[0]


def forms_of(kind: str, kratos_flow: Flow, identifier: str = "", apart: bool = False) -> tuple[Form, ...]:
    """The forms of a flow of that kind, in English."""
    return forms(kind, kratos_flow, fields(kratos_flow), identifier, apart)


def node(name: str, type: str = "text", group: str = "default", **attributes: Any) -> dict[str, Any]:  # noqa: A002 - the attribute's name
    """An input node as Kratos sends it."""
    merged = {"name": name, "type": type, "node_type": "input", "disabled": False} | attributes
    return {"type": "input", "group": group, "attributes": merged, "messages": [], "meta": {}}


TOKEN = node("csrf_token", "hidden", value="token")
