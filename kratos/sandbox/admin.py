"""The admin API of Kratos as far as the tests and the operator's scripts use it: identities, sessions, messages."""

import copy
from typing import Any

from flask import Blueprint, Flask, Response, g, request

from kratos.sandbox.refusal import Refusal
from kratos.sandbox.store import Store
from kratos.sandbox.web import create_app, json_answer, json_error

admin = Blueprint("admin", __name__)


def create_admin(store: Store) -> Flask:
    """Build the admin API (port 4434) over `store`."""
    return create_app(store, admin, json_error)


def find(found: dict[str, Any], key: str) -> Any:
    if key not in found:
        raise Refusal("not_found")
    return found[key]


@admin.post("/admin/identities")
def create_identity() -> Response:
    identity = g.store.put_identity(request.get_json(force=True))
    answer = json_answer(identity, 201)
    answer.headers["Location"] = f"{request.host_url}identities/{identity['id']}"
    return answer


@admin.get("/admin/identities")
def list_identities() -> Response:
    wanted = request.args.get("credentials_identifier")
    if wanted is None:
        everybody = g.store.identities.values()
        return json_answer([{key: identity[key] for key in identity if key != "credentials"} for identity in everybody])
    identity = g.store.find(wanted)
    return json_answer([identity] if identity else [])


@admin.get("/admin/identities/<identity_id>")
def get_identity(identity_id: str) -> Response:
    return json_answer(find(g.store.identities, identity_id))


@admin.put("/admin/identities/<identity_id>")
def update_identity(identity_id: str) -> Response:
    find(g.store.identities, identity_id)
    return json_answer(g.store.put_identity(request.get_json(force=True), identity_id))


@admin.patch("/admin/identities/<identity_id>")
def patch_identity(identity_id: str) -> Response:
    """Apply a JSON Patch (RFC 6902): the operations add, replace and remove."""
    identity = copy.deepcopy(find(g.store.identities, identity_id))
    for operation in request.get_json(force=True):
        *parents, name = operation["path"].strip("/").split("/")
        place = identity
        for parent in parents:
            place = place[parent]
        if operation["op"] == "remove":
            del place[name]
        else:
            place[name] = operation["value"]
    return json_answer(g.store.put_identity(identity, identity_id))


@admin.delete("/admin/identities/<identity_id>")
def delete_identity(identity_id: str) -> Response:
    find(g.store.identities, identity_id)
    g.store.drop_identity(identity_id)
    return Response(status=204)


@admin.get("/admin/sessions")
def list_sessions() -> Response:
    """List sessions, newest first; `active` filters, `expand=identity|devices` fills in what is null otherwise."""
    expand = {name.lower() for name in request.args.getlist("expand")}
    bodies = [g.store.session_body(session) for session in reversed(g.store.sessions.values())]
    if "active" in request.args:
        bodies = [body for body in bodies if body["active"] == (request.args["active"] == "true")]
    for body in bodies:
        body |= {key: None for key in ("identity", "devices") if key not in expand}
    return json_answer(bodies)


@admin.delete("/admin/sessions/<session_id>")
def disable_session(session_id: str) -> Response:
    find(g.store.sessions, session_id).active = False
    return Response(status=204)


@admin.delete("/admin/identities/<identity_id>/sessions")
def delete_sessions(identity_id: str) -> Response:
    doomed = [session.id for session in g.store.sessions.values() if session.identity_id == identity_id]
    if not doomed:
        raise Refusal("not_found")
    for session_id in doomed:
        del g.store.sessions[session_id]
    return Response(status=204)


@admin.get("/admin/courier/messages")
def list_messages() -> Response:
    """List mails, newest first, bodies readable as in dev mode; `recipient` and `status` filter."""
    wanted = {key: request.args[key] for key in ("recipient", "status") if key in request.args}
    return json_answer([message for message in g.store.messages if wanted.items() <= message.items()])


@admin.get("/version")
def version() -> Response:
    return json_answer({"version": "v26.2.0"})
