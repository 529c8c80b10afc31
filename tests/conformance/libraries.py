"""Two relying parties, each made of another library: its requests, its PKCE, its verification of ID tokens."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlencode, urlsplit

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.common.security import generate_token
from authlib.common.urls import add_params_to_uri
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from cryptojwt import KeyJar
from idpyoidc.client.defaults import DEFAULT_OIDC_SERVICES
from idpyoidc.client.exception import OidcServiceError
from idpyoidc.client.oauth2.stand_alone_client import StandAloneClient
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.journeys.browsing import Page


@dataclass(frozen=True)
class Login:
    """What a library has believed: the token endpoint's answer, the ID token's verified claims, and userinfo."""

    tokens: Mapping[str, Any]
    claims: Mapping[str, Any]
    userinfo: Mapping[str, Any]


class Application:
    """One sign-in of an application that is registered at Hydra as `registration`.

    Nobody answers at its `redirect_uri`: what the browser brings stands in the address of the page it ends at.
    `provider` is Hydra's discovery document. Answers that are not to be believed raise the library's own errors; a
    refusal of the token endpoint raises REFUSED.
    """

    REFUSED: ClassVar[type[Exception]]

    def __init__(self, registration: dict[str, Any], provider: dict[str, Any]) -> None:
        self.registration, self.provider = registration, provider
        self.redirect_uri: str = registration["redirect_uris"][0]
        self.signed_out_uri: str = registration["post_logout_redirect_uris"][0]
        self.begun: Mapping[str, str] = {}

    def begin(self, **parameters: str) -> str:
        """The address of an authorization request with these parameters; `begun` then has its query."""
        url = self._begin(parameters)
        self.begun = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        return url

    def finish(self, page: Page) -> Login:
        """Exchange the code of the page's address."""
        assert page.at(self.redirect_uri), page
        return self._finish(page.url)

    def _begin(self, parameters: dict[str, str]) -> str:
        raise NotImplementedError

    def _finish(self, callback: str) -> Login:
        raise NotImplementedError

    def refresh(self) -> Login:
        """New tokens by the refresh token."""
        raise NotImplementedError

    def sign_out_url(self, login: Login) -> str:
        """The RP-initiated logout request of the library, with hint, state and the registered way back."""
        raise NotImplementedError


class Authlib(Application):
    """Authlib's `OAuth2Session` and `CodeIDToken`, over joserfc."""

    REFUSED = AuthlibBaseError

    def __init__(self, registration: dict[str, Any], provider: dict[str, Any]) -> None:
        super().__init__(registration, provider)
        self.http = OAuth2Session(
            registration["client_id"],
            registration["client_secret"],
            scope=registration["scope"],
            redirect_uri=self.redirect_uri,
            code_challenge_method="S256",
            token_endpoint_auth_method=registration["token_endpoint_auth_method"],
        )
        self.http.trust_env = False

    def _begin(self, parameters: dict[str, str]) -> str:
        self.verifier, self.nonce = generate_token(48), generate_token(24)
        url, self.state = self.http.create_authorization_url(
            self.provider["authorization_endpoint"], code_verifier=self.verifier, nonce=self.nonce, **parameters
        )
        return str(url)

    def _finish(self, callback: str) -> Login:
        tokens = self.http.fetch_token(
            self.provider["token_endpoint"],
            authorization_response=callback,
            state=self.state,
            code_verifier=self.verifier,
        )
        return self._login(tokens, self.nonce)

    def refresh(self) -> Login:
        return self._login(self.http.refresh_token(self.provider["token_endpoint"]), None)

    def _login(self, tokens: Mapping[str, Any], nonce: str | None) -> Login:
        keys = KeySet.import_key_set(requests.get(self.provider["jwks_uri"], timeout=60).json())
        token = jwt.decode(tokens["id_token"], keys, algorithms=["RS256"])
        expected = {
            "iss": {"essential": True, "value": self.provider["issuer"]},
            "aud": {"essential": True, "value": self.registration["client_id"]},
        }
        params = {"nonce": nonce, "max_age": self.begun.get("max_age"), "access_token": tokens["access_token"]}
        claims = CodeIDToken(token.claims, token.header, expected, params)
        claims.validate(leeway=5)
        userinfo = self.http.get(self.provider["userinfo_endpoint"])
        userinfo.raise_for_status()
        return Login(tokens, dict(claims), userinfo.json())

    def sign_out_url(self, login: Login) -> str:
        query = {
            "id_token_hint": login.tokens["id_token"],
            "post_logout_redirect_uri": self.signed_out_uri,
            "state": generate_token(20),
        }
        return str(add_params_to_uri(self.provider["end_session_endpoint"], query))


class Idpyoidc(Application):
    """IdentityPython's idpyoidc, over cryptojwt; it finds Hydra by itself, and checks the claims' types, too."""

    REFUSED = OidcServiceError

    def __init__(self, registration: dict[str, Any], provider: dict[str, Any]) -> None:
        super().__init__(registration, provider)
        config = {
            "issuer": provider["issuer"],
            "provider_info": {"issuer": provider["issuer"]},
            "client_id": registration["client_id"],
            "client_secret": registration["client_secret"],
            "client_type": "oidc",
            "base_url": self.redirect_uri.rpartition("/")[0],
            "redirect_uris": registration["redirect_uris"],
            "post_logout_redirect_uris": registration["post_logout_redirect_uris"],
            "scope": registration["scope"].split(),
            "response_types_supported": ["code"],
            "token_endpoint_auth_methods_supported": [registration["token_endpoint_auth_method"]],
            "client_authn_methods": [registration["token_endpoint_auth_method"]],
            "add_ons": {
                "pkce": {
                    "function": "idpyoidc.client.oauth2.add_on.pkce.add_support",
                    "kwargs": {"code_challenge_length": 64, "code_challenge_method": "S256"},
                }
            },
        }
        services = DEFAULT_OIDC_SERVICES | {"end_session": {"class": "idpyoidc.client.oidc.end_session.EndSession"}}
        self.client = StandAloneClient(keyjar=KeyJar(), config=config, services=services)
        self.client.do_provider_info()
        self.client.do_client_registration()

    def _begin(self, parameters: dict[str, str]) -> str:
        lists = {name: parameters[name].split() for name in ("scope", "prompt", "acr_values") if name in parameters}
        return str(self.client.init_authorization(req_args=parameters | lists))

    def _finish(self, callback: str) -> Login:
        answer = {name: values[0] for name, values in parse_qs(urlsplit(callback).query).items()}
        answer = self.client.finalize_auth(answer)
        return self._login(self.client.get_tokens(answer["state"]))

    def refresh(self) -> Login:
        return self._login(self.client.refresh_access_token(self.begun["state"]))

    def _login(self, tokens: Any) -> Login:
        userinfo = self.client.get_user_info(self.begun["state"], access_token=tokens["access_token"])
        return Login(tokens.to_dict(), tokens["__verified_id_token"].to_dict(), userinfo.to_dict())

    def sign_out_url(self, login: Login) -> str:
        return str(self.client.logout(self.begun["state"], post_logout_redirect_uri=self.signed_out_uri)["url"])


def changed(url: str, **parameters: str) -> str:
    """The same address with these query parameters in place of its own."""
    parts = urlsplit(url)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()} | parameters
    return parts._replace(query=urlencode(query)).geturl()
