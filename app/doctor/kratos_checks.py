"""What Kratos' answers to a browser without a session say about its configuration.

There is no API for the configuration: beginning a flow tells its `ui_url`, or that it is switched off.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from app.doctor.answer import Answer
from app.doctor.cookie_checks import covers
from app.doctor.report import KRATOS, Finding
from app.doctor.server_checks import KRATOS_ADMIN, answers_as, leads
from app.domain import urls
from app.domain.models import items, mapping, text


def flow_page(flow: str, begun: Answer, refusal: Answer, public: str, expected: bool) -> Finding:
    """Whether a flow's page is Portico's.

    `refusal` is the answer to a script, looked at when the browser was not sent to the flow; `expected`: whether
    Portico's pages link to this flow (`kratos_flows`).
    """
    key = f"{KRATOS}: selfservice.flows.{flow}"
    if not begun.parameter("flow") and "disabled" in refusal.reason:
        if not expected:
            return Finding("ok", f"Kratos' flow {flow} is switched off, and no page links to it.")
        told = f"Kratos' flow {flow} is switched off, but pages link to it."
        return Finding("wrong", told, f"{key}.enabled or PORTICO_KRATOS_FLOWS")
    pages = [f"{public}/{flow}", *([f"{public}/verify"] if flow == "verification" else [])]
    found = leads(f"Kratos' page for {flow}", begun, "flow", pages, f"{key}.ui_url")
    if found.level == "ok" and not expected:
        return Finding("warning", f"Kratos has the flow {flow}, but no page links to it.", "PORTICO_KRATOS_FLOWS")
    return found


def error_page(answer: Answer, public: str) -> Finding:
    """Whether Kratos shows its errors here; the answer is to a `return_to` that nobody allows."""
    return leads(
        "Kratos' page for errors", answer, "id", [f"{public}/error"], f"{KRATOS}: selfservice.flows.error.ui_url"
    )


def return_way(answer: Answer, public: str) -> Finding:
    """Whether Kratos lets a browser come back to Portico in the middle of an application's login."""
    key = f"{KRATOS}: selfservice.allowed_return_urls"
    if answer.status == 200:
        return Finding("ok", "Kratos lets browsers come back to Portico.")
    if mapping(answer.object.get("error")).get("id") == "self_service_flow_return_to_forbidden":
        return Finding("wrong", f"Kratos refuses to let browsers come back to {public}: name it there.", key)
    return Finding("cannot tell", f"Whether Kratos lets browsers come back was not shown ({answer.reason}).", key)


def form_address(flow: Answer, browser_url: str) -> Finding:
    """Whether forms post to the address browsers reach Kratos by: Portico shows no others, they hold passwords."""
    action = text(mapping(flow.object.get("ui")).get("action"))
    if not action:
        return Finding("cannot tell", f"Where Kratos' forms post to was not shown ({flow.reason}).")
    posts_to = action.partition("/self-service/")[0]
    if urls.same_place(posts_to, browser_url):
        return Finding("ok", f"Kratos' forms post to {posts_to}.")
    told = f"Kratos' forms post to {posts_to[:200]}, but browsers are said to reach it as {browser_url}."
    return Finding("wrong", told, f"{KRATOS}: serve.public.base_url or PORTICO_KRATOS_BROWSER_URL")


def open_admin(answer: Answer) -> Iterator[Finding]:
    """Whether the admin API can be reached through the address browsers use: everybody could read and change people."""
    if answers_as(KRATOS_ADMIN, answer):
        told = "Kratos' admin API answers at the address that browsers use: close /admin in your proxy."
        yield Finding("wrong", told, "PORTICO_KRATOS_BROWSER_URL")


def script(answer: Answer, flow: Answer, public: str, browser_url: str) -> Finding:
    """Whether pages may load Kratos' script for passkeys and security keys: the tag is `crossorigin=anonymous`."""
    needed = any(node.get("type") == "script" for node in _nodes(flow))
    if answer.status == 404 and not needed:
        return Finding("ok", "Kratos has no script for passkeys, and the login page asks for none.")
    if answer.status != 200:
        told = f"Kratos' script for passkeys cannot be had at the address browsers use ({answer.reason})."
        return Finding("wrong" if needed else "warning", told, "PORTICO_KRATOS_BROWSER_URL")
    allowed = str(answer.headers.get("Access-Control-Allow-Origin", ""))
    if urls.same_origin(public, browser_url) or allowed in ("*", public):
        return Finding("ok", "Browsers let pages of Portico load Kratos' script for passkeys.")
    told = f"Kratos does not let pages of Portico load its script for passkeys: allow the origin {public}."
    return Finding("wrong" if needed else "warning", told, f"{KRATOS}: serve.public.cors.enabled and allowed_origins")


def passkey_host(flow: Answer, public: str) -> Iterator[Finding]:
    """Whether passkeys are made for Portico's host (WebAuthn section 5.1.3: `rp.id` is it, or a parent of it)."""
    found = [node for node in _nodes(flow) if mapping(node.get("attributes")).get("name") == "passkey_challenge"]
    for node in found:
        rp_id = _rp_id(text(mapping(node.get("attributes")).get("value")))
        parts = urls.split(public)
        if rp_id and parts is not None and not covers(rp_id, str(parts.hostname)):
            told = f"Passkeys are for {rp_id[:200]}, which {parts.hostname} is no part of: browsers refuse them."
            yield Finding("wrong", told, f"{KRATOS}: selfservice.methods.passkey.config.rp.id")


def _nodes(flow: Answer) -> list[Mapping[str, Any]]:
    return [mapping(node) for node in items(mapping(flow.object.get("ui")).get("nodes"))]


def _rp_id(challenge: str) -> str:
    try:
        options = mapping(mapping(json.loads(challenge)).get("publicKey"))
    except (ValueError, RecursionError):
        return ""
    return text(options.get("rpId"))
