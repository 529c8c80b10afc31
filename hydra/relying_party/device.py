"""The demo television: a client without a keyboard, which shows a code and asks until somebody has typed it in."""

import time
from typing import Any

import requests
from authlib.integrations.flask_client import OAuthError
from flask import Blueprint, abort, current_app, redirect, render_template, session
from joserfc.errors import JoseError
from werkzeug.wrappers import Response as BaseResponse

from hydra.relying_party.client import LEEWAY, Client, remember_error

GRANT = "urn:ietf:params:oauth:grant-type:device_code"
TIMEOUT = 10  # seconds

devices = Blueprint("devices", __name__)


class Device(Client):
    """One registration with the device grant (RFC 8628); `session[name]["device"]` is what it shows meanwhile."""

    def begin(self) -> dict[str, Any]:
        endpoint = self.oauth.load_server_metadata()["device_authorization_endpoint"]
        form = {"client_id": self.name, "scope": self.registration["scope"]}
        device = requests.post(endpoint, data=form, timeout=TIMEOUT).json()
        if "error" in device:
            raise OAuthError(device["error"], device.get("error_description"))
        return {"device": device | {"expires_at": time.time() + device["expires_in"]}}

    def poll(self, state: dict[str, Any]) -> dict[str, Any]:
        """Ask once whether somebody has allowed it; unchanged while nobody has.

        Nobody tells a device that it was refused: it asks until the code's time is over.
        """
        device = state["device"]
        try:
            tokens = self.oauth.fetch_access_token(grant_type=GRANT, device_code=device["device_code"])
        except OAuthError as error:
            if error.error == "authorization_pending" and time.time() < device["expires_at"]:
                return state
            raise
        claims = self.oauth.parse_id_token(tokens, nonce=None, claims_options=self.expected, leeway=LEEWAY)
        return self._kept(tokens, claims)


@devices.get("/devices/<name>")
def show(name: str) -> str:
    """The television's screen; every reload asks Hydra once."""
    device, state = device_named(name), session.get(name, {})
    if "device" in state:
        try:
            session[name] = state = device.poll(state)
        except (OAuthError, JoseError) as error:
            session[name] = state = {}
            remember_error(name, error)
    return render_template("device.html", client=device, known=state)


@devices.post("/devices/<name>")
def begin(name: str) -> BaseResponse:
    session[name] = device_named(name).begin()
    return redirect(f"/devices/{name}", 303)


def device_named(name: str) -> Device:
    devices_by_name: dict[str, Device] = current_app.extensions["devices"]
    return devices_by_name.get(name) or abort(404)
