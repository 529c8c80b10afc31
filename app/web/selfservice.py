"""Kratos' self-service flows as pages; their forms post straight to Kratos, no password passes through here."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask import make_response, render_template, request
from flask import session as cookie
from flask.typing import ResponseReturnValue

from app.domain import urls as url
from app.domain.assurance import FirstSight
from app.domain.challenges import LoginRequest
from app.domain.errors import ChallengeGone, CookieInvisible, FlowGone, UpstreamBadReply, UpstreamError
from app.domain.models import Flow
from app.domain.nodes import has_method, login_forms
from app.domain.urls import ReturnTo
from app.upstream.outcomes import KRATOS
from app.web import inputs, marks, observability
from app.web.context import hydra, portico
from app.web.pages import NOTICES
from app.web.security import see_other


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of flow: the parameters its beginning takes, what its page is called."""

    parameters: tuple[str, ...]
    title: str


KINDS = {
    "login": Kind(("aal", "refresh", "return_to", "organization", "via", "identity_schema"), "Sign in"),
}


def show(kind: str) -> ResponseReturnValue:
    """The page of a flow (`?flow=`), or the way to a new one."""
    flow_id = inputs.identifier("flow")
    if not flow_id:
        return _begin(kind, **{name: inputs.single(request.args, name) for name in KINDS[kind].parameters})
    try:
        flow = portico().kratos.flow(kind, flow_id, request.headers.get("Cookie", ""))
    except FlowGone as gone:
        return _begin_again(kind, gone)
    if not portico().urls.from_kratos(flow.action):
        raise UpstreamBadReply(KRATOS, "form address that is not Kratos'")  # it would get the password
    returning = portico().urls.returning(flow.return_to)
    asked = _application(returning)
    if flow.requested_aal == "aal2" and not has_method(flow) and returning and asked:
        return _no_second_factor(returning, asked)
    return render_template(
        "flow.html",
        title=_title(kind, flow),
        flow=flow,
        forms=login_forms(flow, _whose(flow)),
        application=asked.client if asked else None,
        challenge=returning.challenge if returning else "",
        notice=NOTICES.get(_take_notice()),
    )


def _whose(flow: Flow) -> str:
    """Who has to confirm that it is them, "" when the flow is not about that."""
    session = portico().kratos.whoami(request.headers.get("Cookie", "")).session if flow.refresh else None
    return session.identity.name if session else ""


def _begin(kind: str, **parameters: str) -> ResponseReturnValue:
    """To Kratos, which begins a flow and sends the browser back with its id.

    Kratos checks `return_to` against its allowed_return_urls; what is no plain http(s) address does not get that far.
    """
    if url.split(parameters.get("return_to")) is None:
        parameters.pop("return_to", None)
    return see_other(portico().urls.kratos_flow(kind, **parameters))


def _begin_again(kind: str, gone: FlowGone) -> ResponseReturnValue:
    """A fresh flow with the old one's way back, and a word why; once, or a browser without cookies would go round."""
    no_cookie = gone.reason == "foreign" and "csrf_token_" not in request.headers.get("Cookie", "")
    if _take_notice() or no_cookie:
        here, there = portico().urls.public, portico().urls.kratos
        observability.event("cookie_invisible", portico_host=here, kratos_host=there, check="cookies.domain")
        raise CookieInvisible from gone
    cookie["notice"] = gone.reason
    return _begin(kind, return_to=gone.return_to)


def _take_notice() -> str:
    """Why the page before this one had to begin again, "" if it did not; told once."""
    return str(cookie.pop("notice")) if "notice" in cookie else ""


def _application(returning: ReturnTo | None) -> LoginRequest | None:
    """The application this sign-in is for; when Hydra cannot say, only its name is missing from the page."""
    if returning is None or portico().hydra is None:
        return None
    try:
        return hydra().login_request(returning.challenge)
    except (ChallengeGone, UpstreamError):
        return None


def _no_second_factor(returning: ReturnTo, asked: LoginRequest) -> ResponseReturnValue:
    """The person has no second factor: where it was only a wish go on without, else say so."""
    if portico().policy_for(asked.client.id).required_aal == "aal2":
        body = render_template("oauth2/no_second_factor.html", application=asked.client, challenge=returning.challenge)
        return make_response(body, 403)
    whoami = portico().kratos.whoami(request.headers.get("Cookie", ""))
    seen = marks.first_sight(returning.challenge) or FirstSight.of(whoami)
    marks.remember_sight(returning.challenge, replace(seen, no_second_factor=True))
    return see_other(portico().urls.login(returning.challenge, returning.hops))


def _title(kind: str, flow: Flow) -> str:
    if flow.refresh:
        return "Confirm it is you"
    return "Second factor" if flow.requested_aal == "aal2" else KINDS[kind].title
