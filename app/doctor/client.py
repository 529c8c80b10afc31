"""A client as its application has to know it: what is registered, a request that works, how to get the tokens."""

from __future__ import annotations

import base64
import hashlib
import shlex
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from app.doctor.hydra_checks import authorize_url
from app.doctor.report import Finding
from app.domain.models import strings, text
from app.domain.names import shown_name

Client = Mapping[str, Any]
SECRET = "<client secret>"  # noqa: S105 - stands for it; Hydra does not tell it, and neither would we


def registration(client: Client) -> list[str]:
    """What is registered, one line per value."""
    asks = "no page asks people (skip_consent)" if client.get("skip_consent") is True else "people are asked"
    facts = {
        "client": [text(client.get("client_id")), shown_name(client.get("client_name"))],
        "redirect URIs": strings(client.get("redirect_uris")),
        "after logout": strings(client.get("post_logout_redirect_uris")),
        "authentication": [auth_method(client)],
        "grants": strings(client.get("grant_types")),
        "response types": strings(client.get("response_types")),
        "scopes": text(client.get("scope")).split(),
        "audience": strings(client.get("audience")),
        "consent": [asks],
    }
    return [f"{name:<16}{', '.join(filter(None, values)) or 'none'}" for name, values in facts.items()]


def auth_method(client: Client) -> str:
    """How the client proves itself at the token endpoint; unset, it is client_secret_basic (RFC 7591 section 2)."""
    return text(client.get("token_endpoint_auth_method")) or "client_secret_basic"


def findings(client: Client) -> Iterator[Finding]:
    """What in a registration keeps it from working."""
    grants, scopes = strings(client.get("grant_types")), text(client.get("scope")).split()
    if "authorization_code" not in grants or "code" not in strings(client.get("response_types")):
        told = "People cannot sign in to this client: it has no authorization_code grant with response type code."
        yield Finding("wrong", told, "the client: grant_types, response_types")
    if not strings(client.get("redirect_uris")):
        yield Finding("wrong", "The client has no redirect URI.", "the client: redirect_uris")
    if "openid" not in scopes:
        yield Finding("warning", "The client may not ask for openid: it gets no ID token.", "the client: scope")
    if {"offline_access", "offline"}.intersection(scopes) and "refresh_token" not in grants:
        told = "The client may ask for offline_access, but has no refresh_token grant."
        yield Finding("warning", told, "the client: grant_types")


def working_request(hydra: str, client: Client, state: str, nonce: str, verifier: str) -> str:
    """An authorization request of this client that Hydra takes, with the PKCE challenge of this verifier."""
    digest = hashlib.sha256(verifier.encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    proof = {"code_challenge": challenge, "code_challenge_method": "S256"}
    return authorize_url(hydra, client, state=state, nonce=nonce, **proof)


def token_request(hydra: str, client: Client, verifier: str) -> list[str]:
    """How the code that comes back is exchanged, for each way to authenticate; the registered one is named first."""
    method = auth_method(client)
    told = [f"The code then goes to the token endpoint within ten minutes; this client has to use {method}:", ""]
    ways = {
        "client_secret_basic": "the secret in the header (RFC 6749 section 2.3.1: id and secret percent-encoded first)",
        "client_secret_post": "the secret in the body",
        "none": "a public client has no secret",
    }
    wanted = [method] if method == "none" else sorted(ways.keys() - {"none"}, key=lambda one: one != method)
    for way in wanted:
        told += [f"# {way}: {ways[way]}", _curl(hydra, client, verifier, way), ""]
    if method not in ways:
        told += [f"# {method} needs a signed assertion, which curl cannot make", ""]
    return [*told, "With the other way than the registered one Hydra answers invalid_client."]


def _curl(hydra: str, client: Client, verifier: str, way: str) -> str:
    client_id = text(client.get("client_id"))
    redirect_uri = next(iter(strings(client.get("redirect_uris"))), "")
    fields = {"grant_type": "authorization_code", "code": "<code>"}
    fields |= {"redirect_uri": redirect_uri, "code_verifier": verifier}
    if way != "client_secret_basic":
        fields["client_id"] = client_id
    if way == "client_secret_post":
        fields["client_secret"] = SECRET
    user = ["-u", f"{quote(client_id, safe='')}:{SECRET}"] if way == "client_secret_basic" else []
    data = [part for name, value in fields.items() for part in ("--data-urlencode", f"{name}={value}")]
    return shlex.join(["curl", *user, *data, f"{hydra}/oauth2/token"])
