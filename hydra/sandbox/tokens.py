"""`/oauth2/token`, `/oauth2/revoke`, `/userinfo`: codes, access and refresh tokens, ID tokens signed with RS256."""

import re
import secrets
from typing import Any
from urllib.parse import unquote_plus
from uuid import uuid4

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core.util import create_half_hash
from flask import Blueprint, Response, jsonify, request
from joserfc import jwt
from joserfc.errors import JoseError

from hydra.sandbox.clients import refuse_foreign_scopes
from hydra.sandbox.errors import OAuth2Error, refuse_if, refused
from hydra.sandbox.store import store
from kratos.sandbox import clock

# Claims Hydra sets or deletes itself, whatever the consent's session says (fosite/token/jwt/claims_id_token.go).
RESERVED = {"sub", "iss", "aud", "iat", "exp", "rat", "jti", "auth_time", "acr", "amr", "sid"}
RESERVED |= {"nonce", "at_hash", "c_hash"}
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"

# A grant has request_id, client_id, scopes, audience, claims (of the ID token), extra (of the access token).
Grant = dict[str, Any]
Form = dict[str, str]

tokens = Blueprint("tokens", __name__)


def new_token(kind: str) -> str:
    return f"ory_{kind}_{secrets.token_urlsafe(32)}.{secrets.token_urlsafe(32)}"


def sign(claims: dict[str, Any]) -> str:
    return jwt.encode({"alg": "RS256", "typ": "JWT", "kid": store.key.kid}, claims, store.key)


def decode_hint(token: str) -> dict[str, Any]:
    """Claims of an ID token of ours, expired ones too."""
    try:
        claims = dict(jwt.decode(token, store.key, algorithms=["RS256"]).claims)
    except (JoseError, ValueError) as error:
        raise OAuth2Error("invalid_request", str(error)) from None
    refuse_if(not claims.get("sub"), "hint_without_subject")
    return claims


def new_grant(flow: dict[str, Any], nonce: str | None = None) -> Grant:
    client_id, now = flow["client"]["client_id"], clock.time()
    claims = {name: value for name, value in flow["session"]["id_token"].items() if name not in RESERVED}
    claims |= {"sub": flow["subject"], "iss": store.config.issuer, "aud": [client_id], "sid": flow["session_id"]}
    claims |= {"iat": int(now), "rat": flow["requested_at"], "auth_time": flow["auth_time"]}
    optional = {"nonce": nonce, "acr": flow["acr"], "amr": flow["amr"]}
    return {
        "request_id": flow["consent_request_id"],
        "client_id": client_id,
        "scopes": flow["grant_scope"],
        "audience": flow["grant_access_token_audience"],
        "claims": claims | {name: value for name, value in optional.items() if value},
        "extra": flow["session"]["access_token"],
    }


def new_code(form: Form, flow: dict[str, Any]) -> str:
    code, lasts = new_token("ac"), store.config.ttl["auth_code"]
    grant = new_grant(flow, form.get("nonce"))
    store.codes[code] = grant | {"form": form, "expires_at": clock.time() + lasts, "used": False}
    return code


@tokens.post("/oauth2/token")
def exchange() -> Response:
    form = request.form.to_dict()
    kind = form.get("grant_type", "")
    refuse_if(not kind, "grant_type_missing")
    client = authenticate(form)
    refuse_if(kind not in GRANT_TYPES and kind != "client_credentials", "invalid_request")
    if kind not in GRANT_TYPES or kind not in client["grant_types"]:
        raise refused("grant_type_forbidden", kind=kind)
    answer = jsonify(GRANT_TYPES[kind](form, client))
    answer.headers["Cache-Control"] = "no-store"
    return answer


def authenticate(form: Form) -> dict[str, Any]:
    """The client of this request by HTTP Basic, by body, or by name alone if it is public (RFC 6749 2.3)."""
    basic = request.authorization if request.authorization and request.authorization.type == "basic" else None
    client_id, secret = form.get("client_id", ""), form.get("client_secret", "")
    used = "client_secret_post" if client_id and secret else ""
    if basic:
        client_id, secret = unquote_plus(basic.username or ""), unquote_plus(basic.password or "")
        used = "client_secret_basic" if secret else used
    refuse_if(not client_id, "client_id_missing")
    client = store.clients.get(client_id)
    if client is None:
        raise OAuth2Error("invalid_client")
    method = client["token_endpoint_auth_method"]
    refuse_if(used and used != method, "auth_method", method=method, used=used)
    is_secret = secrets.compare_digest(secret.encode(), client.get("client_secret", "").encode())
    refuse_if(method != "none" and not is_secret, "invalid_client")
    return client


def exchange_code(form: Form, client: dict[str, Any]) -> dict[str, Any]:
    grant = store.codes.get(form.get("code", ""))
    if grant is None or grant["expires_at"] < clock.time():
        raise OAuth2Error("invalid_grant")
    if grant["used"]:
        store.revoke_tokens(grant["request_id"])
        raise refused("code_used")
    parameters = grant["form"]
    refuse_if(grant["client_id"] != client["client_id"], "code_of_another", what="OAuth 2.0 Client ID")
    is_elsewhere = parameters.get("redirect_uri", "") not in ("", form.get("redirect_uri"))
    refuse_if(is_elsewhere, "code_of_another", what="'redirect_uri'")
    check_code_verifier(parameters.get("code_challenge"), form.get("code_verifier", ""))
    refuse_if(0 < len(parameters.get("nonce", "")) < 8, "nonce_short")
    grant["used"] = True
    # Somebody asked for acr_values and nobody vouched: Hydra says "0", in this token only.
    return issue(grant, client, {"acr": "0"} if parameters.get("acr_values") else {})


def check_code_verifier(code_challenge: str | None, verifier: str) -> None:
    """RFC 7636 section 4.6; a verifier for a request without a challenge is refused too."""
    if not code_challenge and not verifier:
        return
    refuse_if(not code_challenge, "code_challenge_missing")
    refuse_if(not re.fullmatch(r"[\w.~-]{43,128}", verifier, re.ASCII), "code_verifier_malformed")
    refuse_if(create_s256_code_challenge(verifier) != code_challenge, "code_verifier_wrong")


def redeem_device(form: Form, client: dict[str, Any]) -> dict[str, Any]:
    """RFC 8628 section 3.4; a code nobody has typed in goes on pending after its time, at Hydra too."""
    device = store.devices.get(form.get("device_code", ""))
    if device is None:
        raise OAuth2Error("invalid_grant")
    refuse_if(device["grant"] is None, "authorization_pending")
    refuse_if(device["grant"]["client_id"] != client["client_id"], "code_of_another", what="OAuth 2.0 Client ID")
    refuse_if(device["expires_at"] < clock.time(), "expired_token")
    del store.devices[form["device_code"]]
    return issue(device["grant"], client, {})


def refresh(form: Form, client: dict[str, Any]) -> dict[str, Any]:
    grant = store.refresh_tokens.get(form.get("refresh_token", ""))
    if grant is None:
        raise refused("refresh_token_unknown")
    if grant["used"]:  # RFC 9700 section 4.14.2: a rotated token that comes back ends the whole chain
        store.revoke_tokens(grant["request_id"])
        raise refused("refresh_token_used")
    refuse_if(grant["expires_at"] < clock.time(), "refresh_token_expired")
    refuse_if(grant["client_id"] != client["client_id"], "refresh_token_foreign")
    refuse_foreign_scopes(grant["scopes"], client)
    grant["used"] = True
    store.access_tokens.pop(grant["access_token"], None)
    return issue(grant, client, {})


def issue(grant: Grant, client: dict[str, Any], assumed: dict[str, str]) -> dict[str, Any]:
    now, ttl, access_token = clock.time(), store.config.ttl, new_token("at")
    store.access_tokens[access_token] = grant | {"expires_at": now + ttl["access_token"], "iat": int(now)}
    answer: dict[str, Any] = {
        "access_token": access_token,
        "expires_in": int(ttl["access_token"]),
        "token_type": "bearer",
        "scope": " ".join(grant["scopes"]),
    }
    if {"offline", "offline_access"}.intersection(grant["scopes"]) and "refresh_token" in client["grant_types"]:
        rotating = {"access_token": access_token, "used": False, "expires_at": now + ttl["refresh_token"]}
        answer["refresh_token"] = new_token("rt")
        store.refresh_tokens[answer["refresh_token"]] = grant | rotating
    if "openid" in grant["scopes"]:
        own = {"iat": int(now), "exp": int(now + ttl["id_token"]), "jti": str(uuid4())}
        own["at_hash"] = create_half_hash(access_token, "RS256").decode()
        answer["id_token"] = sign(assumed | grant["claims"] | own)
    return answer


GRANT_TYPES = {"authorization_code": exchange_code, "refresh_token": refresh, DEVICE_GRANT: redeem_device}


def active(token: str | None) -> Grant | None:
    grant = store.access_tokens.get(token or "")
    return grant if grant and grant["expires_at"] > clock.time() else None


@tokens.route("/userinfo", methods=["GET", "POST"])
def userinfo() -> Response:
    is_bearer = request.authorization and request.authorization.type == "bearer"
    grant = active(request.authorization.token) if request.authorization and is_bearer else None
    if grant is None:
        error = OAuth2Error("request_unauthorized")
        answer = error.response()
        answer.headers["WWW-Authenticate"] = "Bearer " + ",".join(f'{k}="{v}"' for k, v in error.values.items())
        return answer
    return jsonify({name: value for name, value in grant["claims"].items() if name not in ("nonce", "sid")})


@tokens.post("/oauth2/revoke")
def revoke() -> Response:
    """RFC 7009: 200 whether or not the token was one; an access token takes its refresh token with it."""
    form = request.form.to_dict()
    refuse_if(not form, "invalid_request")
    client, token = authenticate(form), form.get("token", "")
    grant = store.access_tokens.get(token) or store.refresh_tokens.get(token)
    refuse_if(grant and grant["client_id"] != client["client_id"], "unauthorized_client")
    if grant:
        store.revoke_tokens(grant["request_id"])
    return Response(headers={"Cache-Control": "no-store"})
