"""The public API: discovery and keys; authorize.py, device.py, tokens.py and logout.py have the rest."""

from flask import Blueprint, Response, jsonify
from joserfc.jwk import KeySet

from hydra.sandbox.authorize import RESPONSE_MODES
from hydra.sandbox.store import store
from hydra.sandbox.tokens import DEVICE_GRANT

public = Blueprint("public", __name__)


@public.get("/.well-known/openid-configuration")
def discovery() -> Response:
    """OpenID Connect Discovery 1.0 section 3: only what the stand-in can do."""
    base = store.config.issuer.rstrip("/")
    return jsonify(
        issuer=store.config.issuer,
        authorization_endpoint=f"{store.config.public_url}/oauth2/auth",
        device_authorization_endpoint=f"{store.config.public_url}/oauth2/device/auth",
        token_endpoint=f"{store.config.public_url}/oauth2/token",
        jwks_uri=f"{base}/.well-known/jwks.json",
        userinfo_endpoint=f"{store.config.public_url}/userinfo",
        revocation_endpoint=f"{base}/oauth2/revoke",
        end_session_endpoint=f"{base}/oauth2/sessions/logout",
        subject_types_supported=["public"],
        response_types_supported=["code"],
        response_modes_supported=[*RESPONSE_MODES],
        grant_types_supported=["authorization_code", "refresh_token", DEVICE_GRANT],
        scopes_supported=store.config.scopes,
        claims_supported=["sub"],
        token_endpoint_auth_methods_supported=["client_secret_post", "client_secret_basic", "none"],
        id_token_signing_alg_values_supported=["RS256"],
        id_token_signed_response_alg=["RS256"],
        userinfo_signing_alg_values_supported=["none"],
        code_challenge_methods_supported=["S256"],
        claims_parameter_supported=False,
        request_parameter_supported=False,
        request_uri_parameter_supported=False,
        backchannel_logout_supported=True,
        backchannel_logout_session_supported=True,
    )


@public.get("/.well-known/jwks.json")
def keys() -> Response:
    return jsonify(KeySet([store.key]).as_dict(private=False))
