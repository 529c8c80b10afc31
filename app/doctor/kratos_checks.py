"""What Kratos' answers to a browser without a session say about its configuration.

There is no API for the configuration: beginning a flow tells its `ui_url`, or that it is switched off.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from app.doctor.answer import Answer
from app.doctor.report import KRATOS, Finding
from app.doctor.server_checks import leads
from app.domain import urls
from app.domain.models import items, mapping, text

BETWEEN_COOKIES = re.compile(r", (?=[^=;, ]+=)")  # of headers joined to one; the comma of a date is none


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
    if urls.same_origin(action, browser_url):
        return Finding("ok", f"Kratos' forms post to {urls.origin(action)}.")
    told = f"Kratos' forms post to {urls.origin(action)[:200]}, but browsers are said to reach it as {browser_url}."
    return Finding("wrong", told, f"{KRATOS}: serve.public.base_url or PORTICO_KRATOS_BROWSER_URL")


def cookies(set_cookie: str, public: str, browser_url: str) -> Iterator[Finding]:
    """Whether a browser sends Kratos' cookie to Portico (RFC 6265 section 5.4), by its CSRF cookie.

    The session's own may be configured apart (`session.cookie`) and cannot be seen before somebody signs in.
    """
    found = [one for one in BETWEEN_COOKIES.split(set_cookie) if one.startswith("csrf_token_")]
    if not found:
        yield Finding("cannot tell", "Kratos set no cookie to look at.")
        return
    given = dict(one.strip().lower().partition("=")[::2] for one in found[0].split(";")[1:])
    ours, theirs = (urls.split(one) for one in (public, browser_url))
    yield _reach(given.get("domain", "").lstrip("."), str(ours and ours.hostname), str(theirs and theirs.hostname))
    yield from _attributes(given, public.startswith("https:"))


def _reach(domain: str, ours: str, theirs: str) -> Finding:
    key = f"{KRATOS}: cookies.domain"
    if domain and not _covers(domain, theirs):
        return Finding("wrong", f"Browsers refuse Kratos' cookie: its domain {domain} is not that of {theirs}.", key)
    if ours == theirs or (domain and _covers(domain, ours)):
        return Finding("ok", f"Browsers send Kratos' cookie to {ours}.")
    told = f"Browsers do not send Kratos' cookie to {ours}: it is for {domain or theirs} only."
    return Finding("wrong", f"{told} Use one host name, or a domain that covers both.", key)


def _covers(domain: str, host: str) -> bool:
    return host == domain or host.endswith(f".{domain}")


def _attributes(given: Mapping[str, str], https: bool) -> Iterator[Finding]:
    secure, same_site = "secure" in given, given.get("samesite", "")
    if same_site == "strict":
        told = "Kratos' cookie is SameSite=Strict: browsers leave it out when they come from an application."
        yield Finding("wrong", told, f"{KRATOS}: cookies.same_site")
    if same_site == "none" and not secure:
        told = "Kratos' cookie is SameSite=None without Secure: browsers refuse it."
        yield Finding("wrong", told, f"{KRATOS}: cookies.same_site")
    if https and not secure:
        told = "Kratos' cookie is not Secure: it runs in development mode."
        yield Finding("warning", told, f"{KRATOS}: dev (or its option --dev)")
    if secure and not https:
        told = "Kratos' cookie is Secure, but Portico is reached by http: not every browser sends it there."
        yield Finding("warning", told, f"{KRATOS}: dev (or its option --dev)")


def script(answer: Answer, flow: Answer, public: str) -> Finding:
    """Whether pages may load Kratos' script for passkeys and security keys: the tag is `crossorigin=anonymous`."""
    key, allowed = f"{KRATOS}: serve.public.cors", str(answer.headers.get("Access-Control-Allow-Origin", ""))
    if answer.status == 200 and allowed in ("*", public):
        return Finding("ok", "Kratos lets pages of Portico load its script for passkeys.")
    needed = any(node.get("type") == "script" for node in _nodes(flow))
    if answer.status == 404 and not needed:
        return Finding("ok", "Kratos has no script for passkeys, and the login page asks for none.")
    if answer.status != 200:
        told = f"Kratos' script for passkeys cannot be had at the address browsers use ({answer.reason})."
        return Finding("wrong" if needed and answer.status else "warning", told, "PORTICO_KRATOS_BROWSER_URL")
    told = f"Kratos does not let pages of Portico load its script for passkeys: allow the origin {public}."
    return Finding("wrong" if needed else "warning", told, f"{key}.enabled and allowed_origins")


def passkey_host(flow: Answer, public: str) -> Iterator[Finding]:
    """Whether passkeys are made for Portico's host (WebAuthn section 5.1.3: `rp.id` is it, or a parent of it)."""
    found = [node for node in _nodes(flow) if mapping(node.get("attributes")).get("name") == "passkey_challenge"]
    for node in found:
        rp_id = _rp_id(text(mapping(node.get("attributes")).get("value")))
        parts = urls.split(public)
        if rp_id and parts is not None and not _covers(rp_id, str(parts.hostname)):
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


def reminders(public: str) -> Iterator[Finding]:
    """What nobody without a session can ask Kratos."""
    for key, page in (
        ("default_browser_return_url", "/"),
        ("flows.settings.ui_url", "/settings"),
        ("flows.logout.after.default_browser_return_url", "/signed-out"),
    ):
        where = f"{KRATOS}: selfservice.{key}"
        yield Finding("cannot tell", f"Kratos does not show this one; it should be {public}{page}.", where)
