"""Which request may change what at Kratos and Hydra, and for whom (I7; sections 4 to 7)."""

from __future__ import annotations

import hashlib

from tests.machines.model import Model, cookie_of
from tests.machines.oracle_login import living
from tests.machines.records import Call, Exchange

LOGIN = {"accept login", "reject login", "end hydra session"}
LOGOUT = {"accept logout", "reject logout", "end hydra session", "end kratos session"}
CONSENT = {"accept consent", "reject consent", "end hydra session"}
MAY = {
    ("GET", "/login"): LOGIN,
    ("GET", "/registration"): LOGIN,
    ("GET", "/consent"): CONSENT,
    ("GET", "/logout"): LOGOUT - {"reject logout"},
    ("POST", "/consent"): CONSENT,
    ("POST", "/consent/account"): {"reject consent", "end hydra session", "end kratos session"},
    ("POST", "/login/account"): {"reject login", "end hydra session", "end kratos session"},
    ("POST", "/login/cancel"): {"reject login"},
    ("POST", "/login/forgot"): {"end kratos session"},
    ("POST", "/logout"): LOGOUT,
    ("POST", "/device"): {"accept device"},
    ("POST", "/sessions"): {"DELETE /sessions", "end hydra session"},
    ("POST", "/apps"): {"revoke"},
}
SINGLE = ("action", "consent_challenge", "login_challenge", "logout_challenge", "device_challenge", "ticket", "client")


def check_writes(model: Model, exchange: Exchange) -> None:
    """Only what this form or this address is for."""
    allowed = MAY.get((exchange.method, exchange.path), set())
    for call in exchange.writes:
        kind = "DELETE /sessions" if call.kind.startswith("DELETE /sessions") else call.kind
        assert kind in allowed, f"{kind} by {exchange}"
        if exchange.method == "POST":
            assert all(len(exchange.posted(name)) <= 1 for name in SINGLE), f"a doubled field: {exchange}"
        _check_whose(model, exchange, call)
    if exchange.path == "/logout" and exchange.method == "GET" and exchange.writes:
        _check_silent_logout(exchange)


def _check_whose(model: Model, exchange: Exchange, call: Call) -> None:
    if call.kind == "revoke":
        _check_theirs(exchange, call)
        _forget(model, call)
    elif call.kind == "end hydra session" and "subject" in call.query:
        _check_theirs(exchange, call)
    elif call.kind == "end hydra session":
        requests = [other.object() for other in exchange.calls]
        named = {request.get(name) for request in requests for name in ("session_id", "login_session_id", "sid")}
        assert call.query["sid"] in named | set(cookie_of(exchange).get("sids", [])), f"whose session? {exchange}"
    elif call.kind in ("reject login", "reject consent") and exchange.method == "POST":
        challenge = exchange.posted(f"{call.kind.split()[1]}_challenge")
        assert challenge == list(call.query.values()), f"another challenge: {exchange}"


def _check_theirs(exchange: Exchange, call: Call) -> None:
    """For the subject of whoami alone, by a form of theirs."""
    person = living(exchange.read("whoami").object())
    assert person, f"nobody's: {exchange}"
    assert call.query["subject"] == person, f"somebody else's: {exchange}"
    assert exchange.posted("account") == [hashlib.sha256(person.encode()).hexdigest()[:16]], exchange


def _forget(model: Model, call: Call) -> None:
    """What was revoked is no decision any more."""
    subject, client = call.query["subject"], call.query.get("client", "")
    model.decisions = [
        decision
        for decision in model.decisions
        if decision.subject != subject or client not in ("", decision.client) or not 200 <= call.status < 300
    ]


def _check_silent_logout(exchange: Exchange) -> None:
    request = exchange.read("logout").object()
    client, person = request.get("client"), living(exchange.read("whoami").object())
    assert isinstance(client, dict), exchange
    assert client.get("skip_logout_consent") is True, f"nobody was asked: {exchange}"
    assert request.get("rp_initiated") is True, exchange
    assert person, f"nobody is signed in: {exchange}"
    assert request.get("subject") == person, f"somebody else is signed out: {exchange}"
    assert request.get("sid") in cookie_of(exchange).get("sids", []), f"a session of another browser: {exchange}"
