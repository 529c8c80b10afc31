"""The client of the one OpenID Connect provider in kratos.yml: authorization code, PKCE (RFC 7636), userinfo."""

import secrets
from typing import Any

import requests
from authlib.integrations.requests_client import OAuth2Session
from flask import Response, g

from kratos.sandbox.bodies import Elsewhere, Unrecorded
from kratos.sandbox.store import Flow, store
from kratos.sandbox.web import to, wants_json

TIMEOUT = 30  # seconds


def client() -> OAuth2Session:
    config = store.config.provider
    return OAuth2Session(
        config["client_id"],
        config["client_secret"],
        scope=config["scope"],
        redirect_uri=f"{store.config.public_url}/self-service/methods/oidc/callback/{config['id']}",
        code_challenge_method="S256",
        default_timeout=TIMEOUT,
    )


def leave(flow: Flow, provider: str) -> Response:
    if provider != store.config.provider["id"]:
        raise Unrecorded(404, f'OpenID Connect Provider "{provider}" is unknown or has not been configured')
    verifier, prompt = secrets.token_urlsafe(48), {"prompt": "login"} if flow.kind == "refresh" else {}
    endpoint = discovered()["authorization_endpoint"]
    url, state = client().create_authorization_url(endpoint, code_verifier=verifier, **prompt)
    store.journeys[state] = (flow, g.csrf.token, verifier)
    if wants_json():
        raise Elsewhere(url)
    return to(url)


def discovered() -> Any:
    """Ask the provider where everything is (OpenID Connect Discovery 4)."""
    url = f"{store.config.provider['issuer_url']}/.well-known/openid-configuration"
    answer = requests.get(url, timeout=TIMEOUT)
    answer.raise_for_status()
    return answer.json()


def claims_for(code: str, verifier: str) -> dict[str, Any]:
    """Exchange the code, and ask with the access token who it is: what came straight from the provider is its word."""
    endpoints = discovered()
    with client() as session:
        session.fetch_token(endpoints["token_endpoint"], code=code, code_verifier=verifier)
        return dict(session.get(endpoints["userinfo_endpoint"]).json())
