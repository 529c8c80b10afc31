"""`/oauth2/token`, `/oauth2/revoke`, `/userinfo`: codes, access and refresh tokens, ID tokens signed with RS256."""

import re
import secrets
from typing import Any
from urllib.parse import unquote_plus
from uuid import uuid4

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core.util import create_half_hash
from flask import Response, jsonify, request
from joserfc import jwt
from joserfc.errors import JoseError

from hydra.sandbox.errors import OAuth2Error, refuse_if
from hydra.sandbox.store import Config, Store
from kratos.sandbox import clock

# Claims Hydra sets or deletes itself, whatever the consent's session says (fosite/token/jwt/claims_id_token.go).
FROM_THE_LOGIN = {"sub", "iss", "aud", "iat", "exp", "rat", "jti", "auth_time", "acr", "amr", "sid"}
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
RESERVED = FROM_THE_LOGIN | {"nonce", "at_hash", "c_hash"}


def new_token(kind: str) -> str:
    return f"ory_{kind}_{secrets.token_urlsafe(32)}.{secrets.token_urlsafe(32)}"


class Tokens:
    """A grant: request_id, client_id, scopes, audience, claims (of the ID token), extra (of the access token)."""

    def __init__(self, config: Config, store: Store) -> None:
        self.config, self.store = config, store

    def sign(self, claims: dict[str, Any]) -> str:
        return jwt.encode({"alg": "RS256", "typ": "JWT", "kid": self.store.key.kid}, claims, self.store.key)

    def decode_hint(self, token: str) -> dict[str, Any]:
        """Claims of an ID token of ours, expired ones too."""
        try:
            claims = dict(jwt.decode(token, self.store.key, algorithms=["RS256"]).claims)
        except (JoseError, ValueError) as error:
            raise OAuth2Error("invalid_request", str(error)) from None
        refuse_if(not claims.get("sub"), "invalid_request", "The id_token_hint is missing the sub claim.")
        return claims

    def grant(self, flow: dict[str, Any], nonce: str | None = None) -> dict[str, Any]:
        """What a consent allows."""
        client_id, now = flow["client"]["client_id"], clock.time()
        claims = {name: value for name, value in flow["session"]["id_token"].items() if name not in RESERVED}
        claims |= {"sub": flow["subject"], "iss": self.config.issuer, "aud": [client_id], "sid": flow["session_id"]}
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

    def issue_code(self, form: dict[str, str], flow: dict[str, Any]) -> str:
        code, lasts = new_token("ac"), self.config.ttl["auth_code"]
        grant = self.grant(flow, form.get("nonce"))
        self.store.codes[code] = grant | {"form": form, "expires_at": clock.time() + lasts, "used": False}
        return code

    def token(self) -> Response:
        form = request.form.to_dict()
        kind = form.get("grant_type")
        refuse_if(not kind, "invalid_request", "Request parameter 'grant_type' is missing")
        client = self.authenticate(form)
        exchange = {"authorization_code": self.exchange_code, "refresh_token": self.refresh}.get(kind or "")
        exchange = self.redeem_device if kind == DEVICE_GRANT else exchange
        refuse_if(exchange is None and kind != "client_credentials", "invalid_request")
        hint = f"The OAuth 2.0 Client is not allowed to use authorization grant '{kind}'."
        if exchange is None or kind not in client["grant_types"]:
            raise OAuth2Error("unauthorized_client", hint)
        answer = jsonify(exchange(form, client))
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def authenticate(self, form: dict[str, str]) -> dict[str, Any]:
        """The client of this request by HTTP Basic, by body, or by name alone if it is public (RFC 6749 2.3)."""
        basic = request.authorization if request.authorization and request.authorization.type == "basic" else None
        client_id, secret = form.get("client_id", ""), form.get("client_secret", "")
        used = "client_secret_post" if client_id and secret else ""
        if basic:
            client_id, secret = unquote_plus(basic.username or ""), unquote_plus(basic.password or "")
            used = "client_secret_basic" if secret else used
        refuse_if(not client_id, "invalid_request", "Client credentials missing in both HTTP header and body.")
        client = self.store.clients.get(client_id)
        if client is None:
            raise OAuth2Error("invalid_client")
        method = client["token_endpoint_auth_method"]
        hint = f"The OAuth 2.0 Client supports client authentication method '{method}', but not '{used}'."
        refuse_if(used and used != method, "invalid_client", hint)
        is_secret = secrets.compare_digest(secret.encode(), client.get("client_secret", "").encode())
        refuse_if(method != "none" and not is_secret, "invalid_client")
        return client

    def exchange_code(self, form: dict[str, str], client: dict[str, Any]) -> dict[str, Any]:
        grant = self.store.codes.get(form.get("code", ""))
        if grant is None or grant["expires_at"] < clock.time():
            raise OAuth2Error("invalid_grant")
        if grant["used"]:
            self.store.revoke_tokens(grant["request_id"])
            raise OAuth2Error("invalid_grant", "The authorization code has already been used.")
        parameters = grant["form"]
        hint = "The {} from this request does not match the one from the authorize request."
        refuse_if(grant["client_id"] != client["client_id"], "invalid_grant", hint.format("OAuth 2.0 Client ID"))
        is_elsewhere = parameters.get("redirect_uri", "") not in ("", form.get("redirect_uri"))
        refuse_if(is_elsewhere, "invalid_grant", hint.format("'redirect_uri'"))
        self.check_code_verifier(parameters.get("code_challenge"), form.get("code_verifier", ""))
        is_short = 0 < len(parameters.get("nonce", "")) < 8
        refuse_if(is_short, "insufficient_entropy", "Parameter 'nonce' must have at least 8 characters.")
        grant["used"] = True
        # Somebody asked for acr_values and nobody vouched: Hydra says "0", in this token only.
        return self.issue(grant, client, {"acr": "0"} if parameters.get("acr_values") else {})

    @staticmethod
    def check_code_verifier(code_challenge: str | None, verifier: str) -> None:
        """RFC 7636 section 4.6; a verifier for a request without a challenge is refused too."""
        if not code_challenge and not verifier:
            return
        refuse_if(not code_challenge, "invalid_grant", "Unable to find initial PKCE data tied to this request")
        is_malformed = not re.fullmatch(r"[\w.~-]{43,128}", verifier, re.ASCII)
        refuse_if(is_malformed, "invalid_grant", "The PKCE code verifier must be at least 43 characters.")
        is_wrong = create_s256_code_challenge(verifier) != code_challenge
        refuse_if(is_wrong, "invalid_grant", "The PKCE code challenge did not match the code verifier.")

    def redeem_device(self, form: dict[str, str], client: dict[str, Any]) -> dict[str, Any]:
        """RFC 8628 section 3.4; a code nobody has typed in goes on pending after its time, at Hydra too."""
        device = self.store.devices.get(form.get("device_code", ""))
        if device is None:
            raise OAuth2Error("invalid_grant")
        refuse_if(device["grant"] is None, "authorization_pending")
        hint = "The OAuth 2.0 Client ID from this request does not match the one from the authorize request."
        refuse_if(device["grant"]["client_id"] != client["client_id"], "invalid_grant", hint)
        refuse_if(device["expires_at"] < clock.time(), "expired_token")
        del self.store.devices[form["device_code"]]
        return self.issue(device["grant"], client, {})

    def refresh(self, form: dict[str, str], client: dict[str, Any]) -> dict[str, Any]:
        grant = self.store.refresh_tokens.get(form.get("refresh_token", ""))
        if grant is None:
            raise OAuth2Error("invalid_grant", "The refresh token is malformed or not valid.")
        if grant["used"]:  # RFC 9700 section 4.14.2: a rotated token that comes back ends the whole chain
            self.store.revoke_tokens(grant["request_id"])
            raise OAuth2Error("invalid_grant", "The refresh token was already used.")
        refuse_if(grant["expires_at"] < clock.time(), "invalid_grant", "The refresh token expired.")
        is_foreign = grant["client_id"] != client["client_id"]
        refuse_if(is_foreign, "invalid_grant", "The client is not that of the initial token issuance.")
        for scope in set(grant["scopes"]).difference(client["scope"].split()):
            refuse_if(scope, "invalid_scope", f"The OAuth 2.0 Client is not allowed to request scope '{scope}'.")
        grant["used"] = True
        self.store.access_tokens.pop(grant["access_token"], None)
        return self.issue(grant, client, {})

    def issue(self, grant: dict[str, Any], client: dict[str, Any], assumed: dict[str, str]) -> dict[str, Any]:
        now, ttl, access_token = clock.time(), self.config.ttl, new_token("at")
        self.store.access_tokens[access_token] = grant | {"expires_at": now + ttl["access_token"], "iat": int(now)}
        answer: dict[str, Any] = {
            "access_token": access_token,
            "expires_in": int(ttl["access_token"]),
            "token_type": "bearer",
        }
        answer["scope"] = " ".join(grant["scopes"])
        if {"offline", "offline_access"}.intersection(grant["scopes"]) and "refresh_token" in client["grant_types"]:
            rotating = {"access_token": access_token, "used": False, "expires_at": now + ttl["refresh_token"]}
            answer["refresh_token"] = new_token("rt")
            self.store.refresh_tokens[answer["refresh_token"]] = grant | rotating
        if "openid" in grant["scopes"]:
            own = {"iat": int(now), "exp": int(now + ttl["id_token"]), "jti": str(uuid4())}
            own["at_hash"] = create_half_hash(access_token, "RS256").decode()
            answer["id_token"] = self.sign(assumed | grant["claims"] | own)
        return answer

    def active(self, token: str | None) -> dict[str, Any] | None:
        grant = self.store.access_tokens.get(token or "")
        return grant if grant and grant["expires_at"] > clock.time() else None

    def userinfo(self) -> Response:
        is_bearer = request.authorization and request.authorization.type == "bearer"
        grant = self.active(request.authorization.token) if request.authorization and is_bearer else None
        if grant is None:
            error = OAuth2Error("request_unauthorized")
            answer = error.response()
            answer.headers["WWW-Authenticate"] = "Bearer " + ",".join(f'{k}="{v}"' for k, v in error.values.items())
            return answer
        return jsonify({name: value for name, value in grant["claims"].items() if name not in ("nonce", "sid")})

    def revoke(self) -> Response:
        """RFC 7009: 200 whether or not the token was one; an access token takes its refresh token with it."""
        form = request.form.to_dict()
        refuse_if(not form, "invalid_request")
        client, token = self.authenticate(form), form.get("token", "")
        grant = self.store.access_tokens.get(token) or self.store.refresh_tokens.get(token)
        refuse_if(grant and grant["client_id"] != client["client_id"], "unauthorized_client")
        if grant:
            self.store.revoke_tokens(grant["request_id"])
        return Response(headers={"Cache-Control": "no-store"})

    def introspect(self) -> Response:
        """`POST /admin/oauth2/introspect` (RFC 7662) for access tokens; `ext` is the consent's access token session."""
        refuse_if(not request.form, "invalid_request", "The POST body can not be empty.")
        grant = self.active(request.form.get("token"))
        if grant is None:
            return jsonify(active=False)
        claims = {"active": True, "client_id": grant["client_id"], "scope": " ".join(grant["scopes"])}
        claims["aud"] = grant["audience"]
        claims |= {name: grant["claims"][name] for name in ("sub", "iss")}
        claims |= {"exp": int(grant["expires_at"]), "iat": grant["iat"], "nbf": grant["iat"]}
        claims |= {"token_type": "Bearer", "token_use": "access_token"}
        return jsonify(claims | ({"ext": grant["extra"]} if grant["extra"] else {}))
