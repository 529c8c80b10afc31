"""Makes the page of a flow: title, forms, account, errors, links."""

from contextlib import suppress
from itertools import chain
from typing import Any

from flask import render_template, request
from flask import session as cookie

from app import urls as url
from app.deployment import ask_whoami, deployment
from app.errors import PorticoError, UpstreamBadReply
from app.http import browser_session, inputs
from app.http.error_texts import NOTICES
from app.oauth2.assurance import short_hash
from app.ory.flows import Flow
from app.ory.models import strings, text
from app.ory.responses import KRATOS
from app.selfservice import flow_kinds, login_form_cache, settings_page
from app.selfservice.flow_kinds import BEGUN, KINDS, PASSKEY, SENT, is_linking
from app.selfservice.flow_repairs import repaired, with_label_of_identifier
from app.selfservice.forms import PROVIDERS, Form
from app.selfservice.messages import LINK_USED, MESSAGES
from app.selfservice.nodes import scripts
from app.selfservice.page_forms import forms_of
from app.selfservice.return_path import ReturnPath
from app.selfservice.sign_in_names import identifier_of
from app.selfservice.situations import RECOVERED

TEMPLATES = {"settings": "selfservice/settings.html", PASSKEY: "selfservice/offer.html"}
# The pages that name the account instead of asking for it.
WITH_ACCOUNT = {("registration", "credentials"), *(("login", step) for step in ("", "choose_method", "sent_email"))}
HAS_ACCOUNT = {4000007, 4000027, 4000028}
UNVERIFIED = 4000010  # only with Kratos' legacy_require_verified_login_error; else Kratos redirects to verification


def page(kind: str, flow: Flow, return_path: ReturnPath | None) -> str:
    """Render the page of a flow; `return_path` is that into an application, None without one."""
    done = flow.state == "passed_challenge"  # its form is only a GET to the next page, so the page has a link
    kratos = "" if done else _kratos_origin(flow)
    flow = with_label_of_identifier(repaired(kind, flow))
    step = flow_kinds.step(kind, flow, return_path.task if return_path else None)
    flow = flow_kinds.with_passkey_alone(flow) if step == PASSKEY else flow
    title, replaced_message, flow = flow_kinds.heading(kind, step, flow)
    identifier = "" if done else identifier_of(flow)
    cached = None if done else login_form_cache.cached_forms(flow, return_path, identifier)
    flow, made = (flow, ()) if cached else forms_of(kind, flow, return_path, identifier)
    names_account = made and (kind, step) in WITH_ACCOUNT and not made[0].has("identifier")
    account, signed_in_as = made[0].username if names_account else "", identifier if step in ("refresh", "aal2") else ""
    continue_url = flow_kinds.continue_url(flow) if done else return_path.url if return_path and step == PASSKEY else ""
    urls, settings = flow_kinds.begin_urls(kind, flow, deployment().urls.kratos_flow), deployment().settings
    return render_template(
        TEMPLATES.get(step) or TEMPLATES.get(kind, "selfservice/flow.html"),
        kind=kind,
        step=step,
        title=title,
        replaced_message=replaced_message,
        flow=flow,
        forms=made,
        cached_forms=cached,
        account=account,
        signed_in_as=signed_in_as,
        continue_url=continue_url,
        scripts=() if done else scripts(flow, kratos, settings.captcha_hosts),
        links={name: urls[name] for name in {"login", *settings.kratos_flows}.intersection(KINDS[kind].links)},
        begin_url=urls[kind],
        has_password=flow_kinds.has_password(flow),
        return_path=return_path,
        popup=return_path is not None and return_path.popup,
        signed_in=(not done if kind == "verification" else step == "aal2" and not (cached or made)) and _is_signed_in(),
        elsewhere=return_path is not None and browser_session.login_attempt(return_path.challenge) is None,
        applications=deployment().hydra is not None,
        notice=_notice(kind, flow),
        **_from_messages(kind, flow, made, account or signed_in_as, continue_url),
        **(settings_page.variables(flow, made, return_path) if kind == "settings" and step != PASSKEY else {}),
    )


def _from_messages(kind: str, flow: Flow, made: tuple[Form, ...], who: str, continue_url: str) -> dict[str, Any]:
    """Return the template's variables that depend on messages and on the fields of the forms."""
    errors = [message for message in flow.messages if message.kind == "error"]
    wrong = [field for form in made for field in form.wrong]
    ids, has_success = {message.id for message in flow.messages}, any(m.kind == "success" for m in flow.messages)
    at_providers = all(form.group in PROVIDERS for form in made) and sum(len(form.buttons) for form in made) < 2
    return {
        "errors": errors,
        "wrong": wrong,
        "done": has_success and not (continue_url or errors or wrong or RECOVERED in ids),  # a recovery still goes on
        # Whether a message or a field already shows the person's email or phone.
        "named": (made and who in [field.value for field in made[0].fields])
        or (("@" in who or "+" in who) and who in "".join([message.text for message in flow.messages])),
        "unverified": UNVERIFIED in ids,
        "has_account": kind == "registration" and not ids.isdisjoint(HAS_ACCOUNT),
        "follows": flow_kinds.what_follows(kind, flow),
        "linking": is_linking(flow),
        "recovered": RECOVERED in ids,
        # After a sign-up that failed at a provider, Kratos offers only that provider; after an empty code, no new code.
        "starts_again": (kind == "registration" and bool(errors) and at_providers)
        or (kind == "verification" and flow.state == "sent_email" and not flow_kinds.can_send_again(flow)),
    }


def _kratos_origin(flow: Flow) -> str:
    if kratos := deployment().urls.kratos_origin(flow.action):
        return kratos
    raise UpstreamBadReply(KRATOS, "form address that is not Kratos'")  # the browser would post the password there


def _asked_again(flow: Flow) -> bool:
    """Whether a new code was asked for since this flow was shown last: only a post changes its token in Kratos."""
    values = {node.name: node.attributes.get("value") for node in flow.nodes}
    if flow.state not in SENT or "code" not in values:
        return False
    before, now = strings(cookie.get("code")), (short_hash(flow.id), short_hash(text(values.get("csrf_token"))))
    cookie["code"] = list(now)
    said = chain(flow.messages, *(node.messages for node in flow.nodes))
    return before[:1] == now[:1] and before != now and all(message.kind != "error" for message in said)


def _is_signed_in() -> bool:
    """Whether somebody is wholly signed in here; if Kratos fails, the page is shown as for nobody."""
    with suppress(PorticoError):
        return ask_whoami().session is not None
    return False


def _notice(kind: str, flow: Flow) -> str | None:
    """Return what to say first: a new code was asked for, or why this flow is a new one (until its message is sent)."""
    if _asked_again(flow):
        return NOTICES["again"]
    if flow.state not in BEGUN and kind in ("recovery", "verification"):
        return None
    begun_with = url.query(flow.request_url) if "notice" in flow.request_url else {}  # parsing a challenge is slow
    reason = begun_with.get("notice") or inputs.single(request.args, "notice")
    by_link = reason == "replaced" and any(node.group == "link" for node in flow.nodes)
    return MESSAGES[LINK_USED] if by_link else NOTICES.get(reason)


def adding(name: str) -> str:
    """Return the address of this page with one more empty field in the list `name`."""
    return url.with_query(request.script_root + request.path, flow=request.args.get("flow"), add=name)
