"""The view that gives scripts of listed origins the session as a JWT (design section 7); all answers are JSON."""

from flask import Blueprint, Response, abort, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from app import urls
from app.deployment import deployment
from app.errors import PorticoError
from app.http import errors, inputs, logs

bp = Blueprint("tokens", __name__)

PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET",
    "Access-Control-Allow-Headers": "Content-Type",  # libraries send it with a GET, too
    "Access-Control-Max-Age": "600",
}
WORDS = {
    400: "invalid_request",
    401: "session_inactive",
    403: "session_aal2_required",
    404: "not_found",
    429: "too_many_requests",
    503: "temporarily_unavailable",
}


@bp.route("/session/token/<template>", methods=["GET", "OPTIONS"])
def token(template: str) -> ResponseReturnValue:
    """Return `{token, expires_at}` of the session by this template, or the answer to a CORS preflight."""
    if template not in deployment().settings.session_tokens:
        abort(404)
    # Our own pages send `Sec-Fetch-Site: same-origin` instead of an `Origin`.
    own = urls.origin(deployment().urls.public) if request.headers.get("Sec-Fetch-Site") == "same-origin" else ""
    if request.headers.get("Origin", own) not in _listed():
        logs.event("malicious_cors", route="/session/token/<template>")
        return jsonify(error="origin_not_allowed"), 403
    if request.method == "OPTIONS":
        return "", 204, PREFLIGHT
    answer = deployment().kratos_account.session_token(inputs.cookie_header(), template)
    logs.event("authn_token_created", template=template, origin=request.headers.get("Origin", ""))
    return jsonify(answer)


def _listed() -> list[str]:
    token = deployment().settings.session_tokens.get((request.view_args or {}).get("template", ""))
    return token.origins if token else []


@bp.after_request
def share(response: Response) -> Response:
    """Set CORS headers with credentials (Fetch 3.3), also on errors, for the asking origin if it is listed."""
    response.vary.add("Origin")
    if (origin := request.headers.get("Origin")) in _listed():
        response.headers["Access-Control-Allow-Origin"] = str(origin)
        response.headers["Access-Control-Allow-Credentials"] = "true"
        response.headers["Access-Control-Expose-Headers"] = "Retry-After, X-Request-Id"
    return response


@bp.errorhandler(Exception)
def failed(error: Exception) -> ResponseReturnValue:
    """Return an error as a status and a word for scripts."""
    status, headers = 500, dict[str, str]()
    if isinstance(error, PorticoError):
        text, headers = errors.to_page(error)
        status = text.status
    elif isinstance(error, HTTPException):
        status = error.code or 500
    else:
        logs.failure(error)
    return jsonify(error=WORDS.get(status, "server_error")), status, headers
