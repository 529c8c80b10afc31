"""Upstream replies changed on their way to Portico: odd types, and lies that look right."""

import copy
from collections.abc import Callable
from typing import Any

BOB, ELSEWHERE = "the-other", "https://evil.example/oauth2/auth?login_verifier=x"
Change = Callable[[dict[str, Any], str], Any]  # the reply, and another person's identity id -> what Portico gets


def put(path: str, value: Any) -> Change:
    """Set what stands at a dotted path."""

    def change(body: dict[str, Any], other: str) -> Any:
        place: Any = body
        *way, last = path.split(".")
        for step in way:
            place = place.setdefault(step, {}) if isinstance(place, dict) else {}
        if isinstance(place, dict):
            place[last] = other if value == BOB else value
        return body

    return change


def whole(value: Any) -> Change:
    """Another body altogether."""
    return lambda _body, _other: value


def more_scopes(body: dict[str, Any], _: str) -> Any:
    """A scope nobody asked for."""
    return body | {"requested_scope": [*(body.get("requested_scope") or []), "admin", "admin", 7, None]}


def all_proofs(name: str, value: Any) -> Change:
    """Every proof of the session with another value."""

    def change(body: dict[str, Any], _: str) -> Any:
        methods = [method | {name: value} for method in body.get("authentication_methods") or []]
        return body | {"authentication_methods": methods}

    return change


WHOLE = [("null", whole(None)), ("list", whole([])), ("empty", whole({})), ("text", whole("<html>")), ("7", whole(7))]
CHANGES: dict[str, list[tuple[str, Change]]] = {
    "whoami": [
        ("inactive", put("active", False)),
        ("active text", put("active", "true")),
        ("active null", put("active", None)),
        ("identity inactive", put("identity.state", "inactive")),
        ("other person", put("identity.id", BOB)),
        ("identity null", put("identity", None)),
        ("identity id 7", put("identity.id", 7)),
        ("session id null", put("id", None)),
        ("aal1", put("authenticator_assurance_level", "aal1")),
        ("aal 2", put("authenticator_assurance_level", 2)),
        ("aal3", put("authenticator_assurance_level", "aal3")),
        ("authenticated long ago", put("authenticated_at", "2001-01-01T00:00:00Z")),
        ("authenticated null", put("authenticated_at", None)),
        ("no proofs", put("authentication_methods", None)),
        ("odd proofs", put("authentication_methods", [7, None, {"method": []}])),
        ("old proofs", all_proofs("completed_at", "2001-01-01T00:00:00Z")),
        ("timeless proofs", all_proofs("completed_at", 1e300)),
        ("proofs by recovery", all_proofs("method", "code_recovery")),
        ("expired", put("expires_at", "2001-01-01T00:00:00Z")),
        ("endless", put("expires_at", None)),
        *WHOLE,
    ],
    "login": [
        ("skip text", put("skip", "true")),
        ("skip 1", put("skip", 1)),
        ("skip null", put("skip", None)),
        ("subject other", put("subject", BOB)),
        ("subject 7", put("subject", 7)),
        ("client null", put("client", None)),
        ("client other", put("client.client_id", "aged")),
        ("requested_scope null", put("requested_scope", None)),
        ("oidc_context null", put("oidc_context", None)),
        *WHOLE,
    ],
    "consent": [
        ("skip text", put("skip", "true")),
        ("skip 1", put("skip", 1)),
        ("subject other", put("subject", BOB)),
        ("subject null", put("subject", None)),
        ("scopes null", put("requested_scope", None)),
        ("scopes text", put("requested_scope", "openid email")),
        ("more scopes", more_scopes),
        ("audience odd", put("requested_access_token_audience", [None, 7, {}])),
        ("skip_consent text", put("client.skip_consent", "true")),
        ("skip_consent 1", put("client.skip_consent", 1)),
        ("context null", put("context", None)),
        ("another session", put("context.kratos_session", "00000000-0000-4000-8000-000000000000")),
        ("client null", put("client", None)),
        *WHOLE,
    ],
    "logout": [
        ("subject other", put("subject", BOB)),
        ("rp text", put("rp_initiated", "true")),
        ("client silent 1", put("client.skip_logout_consent", 1)),
        *WHOLE,
    ],
    "flow": [
        ("action elsewhere", put("ui.action", "https://evil.example/self-service/login?flow=x")),
        ("nodes null", put("ui.nodes", None)),
        ("return_to elsewhere", put("return_to", "https://evil.example/")),
        ("messages odd", put("ui.messages", [None, 7])),
        *WHOLE,
    ],
    "grants": [("null", whole(None)), ("odd", whole([None, 7, {"consent_request": []}])), ("object", whole({}))],
    "accept login": [("elsewhere", put("redirect_to", ELSEWHERE)), ("no address", put("redirect_to", None)), *WHOLE],
    "accept consent": [("elsewhere", put("redirect_to", ELSEWHERE)), ("no address", put("redirect_to", 7)), *WHOLE],
    "reject login": [("elsewhere", put("redirect_to", "//evil.example/"))],
    "reject consent": [("elsewhere", put("redirect_to", "http://localhost:4444@evil.example/"))],
    "accept logout": [("elsewhere", put("redirect_to", ELSEWHERE))],
}
MOST = max(map(len, CHANGES.values()))
STATUSES = (401, 403, 404, 410, 429, 500, 503)


def changed(kind: str, number: int, body: Any, other: str) -> tuple[str, Any]:
    """The name of this change, and the body after it; of a body that is no object only the whole can be changed."""
    name, change = CHANGES[kind][number % len(CHANGES[kind])]
    return f"{kind}: {name}", change(copy.deepcopy(body) if isinstance(body, dict) else {}, other)
