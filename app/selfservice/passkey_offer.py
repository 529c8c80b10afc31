"""A passkey, offered to people who have just typed a password or code and have none (setting `offer_passkey`, D13).

A cookie says what its browser can do and was asked: static/able.js writes "able" where a passkey can be made, and
Portico "offered", for 90 days, which no script can write over.
"""

from dataclasses import replace

from flask import Response, current_app, request

from app.deployment import deployment
from app.errors import PorticoError
from app.http import inputs, time_budget
from app.http.security import see_other, send_cookie
from app.oauth2.assurance import typed
from app.ory.flows import Flow
from app.ory.models import Session
from app.selfservice.flow_kinds import TASKS
from app.selfservice.return_path import PASSKEY
from app.urls import with_query

REST = 90 * 24 * 3600  # seconds


def offer(session: Session, return_to: str) -> Response | None:
    """The way to the page that offers a passkey and leads on to `return_to`, None where none is offered.

    Only Kratos' settings say whether there is a passkey and whether one can be added. They are asked once, not at each
    sign-in; what they would refuse, or ask a proof for, is not offered, and nobody waits for an answer that is late.
    """
    cookie = f"{current_app.config['SESSION_COOKIE_NAME']}-passkey"
    if not deployment().offers_passkey or request.cookies.get(cookie) != "able":
        return None
    if not typed(session) or session.identity.raw.get("organization_id"):
        return None
    send_cookie(cookie, "offered", REST)
    try:
        with time_budget.keeping(time_budget.PAGE / 2):
            flow = deployment().kratos.begin("settings", inputs.cookies(), return_to=return_to)
    except PorticoError:
        return None
    return see_other(with_query(f"{deployment().urls.public}/settings", flow=flow.id)) if alone(flow).nodes else None


def alone(flow: Flow) -> Flow:
    """These settings with nothing in them but a passkey to be added, and not even that where there is one."""
    names = {node.name for node in flow.nodes}
    offered = "passkey_register_trigger" in names and "passkey_remove" not in names
    needed = [
        node for node in flow.nodes if node.group == "passkey" or node.name == "csrf_token" or node.kind == "script"
    ]
    return replace(flow, nodes=tuple(needed) if offered else ())


def is_idle(task: str, flow: Flow) -> bool:
    """Whether these settings have nothing to choose, where nothing has to be chosen either."""
    left = alone(flow) if task == PASSKEY else flow
    return task in ("", PASSKEY) and not any(node.group in TASKS[task] for node in left.nodes)
