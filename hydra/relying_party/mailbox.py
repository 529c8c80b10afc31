"""The mailbox page: the mails Kratos would have sent, for reading the one-time codes on a developer's machine."""

import re
from collections import deque
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, render_template, request

KEPT = 50
CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")  # Kratos' one-time codes

mailbox = Blueprint("mailbox", __name__)


def messages(recipient: str | None) -> list[dict[str, Any]]:
    """The mails kept, newest first, only those to `recipient` if one is named."""
    kept = current_app.extensions.setdefault("mailbox", deque(maxlen=KEPT))
    return [mail for mail in kept if recipient in (None, mail["recipient"])]


@mailbox.post("/mailbox")
def deliver() -> tuple[str, int]:
    """What Kratos' http courier posts (kratos/courier.jsonnet): recipient, template_type, subject, body.

    Only JSON is taken: a foreign page can make a browser post a form here, but not JSON.
    """
    sent = request.get_json()
    if not isinstance(sent, dict) or not isinstance(sent.get("recipient"), str):
        return "A mail needs a recipient.", 400
    mail = {key: str(sent.get(key) or "") for key in ("recipient", "template_type", "subject", "body")}
    match = CODE.search(mail["body"]) or CODE.search(mail["subject"])
    mail["code"] = match.group() if match else ""
    mail["received_at"] = datetime.now(UTC).isoformat(timespec="seconds")
    messages(None)
    current_app.extensions["mailbox"].appendleft(mail)
    return "", 204


@mailbox.get("/mailbox")
def read() -> str:
    return render_template("mailbox.html", mails=messages(None))


@mailbox.get("/mailbox.json")
def read_json() -> Response:
    """The mailbox as a JSON list, newest first; `?recipient=` filters."""
    return jsonify(messages(request.args.get("recipient")))
