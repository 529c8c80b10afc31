"""OAuth2 errors in Hydra's words: name -> (status, description, default hint). RFC 6749 sections 4.1.2.1 and 5.2."""

from typing import NamedTuple

from flask import Response, jsonify


class Kind(NamedTuple):
    status: int
    description: str
    hint: str = ""


KINDS = {
    "access_denied": Kind(403, "The resource owner or authorization server denied the request."),
    "consent_required": Kind(400, "The Authorization Server requires End-User consent."),
    "insufficient_entropy": Kind(
        400, "The request used a security parameter (e.g., anti-replay, anti-csrf) with insufficient entropy."
    ),
    "invalid_client": Kind(
        401,
        "Client authentication failed (e.g., unknown client, no client authentication included, or unsupported "
        "authentication method).",
    ),
    "invalid_client_metadata": Kind(
        400, "The value of one of the Client Metadata fields is invalid and the server has rejected this request."
    ),
    "invalid_grant": Kind(
        400,
        "The provided authorization grant (e.g., authorization code, resource owner credentials) or refresh token is "
        "invalid, expired, revoked, does not match the redirection URI used in the authorization request, or was "
        "issued to another client.",
    ),
    "invalid_redirect_uri": Kind(400, "The value of one or more redirect_uris is invalid."),
    "invalid_request": Kind(
        400,
        "The request is missing a required parameter, includes an invalid parameter value, includes a parameter more "
        "than once, or is otherwise malformed.",
        "Make sure that the various parameters are correct, be aware of case sensitivity and trim your parameters. "
        "Make sure that the client you are using has exactly whitelisted the redirect_uri you specified.",
    ),
    "invalid_scope": Kind(400, "The requested scope is invalid, unknown, or malformed."),
    "invalid_state": Kind(
        400, "The state is missing or does not have enough characters and is therefore considered too weak."
    ),
    "login_required": Kind(400, "The Authorization Server requires End-User authentication."),
    "registration_not_supported": Kind(400, "The OP does not support use of the registration parameter."),
    "request_forbidden": Kind(403, "The request is not allowed."),
    "request_unauthorized": Kind(
        401, "The request could not be authorized.", "Check that you provided valid credentials in the right format."
    ),
    "unauthorized_client": Kind(400, "The client is not authorized to request a token using this method."),
    "unsupported_response_mode": Kind(
        400, "The authorization server does not support obtaining a response using this response mode."
    ),
    "unsupported_response_type": Kind(
        400, "The authorization server does not support obtaining a token using this method."
    ),
}


class OAuth2Error(Exception):
    """One failed request. `error_description` is the kind's description and the hint in one sentence, as Hydra folds them."""

    def __init__(self, error: str, hint: str = "", *, status: int = 0, description: str | None = None) -> None:
        super().__init__(error)
        kind = KINDS.get(error, Kind(400, ""))
        self.status = status or kind.status
        if description is None:
            description = f"{kind.description} {hint or kind.hint}".strip()
        self.values = {"error": error, "error_description": description}

    def response(self) -> Response:
        answer = jsonify(self.values)
        answer.status_code = self.status
        return answer


def not_found() -> OAuth2Error:
    """A challenge that cannot be opened."""
    return OAuth2Error("Not Found", status=404, description="Unable to locate the requested resource")


def unknown() -> OAuth2Error:
    """A client or a logout challenge that is not stored."""
    return OAuth2Error("Unable to locate the resource", status=404, description="")


def unrecognizable() -> OAuth2Error:
    """What Hydra answers when an error is not an OAuth2 one, such as unreadable JSON in a consent accept."""
    return OAuth2Error("error", description="The error is unrecognizable")
