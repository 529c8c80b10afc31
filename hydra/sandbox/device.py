"""The device flow (RFC 8628): `/oauth2/device/auth` for the device, `/oauth2/device/verify` for the browser.

Errors of the second are JSON in the browser, a rejected login or consent too (oauth2/handler.go of Hydra v26.2.0).
"""

import secrets
from typing import Any

from flask import Blueprint, g, jsonify, redirect, request
from werkzeug.wrappers import Response

from hydra.sandbox import authorize, cookies, tokens
from hydra.sandbox.clients import refuse_foreign_scopes, without_secret
from hydra.sandbox.errors import refuse_if, refused
from hydra.sandbox.store import store, with_query
from kratos.sandbox import clock

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"  # nothing that looks like something else

device = Blueprint("device", __name__)


@device.post("/oauth2/device/auth")
def ask() -> Response:
    form = request.form.to_dict()
    refuse_if(not form, "body_empty")
    client, scopes = tokens.authenticate(form), form.get("scope", "").split()
    refuse_if(form.get("client_id") != client["client_id"], "client_id_other")
    refuse_if(tokens.DEVICE_GRANT not in client["grant_types"], "no_device_grant", grant=tokens.DEVICE_GRANT)
    refuse_foreign_scopes(scopes, client)
    device_code = f"ory_dc_{secrets.token_urlsafe(32)}.{secrets.token_urlsafe(32)}"
    user_code, lifetime = "".join(secrets.choice(LETTERS) for _ in range(8)), store.config.ttl["device_user_code"]
    store.devices[device_code] = {
        "user_code": user_code,
        "client": without_secret(client),
        "scopes": scopes,
        "expires_at": clock.time() + lifetime,
        "grant": None,
    }
    answer = jsonify(
        Header=None,  # Hydra's slip of the pen
        device_code=device_code,
        user_code=user_code,
        verification_uri=verification_uri(),
        verification_uri_complete=with_query(verification_uri(), user_code=user_code),
        expires_in=int(lifetime),
        interval=5,  # seconds; only told: v26.2.0 never answers slow_down
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def verification_uri() -> str:
    return f"{store.config.public_url}/oauth2/device/verify"


@device.get("/oauth2/device/verify")
def verify() -> Response:
    """Of the query only verifiers and client_id count: Hydra reads no prompt or max_age here."""
    form = request.args.to_dict()
    g.redirect_uri = ""
    kind = next((name for name in ("device", "login", "consent") if form.get(f"{name}_verifier")), "")
    if not kind:
        return request_device(form)
    verifier, flow = {f"{kind}_verifier": form[f"{kind}_verifier"]}, {}
    if kind == "device":
        flow = authorize.open_verifier("device", form["device_verifier"])
        cookies.check_csrf("device", flow)
    client = store.clients.get(form.get("client_id", ""))
    if client is None:
        raise refused("client_gone")
    if kind == "device":
        return authorize.begin_login(flow, client, *authorize.usable_session({}, []))
    if kind == "login":
        return authorize.request_consent({}, client, authorize.verify_login(verifier))
    return allow(authorize.verify_consent(verifier, client))


def request_device(form: dict[str, str]) -> Response:
    """To the page where the code is typed in; the code itself is not kept."""
    hidden = {name: "****" for name in form if name.lower() == "user_code"}
    flow = {
        "request_url": with_query(verification_uri(), **form | hidden),
        "device_csrf": cookies.set_csrf("device", None),
        "requested_at": int(clock.time()),
    }
    challenge = {"device_challenge": store.seal("device_challenge", flow)}
    code = {"user_code": form["user_code"]} if "user_code" in form else {}
    return redirect(with_query(store.config.pages["device_verification"], **challenge, **code))


def allow(flow: dict[str, Any]) -> Response:
    waiting = store.devices.get(flow["device_code"])
    if waiting:  # else the device has its tokens already
        waiting["grant"] = tokens.new_grant(flow)
    client_id = flow["client"]["client_id"]
    return redirect(with_query(store.config.pages["device_success"], client_id=client_id))


def accept_user_code(challenge: str, body: dict[str, Any]) -> Response:
    """`PUT /admin/oauth2/auth/requests/device/accept`: wrong, expired and used codes get the same answer."""
    code = body.get("user_code")
    refuse_if(not code, "user_code_missing")
    flow, now = store.open("device_challenge", challenge), clock.time()
    waiting = {key: each for key, each in store.devices.items() if not each["grant"] and each["expires_at"] > now}
    device_code = next((key for key, each in waiting.items() if each["user_code"] == code), "")
    refuse_if(not device_code, "user_code_wrong")
    client, scopes = waiting[device_code]["client"], waiting[device_code]["scopes"]
    flow |= {"device_code": device_code, "client": client, "requested_scope": scopes}
    flow |= {"requested_access_token_audience": [], "oidc_context": None}
    flow["request_url"] = with_query(flow["request_url"], client_id=client["client_id"])
    verifier = store.seal("device_verifier", flow)
    return jsonify(redirect_to=with_query(flow["request_url"], device_verifier=verifier))
