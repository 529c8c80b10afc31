"""Which request of an application an error of Hydra's is about: Hydra has one page (`urls.error`) for all of them."""

import re
from typing import Literal

# What Hydra v26.2.0 begins `invalid_request` with (fosite.ErrInvalidRequest); its hint follows.
INVALID_REQUEST = "or is otherwise malformed."
OF_LOGOUT = re.compile(r"Logout failed|logout request|post_logout_redirect_uri|id_token_hint|go-jose")
# Every hint of an authorization request whose error cannot go to the application (fosite's authorize_request_handler).
# All other hints are those of an id_token_hint that cannot be decoded: base64's, JSON's, go-jose's own words.
OF_AUTHORIZATION = re.compile(
    r"redirect[_ ]uri|'client_id'|'request(_uri)?'|HTTP body|Pushed Authorization", re.IGNORECASE
)
EXPIRED = "The logout request has expired"


def of_logout(error: str, description: str) -> Literal["", "refused", "over"]:
    """Whether `error` and `error_description` are about a logout: one that Hydra refused, one that is over, or none."""
    if error == "Not Found" or EXPIRED in description:
        return "over"
    if OF_LOGOUT.search(description):
        return "refused"
    hint = description.partition(INVALID_REQUEST)[2]
    undecodable = error == "invalid_request" and hint.strip() and not OF_AUTHORIZATION.search(hint)
    return "refused" if undecodable else ""
