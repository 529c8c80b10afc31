"""Kratos' self-service flows as pages: one table, one view; the forms post straight to Kratos, past us."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from flask import Blueprint, render_template, request
from flask import session as cookie
from flask.typing import ResponseReturnValue

from app.domain import urls as url
from app.domain.assurance import FirstSight
from app.domain.errors import CookieInvisible, FlowElsewhere, FlowGone, NotSignedIn, UpstreamBadReply
from app.domain.forms import Form, forms, has_method, of_providers, unsaid, with_hint
from app.domain.models import Flow
from app.domain.nodes import name_of
from app.domain.scripts import scripts
from app.domain.words import N_
from app.upstream.outcomes import KRATOS
from app.web import errors, i18n, inputs, marks, observability, traits, way
from app.web.context import portico
from app.web.pages import NOTICES, PAGES
from app.web.security import see_other
from app.web.way import Way

bp = Blueprint("selfservice", __name__)
bp.app_template_global()(traits.adding)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of flow: what its beginning takes, what its page is called in which step, which others it links."""

    parameters: tuple[str, ...]
    title: str
    titles: Mapping[str, str] = field(default_factory=dict)
    links: tuple[str, ...] = ()
    needs_session: bool = False


KINDS = {
    "login": Kind(
        ("aal", "refresh", "return_to", "organization", "via", "identity_schema"),
        N_("Sign in"),
        {
            "sent_email": N_("Enter the code we sent you"),
            "refresh": N_("Confirm it is you"),
            "aal2": N_("One more step"),
        },
        ("recovery", "registration"),
    ),
    "registration": Kind(
        ("return_to", "organization", "identity_schema", "after_verification_return_to"),
        N_("Create an account"),
        {
            "sent_email": N_("Enter the code we sent you"),
            "credentials": N_("Choose how you will sign in"),
            "completion": N_("One more detail"),
        },
        ("login",),
    ),
    "recovery": Kind(
        ("return_to", "identity_schema"),
        N_("Get back into your account"),
        {"sent_email": N_("Check your mail")},
        ("login",),
    ),
    "verification": Kind(
        ("return_to", "identity_schema"),
        N_("Confirm your address"),
        {"sent_email": N_("Check your mail"), "passed_challenge": N_("Your address is confirmed")},
    ),
    "settings": Kind(
        ("return_to", "identity_schema"),
        N_("Settings"),
        {"credentials": N_("Choose a new password"), "second_factor": N_("Set up a second step")},
        needs_session=True,
    ),
}
# What the settings show of themselves while an application waits: one task, not the account (design section 8).
TASKS = {"": ("password", "passkey"), "second_factor": ("totp", "webauthn", "lookup_secret")}
WAYS = {
    "password": N_("Sign up another way: password"),
    "code": N_("Sign up another way: one-time code"),
    "passkey": N_("Sign up another way: passkey"),
    "webauthn": N_("Sign up another way: security key"),
}


@bp.get("/verify", defaults={"kind": "verification"})  # what many of Kratos' configurations call it
@bp.get("/<any(recovery, verification, settings):kind>")
def show(kind: str) -> ResponseReturnValue:
    """The page of a flow (`?flow=`), or the way to a new one."""
    flow_id = inputs.identifier("flow")
    if not flow_id:
        if KINDS[kind].needs_session and (whoami := portico().kratos.whoami(inputs.cookies())).session is None:
            return _first(portico().urls.kratos_flow("login", aal="aal2" if whoami.owes_second_factor else None))
        return _begin(kind, **{name: inputs.single(request.args, name) for name in KINDS[kind].parameters})
    try:
        flow = portico().kratos.flow(kind, flow_id, inputs.cookies())
    except FlowGone as gone:
        return _begin_again(kind, gone)
    except NotSignedIn:
        return _first(portico().urls.kratos_flow("login"))
    except FlowElsewhere as elsewhere:
        return _first(elsewhere.redirect_to)
    if known := _lost(kind, flow):
        cookie["notice"] = "replaced"
        return _begin(kind, return_to=known.url)
    back = way.of(flow)
    if flow.requested_aal == "aal2" and not has_method(flow) and back:
        return _no_second_factor(back)
    return _page(kind, flow, back)


def _lost(kind: str, flow: Flow) -> Way | None:
    """The way back that Kratos dropped: a code tried too often, or twice, makes it begin a flow without return_to."""
    anew = kind in ("recovery", "verification") and flow.state == "choose_method" and not flow.return_to
    failed = any(message.kind == "error" for message in flow.messages)
    return way.unfinished() if anew and failed and "notice" not in cookie else None


def _page(kind: str, flow: Flow, back: Way | None) -> ResponseReturnValue:
    kratos = portico().urls.kratos_of(flow.action)
    done = flow.state == "passed_challenge"  # its form is a GET to where the person goes on: a link is enough
    if not kratos and not done:
        raise UpstreamBadReply(KRATOS, "form address that is not Kratos'")  # it would get the password
    step, flow = _step(kind, flow, back), i18n.in_language(traits.in_forms(flow))
    made = () if done else _forms(kind, flow, back)
    flow = replace(flow, messages=(*flow.messages, *unsaid(flow, made)))
    return render_template(
        "settings.html" if kind == "settings" else "flow.html",
        kind=kind,
        step=step,
        title=KINDS[kind].titles.get(step, KINDS[kind].title),
        flow=flow,
        forms=made,
        onward=_onward(flow) if done else "",
        scripts=() if done else scripts(flow, kratos, portico().captcha_hosts),
        ways=WAYS,
        links={name: _other(name, flow) for name in KINDS[kind].links if name in {"login", *portico().kratos_flows}},
        fresh=_other(kind, flow),
        way=back,
        popup=back is not None and back.popup,
        applications=portico().hydra is not None,
        notice=NOTICES.get(_take_notice()),
    )


def _forms(kind: str, flow: Flow, back: Way | None) -> tuple[Form, ...]:
    """The forms; on the way into an application what it allows, expects or wants done."""
    if back and kind in ("login", "registration"):
        flow = of_providers(flow, portico().policy_for(back.client_id).identity_providers)
        return with_hint(forms(kind, flow, _whose(flow)), back.login_hint)
    tasks = TASKS.get(back.task, TASKS[""]) if kind == "settings" and back else ()
    return tuple(form for form in forms(kind, flow, _whose(flow)) if not tasks or form.group in tasks)


def _step(kind: str, flow: Flow, back: Way | None) -> str:
    """Where in the flow the person is: what the page is called depends on it."""
    if kind == "login" and (flow.requested_aal == "aal2" or flow.refresh):
        return "aal2" if flow.requested_aal == "aal2" else "refresh"
    if kind == "registration" and any(name_of(node) == "screen" for node in flow.nodes) and flow.state != "sent_email":
        return "credentials"
    if kind == "registration" and flow.active in ("oidc", "saml"):
        return "completion"
    if kind == "settings" and back:
        return back.task or "credentials"
    return flow.state


def _onward(flow: Flow) -> str:
    """Where a finished verification leads: Kratos has checked it against its allowed_return_urls."""
    links = (node.attributes.get("href") for node in flow.nodes if node.kind == "a")
    return next((str(link) for link in (*links, flow.action) if url.split(link)), "")


def _whose(flow: Flow) -> str:
    """Whose page it is, by what they sign in with: who has to confirm that it is them, whose settings they are."""
    session = portico().kratos.whoami(inputs.cookies()).session if flow.refresh else None
    identity = session.identity.raw if session else flow.identity
    return traits.sign_in_name(identity) if identity else ""


def _other(kind: str, flow: Flow) -> str:
    """Another kind of flow, begun with what this one was begun with: the way back above all."""
    begun_with = {name: getattr(flow, name) for name in ("return_to", "organization", "identity_schema")}
    return portico().urls.kratos_flow(kind, **{k: v for k, v in begun_with.items() if k in KINDS[kind].parameters})


def _begin(kind: str, **parameters: str) -> ResponseReturnValue:
    """To Kratos, which begins a flow and sends the browser back with its id.

    Kratos checks `return_to` against its allowed_return_urls; what is no plain http(s) address does not get that far.
    """
    for name in ("return_to", "after_verification_return_to"):
        if not portico().urls.can_return_to(parameters.get(name)):
            parameters.pop(name, None)
    return see_other(portico().urls.kratos_flow(kind, **parameters))


def _first(elsewhere: str) -> ResponseReturnValue:
    """To another page of Kratos, and back to this one."""
    urls = portico().urls
    if not urls.from_kratos(elsewhere):
        raise UpstreamBadReply(KRATOS, "redirect to an address that is not Kratos'")
    given = {name: inputs.single(request.args, name) or None for name in ("flow", "return_to")}
    here = url.with_query(f"{urls.public}{request.path}", **given)
    return see_other(url.with_query(elsewhere, return_to=url.query(elsewhere).get("return_to") or here))


def _begin_again(kind: str, gone: FlowGone) -> ResponseReturnValue:
    """A fresh flow with the old one's way back, and a word why; once, or a browser without cookies would go round."""
    no_cookie = gone.reason == "foreign" and "csrf_token_" not in inputs.cookies()
    if _take_notice() or no_cookie:
        here, there = portico().urls.public, portico().urls.kratos
        observability.event("cookie_invisible", portico_host=here, kratos_host=there, check="cookies.domain")
        return errors.page(PAGES[CookieInvisible], again=request.path)  # the flow may be from a bookmark
    cookie["notice"] = gone.reason
    if gone.successor:
        return see_other(url.with_query(f"{portico().urls.public}{request.path}", flow=gone.successor))
    known = way.unfinished() if not gone.return_to else None  # Kratos tells it of expired flows only
    return _begin(kind, return_to=known.url if known else gone.return_to)


def _take_notice() -> str:
    """Why the page before this one had to begin again, "" if it did not; told once."""
    return str(cookie.pop("notice")) if "notice" in cookie else ""


def _no_second_factor(back: Way) -> ResponseReturnValue:
    """The person has no second factor: where it is a must they set one up, where it was a wish they go on without."""
    urls = portico().urls
    if portico().policy_for(back.client_id).required_aal == "aal2":
        return see_other(urls.kratos_flow("settings", return_to=urls.login(back.challenge, back.hops, "second_factor")))
    whoami = portico().kratos.whoami(inputs.cookies())
    seen = marks.first_sight(back.challenge) or FirstSight.of(whoami)
    marks.remember_sight(back.challenge, replace(seen, no_second_factor=True))
    return see_other(back.url)
