"""Every error has one page, and this is where it is shown: what happened, what to do next, and a request id."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote

from flask import Blueprint, Flask, Response, current_app, g, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from app import errors, urls
from app.deployment import deployment
from app.http import inputs, logs
from app.http.error_texts import (
    ERROR_TEXTS,
    FORGED,
    INACTIVE,
    NOT_SIGNED_IN,
    NOT_SIGNED_OUT,
    OAUTH2,
    RETURN_FORBIDDEN,
    SIGN_OUT_OVER,
    STATUSES,
    WRONG_HOST,
    ErrorText,
)
from app.http.security import see_other
from app.ory.hydra_errors import of_logout
from app.ory.models import text
from app.selfservice.return_path import pending_return_paths

bp = Blueprint("errors", __name__)

DOCTOR = Markup('<code>portico doctor --authorize-url "…"</code>')


def init_app(app: Flask) -> None:
    """Show these pages for everything that is raised."""
    app.register_error_handler(errors.PorticoError, show)
    app.register_error_handler(HTTPException, show_http)
    app.register_error_handler(Exception, show_unexpected)


def show(error: errors.PorticoError) -> ResponseReturnValue:
    """The page of one of our own errors; a used challenge goes on to where Hydra says."""
    if isinstance(error, errors.ChallengeUsed) and deployment().urls.from_hydra(error.redirect_to):
        return see_other(error.redirect_to)
    if isinstance(error, errors.ChallengeElsewhere):
        endpoint, key = inputs.CHALLENGES[error.name]
        logs.event("challenge_elsewhere", check=f"hydra.yml: {key}")
        return see_other(deployment().urls.public + url_for(endpoint) + f"?{request.query_string.decode('latin-1')}")
    what, headers = to_page(error)
    response = page(what, address=deployment().urls.public if "wrong_host" in g else "")
    response.headers.extend(headers)
    return response


def to_page(error: errors.PorticoError) -> tuple[ErrorText, dict[str, str]]:
    """The page of an error and the headers that go with it; what is wrong upstream is logged."""
    if isinstance(error, errors.UpstreamError):
        logs.event("upstream_error", service=error.service, what=error.what, status=error.status)
    busy = isinstance(error, errors.UpstreamBusy) and error.retry_after
    return _page_for(error), {"Retry-After": str(busy)} if busy else {}


def status_of(error: errors.UpstreamError) -> int:
    """The status of this error's page, for a page of its own that shows what there is; what is wrong is logged."""
    logs.event("upstream_error", service=error.service, what=error.what, status=error.status)
    return _page_for(error).status


def _page_for(error: errors.PorticoError) -> ErrorText:
    if "wrong_host" in g:
        return WRONG_HOST
    if "press_again" in g:
        return FORGED
    return next(ERROR_TEXTS[kind] for kind in type(error).__mro__ if kind in ERROR_TEXTS)


def show_http(error: HTTPException) -> ResponseReturnValue:
    """The page of an HTTP error raised by Flask: unknown address, wrong method, too large."""
    status = error.code or 500
    if status == 404 and (address := _with_usual_slashes()):
        return see_other(address)
    response = page(STATUSES.get(status) or STATUSES[400 if status < 500 else 500])
    response.status_code = status
    if error.code == 405:
        response.headers["Allow"] = error.get_response().headers.get("Allow", "")
    return response


def _with_usual_slashes() -> str:
    """The address of our page that was meant by one with a slash too many, as `urls` and `ui_url` easily have; or "".

    It names no other host, as `//` at the path's beginning would in drop-in mode: our own routes match the path.
    """
    path = "/" + "/".join(filter(None, request.path.split("/")))
    other = path != request.path and not path.startswith("/static/") and request.method in ("GET", "HEAD")
    if not other or not current_app.url_map.bind("").test(path, "GET"):
        return ""
    query = request.query_string.decode("latin-1")
    return deployment().urls.public + quote(path) + (f"?{query}" if query else "")


def show_unexpected(error: Exception) -> ResponseReturnValue:
    """The last resort: no detail for the browser, the place (never the text) for the log."""
    logs.failure(error)
    return page(STATUSES[500])


@bp.get("/oauth2/error")  # an address that Hydra's `urls.error` often has
@bp.get("/error")
def error_page() -> ResponseReturnValue:
    """Kratos sends browsers here with `?id=`, Hydra with `?error=&error_description=`."""
    error_id, code = inputs.identifier("id"), inputs.single(request.args, "error")
    if error_id:
        return _kratos_error(error_id)
    if code:
        return _oauth2_error(code)
    return page(STATUSES[404])


def _kratos_error(error_id: str) -> ResponseReturnValue:
    """What Kratos has to say about a form it could not take; our words, its reason only for the person's mistakes."""
    try:
        error = deployment().kratos.error(error_id)
    except errors.FlowGone:
        return page(ERROR_TEXTS[errors.FlowGone])
    if error.get("id") == "security_csrf_violation":
        again = next((path.url for path in pending_return_paths()), url_for("login.login"))
        return page(FORGED, again=again)
    if error.get("id") == "self_service_flow_return_to_forbidden":
        logs.event("return_to_forbidden", check="selfservice.allowed_return_urls")
        return page(RETURN_FORBIDDEN)
    code = error.get("code")
    if code == 401 and error.get("message") == "identity is disabled":  # the only name it has in v26.2.0
        return page(INACTIVE)
    if isinstance(code, int) and 400 <= code < 500:
        said = text(error.get("reason")) or text(error.get("message"))
        return page(ERROR_TEXTS[errors.BadInput], said=said[:300])
    return page(ERROR_TEXTS[errors.UpstreamError])


def _oauth2_error(code: str) -> ResponseReturnValue:
    """What Hydra could not tell the application, because it does not trust the address it would have to use."""
    described = inputs.single(request.args, "error_description")
    shown = replace(NOT_SIGNED_IN, happened=OAUTH2.get(code, NOT_SIGNED_IN.happened))
    if logout := of_logout(code, described):
        shown = NOT_SIGNED_OUT if logout == "refused" else SIGN_OUT_OVER
    said = f"{code[:60]}: {described[:300]}"
    doctor = DOCTOR if urls.is_here(deployment().urls.public) else ""
    return page(shown, said=said, doctor=doctor, sign_out=bool(logout))


def page(
    what: ErrorText, said: str = "", address: str = "", again: str = "", doctor: str = "", sign_out: bool = False
) -> Response:
    """Render one of the pages with its status.

    `said`: an upstream's own words, as detail. `address`: where to go instead. `again`: where to try once more.
    `doctor`: the command that explains it, for who builds the application. `sign_out`: offer to sign out here.
    """
    given = {"said": said, "address": address, "again": again, "doctor": doctor, "sign_out": sign_out}
    body = render_template("error.html", page=what, request_id=logs.request_id(), **given)
    return make_response(body, what.status)
