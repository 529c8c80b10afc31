"""The admin API: login, consent and logout requests, sessions, introspection; clients.py has the applications."""

import re
from typing import Any

from flask import Blueprint, jsonify, request
from werkzeug.wrappers import Response

from hydra.sandbox.clients import without_secret
from hydra.sandbox.device import accept_user_code
from hydra.sandbox.errors import refuse_if, refused
from hydra.sandbox.logout import end_login_session
from hydra.sandbox.store import store, timestamp, with_query
from hydra.sandbox.tokens import active
from kratos.sandbox import clock

admin = Blueprint("admin", __name__)
oauth2 = Blueprint("oauth2", __name__, url_prefix="/admin/oauth2/auth")


def challenge(kind: str) -> str:
    value = request.args.get(f"{kind}_challenge") or request.args.get("challenge")
    if not value:
        raise refused("challenge_missing")
    return value


def json_body(kind: str) -> dict[str, Any]:
    """A missing challenge is told before an unreadable body, and that before a wrong challenge."""
    challenge(kind)
    body = request.get_json(force=True, silent=True)
    if isinstance(body, dict):
        return body
    raise refused("unrecognizable") if kind == "consent" else refused("json_unreadable")


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
    refuse_if(not is_readable, "page_unreadable")
    count = min(int(size), 500) if int(size) > 0 else 100
    ids = sorted(item for item in items if item > after)
    answer = jsonify([items[id_] for id_ in ids[:count]])
    tokens = {"first": "0" * 32} | ({"next": ids[count - 1]} if len(ids) > count else {})
    links = {rel: with_query(request.full_path, page_token=t, page_size=str(count)) for rel, t in tokens.items()}
    if ids:
        answer.headers["Link"] = ",".join(f'<{link}>; rel="{rel}"' for rel, link in links.items())
    return answer


# Login and consent requests: the flow inside the challenge, told, accepted or rejected


def flow_of(kind: str) -> dict[str, Any]:
    return store.open(f"{kind}_challenge", challenge(kind))


def go_on(kind: str, flow: dict[str, Any]) -> Response:
    verifier = store.seal(f"{kind}_verifier", flow)
    return jsonify(redirect_to=with_query(flow["request_url"], **{f"{kind}_verifier": verifier}))


@oauth2.get("/requests/<any(login, consent):kind>")
def get_request(kind: str) -> Response:
    tell = login_request if kind == "login" else consent_request
    return jsonify(tell(flow_of(kind), challenge(kind)))


@oauth2.put("/requests/login/accept")
def accept_login() -> Response:
    body = json_body("login")
    refuse_if(not body.get("subject") or not isinstance(body["subject"], str), "subject_missing")
    flow = flow_of("login")
    if flow["subject"] and flow["subject"] != body["subject"]:
        return jsonify(redirect_to=with_query(flow["request_url"], prompt="login"))
    defaults = {"remember_for": 0, "extend_session_lifespan": False, "acr": "", "amr": [], "context": None}
    defaults |= {"subject": "", "identity_provider_session_id": ""}
    flow |= {name: body.get(name) or default for name, default in defaults.items()}
    flow["remember"] = flow["skip"] or bool(body.get("remember"))
    if not flow["skip"]:
        flow["auth_time"] = int(clock.time())
    return go_on("login", flow)


@oauth2.put("/requests/device/accept")
def accept_device() -> Response:
    return accept_user_code(challenge("device"), json_body("device"))


@oauth2.put("/requests/consent/accept")
def accept_consent() -> Response:
    body = json_body("consent")
    flow, session = flow_of("consent"), body.get("session") or {}
    # Hydra does not compare what is granted with what was requested.
    flow |= {name: body.get(name) or [] for name in ("grant_scope", "grant_access_token_audience")}
    flow |= {"consent_remember": bool(body.get("remember")), "consent_remember_for": body.get("remember_for") or 0}
    flow["session"] = {name: session.get(name) or {} for name in ("access_token", "id_token")}
    flow |= {"handled_at": timestamp(), "context": body.get("context") or flow["context"]}
    return go_on("consent", flow)


@oauth2.put("/requests/<any(login, consent):kind>/reject")
def reject(kind: str) -> Response:
    body = json_body(kind)
    description = f"{body.get('error_description') or ''} {body.get('error_hint') or ''}".strip()
    error = {"error": body.get("error") or f"{kind} request denied", "description": description}
    return go_on(kind, flow_of(kind) | {"rejected": error})


# Logout requests


def logout_asked(otherwise: str = "unknown") -> dict[str, Any]:
    logout = store.logouts.get(request.args.get("logout_challenge") or request.args.get("challenge", ""))
    if logout is None:
        raise refused(otherwise)
    return logout


@oauth2.get("/requests/logout")
def get_logout() -> Response | tuple[Response, int]:
    logout = logout_asked()
    if logout["_"]["state"] == "rejected":
        raise refused("unknown")
    if logout["_"]["state"] == "used":
        return jsonify(redirect_to=logout["request_url"]), 410
    client = logout["client"] and without_secret(logout["client"])
    return jsonify({name: value for name, value in logout.items() if name != "_"} | {"client": client})


@oauth2.put("/requests/logout/accept")
def accept_logout() -> Response:
    logout = logout_asked()
    if logout["_"]["state"] != "used":
        logout["_"]["state"] = "accepted"
    url = f"{store.config.public_url}/oauth2/sessions/logout"
    return jsonify(redirect_to=with_query(url, logout_verifier=logout["_"]["verifier"]))


@oauth2.put("/requests/logout/reject")
def reject_logout() -> Response:
    logout_asked(otherwise="not_found")["_"]["state"] = "rejected"
    return Response(status=204)


# The login and consent sessions of a subject


@oauth2.delete("/sessions/login")
def delete_login() -> Response:
    """By sid with back-channel logout, by subject without: Hydra's own difference."""
    sid, subject = request.args.get("sid", ""), request.args.get("subject", "")
    refuse_if(not sid and not subject, "revoke_nobody")
    session = store.remembered_login(sid)
    if session:
        end_login_session(sid, session["subject"])
    if not sid:
        store.logins = {k: v for k, v in store.logins.items() if v["subject"] != subject}
    return Response(status=204)


@oauth2.get("/sessions/consent")
def list_consent() -> Response:
    subject, sid = request.args.get("subject", ""), request.args.get("login_session_id")
    refuse_if(not subject, "list_without_subject")
    flows = [flow for flow in store.live_consents(subject) if sid in (None, "", flow["session_id"])]
    return page_of({flow["id"]: consent_session(flow) for flow in flows})


@oauth2.delete("/sessions/consent")
def delete_consent() -> Response:
    subject, client, consent = (request.args.get(name, "") for name in ("subject", "client", "consent_request_id"))
    by_subject = subject and not consent and bool(client) != (request.args.get("all") == "true")
    refuse_if(not by_subject and not (consent and not subject and not client), "revoke_combination")
    for flow in list(store.consents.values()):
        matches = flow["subject"] == subject and client in ("", flow["client"]["client_id"])
        if flow["consent_request_id"] == consent or (by_subject and matches):
            store.revoke_tokens(flow["consent_request_id"])
            del store.consents[flow["id"]]
    return Response(status=204)


@admin.post("/admin/oauth2/introspect")
def introspect() -> Response:
    """RFC 7662 for access tokens; `ext` is the consent's access token session."""
    refuse_if(not request.form, "body_empty")
    grant = active(request.form.get("token"))
    if grant is None:
        return jsonify(active=False)
    claims = {"active": True, "client_id": grant["client_id"], "scope": " ".join(grant["scopes"])}
    claims |= {"aud": grant["audience"], "token_type": "Bearer", "token_use": "access_token"}
    claims |= {name: grant["claims"][name] for name in ("sub", "iss")}
    claims |= {"exp": int(grant["expires_at"]), "iat": grant["iat"], "nbf": grant["iat"]}
    return jsonify(claims | ({"ext": grant["extra"]} if grant["extra"] else {}))


@admin.get("/version")
def version() -> Response:
    return jsonify(version="v26.2.0")
