"""What differs from run to run in an answer of Kratos, written as placeholders (see kratos/bodies)."""

import json
import re
from typing import Any

from kratos.recorder.cases import INVALID, SHORT

RETURN_TO = "http://localhost:3000/recorded"
# The stand-in has neither: they are shown from the variants, and tried on the real server alone.
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


def placed_case(public_url: str, body: dict[str, Any]) -> Any:
    """Write a flow with placeholders; whom it is about and where it leads stay, as do passkeys and security keys."""
    names = {body["id"]: "id"}
    if body.get("organization_id", "") is None:
        body["organization_id"] = "$organization_id"
    for addresses in ("verifiable_addresses", "recovery_addresses"):  # Kratos has them in any order
        body.get("identity", {}).get(addresses, []).sort(key=lambda address: str(address["value"]))
    for attributes in (node["attributes"] for node in body["ui"]["nodes"]):
        if attributes.get("id") == "totp_qr":
            attributes["src"] = "$totp_qr"
        if attributes.get("id") == "totp_secret_key":
            names[attributes["text"]["text"]] = "totp_secret"
        if attributes.get("id") == "lookup_secret_codes":
            secrets = [secret["context"].get("secret", "") for secret in attributes["text"]["context"]["secrets"]]
            names |= {secret: f"lookup_{number}" for number, secret in enumerate(secrets, 1) if secret}
        if attributes.get("name") == "recovery_select_address":
            names[attributes["value"]] = f"address_{1 + sum(name.startswith('address_') for name in names.values())}"
    text = json.dumps(placed(public_url, body, names))
    text = re.sub(r'(\\"challenge\\":\\")[\w-]{43}\\"', r'\1$challenge\\"', text)
    text = re.sub(r'(\\"displayName\\":\\"[^"]*\\",\\"id\\":\\")[\w-]+\\"', r'\1$user_handle\\"', text)
    text = re.sub(r"Secret was used at [-\d: +]+UTC", "Secret was used at $used_time", text)
    return json.loads(re.sub(r"(token=|code=)[A-Za-z0-9]{32}", r"\1$link_token", text))


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
    text = re.sub(r"(?<![A-Za-z0-9+/-])[A-Za-z0-9+/]{86}==", "$csrf_token", text)
    text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "$uuid", text)
    return json.loads(re.sub(r"expired [\d.]+ minutes", "expired $minutes minutes", text))
