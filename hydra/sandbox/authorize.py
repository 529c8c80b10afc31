"""`/oauth2/auth`: from the application's request over login and consent challenge to the code.

The flow travels inside the challenges and verifiers; the store learns of a login when its verifier comes back and of a
consent when its verifier comes back, each once (consent/strategy_default.go of Hydra v26.2.0).
"""

import re
import secrets
import time
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4
from zlib import crc32

from flask import Response, after_this_request, g, redirect, request

from hydra.sandbox.errors import OAuth2Error, unrecognizable
from hydra.sandbox.store import Config, Store, is_loopback, with_query
from hydra.sandbox.tokens import Tokens

PROMPTS = {"login", "none", "consent", "registration"}  # v26.2.0; others are refused only when the login comes back


def is_localhost(uri: str) -> bool:
    host = urlsplit(uri).hostname or ""
    return host.endswith(".localhost") or is_loopback(host)


def same_but_port(requested: str, registered: str) -> bool:
    """RFC 8252 section 7.3: an application on a loopback address listens on whatever port it got."""
    one, two = urlsplit(requested), urlsplit(registered)
    loopback = one.scheme == "http" and one.hostname != "localhost" and is_loopback(one.hostname)
    return loopback and (one.hostname, one.path, one.query) == (two.hostname, two.path, two.query)


class Authorization:
    """The browser's side of the endpoint; `tokens` issues what the application gets."""

    def __init__(self, config: Config, store: Store, tokens: Tokens) -> None:
        self.config, self.store, self.tokens = config, store, tokens
        suffix = "_dev" if config.dev else ""
        self.session_cookie = f"ory_hydra_session{suffix}"
        self.csrf_cookie = {step: f"ory_hydra_{step}_csrf{suffix}" for step in ("login", "consent")}

    def view(self) -> Response:
        # Of a doubled parameter Hydra takes the first, and the body before the query.
        form = request.args.to_dict() | request.form.to_dict()
        g.state, g.redirect_uri = form.get("state", ""), None
        try:
            client = self.validate(form)
            if form.get("login_verifier"):
                return self.request_consent(form, client, self.verify_login(form))
            if form.get("consent_verifier"):
                return self.issue_code(form, client, self.verify_consent(form, client))
            return self.request_login(form, client)
        except OAuth2Error as error:
            if g.redirect_uri is None:
                return redirect(with_query(self.config.pages["error"], **error.values))
            return self.to_client(state=g.state, **error.values)

    @staticmethod
    def to_client(**parameters: str) -> Response:
        answer = redirect(with_query(g.redirect_uri, **parameters), code=303)
        answer.headers["Cache-Control"] = "no-store"
        return answer

    # -- the request ------------------------------------------------------------------------------------------------

    def validate(self, form: dict[str, str]) -> dict[str, Any]:
        """The client. Until redirect_uri is known to be the client's, errors go to our error page, never to it."""
        client = self.store.clients.get(form.get("client_id", ""))
        if client is None:
            raise OAuth2Error("invalid_client", "The requested OAuth 2.0 Client does not exist.")
        scopes = form.get("scope", "").split()
        if "openid" in scopes and (form.get("request") or form.get("request_uri")):
            raise OAuth2Error("invalid_request", "The OAuth 2.0 Client does not have any JSON Web Keys registered.")
        if form.get("response_mode", "query") != "query":
            hint = f"Request with unsupported response_mode '{form['response_mode']}'."
            raise OAuth2Error("unsupported_response_mode", hint)
        g.redirect_uri = self.match_redirect_uri(form.get("redirect_uri", ""), client, "openid" in scopes)
        for scope in scopes:
            if scope not in client["scope"].split():
                hint = f"The OAuth 2.0 Client is not allowed to request scope '{scope}'."
                raise OAuth2Error("invalid_scope", hint)
        self.validate_rest(form, client)
        return client

    @staticmethod
    def match_redirect_uri(uri: str, client: dict[str, Any], is_openid: bool) -> str:
        registered = client["redirect_uris"] or []
        if not uri and is_openid:
            hint = "The 'redirect_uri' parameter is required when using OpenID Connect 1.0."
            raise OAuth2Error("invalid_request", hint)
        if not uri and len(registered) == 1:
            return str(registered[0])
        if uri in registered or any(same_but_port(uri, candidate) for candidate in registered):
            return uri
        hint = "The 'redirect_uri' parameter does not match any of the OAuth 2.0 Client's pre-registered redirect urls."
        raise OAuth2Error("invalid_request", hint)

    @staticmethod
    def validate_rest(form: dict[str, str], client: dict[str, Any]) -> None:
        for audience in form.get("audience", "").split():
            if audience not in client["audience"]:
                hint = f"Requested audience '{audience}' has not been whitelisted by the OAuth 2.0 Client."
                raise OAuth2Error("invalid_request", hint)
        if form.get("registration"):
            raise OAuth2Error("registration_not_supported")
        kind = form.get("response_type", "")
        if kind != "code" or "code" not in (client["response_types"] or []):
            hint = f"The client is not allowed to request response_type '{kind}'."
            raise OAuth2Error("unsupported_response_type", hint)
        if len(g.state) < 8:
            hint = "Request parameter 'state' must be at least be 8 characters long to ensure sufficient entropy."
            raise OAuth2Error("invalid_state", hint)

    # -- login ------------------------------------------------------------------------------------------------------

    def request_login(self, form: dict[str, str], client: dict[str, Any]) -> Response:
        prompt = form.get("prompt", "").split()
        sid, session = self.usable_session(form, prompt)
        if session is None and "none" in prompt:
            hint = "Prompt 'none' was requested, but no existing login session was found."
            raise OAuth2Error("login_required", hint)
        context: dict[str, Any] = {
            "acr_values": form.get("acr_values", "").split(),
            "ui_locales": form.get("ui_locales", "").split(),
            "display": form.get("display"),
            "login_hint": form.get("login_hint"),
        }
        if form.get("id_token_hint"):
            context["id_token_hint_claims"] = self.tokens.decode_hint(form["id_token_hint"])
        query = request.query_string.decode()
        flow = {
            "id": secrets.token_hex(16),
            "requested_scope": form.get("scope", "").split(),
            "requested_access_token_audience": form.get("audience", "").split(),
            "skip": session is not None,
            "subject": session["subject"] if session else "",
            "oidc_context": {name: value for name, value in context.items() if value},
            "client": {name: value for name, value in client.items() if name != "client_secret"},
            "request_url": f"{self.config.public_url}/oauth2/auth" + (f"?{query}" if query else ""),
            "session_id": sid,
            "login_csrf": self.set_csrf_cookie("login", client),
            "requested_at": int(time.time()),
            "auth_time": session["authenticated_at"] if session else 0,
        }
        page = self.config.pages["registration" if "registration" in prompt else "login"]
        query = {"login_challenge": self.store.seal("login_challenge", flow)}
        if form.get("identity_schema"):
            query["identity_schema"] = form["identity_schema"]
        return redirect(with_query(urlsplit(page)._replace(query="").geturl(), **query))  # Hydra drops the page's query

    def usable_session(self, form: dict[str, str], prompt: list[str]) -> tuple[str, dict[str, Any] | None]:
        """(sid, session) of the cookie if prompt, max_age and id_token_hint let it be used, else (a new sid, None)."""
        sid = self.sid()
        session = self.store.remembered_login(sid)
        if session is None or "login" in prompt:
            return str(uuid4()), None
        max_age = form.get("max_age", "")
        if max_age and not re.fullmatch(r"[+-]?\d{1,18}", max_age):
            raise unrecognizable()
        if max_age and int(max_age) >= 0 and session["authenticated_at"] + int(max_age) < time.time():
            if "none" in prompt:
                hint = "Request failed because prompt is set to 'none' and authentication time reached 'max_age'."
                raise OAuth2Error("login_required", hint)
            return str(uuid4()), None
        hint_token = form.get("id_token_hint")
        if hint_token and self.tokens.decode_hint(hint_token)["sub"] != session["subject"]:
            hint = "Request failed because subject claim from id_token_hint does not match subject from authentication session."
            raise OAuth2Error("login_required", hint)
        return sid, session

    def verify_login(self, form: dict[str, str]) -> dict[str, Any]:
        flow = self.open_verifier("login_verifier", form["login_verifier"])
        self.check_csrf_cookie("login", flow)
        try:
            self.validate_prompt(form, flow)
        except OAuth2Error as error:
            if error.values["error"] == "login_required":
                self.forget_session()
            raise
        if not flow["skip"]:
            session = {name: flow[name] for name in ("subject", "remember", "identity_provider_session_id")}
            self.store.logins[flow["session_id"]] = session | {"authenticated_at": flow["auth_time"]}
        if not flow["remember"]:
            self.forget_session()
        elif not flow["skip"] or flow["extend_session_lifespan"]:
            max_age = flow["remember_for"] or int(self.config.ttl["authentication_session"])
            sealed = self.store.seal("cookie", {"sid": flow["session_id"]})
            self.set_cookie(self.session_cookie, sealed, max_age)
        return flow

    def validate_prompt(self, form: dict[str, str], flow: dict[str, Any]) -> None:
        """What Hydra looks at only now: unknown prompts, whether a demanded login is one, whose the hint is."""
        prompt, auth_time = form.get("prompt", "").split(), flow["auth_time"]
        if not PROMPTS.issuperset(prompt):
            hint = f"Used unknown value '[{' '.join(prompt)}]' for prompt parameter"
            raise OAuth2Error("invalid_request", hint)
        if "none" in prompt and len(prompt) > 1:
            hint = "Parameter 'prompt' was set to 'none', but contains other values as well which is not allowed."
            raise OAuth2Error("invalid_request", hint)
        max_age = form.get("max_age", "")
        if max_age.isdigit() and 0 < int(max_age) < flow["requested_at"] - auth_time:
            raise OAuth2Error("login_required")
        if "none" in prompt and auth_time > flow["requested_at"]:
            raise OAuth2Error("login_required", "The user was logged in during a request with prompt 'none'.")
        if "login" in prompt and auth_time < flow["requested_at"]:
            raise OAuth2Error("login_required", "The user was not re-authenticated.")
        hint_token = form.get("id_token_hint")
        if hint_token and self.tokens.decode_hint(hint_token)["sub"] != flow["subject"]:
            hint = (
                "Failed to validate OpenID Connect request because the subject from provided id token from "
                "id_token_hint does not match the current session's subject."
            )
            raise OAuth2Error("login_required", hint)

    # -- consent ----------------------------------------------------------------------------------------------------

    def request_consent(self, form: dict[str, str], client: dict[str, Any], flow: dict[str, Any]) -> Response:
        prompt = form.get("prompt", "").split()
        skip = "consent" not in prompt and not is_insecure_public(client) and self.covers(client, flow)
        if "none" in prompt and not skip:
            hint = "Prompt 'none' was requested, but no previous consent was found."
            raise OAuth2Error("consent_required", hint)
        if flow["client"]["client_id"] != client["client_id"]:
            raise OAuth2Error("invalid_client", "The flow client id does not match the authorize request client id.")
        flow |= {"consent_request_id": secrets.token_hex(16), "consent_skip": skip}
        flow["consent_csrf"] = self.set_csrf_cookie("consent", client)
        challenge = self.store.seal("consent_challenge", flow)
        return redirect(with_query(self.config.pages["consent"], consent_challenge=challenge))

    def covers(self, client: dict[str, Any], flow: dict[str, Any]) -> bool:
        """Whether the newest remembered consent has every requested scope; older ones do not count for Hydra."""
        remembered = [
            old
            for old in self.store.live_consents(flow["subject"])
            if old["consent_remember"] and old["client"]["client_id"] == client["client_id"]
        ]
        return bool(remembered) and set(remembered[-1]["grant_scope"]).issuperset(flow["requested_scope"])

    def verify_consent(self, form: dict[str, str], client: dict[str, Any]) -> dict[str, Any]:
        flow = self.open_verifier("consent_verifier", form["consent_verifier"])
        if flow["client"]["client_id"] != client["client_id"]:
            raise OAuth2Error("invalid_client", "The flow client id does not match the authorize request client id.")
        if flow["id"] in self.store.consents:
            raise OAuth2Error("access_denied", "The consent verifier has already been used.")
        self.store.consents[flow["id"]] = flow  # before the cookie check, as Hydra does: a stolen verifier is burnt
        self.check_csrf_cookie("consent", flow)
        return flow

    def issue_code(self, form: dict[str, str], client: dict[str, Any], flow: dict[str, Any]) -> Response:
        if form.get("code_challenge") and form.get("code_challenge_method", "") not in ("S256", "plain", ""):
            raise OAuth2Error("invalid_request", "The code_challenge_method is not supported, use S256 instead.")
        code = self.tokens.issue_code(form, client, flow)
        return self.to_client(code=code, scope=" ".join(flow["grant_scope"]), state=g.state)

    # -- verifiers and cookies --------------------------------------------------------------------------------------

    def open_verifier(self, purpose: str, verifier: str) -> dict[str, Any]:
        try:
            flow = self.store.open(purpose, verifier)
        except OAuth2Error as error:
            if error.status != 404:
                raise
            kind = purpose.partition("_")[0]
            hint = f"The {kind} verifier has already been used, has not been granted, or is invalid."
            raise OAuth2Error("access_denied", hint) from None
        if "rejected" in flow:
            raise OAuth2Error(flow["rejected"]["error"], description=flow["rejected"]["error_description"])
        return flow

    def set_cookie(self, name: str, value: str, max_age: int) -> None:
        @after_this_request
        def add(answer: Response) -> Response:
            options = {"httponly": True, "secure": not self.config.dev, "samesite": self.config.same_site}
            answer.set_cookie(name, value, max_age=max_age, **options)
            return answer

    def csrf_name(self, step: str, client: dict[str, Any]) -> str:
        # One cookie per client, so a second tab of the same client breaks the first. Hydra's number is a murmur3 hash.
        return f"{self.csrf_cookie[step]}_{crc32(client['client_id'].encode())}"

    def set_csrf_cookie(self, step: str, client: dict[str, Any]) -> str:
        csrf = secrets.token_hex(16)
        name = self.csrf_name(step, client)
        self.set_cookie(name, csrf, int(self.config.ttl["login_consent_request"]))
        return csrf

    def check_csrf_cookie(self, step: str, flow: dict[str, Any]) -> None:
        csrf = request.cookies.get(self.csrf_name(step, flow["client"]))
        if csrf is None:
            raise OAuth2Error("request_forbidden", "No CSRF value available in the session cookie.")
        if csrf != flow[f"{step}_csrf"]:
            hint = "The CSRF value from the token does not match the CSRF value from the data store."
            raise OAuth2Error("request_forbidden", hint)

    def sid(self) -> str:
        try:
            return str(self.store.open("cookie", request.cookies.get(self.session_cookie, ""))["sid"])
        except OAuth2Error:
            return ""

    def clear_session_cookie(self) -> None:
        self.set_cookie(self.session_cookie, "", 0)

    def forget_session(self) -> None:
        self.store.logins.pop(self.sid(), None)
        self.clear_session_cookie()


def is_insecure_public(client: dict[str, Any]) -> bool:
    """A public client whose redirect_uri of this request anybody's program could claim: never skips consent."""
    if client["token_endpoint_auth_method"] != "none":
        return False
    scheme = urlsplit(g.redirect_uri).scheme
    return not (scheme == "https" or (scheme == "http" and is_localhost(g.redirect_uri)))
