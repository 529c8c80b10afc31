"""`/oauth2/sessions/logout` and the end of a login session: back-channel logout, then the session at Kratos."""

import threading
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import requests
from flask import redirect, request
from werkzeug.wrappers import Response

from hydra.sandbox.cookies import Cookies
from hydra.sandbox.errors import OAuth2Error, not_found, refuse_if
from hydra.sandbox.store import Config, Store, timestamp, with_query
from hydra.sandbox.tokens import Tokens
from kratos.sandbox import clock
from kratos.sandbox.serving import is_loopback

BACKCHANNEL_EVENT = "http://schemas.openid.net/event/backchannel-logout"


def call_in_background(method: str, url: str, **arguments: Any) -> None:
    """Nobody waits for it and nobody hears of a failure, as with Hydra; nothing beyond loopback is called."""

    def call() -> None:
        with suppress(requests.RequestException):
            requests.request(method, url, timeout=30, allow_redirects=False, **arguments)

    if is_loopback(urlsplit(url).hostname):
        threading.Thread(target=call, daemon=True).start()


def end_login_session(config: Config, store: Store, tokens: Tokens, sid: str, subject: str) -> None:
    flows = [flow for flow in store.consents.values() if (flow["session_id"], flow["subject"]) == (sid, subject)]
    for client_id in {flow["client"]["client_id"] for flow in flows}.intersection(store.clients):
        url = store.clients[client_id].get("backchannel_logout_uri")
        if url:
            claims = {"iss": config.issuer, "aud": [client_id], "iat": int(clock.time()), "jti": str(uuid4())}
            token = tokens.sign(claims | {"events": {BACKCHANNEL_EVENT: {}}, "sid": sid})
            call_in_background("POST", url, data={"logout_token": token})
    session = store.logins.pop(sid, None)
    if config.identity_provider and session and session["identity_provider_session_id"]:
        url = f"{config.identity_provider}/admin/sessions/{session['identity_provider_session_id']}"
        call_in_background("DELETE", url)


class Logout:
    """The browser's side; accepting and rejecting is in admin.py."""

    def __init__(self, config: Config, store: Store, tokens: Tokens, cookies: Cookies) -> None:
        self.config, self.store, self.tokens, self.cookies = config, store, tokens, cookies

    def view(self) -> Response:
        try:
            verifier = request.args.get("logout_verifier")
            return self.complete(verifier) if verifier else self.begin(request.values.to_dict())
        except OAuth2Error as error:
            return redirect(with_query(self.config.pages["error"], **error.values))

    def begin(self, form: dict[str, str]) -> Response:
        """To `urls.logout`, or, when there is no remembered session to end, straight to where the logout would end."""
        if form.get("id_token_hint"):
            client, sid, target = self.by_hint(form)
        else:
            for name in ("state", "post_logout_redirect_uri"):
                hint = f"Logout failed because query parameter {name} is set but id_token_hint is missing."
                refuse_if(form.get(name), "invalid_request", hint)
            client, sid, target = None, self.cookies.sid(), self.config.pages["post_logout_redirect"]
        session = self.store.remembered_login(sid)
        if session is None:
            return redirect(target)
        now, challenge, query = clock.time(), str(uuid4()), request.query_string.decode()
        times = {"requested_at": now, "expires_at": now + self.config.ttl["login_consent_request"]}
        self.store.logouts[challenge] = {
            "challenge": challenge,
            "subject": session["subject"],
            "sid": sid,
            "request_url": request.path + (f"?{query}" if query else ""),
            "rp_initiated": client is not None,
            # Hydra v26.2.0 stores neither time for a logout the application began.
            **{name: None if client else timestamp(when) for name, when in times.items()},
            "client": client,
            "_": {"verifier": str(uuid4()), "target": target, "state": "asked"},
        }
        return redirect(with_query(self.config.pages["logout"], logout_challenge=challenge))

    def by_hint(self, form: dict[str, str]) -> tuple[dict[str, Any], str, str]:
        """(client, sid, where to go afterwards), from the ID token and not from this browser's cookie."""
        claims = self.tokens.decode_hint(form["id_token_hint"])
        client = next((self.store.clients[name] for name in claims["aud"] if name in self.store.clients), None)
        if client is None:
            hint = "Logout failed because none of the listed audiences is a registered OAuth 2.0 Client."
            raise OAuth2Error("invalid_request", hint)
        target = form.get("post_logout_redirect_uri")
        if not target:
            return client, claims["sid"], self.config.pages["post_logout_redirect"]
        hint = "Logout failed because post_logout_redirect_uri is not whitelisted for the client."
        refuse_if(target not in client.get("post_logout_redirect_uris", []), "invalid_request", hint)
        return client, claims["sid"], with_query(target, state=form["state"]) if form.get("state") else target

    def complete(self, verifier: str) -> Response:
        logout = next((logout for logout in self.store.logouts.values() if logout["_"]["verifier"] == verifier), None)
        if logout is None or logout["_"]["state"] not in ("accepted", "used"):
            raise not_found()
        logout["_"]["state"] = "used"
        if not logout["rp_initiated"]:
            session = self.store.remembered_login(self.cookies.sid())
            if session is None or session["subject"] != logout["subject"]:
                return redirect(logout["_"]["target"])
        self.cookies.clear_session()
        end_login_session(self.config, self.store, self.tokens, logout["sid"], logout["subject"])
        return redirect(logout["_"]["target"])
