"""Hydra's cookies: the login session, and per client one against forged answers of the login and the consent page."""

import secrets
from typing import Any
from zlib import crc32

from flask import Response, after_this_request, request

from hydra.sandbox.errors import OAuth2Error, refuse_if
from hydra.sandbox.store import store


def set_cookie(name: str, value: str, max_age: float) -> None:
    """Set it on the answer to the request at hand, whatever that turns out to be."""

    @after_this_request
    def add(answer: Response) -> Response:
        secure, same_site = not store.config.dev, store.config.same_site
        answer.set_cookie(name, value, max_age=int(max_age), secure=secure, httponly=True, samesite=same_site)
        return answer


def session_name() -> str:
    return f"ory_hydra_session{store.config.cookie_suffix}"


def presented_sid() -> str:
    """Of the login session this browser presents; empty without one."""
    try:
        return str(store.open("cookie", request.cookies.get(session_name(), ""))["sid"])
    except OAuth2Error:
        return ""


def set_session(sid: str, remember_for: int) -> None:
    sealed = store.seal("cookie", {"sid": sid})
    set_cookie(session_name(), sealed, remember_for or store.config.ttl["authentication_session"])


def clear_session() -> None:
    set_cookie(session_name(), "", 0)


def csrf_name(step: str, client: dict[str, Any] | None) -> str:
    # One per client, so a second tab of the same client breaks the first. Hydra's number is a murmur3 hash.
    number = f"_{crc32(client['client_id'].encode())}" if client and step != "device" else ""
    return f"ory_hydra_{step}_csrf{store.config.cookie_suffix}{number}"


def set_csrf(step: str, client: dict[str, Any] | None) -> str:
    csrf = secrets.token_hex(16)
    set_cookie(csrf_name(step, client), csrf, store.config.ttl["login_consent_request"])
    return csrf


def check_csrf(step: str, flow: dict[str, Any]) -> None:
    csrf = request.cookies.get(csrf_name(step, flow["client"]))
    refuse_if(csrf is None, "csrf_missing")
    refuse_if(csrf != flow[f"{step}_csrf"], "csrf_wrong")
