"""The admin API: login, consent and logout requests, sessions; the routes of clients.py and of introspection."""

import re
from collections.abc import Callable
from typing import Any

from flask import Flask, jsonify, request
from werkzeug.wrappers import Response

from hydra.sandbox.clients import Clients, without_secret
from hydra.sandbox.device import accept_user_code
from hydra.sandbox.errors import OAuth2Error, json_response, not_found, refuse_if, unknown, unrecognizable
from hydra.sandbox.logout import end_login_session
from hydra.sandbox.public import add_health
from hydra.sandbox.store import Config, Store, timestamp, with_query
from hydra.sandbox.tokens import Tokens
from kratos.sandbox import clock

VERSION = "v26.2.0"  # of the Hydra it stands in for


def challenge(kind: str) -> str:
    value = request.args.get(f"{kind}_challenge") or request.args.get("challenge")
    if not value:
        raise OAuth2Error("invalid_request", "Query parameter 'challenge' is not defined but should have been.")
    return value


def json_body(kind: str) -> dict[str, Any]:
    """A missing challenge is told before an unreadable body, and that before a wrong challenge."""
    challenge(kind)
    body = request.get_json(force=True, silent=True)
    if isinstance(body, dict):
        return body
    if kind == "consent":
        raise unrecognizable()
    raise OAuth2Error("invalid_request", "Unable to decode body because: it is not a JSON object")


def login_request(flow: dict[str, Any], challenge: str) -> dict[str, Any]:
    names = "client oidc_context request_url requested_access_token_audience requested_scope session_id skip subject"
    return {name: flow[name] for name in names.split()} | {"challenge": challenge}


def consent_request(flow: dict[str, Any], challenge: str) -> dict[str, Any]:
    same = {name: value for name, value in login_request(flow, challenge).items() if name != "session_id"}
    more = {name: flow[name] for name in ("consent_request_id", "acr", "amr", "context")}
    ids = {"login_challenge": flow["id"], "login_session_id": flow["session_id"]}
    return same | more | ids | {"skip": flow["consent_skip"]}


def consent_session(flow: dict[str, Any]) -> dict[str, Any]:
    names = ("consent_request_id", "grant_scope", "grant_access_token_audience", "session", "handled_at", "context")
    remember = {"remember": flow["consent_remember"], "remember_for": flow["consent_remember_for"]}
    return {name: flow[name] for name in names} | remember | {"consent_request": consent_request(flow, "")}


def page_of(items: dict[str, Any]) -> Response:
    """The page of these items that the query asks for, in the order of their ids, with links to the first and next."""
    size, after = request.args.get("page_size", "0"), request.args.get("page_token", "")
    is_readable = re.fullmatch(r"-?\d{1,9}", size) and re.fullmatch(r"([0-9a-f]{32})?", after)
    refuse_if(not is_readable, "invalid_request", "Unable to parse pagination parameters")
    count = min(int(size), 500) if int(size) > 0 else 100
    ids = sorted(item for item in items if item > after)
    answer = jsonify([items[id_] for id_ in ids[:count]])
    tokens = {"first": "0" * 32} | ({"next": ids[count - 1]} if len(ids) > count else {})
    links = {rel: with_query(request.full_path, page_token=t, page_size=str(count)) for rel, t in tokens.items()}
    if ids:
        answer.headers["Link"] = ",".join(f'<{link}>; rel="{rel}"' for rel, link in links.items())
    return answer


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
        return jsonify(login_request(self.flow("login"), challenge("login")))

    def get_consent(self) -> Response:
        return jsonify(consent_request(self.flow("consent"), challenge("consent")))

    def accept_login(self) -> Response:
        body = json_body("login")
        if not body.get("subject") or not isinstance(body["subject"], str):
            raise OAuth2Error("invalid_request", "Field 'subject' must not be empty.")
        flow = self.flow("login")
        if flow["subject"] and flow["subject"] != body["subject"]:
            return jsonify(redirect_to=with_query(flow["request_url"], prompt="login"))
        defaults = {"remember_for": 0, "extend_session_lifespan": False, "acr": "", "amr": [], "context": None}
        defaults |= {"subject": "", "identity_provider_session_id": ""}
        flow |= {name: body.get(name) or default for name, default in defaults.items()}
        flow["remember"] = flow["skip"] or bool(body.get("remember"))
        if not flow["skip"]:
            flow["auth_time"] = int(clock.time())
        return self.redirect_to("login", flow)

    def accept_device(self) -> Response:
        body = json_body("device")
        return accept_user_code(self.store, challenge("device"), body)

    def accept_consent(self) -> Response:
        body = json_body("consent")
        flow, session = self.flow("consent"), body.get("session") or {}
        # Hydra does not compare what is granted with what was requested.
        flow |= {name: body.get(name) or [] for name in ("grant_scope", "grant_access_token_audience")}
        flow |= {"consent_remember": bool(body.get("remember")), "consent_remember_for": body.get("remember_for") or 0}
        flow["session"] = {name: session.get(name) or {} for name in ("access_token", "id_token")}
        flow |= {"handled_at": timestamp(), "context": body.get("context") or flow["context"]}
        return self.redirect_to("consent", flow)

    def reject(self, kind: str) -> Response:
        body = json_body(kind)
        description = f"{body.get('error_description') or ''} {body.get('error_hint') or ''}".strip()
        error = {"error": body.get("error") or f"{kind} request denied", "description": description}
        return self.redirect_to(kind, self.flow(kind) | {"rejected": error})


class Sessions:
    """Logout requests, and the login and consent sessions of a subject."""

    def __init__(self, config: Config, store: Store, tokens: Tokens) -> None:
        self.config, self.store, self.tokens = config, store, tokens

    def logout(self) -> dict[str, Any] | None:
        return self.store.logouts.get(request.args.get("logout_challenge") or request.args.get("challenge", ""))

    def get_logout(self) -> Response:
        logout = self.logout()
        if logout is None or logout["_"]["state"] == "rejected":
            raise unknown()
        if logout["_"]["state"] == "used":
            return json_response({"redirect_to": logout["request_url"]}, 410)
        client = logout["client"] and without_secret(logout["client"])
        return jsonify({name: value for name, value in logout.items() if name != "_"} | {"client": client})

    def accept_logout(self) -> Response:
        logout = self.logout()
        if logout is None:
            raise unknown()
        if logout["_"]["state"] != "used":
            logout["_"]["state"] = "accepted"
        url = f"{self.config.public_url}/oauth2/sessions/logout"
        return jsonify(redirect_to=with_query(url, logout_verifier=logout["_"]["verifier"]))

    def reject_logout(self) -> Response:
        logout = self.logout()
        if logout is None:
            raise not_found()
        logout["_"]["state"] = "rejected"
        return Response(status=204)

    def delete_login(self) -> Response:
        """By sid with back-channel logout, by subject without: Hydra's own difference."""
        sid, subject = request.args.get("sid", ""), request.args.get("subject", "")
        if not sid and not subject:
            raise OAuth2Error("invalid_request", "Either 'subject' or 'sid' query parameters need to be defined.")
        session = self.store.remembered_login(sid)
        if session:
            end_login_session(self.config, self.store, self.tokens, sid, session["subject"])
        if not sid:
            self.store.logins = {k: v for k, v in self.store.logins.items() if v["subject"] != subject}
        return Response(status=204)

    def list_consent(self) -> Response:
        subject, sid = request.args.get("subject"), request.args.get("login_session_id")
        if not subject:
            raise OAuth2Error("invalid_request", "Query parameter 'subject' is not defined but should have been.")
        flows = [flow for flow in self.store.live_consents(subject) if sid in (None, "", flow["session_id"])]
        return page_of({flow["id"]: consent_session(flow) for flow in flows})

    def delete_consent(self) -> Response:
        subject, client, consent = (request.args.get(name, "") for name in ("subject", "client", "consent_request_id"))
        by_subject = subject and not consent and bool(client) != (request.args.get("all") == "true")
        if not by_subject and not (consent and not subject and not client):
            raise OAuth2Error("invalid_request", "Invalid combination of query parameters.")
        for flow in list(self.store.consents.values()):
            matches = flow["subject"] == subject and client in ("", flow["client"]["client_id"])
            if flow["consent_request_id"] == consent or (by_subject and matches):
                self.store.revoke_tokens(flow["consent_request_id"])
                del self.store.consents[flow["id"]]
        return Response(status=204)


def create_app(config: Config, store: Store) -> Flask:
    app = Flask("hydra.sandbox.admin", static_folder=None)
    tokens = Tokens(config, store)
    requests, sessions, clients = Requests(store), Sessions(config, store, tokens), Clients(config, store)
    oauth2 = "/admin/oauth2/auth"
    routes: dict[str, Callable[..., Response]] = {
        f"GET {oauth2}/requests/login": requests.get_login,
        f"PUT {oauth2}/requests/login/accept": requests.accept_login,
        f"PUT {oauth2}/requests/login/reject": lambda: requests.reject("login"),
        f"GET {oauth2}/requests/consent": requests.get_consent,
        f"PUT {oauth2}/requests/consent/accept": requests.accept_consent,
        f"PUT {oauth2}/requests/consent/reject": lambda: requests.reject("consent"),
        f"PUT {oauth2}/requests/device/accept": requests.accept_device,
        f"GET {oauth2}/requests/logout": sessions.get_logout,
        f"PUT {oauth2}/requests/logout/accept": sessions.accept_logout,
        f"PUT {oauth2}/requests/logout/reject": sessions.reject_logout,
        f"DELETE {oauth2}/sessions/login": sessions.delete_login,
        f"GET {oauth2}/sessions/consent": sessions.list_consent,
        f"DELETE {oauth2}/sessions/consent": sessions.delete_consent,
        "POST /admin/clients": clients.create,
        "GET /admin/clients": clients.list,
        "GET /admin/clients/<client_id>": clients.get,
        "PUT /admin/clients/<client_id>": clients.replace,
        "PATCH /admin/clients/<client_id>": clients.patch,
        "DELETE /admin/clients/<client_id>": clients.delete,
        "POST /admin/oauth2/introspect": tokens.introspect,
        "GET /version": lambda: jsonify(version=VERSION),
    }
    for rule, view in routes.items():
        method, path = rule.split()
        app.add_url_rule(path, rule, view, methods=[method])
    add_health(app)
    return app
