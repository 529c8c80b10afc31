"""Why Hydra refuses an application's logout (OpenID Connect RP-Initiated Logout 1.0): what it says, in other words."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence

from app.doctor.answer import Answer
from app.doctor.authorize import difference
from app.doctor.report import Finding
from app.domain import urls
from app.domain.hydra_errors import of_logout
from app.domain.models import mapping, strings, text

PATH = "/oauth2/sessions/logout"
HINT = "the request: id_token_hint"
# Words of Hydra v26.2.0 -> what they mean and what to change.
MEANINGS = {
    "but id_token_hint is missing": ("state and post_logout_redirect_uri need an id_token_hint beside them", HINT),
    "issuer claim value": ("id_token_hint is of another issuer: of another environment, or from before a change", HINT),
    "iat claim value": ("id_token_hint was issued later than it is now by Hydra's clock", HINT),
    "claim.": ("id_token_hint is no ID token of Hydra's", HINT),
    "audiences": ("the client that id_token_hint was made for is not registered (any more)", HINT),
    "whitelisted": ("post_logout_redirect_uri is not registered", "the client: post_logout_redirect_uris"),
}
UNDECODABLE = (
    "id_token_hint cannot be read: cut short, no ID token, or signed with a key that Hydra has no more",
    HINT,
)
OVER = ("this logout was finished before, or took too long", "the request")
UNKNOWN = ("see what Hydra says", "the request")


def audience(url: str) -> tuple[str, ...]:
    """The clients a logout's id_token_hint was made for, unverified; empty when it cannot be read."""
    try:
        payload = urls.query(url).get("id_token_hint", "").split(".")[1]
        claims = mapping(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))))
    except (IndexError, ValueError, RecursionError):
        return ()
    return strings(claims.get("aud")) or (text(claims.get("aud")),)


def asked_hydra(url: str, answer: Answer, registered: Sequence[str]) -> Finding:
    """What Hydra said to a logout request of a client with these post_logout_redirect_uris."""
    if answer.parameter("logout_challenge"):
        return Finding("ok", "Hydra takes the request and sends the browser to the logout page.")
    error, described = answer.parameter("error"), answer.parameter("error_description")
    if not error and answer.page:
        return Finding("ok", f"Hydra takes the request; that session is over, so the browser goes to {answer.page}.")
    if not error:
        return Finding("cannot tell", f"Hydra did not say whether it takes the request ({answer.reason}).")
    logout = of_logout(error, described)
    usual = OVER if logout == "over" else UNDECODABLE if logout else UNKNOWN
    meaning, where = next((value for words, value in MEANINGS.items() if words in described), usual)
    details = [f"Hydra says: {described[:500]}"]
    if "whitelisted" in described:
        details += difference(urls.query(url).get("post_logout_redirect_uri", ""), registered)
    return Finding("wrong", f"Hydra refuses the logout: {meaning}.", where, tuple(details))
