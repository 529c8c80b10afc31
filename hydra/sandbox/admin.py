"""The admin API: login, consent and logout requests, sessions, clients, introspection."""

import secrets
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from flask import Flask, Response, jsonify, request

from hydra.sandbox.errors import OAuth2Error, not_found, unknown, unrecognizable
from hydra.sandbox.logout import end_login_session
from hydra.sandbox.public import add_health
from hydra.sandbox.store import Config, Store, timestamp, with_query
from hydra.sandbox.tokens import Tokens

VERSION = "v26.2.0"  # of the Hydra it stands in for
TEXTS = ("client_name", "owner", "policy_uri", "tos_uri", "client_uri", "logo_uri")
LISTS = ("redirect_uris", "grant_types", "response_types", "contacts", "audience", "allowed_cors_origins")
OMITTED_WHEN_EMPTY = ("post_logout_redirect_uris", "backchannel_logout_uri", "backchannel_logout_session_required")
LIFESPANS = [
    f"{grant}_grant_{token}_lifespan"
    for grant, tokens in {
        "authorization_code": ("access_token", "id_token", "refresh_token"),
        "client_credentials": ("access_token",),
        "implicit": ("access_token", "id_token"),
        "jwt_bearer": ("access_token",),
        "refresh_token": ("id_token", "access_token", "refresh_token"),
        "device_authorization": ("id_token", "access_token", "refresh_token"),
    }.items()
    for token in tokens
]
DEFAULTS: dict[str, Any] = {
    **dict.fromkeys(TEXTS, ""),
    "scope": "offline_access offline openid",
    "client_secret_expires_at": 0,
    "subject_type": "public",
    "jwks": {},
    "token_endpoint_auth_method": "client_secret_basic",
    "userinfo_signed_response_alg": "none",
    "metadata": {},
    "skip_consent": False,
    "skip_logout_consent": None,
    **dict.fromkeys(LIFESPANS),
}


def no_content() -> Response:
    return Response(status=204)


class Requests:
    """Login and consent requests: the flow inside the challenge, told, accepted or rejected."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def flow(self, kind: str) -> dict[str, Any]:
        return self.store.open(f"{kind}_challenge", challenge(kind))

    def redirect_to(self, kind: str, flow: dict[str, Any]) -> Response:
        verifier = self.store.seal(f"{kind}_verifier", flow)
        return jsonify(redirect_to=with_query(flow["request_url"], **{f"{kind}_verifier": verifier}))

    def get_login(self) -> Response:
        flow = self.flow("login")
        names = ("requested_scope", "requested_access_token_audience", "skip", "subject", "oidc_context", "client")
        told = {name: flow[name] for name in (*names, "request_url", "session_id")}
        return jsonify(told | {"challenge": challenge("login")})

    def get_consent(self) -> Response:
        return jsonify(consent_request(self.flow("consent"), challenge("consent")))

    def accept_login(self) -> Response:
        challenge("login")  # a missing one is told before a bad body
        body = json_body("login")
        if not body.get("subject") or not isinstance(body["subject"], str):
            raise OAuth2Error("invalid_request", "Field 'subject' must not be empty.")
        flow = self.flow("login")
        if flow["subject"] and flow["subject"] != body["subject"]:
            return jsonify(redirect_to=with_query(flow["request_url"], prompt="login"))
        flow["remember"] = flow["skip"] or bool(body.get("remember"))
        if not flow["skip"]:
            flow["auth_time"] = int(time.time())
        for name, default in {"remember_for": 0, "extend_session_lifespan": False, "acr": "", "amr": []}.items():
            flow[name] = body.get(name) or default
        idp_session = body.get("identity_provider_session_id") or ""
        flow |= {
            "subject": body["subject"],
            "context": body.get("context"),
            "identity_provider_session_id": idp_session,
        }
        return self.redirect_to("login", flow)

    def accept_consent(self) -> Response:
        challenge("consent")
        body = json_body("consent")
        flow, session = self.flow("consent"), body.get("session") or {}
        flow["grant_scope"] = body.get("grant_scope") or []  # Hydra does not compare it with what was requested
        flow["grant_access_token_audience"] = body.get("grant_access_token_audience") or []
        flow["consent_remember"] = bool(body.get("remember"))
        flow["consent_remember_for"] = body.get("remember_for") or 0
        flow["session"] = {name: session.get(name) or {} for name in ("access_token", "id_token")}
        flow["handled_at"] = timestamp()
        flow["context"] = body.get("context") or flow["context"]
        return self.redirect_to("consent", flow)

    def reject(self, kind: str) -> Response:
        challenge(kind)
        body = json_body(kind)
        description = f"{body.get('error_description') or ''} {body.get('error_hint') or ''}".strip()
        error = {"error": body.get("error") or f"{kind} request denied", "error_description": description}
        return self.redirect_to(kind, self.flow(kind) | {"rejected": error})


def challenge(kind: str) -> str:
    value = request.args.get(f"{kind}_challenge") or request.args.get("challenge")
    if not value:
        raise OAuth2Error("invalid_request", "Query parameter 'challenge' is not defined but should have been.")
    return value


def json_body(kind: str) -> dict[str, Any]:
    body = request.get_json(force=True, silent=True)
    if isinstance(body, dict):
        return body
    if kind == "consent":
        raise unrecognizable()
    raise OAuth2Error("invalid_request", "Unable to decode body because: it is not a JSON object")


def consent_request(flow: dict[str, Any], challenge: str) -> dict[str, Any]:
    names = ("consent_request_id", "requested_scope", "requested_access_token_audience", "subject", "oidc_context")
    told = {name: flow[name] for name in (*names, "client", "request_url", "acr", "amr", "context")}
    return told | {
        "challenge": challenge,
        "skip": flow["consent_skip"],
        "login_challenge": flow["id"],
        "login_session_id": flow["session_id"],
    }


class Sessions:
    """Logout requests and the login and consent sessions of a subject."""

    def __init__(self, config: Config, store: Store, tokens: Tokens) -> None:
        self.config, self.store, self.tokens = config, store, tokens

    def logout(self) -> dict[str, Any]:
        return self.store.logouts.get(request.args.get("logout_challenge") or request.args.get("challenge", "")) or {}

    def get_logout(self) -> Response:
        logout = self.logout()
        if not logout or logout["_"]["state"] == "rejected":
            raise unknown()
        if logout["_"]["state"] == "used":
            answer = jsonify(redirect_to=logout["request_url"])
            answer.status_code = 410
            return answer
        return jsonify(
            {name: value for name, value in logout.items() if name != "_"} | {"client": told(logout["client"])}
        )

    def accept_logout(self) -> Response:
        logout = self.logout()
        if not logout:
            raise unknown()
        if logout["_"]["state"] != "used":
            logout["_"]["state"] = "accepted"
        url = f"{self.config.public_url}/oauth2/sessions/logout"
        return jsonify(redirect_to=with_query(url, logout_verifier=logout["_"]["verifier"]))

    def reject_logout(self) -> Response:
        if not self.logout():
            raise not_found()
        self.logout()["_"]["state"] = "rejected"
        return no_content()

    def delete_login(self) -> Response:
        """By sid with back-channel logout, by subject without: Hydra's own difference."""
        sid, subject = request.args.get("sid", ""), request.args.get("subject", "")
        if not sid and not subject:
            hint = "Either 'subject' or 'sid' query parameters need to be defined."
            raise OAuth2Error("invalid_request", hint)
        session = self.store.remembered_login(sid)
        if session:
            end_login_session(self.config, self.store, self.tokens, sid, session["subject"])
        if not sid:
            self.store.logins = {k: v for k, v in self.store.logins.items() if v["subject"] != subject}
        return no_content()

    def list_consent(self) -> Response:
        subject, sid = request.args.get("subject"), request.args.get("login_session_id")
        if not subject:
            hint = "Query parameter 'subject' is not defined but should have been."
            raise OAuth2Error("invalid_request", hint)
        flows = [flow for flow in self.store.live_consents(subject) if sid in (None, "", flow["session_id"])]
        names = ("consent_request_id", "grant_scope", "grant_access_token_audience", "session", "handled_at", "context")
        return jsonify(
            [
                {name: flow[name] for name in names}
                | {"remember": flow["consent_remember"], "remember_for": flow["consent_remember_for"]}
                | {"consent_request": consent_request(flow, "")}
                for flow in flows
            ]
        )

    def delete_consent(self) -> Response:
        subject, client, one = (request.args.get(name, "") for name in ("subject", "client", "consent_request_id"))
        everything = request.args.get("all") == "true"
        flows = list(self.store.consents.values())
        if one and not subject and not client:
            flows = [flow for flow in flows if flow["consent_request_id"] == one]
        elif subject and not one and bool(client) != everything:
            flows = [flow for flow in flows if flow["subject"] == subject]
            flows = [flow for flow in flows if client in ("", flow["client"]["client_id"])]
        else:
            raise OAuth2Error("invalid_request", "Invalid combination of query parameters.")
        self.store.revoke_consents(flows)
        return no_content()


def told(client: dict[str, Any] | None) -> dict[str, Any] | None:
    return client and {name: value for name, value in client.items() if name != "client_secret"}


class Clients:
    """`/admin/clients`. A secret is told only in the answer to the request that set it."""

    def __init__(self, config: Config, store: Store) -> None:
        self.config, self.store = config, store

    def build(self, body: Any, client_id: str, old: dict[str, Any]) -> dict[str, Any]:
        if not isinstance(body, dict):
            hint = "Unable to decode the request body"
            raise OAuth2Error("The request was malformed or contained invalid parameters", description=hint)
        client = DEFAULTS | {name: value for name, value in body.items() if name in DEFAULTS and value is not None}
        client |= {name: body.get(name) or [] for name in LISTS}
        client |= {name: body[name] for name in OMITTED_WHEN_EMPTY if body.get(name)}
        if any("#" in uri for uri in client["redirect_uris"]):
            raise OAuth2Error("invalid_redirect_uri", "Redirect URIs must not contain fragments (#).")
        origins = {urlsplit(uri)[:2] for uri in client["redirect_uris"]}
        for uri in client.get("post_logout_redirect_uris", []):
            if urlsplit(uri)[:2] not in origins:
                hint = f"post_logout_redirect_uri '{uri}' must match the domain, port, scheme of a redirect URI"
                raise OAuth2Error("invalid_client_metadata", hint)
        now = timestamp()
        client |= {"client_id": client_id, "created_at": old.get("created_at", now), "updated_at": now}
        secret = body.get("client_secret") or old.get("client_secret") or secrets.token_urlsafe(20)
        return client if client["token_endpoint_auth_method"] == "none" else client | {"client_secret": secret}

    def created(self, client: dict[str, Any], status: int, *, secret: bool) -> Response:
        answer = jsonify(client if secret else told(client))
        answer.status_code = status
        return answer

    def create(self) -> Response:
        body = request.get_json(force=True, silent=True)
        client_id = (isinstance(body, dict) and body.get("client_id")) or str(uuid4())
        client = self.build(body, client_id, {})
        if client_id in self.store.clients:
            error = "Unable to insert or update resource because a resource with that value exists already"
            raise OAuth2Error(error, status=409, description="")
        self.store.clients[client_id] = client
        registration = {
            "registration_access_token": f"ory_at_{secrets.token_urlsafe(32)}",
            "registration_client_uri": f"{self.config.public_url}/oauth2/register/{client_id}",
        }
        answer = jsonify(client | registration)
        answer.status_code = 201
        answer.headers["Location"] = f"/admin/clients/{client_id}"
        return answer

    def list(self) -> Response:
        return jsonify([told(client) for _, client in sorted(self.store.clients.items())])

    def known(self, client_id: str) -> dict[str, Any]:
        if client_id not in self.store.clients:
            raise unknown()
        return self.store.clients[client_id]

    def get(self, client_id: str) -> Response:
        return jsonify(told(self.known(client_id)))

    def replace(self, client_id: str) -> Response:
        old, body = self.known(client_id), request.get_json(force=True, silent=True)
        self.store.clients[client_id] = client = self.build(body, client_id, old)
        return jsonify(client if body.get("client_secret") else told(client))

    def patch(self, client_id: str) -> Response:
        """JSON patch (RFC 6902): add, replace and remove of top-level members, which is what our tests send."""
        old = self.known(client_id)
        new = dict(old)
        for operation in request.get_json(force=True):
            name = operation["path"].removeprefix("/")
            if operation["op"] == "remove":
                new.pop(name, None)
            else:
                new[name] = operation["value"]
        if new["client_id"] != client_id:
            raise unknown()
        self.store.clients[client_id] = self.build(new, client_id, old)
        return self.get(client_id)

    def delete(self, client_id: str) -> Response:
        self.known(client_id)
        del self.store.clients[client_id]
        return no_content()


def create_app(config: Config, store: Store) -> Flask:
    app = Flask("hydra.sandbox.admin", static_folder=None)
    tokens = Tokens(config, store)
    requests, sessions, clients = Requests(store), Sessions(config, store, tokens), Clients(config, store)
    oauth2 = "/admin/oauth2/auth"
    routes: dict[tuple[str, str], Callable[..., Response]] = {
        ("GET", f"{oauth2}/requests/login"): requests.get_login,
        ("PUT", f"{oauth2}/requests/login/accept"): requests.accept_login,
        ("PUT", f"{oauth2}/requests/login/reject"): lambda: requests.reject("login"),
        ("GET", f"{oauth2}/requests/consent"): requests.get_consent,
        ("PUT", f"{oauth2}/requests/consent/accept"): requests.accept_consent,
        ("PUT", f"{oauth2}/requests/consent/reject"): lambda: requests.reject("consent"),
        ("GET", f"{oauth2}/requests/logout"): sessions.get_logout,
        ("PUT", f"{oauth2}/requests/logout/accept"): sessions.accept_logout,
        ("PUT", f"{oauth2}/requests/logout/reject"): sessions.reject_logout,
        ("DELETE", f"{oauth2}/sessions/login"): sessions.delete_login,
        ("GET", f"{oauth2}/sessions/consent"): sessions.list_consent,
        ("DELETE", f"{oauth2}/sessions/consent"): sessions.delete_consent,
        ("POST", "/admin/clients"): clients.create,
        ("GET", "/admin/clients"): clients.list,
        ("GET", "/admin/clients/<client_id>"): clients.get,
        ("PUT", "/admin/clients/<client_id>"): clients.replace,
        ("PATCH", "/admin/clients/<client_id>"): clients.patch,
        ("DELETE", "/admin/clients/<client_id>"): clients.delete,
        ("POST", "/admin/oauth2/introspect"): tokens.introspect,
        ("GET", "/version"): lambda: jsonify(version=VERSION),
    }
    for (method, path), view in routes.items():
        app.add_url_rule(path, f"{method} {path}", view, methods=[method])
    add_health(app)
    return app
