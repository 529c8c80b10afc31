"""Checks Kratos' configuration by its answers to a browser without a session, because no API tells it."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

from app import urls
from app.config.settings import Settings
from app.doctor import checks_servers as servers
from app.doctor.probe import Answer, Probe
from app.doctor.report import Finding, Level
from app.ory.flows import Flow
from app.ory.models import SECOND, items, mapping, micros, text

IDENTIFIER = re.compile(r'"identifier": true|"\$ref": "[^#]')  # or elsewhere, where nobody looks
PASSKEY_NAME = re.compile(r'"display_name": true|"webauthn": {"identifier": true|"\$ref": "[^#]')  # or elsewhere
SCHEMA = "your identity schema: ory.sh/kratos, credentials, passkey, display_name"
TO_SEND = 60  # seconds; Kratos gives up on a mail after ten, and an older one that waits has no courier
FOREIGN_PAGE = "https://portico-doctor.invalid/"  # RFC 2606: so nobody allows it as return_to
FLOWS: dict[str, tuple[str, ...]] = {"login": ("/login",), "registration": ("/registration",)}
FLOWS |= {"recovery": ("/recovery",), "verification": ("/verification", "/verify")}
PUBLIC, BROWSER = "PORTICO_KRATOS_PUBLIC_URL", "PORTICO_KRATOS_BROWSER_URL"


def check_kratos(settings: Settings, ask: Probe, outside: Probe, public: str) -> Iterator[Finding]:
    """Check all of Kratos; `public` is "" if Portico's address may be wrong: then nothing is compared with it."""
    kratos, admin = settings.kratos_public_url, settings.kratos_admin_url
    if admin:
        ask_admin = ask.bearing(settings.kratos_admin_token.get_secret_value())
        yield from servers.check_admin(servers.KRATOS_ADMIN, ask_admin, admin, "PORTICO_KRATOS_ADMIN_URL")
        yield from _courier(ask_admin(f"{admin}/admin/courier/messages?page_size=10"))
    problems = servers.check_api(servers.KRATOS_PUBLIC, ask, kratos, PUBLIC)
    yield from problems or servers.check_clock("Kratos", ask(kratos + servers.KRATOS_PUBLIC.question))
    if public and not problems:
        problems = [*_flows(settings, ask, public)]
        yield from problems
        if not any(problem.where.startswith("PORTICO_PUBLIC_URL") for problem in problems):
            known = {problem.where for problem in problems}
            yield from (finding for finding in _forms(settings, ask, outside, public) if finding.where not in known)


def _flows(settings: Settings, ask: Probe, public: str) -> Iterator[Finding]:
    redirects = []
    for flow, pages in FLOWS.items():
        begin, key = f"{settings.kratos_public_url}/self-service/{flow}/browser", f"selfservice.flows.{flow}"
        answer, is_linked = ask.page(begin), flow == "login" or flow in settings.kratos_flows
        refused = Answer() if answer.parameter("flow") else ask(begin)
        refusal = refused.reason
        is_off = "disabled" in refusal
        if refused.status >= 500:
            yield _failed(flow, refused)
        elif is_linked and "is not enabled" in refusal:  # where it is the verification, nobody can sign up either
            problem = f"The flow {flow} uses a method that is switched off ({refusal})."
            yield Finding("wrong", problem, f"kratos.yml: {key}.use or selfservice.methods")
        elif is_linked and not is_off:
            redirects.append(servers.Redirect(f"{key}.ui_url", answer, "flow", pages))
        elif is_linked:
            problem = f"The flow {flow} is switched off, but pages link to it."
            yield Finding("wrong", problem, f"kratos.yml: {key}.enabled or PORTICO_KRATOS_FLOWS")
        elif not is_off:
            yield Finding("warning", f"Kratos has the flow {flow}, but no page links to it.", "PORTICO_KRATOS_FLOWS")
    refused = ask.page(f"{settings.kratos_public_url}/self-service/login/browser?return_to={FOREIGN_PAGE}")
    redirects.append(servers.Redirect("selfservice.flows.error.ui_url", refused, "id", ("/error",)))
    yield from servers.check_redirects("kratos.yml", redirects, public)


def _failed(flow: str, answer: Answer) -> Finding:
    """Return what a fault of Kratos' at the beginning of a flow means."""
    problem, where = f"Kratos fails to begin the flow {flow} ({answer.reason})", f"Kratos' log: {flow}"
    if "no identifier found" in answer.reason:  # Kratos' passkey.Strategy, which reads titles of traits only
        return Finding("wrong", f"{problem}: for passkeys one trait, with a title, has to be their name.", SCHEMA)
    return Finding("wrong", f"{problem}.", where)


def _forms(settings: Settings, ask: Probe, outside: Probe, public: str) -> Iterator[Finding]:
    """Check that browsers can post Kratos' forms and come back; Portico shows no form with another address."""
    begin, browser = f"{settings.kratos_public_url}/self-service/login/browser", settings.kratos_browser_url
    back = ask(urls.with_query(begin, return_to=f"{public}/"))  # home: what begins with less allows all our pages
    if back.error.get("id") == "self_service_flow_return_to_forbidden":
        problem = f"Kratos does not let browsers come back to {public}: name it there."
        yield Finding("wrong", problem, "kratos.yml: selfservice.allowed_return_urls")
    login = ask(begin)
    flow = Flow.parse(login.body)
    action = flow.action.partition("/self-service/")[0]
    if not action:
        if login.status < 500:  # else it is told
            yield Finding("cannot tell", f"Kratos showed no login form ({login.reason}).", PUBLIC)
        return
    schemas = ask(f"{settings.kratos_public_url}/schemas")
    yield from _methods(flow, schemas)
    yield from _passkeys(flow, public, schemas)
    yield from _providers(settings, flow)
    if servers.normalised(action) != servers.normalised(browser):
        problem = f"Kratos' forms post to {action[:200]}, but browsers are said to reach it as {browser}."
        yield Finding("wrong", problem, f"kratos.yml: serve.public.base_url or {BROWSER}")
        return
    yield from servers.check_scheme(public, browser, BROWSER)
    cookie = [*servers.check_cookie("kratos.yml", login, browser, public)]
    problems = []
    if browser != settings.kratos_public_url:
        problems = servers.check_api(servers.KRATOS_PUBLIC, outside, browser, BROWSER, True)
        if not (cookie or problems):  # proxies of a path like to write cookies anew
            as_it_comes = outside(f"{browser}/self-service/login/browser")
            seen = servers.check_cookie("kratos.yml", as_it_comes, browser, public) if as_it_comes.status == 200 else ()
            cookie = [replace(finding, where=servers.STRIPPED) for finding in seen]
    yield from cookie
    yield from problems or servers.check_admin_is_closed(servers.KRATOS_ADMIN, outside, browser, BROWSER)
    if not problems:
        yield from _script(flow, outside, public, browser)


def _courier(answer: Answer) -> Iterator[Finding]:
    """Warn if none of the newest messages was sent; a single one may have had a wrong address."""
    late, messages = (answer.at - TO_SEND) * SECOND, map(mapping, items(answer.body))
    states = {text(message.get("status")) for message in messages if (micros(message.get("created_at")) or late) < late}
    if states and "sent" not in states:
        problem = f"None of Kratos' newest messages was sent ({', '.join(sorted(states))}): nobody gets codes."
        yield Finding("warning", problem, "kratos.yml: courier, or kratos serve --watch-courier")


def _methods(flow: Flow, schemas: Answer) -> Iterator[Finding]:
    """Check that the login page has a method, and the schema a trait that is an identifier."""
    if all(node.group == "default" for node in flow.nodes):
        yield Finding("wrong", "Kratos' login page has no way to sign in.", "kratos.yml: selfservice.methods")
    is_asked = any(node.name == "identifier" for node in flow.nodes)
    if is_asked and items(schemas.body) and not IDENTIFIER.search(json.dumps(schemas.body)):
        problem = "Kratos asks for an identifier, but no trait is one: nobody can sign up, or in, with a password."
        yield Finding("warning", problem, "your identity schema: ory.sh/kratos, credentials, password, identifier")


def _providers(settings: Settings, flow: Flow) -> Iterator[Finding]:
    """Warn about providers in the settings that Kratos does not have: nobody could sign in to that application."""
    shown = {text(node.attributes.get("value")) for node in flow.nodes if node.name == "provider"}
    for name, client in settings.clients.items():
        if missing := ", ".join(sorted(set(client.identity_providers or ()) - shown)):
            key = f"PORTICO_CLIENTS, or portico.toml: clients.{name}.identity_providers"
            yield Finding("warning", f"Kratos' login page has no provider {missing}.", key)


def _script(flow: Flow, outside: Probe, public: str, browser: str) -> Iterator[Finding]:
    """Check that pages may load Kratos' script for passkeys and security keys (`crossorigin=anonymous`)."""
    is_needed = any(node.kind == "script" for node in flow.nodes)
    level: Level = "wrong" if is_needed else "warning"
    origin = urls.origin(public)
    answer = outside(f"{browser}/.well-known/ory/webauthn.js", "*/*", Origin=origin)
    if answer.status != 200 and (is_needed or answer.status != 404):
        yield Finding(level, f"Kratos' script for passkeys cannot be had at {browser} ({answer.reason}).", BROWSER)
    allowed = str(answer.headers.get("Access-Control-Allow-Origin", ""))
    if answer.status == 200 and allowed not in ("*", origin) and not urls.same_origin(public, browser):
        when = "" if is_needed else ", which they need where passkeys or security keys are on"
        problem = f"Kratos does not let pages of Portico load its script for passkeys{when}: allow the origin {origin}."
        yield Finding(level, problem, "kratos.yml: serve.public.cors.enabled and allowed_origins")


def _passkeys(flow: Flow, public: str, schemas: Answer) -> Iterator[Finding]:
    """Check that passkeys have a name, and are for Portico's host or a domain above it (WebAuthn section 5.1.3)."""
    host, are_on = str(urlsplit(public).hostname), any(node.group == "passkey" for node in flow.nodes)
    if are_on and items(schemas.body) and not PASSKEY_NAME.search(json.dumps(schemas.body)):
        yield Finding("wrong", "Passkeys are on, but no trait is their name: nobody can add one.", SCHEMA)
    for node in flow.nodes:
        rp_id = re.search(r'"rpId": ?"([^"]+)', text(node.attributes.get("value")))
        if node.name == "passkey_challenge" and rp_id and not servers.covers(rp_id[1], host):
            problem = f"Passkeys are for {rp_id[1][:200]}, which {host} is no part of: browsers refuse them."
            yield Finding("wrong", problem, "kratos.yml: selfservice.methods.passkey.config.rp.id")
