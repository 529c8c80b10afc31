"""The social provider "Demo ID" below /demo-id: OpenID Connect as far as Kratos speaks it with a provider.

Whoever types a name is that person, so that "Sign in with Demo ID" can be tried on a developer's machine.
"""

import hmac
import secrets
import time
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import urlencode

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from flask import Blueprint, Response, abort, current_app, jsonify, redirect, render_template, request, session
from joserfc import jwt
from joserfc.jwk import RSAKey
from werkzeug.wrappers import Response as BaseResponse

CLIENT_ID, CLIENT_SECRET = "kratos", "kratos-secret-for-localhost-only"  # as kratos/kratos.yml has them
CALLBACK = "/self-service/methods/oidc/callback/demo-id"
TOKEN_LIFETIME = 3600  # seconds
DISCOVERY = Template(Path(__file__).with_name("discovery.json").read_text())  # OpenID Connect Discovery 3

demo_id = Blueprint("demo_id", __name__, url_prefix="/demo-id")


@dataclass
class Provider:
    """What the provider knows; `kratos` is the public address of the only client, `issuer` ends in /demo-id.

    `codes` has per code what was asked for and the claims typed, `tokens` the claims per access token.
    """

    issuer: str
    kratos: str
    key: RSAKey = field(
        default_factory=lambda: RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256", "kid": secrets.token_hex(8)})
    )
    codes: dict[str, dict[str, Any]] = field(default_factory=dict)
    tokens: dict[str, dict[str, Any]] = field(default_factory=dict)

    def id_token(self, grant: dict[str, Any]) -> str:
        now = int(time.time())
        about = {"iss": self.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + TOKEN_LIFETIME}
        nonce = {"nonce": grant["nonce"]} if grant["nonce"] else {}
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, grant["claims"] | about | nonce, self.key)


def provider() -> Provider:
    instance: Provider = current_app.extensions["demo_id"]
    return instance


def claims_of(name: str, email: str) -> dict[str, Any]:
    """Who somebody is that typed this: the same name in any case is the same person; no e-mail address, no claim."""
    given_name, _, family = name.partition(" ")
    claims = {"sub": sha256(name.lower().encode()).hexdigest()[:32], "name": name, "given_name": given_name}
    claims |= {"family_name": family.strip()} if family.strip() else {}
    return claims | ({"email": email, "email_verified": True} if email else {})


@demo_id.get("/.well-known/openid-configuration")
def discovery() -> Response:
    return Response(DISCOVERY.substitute(issuer=provider().issuer), mimetype="application/json")


@demo_id.get("/jwks.json")
def keys() -> Response:
    return jsonify(keys=[provider().key.as_dict(private=False)])


@demo_id.route("/authorize", methods=["GET", "POST"])
def authorize() -> str | BaseResponse:
    """The page that asks who somebody is, and back to Kratos with a code, or with access_denied after "Cancel".

    The page posts to its own address, so the request stays in the query. Nobody but Kratos gets a redirect.
    """
    if request.args.get("client_id") != CLIENT_ID:
        abort(400, "Demo ID knows one client, Kratos, and this request comes from another.")
    if request.args.get("redirect_uri") != provider().kratos + CALLBACK:
        abort(400, "Demo ID sends nobody to this redirect_uri.")
    if "cancel" in request.form:
        return back(error="access_denied")
    name = " ".join(request.form.get("name", "").split())
    if name:
        # Kept for the form: Kratos asks twice of somebody whose account lacks something.
        session["demo-id"] = typed = {"name": name, "email": request.form.get("email", "").strip()}
        code = secrets.token_urlsafe(32)
        parameters = {key: request.args.get(key, "") for key in ("nonce", "redirect_uri", "code_challenge")}
        provider().codes[code] = parameters | {"claims": claims_of(**typed)}
        return back(code=code)
    problem = "Type a name: it says who you are." if request.method == "POST" else ""
    return render_template("demo_id.html", problem=problem, typed=session.get("demo-id", {}))


def back(**answer: str) -> BaseResponse:
    """The redirect to the client with this answer and the state it sent."""
    state = {"state": request.args["state"]} if "state" in request.args else {}
    return redirect(f"{request.args['redirect_uri']}?{urlencode(answer | state)}", 303)


@demo_id.post("/token")
def token() -> tuple[Response, int]:
    """Exchange a code, once, for an ID token and an access token for userinfo (RFC 6749 4.1.3)."""
    if not is_at_kratos():
        return jsonify(error="invalid_client"), 401
    if request.form.get("grant_type") != "authorization_code":
        return jsonify(error="unsupported_grant_type"), 400
    grant = provider().codes.pop(request.form.get("code", ""), None)
    if grant is None or not redeemable(grant):
        return jsonify(error="invalid_grant"), 400
    access_token = secrets.token_urlsafe(32)
    provider().tokens[access_token] = grant["claims"]
    tokens = {"access_token": access_token, "id_token": provider().id_token(grant)}
    return jsonify(tokens | {"token_type": "Bearer", "expires_in": TOKEN_LIFETIME}), 200


def is_at_kratos() -> bool:
    """Whether the client's name and secret are right, by HTTP Basic or in the body (RFC 6749 2.3.1)."""
    basic = request.authorization
    in_body = (request.form.get("client_id"), request.form.get("client_secret"))
    name, secret = (basic.username, basic.password) if basic else in_body
    return name == CLIENT_ID and hmac.compare_digest((secret or "").encode(), CLIENT_SECRET.encode())


def redeemable(grant: dict[str, Any]) -> bool:
    """Whether this request is the one the code was given out for (RFC 6749 4.1.3, RFC 7636 4.6)."""
    verifier, challenge = request.form.get("code_verifier", ""), grant["code_challenge"]
    is_proven = challenge in ("", create_s256_code_challenge(verifier))
    return is_proven and bool(request.form.get("redirect_uri") == grant["redirect_uri"])


@demo_id.get("/userinfo")
def userinfo() -> tuple[Response, int]:
    sent = request.authorization
    claims = provider().tokens.get(sent.token or "") if sent and sent.type == "bearer" else None
    return (jsonify(claims), 200) if claims else (jsonify(error="invalid_token"), 401)
