"""`/oauth2/auth`: from the application's request over login and consent challenge to the code.

The flow travels inside the challenges and verifiers; the store learns of a login when its verifier comes back and of a
consent when its verifier comes back, the latter once (consent/strategy_default.go of Hydra v26.2.0).
"""

import re
import secrets
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

from flask import g, redirect, render_template_string, request
from werkzeug.wrappers import Response

from hydra.sandbox.cookies import Cookies
from hydra.sandbox.errors import OAuth2Error, refuse_if, unrecognizable
from hydra.sandbox.redirects import is_claimable, match_redirect_uri
from hydra.sandbox.store import Config, Store, pairs, with_query
from hydra.sandbox.tokens import Tokens
from kratos.sandbox import clock

RESPONSE_MODES = ("query", "fragment", "form_post")
FORM_POST = """<html><body onload="document.forms[0].submit()"><form method="post" action="{{ g.redirect_uri }}">
{% for name, value in fields.items() %}<input type="hidden" name="{{ name }}" value="{{ value }}"/>
{% endfor %}</form></body></html>"""
PROMPTS = {"login", "none", "consent", "registration"}  # v26.2.0; others are refused only when the login comes back


class Authorization:
    """The browser's side of the endpoint; `tokens` issues what the application gets."""

    def __init__(self, config: Config, store: Store, tokens: Tokens, cookies: Cookies) -> None:
        self.config, self.store, self.tokens, self.cookies = config, store, tokens, cookies

    def view(self) -> Response:
        # Of a doubled parameter Hydra takes the first, and the body before the query.
        form = dict(reversed(pairs(request.query_string.decode()))) | request.form.to_dict()
        g.state, g.redirect_uri, g.mode = form.get("state", ""), None, form.get("response_mode") or "query"
        try:
            client = self.validate(form)
            if form.get("login_verifier"):
                return self.request_consent(form, client, self.verify_login(form))
            if form.get("consent_verifier"):
                return self.issue_code(form, self.verify_consent(form, client))
            return self.request_login(form, client)
        except OAuth2Error as error:
            if g.redirect_uri is None:
                return redirect(with_query(self.config.pages["error"], **error.values))
            return self.to_client(**error.values)

    @staticmethod
    def to_client(**parameters: str) -> Response:
        """By the way the request names: in the query, after the `#`, or in a form that sends itself."""
        answered = parameters | {"state": g.state}
        if g.mode == "form_post":
            answer = Response(render_template_string(FORM_POST, fields=answered), mimetype="text/html")
        elif g.mode == "fragment":
            answer = redirect(f"{g.redirect_uri}#{urlencode(sorted(answered.items()))}", code=303)
        else:
            answer = redirect(with_query(g.redirect_uri, **answered), code=303)
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def validate(self, form: dict[str, str]) -> dict[str, Any]:
        """The client. Until redirect_uri is known to be the client's, errors go to our error page, never to it."""
        client, scopes = self.store.clients.get(form.get("client_id", "")), form.get("scope", "").split()
        if client is None:
            raise OAuth2Error("invalid_client", "The requested OAuth 2.0 Client does not exist.")
        is_object = "openid" in scopes and (form.get("request") or form.get("request_uri"))
        refuse_if(is_object, "invalid_request", "The OAuth 2.0 Client does not have any JSON Web Keys registered.")
        hint = f"Request with unsupported response_mode '{g.mode}'."
        refuse_if(g.mode not in RESPONSE_MODES, "unsupported_response_mode", hint)
        g.redirect_uri = match_redirect_uri(form.get("redirect_uri", ""), client, "openid" in scopes)
        for scope in set(scopes).difference(client["scope"].split()):
            refuse_if(scope, "invalid_scope", f"The OAuth 2.0 Client is not allowed to request scope '{scope}'.")
        for audience in set(form.get("audience", "").split()).difference(client["audience"]):
            refuse_if(audience, "invalid_request", f"Requested audience '{audience}' has not been whitelisted.")
        refuse_if(form.get("registration"), "registration_not_supported")
        kind = form.get("response_type", "")
        hint = f"The client is not allowed to request response_type '{kind}'."
        refuse_if(kind != "code" or kind not in client["response_types"], "unsupported_response_type", hint)
        hint = "Request parameter 'state' must be at least be 8 characters long to ensure sufficient entropy."
        refuse_if(len(g.state) < 8, "invalid_state", hint)
        return client

    def request_login(self, form: dict[str, str], client: dict[str, Any]) -> Response:
        prompt = form.get("prompt", "").split()
        sid, session = self.usable_session(form, prompt)
        hint = "Prompt 'none' was requested, but no existing login session was found."
        refuse_if(session is None and "none" in prompt, "login_required", hint)
        context: dict[str, Any] = {name: form.get(name) for name in ("display", "login_hint")}
        context |= {name: form.get(name, "").split() for name in ("acr_values", "ui_locales")}
        if form.get("id_token_hint"):
            context["id_token_hint_claims"] = self.tokens.decode_hint(form["id_token_hint"])
        query = request.query_string.decode()
        flow = {
            "requested_scope": form.get("scope", "").split(),
            "requested_access_token_audience": form.get("audience", "").split(),
            "oidc_context": {name: value for name, value in context.items() if value},
            "request_url": f"{self.config.public_url}/oauth2/auth" + (f"?{query}" if query else ""),
        }
        return self.begin_login(flow, client, sid, session, "registration" if "registration" in prompt else "login")

    def begin_login(
        self,
        flow: dict[str, Any],
        client: dict[str, Any],
        sid: str,
        session: dict[str, Any] | None,
        page: str = "login",
    ) -> Response:
        """To the login page; `session` is the remembered one that may answer it."""
        flow |= {
            "id": secrets.token_hex(16),
            "skip": session is not None,
            "subject": session["subject"] if session else "",
            "client": {name: value for name, value in client.items() if name != "client_secret"},
            "session_id": sid,
            "login_csrf": self.cookies.set_csrf("login", client),
            "requested_at": int(clock.time()),
            "auth_time": session["authenticated_at"] if session else 0,
        }
        challenge = self.store.seal("login_challenge", flow)
        # A query of the page's own is dropped here, by Hydra too, but not for consent and logout.
        url = urlsplit(self.config.pages[page])._replace(query="").geturl()
        return redirect(with_query(url, login_challenge=challenge))

    def usable_session(self, form: dict[str, str], prompt: list[str]) -> tuple[str, dict[str, Any] | None]:
        """(sid, session) of the cookie if prompt, max_age and id_token_hint let it be used, else (a new sid, None)."""
        sid, max_age = self.cookies.sid(), form.get("max_age", "")
        session = self.store.remembered_login(sid)
        if session is None or "login" in prompt:
            return str(uuid4()), None
        if max_age and not re.fullmatch(r"[+-]?\d{1,18}", max_age):
            raise unrecognizable()
        if max_age and int(max_age) >= 0 and session["authenticated_at"] + int(max_age) < clock.time():
            hint = "Request failed because prompt is set to 'none' and authentication time reached 'max_age'."
            refuse_if("none" in prompt, "login_required", hint)
            return str(uuid4()), None
        self.check_hint(form, session["subject"])
        return sid, session

    def check_hint(self, form: dict[str, str], subject: str) -> None:
        hint = "The subject of id_token_hint does not match the current session's subject."
        token = form.get("id_token_hint")
        refuse_if(token and self.tokens.decode_hint(token)["sub"] != subject, "login_required", hint)

    def verify_login(self, form: dict[str, str]) -> dict[str, Any]:
        flow = self.open_verifier("login", form["login_verifier"])
        self.cookies.check_csrf("login", flow)
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
            self.cookies.set_session(flow["session_id"], flow["remember_for"])
        return flow

    def forget_session(self) -> None:
        self.store.logins.pop(self.cookies.sid(), None)
        self.cookies.clear_session()

    def validate_prompt(self, form: dict[str, str], flow: dict[str, Any]) -> None:
        """What Hydra looks at only now: unknown prompts, whether a demanded login is one, whose the hint is."""
        prompt, max_age, age = form.get("prompt", "").split(), form.get("max_age", ""), flow["requested_at"]
        age -= flow["auth_time"]
        hint = f"Used unknown value '[{' '.join(prompt)}]' for prompt parameter"
        refuse_if(not PROMPTS.issuperset(prompt), "invalid_request", hint)
        hint = "Parameter 'prompt' was set to 'none', but contains other values as well which is not allowed."
        refuse_if("none" in prompt and len(prompt) > 1, "invalid_request", hint)
        refuse_if(max_age.isdigit() and 0 < int(max_age) < age, "login_required")
        refuse_if("none" in prompt and age < 0, "login_required", "The user logged in despite prompt 'none'.")
        refuse_if("login" in prompt and age > 0, "login_required", "The user was not re-authenticated.")
        self.check_hint(form, flow["subject"])

    def request_consent(self, form: dict[str, str], client: dict[str, Any], flow: dict[str, Any]) -> Response:
        prompt = form.get("prompt", "").split()
        skip = "consent" not in prompt and not is_claimable(client, g.redirect_uri) and self.is_covered(flow)
        hint = "Prompt 'none' was requested, but no previous consent was found."
        refuse_if("none" in prompt and not skip, "consent_required", hint)
        self.check_client(client, flow)
        flow |= {"consent_request_id": secrets.token_hex(16), "consent_skip": skip}
        flow["consent_csrf"] = self.cookies.set_csrf("consent", client)
        challenge = self.store.seal("consent_challenge", flow)
        return redirect(with_query(self.config.pages["consent"], consent_challenge=challenge))

    @staticmethod
    def check_client(client: dict[str, Any], flow: dict[str, Any]) -> None:
        hint = "The flow client id does not match the authorize request client id."
        refuse_if(flow["client"]["client_id"] != client["client_id"], "invalid_client", hint)

    def is_covered(self, flow: dict[str, Any]) -> bool:
        """Whether the newest remembered consent has every requested scope; older ones do not count for Hydra."""
        client_id, newest = flow["client"]["client_id"], None
        for old in self.store.live_consents(flow["subject"]):
            if old["consent_remember"] and old["client"]["client_id"] == client_id:
                newest = old
        return newest is not None and set(newest["grant_scope"]).issuperset(flow["requested_scope"])

    def verify_consent(self, form: dict[str, str], client: dict[str, Any]) -> dict[str, Any]:
        flow = self.open_verifier("consent", form["consent_verifier"])
        self.check_client(client, flow)
        is_used = flow["id"] in self.store.consents
        refuse_if(is_used, "access_denied", "The consent verifier has already been used.")
        self.store.consents[flow["id"]] = flow  # before the cookie check, as Hydra does: a stolen verifier is burnt
        self.cookies.check_csrf("consent", flow)
        return flow

    def issue_code(self, form: dict[str, str], flow: dict[str, Any]) -> Response:
        # Discovery promises plain too, but v26.2.0 refuses it (fositex/config.go), and only now.
        is_plain = form.get("code_challenge") and form.get("code_challenge_method") != "S256"
        refuse_if(is_plain, "invalid_request", "Clients must use code_challenge_method=S256, plain is not allowed.")
        return self.to_client(code=self.tokens.issue_code(form, flow), scope=" ".join(flow["grant_scope"]))

    def open_verifier(self, kind: str, verifier: str) -> dict[str, Any]:
        try:
            flow = self.store.open(f"{kind}_verifier", verifier)
        except OAuth2Error as error:
            hint = f"The {kind} verifier has already been used, has not been granted, or is invalid."
            refuse_if(error.status == 404, "access_denied", hint)
            raise
        if "rejected" in flow:
            raise OAuth2Error(**flow["rejected"])
        return flow
