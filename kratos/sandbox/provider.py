"""The client of the one OpenID Connect provider in kratos.yml: authorization code, PKCE (RFC 7636), userinfo."""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import requests
from flask import Response, g

from kratos.sandbox.bodies import NotRecorded
from kratos.sandbox.refusal import Elsewhere, Unrecorded
from kratos.sandbox.store import Flow, store
from kratos.sandbox.web import to, wants_json

TIMEOUT = 30  # seconds


@dataclass(frozen=True)
class Journey:
    """Somebody on their way through the provider; `csrf` is of their browser, `verifier` PKCE's (RFC 7636)."""

    flow: Flow
    csrf: bytes
    verifier: str


def leave(flow: Flow, provider: str) -> Response:
    """Send the browser to the provider, from a login, a registration or settings."""
    config = store.config.provider
    if provider != config["id"]:
        raise Unrecorded(404, f'OpenID Connect Provider "{provider}" is unknown or has not been configured')
    state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    store.journeys[state] = Journey(flow, g.csrf.token, verifier)
    query = {
        "client_id": config["client_id"],
        "code_challenge": base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
        "redirect_uri": callback_url(),
        "response_type": "code",
        "scope": " ".join(config["scope"]),
        "state": state,
    }
    if flow.kind == "refresh":
        query["prompt"] = "login"
    url = f"{discovered()['authorization_endpoint']}?{urlencode(query)}"
    if wants_json():
        raise Elsewhere(url)
    return to(url)


def callback_url() -> str:
    return f"{store.config.public_url}/self-service/methods/oidc/callback/{store.config.provider['id']}"


def discovered() -> Any:
    """Ask the provider where everything is (OpenID Connect Discovery 4)."""
    url = f"{store.config.provider['issuer_url']}/.well-known/openid-configuration"
    try:
        answer = requests.get(url, timeout=TIMEOUT)
        answer.raise_for_status()
    except requests.RequestException as error:
        raise NotRecorded(f"the social provider does not answer: {error}") from error
    return answer.json()


def claims_for(code: str, verifier: str) -> dict[str, Any]:
    """Exchange the code, and ask with the access token who it is: what came straight from the provider is its word."""
    config, endpoints = store.config.provider, discovered()
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": callback_url(),
        "code_verifier": verifier,
    }
    client = (config["client_id"], config["client_secret"])
    token = requests.post(endpoints["token_endpoint"], data=form, auth=client, timeout=TIMEOUT)
    token.raise_for_status()
    bearer = {"Authorization": f"Bearer {token.json()['access_token']}"}
    return dict(requests.get(endpoints["userinfo_endpoint"], headers=bearer, timeout=TIMEOUT).json())
