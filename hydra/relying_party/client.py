"""One registration at Hydra as an OpenID Connect client: what is asked, and what is believed of the answers."""

import time
from typing import Any

from authlib.integrations.flask_client import OAuth, OAuthError
from authlib.oauth2.claims import JWTClaims
from flask import request, session
from joserfc.errors import JoseError

PASSED_ON = ("prompt", "max_age", "login_hint", "acr_values", "ui_locales", "display", "claims_locales", "scope")
LEEWAY = 60  # seconds two clocks may differ
BACKCHANNEL_EVENT = "http://schemas.openid.net/event/backchannel-logout"
LOGOUT_TOKEN_AGE = 300  # seconds; Hydra's logout tokens carry no exp, so their iat has to do


class Client:
    """Authlib's client for one entry of clients.json, with the checks Authlib leaves to the application.

    What it knows of a browser is the dict `session[name]`: `tokens` (the token endpoint's answer), `id_token`
    (verified claims), `userinfo`, or `error` and `notice`.
    """

    def __init__(self, oauth: OAuth, registration: dict[str, Any], issuer: str) -> None:
        self.name = registration["client_id"]
        self.registration = registration
        self.title = registration["client_name"]
        self.oauth = oauth.register(
            self.name,
            client_id=registration["client_id"],
            client_secret=registration.get("client_secret"),
            # Fetched at the first request that needs it; a failure is not remembered, so the start order is free.
            server_metadata_url=f"{issuer}/.well-known/openid-configuration",
            client_kwargs={
                "scope": registration["scope"],
                "code_challenge_method": "S256",
                "token_endpoint_auth_method": registration["token_endpoint_auth_method"],
                "default_timeout": 10,
            },
        )
        # Authlib itself checks neither that we are in aud nor that the issuer is the configured one.
        self.expected = {
            "iss": {"essential": True, "value": issuer},
            "aud": {"essential": True, "value": self.name},
        }

    def authorization_url(self) -> str:
        """The authorization request (code, PKCE, state, nonce), with the visitor's own `PASSED_ON` parameters."""
        parameters = {key: request.args[key] for key in PASSED_ON if request.args.get(key)}
        tokens = session.get(self.name, {}).get("tokens", {})
        if request.args.get("id_token_hint") == "same" and "id_token" in tokens:
            parameters["id_token_hint"] = tokens["id_token"]
        redirect_uri = self.registration["redirect_uris"][0]
        begun = self.oauth.create_authorization_url(redirect_uri, **parameters)
        self.oauth.save_authorize_data(redirect_uri=redirect_uri, max_age=parameters.get("max_age"), **begun)
        return str(begun["url"])

    def finish_login(self) -> dict[str, Any]:
        """Exchange the code of this callback; the answer is what the browser's session keeps.

        Raises OAuthError (Hydra's, or a state we never gave out), JoseError (the ID token is not to be believed)
        and requests.RequestException.
        """
        begun = self.oauth.framework.get_state_data(session, request.args.get("state"))
        if begun is None:
            raise OAuthError("mismatching_state")
        if "error" in request.args:
            self.oauth.framework.clear_state_data(session, request.args["state"])
            raise OAuthError(request.args["error"], request.args.get("error_description"))
        tokens = self.oauth.authorize_access_token(claims_options=self.expected, leeway=LEEWAY)
        claims = tokens.pop("userinfo", None)
        if "nonce" in begun and claims is None:
            raise OAuthError("invalid_id_token", "openid was asked for, but no ID token came")
        oldest = time.time() - float(begun["max_age"] or "inf") - LEEWAY  # OpenID Connect Core 3.1.3.7, item 13
        if claims and claims.get("auth_time", 0) < oldest:
            raise OAuthError("invalid_id_token", "auth_time is older than the max_age that was asked for")
        return self._kept(tokens, claims)

    def refresh(self, state: dict[str, Any]) -> dict[str, Any]:
        """New tokens for the refresh token of `state`; raises as `finish_login` does."""
        old = state["tokens"]
        answer = self.oauth.fetch_access_token(grant_type="refresh_token", refresh_token=old["refresh_token"])
        tokens = {**old, **answer}
        claims = state["id_token"]
        if "id_token" in answer:
            claims = self.oauth.parse_id_token(answer, nonce=None, claims_options=self.expected, leeway=LEEWAY)
            if any(claims.get(key) != state["id_token"].get(key) for key in ("sub", "auth_time")):  # Core 12.2
                raise OAuthError("invalid_id_token", "the refreshed ID token is about another sign-in")
        return self._kept(tokens, claims)

    def _kept(self, tokens: dict[str, Any], claims: dict[str, Any] | None) -> dict[str, Any]:
        if claims is None:
            return {"tokens": tokens}
        userinfo = self.oauth.userinfo(token=tokens)
        if userinfo.get("sub") != claims["sub"]:  # OpenID Connect Core 5.3.2
            raise OAuthError("invalid_userinfo", "userinfo is about another person than the ID token")
        return {"tokens": tokens, "id_token": dict(claims), "userinfo": dict(userinfo)}

    def logout_url(self, id_token: str) -> str:
        """The RP-initiated logout request; its state is kept until the browser is back at /signed-out."""
        begun = self.oauth.create_logout_url(
            post_logout_redirect_uri=self.registration["post_logout_redirect_uris"][0], id_token_hint=id_token
        )
        self.oauth.framework.set_state_data(session, begun["state"], {"begun": "logout"})  # empty: Authlib says unknown
        return str(begun["url"])

    def verify_logout_token(self, token: str) -> dict[str, Any]:
        """The claims of a logout token, checked as OpenID Connect Back-Channel Logout 1.0, section 2.6, demands.

        Raises JoseError or ValueError, requests.RequestException when Hydra's keys cannot be fetched.
        """
        wanted: dict[str, Any] = self.expected | {name: {"essential": True} for name in ("iat", "jti", "events")}
        signed = {"id_token": token}
        claims = self.oauth.parse_id_token(signed, None, claims_options=wanted, claims_cls=JWTClaims, leeway=LEEWAY)
        if not isinstance(claims["events"], dict) or not isinstance(claims["events"].get(BACKCHANNEL_EVENT), dict):
            raise ValueError("events does not say back-channel logout")
        if "nonce" in claims:
            raise ValueError("a nonce: this is an ID token")
        if not (claims.get("sid") or claims.get("sub")):
            raise ValueError("neither sid nor sub")
        if time.time() - claims["iat"] > LOGOUT_TOKEN_AGE:
            raise ValueError("iat is too long ago")
        return dict(claims)


def remember_error(name: str, error: OAuthError | JoseError) -> None:
    """Keep an error for the client's page; who was signed in before stays signed in."""
    code = error.error if isinstance(error, OAuthError) else "invalid_id_token"
    session.setdefault(name, {})["error"] = {"error": code, "error_description": error.description or ""}
