"""`/oauth2/sessions/logout` and the end of a login session: back-channel logout, then the session at Kratos."""

import threading
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import requests
from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from hydra.sandbox import cookies
from hydra.sandbox.errors import OAuth2Error, refuse_if, refused
from hydra.sandbox.store import store, timestamp, with_query
from hydra.sandbox.tokens import decode_hint, sign
from kratos.sandbox import clock
from kratos.sandbox.serving import is_loopback

BACKCHANNEL_EVENT = "http://schemas.openid.net/event/backchannel-logout"

logout = Blueprint("logout", __name__)


def call_in_background(method: str, url: str, **arguments: Any) -> None:
    """Nobody waits for it and nobody hears of a failure, as with Hydra; nothing beyond loopback is called."""

    def call() -> None:
        with suppress(requests.RequestException):
            requests.request(method, url, timeout=30, allow_redirects=False, **arguments)

    if is_loopback(urlsplit(url).hostname):
        threading.Thread(target=call, daemon=True).start()


def end_login_session(sid: str, subject: str) -> None:
    flows = [flow for flow in store.consents.values() if (flow["session_id"], flow["subject"]) == (sid, subject)]
    for client_id in {flow["client"]["client_id"] for flow in flows}.intersection(store.clients):
        url = store.clients[client_id].get("backchannel_logout_uri")
        if url:
            claims = {"iss": store.config.issuer, "aud": [client_id], "iat": int(clock.time()), "jti": str(uuid4())}
            token = sign(claims | {"events": {BACKCHANNEL_EVENT: {}}, "sid": sid})
            call_in_background("POST", url, data={"logout_token": token})
    session, kratos = store.logins.pop(sid, None), store.config.identity_provider
    if kratos and session and session["identity_provider_session_id"]:
        call_in_background("DELETE", f"{kratos}/admin/sessions/{session['identity_provider_session_id']}")


@logout.route("/oauth2/sessions/logout", methods=["GET", "POST"])
def view() -> Response:
    """The browser's side; accepting and rejecting is in admin.py."""
    try:
        verifier = request.args.get("logout_verifier")
        return complete(verifier) if verifier else begin(request.values.to_dict())
    except OAuth2Error as error:
        return redirect(with_query(store.config.pages["error"], **error.values))


def begin(form: dict[str, str]) -> Response:
    """To `urls.logout`, or, when there is no remembered session to end, straight to where the logout would end."""
    client, sid, target = None, cookies.presented_sid(), store.config.pages["post_logout_redirect"]
    if form.get("id_token_hint"):
        client, sid, target = by_hint(form)
    else:
        for name in ("state", "post_logout_redirect_uri"):
            refuse_if(form.get(name), "logout_without_hint", name=name)
    session = store.remembered_login(sid)
    if session is None:
        return redirect(target)
    now, challenge, query = clock.time(), str(uuid4()), request.query_string.decode()
    times = {"requested_at": now, "expires_at": now + store.config.ttl["login_consent_request"]}
    store.logouts[challenge] = {
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
    return redirect(with_query(store.config.pages["logout"], logout_challenge=challenge))


def by_hint(form: dict[str, str]) -> tuple[dict[str, Any], str, str]:
    """(client, sid, where to go afterwards), from the ID token and not from this browser's cookie."""
    claims = decode_hint(form["id_token_hint"])
    client = next((store.clients[name] for name in claims["aud"] if name in store.clients), None)
    if client is None:
        raise refused("logout_audience")
    target = form.get("post_logout_redirect_uri")
    if not target:
        return client, claims["sid"], store.config.pages["post_logout_redirect"]
    refuse_if(target not in client.get("post_logout_redirect_uris", []), "logout_target")
    return client, claims["sid"], with_query(target, state=form["state"]) if form.get("state") else target


def complete(verifier: str) -> Response:
    ended = next((each for each in store.logouts.values() if each["_"]["verifier"] == verifier), None)
    if ended is None or ended["_"]["state"] not in ("accepted", "used"):
        raise refused("not_found")
    ended["_"]["state"] = "used"
    session = store.remembered_login(cookies.presented_sid())
    if not ended["rp_initiated"] and (session is None or session["subject"] != ended["subject"]):
        return redirect(ended["_"]["target"])
    cookies.clear_session()
    end_login_session(ended["sid"], ended["subject"])
    return redirect(ended["_"]["target"])
