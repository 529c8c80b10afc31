"""The admin API of Kratos as far as the tests and the operator's scripts use it: identities, sessions, messages."""

import copy
from functools import reduce
from operator import getitem
from typing import Any

from flask import Blueprint, Response, request

from kratos.sandbox.bodies import Refusal, Unrecorded, check_uuid, is_uuid
from kratos.sandbox.store import Session, store
from kratos.sandbox.web import json_answer

admin = Blueprint("admin", __name__)


def find(items: dict[str, Any], key: str) -> Any:
    if key not in items:
        raise Refusal("not_found")
    return items[key]


def as_json(identity: dict[str, Any]) -> dict[str, Any]:
    """Give an identity as it is read: the answer that makes one leaves out admin metadata where there is none."""
    return {"metadata_admin": None} | identity


def payload(kind: type) -> Any:
    """Read the body; anything else than `kind` is refused."""
    body = request.get_json(force=True, silent=True)
    if not isinstance(body, kind):
        raise Unrecorded(400, message=f"json: cannot unmarshal into Go value of type {kind.__name__}")
    return body


@admin.post("/admin/identities")
def create_identity() -> Response:
    identity = store.put_identity(payload(dict))
    answer = json_answer(identity, 201)
    answer.headers["Location"] = f"{request.host_url}identities/{identity['id']}"
    return answer


@admin.get("/admin/identities")
def list_identities() -> Response:
    """List everybody, or those with these `ids`, or, with credentials, who has this `credentials_identifier`."""
    ids, identifier = request.args.getlist("ids"), request.args.get("credentials_identifier", "")
    for listed in ids:
        if not is_uuid(listed):
            raise Unrecorded(400, f"Invalid UUID value `{listed}` for parameter `ids`.")
    if ids and identifier:
        raise Unrecorded(400, "You cannot combine multiple filters in this API")
    if identifier:
        identity = store.find(identifier)
        return json_answer([as_json(identity)] if identity else [])
    wanted = [listed for key, listed in store.identities.items() if key in ids or not ids]
    return json_answer(
        [{key: value for key, value in as_json(listed).items() if key != "credentials"} for listed in wanted]
    )


@admin.get("/admin/identities/<identity_id>")
def get_identity(identity_id: str) -> Response:
    return json_answer(as_json(find(store.identities, identity_id)))


@admin.put("/admin/identities/<identity_id>")
def update_identity(identity_id: str) -> Response:
    find(store.identities, identity_id)
    return json_answer(as_json(store.put_identity(payload(dict), identity_id)))


@admin.patch("/admin/identities/<identity_id>")
def patch_identity(identity_id: str) -> Response:
    """Apply a JSON Patch (RFC 6902): the operations add, replace and remove."""
    identity = copy.deepcopy(find(store.identities, identity_id))
    for operation in payload(list):
        *parents, name = operation["path"].strip("/").split("/")
        try:
            place = reduce(getitem, parents, identity)
            if operation["op"] == "remove":
                del place[name]
        except KeyError as missing:
            raise Unrecorded(400, "An error occured when applying the JSON patch", f"no key {missing}") from None
        if operation["op"] != "remove":
            place[name] = operation["value"]
    if identity["id"] != identity_id:
        raise Unrecorded(400, "An error occured when applying the JSON patch", "patch includes denied path: /id")
    return json_answer(as_json(store.put_identity(identity, identity_id)))


@admin.delete("/admin/identities/<identity_id>")
def delete_identity(identity_id: str) -> Response:
    find(store.identities, identity_id)
    store.drop_identity(identity_id)
    return Response(status=204)


@admin.get("/admin/sessions")
def list_sessions() -> Response:
    """List sessions, newest first; `active` filters, `expand=identity|devices` fills in what is null otherwise."""
    bodies = [expanded(session) for session in reversed(store.sessions.values())]
    return json_answer(only_active(bodies))


def only_active(bodies: list[dict[str, Any]]) -> list[dict[str, Any]]:
    wanted = {True, False} if "active" not in request.args else {request.args["active"] == "true"}
    return [body for body in bodies if body["active"] in wanted]


def expanded(session: Session) -> Any:
    expand = {name.lower() for name in request.args.getlist("expand")}
    body = store.session_body(session)
    return body | {key: None for key in ("identity", "devices") if key not in expand}


@admin.get("/admin/sessions/<session_id>")
def get_session(session_id: str) -> Response:
    check_uuid(session_id)
    return json_answer(expanded(find(store.sessions, session_id)) | {"devices": []})


@admin.delete("/admin/sessions/<session_id>")
def disable_session(session_id: str) -> Response:
    check_uuid(session_id)
    find(store.sessions, session_id).active = False
    return Response(status=204)


@admin.get("/admin/identities/<identity_id>/sessions")
def list_identity_sessions(identity_id: str) -> Response:
    check_uuid(identity_id)
    theirs = [session for session in reversed(store.sessions.values()) if session.identity_id == identity_id]
    return json_answer(only_active([store.session_body(session) for session in theirs]))


@admin.delete("/admin/identities/<identity_id>/sessions")
def delete_sessions(identity_id: str) -> Response:
    check_uuid(identity_id)
    doomed = [session.id for session in store.sessions.values() if session.identity_id == identity_id]
    if not doomed:
        raise Refusal("not_found")
    for session_id in doomed:
        del store.sessions[session_id]
    return Response(status=204)


@admin.get("/admin/courier/messages")
def list_messages() -> Response:
    """List mails, newest first, bodies readable as in dev mode; `recipient` and `status` filter."""
    wanted = {key: request.args[key] for key in ("recipient", "status") if key in request.args}
    return json_answer([message for message in store.messages if wanted.items() <= message.items()])


@admin.get("/version")
def version() -> Response:
    return json_answer({"version": "v26.2.0"})
