"""The settings page beside its forms (see `page_forms`): groups, what has changed, what is unfinished."""

import json
from collections.abc import Iterable
from typing import Any

from flask import session as cookie

from app import urls as url
from app.deployment import deployment, keyed_hash
from app.http import logs
from app.oauth2.assurance import short_hash
from app.ory.flows import Flow
from app.ory.identity_names import shown_addresses, verifiable_addresses
from app.ory.models import micros, strings, text
from app.selfservice.fields import DESTRUCTIVE
from app.selfservice.flow_kinds import TASKS
from app.selfservice.forms import Form
from app.selfservice.return_path import ReturnPath
from app.selfservice.settings_groups import Setting, groups

MAX_NOTED = 4  # flows whose traits and removable ways to sign in the cookie remembers, as hashes


def variables(flow: Flow, forms: Iterable[Form], return_path: ReturnPath | None) -> dict[str, Any]:
    """Return the template's variables; `return_path` is that into a waiting application, None for none."""
    urls, shown = deployment().urls, groups(flow, forms, return_path.task if return_path else None)
    can_verify = "verification" in deployment().settings.kratos_flows
    cookie["settings"] = flow.id  # for the login page after a session that has ended
    settings = [setting for group in shown for setting in group.settings]
    return {
        "groups": shown,
        "unavailable": _second_factor_unavailable(flow, return_path),
        "troubled": next((setting for setting in settings if setting.form.wrong or setting.failed), None),
        "addresses": shown_addresses(flow.identity),
        "verification": urls.kratos_flow("verification", return_to=f"{urls.public}/settings") if can_verify else "",
        "changed_address": _changed_address(flow),
        "password_changed": _password_changed(flow),
        "unkept": _unkept_codes(flow, settings),
    }


def _second_factor_unavailable(flow: Flow, return_path: ReturnPath | None) -> bool:
    """Whether an application demands a second factor and Kratos has none to set up; tell the operator so."""
    if return_path is None or return_path.task != "second_factor":
        return False
    # The script for passkeys is in the group webauthn, too.
    unavailable = all(node.group not in TASKS["second_factor"] or node.kind == "script" for node in flow.nodes)
    if unavailable:
        logs.event("second_factor_unavailable", client_id=return_path.client.id, check="selfservice.methods")
    return unavailable


def _changed_address(flow: Flow) -> tuple[str, bool]:
    """Return an address added in this flow and not verified, and whether a message was sent; "" for none.

    A text message has a code alone, and Kratos does not say in which flow it could be typed in.
    """
    if flow.state == "success":
        for row in verifiable_addresses(flow.identity):
            if row.get("verified") is not True and (micros(row.get("created_at")) or 0) > flow.issued_at > 0:
                return row["value"], row.get("status") == "sent" and row.get("via") == "email"
    return "", False


def _password_changed(flow: Flow) -> bool:
    """Whether a password was saved: Kratos does not say, but then neither traits nor what can be removed changed."""
    if any(node.name == "lookup_secret_confirm" for node in flow.nodes):
        cookie.pop("details", None)  # next come new backup codes in place of others, which change neither
        return False
    removable = sorted(node.name for node in flow.nodes if node.name in DESTRUCTIVE)
    others = json.dumps([flow.identity.get("traits"), removable], sort_keys=True)
    noted = strings(cookie.get("details"))
    now = keyed_hash("details", url.query(flow.action).get("flow", flow.id) + others)
    if now not in noted:
        cookie["details"] = [*noted[1 - MAX_NOTED :], now]
    return flow.state == "success" and keyed_hash("details", flow.id + others) in noted


def _unkept_codes(flow: Flow, settings: Iterable[Setting]) -> tuple[str, bool] | None:
    """Return the flow whose new backup codes were never activated, and whether older ones are on; only once."""
    kept = any(setting.keep for setting in settings)
    if not kept and "codes" not in cookie:  # most pages
        return None
    whose = short_hash(text(flow.identity.get("id")))
    if kept:
        if not flow.return_to and cookie.get("codes") != [flow.id, whose]:
            cookie["codes"] = [flow.id, whose]
        return None
    on = any(setting.form.group == "lookup_secret" and setting.removals for setting in settings)
    match cookie.pop("codes"):
        case [str(noted), about] if about == whose and not (noted == flow.id and on):
            return noted, on
    return None  # they are on by now, or another person's
