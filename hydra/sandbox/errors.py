"""OAuth2 errors in Hydra's words; errors.json holds status, description and default hint of each."""

import json
from pathlib import Path

from flask import Response, jsonify

KINDS = json.loads(Path(__file__).with_name("errors.json").read_text())


class OAuth2Error(Exception):
    """One failed request. Like Hydra it folds description and hint into `error_description` (x/error_enhancer.go)."""

    def __init__(self, error: str, hint: str = "", *, status: int = 400, description: str | None = None) -> None:
        super().__init__(error)
        kind = KINDS.get(error, {})
        self.status: int = kind.get("status", status)
        if description is None:
            description = f"{kind['description']} {hint or kind.get('hint', '')}".strip()
        self.values = {"error": error, "error_description": description}

    def response(self) -> Response:
        return json_response(self.values, self.status)


def json_response(body: object, status: int = 200) -> Response:
    answer = jsonify(body)
    answer.status_code = status
    return answer


def not_found() -> OAuth2Error:
    """A challenge that cannot be opened."""
    return OAuth2Error("Not Found", status=404, description="Unable to locate the requested resource")


def unknown() -> OAuth2Error:
    """A client or a logout challenge that is not stored."""
    return OAuth2Error("Unable to locate the resource", status=404, description="")


def unrecognizable() -> OAuth2Error:
    """What Hydra answers when its own error is not an OAuth2 one, as for unreadable JSON in a consent accept."""
    return OAuth2Error("error", description="The error is unrecognizable")


def refuse_if(failed: object, error: str, hint: str = "") -> None:
    """Raise the OAuth2Error if the condition holds: one line per rule of a request."""
    if failed:
        raise OAuth2Error(error, hint)
