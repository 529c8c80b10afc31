"""`/admin/clients`: the applications. client.json is the body recorded for a client created from `{}`."""

import json
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from flask import Blueprint, Response, jsonify, request

from hydra.sandbox.errors import refuse_if, refused
from hydra.sandbox.store import store, timestamp
from kratos.sandbox.serving import is_loopback

RECORDED = json.loads(Path(__file__).with_name("client.json").read_text())
OMITTED_WHEN_EMPTY = ("post_logout_redirect_uris", "backchannel_logout_uri", "backchannel_logout_session_required")

clients = Blueprint("clients", __name__, url_prefix="/admin/clients")


def without_secret(client: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in client.items() if name != "client_secret"}


def refuse_foreign_scopes(scopes: list[str], client: dict[str, Any]) -> None:
    for scope in set(scopes).difference(client["scope"].split()):
        raise refused("scope_forbidden", scope=scope)


def match_redirect_uri(uri: str, client: dict[str, Any], is_openid: bool) -> str:
    registered = client["redirect_uris"]
    refuse_if(not uri and is_openid, "redirect_uri_missing")
    if not uri and len(registered) == 1:
        return str(registered[0])
    matches = uri in registered or any(same_but_port(uri, candidate) for candidate in registered)
    refuse_if(not matches, "redirect_uri_foreign")
    return uri


def same_but_port(requested: str, registered: str) -> bool:
    """RFC 8252 section 7.3: an application on a loopback address listens on whatever port it got."""
    wanted, known = urlsplit(requested), urlsplit(registered)
    loopback = wanted.scheme == "http" and wanted.hostname != "localhost" and is_loopback(wanted.hostname)
    return loopback and (wanted.hostname, wanted.path, wanted.query) == (known.hostname, known.path, known.query)


def is_claimable(client: dict[str, Any], redirect_uri: str) -> bool:
    """A public client at an address any program could claim (RFC 8252 section 8.6): its consent is never skipped."""
    uri = urlsplit(redirect_uri)
    is_local = uri.scheme == "http" and (is_loopback(uri.hostname) or (uri.hostname or "").endswith(".localhost"))
    return client["token_endpoint_auth_method"] == "none" and uri.scheme != "https" and not is_local


def echo(client: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    """The answer to a write: lists that were not sent are null, once, and a public client's secret is not told."""
    nullable = ("redirect_uris", "grant_types", "response_types", "contacts")
    return client | {name: None for name in nullable if not body.get(name)}


def client_body() -> Any:
    """An object whose members are of the types Hydra's have, as far as client.json tells them."""
    body = request.get_json(force=True, silent=True)
    kinds = {name: type(value) for name, value in RECORDED.items() if isinstance(value, str | list | dict)}
    if isinstance(body, dict) and all(isinstance(body.get(name) or kind(), kind) for name, kind in kinds.items()):
        return body
    raise refused("client_unreadable")


def save(client_id: str, body: dict[str, Any], old: dict[str, Any]) -> dict[str, Any]:
    names = {*RECORDED, *OMITTED_WHEN_EMPTY}
    client: dict[str, Any] = RECORDED | {name: value for name, value in body.items() if name in names and value}
    is_malformed = any("#" in uri or not urlsplit(uri).scheme for uri in client["redirect_uris"])
    refuse_if(is_malformed, "redirect_uri_malformed")
    refuse_if(0 < len(body.get("client_secret") or "") < 6, "secret_short")
    refuse_if(client["subject_type"] != "public", "subject_type")
    origins = {urlsplit(uri)[:2] for uri in client["redirect_uris"]}
    is_foreign = any(urlsplit(uri)[:2] not in origins for uri in client.get("post_logout_redirect_uris", []))
    refuse_if(is_foreign, "origin_foreign")
    now = timestamp()
    client |= {"client_id": client_id, "created_at": old.get("created_at", now), "updated_at": now}
    if client["token_endpoint_auth_method"] != "none":
        client["client_secret"] = body.get("client_secret") or old.get("client_secret") or secrets.token_urlsafe(20)
    store.clients[client_id] = client
    return client


def find(client_id: str) -> dict[str, Any]:
    refuse_if(client_id not in store.clients, "unknown")
    return store.clients[client_id]


@clients.post("")
def create() -> tuple[Response, int, dict[str, str]]:
    """A secret is told only in the answer to the request that set it."""
    body = client_body()
    client_id = body.get("client_id") or str(uuid4())
    refuse_if(client_id in store.clients, "client_exists")
    client = echo(save(client_id, body, {}), body)
    client["registration_access_token"] = f"ory_at_{secrets.token_urlsafe(32)}"
    client["registration_client_uri"] = f"{store.config.public_url}/oauth2/register/{client_id}"
    return jsonify(client), 201, {"Location": f"/admin/clients/{client_id}"}


@clients.get("")
def list_all() -> Response:
    refuse_if(not request.args.get("page_size", "0").isdigit(), "malformed")
    return jsonify([without_secret(client) for _, client in sorted(store.clients.items())])


@clients.get("/<client_id>")
def get(client_id: str) -> Response:
    return jsonify(without_secret(find(client_id)))


@clients.put("/<client_id>")
def replace(client_id: str) -> Response:
    old, body = find(client_id), client_body()
    client = echo(save(client_id, body, old), body)
    return jsonify(client if body.get("client_secret") else without_secret(client))


@clients.patch("/<client_id>")
def patch(client_id: str) -> Response:
    """JSON patch (RFC 6902): add, replace and remove of top-level members, which is what our tests send."""
    old = find(client_id)
    new, operations = dict(old), request.get_json(force=True, silent=True)
    if not isinstance(operations, list):
        error = refused("unrecognizable")
        error.status = 500
        raise error
    for operation in operations:
        new[operation["path"].removeprefix("/")] = operation.get("value")
    refuse_if(new["client_id"] != client_id, "unknown")
    return jsonify(without_secret(save(client_id, new, old)))


@clients.delete("/<client_id>")
def delete(client_id: str) -> Response:
    del store.clients[find(client_id)["client_id"]]
    return Response(status=204)
