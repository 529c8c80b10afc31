"""When a login may be accepted (I1, I3), by what Kratos and Hydra said for this very request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.machines.model import Authorization, Model, seconds
from tests.machines.records import Call, Exchange, query_of

LONGEST = 400 * 24 * 3600 + 1
SLACK = 2.0  # seconds; Kratos tells the time in whole ones
KNOWN_PROMPTS = {"none", "login", "consent", "registration"}


def check_login_accepted(model: Model, exchange: Exchange, call: Call) -> None:
    """A living session of whom is accepted, at the level and with the proofs that were demanded."""
    challenge = call.query["login_challenge"]
    assert exchange.method == "GET", exchange
    assert challenge == exchange.query.get("login_challenge"), exchange
    login, session = exchange.read("login"), exchange.read("whoami").object()
    assert login.query["login_challenge"] == challenge, exchange
    person = living(session)
    assert person, f"no living session: {exchange}"
    assert call.body["subject"] == person, f"accepted as somebody else: {exchange}"
    if login.object().get("skip") is True:
        assert login.object().get("subject") == person, f"Hydra remembers somebody else: {exchange}"
    _check_said(exchange, call.body, session)
    wanted = model.authorization_of(login)
    _check_proofs(model, exchange, wanted, session, challenge)
    _check_account(model, exchange, wanted, session, challenge)


def living(session: Mapping[str, Any]) -> str:
    """The identity id of an active session of an active identity, "" for anything else."""
    identity = session.get("identity")
    if session.get("active") is not True or not isinstance(identity, dict) or not isinstance(session.get("id"), str):
        return ""
    person = identity.get("id")
    return person if isinstance(person, str) and identity.get("state", "active") == "active" else ""


def _check_said(exchange: Exchange, body: Mapping[str, Any], session: Mapping[str, Any]) -> None:
    left = seconds(session.get("expires_at")) - exchange.at
    assert body["remember"] is True, exchange
    assert 1 <= body["remember_for"] <= min(max(1, left + SLACK), LONGEST), f"remembered too long: {exchange}"
    assert body["identity_provider_session_id"] == session["id"], exchange
    assert body["context"] == {"kratos_session": session["id"]}, exchange
    is_strong = session.get("authenticator_assurance_level") == "aal2"
    assert (body["acr"] == "aal2") == is_strong, f"another level than reached: {exchange}"
    assert ("mfa" in body["amr"]) == is_strong, exchange


def proofs(session: Mapping[str, Any], aal: str) -> list[float]:
    """When the proofs of that level were given; a recovery is none."""
    methods = [method for method in session.get("authentication_methods") or [] if isinstance(method, dict)]
    return [
        seconds(method.get("completed_at"))
        for method in methods
        if method.get("aal") == aal and not str(method.get("method")).endswith("_recovery")
    ]


def _check_proofs(
    model: Model, exchange: Exchange, wanted: Authorization, session: Mapping[str, Any], challenge: str
) -> None:
    since, client, at = model.since(exchange.browser, challenge), wanted.client, exchange.at
    first, second = (max(proofs(session, aal), default=0.0) for aal in ("aal1", "aal2"))
    if "login" in wanted.prompt:
        assert first > since, f"no new proof for prompt=login: {exchange}"
    ages = [age for age in (wanted.max_age, client.max_session_age) if age is not None and age >= 0]
    if ages and first <= since:
        allowed = min(ages) + SLACK if min(ages) else 0
        assert at - first <= allowed, f"a proof of {at - first} s ago: {exchange}"
    if client.required_aal == "aal2":
        assert session.get("authenticator_assurance_level") == "aal2", f"one factor only: {exchange}"
        assert first, f"a recovery and no first factor: {exchange}"
        if "login" in wanted.prompt:
            assert second > since, f"no new second factor for prompt=login: {exchange}"
        age = client.required_aal_max_age
        if age is not None and second <= since:
            assert at - second <= age + SLACK, f"a second factor of {at - second} s ago: {exchange}"


def _check_account(
    model: Model, exchange: Exchange, wanted: Authorization, session: Mapping[str, Any], challenge: str
) -> None:
    """The account was chosen where that was asked for; a prompt nobody knows leads nowhere."""
    person, login = session["identity"]["id"], exchange.read("login")
    assert set(wanted.prompt) <= KNOWN_PROMPTS, f"an unknown prompt: {exchange}"
    chosen = (challenge, person) in model.chosen
    is_fresh = max(proofs(session, "aal1"), default=0.0) > model.since(exchange.browser, challenge)
    # Who takes another account on the page that asks for one is not asked again: Hydra gets the request without it.
    if "registration" in wanted.prompt and "registration" in query_of(login.true["request_url"]).get("prompt", ""):
        assert chosen or is_fresh, f"nobody said which account: {exchange}"
    context = login.object().get("oidc_context")
    claims = context.get("id_token_hint_claims") if isinstance(context, dict) else None
    if login.object().get("skip") is not True and isinstance(claims, dict):
        # A pairwise hint names everybody by a word of that application alone: nobody can be compared with it.
        allowed = (None,) if wanted.client.pairwise else (None, person)
        assert chosen or claims.get("sub") in allowed, f"a hint of somebody else: {exchange}"
