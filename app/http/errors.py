"""Shows the page of every error: what happened, what to do next, and a request id."""

from dataclasses import replace
from urllib.parse import quote

from flask import Flask, Response, current_app, g, make_response, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from app import errors, urls
from app.deployment import deployment
from app.http import here, inputs, logs
from app.http.error_texts import ERROR_TEXTS, NEW_PAGE, NOTICES, START_AGAIN, ErrorText
from app.http.security import see_other

RETRY_AFTER = 5  # seconds; the page says "a moment"


def init_app(app: Flask) -> None:
    """Register the pages of all exceptions."""
    app.register_error_handler(errors.PorticoError, show)
    app.register_error_handler(HTTPException, show_http)
    app.register_error_handler(Exception, show_unexpected)
    # For errors after a view or in an error handler; Flask's own method logs the path and the error's text.
    app.log_exception = lambda exc_info: logs.failure(exc_info[1])  # type: ignore[arg-type, method-assign]


def show(error: errors.PorticoError) -> ResponseReturnValue:
    """Show the page of one of our errors; a used challenge redirects to Hydra instead."""
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
    """Return the text of an error's page and its headers; log the error for operators."""
    _log(error)
    occasion = "wrong_host" if "wrong_host" in g else "forged" if "press_again" in here.notes() else ""
    names = (occasion, *(kind.__name__ for kind in type(error).__mro__))
    what = next(ERROR_TEXTS[name] for name in names if name in ERROR_TEXTS)
    after = error.retry_after if isinstance(error, errors.UpstreamBusy) else RETRY_AFTER if what.status == 503 else None
    return what, {"Retry-After": str(after)} if after else {}


def _log(error: errors.PorticoError) -> None:
    """Log one event for an error; that of a form from another site is logged already."""
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
    """Return the notice of a page shown again after a bad CSRF token, else ""."""
    return NOTICES["press_again"] if "press_again" in here.notes() else ""


def status_and_headers(error: errors.PorticoError) -> tuple[int, dict[str, str]]:
    """Return both for a page that shows what it has in spite of this error; log the error."""
    what, headers = to_page(error)
    return what.status, headers


def show_http(error: HTTPException) -> ResponseReturnValue:
    """Show the page of an HTTP error of Flask: unknown address, wrong method, too large."""
    status = error.code or 500
    if status == 404 and (address := _with_usual_slashes()):
        return see_other(address)
    if status == 404 and (challenge := _challenge_without_page()):
        return show(errors.ChallengeElsewhere(challenge))
    response = page(ERROR_TEXTS.get(str(status)) or ERROR_TEXTS["400" if status < 500 else "500"])
    response.status_code = status
    if error.code == 405:
        response.headers["Allow"] = error.get_response().headers.get("Allow", "")
    return response


def _with_usual_slashes() -> str:
    """Return our page's address without extra slashes, or ""; it is one of our routes, so never `//host`."""
    path = "/" + "/".join(filter(None, request.path.split("/")))
    sent = request.environ["PATH_INFO"]  # `request.path` has only one slash at its start
    other = (path != request.path or sent.startswith("//")) and not path.startswith("/static/")
    if not other or request.method not in ("GET", "HEAD") or not current_app.url_map.bind("").test(path, "GET"):
        return ""
    query = request.query_string.decode("latin-1")
    return deployment().urls.public + quote(path) + (f"?{query}" if query else "")


def _challenge_without_page() -> str:
    """Return the name of the challenge that came to an address where no page is, or ""."""
    if request.endpoint or request.method != "GET":  # an endpoint may be its page, off without Hydra
        return ""
    return next((name for name in inputs.CHALLENGES if request.args.get(name)), "")


def show_unexpected(error: Exception) -> ResponseReturnValue:
    """Show the page of an unexpected error, without details; log its place, never its text."""
    logs.failure(error)
    return page(ERROR_TEXTS["500"])


def page(
    what: ErrorText, details: str = "", address: str = "", again: str = "", doctor: str = "", sign_out: bool = False
) -> Response:
    """Render an error page with its status.

    `details`: text from an upstream, else, on a developer's machine, the page's advice. `address`: where to go instead.
    `again`: where to try again. `doctor`: a command that explains the error to developers. `sign_out`: offer that.
    """
    what = replace(what, next=NEW_PAGE) if again and what.next == START_AGAIN else what
    details = details or (what.advice if what.advice and urls.is_local(deployment().urls.public) else "")
    parts = {"details": details, "address": address, "again": again, "doctor": doctor, "sign_out": sign_out}
    try:
        text = render_template("error.html", page=what, request_id=logs.request_id(), **parts)
    except Exception as error:  # in an operator's template; without an answer from here headers would be missing
        if current_app.testing:  # `portico preview` reports it
            raise
        logs.failure(error)
        text = ""  # browsers show a page of their own then
    return make_response(text, what.status)
