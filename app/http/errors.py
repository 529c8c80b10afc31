"""Every error has one page, and this is where it is shown: what happened, what to do next, and a request id."""

from dataclasses import replace
from urllib.parse import quote

from flask import Flask, Response, current_app, g, make_response, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from app import errors, urls
from app.deployment import deployment
from app.http import inputs, logs
from app.http.error_texts import ERROR_TEXTS, FORGED, NEW_PAGE, NOTICES, START_AGAIN, STATUSES, WRONG_HOST, ErrorText
from app.http.security import see_other

RETRY_AFTER = 5  # seconds; what people are told is "a moment"


def init_app(app: Flask) -> None:
    """Show these pages for everything that is raised."""
    app.register_error_handler(errors.PorticoError, show)
    app.register_error_handler(HTTPException, show_http)
    app.register_error_handler(Exception, show_unexpected)
    # Of what fails after a view, or in a handler; Flask's own quotes the path and the error's words.
    app.log_exception = lambda exc_info: logs.failure(exc_info[1])  # type: ignore[arg-type, method-assign]


def show(error: errors.PorticoError) -> ResponseReturnValue:
    """The page of one of our own errors; a used challenge goes on to where Hydra says."""
    if isinstance(error, errors.ChallengeUsed) and deployment().urls.is_at_hydra(error.redirect_to):
        return see_other(error.redirect_to)
    if isinstance(error, errors.ChallengeElsewhere):
        path, key = inputs.CHALLENGES[error.name]
        logs.event("challenge_elsewhere", check=f"hydra.yml: {key}")
        return see_other(f"{deployment().urls.public}{path}?{request.query_string.decode('latin-1')}")
    what, headers = to_page(error)
    again = error.again if isinstance(error, errors.CookieInvisible) else ""
    response = page(what, address=deployment().urls.public if "wrong_host" in g else "", again=again)
    response.headers.extend(headers)
    return response


def to_page(error: errors.PorticoError) -> tuple[ErrorText, dict[str, str]]:
    """The page of an error and the headers that go with it; what operators should know of it is logged."""
    _log(error)
    if "wrong_host" in g:
        what = WRONG_HOST
    elif "press_again" in g:
        what = FORGED
    else:
        what = next(ERROR_TEXTS[kind] for kind in type(error).__mro__ if kind in ERROR_TEXTS)
    after = error.retry_after if isinstance(error, errors.UpstreamBusy) else RETRY_AFTER if what.status == 503 else None
    return what, {"Retry-After": str(after)} if after else {}


def _log(error: errors.PorticoError) -> None:
    """One event for an error; a form from another site has had its own."""
    if isinstance(error, errors.UpstreamError):
        logs.event("upstream_error", service=error.service, what=error.what, status=error.status)
    elif isinstance(error, errors.CookieInvisible):  # the operators' commonest mistake
        urls_ = deployment().urls
        logs.event("cookie_invisible", portico_host=urls_.public, kratos_host=urls_.kratos, check="cookies.domain")
    elif isinstance(error, errors.BadInput) and "press_again" not in g:
        logs.event("input_validation_fail", reason=str(error))
    elif isinstance(error, errors.NotThisPage | errors.TooManyRoundTrips):
        logs.event("sequence_fail", reason=str(error))


def press_again() -> str:
    """The notice of a page that is shown again because its form's CSRF token was not good, else ""."""
    return NOTICES["press_again"] if "press_again" in g else ""


def status_of(error: errors.PorticoError) -> int:
    """The status of this error's page, for a page of its own that shows what there is; what is wrong is logged."""
    return to_page(error)[0].status


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
    """The address of our page meant by one with a slash too many, or ""; by our own routes, so never `//host`."""
    path = "/" + "/".join(filter(None, request.path.split("/")))
    sent = request.environ["PATH_INFO"]  # in `request.path` the first slashes are one
    other = (path != request.path or sent.startswith("//")) and not path.startswith("/static/")
    if not other or request.method not in ("GET", "HEAD") or not current_app.url_map.bind("").test(path, "GET"):
        return ""
    query = request.query_string.decode("latin-1")
    return deployment().urls.public + quote(path) + (f"?{query}" if query else "")


def show_unexpected(error: Exception) -> ResponseReturnValue:
    """The last resort: no detail for the browser, the place (never the text) for the log."""
    logs.failure(error)
    return page(STATUSES[500])


def page(
    what: ErrorText, details: str = "", address: str = "", again: str = "", doctor: str = "", sign_out: bool = False
) -> Response:
    """Render one of the pages with its status.

    `details`: an upstream's own words, else, on a developer's machine, the page's advice. `address`, `again`: where to
    go instead, or once more. `doctor`: the command that explains it to developers. `sign_out`: offer that here.
    """
    what = replace(what, next=NEW_PAGE) if again and what.next == START_AGAIN else what
    details = details or (what.advice if what.advice and urls.is_here(deployment().urls.public) else "")
    parts = {"details": details, "address": address, "again": again, "doctor": doctor, "sign_out": sign_out}
    try:
        text = render_template("error.html", page=what, request_id=logs.request_id(), **parts)
    except Exception as error:  # a template of the operator's; without an answer here there is no header
        if current_app.testing:  # who previews it wants to see
            raise
        logs.failure(error)
        text = ""  # browsers have a page of their own for that
    return make_response(text, what.status)
