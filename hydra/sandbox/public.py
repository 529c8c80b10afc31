"""The public API: discovery, keys, and the routes of authorize.py, tokens.py and logout.py."""

from flask import Flask, Response, jsonify
from joserfc.jwk import KeySet

from hydra.sandbox.authorize import RESPONSE_MODES, Authorization
from hydra.sandbox.cookies import Cookies
from hydra.sandbox.device import Device
from hydra.sandbox.errors import OAuth2Error
from hydra.sandbox.logout import Logout
from hydra.sandbox.store import Config, Store
from hydra.sandbox.tokens import DEVICE_GRANT, Tokens


def discovery(config: Config) -> Response:
    """OpenID Connect Discovery 1.0 section 3: only what the stand-in can do."""
    base = config.issuer.rstrip("/")
    return jsonify(
        issuer=config.issuer,
        authorization_endpoint=f"{config.public_url}/oauth2/auth",
        device_authorization_endpoint=f"{config.public_url}/oauth2/device/auth",
        token_endpoint=f"{config.public_url}/oauth2/token",
        jwks_uri=f"{base}/.well-known/jwks.json",
        userinfo_endpoint=f"{config.public_url}/userinfo",
        revocation_endpoint=f"{base}/oauth2/revoke",
        end_session_endpoint=f"{base}/oauth2/sessions/logout",
        subject_types_supported=["public"],
        response_types_supported=["code"],
        response_modes_supported=[*RESPONSE_MODES],
        grant_types_supported=["authorization_code", "refresh_token", DEVICE_GRANT],
        scopes_supported=config.scopes,
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


def create_app(config: Config, store: Store) -> Flask:
    app = Flask("hydra.sandbox.public", static_folder=None)
    tokens, cookies = Tokens(config, store), Cookies(config, store)
    authorization = Authorization(config, store, tokens, cookies)
    logout = Logout(config, store, tokens, cookies)
    device = Device(config, store, tokens, authorization)
    keys = KeySet([store.key]).as_dict(private=False)
    both = ["GET", "POST"]
    app.add_url_rule("/oauth2/auth", "auth", authorization.view, methods=both)
    app.add_url_rule("/oauth2/device/auth", "device_auth", device.auth, methods=["POST"])
    app.add_url_rule("/oauth2/device/verify", "device_verify", device.verify)
    app.add_url_rule("/oauth2/token", "token", tokens.token, methods=["POST"])
    app.add_url_rule("/oauth2/revoke", "revoke", tokens.revoke, methods=["POST"])
    app.add_url_rule("/oauth2/sessions/logout", "logout", logout.view, methods=both)
    app.add_url_rule("/userinfo", "userinfo", tokens.userinfo, methods=both)
    app.add_url_rule("/.well-known/openid-configuration", "discovery", lambda: discovery(config))
    app.add_url_rule("/.well-known/jwks.json", "jwks", lambda: jsonify(keys))
    app.register_error_handler(405, lambda _: Response("404 - Route not found\n", 404, mimetype="text/html"))
    add_health(app)
    return app


def add_health(app: Flask) -> None:
    for name in ("alive", "ready"):
        app.add_url_rule(f"/health/{name}", name, lambda: jsonify(status="ok"))
    app.register_error_handler(OAuth2Error, OAuth2Error.response)
