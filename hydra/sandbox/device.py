"""The device flow (RFC 8628): `/oauth2/device/auth` for the device, `/oauth2/device/verify` for the browser.

Errors of the second are JSON in the browser, a rejected login or consent too (oauth2/handler.go of Hydra v26.2.0).
"""

import secrets
from typing import Any

from flask import g, jsonify, redirect, request
from werkzeug.wrappers import Response

from hydra.sandbox.authorize import Authorization
from hydra.sandbox.errors import refuse_if
from hydra.sandbox.store import Config, Store, with_query
from hydra.sandbox.tokens import DEVICE_GRANT, Tokens
from kratos.sandbox import clock

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"  # nothing that looks like something else
INTERVAL = 5  # seconds; only told: v26.2.0 never answers slow_down


class Device:
    """From the device's request over device, login and consent challenge to the tokens it polls for."""

    def __init__(self, config: Config, store: Store, tokens: Tokens, authorization: Authorization) -> None:
        self.config, self.store, self.tokens, self.authorization = config, store, tokens, authorization
        self.verification_uri = f"{config.public_url}/oauth2/device/verify"

    def auth(self) -> Response:
        form = request.form.to_dict()
        refuse_if(not form, "invalid_request", "The POST body can not be empty.")
        client = self.tokens.authenticate(form)
        refuse_if(form.get("client_id") != client["client_id"], "invalid_request", "Provided client_id mismatch.")
        hint = f"The requested OAuth 2.0 Client does not have the '{DEVICE_GRANT}' grant."
        refuse_if(DEVICE_GRANT not in client["grant_types"], "invalid_grant", hint)
        scopes = form.get("scope", "").split()
        for scope in set(scopes).difference(client["scope"].split()):
            refuse_if(scope, "invalid_scope", f"The OAuth 2.0 Client is not allowed to request scope '{scope}'.")
        device_code = f"ory_dc_{secrets.token_urlsafe(32)}.{secrets.token_urlsafe(32)}"
        user_code, lifetime = "".join(secrets.choice(LETTERS) for _ in range(8)), self.config.ttl["device_user_code"]
        self.store.devices[device_code] = {
            "user_code": user_code,
            "client": {name: value for name, value in client.items() if name != "client_secret"},
            "scopes": scopes,
            "expires_at": clock.time() + lifetime,
            "grant": None,
        }
        complete = with_query(self.verification_uri, user_code=user_code)
        answer = jsonify(
            Header=None,  # Hydra's slip of the pen
            device_code=device_code,
            user_code=user_code,
            verification_uri=self.verification_uri,
            verification_uri_complete=complete,
            expires_in=int(lifetime),
            interval=INTERVAL,
        )
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def verify(self) -> Response:
        """Of the query only verifiers and client_id count: Hydra reads no prompt or max_age here."""
        form, steps = request.args.to_dict(), self.authorization
        g.redirect_uri = ""
        kind = next((name for name in ("device", "login", "consent") if form.get(f"{name}_verifier")), "")
        if not kind:
            return self.request_device(form)
        verifier = {f"{kind}_verifier": form[f"{kind}_verifier"]}
        flow = self.verify_device(verifier["device_verifier"]) if kind == "device" else {}
        client = self.store.clients.get(form.get("client_id", ""))
        refuse_if(client is None, "invalid_client", "Client does not exist")
        if kind == "device":
            return steps.begin_login(flow, client or {}, *steps.usable_session({}, []))
        if kind == "login":
            return steps.request_consent({}, client or {}, steps.verify_login(verifier))
        return self.allow(steps.verify_consent(verifier, client or {}))

    def request_device(self, form: dict[str, str]) -> Response:
        """To the page where the code is typed in; the code itself is not kept."""
        hidden = {name: "****" for name in form if name.lower() == "user_code"}
        flow = {
            "request_url": with_query(self.verification_uri, **form | hidden),
            "device_csrf": self.authorization.cookies.set_csrf("device", None),
            "requested_at": int(clock.time()),
        }
        challenge = {"device_challenge": self.store.seal("device_challenge", flow)}
        code = {"user_code": form["user_code"]} if "user_code" in form else {}
        return redirect(with_query(self.config.pages["device_verification"], **challenge, **code))

    def verify_device(self, verifier: str) -> dict[str, Any]:
        flow = self.authorization.open_verifier("device", verifier)
        self.authorization.cookies.check_csrf("device", flow)
        return flow

    def allow(self, flow: dict[str, Any]) -> Response:
        device = self.store.devices.get(flow["device_code"])
        if device:  # else the device has its tokens already
            device["grant"] = self.tokens.grant(flow)
        client_id = flow["client"]["client_id"]
        return redirect(with_query(self.config.pages["device_success"], client_id=client_id))


def accept_user_code(store: Store, challenge: str, body: dict[str, Any]) -> Response:
    """`PUT /admin/oauth2/auth/requests/device/accept`: wrong, expired and used codes get the same answer."""
    code = body.get("user_code")
    refuse_if(not code, "invalid_request", "Field 'user_code' must not be empty.")
    flow, now = store.open("device_challenge", challenge), clock.time()
    waiting = [key for key, entry in store.devices.items() if not entry["grant"] and entry["expires_at"] > now]
    device_code = next((key for key in waiting if store.devices[key]["user_code"] == code), "")
    hint = "The 'user_code' session could not be found or has expired or is otherwise malformed."
    refuse_if(not device_code, "invalid_request", hint)
    device = store.devices[device_code]
    client_id = {"client_id": device["client"]["client_id"]}
    flow |= {"device_code": device_code, "client": device["client"], "requested_scope": device["scopes"]}
    flow |= {"requested_access_token_audience": [], "oidc_context": None}
    flow["request_url"] = with_query(flow["request_url"], **client_id)
    verifier = store.seal("device_verifier", flow)
    return jsonify(redirect_to=with_query(flow["request_url"], device_verifier=verifier))
