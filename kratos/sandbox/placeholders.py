"""What differs from run to run in an answer of Kratos, written as the placeholders bodies.py fills in."""

import json
import re
from typing import Any

from kratos.sandbox.scripts import INVALID, SHORT

RETURN_TO = "http://localhost:3000/recorded"
# The stand-in has neither: they are shown from tests/payloads, and tried on the real server alone.
LEFT_OUT = ("passkey", "webauthn")


def placed_flow(public_url: str, body: dict[str, Any]) -> Any:
    """Write a flow with placeholders, without the nodes of passkeys and WebAuthn."""
    names = {body["id"]: "id", body["request_url"]: "request_url", RETURN_TO: "return_to", INVALID: "identifier"}
    body.pop("transient_payload", None)  # only JSON posts are answered with it
    body["ui"]["nodes"] = [node for node in body["ui"]["nodes"] if node["group"] not in LEFT_OUT]
    for attributes in (node["attributes"] for node in body["ui"]["nodes"]):
        attributes |= {"totp_qr": {"src": "$totp_qr"}, "lookup_secret_codes": {"text": "$lookup_codes"}}.get(
            attributes.get("id"), {}
        )
        if attributes.get("id") == "totp_secret_key":
            names[attributes["text"]["text"]] = "totp_secret"
    body |= {key: f"${key}" for key in ("organization_id", "identity") if key in body}
    text = json.dumps(placed(public_url, body, names))
    text = re.sub(r"[\w-]+@example\.org", "$identifier", text)
    text = text.replace(f'"actual_length": {len(SHORT)}', '"actual_length": "$length"')
    return json.loads(text.replace(f"but got {len(SHORT)}.", "but got $length."))


def placed(public_url: str, body: Any, names: dict[str, str]) -> Any:
    """Write placeholders: `names` maps what stands in the body to their names; times, tokens, ids go by shape."""
    text = json.dumps(body)
    names = names | {public_url: "public_url"}
    for literal in sorted(names, key=len, reverse=True):
        text = text.replace(json.dumps(literal)[1:-1], f"${names[literal]}")
    text = re.sub(r'"(\w+_at)": "2\d{3}-[^"]+Z"', r'"\1": "$\1"', text)
    text = re.sub(r'"privilegedSessionExpiresAt": "[^"]+"', '"privilegedSessionExpiresAt": "$privileged_until"', text)
    text = re.sub(r'"(since|\w+_unix)": \d+', r'"\1": "$\1"', text)
    text = re.sub(r"the next [\d.]+ minutes", "the next $privileged_minutes minutes", text)
    text = re.sub(r"[A-Za-z0-9+/]{86}==", "$csrf_token", text)
    text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "$uuid", text)
    return json.loads(re.sub(r"expired [\d.]+ minutes", "expired $minutes minutes", text))
