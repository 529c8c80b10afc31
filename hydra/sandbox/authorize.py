"""`/oauth2/auth`: from the application's request over login and consent challenge to the code.

The flow travels inside the challenges and verifiers; the store learns of a login when its verifier comes back and of a
consent when its verifier comes back, the latter once (consent/strategy_default.go of Hydra v26.2.0).
"""

import re
import secrets
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

from flask import Blueprint, g, redirect, render_template_string, request
from werkzeug.wrappers import Response

from hydra.sandbox import cookies, tokens
from hydra.sandbox.clients import is_claimable, match_redirect_uri, refuse_foreign_scopes, without_secret
from hydra.sandbox.errors import OAuth2Error, refuse_if, refused
from hydra.sandbox.store import pairs, store, with_query
from kratos.sandbox import clock

RESPONSE_MODES = ("query", "fragment", "form_post")
FORM_POST = """<html><body onload="document.forms[0].submit()"><form method="post" action="{{ g.redirect_uri }}">
{% for name, value in fields.items() %}<input type="hidden" name="{{ name }}" value="{{ value }}"/>
{% endfor %}</form></body></html>"""
PROMPTS = {"login", "none", "consent", "registration"}  # v26.2.0; others are refused only when the login comes back

Flow = dict[str, Any]
Client = dict[str, Any]

authorize = Blueprint("authorize", __name__)


@authorize.route("/oauth2/auth", methods=["GET", "POST"])
def view() -> Response:
    # Of a doubled parameter Hydra takes the first, and the body before the query.
    form = dict(reversed(pairs(request.query_string.decode()))) | request.form.to_dict()
    g.state, g.redirect_uri, g.mode = form.get("state", ""), None, form.get("response_mode") or "query"
    try:
        client = validate(form)
        if form.get("login_verifier"):
            return request_consent(form, client, verify_login(form))
        if form.get("consent_verifier"):
            return issue_code(form, verify_consent(form, client))
        return request_login(form, client)
    except OAuth2Error as error:
        if g.redirect_uri is None:
            return redirect(with_query(store.config.pages["error"], **error.values))
        return to_client(**error.values)


def to_client(**parameters: str) -> Response:
    """By the way the request names: in the query, after the `#`, or in a form that sends itself."""
    answered = parameters | {"state": g.state}
    if g.mode == "form_post":
        answer = Response(render_template_string(FORM_POST, fields=answered), mimetype="text/html")
    elif g.mode == "fragment":
        answer = redirect(f"{g.redirect_uri}#{urlencode(sorted(answered.items()))}", code=303)
    else:
        answer = redirect(with_query(g.redirect_uri, **answered), code=303)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def validate(form: dict[str, str]) -> Client:
    """The client. Until redirect_uri is known to be the client's, errors go to our error page, never to it."""
    client, scopes = store.clients.get(form.get("client_id", "")), form.get("scope", "").split()
    if client is None:
        raise refused("client_unknown")
    refuse_if("openid" in scopes and (form.get("request") or form.get("request_uri")), "request_object")
    refuse_if(g.mode not in RESPONSE_MODES, "response_mode", mode=g.mode)
    g.redirect_uri = match_redirect_uri(form.get("redirect_uri", ""), client, "openid" in scopes)
    refuse_foreign_scopes(scopes, client)
    for audience in set(form.get("audience", "").split()).difference(client["audience"]):
        raise refused("audience_forbidden", audience=audience)
    refuse_if(form.get("registration"), "registration_not_supported")
    kind = form.get("response_type", "")
    refuse_if(kind != "code" or kind not in client["response_types"], "response_type", kind=kind)
    refuse_if(len(g.state) < 8, "state_short")
    return client


# The login


def request_login(form: dict[str, str], client: Client) -> Response:
    prompt = form.get("prompt", "").split()
    sid, session = usable_session(form, prompt)
    refuse_if(session is None and "none" in prompt, "no_session")
    context: dict[str, Any] = {name: form.get(name) for name in ("display", "login_hint")}
    context |= {name: form.get(name, "").split() for name in ("acr_values", "ui_locales")}
    if form.get("id_token_hint"):
        context["id_token_hint_claims"] = tokens.decode_hint(form["id_token_hint"])
    query = request.query_string.decode()
    flow = {
        "requested_scope": form.get("scope", "").split(),
        "requested_access_token_audience": form.get("audience", "").split(),
        "oidc_context": {name: value for name, value in context.items() if value},
        "request_url": f"{store.config.public_url}/oauth2/auth" + (f"?{query}" if query else ""),
    }
    return begin_login(flow, client, sid, session, "registration" if "registration" in prompt else "login")


def begin_login(flow: Flow, client: Client, sid: str, session: Flow | None, page: str = "login") -> Response:
    """To the login page; `session` is the remembered one that may answer it."""
    flow |= {
        "id": secrets.token_hex(16),
        "skip": session is not None,
        "subject": session["subject"] if session else "",
        "client": without_secret(client),
        "session_id": sid,
        "login_csrf": cookies.set_csrf("login", client),
        "requested_at": int(clock.time()),
        "auth_time": session["authenticated_at"] if session else 0,
    }
    # A query of the page's own is dropped here, by Hydra too, but not for consent and logout.
    url = urlsplit(store.config.pages[page])._replace(query="").geturl()
    return redirect(with_query(url, login_challenge=store.seal("login_challenge", flow)))


def usable_session(form: dict[str, str], prompt: list[str]) -> tuple[str, Flow | None]:
    """(sid, session) of the cookie if prompt, max_age and id_token_hint let it be used, else (a new sid, None)."""
    sid, max_age = cookies.presented_sid(), form.get("max_age", "")
    session = store.remembered_login(sid)
    if session is None or "login" in prompt:
        return str(uuid4()), None
    if max_age and not re.fullmatch(r"[+-]?\d{1,18}", max_age):
        raise refused("unrecognizable")
    if max_age and int(max_age) >= 0 and session["authenticated_at"] + int(max_age) < clock.time():
        refuse_if("none" in prompt, "login_too_old")
        return str(uuid4()), None
    check_hint(form, session["subject"])
    return sid, session


def check_hint(form: dict[str, str], subject: str) -> None:
    token = form.get("id_token_hint")
    refuse_if(token and tokens.decode_hint(token)["sub"] != subject, "hint_of_another")


def verify_login(form: dict[str, str]) -> Flow:
    flow = open_verifier("login", form["login_verifier"])
    cookies.check_csrf("login", flow)
    try:
        validate_prompt(form, flow)
    except OAuth2Error as error:
        if error.values["error"] == "login_required":
            forget_session()
        raise
    if not flow["skip"]:
        session = {name: flow[name] for name in ("subject", "remember", "identity_provider_session_id")}
        store.logins[flow["session_id"]] = session | {"authenticated_at": flow["auth_time"]}
    if not flow["remember"]:
        forget_session()
    elif not flow["skip"] or flow["extend_session_lifespan"]:
        cookies.set_session(flow["session_id"], flow["remember_for"])
    return flow


def forget_session() -> None:
    store.logins.pop(cookies.presented_sid(), None)
    cookies.clear_session()


def validate_prompt(form: dict[str, str], flow: Flow) -> None:
    """What Hydra looks at only now: unknown prompts, whether a demanded login is one, whose the hint is."""
    prompt, max_age = form.get("prompt", "").split(), form.get("max_age", "")
    age = flow["requested_at"] - flow["auth_time"]
    refuse_if(not PROMPTS.issuperset(prompt), "prompt_unknown", prompt=" ".join(prompt))
    refuse_if("none" in prompt and len(prompt) > 1, "prompt_none_and_more")
    refuse_if(max_age.isdigit() and 0 < int(max_age) < age, "login_required")
    refuse_if("none" in prompt and age < 0, "login_despite_none")
    refuse_if("login" in prompt and age > 0, "login_not_again")
    check_hint(form, flow["subject"])


# The consent


def request_consent(form: dict[str, str], client: Client, flow: Flow) -> Response:
    prompt = form.get("prompt", "").split()
    skip = "consent" not in prompt and not is_claimable(client, g.redirect_uri) and is_covered(flow)
    refuse_if("none" in prompt and not skip, "consent_missing")
    refuse_if(flow["client"]["client_id"] != client["client_id"], "flow_of_another_client")
    flow |= {"consent_request_id": secrets.token_hex(16), "consent_skip": skip}
    flow["consent_csrf"] = cookies.set_csrf("consent", client)
    challenge = store.seal("consent_challenge", flow)
    return redirect(with_query(store.config.pages["consent"], consent_challenge=challenge))


def is_covered(flow: Flow) -> bool:
    """Whether the newest remembered consent has every requested scope; older ones do not count for Hydra."""
    client_id, newest = flow["client"]["client_id"], None
    for old in store.live_consents(flow["subject"]):
        if old["consent_remember"] and old["client"]["client_id"] == client_id:
            newest = old
    return newest is not None and set(newest["grant_scope"]).issuperset(flow["requested_scope"])


def verify_consent(form: dict[str, str], client: Client) -> Flow:
    flow = open_verifier("consent", form["consent_verifier"])
    refuse_if(flow["client"]["client_id"] != client["client_id"], "flow_of_another_client")
    refuse_if(flow["id"] in store.consents, "consent_verifier_used")
    store.consents[flow["id"]] = flow  # before the cookie check, as Hydra does: a stolen verifier is burnt
    cookies.check_csrf("consent", flow)
    return flow


def issue_code(form: dict[str, str], flow: Flow) -> Response:
    # Discovery promises plain too, but v26.2.0 refuses it (fositex/config.go), and only now.
    is_plain = form.get("code_challenge") and form.get("code_challenge_method") != "S256"
    refuse_if(is_plain, "code_challenge_plain")
    return to_client(code=tokens.new_code(form, flow), scope=" ".join(flow["grant_scope"]))


def open_verifier(kind: str, verifier: str) -> Flow:
    try:
        flow = store.open(f"{kind}_verifier", verifier)
    except OAuth2Error as error:
        refuse_if(error.status == 404, "verifier_invalid", kind=kind)
        raise
    if "rejected" in flow:
        raise OAuth2Error(**flow["rejected"])
    return flow
