"""Tells whether an error of Hydra is about a logout: Hydra has one error page (`urls.error`) for all requests."""

import re
from typing import Literal

# The end of Hydra v26.2.0's text for `invalid_request` (fosite.ErrInvalidRequest); a hint follows.
INVALID_REQUEST = "or is otherwise malformed."
OF_LOGOUT = re.compile(r"Logout failed|logout request|post_logout_redirect_uri|id_token_hint|go-jose")
# All hints about an authorization request whose error cannot go to the application (fosite's
# authorize_request_handler). Other hints are about an id_token_hint that cannot be decoded: by base64, JSON, go-jose.
OF_AUTHORIZATION = re.compile(
    r"redirect[_ ]uri|'client_id'|'request(_uri)?'|HTTP body|Pushed Authorization", re.IGNORECASE
)
EXPIRED = "The logout request has expired"


def of_logout(error: str, description: str) -> Literal["", "refused", "over"]:
    """Tell whether `error` and `error_description` are about a logout that Hydra refused, one that is over, or none."""
    if error == "Not Found" or EXPIRED in description:
        return "over"
    if OF_LOGOUT.search(description):
        return "refused"
    hint = description.partition(INVALID_REQUEST)[2]
    undecodable = error == "invalid_request" and hint.strip() and not OF_AUTHORIZATION.search(hint)
    return "refused" if undecodable else ""
