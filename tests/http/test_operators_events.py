"""The log of what operators should look at: each event as one request writes it, whole, once, and alone."""

import time

import pytest
from werkzeug.test import Client

from app.http import rate_limits
from app.http.rate_limits import LIMITS
from app.ory.transport.breaker import ENOUGH, PATIENT
from tests.payloads.bodies import load
from tests.support.upstream import BROWSER_KRATOS, HYDRA, KRATOS, PUBLIC
from tests.support.world import LOGIN, World, consent_page, type_code

ALLOW = ("action", "accept")


def too_often(world):
    world.monkeypatch.setattr(rate_limits.Counts, "wait", lambda _, item, __: 9 if item.amount == 10 else 0)
    world.client = world.client_with(secret_key="another-secret-key-of-the-tests-0123")
    type_code(world)
    return {"limit": LIMITS["browser"], "per": "browser"}


def odd(world):
    world.client.get(LOGIN + "&login_challenge=d")
    return {"reason": "login_challenge was given more than once"}


def foreign_form(world):
    page = world.client.get("/device?device_challenge=c")
    world.begin()
    world.client.send("/device", [("device_challenge", "c")], headers={"Origin": "https://evil.example"})
    assert page.status_code == 200
    return {"route": "/device"}


def out_of_turn(world):
    world.upstream.takes("consent", "accept")
    page = consent_page(world)
    world.press(page, "/consent", ALLOW)
    world.press(page, "/consent", ALLOW)
    return {"reason": "answered_before"}


def invisible(world):
    world.upstream.asks("login")
    world.upstream.nobody()
    world.client.get(LOGIN)
    world.begin()
    world.client.get(LOGIN + "&n=1")
    return {"portico_host": PUBLIC, "kratos_host": BROWSER_KRATOS, "check": "cookies.domain"}


def elsewhere(world):
    world.client.get("/login?consent_challenge=c")
    return {"check": "hydra.yml: urls.consent"}


def forbidden(world):
    error = {"id": "self_service_flow_return_to_forbidden", "code": 400}
    world.upstream.on("GET", f"{KRATOS}/self-service/errors", body={"id": "e", "error": error})
    world.client.get("/error?id=e")
    return {"check": "selfservice.allowed_return_urls"}


def nothing_to_set_up(world):
    world.upstream.asks("login")
    back = f"{PUBLIC}/login?login_challenge=c&n=1&task=second_factor"
    body = load("settings/password_only") | {"return_to": back}
    world.upstream.on("GET", f"{KRATOS}/self-service/settings/flows", body=body)
    world.client.get("/settings?flow=f")
    return {"client_id": "demo", "check": "selfservice.methods"}


def unknown_choice(world):
    world.upstream.has_chosen = True
    world.upstream.on("GET", f"{HYDRA}/admin/oauth2/auth/sessions/consent", 500)
    consent_page(world)
    return {"service": "Hydra", "status": 500}


def claim_dropped(world):
    world.client = world.client_with(claims={"email": {"nickname": "traits.name"}})
    world.upstream.takes("consent", "accept")
    consent_page(world, client={"skip_consent": True})
    world.beside = {"privilege_permissions_changed"}
    return {"claim": "nickname", "reason": "wrong type"}


def upstream_down(world):
    world.upstream.on("GET", world.upstream.url("login"), 502)
    world.client.get(LOGIN)
    return {"service": "Hydra", "what": "cannot answer", "status": 502}


def not_ready(world):
    world.upstream.mock.add("GET", f"{KRATOS}/health/ready", body=ConnectionResetError())
    world.upstream.on("GET", f"{HYDRA}/health/ready", 200, {"status": "ok"})
    world.client.get("/health/ready")
    return {"service": "Kratos", "what": "no answer: ConnectionResetError", "status": 0}


def silence(world):
    world.client = world.client_with(public_url=PUBLIC)  # its own: the tests after it ask the usual one
    breaker = world.client.application.extensions["portico"].hydra._transport._call("GET", f"{HYDRA}/", {}).pool.breaker
    for _ in range(ENOUGH):
        breaker.waited(time.monotonic() - PATIENT)
    return breaker


def silent(world):
    silence(world)
    return {"upstream": HYDRA}


def answers_again(world):
    silence(world).answered()
    world.beside = {"upstream_silent"}
    return {"upstream": HYDRA}


def overloaded(world):
    refusals = world.client.application.extensions["refusals"]
    for name in ("_refused", "_next_event"):  # no other test's refusal was a moment ago
        world.monkeypatch.setattr(refusals, name, 0)
    Client(refusals).get(LOGIN)
    return {"refused": 1}


def storage_lost(world):
    world.upstream.on("PUT", f"{world.upstream.url('device')}/accept", 400, {"error": "invalid_request"})
    world.client = world.client_with(rate_limit_storage="redis://127.0.0.1:1/0")
    type_code(world)
    world.beside = {"authn_device_code_fail"}
    return {"meaning": "each worker counts tries for itself"}


def storage_back(world):
    storage_lost(world)
    world.monkeypatch.setattr(rate_limits.Counts, "_shared", property(lambda counts: counts._own))
    type_code(world)
    return {"meaning": "all workers count tries together again"}


def fault(world):
    world.monkeypatch.setattr("app.ory.kratos.Kratos.whoami", lambda *_: 1 / 0)
    world.client.get("/")
    [event] = world.events()
    return {"error": "ZeroDivisionError", "where": event["where"]}


def without_an_address(world):
    world.client_with(public_url="", allowed_hosts=["localhost"])
    return {"meaning": "for this machine only; production needs PORTICO_PUBLIC_URL"}


SCENARIOS = {
    "excess_rate_limit_exceeded": too_often,
    "input_validation_fail": odd,
    "malicious_cors": foreign_form,
    "sequence_fail": out_of_turn,
    "cookie_invisible": invisible,
    "challenge_elsewhere": elsewhere,
    "return_to_forbidden": forbidden,
    "second_factor_unavailable": nothing_to_set_up,
    "choice_unknown": unknown_choice,
    "claim_dropped": claim_dropped,
    "upstream_error": upstream_down,
    "not_ready": not_ready,
    "upstream_silent": silent,
    "upstream_answers": answers_again,
    "overloaded": overloaded,
    "rate_limit_storage_lost": storage_lost,
    "rate_limit_storage_back": storage_back,
    "failure": fault,
    "drop_in_mode": without_an_address,
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_what_is_odd_is_one_event(client_with, upstream, logs, monkeypatch, name):
    world = World(client_with, upstream, logs, monkeypatch)
    fields = SCENARIOS[name](world)
    assert world.logged(name) == fields
