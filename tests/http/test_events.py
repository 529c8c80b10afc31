"""The audit log of what people do: each event as one request writes it, whole, once, with nothing beside it."""

import base64
import json

import pytest

from tests.payloads.bodies import load
from tests.support.upstream import ADA, BOB, BROWSER_HYDRA, HYDRA, KRATOS, authorize, identity, proof, session
from tests.support.world import CONSENT, HERS, LOGIN, World, consent_page, type_code

ALLOW, DENY = ("action", "accept"), ("action", "deny")
APP = "https://app.example.org"
DEVICE = {"request_url": f"{BROWSER_HYDRA}/oauth2/device/verify?client_id=demo", "oidc_context": None}


def signed_in(world):
    world.upstream.asks("login", skip=True, subject=ADA)
    world.upstream.signed_in(proofs=[proof(60), proof(30, "totp", "aal2")], aal="aal2")
    world.upstream.takes("login", "accept")
    world.client.get(LOGIN)
    return HERS | {"aal": "aal2", "methods": "password totp", "remembered": True}


def refused(world):
    world.upstream.asks("login", request_url=authorize(prompt="ada@example.org\n"))
    world.upstream.signed_in()
    world.upstream.takes("login", "reject")
    world.client.get(LOGIN)
    return HERS | {"error": "invalid_request", "reason": "The prompt value '...' is not supported here."}


def cancelled(world):
    world.upstream.asks("login")
    world.upstream.takes("login", "reject")
    page = world.client.get("/device?device_challenge=c")  # any page with a token
    token = page.text.partition('name="csrf_token" value="')[2].partition('"')[0]
    world.begin()
    world.client.send("/login/cancel", [("csrf_token", token), ("login_challenge", "c")])
    return {"client_id": "demo"}


def sent_again(world):
    world.upstream.asks("login", skip=True, subject=ADA, request_url=authorize(prompt="none"))
    world.upstream.nobody()
    world.upstream.takes("login", "reject")
    world.client.get(LOGIN)
    return {"client_id": "demo", "error": "login_required", "reason": "Nobody is signed in."}


def proves_again(world):
    world.upstream.asks("login", request_url=authorize(prompt="login"))
    world.upstream.signed_in()
    world.client.get(LOGIN)
    return HERS


def second_factor(world):
    world.upstream.asks("login")
    world.upstream.aal2_required()
    world.client.get(LOGIN)
    return {"client_id": "demo", "identity_id": "", "session_id": ""}


def right_code(world):
    world.upstream.takes("device", "accept", f"{BROWSER_HYDRA}/oauth2/device/verify?device_verifier=v")
    type_code(world)
    return {}


def wrong_code(world):
    world.upstream.on("PUT", f"{world.upstream.url('device')}/accept", 400, {"error": "invalid_request"})
    type_code(world)
    return {}


def token_made(world):
    claims = base64.urlsafe_b64encode(json.dumps({"exp": 1795262700}).encode()).decode().rstrip("=")
    world.upstream.whoami(session(tokenized=f"e30.{claims}.c2ln"))
    world.client = world.client_with(session_tokens={"ui_jwt": {"origins": [APP]}})
    world.client.get("/session/token/ui_jwt", headers={"Origin": APP})
    return {"template": "ui_jwt", "origin": APP}


def allowed(world):
    world.upstream.takes("consent", "accept")
    world.press(consent_page(world), "/consent", ALLOW)
    return HERS | {"scopes": "openid email", "by_page": True, "device": False}


def denied(world):
    world.press(consent_page(world, **DEVICE), "/consent", DENY)
    return HERS | {"device": True}


def disconnected(world):
    client = {"client_id": "billing"}
    grant = {"grant_scope": ["openid"], "handled_at": "2026-11-20T09:00:00Z", "consent_request": {"client": client}}
    world.upstream.on("GET", f"{HYDRA}/admin/oauth2/auth/sessions/consent", body=[grant])
    world.upstream.on("DELETE", f"{HYDRA}/admin/oauth2/auth/sessions/consent", 204, b"")
    world.upstream.signed_in()
    world.press(world.client.get("/apps"), "/apps", ("client", "billing"))
    return HERS | {"client_id": "billing"}


def another_persons(world):
    world.upstream.asks("consent")
    world.upstream.signed_in(BOB)
    world.client.get(CONSENT)
    return {"client_id": "demo", "identity_id": BOB, "session_id": "session-1", "reason": "another_person"}


def signed_out(world):
    world.upstream.signed_in()
    world.upstream.signs_out()
    world.press(world.client.get("/logout"), "/logout", ALLOW)
    return HERS | {"client_id": "", "reason": "logout"}


def not_signed_out(world):
    world.upstream.signed_in()
    world.upstream.on("GET", f"{KRATOS}/self-service/logout/browser", 500)
    world.press(world.client.get("/logout"), "/logout", ALLOW)
    return {"service": "Kratos"}


def leaver(world, *proofs):
    world.client = world.client_with(account_deletion=True, kratos_admin_url="http://kratos.internal:4434")
    about = {"proofs": proofs} if proofs else {"proofs": [proof(60), proof(30, "totp", "aal2")], "aal": "aal2"}
    world.upstream.signed_in(**about)
    return {"identity_id": ADA, "session_id": "session-1"}


def proves_again_to_leave(world):
    fields = leaver(world, proof(3600))
    world.client.get("/leave")
    return fields | {"client_id": ""}


def second_factor_to_leave(world):
    fields = leaver(world, proof(60))
    world.upstream.on("GET", f"{KRATOS}/self-service/login/browser", 200, load("login/aal2_all"))
    world.client.get("/leave")
    return fields | {"client_id": ""}


def took_data(world):
    fields = leaver(world)
    world.upstream.on("GET", f"{KRATOS}/sessions", 200, [])
    world.upstream.on("GET", f"{HYDRA}/admin/oauth2/auth/sessions/consent", 200, [])
    world.client.get("/leave/data")
    return fields


def left(world, status=204):
    fields = leaver(world)
    address = f"http://kratos.internal:4434/admin/identities/{ADA}"
    world.upstream.on("GET", address, 200, identity())
    world.upstream.on("GET", f"{HYDRA}/admin/oauth2/auth/sessions/consent", 200, [])
    for what in ("login", "consent"):
        world.upstream.on("DELETE", f"{HYDRA}/admin/oauth2/auth/sessions/{what}", 204, b"")
    world.upstream.on("DELETE", address, status, b"" if status == 204 else {})
    world.press(world.client.get("/leave"), "/leave", ("sure", "yes"))
    return fields


def not_left(world):
    world.beside = {"upstream_error"}
    return left(world, 500) | {"service": "Kratos' admin API"}


SCENARIOS = {
    "authn_login_success": signed_in,
    "authn_login_fail": refused,
    "authn_login_cancel": cancelled,
    "authn_interaction_required": sent_again,
    "authn_reauthentication_required": proves_again,
    "authn_second_factor_required": second_factor,
    "authn_second_factor_required before leaving": second_factor_to_leave,
    "authn_reauthentication_required before leaving": proves_again_to_leave,
    "authn_device_code_success": right_code,
    "authn_device_code_fail": wrong_code,
    "authn_token_created": token_made,
    "privilege_permissions_changed": allowed,
    "privilege_permissions_denied": denied,
    "authn_token_revoked": disconnected,
    "authz_fail": another_persons,
    "session_expired": signed_out,
    "sign_out_failed": not_signed_out,
    "sensitive_read": took_data,
    "user_deleted": left,
    "user_deletion_failed": not_left,
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_decision_is_one_event(client_with, upstream, logs, monkeypatch, name):
    world = World(client_with, upstream, logs, monkeypatch)
    fields = SCENARIOS[name](world)
    assert world.logged(name.split()[0]) == fields
