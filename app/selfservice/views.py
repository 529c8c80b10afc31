"""The views of Kratos' self-service flows: show a flow's page (made by `page`), redirect, or begin a new flow."""

from flask import Blueprint, request
from flask import session as cookie
from flask.typing import ResponseReturnValue

from app import urls as url
from app.deployment import ask_whoami, deployment, sign_out
from app.errors import (
    CookieInvisible,
    FlowElsewhere,
    FlowGone,
    NotSignedIn,
    PorticoError,
    UpstreamBadReply,
    UpstreamRefused,
)
from app.http import browser_session, detours, errors, inputs, metrics
from app.http.error_texts import ERROR_TEXTS
from app.http.security import see_other
from app.oauth2.assurance import LoginAttempt, short_hash
from app.ory.flows import Flow
from app.ory.identity_names import verifiable_addresses
from app.ory.responses import KRATOS
from app.selfservice import flow_kinds
from app.selfservice.error_page import return_forbidden
from app.selfservice.page import adding, page
from app.selfservice.return_path import ReturnPath, pending_return_paths, return_path_of

bp = Blueprint("selfservice", __name__)
bp.app_template_global()(adding)

MAX_KEPT = 500  # characters of a return_to in our cookie
MAX_FAILED_FLOWS = 2  # flows in a row that could not be shown


@bp.get("/verify", defaults={"kind": "verification"})  # the path in many Kratos configurations
@bp.get("/verification", defaults={"kind": "verification"})
@bp.get("/recovery", defaults={"kind": "recovery"})
@bp.get("/settings", defaults={"kind": "settings"})
def show(kind: str) -> ResponseReturnValue:
    """Show the page of a flow (`?flow=`), or begin a new flow."""
    if not (flow_id := inputs.kratos_id("flow")):
        return _begin_new(kind)
    try:
        flow = deployment().kratos.flow(kind, flow_id, inputs.cookie_header())
    except FlowGone as gone:
        return _begin_again(kind, flow_id, gone)
    except NotSignedIn:
        if kind == "login":  # Kratos never answers so; a redirect would loop
            raise UpstreamBadReply(KRATOS, "no login page without a session", 401) from None
        return _via_kratos(deployment().urls.kratos_flow("login"), anew="1")
    except FlowElsewhere as elsewhere:
        return _via_kratos(elsewhere.redirect_to)
    if begun := _begin_instead(kind, flow):
        return begun
    return_path = return_path_of(flow)
    detours.note_page("" if return_path else flow_kinds.page_name(kind, flow))
    redirect = _redirect_instead(kind, flow, return_path) or _redirect_if_verified(kind, flow, return_path)
    redirect = redirect or _redirect_if_recovered(kind, flow) or _redirect_if_removed(flow)
    return redirect or page(kind, flow, return_path)


def _begin_instead(kind: str, flow: Flow) -> ResponseReturnValue | None:
    """Begin the flow again if it lacks the way back, else return None.

    Also settings that were begun before signing in (`anew`): Kratos has changed the token that their form would send.
    """
    if kind == "settings" and "anew" in request.args:
        return _begin(kind, return_to=flow.return_to)
    if dropped := _dropped_return_path(kind, flow):
        return _begin(kind, return_to=dropped.url, notice="replaced")
    if kind == "login" and (settings := detours.interrupted_settings(flow)):
        return _begin(kind, return_to=settings, notice="ended")
    return None


def _begin_new(kind: str) -> ResponseReturnValue:
    if kind == "settings" and (whoami := ask_whoami()).session is None:
        return _via_kratos(deployment().urls.kratos_flow("login", **detours.login_parameters(whoami)))
    if kind == "settings":
        # Kratos forgets both where they need a second factor first (account/home.py).
        return_to = inputs.single(request.args, "return_to")
        cookie["wanted"] = return_to if len(return_to) <= MAX_KEPT else ""
    parameters = {name: inputs.single(request.args, name) for name in flow_kinds.KINDS[kind].parameters}
    if kind == "verification" and _is_forbidden(parameters["return_to"]):
        return return_forbidden()
    return _begin(kind, **parameters)


def _is_forbidden(return_to: str) -> bool:
    """Whether Kratos refuses a verification's `return_to`: browsers would end at its JSON, without our error page."""
    urls = deployment().urls
    is_ours = url.same_origin(return_to, urls.public) and url.is_below(return_to, urls.path)
    if is_ours or not url.split(return_to):
        return False
    try:
        deployment().kratos.begin("verification", inputs.cookie_header(), return_to=return_to)
    except UpstreamRefused as refused:
        return refused.error_id == "self_service_flow_return_to_forbidden"
    except PorticoError:  # the redirect shows what is wrong
        return False
    return False


def _redirect_instead(kind: str, flow: Flow, return_path: ReturnPath | None) -> ResponseReturnValue | None:
    """Return a redirect if a person who signs in to an application need not see this page, None to show it."""
    if return_path is None:
        return None
    if kind == "settings" and flow_kinds.has_nothing_to_choose(return_path.task, flow):
        return see_other(return_path.url)  # a passkey exists by now, or people sign in with codes after a recovery
    if deployment().urls.return_to_of(flow.return_to):
        _note_page(kind, flow, return_path)
    if flow.requested_aal == "aal2" and not flow_kinds.has_method(flow):
        return _no_second_factor(return_path)
    attempt = browser_session.login_attempt(return_path.challenge)
    if flow.requested_aal == "aal2" and attempt:
        browser_session.remember_login_attempt(return_path.challenge, attempt.offered_second_factor())
    return None


def _redirect_if_verified(kind: str, flow: Flow, return_path: ReturnPath | None) -> ResponseReturnValue | None:
    """Return a redirect if nothing is left to verify in this new flow, for example after a link opened on a phone."""
    again = "notice" in flow.request_url or any(message.id == 4070002 for message in flow.messages)
    session = ask_whoami().session if again and kind == "verification" and flow.state in flow_kinds.BEGUN else None
    addresses = verifiable_addresses(session.identity.raw) if session else []
    if not addresses or any(row.get("verified") is not True for row in addresses):
        return None
    return see_other(return_path.url if return_path else deployment().urls.account())


def _redirect_if_recovered(kind: str, flow: Flow) -> ResponseReturnValue | None:
    """Return a redirect if this recovery is over (Back, or its link again): what Kratos leaves of it is a loop.

    Whoever it signed in goes on to the settings, as at first. Everybody else begins anew.
    """
    if kind != "recovery" or flow.state != "passed_challenge":
        return None
    if ask_whoami().is_nobody:
        return _begin(kind, return_to=flow.return_to, notice="unknown")
    return see_other(url.with_query(f"{deployment().urls.public}/settings", return_to=flow.return_to or None))


def _redirect_if_removed(flow: Flow) -> ResponseReturnValue | None:
    """Return a redirect if the second factor that was asked for is gone, by an administrator for example.

    Kratos leads whoever is signed in on, and there it is asked anew whether any factor is needed.
    """
    is_gone = flow.requested_aal == "aal2" and flow_kinds.is_about_removed_method(flow)
    return _begin("login", return_to=flow.return_to) if is_gone else None


def _note_page(kind: str, flow: Flow, return_path: ReturnPath) -> None:
    """Note in our cookie that a page of this challenge was shown.

    Two tabs that load at once overwrite each other's cookie, so a note may be missing. A login or registration page
    begins it again: only the browser that began the flow can show one. Others may be opened from a mail, anywhere.
    """
    begun_here = kind in ("login", "registration")
    attempt = browser_session.login_attempt(return_path.challenge) or (begun_here and LoginAttempt.by_flow(flow))
    if attempt:
        page_name = flow_kinds.page_name(kind, flow)
        browser_session.remember_login_attempt(return_path.challenge, attempt.showing(page_name, flow))
    noted = [login.client_id for login in browser_session.pending_logins()]
    if begun_here and return_path.client.id and return_path.client.id not in noted:
        application = browser_session.Application.of(return_path.client)
        browser_session.remember_pending_login(return_path.challenge, application)


def _dropped_return_path(kind: str, flow: Flow) -> ReturnPath | None:
    """Return the return path that Kratos lost: after too many tries of a code it begins a flow without return_to."""
    anew = kind in ("recovery", "verification") and flow.state in flow_kinds.BEGUN and not flow.return_to
    failed = any(message.kind == "error" for message in flow.messages)
    return next(pending_return_paths(), None) if anew and failed else None


def _begin(kind: str, **parameters: str) -> ResponseReturnValue:
    """Redirect to Kratos, which begins a flow and sends the browser back; `return_to` must be plain http(s)."""
    for name in ("return_to", "after_verification_return_to"):
        if not deployment().urls.can_return_to(parameters.get(name)):
            parameters.pop(name, None)
    return see_other(deployment().urls.kratos_flow(kind, **parameters))


def _via_kratos(elsewhere: str, **marks: str) -> ResponseReturnValue:
    if not (urls := deployment().urls).is_at_kratos(elsewhere):
        raise UpstreamBadReply(KRATOS, "redirect to an address that is not Kratos'")
    parameters = {name: inputs.single(request.args, name) or None for name in ("flow", "return_to")}
    here = url.with_query(f"{urls.public}{request.path}", **parameters, **marks, n=detours.count_detour())
    return see_other(url.with_query(elsewhere, return_to=url.query(elsewhere).get("return_to") or here))


def _begin_again(kind: str, flow_id: str, gone: FlowGone) -> ResponseReturnValue:
    """Begin a new flow with the old return path and a notice why; stop if the browser accepts no cookies."""
    if _is_looping(flow_id, gone):
        return _loop_page(gone)
    here = f"{deployment().urls.public}{request.path}"
    if _is_elsewhere(gone) and not inputs.round_trips():  # reload once to see if the browser accepts our cookie
        return see_other(url.with_query(here, flow=flow_id, n="1"))
    metrics.FLOWS_RESTARTED.labels(kind, gone.reason).inc()
    if gone.successor:
        return see_other(url.with_query(here, flow=gone.successor, notice=gone.reason))
    # Kratos returns `return_to` for expired flows only.
    known = next(pending_return_paths(flow_id), None) if not gone.return_to else None
    notice = "elsewhere" if _is_elsewhere(gone) else gone.reason
    return _begin(kind, return_to=known.url if known else gone.return_to, notice=notice)


def _is_elsewhere(gone: FlowGone) -> bool:
    """Whether another browser began the flow: this one has no CSRF cookie of Kratos, which each flow sets."""
    return gone.reason == "foreign" and "csrf_token_" not in inputs.cookie_header()


def _is_looping(flow_id: str, gone: FlowGone) -> bool:
    """Whether several new flows in a row could not be shown; an old address opened twice counts as one flow."""
    failed = cookie.get("failed_flows")
    before = [key for key in failed if key != short_hash(flow_id)] if isinstance(failed, list) else []
    cookie["failed_flows"] = [*before, short_hash(flow_id)][-MAX_FAILED_FLOWS:]
    if _is_elsewhere(gone):  # by now our cookie, and after a new flow also Kratos', should have come back
        return bool(before) or (inputs.round_trips() > 0 and not failed)
    return len(before) >= MAX_FAILED_FLOWS


def _loop_page(gone: FlowGone) -> ResponseReturnValue:
    """Return the page that stops a loop; it blames cookies only if Kratos' cookie is missing or another flow's."""
    cookie.pop("failed_flows", None)
    here = request.script_root + request.path  # without the old flow, which may be a bookmark
    if "csrf_token_" in inputs.cookie_header() and (gone.reason != "foreign" or ask_whoami().session):
        return errors.page(ERROR_TEXTS["FlowGone"], again=here)
    raise CookieInvisible(here)


def _no_second_factor(return_path: ReturnPath) -> ResponseReturnValue:
    """Let a person without a second factor set one up if it is required, else continue without it."""
    if deployment().rules_for(return_path.client.id).required_aal == "aal2":
        back = deployment().urls.login(return_path.challenge, return_path.round_trips, "second_factor")
        return _begin("settings", return_to=back)
    whoami = ask_whoami()
    seen = browser_session.login_attempt(return_path.challenge) or LoginAttempt.of(whoami)
    browser_session.remember_login_attempt(return_path.challenge, seen._replace(no_second_factor=True))
    return see_other(return_path.url)


@bp.post("/login/forgot")
def forgot() -> ResponseReturnValue:
    """Sign out, then begin a recovery for a person who cannot sign in again: Kratos begins none during a session."""
    urls = deployment().urls
    back = urls.login(inputs.posted_challenge("login_challenge")) if "login_challenge" in request.form else ""
    sign_out(ask_whoami().session, "recovery")
    return see_other(urls.kratos_flow("recovery", return_to=back))
