"""When a consent may be accepted, and with what in it (I2, I8; C01 - C16)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.machines.model import Authorization, Decision, Model, has_good_token
from tests.machines.oracle_login import living
from tests.machines.records import Call, Exchange

SCOPE_OF = {"email": "email", "email_verified": "email", "address": "address"}
SCOPE_OF |= dict.fromkeys(("phone_number", "phone_number_verified"), "phone")
LISTED = {"https://api.example.org"}  # audiences for which the machine's Portico has words


def check_consent_accepted(model: Model, exchange: Exchange, call: Call) -> None:
    """The very session that signed in, within what was requested, shown and chosen, or by a rule for silence."""
    challenge = call.query["consent_challenge"]
    consent, session = exchange.read("consent"), exchange.read("whoami").object()
    assert consent.query["consent_challenge"] == challenge, exchange
    body, request, person = call.body, consent.object(), living(session)
    assert person, f"no living session: {exchange}"
    assert request.get("subject") == person, f"somebody else's consent: {exchange}"
    assert request.get("context") == {"kratos_session": session["id"]}, f"not the session: {exchange}"
    requested, wanted = _strings(request.get("requested_scope")), model.authorization_of(consent)
    assert set(body["grant_scope"]) <= requested, f"granted and not requested: {exchange}"
    if not consent.change:
        assert set(body["grant_scope"]) <= set(wanted.scope), f"granted and not asked for: {exchange}"
        assert set(body["grant_access_token_audience"]) <= set(wanted.audience), f"audience: {exchange}"
    assert len(body["grant_scope"]) == len(set(body["grant_scope"])), exchange
    assert set(body["grant_access_token_audience"]) <= _strings(request.get("requested_access_token_audience")), (
        exchange
    )
    if exchange.method == "GET":
        _check_silent(model, exchange, wanted, request, body)
    else:
        _check_decided(model, exchange, wanted, challenge, body)
        _remember(model, person, wanted, request, body)
    _check_claims(exchange, body, session["identity"])


def _strings(value: object) -> set[str]:
    return {item for item in value if isinstance(item, str)} if isinstance(value, list) else set()


def _check_decided(
    model: Model, exchange: Exchange, wanted: Authorization, challenge: str, body: Mapping[str, Any]
) -> None:
    """A good form of a page that showed this, with an explicit yes; no field of it grants more."""
    assert exchange.path == "/consent", exchange
    assert has_good_token(model, exchange), f"a forged form: {exchange}"
    assert exchange.posted("action") == ["accept"], f"nobody said yes: {exchange}"
    assert exchange.posted("consent_challenge") == [challenge], f"another challenge: {exchange}"
    shown = model.shown.get("".join(exchange.posted("ticket")))
    assert shown, f"a page that was never shown: {exchange}"
    assert shown.challenge == challenge, f"the page of another challenge: {exchange}"
    assert set(body["grant_scope"]) <= shown.scopes, f"granted and not shown: {exchange}"
    chosen = {*exchange.posted("grant_scope"), "openid", *wanted.client.required_scopes}
    assert set(body["grant_scope"]) <= chosen, f"granted and not chosen: {exchange}"
    if body["remember"]:
        assert exchange.posted("remember") == ["true"], f"nobody said remember: {exchange}"
        assert not wanted.device, f"a device is remembered: {exchange}"


def _remember(
    model: Model, person: str, wanted: Authorization, request: Mapping[str, Any], body: Mapping[str, Any]
) -> None:
    if body["remember"]:
        requested, audience = _strings(request.get("requested_scope")), frozenset(body["grant_access_token_audience"])
        granted = frozenset(body["grant_scope"])
        model.decisions.append(Decision(person, wanted.client.name, frozenset(requested), granted, audience))


def _check_silent(
    model: Model, exchange: Exchange, wanted: Authorization, request: Mapping[str, Any], body: Mapping[str, Any]
) -> None:
    """Without a page only by Hydra's own word, the operator's, or an earlier decision of this person's."""
    assert not wanted.device, f"a device is always asked about: {exchange}"
    client, audience = request.get("client"), set(body["grant_access_token_audience"])
    is_trusted = isinstance(client, dict) and client.get("skip_consent") is True
    if request.get("skip") is True and (is_trusted or audience <= LISTED):
        return
    assert "consent" not in wanted.prompt, f"prompt=consent: {exchange}"
    assert not wanted.client.claimable, f"anybody could be this application: {exchange}"
    if is_trusted:
        return
    grants = set(body["grant_scope"])
    covered = [
        decision
        for decision in model.decisions
        if (decision.subject, decision.client) == (request["subject"], wanted.client.name)
        and decision.requested >= set(wanted.scope)
        and decision.granted >= grants
        and decision.audience >= audience
    ]
    assert covered, f"nobody ever said yes to this: {exchange}"


def _check_claims(exchange: Exchange, body: Mapping[str, Any], identity: Mapping[str, Any]) -> None:
    """Of this person, of granted scopes."""
    claims, granted = body["session"]["id_token"], set(body["grant_scope"])
    assert body["session"]["access_token"] == {}, exchange
    known = json.dumps(identity, ensure_ascii=False)
    for name, value in claims.items():
        assert SCOPE_OF.get(name, "profile") in granted, f"{name} without its scope: {exchange}"
        if name in ("email", "phone_number", "given_name", "family_name", "preferred_username", "website"):
            assert json.dumps(value, ensure_ascii=False) in known, f"{name} of somebody else: {exchange}"
    if claims.get("email_verified"):
        addresses = [address for address in identity["verifiable_addresses"] if address["verified"] is True]
        assert claims["email"] in [address["value"] for address in addresses], exchange
