"""Which of Kratos' self-service flows a browser is shown, or begins anew; `page` has what stands on it."""

from dataclasses import replace

from flask import Blueprint, request
from flask import session as cookie
from flask.typing import ResponseReturnValue

from app import urls as url
from app.deployment import ask_whoami, deployment
from app.errors import CookieInvisible, FlowElsewhere, FlowGone, NotSignedIn, UpstreamBadReply
from app.http import browser_session, detours, errors, inputs, metrics
from app.http.error_texts import ERROR_TEXTS
from app.http.security import see_other
from app.oauth2.assurance import LoginAttempt, short_hash
from app.ory.flows import Flow
from app.ory.identity_names import verifiable_addresses
from app.ory.responses import KRATOS
from app.selfservice import flow_kinds
from app.selfservice.flow_kinds import BEGUN, KINDS, has_method
from app.selfservice.page import adding, page
from app.selfservice.return_path import ReturnPath, pending_return_paths, return_path_of

bp = Blueprint("selfservice", __name__)
bp.app_template_global()(adding)

MAX_TURNS = 2  # flows in a row that could not be shown


@bp.get("/verify", defaults={"kind": "verification"})  # what many of Kratos' configurations call it
@bp.get("/verification", defaults={"kind": "verification"})
@bp.get("/recovery", defaults={"kind": "recovery"})
@bp.get("/settings", defaults={"kind": "settings"})
def show(kind: str) -> ResponseReturnValue:
    """The page of a flow (`?flow=`), or the way to a new one."""
    if not (flow_id := inputs.kratos_id("flow")):
        return _begin_new(kind)
    try:
        flow = deployment().kratos.flow(kind, flow_id, inputs.cookies())
    except FlowGone as gone:
        return _begin_again(kind, flow_id, gone)
    except NotSignedIn:
        if kind == "login":  # not Kratos' own word: the page would be begun again and again
            raise UpstreamBadReply(KRATOS, "no login page without a session", 401) from None
        return _via_kratos(deployment().urls.kratos_flow("login"))
    except FlowElsewhere as elsewhere:
        return _via_kratos(elsewhere.redirect_to)
    if dropped := _dropped_return_path(kind, flow):
        return _begin(kind, return_to=dropped.url, notice="replaced")
    return_path = return_path_of(flow)
    detours.note_page("" if return_path else flow_kinds.page_name(kind, flow))
    redirect = _redirect_instead(kind, flow, return_path) or _redirect_if_verified(kind, flow, return_path)
    return redirect or page(kind, flow, return_path)


def _begin_new(kind: str) -> ResponseReturnValue:
    if kind == "settings" and (whoami := ask_whoami()).session is None:
        notice = "ready" if detours.has_just_signed_up() and whoami.is_nobody else ""
        aal = "aal2" if whoami.aal2_required else ""
        return _via_kratos(deployment().urls.kratos_flow("login", aal=aal, notice=notice))
    if kind == "settings":
        cookie["wanted"] = kind  # which Kratos forgets where they need a second factor first (account/home.py)
    return _begin(kind, **{name: inputs.single(request.args, name) for name in KINDS[kind].parameters})


def _redirect_instead(kind: str, flow: Flow, return_path: ReturnPath | None) -> ResponseReturnValue | None:
    """A redirect for somebody signing in to an application who need not see this page, None to show it."""
    if return_path is None:
        return None
    if kind == "settings" and flow_kinds.has_nothing_to_choose(return_path.task, flow):
        return see_other(return_path.url)  # a passkey was added meanwhile, or who recovered signs in with codes
    if deployment().urls.return_to_of(flow.return_to):
        _note_page(kind, flow, return_path)
    if flow.requested_aal == "aal2" and not has_method(flow):
        return _no_second_factor(return_path)
    if flow.requested_aal == "aal2":
        browser_session.update_login_attempt(return_path.challenge, LoginAttempt.offered_second_factor)
    return None


def _redirect_if_verified(kind: str, flow: Flow, return_path: ReturnPath | None) -> ResponseReturnValue | None:
    """The way on for somebody who has verified on another device: here the page would only be begun again."""
    again = "notice" in flow.request_url or any(message.id == 4070002 for message in flow.messages)
    session = ask_whoami().session if again and kind == "verification" and flow.state in BEGUN else None
    addresses = verifiable_addresses(session.identity.raw) if session else []
    if not addresses or any(row.get("verified") is not True for row in addresses):
        return None
    return see_other(return_path.url if return_path else deployment().urls.account())


def _note_page(kind: str, flow: Flow, return_path: ReturnPath) -> None:
    """Note a page that was begun for this very challenge.

    Two tabs that load at once overwrite each other's cookie, so a page that is only shown in the browser that began
    (what a mail links to may be shown in others) begins a note where there is none.
    """
    begun_here = kind in ("login", "registration")
    new, page_name = LoginAttempt.by_flow(flow) if begun_here else None, flow_kinds.page_name(kind, flow)
    browser_session.update_login_attempt(return_path.challenge, lambda attempt: attempt.showing(page_name, flow), new)
    noted = [login.client_id for login in browser_session.pending_logins()]
    if begun_here and return_path.client_id and return_path.client_id[:80] not in noted:
        application = browser_session.Application.noted(return_path.client_id, return_path.title, return_path.home)
        browser_session.remember_pending_login(return_path.challenge, application)


def _dropped_return_path(kind: str, flow: Flow) -> ReturnPath | None:
    """The way back that Kratos dropped: a code tried too often, or twice, makes it begin a flow without return_to."""
    anew = kind in ("recovery", "verification") and flow.state in BEGUN and not flow.return_to
    failed = any(message.kind == "error" for message in flow.messages)
    return next(pending_return_paths(), None) if anew and failed else None


def _begin(kind: str, **parameters: str) -> ResponseReturnValue:
    """To Kratos, which begins a flow, checks `return_to` (plain http(s) only) and sends the browser back."""
    for name in ("return_to", "after_verification_return_to"):
        if not deployment().urls.can_return_to(parameters.get(name)):
            parameters.pop(name, None)
    return see_other(deployment().urls.kratos_flow(kind, **parameters))


def _via_kratos(elsewhere: str) -> ResponseReturnValue:
    if not (urls := deployment().urls).is_at_kratos(elsewhere):
        raise UpstreamBadReply(KRATOS, "redirect to an address that is not Kratos'")
    parameters = {name: inputs.single(request.args, name) or None for name in ("flow", "return_to")}
    here = url.with_query(f"{urls.public}{request.path}", **parameters, n=detours.next_turn())
    return see_other(url.with_query(elsewhere, return_to=url.query(elsewhere).get("return_to") or here))


def _begin_again(kind: str, flow_id: str, gone: FlowGone) -> ResponseReturnValue:
    """A fresh flow with the old one's way back, and a word why; not for ever, where our cookies do not come back."""
    if _is_looping(flow_id, gone):
        return _loop_page(gone)
    here = f"{deployment().urls.public}{request.path}"
    if _is_elsewhere(gone) and not inputs.round_trips():  # whether it takes our cookie is seen when it comes back
        return see_other(url.with_query(here, flow=flow_id, n="1"))
    metrics.FLOWS_RESTARTED.labels(kind, gone.reason).inc()
    if gone.successor:
        return see_other(url.with_query(here, flow=gone.successor, notice=gone.reason))
    # Kratos tells it of expired flows only.
    known = next(pending_return_paths(flow_id), None) if not gone.return_to else None
    notice = "elsewhere" if _is_elsewhere(gone) else gone.reason
    return _begin(kind, return_to=known.url if known else gone.return_to, notice=notice)


def _is_elsewhere(gone: FlowGone) -> bool:
    """Whether the flow is another browser's: this one has none of Kratos' cookies, which come with each flow."""
    return gone.reason == "foreign" and "csrf_token_" not in inputs.cookies()


def _is_looping(flow_id: str, gone: FlowGone) -> bool:
    """Whether one new flow after another cannot be shown; an old address opened twice is one flow."""
    turns = cookie.get("turns")
    before = [turn for turn in turns if turn != short_hash(flow_id)] if isinstance(turns, list) else []
    cookie["turns"] = [*before, short_hash(flow_id)][-MAX_TURNS:]
    if _is_elsewhere(gone):  # our cookie was to come back, and a new flow to have brought along Kratos'
        return bool(before) or (inputs.round_trips() > 0 and not turns)
    return len(before) >= MAX_TURNS


def _loop_page(gone: FlowGone) -> ResponseReturnValue:
    """The page that ends going round; cookies are named only where Kratos', if any came, are not this flow's."""
    cookie.pop("turns", None)
    here = request.script_root + request.path  # the old flow may have been a bookmark
    if "csrf_token_" in inputs.cookies() and (gone.reason != "foreign" or ask_whoami().session):
        return errors.page(ERROR_TEXTS[FlowGone], again=here)
    raise CookieInvisible(here)


def _no_second_factor(return_path: ReturnPath) -> ResponseReturnValue:
    """The person has no second factor: where it is a must they set one up, where it was a wish they go on without."""
    if deployment().rules_for(return_path.client_id).login.required_aal == "aal2":
        back = deployment().urls.login(return_path.challenge, return_path.round_trips, "second_factor")
        return _begin("settings", return_to=back)
    whoami = ask_whoami()
    seen = browser_session.login_attempt(return_path.challenge) or LoginAttempt.of(whoami)
    browser_session.remember_login_attempt(return_path.challenge, replace(seen, no_second_factor=True))
    return see_other(return_path.url)
