"""OAuth2 errors in Hydra's words: errors.json has each with its status, refusals.json what Hydra says of a rule."""

import json
from pathlib import Path
from typing import Any

from flask import Response, jsonify

HERE = Path(__file__).parent
KINDS = json.loads((HERE / "errors.json").read_text())
REFUSALS = json.loads((HERE / "refusals.json").read_text())


class OAuth2Error(Exception):
    """One failed request. Like Hydra it folds description and hint into `error_description` (x/error_enhancer.go)."""

    def __init__(self, error: str, hint: str = "", description: str | None = None) -> None:
        super().__init__(error)
        kind = KINDS.get(error, {"status": 400})
        self.status: int = kind["status"]
        if description is None:
            description = f"{kind['description']} {hint or kind.get('hint', '')}".strip()
        self.values = {"error": error, "error_description": description}

    def response(self) -> Response:
        answer = jsonify(self.values)
        answer.status_code = self.status
        return answer


def refused(rule: str, **values: Any) -> OAuth2Error:
    """The error of a rule in refusals.json, or of that name where a rule has no hint of its own.

    `not_found` is a challenge that cannot be opened, `unknown` a client or logout challenge that is not stored,
    `unrecognizable` what Hydra answers when its own error is not an OAuth2 one.
    """
    error, hint = REFUSALS.get(rule, (rule, ""))
    return OAuth2Error(error, hint.format(**values))


def refuse_if(failed: object, rule: str, **values: Any) -> None:
    """Raise the error of the rule if the condition holds: one line per rule of a request."""
    if failed:
        raise refused(rule, **values)
